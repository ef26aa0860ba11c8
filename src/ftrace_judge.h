/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The second half of ftrace_decode.c: takes events of all CPUs in order of time and says
 * what they mean, as the programs in bpf/ do at the moment itself. Its fold is made of
 * nothing but the records that it has handed out.
 */
#ifndef GICV4TOP_FTRACE_JUDGE_H
#define GICV4TOP_FTRACE_JUDGE_H

#include "ftrace_decode.h"

#define FT_NR_CALLS	1024U

/* What one thread does between a VLPI's forwarding being set and its map's return. */
struct ft_call {
	uint32_t tid;			/* 0: free */
	bool has_ids, in_map;
	uint32_t host_irq, devid, eventid;
	struct ft_event map;
};

struct ft_judge {
	struct fold fold;
	struct ft_call *calls;		/* owned; FT_NR_CALLS */
	uint32_t next_call;
	uint64_t unmatched;
	bool gic41;
	void (*fn)(void *ctx, const struct g4_rec *rec);	/* while one is judged */
	void *ctx;
};

int ft_judge_init(struct ft_judge *j);
void ft_judge_clear(struct ft_judge *j);

/* 0 or -ENOMEM */
int ft_judge_event(struct ft_judge *j, const struct ft_event *ev);

void ft_judge_gap(struct ft_judge *j, bool begin, uint64_t ts_ns);

#endif
