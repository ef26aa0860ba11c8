// SPDX-License-Identifier: GPL-2.0
/*
 * Makes the model from snapshots. VMs and vPEs are known by kernel address
 * and time of birth: an address alone may be used again. What was in the model
 * before gives the interval's deltas; what is new counts from its birth.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hist.h"
#include "model_priv.h"

uint64_t model_doorbells(const struct model_counts *c)
{
	return c->doorbells[G4_DB_USEFUL] + c->doorbells[G4_DB_LATE] +
	       c->doorbells[G4_DB_SPURIOUS];
}

bool model_has_losses(const struct model *m)
{
	return m->lost_records || m->map_full || m->unmatched || m->missed;
}

const char *model_state_name(uint32_t state)
{
	static const char *const names[G4_NR_VPE_STATES] = {
		[G4_VPE_UNKNOWN] = "unknown",
		[G4_VPE_PREEMPTED] = "preempted",
		[G4_VPE_RESIDENT] = "resident",
		[G4_VPE_BLOCKED] = "blocked",
		[G4_VPE_WOKEN] = "woken",
	};

	return state < G4_NR_VPE_STATES ? names[state] : "unknown";
}

double model_rate(uint64_t delta, uint64_t interval_ns)
{
	return interval_ns ? (double)delta * 1e9 / (double)interval_ns : 0;
}

struct model_latency model_latency_of(const struct g4_hist *h)
{
	return (struct model_latency){
		.count = h->count,
		.p50 = hist_percentile(h, 5000),
		.p90 = hist_percentile(h, 9000),
		.p99 = hist_percentile(h, 9900),
		.max = h->max,
	};
}

/* A counter that is smaller than before was begun anew: all of it is new. */
uint64_t model_grown(uint64_t now, uint64_t before)
{
	return now >= before ? now - before : now;
}

/* Orders the indexes of an array of things of any size. */
struct ordering {
	const char *items;
	size_t size;
	int (*cmp)(const void *a, const void *b);
};

static int by_item(const void *a, const void *b, void *ctx)
{
	const struct ordering *o = ctx;

	return o->cmp(o->items + *(const uint32_t *)a * o->size,
		      o->items + *(const uint32_t *)b * o->size);
}

int model_order(struct model_order *order, const void *items, uint32_t nr, size_t size,
		int (*cmp)(const void *a, const void *b))
{
	struct ordering o = { items, size, cmp };
	uint32_t i;

	if (order->nr != nr || !order->index) {
		free(order->index);
		order->nr = 0;
		order->index = malloc((nr + 1) * sizeof(*order->index));
		if (!order->index)
			return -ENOMEM;
		order->nr = nr;
		for (i = 0; i < nr; i++)
			order->index[i] = i;
	}
	for (i = 1; i < nr; i++) {
		if (by_item(&order->index[i - 1], &order->index[i], &o) > 0)
			break;
	}
	if (i < nr)
		qsort_r(order->index, nr, sizeof(*order->index), by_item, &o);
	return 0;
}

static int by_pid(const void *a, const void *b)
{
	const struct model_vm *x = a, *y = b;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return x->key < y->key ? -1 : x->key > y->key;
}

static const struct model_vm *find_vm(const struct model *m, const struct g4_vm *v)
{
	const struct model_vm wanted = { .pid = v->pid, .key = v->kvm }, *vm;

	if (!m->nr_vms)
		return NULL;
	vm = bsearch(&wanted, m->vms, m->nr_vms, sizeof(*m->vms), by_pid);
	return vm && vm->birth_ns == v->birth_ns ? vm : NULL;
}

