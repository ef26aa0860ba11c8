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

#endif
