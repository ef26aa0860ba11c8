/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A histogram for people: its 593 buckets in as few rows as there is room for,
 * and bars. Rows are half open, [low, high), and lie back to back; none is
 * empty at either end.
 */
#ifndef GICV4TOP_BARS_H
#define GICV4TOP_BARS_H

#include <stdint.h>

#include <gicv4top/hist.h>

struct bar_row {
	uint64_t low, high;		/* ns; high is UINT64_MAX where there is no bound */
	uint64_t count;
};

/*
 * Splits what @h holds into at most @max rows, as finely as that allows: 16, 8,
 * 4, 2 rows a power of two, or one; or one for several powers of two. Counts
 * add up to all of the buckets'. Returns how many rows; 0 for an empty @h, and
 * where @max has no room (what has no bound takes a row of its own).
 */
unsigned int bars_rows(const struct g4_hist *h, struct bar_row *rows, unsigned int max);

/*
 * A bar for @count where the longest row has @most, at most @width characters
 * into @buf (of @width + 1 bytes). What is not 0 has at least one character.
 */
void bars_draw(uint64_t count, uint64_t most, unsigned int width, char *buf);

#endif
