// SPDX-License-Identifier: GPL-2.0
/*
 * Counter values (CNTVCT_EL0 of the host) to CLOCK_MONOTONIC.
 *
 * A pair is the tightest of some readings of the clock between two readings of the counter; its
 * error is half that bracket, a tick and a nanosecond. Between neighbouring pairs the clock is
 * taken as straight, which timekeeping's slewing breaks a little: so each pair is also compared
 * with the line through its two neighbours, and what it misses is added to the error there.
 */
#include "clockmap.h"

#include <errno.h>

#define TRIES 16

int clock_map_sample(struct clock_map *m)
{
	uint64_t before, after, ns, best = UINT64_MAX;
	struct clock_pair p = { 0 };
	int i;

	if (!m->hz)
		m->hz = counter_hz();
	for (i = 0; i < TRIES; i++) {
		before = counter_read();
		ns = mono_ns();
		after = counter_read();
		if (after - before >= best)
			continue;
		best = after - before;
		p.cnt = before + best / 2;
		p.mono_ns = ns;
	}
	p.err_ns = ((best + 1) / 2 + 1) * NSEC_PER_SEC / m->hz + 2;
	return vec_push(&m->pairs, &p, sizeof(p));
}

void clock_map_free(struct clock_map *m)
{
	vec_free(&m->pairs);
}

/* The line through a and b, at cnt (which may lie outside). */
static uint64_t line_at(const struct clock_pair *a, const struct clock_pair *b, uint64_t cnt)
{
	__int128 rise = (__int128)(b->mono_ns - a->mono_ns) * (int64_t)(cnt - a->cnt);

	return a->mono_ns + (int64_t)(rise / (int64_t)(b->cnt - a->cnt));
}

/* Error of pair i including its distance from its neighbours' line. */
static uint64_t pair_err(const struct clock_map *m, size_t i)
{
	const struct clock_pair *p = m->pairs.data;
	uint64_t line, off;

	if (i == 0 || i + 1 >= m->pairs.nr)
		return p[i].err_ns;
	line = line_at(&p[i - 1], &p[i + 1], p[i].cnt);
	off = line > p[i].mono_ns ? line - p[i].mono_ns : p[i].mono_ns - line;
	return off > p[i].err_ns ? off + p[i].err_ns : p[i].err_ns;
}

uint64_t clock_map_err_ns(const struct clock_map *m)
{
	uint64_t err, worst = 0;
	size_t i;

	for (i = 0; i < m->pairs.nr; i++) {
		err = pair_err(m, i);
		if (err > worst)
			worst = err;
	}
	return worst;
}

void clock_map_convert(const struct clock_map *m, uint64_t cnt, uint64_t *ret_lo,
		       uint64_t *ret_hi)
{
	const struct clock_pair *p = m->pairs.data;
	size_t lo = 0, hi = m->pairs.nr - 1, mid;
	uint64_t ns, err, err2;

	while (hi - lo > 1) {
		mid = (lo + hi) / 2;
		if (p[mid].cnt <= cnt)
			lo = mid;
		else
			hi = mid;
	}
	ns = line_at(&p[lo], &p[hi], cnt);
	err = pair_err(m, lo);
	err2 = pair_err(m, hi);
	if (err2 > err)
		err = err2;
	*ret_lo = ns - err;
	*ret_hi = ns + err + 1;
}
