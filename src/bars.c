// SPDX-License-Identifier: GPL-2.0
/* Rows and bars of a histogram; see bars.h. Pure. */
#include <string.h>

#include "bars.h"

#define OPEN_BUCKET	(G4_HIST_BUCKETS - 1)	/* has no upper bound */

/*
 * @fold neighbouring buckets become one row: up to 16 that is a part of a power
 * of two, from there on powers of two are joined. (The 16 buckets below 16 ns
 * are as narrow as those of 16 .. 32.) The open bucket is always its own row.
 */
static unsigned int count_rows(unsigned int first, unsigned int last, unsigned int fold)
{
	unsigned int open = last == OPEN_BUCKET;

	if (first == OPEN_BUCKET)
		return 1;
	return (last - open) / fold - first / fold + 1 + open;
}

/* The row of a bucket that is not the open one, empty. */
static struct bar_row row_around(unsigned int bucket, unsigned int fold)
{
	unsigned int low = bucket / fold * fold, high = low + fold;

	return (struct bar_row){
		.low = g4_hist_low(low),
		.high = g4_hist_low(high < OPEN_BUCKET ? high : OPEN_BUCKET),
	};
}

unsigned int bars_rows(const struct g4_hist *h, struct bar_row *rows, unsigned int max)
{
	unsigned int first = 0, last = OPEN_BUCKET, fold = 1, nr = 0, i;

	while (first <= OPEN_BUCKET && !h->bucket[first])
		first++;
	if (first > OPEN_BUCKET)
		return 0;
	while (!h->bucket[last])
		last--;
	while (count_rows(first, last, fold) > max && fold < OPEN_BUCKET)
		fold *= 2;
	if (count_rows(first, last, fold) > max)
		return 0;
	for (i = first; i <= last && i < OPEN_BUCKET; i++) {
		if (!nr || g4_hist_low(i) >= rows[nr - 1].high)
			rows[nr++] = row_around(i, fold);
		rows[nr - 1].count += h->bucket[i];
	}
	if (last == OPEN_BUCKET)
		rows[nr++] = (struct bar_row){ .low = g4_hist_low(last), .high = UINT64_MAX,
					       .count = h->bucket[last] };
	return nr;
}

void bars_draw(uint64_t count, uint64_t most, unsigned int width, char *buf)
{
	unsigned int len = most ? (unsigned int)((double)count * width / (double)most) : 0;

	if (count && !len && width)
		len = 1;
	if (len > width)
		len = width;
	memset(buf, '#', len);
	buf[len] = '\0';
}
