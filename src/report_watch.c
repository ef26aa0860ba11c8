// SPDX-License-Identifier: GPL-2.0
/*
 * What a report takes from each record as it is played. This runs for every record, so
 * it does next to nothing for most: it keeps the last few of each vPE, from which the
 * story of a doorbell is told only when its latency turns out to be one of the worst.
 */
#include <string.h>

#include "report_priv.h"
#include "sample.h"

static inline void remember(struct seen *s, const struct g4_rec *rec)
{
	struct report_step *step = &s->ring[s->pos++ % RING];

	step->ns = rec->ts_ns;
	step->arg_ns = rec->arg_ns;
	step->type = rec->type;
	step->pcpu = rec->pcpu;
	step->flags = rec->flags;
}

static inline struct seen *seen_of(struct play *pl, const struct fold_vpe *fv)
{
	return fv->nr < pl->room_seen && pl->seen[fv->nr].fv ? &pl->seen[fv->nr] :
							       report_seen(pl, fv);
}

/* --- stories --- */

/* The first record of the ring that belongs to it: the put before the doorbell, if it is there. */
static uint32_t story_begin(const struct seen *s, uint32_t oldest, uint64_t doorbell_ns,
			    bool *ret_whole)
{
	uint32_t i, put = s->pos, first = s->pos;

	*ret_whole = false;
	for (i = oldest; i != s->pos; i++) {
		const struct report_step *step = &s->ring[i % RING];

		if (step->type == G4_REC_VPE_PUT && step->ns <= doorbell_ns)
			put = i;
		if (first == s->pos && step->ns >= doorbell_ns)
			first = i;
		if (step->type == G4_REC_DOORBELL && step->ns == doorbell_ns)
			*ret_whole = true;
	}
	return put != s->pos ? put : first;
}

static void tell(struct play *pl, struct seen *s, const struct g4_rec *load, uint64_t latency_ns,
		 struct report_story *story)
{
	uint32_t oldest = s->pos > RING ? s->pos - RING : 0, i;

	*story = (struct report_story){
		.latency_ns = latency_ns,
		.load_ns = load->ts_ns + pl->offset_ns,
		.vpe = s->rv,
		.owner = (uint32_t)(s - pl->seen),
	};
	i = story_begin(s, oldest, load->arg_ns, &story->whole);
	/* one place stays free, for the guest entry */
	if (s->pos - i >= REPORT_STORY_STEPS)
		i = s->pos - REPORT_STORY_STEPS + 1;
	for (; i != s->pos; i++) {
		story->steps[story->nr_steps] = s->ring[i % RING];
		story->steps[story->nr_steps++].ns += pl->offset_ns;
	}
	s->open = story;
}

/* The place of the least of the worst, which has to make room if all are taken. */
static struct report_story *place(struct play *pl)
{
	struct report *r = pl->r;
	struct report_story *least = &r->stories[0];
	uint32_t i;

	if (r->nr_stories < r->opts.nr_worst)
		return &r->stories[r->nr_stories++];
	for (i = 1; i < r->nr_stories; i++) {
		if (r->stories[i].latency_ns < least->latency_ns)
			least = &r->stories[i];
	}
	if (least->owner < pl->room_seen && pl->seen[least->owner].open == least)
		pl->seen[least->owner].open = NULL;
	return least;
}

static void take_latency(struct play *pl, struct seen *s, const struct g4_rec *load,
			 uint64_t latency_ns)
{
	struct report *r = pl->r;
	uint32_t i;

	if (!s->rv || !s->shown || !r->opts.nr_worst)
		return;
	tell(pl, s, load, latency_ns, place(pl));
	if (r->nr_stories < r->opts.nr_worst)
		return;
	pl->worst_min_ns = UINT64_MAX;
	for (i = 0; i < r->nr_stories; i++) {
		if (r->stories[i].latency_ns < pl->worst_min_ns)
			pl->worst_min_ns = r->stories[i].latency_ns;
	}
}

