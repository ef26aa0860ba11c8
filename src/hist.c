// SPDX-License-Identifier: GPL-2.0
/*
 * Histograms as a reader sees them. A copy taken while BPF adds may have its
 * count one ahead or behind its buckets, so ranks are taken from the buckets.
 */
#include "hist.h"

__u64 hist_percentile(const struct g4_hist *h, unsigned int per_10000)
{
	__u64 total = 0, rank, seen = 0, value, low, high;
	unsigned int i;

	for (i = 0; i < G4_HIST_BUCKETS; i++)
		total += h->bucket[i];
	if (!total)
		return 0;
	rank = (total * per_10000 + 9999) / 10000;
	if (!rank)
		rank = 1;
	for (i = 0; i < G4_HIST_BUCKETS - 1; i++) {
		seen += h->bucket[i];
		if (seen >= rank)
			break;
	}
	if (i == G4_HIST_BUCKETS - 1)
		return h->max;
	low = g4_hist_low(i);
	high = g4_hist_low(i + 1) - 1;
	value = low + (high - low) / 2;
	if (value < h->min)
		value = h->min;
	if (value > h->max)
		value = h->max;
	return value;
}

void hist_merge(struct g4_hist *to, const struct g4_hist *from)
{
	unsigned int i;

	if (!from->count)
		return;
	if (!to->count || from->min < to->min)
		to->min = from->min;
	if (from->max > to->max)
		to->max = from->max;
	to->count += from->count;
	to->sum += from->sum;
	for (i = 0; i < G4_HIST_BUCKETS; i++)
		to->bucket[i] += from->bucket[i];
}

static __u64 lowest_of(const struct g4_hist *h)
{
	unsigned int i;

	for (i = 0; i < G4_HIST_BUCKETS && !h->bucket[i]; i++)
		;
	return g4_hist_low(i);
}

static __u64 highest_of(const struct g4_hist *h)
{
	unsigned int i = G4_HIST_BUCKETS;

	while (i && !h->bucket[i - 1])
		i--;
	return i == G4_HIST_BUCKETS ? h->max : g4_hist_low(i) - 1;
}

void hist_subtract(struct g4_hist *h, const struct g4_hist *base)
{
	unsigned int i;

	for (i = 0; i < G4_HIST_BUCKETS; i++) {
		if (h->bucket[i] < base->bucket[i])
			return;
	}
	if (!base->count)
		return;
	for (i = 0; i < G4_HIST_BUCKETS; i++)
		h->bucket[i] -= base->bucket[i];
	h->count -= base->count;
	h->sum -= base->sum;
	if (!h->count) {
		h->min = 0;
		h->max = 0;
		return;
	}
	if (h->min == base->min && lowest_of(h) > h->min)
		h->min = lowest_of(h);
	if (h->max == base->max && highest_of(h) < h->max)
		h->max = highest_of(h);
}
