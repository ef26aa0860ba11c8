/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What of us is in tracefs: an instance of our own, and dynamic events of a group of our
 * own, both named "gicv4top_PID". Nothing that is there already is ever changed.
 *
 * A keeper, a small process beside us, takes all of it away again as soon as we are
 * gone, however that happened (it waits for the end of a pipe that dies with us). What
 * stands although the keeper was killed too, the next start takes away.
 */
#ifndef GICV4TOP_FTRACE_TRACEFS_H
#define GICV4TOP_FTRACE_TRACEFS_H

#include <stdbool.h>
#include <stdint.h>

#include "ftrace_events.h"

struct tracefs_instance;
struct ft_tracefs;

struct ft_tracefs_opts {
	struct ft_kernel kernel;
	uint32_t buffer_bytes;		/* of each CPU */
	/* whether the kernel has one function of this name that can be probed */
	bool (*has_function)(const void *ctx, const char *function);
	const void *ctx;
};

/*
 * Takes away what earlier runs have left, then makes all of ours; nothing is traced yet.
 * 0 or -errno, having said why.
 */
int ft_tracefs_open(const struct ft_tracefs_opts *opts, struct ft_tracefs **ret_t);

/* Takes it away: all files of the instance must have been closed. Takes NULL. */
void ft_tracefs_free(struct ft_tracefs *t);

struct tracefs_instance *ft_tracefs_instance(const struct ft_tracefs *t);
const char *ft_tracefs_name(const struct ft_tracefs *t);

/* Which events were made and are on. */
const bool *ft_tracefs_have(const struct ft_tracefs *t);

/* How often probes of ours were not run although their function was. 0 or -errno. */
int ft_tracefs_missed(const struct ft_tracefs *t, uint64_t *ret_missed);

#endif
