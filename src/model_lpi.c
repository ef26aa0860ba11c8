// SPDX-License-Identifier: GPL-2.0
/*
 * The model's LPIs, forwarded or injected by software: sorted by VM, vPE and
 * vINTID; each vPE and VM learns which and how many are its own.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "model_priv.h"

static int order_vlpis(const void *a, const void *b)
{
	const struct g4_vlpi *x = &((const struct snap_vlpi *)a)->v;
	const struct g4_vlpi *y = &((const struct snap_vlpi *)b)->v;

	if (x->kvm != y->kvm)
		return x->kvm < y->kvm ? -1 : 1;
	if (x->vpe != y->vpe)
		return x->vpe < y->vpe ? -1 : 1;
	return x->vintid < y->vintid ? -1 : x->vintid > y->vintid;
}

static void fill_vlpi(struct model_vlpi *vlpi, const struct snap_vlpi *sv)
{
	*vlpi = (struct model_vlpi){
		.vpe = sv->v.vpe,
		.kvm = sv->v.kvm,
		.mapped_ns = sv->v.mapped_ns,
		.forwarded = !sv->software,
		.vintid = sv->v.vintid,
		.host_irq = sv->host_irq,
		.devid = sv->v.devid,
		.eventid = sv->v.eventid,
		.ids_known = sv->v.flags & G4_VLPI_IDS,
		.enabled = sv->v.prop & 1,
		.priority = sv->v.prop & 0xfc,
	};
}

/* Index of the first LPI of vPE @vpe of VM @kvm, or of where it would stand. */
static uint32_t first_vlpi_of(const struct model *m, uint64_t kvm, uint64_t vpe)
{
	uint32_t low = 0, high = m->nr_vlpis, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (m->vlpis[mid].kvm < kvm ||
		    (m->vlpis[mid].kvm == kvm && m->vlpis[mid].vpe < vpe))
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static void find_own(const struct model *m, struct model_vpe *vpe)
{
	uint32_t k;

	vpe->first_vlpi = first_vlpi_of(m, vpe->kvm, vpe->key);
	for (k = vpe->first_vlpi; k < m->nr_vlpis && m->vlpis[k].vpe == vpe->key; k++) {
		vpe->nr_listed++;
		vpe->nr_vlpis += m->vlpis[k].forwarded;
	}
}

int model_fill_vlpis(struct model *m, const struct snapshot *snap)
{
	uint32_t i;

	if (model_order(&m->vlpi_order, snap->vlpis, snap->nr_vlpis, sizeof(*snap->vlpis),
			order_vlpis))
		return -ENOMEM;
	for (i = 0; i < snap->nr_vlpis; i++) {
		fill_vlpi(&m->vlpis[i], &snap->vlpis[m->vlpi_order.index[i]]);
		m->nr_forwarded += m->vlpis[i].forwarded;
	}
	m->nr_vlpis = snap->nr_vlpis;
	for (i = 0; i < m->nr_vpes; i++)
		find_own(m, &m->vpes[i]);
	return 0;
}

static int by_key(const void *a, const void *b)
{
	const struct model_vm *x = a, *y = b;

	return x->key < y->key ? -1 : x->key > y->key;
}

void model_count_vlpis(struct model *m, bool one_vcpu)
{
	struct model_vm *vm = NULL, wanted = { .key = 0 };
	uint32_t i, k;

	qsort(m->vms, m->nr_vms, sizeof(*m->vms), by_key);
	for (i = 0; i < m->nr_vlpis && m->nr_vms && !one_vcpu; i++) {
		if (!i || wanted.key != m->vlpis[i].kvm) {
			wanted.key = m->vlpis[i].kvm;
			vm = bsearch(&wanted, m->vms, m->nr_vms, sizeof(*m->vms), by_key);
		}
		if (vm && m->vlpis[i].forwarded)
			vm->nr_vlpis++;
	}
	for (i = 0; i < m->nr_vms; i++) {
		vm = &m->vms[i];
		for (k = 0; one_vcpu && k < vm->nr_vpes; k++)
			vm->nr_vlpis += m->vpes[vm->first_vpe + k].nr_vlpis;
		if (one_vcpu)
			vm->lpis_known = false;
		/* an LPI that was mapped after the walk: there are at least the VLPIs */
		if (vm->nr_lpis < vm->nr_vlpis)
			vm->nr_lpis = vm->nr_vlpis;
	}
}

const char *model_known_device(const struct model *old, const struct model_vlpi *v)
{
	const struct model_vlpi *o;
	uint32_t i;

	for (i = first_vlpi_of(old, v->kvm, v->vpe); i < old->nr_vlpis; i++) {
		o = &old->vlpis[i];
		if (o->vpe != v->vpe)
			break;
		if (o->forwarded && o->host_irq == v->host_irq && o->mapped_ns == v->mapped_ns)
			return o->device;
	}
	return "";
}
