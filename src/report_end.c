// SPDX-License-Identifier: GPL-2.0
/*
 * The end of a report: rows in order, VMs as the sum of their vPEs, and what outputs ask
 * of it. See report.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hist.h"
#include "report_priv.h"

static int order(uint64_t x, uint64_t y)
{
	return x < y ? -1 : x > y;
}

static int by_pid(const void *a, const void *b)
{
	const struct report_vm *x = *(struct report_vm *const *)a;
	const struct report_vm *y = *(struct report_vm *const *)b;
	int diff = order(x->pid, y->pid);

	if (!diff)
		diff = order(x->birth_ns, y->birth_ns);
	return diff ? diff : order(x->kvm, y->kvm);
}

static int by_vm(const void *a, const void *b)
{
	const struct report_vpe *x = *(struct report_vpe *const *)a;
	const struct report_vpe *y = *(struct report_vpe *const *)b;
	int diff = order(x->vm->nr, y->vm->nr);

	if (!diff)
		diff = order(x->vcpu, y->vcpu);
	if (!diff)
		diff = order(x->birth_ns, y->birth_ns);
	return diff ? diff : order(x->vpe, y->vpe);
}

static int by_latency(const void *a, const void *b)
{
	const struct report_story *x = a, *y = b;
	int diff = order(y->latency_ns, x->latency_ns);

	return diff ? diff : order(x->load_ns, y->load_ns);
}

static int by_count(const void *a, const void *b)
{
	const struct report_route *x = a, *y = b;
	int diff = order(y->count, x->count);

	if (!diff)
		diff = order(x->from, y->from);
	return diff ? diff : order(x->to, y->to);
}

static void finish_routes(struct report *r)
{
	uint32_t i, nr = 0;

	for (i = 0; i < r->room_routes; i++) {
		if (r->routes[i].count)
			r->routes[nr++] = r->routes[i];
	}
	if (nr)
		qsort(r->routes, nr, sizeof(*r->routes), by_count);
}

/*
 * A span that an event contradicts counts as unknown, also what of it lay before the
 * window: what the window has of that state is less than nothing then.
 */
static void settle_times(struct report_sums *s)
{
	unsigned int i;

	for (i = RC_PREEMPTED_NS; i <= RC_BLOCKED_NS; i++) {
		if (s->n[i] >> 63) {
			s->n[RC_UNKNOWN_NS] += s->n[i];
			s->n[i] = 0;
		}
	}
	if (s->n[RC_UNKNOWN_NS] >> 63)
		s->n[RC_UNKNOWN_NS] = 0;
}

/* Of a VM a source knows only what it knows of each vPE. */
static void add_direct(struct report_direct *sum, const struct report_direct *d)
{
	sum->known = sum->known && d->known;
	sum->count += d->count;
	sum->error += d->error;
	if (d->span_ns > sum->span_ns)
		sum->span_ns = d->span_ns;
	if (d->running_pct < sum->running_pct)
		sum->running_pct = d->running_pct;
}

static void add_vpe(struct report_vm *vm, const struct report_vpe *v, uint32_t *nr_shares)
{
	struct model_shares one = report_shares(&v->sums);
	unsigned int i;

	for (i = 0; i < RC_NR_VPE; i++) {
		if (i != RC_SEEN_NS)
			vm->sums.n[i] += v->sums.n[i];
	}
	for (i = RC_DIRECT; i < RC_NR; i++)
		vm->sums.n[i] += v->sums.n[i];
	if (v->sums.db_max_ns > vm->sums.db_max_ns)
		vm->sums.db_max_ns = v->sums.db_max_ns;
	for (i = 0; i < DIRECT_NR; i++)
		add_direct(&vm->direct[i], &v->direct[i]);
	if (!v->sums.n[RC_SEEN_NS])
		return;
	vm->shares.resident += one.resident;
	vm->shares.blocked += one.blocked;
	vm->shares.preempted += one.preempted;
	vm->shares.unknown += one.unknown;
	(*nr_shares)++;
}

