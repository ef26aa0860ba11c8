/* SPDX-License-Identifier: GPL-2.0 */
/*
 * When to refresh. The programs' own cost is measured in a window at the end
 * of each interval (the kernel's run time statistics cost something
 * themselves, so they are not on all the time); this says when the window
 * begins and when the refresh is due, without a clock of its own.
 */
#ifndef GICV4TOP_PACE_H
#define GICV4TOP_PACE_H

#include <stdbool.h>
#include <stdint.h>

enum pace_step {
	PACE_WAIT,		/* nothing is due */
	PACE_MEASURE,		/* begin to measure */
	PACE_REFRESH,		/* end it, and refresh */
};

struct pace {
	uint64_t interval_ns;
	uint64_t next_ns;	/* of the refresh */
	bool measuring;
};

/* The first refresh is due an interval after @now_ns. */
void pace_start(struct pace *p, uint64_t interval_ns, uint64_t now_ns);

/*
 * What is due at @now_ns; each step is told once. After a refresh the next one
 * is an interval after when this one was due; when that has passed already
 * (the reader is too slow, or was stopped), an interval from now.
 */
enum pace_step pace_step(struct pace *p, uint64_t now_ns);

/* When pace_step() will have something to do. */
uint64_t pace_due_ns(const struct pace *p);

#endif
