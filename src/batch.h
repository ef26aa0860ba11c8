/* SPDX-License-Identifier: GPL-2.0 */
/* The loop of commands that write refreshes one after another, until stopped. */
#ifndef GICV4TOP_BATCH_H
#define GICV4TOP_BATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "source.h"

struct batch {
	uint64_t interval_ns;		/* 0: only once, at the end */
	uint64_t count;			/* refreshes; 0: until stopped */
	bool at_end;			/* once more when stopped by a signal */
	/* reads and writes refresh number @nr (from 0 on); 0 or -errno, having said why */
	int (*refresh)(void *ctx, uint64_t nr);
	void *ctx;
};

/* Runs until the count is reached, SIGINT or SIGTERM. 0 or the first error of refresh(). */
int batch_run(const struct batch *b, struct source *source);

/*
 * The same over a recording: at @from_ns, and each interval of its time on, to its end
 * (interval 0: at @from_ns alone). @speed: times as fast as it was recorded; 0: as fast
 * as it goes.
 */
int batch_play(const struct batch *b, struct source *source, uint64_t from_ns, double speed);

#endif
