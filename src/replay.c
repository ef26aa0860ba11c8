// SPDX-License-Identifier: GPL-2.0
/*
 * Owns a recording that is played, and hands it out as a source: readings as they were
 * at its present position, names as they were recorded, what it had cost. Moving on
 * folds the records in between; moving back begins anew at the recording's begin, since
 * histograms cannot be taken back.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "log.h"
#include "rec_open.h"
#include "replay.h"
#include "util.h"

#define NS_PER_S	1000000000ULL
#define CLOCK_SET_NS	(NS_PER_S / 2)	/* less is no setting of a clock */

struct replay {
	struct source source;		/* must be the first */
	struct replay_opts opts;
	char *path;			/* as messages name it; owned */
	struct rec_play play;
	uint64_t focus;
	struct rec_damage worst;	/* met so far: moving back meets less again */
	uint64_t lost;			/* the same of records lost */
};

static struct replay *replay_of(struct source *s)
{
	return (struct replay *)s;
}

/* --- what was lost --- */

/* Chunks up to here that were there and could not be read, or are missing. */
static uint64_t chunks_skipped(const struct rec_play *p)
{
	uint64_t missing = p->next_seq > p->next ? p->next_seq - p->next : 0;

	return missing + p->file.damage.skipped_chunks - p->found.skipped_chunks;
}

/*
 * Records up to here that nobody can tell of. How many were in a chunk that is missing
 * is not known: at least one. So it is behind the last chunk of what did not end cleanly.
 */
static uint64_t records_lost(const struct rec_play *p, const struct g4_loss *sampled)
{
	uint64_t lost = sampled->records > p->lost ? sampled->records : p->lost;
	uint64_t records = p->file.damage.skipped_records - p->found.skipped_records;
	uint64_t chunks = chunks_skipped(p);

	if (rec_play_at_end(p) && (p->found.no_index || p->found.skipped_bytes))
		lost++;
	return lost + (records > chunks ? records : chunks);
}

static void note_losses(struct replay *r)
{
	const struct rec_play *p = &r->play;

	if (p->file.damage.skipped_chunks >= r->worst.skipped_chunks)
		r->worst = p->file.damage;
	r->lost = p->lost > r->lost ? p->lost : r->lost;
	r->source.incomplete = p->info.nr_lost || r->lost || rec_is_damaged(&r->worst);
}

static void tell_losses(const struct replay *r)
{
	uint64_t lost = r->lost > r->play.info.nr_lost ? r->lost : r->play.info.nr_lost;

	if (lost)
		log_say(0, "%s: %llu records were lost while it was made", r->path,
			(unsigned long long)lost);
	rec_open_tell(r->path, &r->worst);
}

/* --- a reading --- */

/*
 * The wall clock at the position: as seeking counts it, so that whoever asks for a second
 * is shown that one; but as last sampled where it was set in between (two readings of one
 * clock are never quite the same).
 */
static uint64_t real_ns(const struct replay *r)
{
	const struct source *s = &r->source;
	const struct sample *sample = r->play.fold.sample;
	uint64_t ns = s->first_real_ns + (s->pos_ns - s->first_ns), sampled_ns;

	if (!sample)
		return ns;
	sampled_ns = sample->real_ns + (s->pos_ns - sample->now_ns);
	return (sampled_ns > ns ? sampled_ns - ns : ns - sampled_ns) < CLOCK_SET_NS ? ns :
										     sampled_ns;
}

/* Where that is not known, how far it is from the begin, as report writes it. */
static void tell_clock(struct replay *r)
{
	struct source *s = &r->source;
	uint64_t ms = (s->pos_ns - s->first_ns) / 1000000;
	char *clock = s->info.clock;
	struct tm tm;
	time_t now;

	if (!s->first_real_ns) {
		snprintf(clock, sizeof(s->info.clock), "+%llu.%03us",
			 (unsigned long long)(ms / 1000), (unsigned int)(ms % 1000));
		return;
	}
	now = (time_t)(real_ns(r) / NS_PER_S);
	if (localtime_r(&now, &tm))
		strftime(clock, sizeof(s->info.clock), "%H:%M:%S", &tm);
}

static void tell_sample(struct replay *r)
{
	const struct sample *sample = r->play.fold.sample;
	struct out_info *info = &r->source.info;

	tell_clock(r);
	info->cost_known = sample && sample->cost_known;
	info->bpf_ns_per_s = sample ? sample->bpf_ns_per_s : 0;
	info->own_ns_per_s = sample ? sample->own_ns_per_s : 0;
	info->nr_agents = sample ? sample->nr_agents : 0;
}

/* Keys of the whole recording: an address may be used again, a number is not. */
static void number_keys(const struct fold *f, struct snapshot *snap)
{
	const struct fold_vpe *fv;
	const struct fold_vm *fvm;
	uint32_t i;

	for (i = 0; i < snap->nr_vlpis; i++) {
		fv = fold_find_vpe(f, snap->vlpis[i].v.vpe);
		fvm = fold_find_vm(f, snap->vlpis[i].v.kvm);
		snap->vlpis[i].v.vpe = fv ? (uint64_t)fv->nr + 1 : 0;
		snap->vlpis[i].v.kvm = fvm ? (uint64_t)fvm->nr + 1 : 0;
	}
	for (i = 0; i < snap->nr_direct; i++) {
		fvm = fold_find_vm(f, snap->direct[i].kvm);
		snap->direct[i].kvm = fvm ? (uint64_t)fvm->nr + 1 : 0;
	}
	/* fold_snapshot() has all of these, in their order */
	for (i = 0; i < snap->nr_vpes; i++) {
		snap->vpes[i].v.vpe = (uint64_t)f->vpes[i]->nr + 1;
		snap->vpes[i].v.kvm = (uint64_t)f->vpes[i]->vm->nr + 1;
	}
	for (i = 0; i < snap->nr_vms; i++)
		snap->vms[i].kvm = (uint64_t)f->vms[i]->nr + 1;
}

