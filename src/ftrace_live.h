/* SPDX-License-Identifier: GPL-2.0 */
/* The live host by ftrace as a source, to be recorded: where BPF cannot be had. */
#ifndef GICV4TOP_FTRACE_LIVE_H
#define GICV4TOP_FTRACE_LIVE_H

#include "recorder.h"
#include "source.h"

struct ftrace_live_opts {
	uint32_t buffer_bytes;		/* of each CPU; 0: as ftrace.h has it */
	uint32_t no_figures;		/* HOOK_FIG_* that are not recorded */
};

/*
 * All events into @r (taken over, freed in any case), which has made its file. 0 or
 * -errno, having said why; *ret_source is freed by source_free().
 */
int ftrace_live_open(const struct ftrace_live_opts *opts, struct recorder *r,
		     struct source **ret_source);

/* Prints how trace-cmd records the same events on this host. 0 or -errno, having said why. */
int ftrace_live_print_trace_cmd(void);

/*
 * Why BPF cannot be used on this host, where ftrace can do instead: no BTF, lockdown, no
 * bpf(). NULL: it can, as far as that can be told without loading anything.
 */
const char *ftrace_live_instead(void);

#endif
