/* SPDX-License-Identifier: GPL-2.0 */
/* The host counter's relation to CLOCK_MONOTONIC, with bounds. */
#ifndef VLPIGEN_CLOCKMAP_H
#define VLPIGEN_CLOCKMAP_H

#include <stdint.h>

#include "util.h"

/* At counter value @cnt the clock read @mono_ns, give or take @err_ns. */
struct clock_pair {
	uint64_t cnt;
	uint64_t mono_ns;
	uint64_t err_ns;
};

struct clock_map {
	uint64_t hz;
	struct vec pairs;	/* of struct clock_pair, by time */
};

/* Adds a pair. Needed before and after whatever is to be converted, and often in between. */
int clock_map_sample(struct clock_map *m);
void clock_map_free(struct clock_map *m);

/* CLOCK_MONOTONIC at @cnt lies within [lo, hi]. At least two pairs are needed. */
void clock_map_convert(const struct clock_map *m, uint64_t cnt, uint64_t *ret_lo,
		       uint64_t *ret_hi);

/* The largest error of any pair, for the record. */
uint64_t clock_map_err_ns(const struct clock_map *m);

#endif
