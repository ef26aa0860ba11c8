/* SPDX-License-Identifier: GPL-2.0 */
/* What the yardstick's BPF object and g4pair share. */
#ifndef GICV4TOP_BENCH_PAIR_H
#define GICV4TOP_BENCH_PAIR_H

#include <linux/types.h>

#define PAIR_TICK_NS	16	/* of the emulated counter: 62.5 MHz */
#define PAIR_BUCKETS	4096

enum {
	PAIR_LOAD,
	PAIR_PUT,
	PAIR_NR_SIDES,
};

struct pair_side {
	__u64 count;
	__u64 sum_ns;
	__u64 bucket[PAIR_BUCKETS];	/* by PAIR_TICK_NS; the last one holds the rest */
};

#endif
