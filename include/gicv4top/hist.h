/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Bucket arithmetic of a log-linear histogram, the same code in the kernel
 * (BPF) and in the program.
 *
 * Values below 16 have a bucket each. Above, every power of two is split in
 * 16 equal buckets, half open [low, high): a value is known to within 1/16 of
 * itself (6.25 %). Values of 2^40 (18 minutes in ns) and more share the last
 * bucket. count, sum, min and max are exact for all of them.
 *
 * A histogram has one writer at a time (see vpe_fsm.h for who that is); where
 * several CPUs may add at once, g4_hist_add_shared() must be used instead.
 */
#ifndef GICV4TOP_HIST_H
#define GICV4TOP_HIST_H

#include <gicv4top/types.h>

#define G4_HIST_SUB_BITS	4
#define G4_HIST_SUB		(1U << G4_HIST_SUB_BITS)
#define G4_HIST_MAX_BITS	40
/* the last one holds all values from 2^40 on */
#define G4_HIST_BUCKETS		((G4_HIST_MAX_BITS - G4_HIST_SUB_BITS + 1) * G4_HIST_SUB + 1)

struct g4_hist {
	__u64 count;
	__u64 sum;
	__u64 min;			/* meaningless while count is 0 */
	__u64 max;
	__u64 bucket[G4_HIST_BUCKETS];
};
_Static_assert(sizeof(struct g4_hist) == (4 + 593) * 8, "shared layout: bump G4_WIRE_VERSION");

/*
 * Position of the highest bit set in @v, which must not be 0. No clz in BPF: a
 * search by halves that folds into compares with constants, one a half.
 */
static __always_inline __u32 g4_log2_4(__u64 v, __u32 low)
{
	if (v >> (low + 2))
		return v >> (low + 3) ? low + 3 : low + 2;
	return v >> (low + 1) ? low + 1 : low;
}

static __always_inline __u32 g4_log2_16(__u64 v, __u32 low)
{
	if (v >> (low + 8))
		return v >> (low + 12) ? g4_log2_4(v, low + 12) : g4_log2_4(v, low + 8);
	return v >> (low + 4) ? g4_log2_4(v, low + 4) : g4_log2_4(v, low);
}

static __always_inline __u32 g4_log2(__u64 v)
{
#ifndef __BPF__
	return 63 - (__u32)__builtin_clzll(v);
#endif
	if (v >> 32)
		return v >> 48 ? g4_log2_16(v, 48) : g4_log2_16(v, 32);
	return v >> 16 ? g4_log2_16(v, 16) : g4_log2_16(v, 0);
}

/* Bucket that holds @v: 0 .. G4_HIST_BUCKETS - 1. */
static __always_inline __u32 g4_hist_index(__u64 v)
{
	__u32 bit;

	if (v < G4_HIST_SUB)
		return v;
	if (v >> G4_HIST_MAX_BITS)
		return G4_HIST_BUCKETS - 1;
	bit = g4_log2(v);
	return ((bit - G4_HIST_SUB_BITS + 1) << G4_HIST_SUB_BITS) +
	       ((v >> (bit - G4_HIST_SUB_BITS)) & (G4_HIST_SUB - 1));
}

/*
 * Lowest value of bucket @index; that of index + 1 is its (excluded) end, but
 * for the last bucket, which has none.
 */
static __always_inline __u64 g4_hist_low(__u32 index)
{
	__u32 shift;

	if (index < G4_HIST_SUB)
		return index;
	shift = (index >> G4_HIST_SUB_BITS) - 1;
	return (__u64)(G4_HIST_SUB + (index & (G4_HIST_SUB - 1))) << shift;
}

static __always_inline void g4_hist_add(struct g4_hist *h, __u64 v)
{
	__u32 index = g4_hist_index(v);

	if (index >= G4_HIST_BUCKETS)	/* never; the BPF verifier wants to see it */
		return;
	h->bucket[index]++;
	h->sum += v;
	if (!h->count || v < h->min)
		h->min = v;
	if (v > h->max)
		h->max = v;
	h->count++;
}

/*
 * As g4_hist_add(), for writers on several CPUs. Counts and sums are exact.
 * min and max are compared and exchanged a bounded number of times: a writer
 * that loses eight times in a row to other values gives up.
 */
static __always_inline void g4_hist_add_shared(struct g4_hist *h, __u64 v)
{
	__u32 index = g4_hist_index(v), i;
	__u64 old;

	if (index >= G4_HIST_BUCKETS)
		return;
	__sync_fetch_and_add(&h->bucket[index], 1);
	__sync_fetch_and_add(&h->sum, v);
	for (i = 0; i < 8; i++) {
		old = h->max;
		if (v <= old || __sync_val_compare_and_swap(&h->max, old, v) == old)
			break;
	}
	/* latencies are never 0: 0 means that none was added yet */
	for (i = 0; i < 8; i++) {
		old = h->min;
		if ((old && v >= old) || __sync_val_compare_and_swap(&h->min, old, v) == old)
			break;
	}
	__sync_fetch_and_add(&h->count, 1);
}

#endif
