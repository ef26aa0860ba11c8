/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The model as it would have been at any moment of a recording, had somebody watched
 * from its begin: rates and shares are of the interval before, and what stands until its
 * source speaks again is what was said last.
 */
#ifndef GICV4TOP_MOMENT_H
#define GICV4TOP_MOMENT_H

#include "source.h"

struct moment {
	struct source *source;		/* a recording */
	struct model *model;
	const struct model_filter *filter;
	const struct snapshot *base;	/* counting began with it; NULL: with the recording */
	uint64_t interval_ns;
};

/*
 * Moves the source to @to_ns, and prepares the model for the reading that is the caller's
 * to take there: where that is one interval on from what it shows, it is as it is; else it
 * is made anew from readings before. @snap: what the model borrows, before and after. 0
 * or -errno, having said why.
 */
int moment_go(const struct moment *at, uint64_t to_ns, struct snapshot *snap);

#endif
