/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The live host by ftrace, where BPF cannot be had: the same records as session.h hands
 * out, from dynamic events in a tracefs instance of our own. To record:
 *
 *	ftrace_open(), then for each pass: ftrace_drain(), ftrace_lost_records(), and
 *	recorder_pass() up to ftrace_complete_ns(); ftrace_read() gives the snapshot that
 *	recorder_sample() wants. At the end ftrace_stop(), and one pass more: then all is
 *	complete (UINT64_MAX).
 *
 * What it cannot give: ftrace_events.c has the list.
 */
#ifndef GICV4TOP_FTRACE_H
#define GICV4TOP_FTRACE_H

#include "ftrace_events.h"
#include "host.h"
#include "snapshot.h"

struct ftrace;

struct ftrace_opts {
	uint32_t buffer_bytes;		/* of each CPU; 0: FTRACE_BUFFER */
};

#define FTRACE_BUFFER	(8U << 20)

/*
 * Whether ftrace can be used on @host, which host_read() has read (needs no scout); says
 * why not. 0 or -errno.
 */
int ftrace_require(const struct host *host);

/* 0 or -errno, having said why. All of it goes when the process does, however it ends. */
int ftrace_open(const struct host *host, const struct ftrace_opts *opts,
		struct ftrace **ret_ft);
void ftrace_free(struct ftrace *ft);	/* takes NULL */

/* No more events from here on; those that wait can still be drained. */
void ftrace_stop(struct ftrace *ft);

/*
 * Hands all records that are complete to @fn, in order of time (from G4_REC_LONG on they
 * are struct g4_rec_long). How many, or -errno.
 */
int ftrace_drain(struct ftrace *ft, void (*fn)(void *ctx, const struct g4_rec *rec), void *ctx);

/* Up to when all records have been handed out by the last drain; UINT64_MAX: for good. */
uint64_t ftrace_complete_ns(const struct ftrace *ft);

/* CPUs that there may be, and of each the events lost since the start. 0 or -errno. */
uint32_t ftrace_nr_cpus(const struct ftrace *ft);
int ftrace_lost_records(struct ftrace *ft, uint64_t *ret_lost_by_cpu);

/* The state as of the last drain, and losses. 0 or -errno. */
int ftrace_read(struct ftrace *ft, struct snapshot *snap);

/* HOOK_FIG_* that can be had; events that are on, and that there could be. */
uint32_t ftrace_live_figures(const struct ftrace *ft);
void ftrace_count_hooks(const struct ftrace *ft, unsigned int *ret_attached,
			unsigned int *ret_wanted);

/* A line "ACTIVITY: ftrace FUNCTION" for each event; owned by @ft. */
const char *ftrace_hooks(const struct ftrace *ft);

/*
 * What events for a kernel must know: of the running one (@btf_path NULL: its own BTF,
 * else the table), or from a BTF file. 0 or -errno, having said why.
 */
int ftrace_kernel(const struct host *host, const char *btf_path, struct ft_kernel *ret_kernel);

/* The lines for trace-cmd: for this host, or for another one's BTF file. 0 or -errno, said. */
int ftrace_print_lines(FILE *f, const struct host *host, const char *btf_path);

#endif
