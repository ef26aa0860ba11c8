// SPDX-License-Identifier: GPL-2.0
/*
 * Plays one recording into a report. It is stopped at the borders of the timeline; what
 * the fold's counts have grown by since the last border belongs to that part of it, and
 * all parts add up to the window. So counting costs nothing per record.
 *
 * The window begins where the counts of all vPEs are read for the first time. If some of
 * the recording before it could not be read they are not known there: then only what is
 * seen to happen counts, and the first counts that a key chunk tells are a new begin.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hist.h"
#include "report_priv.h"
#include "sample.h"

/* --- what is known of the fold's VMs and vPEs --- */

/* Room for number @nr in an array of structs, zeroed. */
static bool make_room(void **array, uint32_t *room, uint32_t nr, size_t size)
{
	uint32_t more = *room ? *room : 64;
	char *new;

	if (nr < *room)
		return true;
	while (more <= nr)
		more *= 2;
	new = reallocarray(*array, more, size);
	if (!new)
		return false;
	memset(new + *room * size, 0, (more - *room) * size);
	*array = new;
	*room = more;
	return true;
}

struct seen *report_seen(struct play *pl, const struct fold_vpe *fv)
{
	struct seen *s;

	if (!make_room((void **)&pl->seen, &pl->room_seen, fv->nr, sizeof(*s))) {
		pl->failed = true;
		return NULL;
	}
	s = &pl->seen[fv->nr];
	if (!s->fv) {
		s->fv = fv;
		s->last_pcpu = NO_CPU;
	}
	return s;
}

struct seen_vm *report_seen_vm(struct play *pl, const struct fold_vm *fvm)
{
	struct seen_vm *sv;

	if (!make_room((void **)&pl->vms, &pl->room_vms, fvm->nr, sizeof(*sv))) {
		pl->failed = true;
		return NULL;
	}
	sv = &pl->vms[fvm->nr];
	if (sv->known || !pl->counting)
		return sv;
	sv->known = true;
	sv->rvm = report_row_of_vm(pl->r, fvm);
	if (!sv->rvm)
		pl->failed = true;
	return sv;
}

/* Whether the filter has the vPE's VM, whose name may have become known. */
static void show(struct play *pl, struct seen *s)
{
	struct model_vm vm = { .pid = s->rv->vm->pid };

	memcpy(vm.name, s->fv->vm->name, sizeof(vm.name));
	s->shown = !model_hides(&pl->r->opts.filter, &vm);
}

void report_sight(struct play *pl, struct seen *s)
{
	const struct model_filter *filter = &pl->r->opts.filter;
	struct seen_vm *sv;

	s->known = true;
	sv = report_seen_vm(pl, s->fv->vm);
	if (!sv || !sv->rvm || (filter->vcpu >= 0 && s->fv->v.vcpu != (uint64_t)filter->vcpu))
		return;
	s->rv = report_row_of_vpe(pl->r, sv->rvm, s->fv);
	if (!s->rv) {
		pl->failed = true;
		return;
	}
	show(pl, s);
}

/* --- counts at a moment --- */