static void finish_vm(struct report *r, struct report_vm *vm)
{
	uint32_t i, nr = 0;

	for (i = 0; i < DIRECT_NR; i++)
		vm->direct[i] = (struct report_direct){ .known = vm->nr_vpes,
							.running_pct = 100 };
	for (i = 0; i < vm->nr_vpes; i++)
		add_vpe(vm, r->vpes[vm->first_vpe + i], &nr);
	for (i = 0; i < DIRECT_NR; i++) {
		if (!vm->direct[i].known)
			vm->direct[i] = (struct report_direct){ 0 };
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

/* The host's own time is that of the recordings, not the sum of the VMs'. */
static void add_to_host(struct report_sums *to, const struct report_sums *from)
{
	uint64_t seen_ns = to->n[RC_SEEN_NS];

	report_sums_add(to, from);
	to->n[RC_SEEN_NS] = seen_ns;
}

static int add_up(struct report *r)
{
	const struct report_vm *vm;
	uint32_t i, k;

	if (!report_cell(r, &r->cells, 0))
		return -ENOMEM;
	for (k = 0; k < r->nr_cells; k++)
		r->total.n[RC_SEEN_NS] += r->cells[k].n[RC_SEEN_NS];
	for (i = 0; i < r->nr_vms; i++) {
		vm = r->vms[i];
		if (vm->hidden)
			continue;
		add_to_host(&r->total, &vm->sums);
		for (k = 0; vm->cells && k < r->nr_cells; k++)
			add_to_host(&r->cells[k], &vm->cells[k]);
	}
	return 0;
}

int report_finish(struct report *r)
{
	struct report_vm *vm;
	uint32_t i;

	if (r->nr_vms)
		qsort(r->vms, r->nr_vms, sizeof(struct report_vm *), by_pid);
	for (i = 0; i < r->nr_vms; i++)
		r->vms[i]->nr = i;
	if (r->nr_vpes)
		qsort(r->vpes, r->nr_vpes, sizeof(struct report_vpe *), by_vm);
	for (i = 0; i < r->nr_vpes; i++) {
		vm = r->vpes[i]->vm;
		if (!vm->nr_vpes++)
			vm->first_vpe = i;
		settle_times(&r->vpes[i]->sums);
	}
	for (i = 0; i < r->nr_vms; i++)
		finish_vm(r, r->vms[i]);
	if (r->nr_stories)
		qsort(r->stories, r->nr_stories, sizeof(*r->stories), by_latency);
	finish_routes(r);
	return add_up(r);
}

bool report_hist(const struct report *r, const struct report_vm *vm, const struct report_vpe *vpe,
		 enum model_hist which, struct g4_hist *ret_hist)
{
	uint32_t figure = model_hist_figure(which), i;
	int kind = model_hist_of_vpe(which);
	const struct report_vpe *one;

	memset(ret_hist, 0, sizeof(*ret_hist));
	if (figure && !(r->info.figures & figure))
		return false;
	if (kind < 0) {
		if (!vpe)
			*ret_hist = vm->map_ns;
		return !vpe;
	}
	for (i = 0; i < vm->nr_vpes; i++) {
		one = r->vpes[vm->first_vpe + i];
		if (one->hists && (!vpe || one == vpe))
			hist_merge(ret_hist, &one->hists->h[kind]);
	}
	return true;
}

/* What is less than nothing (see settle_times()) is nothing here. */
static double positive(uint64_t ns)
{
	return ns >> 63 ? 0 : (double)ns;
}

struct model_shares report_shares(const struct report_sums *s)
{
	struct model_shares shares = {
		.resident = positive(s->n[RC_RESIDENT_NS]),
		.blocked = positive(s->n[RC_BLOCKED_NS]),
		.preempted = positive(s->n[RC_PREEMPTED_NS]),
		.unknown = positive(s->n[RC_UNKNOWN_NS]),
	};
	double all = (shares.resident + shares.blocked + shares.preempted + shares.unknown) / 100;

	if (all <= 0)
		return (struct model_shares){ .unknown = 100 };
	shares.resident /= all;
	shares.blocked /= all;
	shares.preempted /= all;
	shares.unknown /= all;
	return shares;
}

struct model_counts report_counts(const struct report_sums *s)
{
	return (struct model_counts){
		.loads = s->n[RC_LOADS],
		.puts = s->n[RC_PUTS],
		.moves = s->n[RC_MOVES],
		.blocks = s->n[RC_BLOCKS],
		.sleeps = s->n[RC_SLEEPS],
		.pending_last = s->n[RC_PENDING_LAST],
		.illegal = s->n[RC_ILLEGAL],
		.doorbells = { s->n[RC_USEFUL], s->n[RC_LATE], s->n[RC_SPURIOUS] },
	};
}

uint64_t report_doorbells(const struct report_sums *s)
{
	return s->n[RC_USEFUL] + s->n[RC_LATE] + s->n[RC_SPURIOUS];
}

enum direct_source report_direct_from(const struct report *r,
				      const struct report_direct *direct)
{
	enum direct_source source;

	if (r->opts.filter.direct)
		return direct[r->opts.filter.direct].known ? r->opts.filter.direct : DIRECT_NONE;
	for (source = DIRECT_GUEST; source < DIRECT_NR; source++) {
		if (direct[source].known)
			return source;
	}
	return DIRECT_NONE;
}

bool report_has_losses(const struct report *r)
{
	const struct report_losses *l = &r->losses;

	return l->lost || l->map_full || l->unmatched || l->missed || l->gaps ||
	       rec_is_damaged(&l->damage);
}