static int replay_read(struct source *s, struct snapshot *ret_snap)
{
	struct replay *r = replay_of(s);
	enum fold_hists which = r->focus == SOURCE_FOCUS_ALL ? FOLD_ALL_HISTS :
				r->focus ? FOLD_HISTS_OF : FOLD_NO_HISTS;
	int err;

	err = fold_snapshot(&r->play.fold, s->pos_ns, which, r->focus, ret_snap);
	if (err)
		return log_err(err, "cannot take a reading of %s", r->path);
	ret_snap->loss.records = records_lost(&r->play, &ret_snap->loss);
	if (r->opts.no_direct)
		ret_snap->nr_direct = 0;
	if (r->opts.whole)
		number_keys(&r->play.fold, ret_snap);
	tell_sample(r);
	return 0;
}

static void replay_focus(struct source *s, uint64_t kvm)
{
	replay_of(s)->focus = kvm;
}

/* --- moving --- */

static int go_to_begin(struct replay *r)
{
	struct rec_play *p = &r->play;
	int err;

	/* what was before it, where it is the next of several files; then its first record */
	err = rec_play_until(p, p->info.first_ns - 1);
	if (!err && r->opts.whole)
		fold_reset_hists(&p->fold);
	return err;
}

static int move(struct replay *r, uint64_t to_ns)
{
	struct source *s = &r->source;
	int err = 0;

	if (to_ns > s->last_ns)
		to_ns = s->last_ns;
	if (to_ns < s->first_ns)
		to_ns = s->first_ns;
	if (to_ns < s->pos_ns) {
		err = rec_play_seek(&r->play, to_ns, false);
		if (!err)
			err = go_to_begin(r);
	}
	if (!err)
		err = rec_play_until(&r->play, to_ns);
	if (err)
		return log_err(err, "cannot read on in %s", r->path);
	s->pos_ns = to_ns;
	s->sampled_ns = r->play.fold.sample ? r->play.fold.sample->now_ns : 0;
	note_losses(r);
	return 0;
}

static int replay_seek(struct source *s, uint64_t to_ns)
{
	return move(replay_of(s), to_ns);
}

static void replay_free(struct source *s)
{
	struct replay *r = replay_of(s);

	if (s->pos_ns)
		tell_losses(r);
	rec_play_close(&r->play);
	free(r->path);
	free(r);
}

static void replay_freep(struct replay **r)
{
	if (*r)
		replay_free(&(*r)->source);
}

#define auto_replay __attribute__((cleanup(replay_freep)))

/* --- names --- */

/* A process id may be used again: who is there now comes first. */
static void name_of(void *ctx, uint32_t pid, char *buf, size_t size)
{
	const struct fold *f = &((const struct replay *)ctx)->play.fold;
	const struct fold_vm *found = NULL;
	uint32_t i;

	for (i = f->nr_vms; i-- > 0;) {
		if (f->vms[i]->vm.pid != pid || !f->vms[i]->name[0])
			continue;
		if (!found || (found->gone && !f->vms[i]->gone))
			found = f->vms[i];
	}
	snprintf(buf, size, "%s", found ? found->name : "");
}

static void device_of(void *ctx, uint32_t host_irq, char *buf, size_t size)
{
	const struct replay *r = ctx;
	const struct fold_vlpi *lpi = fold_find_vlpi(&r->play.fold, host_irq);

	snprintf(buf, size, "%s", lpi ? lpi->device : "");
}

/* Counts of the GIC's own PMU are of the host as a whole, and not sampled. */
static void tell_host(struct replay *r)
{
	const struct rec_info *i = &r->play.info;
	struct source *s = &r->source;

	s->names = (struct model_names){ .vm_name = name_of, .device = device_of, .ctx = r };
	s->info = (struct out_info){
		.kernel = i->kernel,
		.gic = i->gic[0] ? i->gic : NULL,
		.wfi = i->wfi,
		.backend = i->backend,
		.hooks_attached = i->hooks_attached,
		.hooks_wanted = i->hooks_wanted,
		.pmu_event = i->pmu_event[0] ? i->pmu_event : NULL,
	};
	s->figures = i->figures;
	s->start_ns = i->first_ns;
	s->first_ns = i->first_ns;
	s->last_ns = i->last_ns > i->first_ns ? i->last_ns : i->first_ns;
	s->first_real_ns = i->start_real_ns ? i->start_real_ns + (i->first_ns - i->start_ns) : 0;
	s->nr_records = i->nr_records;
}

int replay_open(const char *path, const struct replay_opts *opts, struct source **ret_source)
{
	const struct fold_opts fold = { .hists = opts->hists, .keep = opts->whole };
	auto_replay struct replay *r = calloc(1, sizeof(*r));
	struct source *s;
	int err;

	if (!r)
		return log_err(-ENOMEM, "cannot replay %s", path);
	s = &r->source;
	*s = (struct source){ .read = replay_read, .focus = replay_focus, .seek = replay_seek,
			      .free = replay_free };
	r->opts = *opts;
	r->play.file.fd = -1;
	r->path = strdup(rec_open_name(path));
	if (!r->path)
		return log_err(-ENOMEM, "cannot replay %s", path);
	err = rec_open(path, &fold, &r->play);
	if (err)
		return err;
	tell_host(r);
	err = go_to_begin(r);
	if (err)
		return log_err(err, "cannot read %s", r->path);
	err = move(r, s->first_ns);
	if (err)
		return err;
	r = NULL;
	*ret_source = s;
	return 0;
}