static void vpe_counts(const struct play *pl, const struct seen *s, uint64_t ns,
		       uint64_t n[RC_NR_VPE])
{
	const struct g4_vpe *v = &s->fv->v;
	uint64_t end_ns = s->fv->gone ? v->run.since_ns : ns;
	unsigned int state = v->run.state < G4_VPE_WOKEN ? v->run.state : G4_VPE_UNKNOWN;

	n[RC_LOADS] = v->run.loads;
	n[RC_PUTS] = v->run.puts;
	n[RC_MOVES] = v->run.moves;
	n[RC_BLOCKS] = v->run.blocks;
	n[RC_SLEEPS] = v->run.sleeps;
	n[RC_PENDING_LAST] = v->run.pending_last + v->db.pending_last;
	n[RC_ILLEGAL] = v->run.illegal;
	n[RC_USEFUL] = v->db.count[G4_DB_USEFUL];
	n[RC_LATE] = v->db.count[G4_DB_LATE];
	n[RC_SPURIOUS] = v->db.count[G4_DB_SPURIOUS];
	n[RC_CPU_CHANGES] = s->cpu_changes;
	n[RC_LR_TAKEN] = v->lr.taken;
	n[RC_LR_LPIS] = v->lr.lpis;
	n[RC_UNKNOWN_NS] = v->run.in_ns[G4_VPE_UNKNOWN];
	n[RC_PREEMPTED_NS] = v->run.in_ns[G4_VPE_PREEMPTED];
	n[RC_RESIDENT_NS] = v->run.in_ns[G4_VPE_RESIDENT];
	n[RC_BLOCKED_NS] = v->run.in_ns[G4_VPE_BLOCKED];
	n[RC_UNKNOWN_NS + state] += g4_span(v->run.since_ns, end_ns);
	n[RC_DB] = s->fv->hists ? s->fv->hists->h[G4_H_DB].count : 0;
	n[RC_DB_NS] = s->fv->hists ? s->fv->hists->h[G4_H_DB].sum : 0;
	n[RC_SEEN_NS] = g4_span(v->birth_ns > pl->from_ns ? v->birth_ns : pl->from_ns, end_ns);
}

_Static_assert(RC_UNKNOWN_NS + G4_VPE_PREEMPTED == RC_PREEMPTED_NS &&
	       RC_UNKNOWN_NS + G4_VPE_RESIDENT == RC_RESIDENT_NS &&
	       RC_UNKNOWN_NS + G4_VPE_BLOCKED == RC_BLOCKED_NS, "in the order of the states");

static void vm_counts(const struct play *pl, const struct fold_vm *fvm, uint64_t ns,
		      uint64_t n[RC_NR_PLAYED])
{
	const struct g4_vm *v = &fvm->vm;

	n[RC_SEEN_NS] = g4_span(v->birth_ns > pl->from_ns ? v->birth_ns : pl->from_ns,
				fvm->gone ? fvm->gone_ns : ns);
	n[RC_SW_LPIS] = v->sw_lpis;
	n[RC_MAPS] = v->maps;
	n[RC_UNMAPS] = v->unmaps;
	n[RC_VLPI_MOVES] = v->vlpi_moves;
	n[RC_PROPS] = v->props;
	n[RC_FORWARD_SET] = v->forward_set;
	n[RC_FORWARD_UNSET] = v->forward_unset;
}

/* Adds what the first @nr counts have grown by. */
static void add_grown(struct report_sums *to, const uint64_t *before, const uint64_t *now,
		      unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		to->n[i] += now[i] - before[i];
}

static void raise_max(struct report_sums *to, uint64_t ns)
{
	if (ns > to->db_max_ns)
		to->db_max_ns = ns;
}

static int vpe_border(struct play *pl, struct seen *s, uint64_t ns)
{
	struct report_sums *of_vm, *of_vpe = NULL;
	struct report *r = pl->r;
	uint64_t now[RC_NR_VPE];

	of_vm = report_cell(r, &s->rv->vm->cells, pl->cell);
	if (r->opts.per_vpe)
		of_vpe = report_cell(r, &s->rv->cells, pl->cell);
	if (!of_vm || (r->opts.per_vpe && !of_vpe))
		return -ENOMEM;
	show(pl, s);
	vpe_counts(pl, s, ns, now);
	add_grown(&s->rv->sums, s->before, now, RC_NR_VPE);
	raise_max(&s->rv->sums, s->db_max_ns);
	/* the time in which a VM is there is its own, not the sum of its vPEs' */
	add_grown(of_vm, s->before, now, RC_SEEN_NS);
	raise_max(of_vm, s->db_max_ns);
	if (of_vpe) {
		add_grown(of_vpe, s->before, now, RC_NR_VPE);
		raise_max(of_vpe, s->db_max_ns);
	}
	memcpy(s->before, now, sizeof(now));
	s->db_max_ns = 0;
	return 0;
}

