/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events of ftrace into records, as the BPF programs would have emitted them. Takes
 * events CPU by CPU, joins what belongs together (an entry and its return, a doorbell's
 * tracepoint and its kprobe), puts all of it in order of time, and only then decides:
 * its own fold of what it has emitted tells a doorbell's kind and which doorbell a load
 * answers. Pure: no files, no kernel, no clock.
 *
 * A VM or vPE that it meets for the first time is told as new before its event, its
 * state unknown.
 */
#ifndef GICV4TOP_FTRACE_DECODE_H
#define GICV4TOP_FTRACE_DECODE_H

#include <stdbool.h>
#include <stdint.h>

#include "fold.h"
#include "ftrace_events.h"

struct ft_event {
	uint64_t ts_ns;
	uint32_t cpu;
	uint32_t tid;			/* of the thread that it happened in */
	uint32_t kind;			/* enum ft_kind */
	uint32_t has;			/* of FT_DOORBELL: the kprobe's part is there */
	/* fetched; with FT_F_VPE and FT_F_KVM already made of what they lie in; 0: not fetched */
	uint64_t v[FT_NR_FIELDS];
};

struct ftrace_decode;

/* NULL: out of memory. */
struct ftrace_decode *ftrace_decode_new(uint32_t nr_cpus);
void ftrace_decode_free(struct ftrace_decode *d);	/* takes NULL */

/* The next event of its CPU. 0 or -ENOMEM. */
int ftrace_decode_add(struct ftrace_decode *d, const struct ft_event *ev);

/* On @cpu events were lost, between @from_ns and @to_ns. 0 or -ENOMEM. */
int ftrace_decode_lost(struct ftrace_decode *d, uint32_t cpu, uint64_t from_ns, uint64_t to_ns);

/*
 * All events of up to @until_ns have been added (UINT64_MAX: all there are): hands out
 * their records, in order of time. *ret_until_ns: how far they are complete, which may be
 * less. 0 or -ENOMEM.
 */
int ftrace_decode_take(struct ftrace_decode *d, uint64_t until_ns,
		       void (*fn)(void *ctx, const struct g4_rec *rec), void *ctx,
		       uint64_t *ret_until_ns);

/* The state after the last record; borrowed. */
const struct fold *ftrace_decode_fold(const struct ftrace_decode *d);

/* Returns without an entry, doorbells of nobody: what could not be told of. */
uint64_t ftrace_decode_unmatched(const struct ftrace_decode *d);

#endif
