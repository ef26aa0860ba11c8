// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the lanes of events, one a CPU, and their merge; see ftrace_decode.h. Pairs are
 * joined in ftrace_pair.c before the merge, since what comes of two events may belong to
 * the time of the first; what events mean is judged in ftrace_judge.c behind it.
 *
 * A doorbell waits for its kprobe, which follows its tracepoint at once; nothing of its
 * time or later is handed out until then.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ftrace_judge.h"
#include "ftrace_pair.h"
#include "util.h"

#define GIVE_UP_NS	20000000ULL	/* nothing keeps an interrupt's handler for so long */

/* In lanes, beside the kinds that there are. */
enum { FT_GAP_BEGIN = FT_NR_KINDS, FT_GAP_END };

struct lane {
	struct ft_pair pair;
	struct ft_event *events;	/* owned; nearly in order */
	uint32_t nr, room;
};

struct ftrace_decode {
	struct lane *lanes;		/* owned; one a CPU */
	uint32_t nr_cpus;
	const struct ft_event **order;	/* owned; room for what one take merges */
	uint32_t room;
	struct ft_judge judge;
};

struct ftrace_decode *ftrace_decode_new(uint32_t nr_cpus)
{
	struct ftrace_decode *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->nr_cpus = nr_cpus ? nr_cpus : 1;
	d->lanes = calloc(d->nr_cpus, sizeof(*d->lanes));
	if (d->lanes && !ft_judge_init(&d->judge))
		return d;
	ftrace_decode_free(d);
	return NULL;
}

void ftrace_decode_free(struct ftrace_decode *d)
{
	uint32_t i;

	if (!d)
		return;
	for (i = 0; d->lanes && i < d->nr_cpus; i++)
		free(d->lanes[i].events);
	ft_judge_clear(&d->judge);
	free(d->lanes);
	free(d->order);
	free(d);
}

static struct lane *lane_of(struct ftrace_decode *d, uint32_t cpu)
{
	return &d->lanes[cpu < d->nr_cpus ? cpu : d->nr_cpus - 1];
}

static int append(struct lane *lane, const struct ft_event *ev)
{
	uint32_t room = lane->room ? lane->room * 2 : 64;
	struct ft_event *more;

	if (lane->nr == lane->room) {
		more = reallocarray(lane->events, room, sizeof(*more));
		if (!more)
			return -ENOMEM;
		lane->events = more;
		lane->room = room;
	}
	lane->events[lane->nr++] = *ev;
	return 0;
}

static int append_out(struct lane *lane, const struct ft_out *out)
{
	unsigned int i;
	int err = 0;

	for (i = 0; i < out->nr && !err; i++)
		err = append(lane, &out->ev[i]);
	return err;
}

int ftrace_decode_add(struct ftrace_decode *d, const struct ft_event *ev)
{
	struct lane *lane = lane_of(d, ev->cpu);
	struct ft_out out;

	if (ev->kind >= FT_NR_KINDS)
		return 0;
	ft_pair_add(&lane->pair, ev, &out);
	return append_out(lane, &out);
}

int ftrace_decode_lost(struct ftrace_decode *d, uint32_t cpu, uint64_t from_ns, uint64_t to_ns)
{
	struct lane *lane = lane_of(d, cpu);
	struct ft_event ev = { .cpu = cpu, .kind = FT_GAP_BEGIN, .ts_ns = from_ns };
	struct ft_out out = { .nr = 0 };
	int err;

	ft_pair_give_up(&lane->pair, &out);
	ft_pair_lost(&lane->pair);
	err = append_out(lane, &out);
	if (!err)
		err = append(lane, &ev);
	ev.kind = FT_GAP_END;
	ev.ts_ns = to_ns > from_ns ? to_ns : from_ns;
	return err ? err : append(lane, &ev);
}

