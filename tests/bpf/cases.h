/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the BPF test object and its runner hand to each other: one sequence of
 * events and the resulting vPE in the context, values and what became of them
 * in maps (a context holds at most 64 KiB, and no atomics work on it).
 */
#ifndef TESTS_BPF_CASES_H
#define TESTS_BPF_CASES_H

#include "../unit/fsm_run.h"

#define BPF_MAX_EVENTS	64
#define BPF_MAX_VALUES	4096

/* Context of run_events. */
struct bpf_case {
	__u32 nr;
	__u32 without_hists;		/* give the state machine h == NULL */
	struct fsm_event ev[BPF_MAX_EVENTS];
	__u64 steps[BPF_MAX_EVENTS];	/* out: what each step returned */
	struct g4_vpe vpe;		/* out */
};

/* Context of add_values. */
struct bpf_values {
	__u32 nr;
	__u32 only_shared;		/* leave the plain histogram alone */
	__u32 pad[2];
};

#endif
