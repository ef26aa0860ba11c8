/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two reports side by side, VM by VM (matched by name): each rate, each percentile of each
 * histogram, the change, and whether it exceeds noise. That is said only where the 99 %
 * confidence intervals of both sides have no value in common:
 *
 *   a percentile p of n values: the values of rank n*p - z*s and n*p + z*s + 1, with
 *   s = sqrt(n*p*(1-p)) and z = 2.576 (order statistics: how many of n lie below the true
 *   percentile is binomial), each to the far end of its bucket, so that a bucket's width is
 *   never taken for a change; ranks that are not there leave the interval open;
 *   a rate: as a Poisson count over the time that the VM was seen.
 *
 * Intervals that touch prove nothing, and neither do events that come in bursts: this is a
 * test of figures, not of causes. Pure.
 */
#ifndef GICV4TOP_REPORT_DIFF_H
#define GICV4TOP_REPORT_DIFF_H

#include "report.h"

#define DIFF_CONFIDENCE	99		/* percent */
#define DIFF_Z		2.576

struct diff_estimate {
	bool known;
	double value, low, high;	/* @high may be infinite */
};

struct diff_figure {
	struct diff_estimate side[2];
	bool has_change;		/* both are known, and the first is not 0 */
	double change_pct;
	bool exceeds;			/* noise */
};

enum diff_rate {
	DIFF_LOADS, DIFF_PUTS, DIFF_BLOCKS, DIFF_MOVES, DIFF_CPU_CHANGES, DIFF_USEFUL, DIFF_LATE,
	DIFF_SPURIOUS, DIFF_SW_LPIS, DIFF_MAPS, DIFF_UNMAPS,
	DIFF_NR_RATES,
};

enum diff_rank { DIFF_P50, DIFF_P90, DIFF_P99, DIFF_P999, DIFF_NR_RANKS };

struct diff_hist {
	uint64_t count[2], max[2];
	bool kept[2];
	struct diff_figure rank[DIFF_NR_RANKS];
};

struct diff_vm {
	char name[MODEL_NAME_LEN];	/* or "pid N" of a VM without */
	bool in[2];
	uint64_t seen_ns[2];
	struct diff_figure rate[DIFF_NR_RATES];
	struct diff_hist hist[MODEL_NR_HISTS];
};

struct report_diff {
	const struct report *side[2];	/* borrowed */
	struct diff_vm *vms;		/* owned; by name */
	uint32_t nr_vms;
	uint32_t nr_tested, nr_exceed;	/* figures */
};

/*
 * VMs that are hidden are in none; histograms that are not in @which are neither compared
 * nor counted. 0 or -ENOMEM.
 */
int report_diff(struct report_diff *d, const struct report *a, const struct report *b,
		const bool which[MODEL_NR_HISTS]);
void report_diff_clear(struct report_diff *d);

const char *diff_rate_key(enum diff_rate rate);		/* "loads" */
const char *diff_rate_header(enum diff_rate rate);	/* "LOAD/s" */
const char *diff_rank_text(enum diff_rank rank);	/* "p99.9" */
const char *diff_rank_key(enum diff_rank rank);		/* "p999" */

/* The parts of the test. */
void diff_estimate_rate(uint64_t count, uint64_t ns, struct diff_estimate *ret);
void diff_estimate_rank(const struct g4_hist *h, unsigned int per_10000,
			struct diff_estimate *ret);
void diff_compare(struct diff_figure *f);

#endif
