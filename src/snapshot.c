// SPDX-License-Identifier: GPL-2.0
/* Owns the memory of a reading, and the difference of two; see snapshot.h. Pure. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hist.h"
#include "snapshot.h"

void snapshot_clear(struct snapshot *snap)
{
	free(snap->vms);
	free(snap->vpes);
	free(snap->hists);
	free(snap->vlpis);
	free(snap->direct);
	memset(snap, 0, sizeof(*snap));
}

/* One element more than @nr: an empty array is no lack of memory. */
static void *copy_array(const void *from, uint32_t nr, size_t size)
{
	void *to = calloc((size_t)nr + 1, size);

	if (to && nr)
		memcpy(to, from, (size_t)nr * size);
	return to;
}

static int compare_u64(uint64_t x, uint64_t y)
{
	return x < y ? -1 : x > y;
}

static int by_vm(const void *a, const void *b)
{
	const struct g4_vm *x = a, *y = b;

	return compare_u64(x->kvm, y->kvm);
}

static int by_vpe(const void *a, const void *b)
{
	const struct snap_vpe *x = a, *y = b;

	return compare_u64(x->v.vpe, y->v.vpe);
}

static int by_source(const void *a, const void *b)
{
	const struct snap_direct *x = a, *y = b;

	if (x->kvm != y->kvm)
		return compare_u64(x->kvm, y->kvm);
	if (x->vcpu != y->vcpu)
		return compare_u64(x->vcpu, y->vcpu);
	return compare_u64(x->source, y->source);
}

int snapshot_keep(const struct snapshot *from, struct snapshot *ret_base)
{
	struct snapshot base = *from;
	uint32_t i;

	base.vms = copy_array(from->vms, from->nr_vms, sizeof(*base.vms));
	base.vpes = copy_array(from->vpes, from->nr_vpes, sizeof(*base.vpes));
	base.hists = copy_array(from->hists, from->nr_hists, sizeof(*base.hists));
	base.direct = copy_array(from->direct, from->nr_direct, sizeof(*base.direct));
	base.vlpis = NULL;
	base.nr_vlpis = 0;
	if (!base.vms || !base.vpes || !base.hists || !base.direct) {
		snapshot_clear(&base);
		return -ENOMEM;
	}
	for (i = 0; i < base.nr_vpes; i++) {
		if (base.vpes[i].hists)
			base.vpes[i].hists = base.hists + (from->vpes[i].hists - from->hists);
	}
	qsort(base.vms, base.nr_vms, sizeof(*base.vms), by_vm);
	qsort(base.vpes, base.nr_vpes, sizeof(*base.vpes), by_vpe);
	qsort(base.direct, base.nr_direct, sizeof(*base.direct), by_source);
	*ret_base = base;
	return 0;
}

/*
 * The span that was under way when @b was read lies on both sides of it. It
 * may go on: then its reader adds all of it to what is in @v, which is less
 * than 0 meanwhile (these are modulo 2^64).
 */
static void times_since(struct g4_vpe *v, const struct g4_vpe *b, uint64_t base_ns)
{
	uint32_t state = b->run.state < G4_VPE_WOKEN ? b->run.state : G4_VPE_UNKNOWN;
	uint64_t part = g4_span(b->run.since_ns, base_ns);
	unsigned int i;

	for (i = 0; i < G4_NR_VPE_STATES; i++)
		v->run.in_ns[i] -= b->run.in_ns[i];
	/* ended by an event that contradicts it: it counted as unknown */
	if (v->run.since_ns != b->run.since_ns && v->run.in_ns[state] < part)
		state = G4_VPE_UNKNOWN;
	v->run.in_ns[state] -= part;
}

static void vpe_since(struct snap_vpe *sv, const struct snap_vpe *base)
{
	const struct g4_vpe *b = &base->v;
	struct g4_vpe *v = &sv->v;
	unsigned int i;

	times_since(v, b, base->now_ns);
	sv->since_ns = base->now_ns;
	v->run.loads -= b->run.loads;
	v->run.puts -= b->run.puts;
	v->run.blocks -= b->run.blocks;
	v->run.sleeps -= b->run.sleeps;
	v->run.pending_last -= b->run.pending_last;
	v->run.illegal -= b->run.illegal;
	v->run.moves -= b->run.moves;
	v->lr.taken -= b->lr.taken;
	v->lr.lpis -= b->lr.lpis;
	v->db.pending_last -= b->db.pending_last;
	for (i = 0; i < G4_NR_DB; i++)
		v->db.count[i] -= b->db.count[i];
	for (i = 0; i < G4_NR_VPE_HISTS && sv->hists && base->hists; i++)
		hist_subtract(&sv->hists->h[i], &base->hists->h[i]);
}

static void vm_since(struct g4_vm *vm, const struct g4_vm *b)
{
	vm->sw_lpis -= b->sw_lpis;
	vm->maps -= b->maps;
	vm->unmaps -= b->unmaps;
	vm->vlpi_moves -= b->vlpi_moves;
	vm->props -= b->props;
	vm->forward_set -= b->forward_set;
	vm->forward_unset -= b->forward_unset;
	hist_subtract(&vm->doorbell_ns, &b->doorbell_ns);
	hist_subtract(&vm->map_ns, &b->map_ns);
}

/* The error is a bound that may fall again. */
static void direct_since(struct snap_direct *d, const struct snap_direct *b)
{
	d->count = d->count > b->count ? d->count - b->count : 0;
	d->error = d->error > b->error ? d->error - b->error : 0;
}

void snapshot_since(struct snapshot *snap, const struct snapshot *base)
{
	const struct snap_direct *direct;
	const struct snap_vpe *vpe;
	const struct g4_vm *vm;
	uint32_t i;

	for (i = 0; i < snap->nr_vms; i++) {
		vm = bsearch(&snap->vms[i], base->vms, base->nr_vms, sizeof(*vm), by_vm);
		if (vm && vm->birth_ns == snap->vms[i].birth_ns)
			vm_since(&snap->vms[i], vm);
	}
	for (i = 0; i < snap->nr_vpes; i++) {
		vpe = bsearch(&snap->vpes[i], base->vpes, base->nr_vpes, sizeof(*vpe), by_vpe);
		if (vpe && vpe->v.birth_ns == snap->vpes[i].v.birth_ns)
			vpe_since(&snap->vpes[i], vpe);
	}
	for (i = 0; i < snap->nr_direct; i++) {
		direct = bsearch(&snap->direct[i], base->direct, base->nr_direct, sizeof(*direct),
				 by_source);
		if (direct && direct->birth_ns == snap->direct[i].birth_ns)
			direct_since(&snap->direct[i], direct);
	}
}