/* A story ends with the guest entry, or where the vPE leaves before. */
static void go_on(struct seen *s, const struct g4_rec *rec, uint64_t offset_ns)
{
	struct report_story *story = s->open;

	if (rec->type != G4_REC_GUEST_ENTRY && rec->type != G4_REC_VPE_PUT &&
	    rec->type != G4_REC_VPE_LOAD)
		return;
	s->open = NULL;
	if (rec->type != G4_REC_GUEST_ENTRY || story->nr_steps == REPORT_STORY_STEPS)
		return;
	story->steps[story->nr_steps++] = (struct report_step){
		.ns = rec->ts_ns + offset_ns,
		.arg_ns = rec->arg_ns,
		.pcpu = rec->pcpu,
		.flags = rec->flags,
		.type = rec->type,
	};
}

/* --- moves between CPUs --- */

static void change_cpu(struct play *pl, struct seen *s, const struct fold_vpe *fv)
{
	uint32_t from = s->last_pcpu;

	s->last_pcpu = fv->last_pcpu;
	if (from == NO_CPU || !s->rv)
		return;
	s->cpu_changes++;
	if (s->shown)
		report_route(pl->r, from, fv->last_pcpu, 1);
}

/* --- the watch --- */

static void event_before(void *ctx, struct fold_vpe *fv, const struct g4_rec *rec,
			 uint64_t latency_ns)
{
	struct seen *s = seen_of(ctx, fv);

	(void)latency_ns;
	if (s)
		remember(s, rec);
}

static void event(void *ctx, struct fold_vpe *fv, const struct g4_rec *rec, uint64_t latency_ns)
{
	struct play *pl = ctx;
	struct seen *s = seen_of(pl, fv);

	if (!s)
		return;
	if (!s->known)
		report_sight(pl, s);
	if (s->open)
		go_on(s, rec, pl->offset_ns);
	remember(s, rec);
	if (s->last_pcpu != fv->last_pcpu)
		change_cpu(pl, s, fv);
	if (latency_ns > s->db_max_ns)
		s->db_max_ns = latency_ns;
	if (latency_ns > pl->worst_min_ns)
		take_latency(pl, s, rec, latency_ns);
}

static void event_tapped(void *ctx, struct fold_vpe *fv, const struct g4_rec *rec,
			 uint64_t latency_ns)
{
	const struct report_opts *opts = &((struct play *)ctx)->r->opts;
	uint32_t i;

	event(ctx, fv, rec, latency_ns);
	for (i = 0; i < opts->nr_taps; i++) {
		if (opts->taps[i].watch.event)
			opts->taps[i].watch.event(opts->taps[i].watch.ctx, fv, rec, latency_ns);
	}
}

static void rare(void *ctx, const struct g4_rec_long *rec, const char *text)
{
	struct play *pl = ctx;
	const struct report_opts *opts = &pl->r->opts;
	const struct fold_vm *fvm;
	struct seen_vm *sv;
	uint32_t i;

	if (rec->r.type == G4_REC_VLPI_MAP) {
		fvm = fold_find_vm(&pl->p->fold, rec->kvm);
		sv = fvm ? report_seen_vm(pl, fvm) : NULL;
		if (sv && sv->rvm)
			g4_hist_add(&sv->rvm->map_ns, rec->r.arg_ns ? rec->r.arg_ns : 1);
	}
	for (i = 0; i < opts->nr_taps; i++) {
		if (opts->taps[i].watch.rare)
			opts->taps[i].watch.rare(opts->taps[i].watch.ctx, rec, text);
	}
}

static void gap(void *ctx, bool begin, uint64_t ts_ns)
{
	const struct report_opts *opts = &((struct play *)ctx)->r->opts;
	uint32_t i;

	for (i = 0; i < opts->nr_taps; i++) {
		if (opts->taps[i].watch.gap)
			opts->taps[i].watch.gap(opts->taps[i].watch.ctx, begin, ts_ns);
	}
}

