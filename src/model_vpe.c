// SPDX-License-Identifier: GPL-2.0
/*
 * The model's vPEs: counts, times and shares of each, now and since the model
 * before, sorted by VM and vCPU.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model_priv.h"

static struct model_counts counts_of(const struct g4_vpe *v)
{
	return (struct model_counts){
		.loads = v->run.loads,
		.puts = v->run.puts,
		.moves = v->run.moves,
		.blocks = v->run.blocks,
		.sleeps = v->run.sleeps,
		.pending_last = v->run.pending_last + v->db.pending_last,
		.illegal = v->run.illegal,
		.doorbells = { v->db.count[G4_DB_USEFUL], v->db.count[G4_DB_LATE],
			       v->db.count[G4_DB_SPURIOUS] },
	};
}

static struct model_counts counts_since(const struct model_counts *now,
					const struct model_counts *before)
{
	static const struct model_counts none;
	struct model_counts d;
	unsigned int i;

	if (!before)
		before = &none;
	d.loads = model_grown(now->loads, before->loads);
	d.puts = model_grown(now->puts, before->puts);
	d.moves = model_grown(now->moves, before->moves);
	d.blocks = model_grown(now->blocks, before->blocks);
	d.sleeps = model_grown(now->sleeps, before->sleeps);
	d.pending_last = model_grown(now->pending_last, before->pending_last);
	d.illegal = model_grown(now->illegal, before->illegal);
	for (i = 0; i < G4_NR_DB; i++)
		d.doorbells[i] = model_grown(now->doorbells[i], before->doorbells[i]);
	return d;
}

void model_counts_add(struct model_counts *to, const struct model_counts *c)
{
	unsigned int i;

	to->loads += c->loads;
	to->puts += c->puts;
	to->moves += c->moves;
	to->blocks += c->blocks;
	to->sleeps += c->sleeps;
	to->pending_last += c->pending_last;
	to->illegal += c->illegal;
	for (i = 0; i < G4_NR_DB; i++)
		to->doorbells[i] += c->doorbells[i];
}

/* When a woken vPE was first called. */
static uint64_t woken_since(const struct g4_vpe *v)
{
	uint64_t since = v->run.since_ns, db = v->db.called_ns, woke = v->run.woke_ns;

	if (db < since)
		return woke;
	return woke >= since && woke < db ? woke : db;
}

/*
 * Time in each state with the present span up to @now_ns. A vPE copied just
 * before its clock was read has no future: the span is at least 0.
 */
static void times_of(const struct snap_vpe *sv, struct model_vpe *vpe)
{
	const struct g4_vpe *v = &sv->v;
	uint32_t state = v->run.state < G4_VPE_WOKEN ? v->run.state : G4_VPE_UNKNOWN;

	memcpy(vpe->in_ns, v->run.in_ns, sizeof(vpe->in_ns));
	vpe->in_ns[state] += g4_span(v->run.since_ns, sv->now_ns);
	vpe->wall_ns = g4_span(sv->since_ns ? sv->since_ns : v->birth_ns, sv->now_ns);
	vpe->state = g4_vpe_state_at(v);
	vpe->state_ns = g4_span(vpe->state == G4_VPE_WOKEN ? woken_since(v) : v->run.since_ns,
				sv->now_ns);
}

static struct model_shares shares_since(const struct model_vpe *now, const struct model_vpe *before)
{
	uint64_t in[G4_NR_VPE_STATES], wall = 0;
	unsigned int i;
	double all;

	for (i = 0; i < G4_NR_VPE_STATES; i++) {
		in[i] = before ? g4_span(before->in_ns[i], now->in_ns[i]) : now->in_ns[i];
		wall += in[i];
	}
	if (!wall)
		return (struct model_shares){ .unknown = 100 };
	all = (double)wall / 100;
	return (struct model_shares){
		.resident = (double)in[G4_VPE_RESIDENT] / all,
		.blocked = (double)in[G4_VPE_BLOCKED] / all,
		.preempted = (double)in[G4_VPE_PREEMPTED] / all,
		.unknown = (double)in[G4_VPE_UNKNOWN] / all,
	};
}

static int by_vm_and_vcpu(const void *a, const void *b)
{
	const struct model_vpe *x = a, *y = b;

	if (x->kvm != y->kvm)
		return x->kvm < y->kvm ? -1 : 1;
	return x->vcpu < y->vcpu ? -1 : x->vcpu > y->vcpu;
}

