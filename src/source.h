/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where refreshes come from: a live host (live.c), or a recording (replay.c); tests
 * bring their own. Who shows them knows one difference: a recording has a place in time.
 */
#ifndef GICV4TOP_SOURCE_H
#define GICV4TOP_SOURCE_H

#include "model.h"
#include "out.h"
#include "snapshot.h"

#define SOURCE_FOCUS_ALL	UINT64_MAX	/* of a recording only */

struct source {
	/* A reading into @ret_snap, cleared first. 0 or -errno, having said why. */
	int (*read)(struct source *s, struct snapshot *ret_snap);
	/* Begins (@on) or ends measuring what reading costs; NULL: it cannot. */
	void (*measure)(struct source *s, bool on);
	/* Whose vPEs' histograms to keep from now on (a VM's key; 0: nobody's); may be NULL. */
	void (*focus)(struct source *s, uint64_t kvm);
	/*
	 * Where events are recorded: takes what waits, at least every @pump_ns; NULL: nothing
	 * is. 0, 1: the recording has ended; or -errno, having said why.
	 */
	int (*pump)(struct source *s);
	uint64_t pump_ns;
	/* Ends a recording: 0 or -errno, having said why. NULL: none is made. */
	int (*finish)(struct source *s);
	/*
	 * Of a recording: moves to @to_ns (or to its end, whichever is first), where read()
	 * reads from then on. NULL: it is no recording. 0 or -errno, having said why.
	 */
	int (*seek)(struct source *s, uint64_t to_ns);
	void (*free)(struct source *s);		/* takes NULL's place: never NULL */
	struct model_names names;
	struct out_info info;			/* kept up to date by read() and measure() */
	uint32_t figures;			/* HOOK_FIG_* that can be had */
	uint64_t start_ns;			/* when counting began */
	/* of a recording; all 0 of a live host */
	uint64_t pos_ns, first_ns, last_ns;	/* where it is; its begin and end */
	uint64_t first_real_ns;			/* wall clock at its begin; 0: not known */
	uint64_t sampled_ns;			/* time of the last sample up to pos_ns; 0: none */
	uint64_t nr_records;			/* by its index */
	bool incomplete;			/* something was lost, or cannot be read */
};

static inline void source_free(struct source *s)
{
	if (s)
		s->free(s);
}

#endif
