// SPDX-License-Identifier: GPL-2.0
/* Owns nothing: it fills snapshots that tests own; see make_snap.h. */
#include <stdio.h>
#include <stdlib.h>

#include "make_snap.h"

static void *room(uint32_t nr, size_t size)
{
	void *p = calloc((size_t)nr + 1, size);

	if (p)
		return p;
	puts("Bail out! no memory for a snapshot");
	exit(1);
}

void make_snap(struct snapshot *ret_snap, uint32_t max_vms, uint32_t max_vpes, uint32_t max_vlpis)
{
	*ret_snap = (struct snapshot){
		.vms = room(max_vms, sizeof(*ret_snap->vms)),
		.vpes = room(max_vpes, sizeof(*ret_snap->vpes)),
		.vlpis = room(max_vlpis, sizeof(*ret_snap->vlpis)),
		.missed_known = true,
	};
}

struct g4_vm *make_vm(struct snapshot *s, uint64_t kvm, uint32_t pid, uint64_t birth_ns)
{
	struct g4_vm *vm = &s->vms[s->nr_vms++];

	vm->kvm = kvm;
	vm->pid = pid;
	vm->birth_ns = birth_ns;
	vm->nr_vcpus = 1;
	return vm;
}

struct g4_vpe *make_vpe(struct snapshot *s, uint64_t kvm, uint64_t vpe, uint32_t vcpu,
			uint64_t birth_ns)
{
	struct g4_vpe *v = &s->vpes[s->nr_vpes++].v;

	v->vpe = vpe;
	v->kvm = kvm;
	v->vcpu = vcpu;
	v->vpe_id = vcpu;
	v->doorbell_irq = 50 + vcpu;
	g4_vpe_create(v, birth_ns);
	return v;
}

struct g4_vlpi *make_vlpi(struct snapshot *s, uint64_t kvm, uint64_t vpe, uint32_t vintid,
			  uint32_t host_irq)
{
	struct snap_vlpi *vlpi = &s->vlpis[s->nr_vlpis++];

	vlpi->host_irq = host_irq;
	vlpi->v = (struct g4_vlpi){ .kvm = kvm, .vpe = vpe, .vintid = vintid };
	return &vlpi->v;
}

void make_hists(struct snapshot *s)
{
	uint32_t i;

	s->hists = room(s->nr_vpes, sizeof(*s->hists));
	s->nr_hists = s->nr_vpes;
	for (i = 0; i < s->nr_vpes; i++)
		s->vpes[i].hists = &s->hists[i];
}

void make_at(struct snapshot *s, uint64_t now_ns)
{
	uint32_t i;

	s->now_ns = now_ns;
	for (i = 0; i < s->nr_vpes; i++)
		s->vpes[i].now_ns = now_ns;
}

void make_residency(struct g4_vpe *v, uint64_t from_ns, uint64_t to_ns, uint32_t pcpu, uint32_t db)
{
	g4_vpe_load(v, NULL, from_ns, pcpu, 0);
	g4_vpe_put(v, NULL, to_ns, pcpu, db);
}