static int order_vpes(const void *a, const void *b)
{
	const struct g4_vpe *x = &((const struct snap_vpe *)a)->v;
	const struct g4_vpe *y = &((const struct snap_vpe *)b)->v;

	if (x->kvm != y->kvm)
		return x->kvm < y->kvm ? -1 : 1;
	return x->vcpu < y->vcpu ? -1 : x->vcpu > y->vcpu;
}

struct model_vpe *model_find_vpe(const struct model *m, uint64_t kvm, uint32_t vcpu)
{
	const struct model_vpe wanted = { .kvm = kvm, .vcpu = vcpu };

	return m->nr_vpes ? bsearch(&wanted, m->vpes, m->nr_vpes, sizeof(*m->vpes),
				    by_vm_and_vcpu) : NULL;
}

/* Mostly it stands where it stood, at @hint. */
const struct model_vpe *model_same_vpe(const struct model *old, const struct model_vpe *vpe,
				       uint32_t hint)
{
	const struct model_vpe *before = hint < old->nr_vpes ? &old->vpes[hint] : NULL;

	if (!before || before->key != vpe->key)
		before = model_find_vpe(old, vpe->kvm, vpe->vcpu);
	return before && before->key == vpe->key && before->birth_ns == vpe->birth_ns ? before :
		NULL;
}

static void borrow_hists(struct model_vpe *vpe, const struct snap_vpe *sv)
{
	vpe->hists = sv->hists;
	vpe->doorbell = vpe->dirty = (struct model_latency){ 0 };
	if (sv->hists) {
		vpe->doorbell = model_latency_of(&sv->hists->h[G4_H_DB]);
		vpe->dirty = model_latency_of(&sv->hists->h[G4_H_DIRTY]);
	}
}

bool model_borrow_vpes(struct model *m, const struct snapshot *snap)
{
	const struct snap_vpe *sv;
	uint32_t i, k;

	if (snap->nr_vpes != m->vpe_order.nr)
		return false;
	/* those of other vCPUs may have been left out */
	for (i = k = 0; i < snap->nr_vpes && k < m->nr_vpes; i++)
		k += snap->vpes[m->vpe_order.index[i]].v.vpe == m->vpes[k].key;
	if (k < m->nr_vpes)
		return false;
	for (i = k = 0; i < snap->nr_vpes && k < m->nr_vpes; i++) {
		sv = &snap->vpes[m->vpe_order.index[i]];
		if (sv->v.vpe == m->vpes[k].key)
			borrow_hists(&m->vpes[k++], sv);
	}
	return true;
}

static void fill_vpe(struct model_vpe *vpe, const struct snap_vpe *sv,
		     const struct model *old, uint32_t hint)
{
	const struct model_vpe *before;

	*vpe = (struct model_vpe){
		.key = sv->v.vpe,
		.birth_ns = sv->v.birth_ns,
		.kvm = sv->v.kvm,
		.vcpu = sv->v.vcpu,
		.vpe_id = sv->v.vpe_id,
		.pcpu = sv->v.run.pcpu,
		.pcpu_known = sv->v.run.loads || sv->v.run.puts,
		.doorbell_irq = sv->v.doorbell_irq,
		.doorbell_cpu = -1,
		.total = counts_of(&sv->v),
		.lr_taken = sv->v.lr.taken,
		.lr_lpis = sv->v.lr.lpis,
	};
	times_of(sv, vpe);
	before = model_same_vpe(old, vpe, hint);
	vpe->delta = counts_since(&vpe->total, before ? &before->total : NULL);
	vpe->shares = shares_since(vpe, before);
	borrow_hists(vpe, sv);
}

int model_fill_vpes(struct model *m, const struct snapshot *snap,
		    const struct model_filter *filter, const struct model *old)
{
	const struct snap_vpe *sv;
	uint32_t i;

	if (model_order(&m->vpe_order, snap->vpes, snap->nr_vpes, sizeof(*snap->vpes), order_vpes))
		return -ENOMEM;
	for (i = 0; i < snap->nr_vpes; i++) {
		sv = &snap->vpes[m->vpe_order.index[i]];
		if (filter->vcpu >= 0 && sv->v.vcpu != (uint64_t)filter->vcpu)
			continue;
		fill_vpe(&m->vpes[m->nr_vpes], sv, old, m->nr_vpes);
		m->nr_vpes++;
	}
	return 0;
}