static int vm_border(struct play *pl, const struct fold_vm *fvm, struct seen_vm *sv, uint64_t ns)
{
	struct report_sums *cell = report_cell(pl->r, &sv->rvm->cells, pl->cell);
	uint64_t now[RC_NR_PLAYED] = { 0 };

	if (!cell)
		return -ENOMEM;
	vm_counts(pl, fvm, ns, now);
	add_grown(&sv->rvm->sums, sv->before, now, RC_NR_PLAYED);
	add_grown(cell, sv->before, now, RC_NR_PLAYED);
	memcpy(sv->before, now, sizeof(now));
	return 0;
}

/* All that has been counted since the last border, which is now @ns of the recording. */
static int border(struct play *pl, uint64_t ns)
{
	struct report_sums *cell = report_cell(pl->r, &pl->r->cells, pl->cell);
	struct fold *f = &pl->p->fold;
	struct seen_vm *sv;
	struct seen *s;
	uint32_t i;
	int err = cell ? 0 : -ENOMEM;

	if (pl->over)
		return 0;
	if (cell) {
		cell->n[RC_SEEN_NS] += ns - pl->at_ns;
		cell->n[RC_GAP_NS] += report_gap_ns(f, ns) - pl->gap_ns;
	}
	pl->gap_ns = report_gap_ns(f, ns);
	pl->at_ns = ns;
	for (i = 0; i < f->nr_vms && !err; i++) {
		sv = report_seen_vm(pl, f->vms[i]);
		if (sv && sv->rvm)
			err = vm_border(pl, f->vms[i], sv, ns);
	}
	for (i = 0; i < f->nr_vpes && !err; i++) {
		s = report_seen(pl, f->vpes[i]);
		if (s && !s->known)
			report_sight(pl, s);
		if (s && s->rv)
			err = vpe_border(pl, s, ns);
	}
	return err || pl->failed ? -ENOMEM : 0;
}

/* What is counted begins now, at @ns: of vPEs that are met for the first time, or of all. */
static void begin_at(struct play *pl, uint64_t ns, bool all)
{
	struct fold *f = &pl->p->fold;
	uint64_t now[RC_NR_PLAYED] = { 0 };
	struct seen_vm *sv;
	struct seen *s;
	uint32_t i;

	for (i = 0; i < f->nr_vms; i++) {
		sv = report_seen_vm(pl, f->vms[i]);
		if (!sv || !sv->rvm || (!all && sv->before[RC_SEEN_NS]))
			continue;
		vm_counts(pl, f->vms[i], ns, now);
		if (f->vms[i]->vm.birth_ns < pl->from_ns)
			memcpy(sv->before, now, sizeof(now));
	}
	for (i = 0; i < f->nr_vpes; i++) {
		s = report_seen(pl, f->vpes[i]);
		if (!s || (s->known && !all))
			continue;
		if (!s->known)
			report_sight(pl, s);
		vpe_counts(pl, s, ns, now);
		if (s->rv && f->vpes[i]->v.birth_ns < pl->from_ns)
			memcpy(s->before, now, sizeof(s->before));
	}
}

/* The chunk may begin behind this part of the timeline, and behind the window. */
void report_rebase(struct play *pl, bool done)
{
	uint64_t first_ns = pl->p->chunk.h.first_ns;
	uint64_t ns = first_ns < pl->border_ns ? first_ns : pl->border_ns;

	if (!done) {
		if (border(pl, ns))
			pl->failed = true;
		pl->over = pl->over || first_ns >= pl->to_ns;
		return;
	}
	begin_at(pl, ns, pl->unsure);
	pl->unsure = false;
}

/* --- the window's begin --- */

