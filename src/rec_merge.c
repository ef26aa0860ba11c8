// SPDX-License-Identifier: GPL-2.0
/* A lane a CPU, and a heap of lanes by the time of their first record; see rec_merge.h. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "rec_merge.h"
#include "util.h"

struct lane {
	struct g4_rec *recs;		/* owned; of a long one, arg_ns is its index in @longs */
	uint32_t nr, room, next;
	bool sorted;
	struct g4_rec_long *longs;	/* owned */
	uint32_t nr_longs, room_longs;
};

struct rec_merge {
	struct lane *lanes;
	struct lane **heap;		/* of lanes that have something left */
	uint32_t nr_cpus, nr_heap;
	uint64_t waiting;
};

struct rec_merge *rec_merge_new(uint32_t nr_cpus)
{
	struct rec_merge *m = calloc(1, sizeof(*m));

	if (!m)
		return NULL;
	m->nr_cpus = nr_cpus ? nr_cpus : 1;
	m->lanes = calloc(m->nr_cpus, sizeof(*m->lanes));
	m->heap = calloc(m->nr_cpus, sizeof(struct lane *));
	if (m->lanes && m->heap)
		return m;
	rec_merge_free(m);
	return NULL;
}

void rec_merge_free(struct rec_merge *m)
{
	uint32_t i;

	if (!m)
		return;
	for (i = 0; m->lanes && i < m->nr_cpus; i++) {
		free(m->lanes[i].recs);
		free(m->lanes[i].longs);
	}
	free(m->lanes);
	free(m->heap);
	free(m);
}

uint64_t rec_merge_bytes(const struct rec_merge *m)
{
	uint64_t bytes = 0;
	uint32_t i;

	for (i = 0; i < m->nr_cpus; i++)
		bytes += m->lanes[i].room * sizeof(struct g4_rec) +
			 m->lanes[i].room_longs * sizeof(struct g4_rec_long);
	return bytes;
}

uint64_t rec_merge_waiting(const struct rec_merge *m)
{
	return m->waiting;
}

static int grow(void **p, uint32_t nr, uint32_t *room, size_t size)
{
	uint32_t more = *room ? *room * 2 : 256;
	void *new;

	if (nr < *room)
		return 0;
	new = reallocarray(*p, more, size);
	if (!new)
		return -ENOMEM;
	*p = new;
	*room = more;
	return 0;
}

int rec_merge_add(struct rec_merge *m, const struct g4_rec *rec)
{
	struct lane *lane = &m->lanes[rec->pcpu < m->nr_cpus ? rec->pcpu : m->nr_cpus - 1];
	struct g4_rec *to;

	if (grow((void **)&lane->recs, lane->nr, &lane->room, sizeof(*lane->recs)))
		return -ENOMEM;
	to = &lane->recs[lane->nr];
	*to = *rec;
	if (rec->type >= G4_REC_LONG) {
		if (grow((void **)&lane->longs, lane->nr_longs, &lane->room_longs,
			 sizeof(*lane->longs)))
			return -ENOMEM;
		lane->longs[lane->nr_longs] = *(const struct g4_rec_long *)rec;
		to->arg_ns = lane->nr_longs++;
	}
	lane->nr++;
	lane->sorted = false;
	m->waiting++;
	return 0;
}

/* By insertion: nearly all of it is in order. Records of one time keep theirs. */
static void sort_lane(struct lane *lane)
{
	struct g4_rec rec;
	uint32_t i, k;

	for (i = lane->next + 1; i < lane->nr && !lane->sorted; i++) {
		if (lane->recs[i].ts_ns >= lane->recs[i - 1].ts_ns)
			continue;
		rec = lane->recs[i];
		for (k = i; k > lane->next && lane->recs[k - 1].ts_ns > rec.ts_ns; k--)
			lane->recs[k] = lane->recs[k - 1];
		lane->recs[k] = rec;
	}
	lane->sorted = true;
}

/*
 * What is left moves to the front. Long ones are handed out nearly in the order in which
 * they came: those before the first that is left are done with.
 */
static void compact(struct lane *lane)
{
	uint64_t first = lane->nr_longs;
	uint32_t i;

	if (!lane->next)
		return;
	memmove(lane->recs, lane->recs + lane->next,
		(lane->nr - lane->next) * sizeof(*lane->recs));
	lane->nr -= lane->next;
	lane->next = 0;
	for (i = 0; i < lane->nr; i++) {
		if (lane->recs[i].type >= G4_REC_LONG && lane->recs[i].arg_ns < first)
			first = lane->recs[i].arg_ns;
	}
	if (!first)
		return;
	lane->nr_longs -= (uint32_t)first;
	memmove(lane->longs, lane->longs + first, lane->nr_longs * sizeof(*lane->longs));
	for (i = 0; i < lane->nr; i++) {
		if (lane->recs[i].type >= G4_REC_LONG)
			lane->recs[i].arg_ns -= first;
	}
}

static bool before(const struct lane *a, const struct lane *b)
{
	uint64_t x = a->recs[a->next].ts_ns, y = b->recs[b->next].ts_ns;

	return x != y ? x < y : a < b;
}

static void sift_down(struct rec_merge *m, uint32_t i)
{
	struct lane *lane = m->heap[i];
	uint32_t child;

	while ((child = 2 * i + 1) < m->nr_heap) {
		if (child + 1 < m->nr_heap && before(m->heap[child + 1], m->heap[child]))
			child++;
		if (!before(m->heap[child], lane))
			break;
		m->heap[i] = m->heap[child];
		i = child;
	}
	m->heap[i] = lane;
}

static void fill_heap(struct rec_merge *m)
{
	uint32_t i;

	m->nr_heap = 0;
	for (i = 0; i < m->nr_cpus; i++) {
		if (!m->lanes[i].nr)
			continue;
		sort_lane(&m->lanes[i]);
		m->heap[m->nr_heap++] = &m->lanes[i];
	}
	for (i = m->nr_heap / 2; i-- > 0;)
		sift_down(m, i);
}

static int hand_out(const struct lane *lane, int (*fn)(void *ctx, const struct g4_rec *rec),
		    void *ctx)
{
	const struct g4_rec *rec = &lane->recs[lane->next];

	if (rec->type >= G4_REC_LONG)
		return fn(ctx, &lane->longs[rec->arg_ns].r);
	return fn(ctx, rec);
}

int rec_merge_take(struct rec_merge *m, uint64_t until_ns,
		   int (*fn)(void *ctx, const struct g4_rec *rec), void *ctx)
{
	struct lane *lane;
	int err = 0;
	uint32_t i;

	fill_heap(m);
	while (m->nr_heap && !err) {
		lane = m->heap[0];
		if (lane->recs[lane->next].ts_ns > until_ns)
			break;
		err = hand_out(lane, fn, ctx);
		lane->next++;
		m->waiting--;
		if (lane->next == lane->nr)
			m->heap[0] = m->heap[--m->nr_heap];
		if (m->nr_heap)
			sift_down(m, 0);
	}
	for (i = 0; i < m->nr_cpus; i++)
		compact(&m->lanes[i]);
	return err;
}