/* Of one time, those of the lower CPU first, and one CPU's in their own order. */
static int by_time(const void *a, const void *b)
{
	const struct ft_event *x = *(const struct ft_event *const *)a;
	const struct ft_event *y = *(const struct ft_event *const *)b;

	if (x->ts_ns != y->ts_ns)
		return x->ts_ns < y->ts_ns ? -1 : 1;
	if (x->cpu != y->cpu)
		return x->cpu < y->cpu ? -1 : 1;
	return x < y ? -1 : x > y;
}

/* No event of up to the time that this returns can still come out of a pair. */
static int complete_until(struct ftrace_decode *d, uint64_t *until_ns)
{
	uint64_t asked_ns = *until_ns, waits_ns;
	struct ft_out out;
	uint32_t i;
	int err = 0;

	for (i = 0; i < d->nr_cpus && !err; i++) {
		waits_ns = ft_pair_waits_ns(&d->lanes[i].pair);
		if (!waits_ns || waits_ns > asked_ns)
			continue;
		if (asked_ns - waits_ns < GIVE_UP_NS) {
			if (waits_ns - 1 < *until_ns)
				*until_ns = waits_ns - 1;
			continue;
		}
		out.nr = 0;
		ft_pair_give_up(&d->lanes[i].pair, &out);
		err = append_out(&d->lanes[i], &out);
	}
	return err;
}

/* Those of up to @until_ns into d->order. */
static int collect(struct ftrace_decode *d, uint64_t until_ns, uint32_t *ret_nr)
{
	const struct ft_event **order;
	uint32_t i, k, all = 0, nr = 0;

	for (i = 0; i < d->nr_cpus; i++)
		all += d->lanes[i].nr;
	if (all > d->room) {
		order = reallocarray(d->order, all, sizeof(struct ft_event *));
		if (!order)
			return -ENOMEM;
		d->order = order;
		d->room = all;
	}
	for (i = 0; i < d->nr_cpus; i++) {
		for (k = 0; k < d->lanes[i].nr; k++) {
			if (d->lanes[i].events[k].ts_ns <= until_ns)
				d->order[nr++] = &d->lanes[i].events[k];
		}
	}
	if (nr)
		qsort(d->order, nr, sizeof(struct ft_event *), by_time);
	*ret_nr = nr;
	return 0;
}

static void drop_taken(struct lane *lane, uint64_t until_ns)
{
	uint32_t i, nr = 0;

	for (i = 0; i < lane->nr; i++) {
		if (lane->events[i].ts_ns > until_ns)
			lane->events[nr++] = lane->events[i];
	}
	lane->nr = nr;
}

int ftrace_decode_take(struct ftrace_decode *d, uint64_t until_ns,
		       void (*fn)(void *ctx, const struct g4_rec *rec), void *ctx,
		       uint64_t *ret_until_ns)
{
	const struct ft_event *ev;
	uint32_t i, nr = 0;
	int err = complete_until(d, &until_ns);

	if (!err)
		err = collect(d, until_ns, &nr);
	if (err)
		return err;
	d->judge.fn = fn;
	d->judge.ctx = ctx;
	for (i = 0; i < nr && !err; i++) {
		ev = d->order[i];
		if (ev->kind >= FT_NR_KINDS)
			ft_judge_gap(&d->judge, ev->kind == FT_GAP_BEGIN, ev->ts_ns);
		else
			err = ft_judge_event(&d->judge, ev);
	}
	for (i = 0; i < d->nr_cpus; i++)
		drop_taken(&d->lanes[i], until_ns);
	*ret_until_ns = until_ns;
	return err;
}

const struct fold *ftrace_decode_fold(const struct ftrace_decode *d)
{
	return &d->judge.fold;
}

uint64_t ftrace_decode_unmatched(const struct ftrace_decode *d)
{
	uint64_t sum = d->judge.unmatched;
	uint32_t i;

	for (i = 0; i < d->nr_cpus; i++)
		sum += d->lanes[i].pair.unmatched;
	return sum;
}