/* Index of the first vPE of VM @kvm, or of where it would stand. */
static uint32_t first_vpe_of(const struct model *m, uint64_t kvm)
{
	uint32_t low = 0, high = m->nr_vpes, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (m->vpes[mid].kvm < kvm)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static void add_vpes(struct model *m, struct model_vm *vm)
{
	uint32_t i, nr = 0;

	vm->first_vpe = first_vpe_of(m, vm->key);
	for (i = vm->first_vpe; i < m->nr_vpes && m->vpes[i].kvm == vm->key; i++) {
		model_counts_add(&vm->total, &m->vpes[i].total);
		model_counts_add(&vm->delta, &m->vpes[i].delta);
		vm->nr_vpes++;
		if (!m->vpes[i].wall_ns)
			continue;
		vm->shares.resident += m->vpes[i].shares.resident;
		vm->shares.blocked += m->vpes[i].shares.blocked;
		vm->shares.preempted += m->vpes[i].shares.preempted;
		vm->shares.unknown += m->vpes[i].shares.unknown;
		nr++;
	}
	if (!nr) {
		vm->shares = (struct model_shares){ .unknown = 100 };
		return;
	}
	vm->shares.resident /= nr;
	vm->shares.blocked /= nr;
	vm->shares.preempted /= nr;
	vm->shares.unknown /= nr;
}

static void fill_vm(struct model *m, struct model_vm *vm, const struct g4_vm *v,
		    const struct model *old, uint64_t now_ns)
{
	const struct model_vm *before = find_vm(old, v);

	*vm = (struct model_vm){
		.key = v->kvm,
		.birth_ns = v->birth_ns,
		.pid = v->pid,
		.nr_vcpus = v->nr_vcpus,
		.nr_lpis = v->nr_lpis,
		.lpis_known = v->walked,
		.interval_ns = g4_span(before ? old->now_ns : v->birth_ns, now_ns),
		.maps = v->maps,
		.unmaps = v->unmaps,
		.vlpi_moves = v->vlpi_moves,
		.props = v->props,
		.forward_set = v->forward_set,
		.forward_unset = v->forward_unset,
		.sw_lpis = v->sw_lpis,
		.sw_lpis_delta = model_grown(v->sw_lpis, before ? before->sw_lpis : 0),
		.doorbell = model_latency_of(&v->doorbell_ns),
		.map = model_latency_of(&v->map_ns),
		.counted = v,
	};
	if (before)
		memcpy(vm->name, before->name, sizeof(vm->name));
	add_vpes(m, vm);
}

bool model_hides(const struct model_filter *filter, const struct model_vm *vm)
{
	return (filter->pid && vm->pid != filter->pid) ||
	       (filter->name && !strstr(vm->name, filter->name));
}

static void name_vms(struct model *m, const struct model_filter *filter,
		     const struct model_names *names)
{
	struct model_vm *vm;
	uint32_t i;

	for (i = 0; i < m->nr_vms; i++) {
		vm = &m->vms[i];
		if (!vm->name[0] && names && names->vm_name)
			names->vm_name(names->ctx, vm->pid, vm->name, sizeof(vm->name));
		vm->hidden = model_hides(filter, vm);
	}
}

/* What is below VMs is looked up only where somebody looks: it costs system calls each. */
static void name_details(struct model *m, const struct model_filter *filter,
			 const struct model_names *names, const struct model *old)
{
	struct model_vlpi *vlpi;
	struct model_vpe *vpe;
	const char *known;
	uint32_t i;

	for (i = 0; i < m->nr_vpes && names->irq_cpu; i++) {
		vpe = &m->vpes[i];
		if (vpe->doorbell_irq && (filter->detail || vpe->kvm == filter->focus))
			vpe->doorbell_cpu = names->irq_cpu(names->ctx, vpe->doorbell_irq);
	}
	for (i = 0; i < m->nr_vlpis && names->device; i++) {
		vlpi = &m->vlpis[i];
		if (!vlpi->forwarded || !(filter->detail || vlpi->kvm == filter->focus))
			continue;
		known = model_known_device(old, vlpi);
		if (known != vlpi->device)
			snprintf(vlpi->device, sizeof(vlpi->device), "%s", known);
		if (!vlpi->device[0])
			names->device(names->ctx, vlpi->host_irq, vlpi->device,
				      sizeof(vlpi->device));
	}
}

void model_name_details(struct model *m, const struct model_filter *filter,
			const struct model_names *names)
{
	name_details(m, filter, names, m);
}

static void clear_rows(struct model *m)
{
	free(m->vms);
	free(m->vpes);
	free(m->vlpis);
	m->vms = NULL;
	m->vpes = NULL;
	m->vlpis = NULL;
	m->nr_vms = 0;
	m->nr_vpes = 0;
	m->nr_vlpis = 0;
	m->nr_forwarded = 0;
}

int model_update(struct model *m, const struct snapshot *snap, const struct model_filter *filter,
		 const struct model_names *names)
{
	struct model new = {
		.now_ns = snap->now_ns,
		.interval_ns = m->now_ns ? g4_span(m->now_ns, snap->now_ns) : 0,
		.figures = m->figures,
		.direct = filter->direct,
		.vms = calloc(snap->nr_vms + 1, sizeof(*new.vms)),
		.vpes = calloc(snap->nr_vpes + 1, sizeof(*new.vpes)),
		.vlpis = calloc(snap->nr_vlpis + 1, sizeof(*new.vlpis)),
		.lost_records = snap->loss.records,
		.map_full = snap->loss.vms_full + snap->loss.vpes_full + snap->loss.vlpis_full,
		.unmatched = snap->loss.unmatched,
		.missed = snap->missed,
		.missed_known = snap->missed_known,
	};
	uint32_t i;
	int err;

	if (m->nr_vms)	/* columns_sort() may have reordered them: find_vm() wants by_pid */
		qsort(m->vms, m->nr_vms, sizeof(*m->vms), by_pid);
	if (!new.vms || !new.vpes || !new.vlpis) {
		model_clear(&new);
		return -ENOMEM;
	}
	/* the orders go over to the new one; it may have changed them when it fails */
	new.vpe_order = m->vpe_order;
	new.vlpi_order = m->vlpi_order;
	err = model_fill_vpes(&new, snap, filter, m);
	if (!err)
		err = model_fill_vlpis(&new, snap);
	if (err) {
		m->vpe_order = new.vpe_order;
		m->vlpi_order = new.vlpi_order;
		clear_rows(&new);
		return err;
	}
	for (i = 0; i < snap->nr_vms; i++)
		fill_vm(&new, &new.vms[new.nr_vms++], &snap->vms[i], m, snap->now_ns);
	model_count_vlpis(&new, filter->vcpu >= 0);
	model_fill_direct(&new, snap, m);
	qsort(new.vms, new.nr_vms, sizeof(*new.vms), by_pid);
	name_vms(&new, filter, names);
	if (names && (filter->detail || filter->focus))
		name_details(&new, filter, names, m);
	clear_rows(m);
	*m = new;
	return 0;
}

static const struct g4_vm *same_vm(const struct snapshot *snap, const struct model_vm *vm)
{
	uint32_t i;

	for (i = 0; i < snap->nr_vms; i++) {
		if (snap->vms[i].kvm == vm->key && snap->vms[i].birth_ns == vm->birth_ns)
			return &snap->vms[i];
	}
	return NULL;
}

bool model_borrow(struct model *m, const struct snapshot *snap)
{
	uint32_t i;

	for (i = 0; i < m->nr_vms; i++) {
		if (!same_vm(snap, &m->vms[i]))
			return false;
	}
	if (snap->now_ns != m->now_ns || !model_borrow_vpes(m, snap))
		return false;
	for (i = 0; i < m->nr_vms; i++)
		m->vms[i].counted = same_vm(snap, &m->vms[i]);
	return true;
}

void model_clear(struct model *m)
{
	clear_rows(m);
	free(m->vpe_order.index);
	free(m->vlpi_order.index);
	m->vpe_order = m->vlpi_order = (struct model_order){ 0 };
}
