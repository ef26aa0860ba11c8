/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The first half of ftrace_decode.c: what one CPU's events say together. Here alone
 * an entry and its return meet; what comes out stands for itself:
 *
 *	FT_LOAD		at its return, if that was 0		FT_DOORBELL at the interrupt
 *	FT_COMMIT	at its return				FT_DOORBELL_RET as FT_DOORBELL
 *	FT_VMOVP	at the command's return; FT_F_RET: ns that it took
 *
 * and all others as they came in. Loads run with preemption off, the rest with
 * interrupts off, so a pair never changes its CPU.
 */
#ifndef GICV4TOP_FTRACE_PAIR_H
#define GICV4TOP_FTRACE_PAIR_H

#include "ftrace_decode.h"

struct ft_open {
	struct ft_event ev;
	bool open;			/* its return is still to come */
	bool seen;			/* there was one before: a return alone is not the first */
};

struct ft_pair {
	struct ft_open load, commit, vcmd, irq, doorbell;
	bool has_vmovp;
	struct ft_event vmovp;
	uint32_t vmovp_seq;		/* + 1; of the last VMOVP on an ITSList machine */
	uint64_t unmatched;
};

/* At most two, in order. */
struct ft_out {
	struct ft_event ev[2];
	unsigned int nr;
};

void ft_pair_add(struct ft_pair *p, const struct ft_event *ev, struct ft_out *out);

/* Nothing that is open will be ended. */
void ft_pair_lost(struct ft_pair *p);

/* When the doorbell that still waits for its kprobe fired, or 0. */
uint64_t ft_pair_waits_ns(const struct ft_pair *p);

/* It waits in vain. */
void ft_pair_give_up(struct ft_pair *p, struct ft_out *out);

#endif