/* --- direct deliveries: not events, but counts that are sampled --- */

/* The vPE of a count; they mostly come in the vPEs' own order. */
static struct fold_vpe *vpe_of(const struct fold *f, const struct snap_direct *d, uint32_t *at)
{
	struct fold_vpe *fv;
	uint32_t i;

	for (i = 0; i < f->nr_vpes; i++) {
		fv = f->vpes[(*at + i) % f->nr_vpes];
		if (!fv->gone && fv->v.kvm == d->kvm && fv->v.vcpu == d->vcpu &&
		    fv->v.birth_ns == d->birth_ns) {
			*at = (*at + i) % f->nr_vpes;
			return fv;
		}
	}
	return NULL;
}

static void add_direct(struct play *pl, struct seen *s, const struct snap_direct *d,
		       const struct heard *old)
{
	struct report_direct *sum = &s->rv->direct[d->source];
	struct report_sums *cell;

	if (!sum->known)
		sum->running_pct = 100;
	sum->known = true;
	if (d->running_pct < sum->running_pct)
		sum->running_pct = d->running_pct;
	/* a count that is smaller was begun anew: nobody knows what came between */
	if (!old->known || d->count < old->count || d->time_ns <= old->time_ns)
		return;
	sum->count += d->count - old->count;
	sum->error += g4_span(old->error, d->error);
	sum->span_ns += d->time_ns - old->time_ns;
	s->rv->sums.n[RC_DIRECT + d->source] += d->count - old->count;
	cell = report_cell(pl->r, &s->rv->vm->cells, pl->cell);
	if (cell)
		cell->n[RC_DIRECT + d->source] += d->count - old->count;
	cell = pl->r->opts.per_vpe ? report_cell(pl->r, &s->rv->cells, pl->cell) : NULL;
	if (cell)
		cell->n[RC_DIRECT + d->source] += d->count - old->count;
}

void report_take_sample(struct play *pl, const struct sample *sample)
{
	const struct snap_direct *d;
	const struct fold_vpe *fv;
	struct heard old;
	struct seen *s;
	uint32_t i, at = 0;

	for (i = 0; sample && i < sample->nr_direct; i++) {
		d = &sample->direct[i];
		fv = d->source > DIRECT_NONE && d->source < DIRECT_NR ?
			vpe_of(&pl->p->fold, d, &at) : NULL;
		s = fv ? seen_of(pl, fv) : NULL;
		if (!s)
			continue;
		old = s->heard[d->source];
		s->heard[d->source] = (struct heard){ true, d->time_ns, d->count, d->error };
		if (!pl->counting)
			continue;
		if (!s->known)
			report_sight(pl, s);
		if (s->rv)
			add_direct(pl, s, d, &old);
	}
}

static void sample_before(void *ctx, const struct sample *sample)
{
	report_take_sample(ctx, sample);
}

static void sample(void *ctx, const struct sample *s)
{
	const struct report_opts *opts = &((struct play *)ctx)->r->opts;
	uint32_t i;

	report_take_sample(ctx, s);
	for (i = 0; i < opts->nr_taps; i++) {
		if (opts->taps[i].watch.sample)
			opts->taps[i].watch.sample(opts->taps[i].watch.ctx, s);
	}
}

static void rebase(void *ctx, bool done)
{
	report_rebase(ctx, done);
}

void report_watch_before(struct play *pl, struct rec_watch *ret_watch)
{
	*ret_watch = (struct rec_watch){ .event = event_before, .sample = sample_before,
					 .ctx = pl };
}

void report_watch(struct play *pl, struct rec_watch *ret_watch)
{
	*ret_watch = (struct rec_watch){
		.event = pl->r->opts.nr_taps ? event_tapped : event,
		.rare = rare,
		.gap = gap,
		.sample = sample,
		.rebase = rebase,
		.ctx = pl,
	};
}
