// SPDX-License-Identifier: GPL-2.0
/*
 * Prepares a model for a moment; see moment.h. A jump reads on the grid of intervals
 * that ends with the moment, as a view that came all the way would have: the last
 * reading gives the interval, earlier ones what stands longer. These differ only where
 * there was a sample in between, so only there they are taken.
 */
#include <errno.h>

#include "log.h"
#include "moment.h"

#define LOOK_BACK_NS	10000000000ULL	/* agents speak once a second as a rule */

static int read_before(const struct moment *at, struct snapshot *snap)
{
	struct snapshot new = { 0 };
	int err;

	err = at->source->read(at->source, &new);
	if (err) {
		snapshot_clear(&new);
		return err;
	}
	if (at->base)
		snapshot_since(&new, at->base);
	err = model_update(at->model, &new, at->filter, &at->source->names);
	/* what the model has borrowed up to here */
	snapshot_clear(snap);
	*snap = new;
	return err ? log_err(err, "cannot update the view") : 0;
}

/* The begin of the grid, and never before counting began. */
static uint64_t back_from(uint64_t to_ns, uint64_t begin_ns, uint64_t interval_ns)
{
	uint64_t nr = LOOK_BACK_NS / interval_ns, room = (to_ns - begin_ns) / interval_ns;

	if (!nr)
		nr = 1;
	return nr <= room ? to_ns - nr * interval_ns : begin_ns;
}

int moment_go(const struct moment *at, uint64_t to_ns, struct snapshot *snap)
{
	struct source *s = at->source;
	uint64_t begin_ns = at->base ? at->base->now_ns : s->first_ns;
	uint64_t ns, next_ns, sampled_ns = UINT64_MAX;
	int err;

	if (to_ns > s->last_ns)
		to_ns = s->last_ns;
	if (to_ns < begin_ns)
		to_ns = begin_ns;
	if (at->model->now_ns == s->pos_ns && to_ns > s->pos_ns &&
	    to_ns - s->pos_ns <= at->interval_ns)
		return s->seek(s, to_ns);
	model_clear(at->model);
	at->model->now_ns = 0;
	if (s->focus)
		s->focus(s, 0);
	for (ns = back_from(to_ns, begin_ns, at->interval_ns); ns < to_ns; ns = next_ns) {
		/* the first step may be a short one: the grid begins behind it */
		next_ns = to_ns - (to_ns - ns - 1) / at->interval_ns * at->interval_ns;
		err = s->seek(s, ns);
		if (err)
			return err;
		if (s->sampled_ns == sampled_ns && next_ns < to_ns)
			continue;
		sampled_ns = s->sampled_ns;
		err = read_before(at, snap);
		if (err)
			return err;
	}
	err = s->seek(s, to_ns);
	/* where nothing is before it, two readings make an interval of nothing, not of all */
	if (!err && !at->model->now_ns)
		err = read_before(at, snap);
	return err;
}
