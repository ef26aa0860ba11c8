/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The histogram's cases as data, for the native and the BPF runner: values,
 * the bucket that each belongs to, and the sums. hist_edges() makes the edge
 * values of all buckets by the description in hist.h, not by its code.
 */
#ifndef TESTS_UNIT_HIST_CASES_H
#define TESTS_UNIT_HIST_CASES_H

#include <gicv4top/hist.h>

#define HIST_CASE_VALUES	8
#define HIST_LAST		(G4_HIST_BUCKETS - 1)

struct hist_case {
	const char *name;
	__u32 nr;
	__u64 value[HIST_CASE_VALUES];
	__u32 index[HIST_CASE_VALUES];
	__u64 sum;
	__u64 min;
	__u64 max;
};

static const struct hist_case hist_cases[] = {
	{ .name = "values below 16 have a bucket each",
	  .nr = 4, .value = { 1, 2, 14, 15 }, .index = { 1, 2, 14, 15 },
	  .sum = 32, .min = 1, .max = 15 },
	{ .name = "values from 16 to 31 have a bucket each",
	  .nr = 4, .value = { 16, 17, 30, 31 }, .index = { 16, 17, 30, 31 },
	  .sum = 94, .min = 16, .max = 31 },
	{ .name = "values from 32 on share a bucket by two",
	  .nr = 6, .value = { 32, 33, 34, 35, 62, 63 }, .index = { 32, 32, 33, 33, 47, 47 },
	  .sum = 259, .min = 32, .max = 63 },
	{ .name = "bounds are half open: a power of two begins a bucket",
	  .nr = 6, .value = { 1023, 1024, 1025, 1087, 1088, 2048 },
	  .index = { 111, 112, 112, 112, 113, 128 },
	  .sum = 7295, .min = 1023, .max = 2048 },
	{ .name = "the last split bucket ends just below 2^40",
	  .nr = 2, .value = { (1ULL << 40) - 1, 31ULL << 35 }, .index = { 591, 591 },
	  .sum = (1ULL << 40) - 1 + (31ULL << 35), .min = 31ULL << 35, .max = (1ULL << 40) - 1 },
	{ .name = "all values from 2^40 on share the last bucket",
	  .nr = 3, .value = { 1ULL << 40, (1ULL << 40) + 1, 1ULL << 63 },
	  .index = { HIST_LAST, HIST_LAST, HIST_LAST },
	  .sum = (1ULL << 63) + (1ULL << 41) + 1, .min = 1ULL << 40, .max = 1ULL << 63 },
	{ .name = "the largest value of all is counted exactly",
	  .nr = 1, .value = { ~0ULL }, .index = { HIST_LAST },
	  .sum = ~0ULL, .min = ~0ULL, .max = ~0ULL },
	{ .name = "one value is count, sum, min and max",
	  .nr = 1, .value = { 4242 }, .index = { 144 }, .sum = 4242, .min = 4242, .max = 4242 },
	{ .name = "min and max do not depend on the order",
	  .nr = 5, .value = { 500, 7, 90000, 7, 500 }, .index = { 95, 7, 213, 7, 95 },
	  .sum = 91014, .min = 7, .max = 90000 },
};

#define HIST_NR_EDGES	(3 * (G4_HIST_BUCKETS - 1))

/* Lowest value of each bucket and its neighbours, by plain counting up. */
static inline void hist_edges(__u64 *ret_values, __u32 *ret_index)
{
	__u64 low = 0, width = 1;
	__u32 bucket, n = 0;

	for (bucket = 0; bucket < HIST_LAST; bucket++) {
		if (low >= 32 && !(low & (low - 1)))
			width *= 2;
		ret_values[n] = low ? low - 1 : 0;
		ret_index[n++] = bucket ? bucket - 1 : 0;
		ret_values[n] = low;
		ret_index[n++] = bucket;
		ret_values[n] = low + 1;
		ret_index[n++] = width > 1 ? bucket : bucket + 1;
		low += width;
	}
}

#endif