/* Those that have gone before are no part of it. */
static void forget_gone(struct play *pl)
{
	struct fold *f = &pl->p->fold;
	struct seen_vm *sv;
	struct seen *s;
	uint32_t i;

	for (i = 0; i < f->nr_vms; i++) {
		sv = f->vms[i]->gone ? report_seen_vm(pl, f->vms[i]) : NULL;
		if (sv)
			sv->known = true;
	}
	for (i = 0; i < f->nr_vpes; i++) {
		s = report_seen(pl, f->vpes[i]);
		if (!s)
			continue;
		s->known = f->vpes[i]->gone;
		/* a key chunk knows where it was last, though not how often that changed */
		if (f->vpes[i]->last_pcpu != NO_CPU)
			s->last_pcpu = f->vpes[i]->last_pcpu;
		else if (f->vpes[i]->v.run.loads || f->vpes[i]->v.run.puts)
			s->last_pcpu = f->vpes[i]->v.run.pcpu;
	}
}

/* Up to the window, which begins with empty histograms. */
static int begin(struct play *pl)
{
	struct rec_play *p = pl->p;
	int err = 0;

	report_watch_before(pl, &p->watch);
	if (pl->from_ns > p->info.first_ns)
		err = rec_play_seek(p, pl->from_ns, true);
	if (!err)
		err = rec_play_until(p, pl->from_ns - (pl->from_ns != 0));
	if (err)
		return err;
	fold_reset_hists(&p->fold);
	forget_gone(pl);
	report_take_sample(pl, p->fold.sample);
	pl->counting = true;
	pl->at_ns = pl->from_ns;
	pl->gap_ns = report_gap_ns(&p->fold, pl->from_ns);
	pl->unsure = p->lost_thread || p->want_key;
	begin_at(pl, pl->from_ns, true);
	pl->played = p->played;
	err = report_base_losses(pl);
	report_watch(pl, &p->watch);
	return err ? err : pl->failed ? -ENOMEM : 0;
}

/* --- its end --- */

static void end_vpe(struct seen *s)
{
	const struct fold_vpe *fv = s->fv;
	struct report_vpe *rv = s->rv;
	unsigned int i;

	rv->vpe_id = fv->v.vpe_id;
	rv->doorbell_irq = fv->v.doorbell_irq;
	rv->state = g4_vpe_state_at(&fv->v);
	rv->pcpu = fv->v.run.pcpu;
	rv->pcpu_known = fv->v.run.loads || fv->v.run.puts;
	rv->gone = fv->gone;
	s->open = NULL;
	if (!fv->hists)
		return;
	if (!rv->hists)
		rv->hists = calloc(1, sizeof(*rv->hists));
	for (i = 0; rv->hists && i < G4_NR_VPE_HISTS; i++)
		hist_merge(&rv->hists->h[i], &fv->hists->h[i]);
}

static void end_vm(const struct play *pl, const struct fold_vm *fvm, struct report_vm *rvm)
{
	struct model_vm vm;

	rvm->nr_vcpus = fvm->vm.nr_vcpus;
	rvm->nr_lpis = fvm->vm.nr_lpis;
	rvm->lpis_known = fvm->vm.walked;
	rvm->nr_vlpis = 0;
	rvm->gone = fvm->gone;
	if (fvm->name[0])
		memcpy(rvm->name, fvm->name, sizeof(rvm->name));
	vm = (struct model_vm){ .pid = rvm->pid };
	memcpy(vm.name, rvm->name, sizeof(vm.name));
	rvm->hidden = model_hides(&pl->r->opts.filter, &vm);
}

