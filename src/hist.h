/* SPDX-License-Identifier: GPL-2.0 */
/* Reading histograms: percentiles and sums. The buckets are gicv4top/hist.h's. */
#ifndef GICV4TOP_SRC_HIST_H
#define GICV4TOP_SRC_HIST_H

#include <gicv4top/hist.h>

/*
 * Value (ns) below or at which @per_10000 of 10,000 values lie: the middle of
 * the bucket that holds it, hence within 1/32 of a value seen, and never
 * outside [min, max]. 0 when @h is empty.
 */
__u64 hist_percentile(const struct g4_hist *h, unsigned int per_10000);

/* Adds all of @from to @to. */
void hist_merge(struct g4_hist *to, const struct g4_hist *from);

/*
 * Takes an older reading @base of the same histogram off @h. Shortest and
 * longest are exact where they are known to be new, else the bounds of the
 * buckets they lie in. A @base that is no older reading (a bucket of it holds
 * more) leaves @h as it is.
 */
void hist_subtract(struct g4_hist *h, const struct g4_hist *base);

#endif