static void end_rows(struct play *pl)
{
	struct fold *f = &pl->p->fold;
	const struct fold_vlpi *lpi;
	const struct fold_vm *fvm;
	uint32_t i;

	for (i = 0; i < f->nr_vms; i++) {
		if (i < pl->room_vms && pl->vms[i].rvm)
			end_vm(pl, f->vms[i], pl->vms[i].rvm);
	}
	for (i = 0; i < f->nr_vpes; i++) {
		if (i < pl->room_seen && pl->seen[i].rv) {
			end_vpe(&pl->seen[i]);
			pl->failed = pl->failed || (f->vpes[i]->hists && !pl->seen[i].rv->hists);
			/* one copy is enough */
			free(f->vpes[i]->hists);
			f->vpes[i]->hists = NULL;
		}
	}
	for (i = 0; i < f->room_hash; i++) {
		for (lpi = f->vlpi_hash[i]; lpi; lpi = lpi->next) {
			fvm = fold_find_vm(f, lpi->v.kvm);
			if (fvm && fvm->nr < pl->room_vms && pl->vms[fvm->nr].rvm)
				pl->vms[fvm->nr].rvm->nr_vlpis++;
		}
	}
}

/* --- from begin to end --- */

static int play_window(struct play *pl)
{
	struct report *r = pl->r;
	uint64_t at_ns = pl->from_ns, next_ns;
	int err = 0;

	while (at_ns < pl->to_ns && !err) {
		report_coarsen(r);
		pl->cell = (uint32_t)((at_ns + pl->offset_ns - r->from_ns) / r->interval_ns);
		next_ns = report_cell_ns(r, pl->cell + 1) - pl->offset_ns;
		if (next_ns > pl->to_ns)
			next_ns = pl->to_ns;
		pl->border_ns = next_ns;
		err = rec_play_until(pl->p, next_ns - 1);
		if (!err)
			err = border(pl, next_ns);
		at_ns = next_ns;
	}
	return err;
}

static int play_tapped(struct play *pl)
{
	const struct report_opts *opts = &pl->r->opts;
	const struct report_tap *tap;
	uint32_t i;
	int err = 0;

	for (i = 0; i < opts->nr_taps && !err; i++) {
		tap = &opts->taps[i];
		if (tap->begin)
			err = tap->begin(tap->watch.ctx, pl->p, pl->from_ns, pl->to_ns);
	}
	if (!err)
		err = play_window(pl);
	for (i = 0; i < opts->nr_taps && !err; i++) {
		tap = &opts->taps[i];
		if (tap->end)
			err = tap->end(tap->watch.ctx, pl->p);
	}
	return err;
}

static uint64_t least_of_worst(const struct report *r)
{
	uint64_t least = UINT64_MAX;
	uint32_t i;

	if (r->nr_stories < r->opts.nr_worst)
		return 0;
	for (i = 0; i < r->nr_stories; i++) {
		if (r->stories[i].latency_ns < least)
			least = r->stories[i].latency_ns;
	}
	return least;
}

int report_add(struct report *r, struct rec_play *p)
{
	struct play pl = { .r = r, .p = p, .worst_min_ns = least_of_worst(r) };
	int err;

	if (r->clock)
		pl.offset_ns = p->info.start_real_ns - p->info.start_ns;
	pl.from_ns = r->from_ns - pl.offset_ns;
	pl.to_ns = r->to_ns - pl.offset_ns;
	if (r->from_ns < p->info.first_ns + pl.offset_ns)
		pl.from_ns = p->info.first_ns;
	if (r->to_ns > p->info.last_ns + 1 + pl.offset_ns)
		pl.to_ns = p->info.last_ns + 1;
	if (r->from_ns >= p->info.last_ns + 1 + pl.offset_ns ||
	    r->to_ns <= p->info.first_ns + pl.offset_ns)
		return 0;
	err = begin(&pl);
	if (!err)
		err = play_tapped(&pl);
	memset(&p->watch, 0, sizeof(p->watch));
	if (!err) {
		end_rows(&pl);
		report_end_losses(&pl);
		r->nr_records += p->played - pl.played;
		r->last_mono_ns = pl.to_ns;
		r->nr_agents = p->fold.sample ? p->fold.sample->nr_agents : 0;
		r->nr_recordings++;
		err = pl.failed ? -ENOMEM : 0;
	}
	free(pl.seen);
	free(pl.vms);
	free(pl.base.cpu_recorded);
	free(pl.base.cpu_lost);
	return err;
}
