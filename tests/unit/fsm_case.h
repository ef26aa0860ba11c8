/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A case of the vPE state machine as data: events, and all that must be true
 * after the last one. Fields that a case does not name must be 0. fsm_case.c
 * holds the cases' judge and a second, independent implementation of the state
 * machine that predicts the outcome of random sequences.
 */
#ifndef TESTS_UNIT_FSM_CASE_H
#define TESTS_UNIT_FSM_CASE_H

#include "fsm_run.h"

#define FSM_CASE_EVENTS	16
#define FSM_CASE_VALUES	4

struct fsm_want {
	__u32 state;			/* as g4_vpe_state_at() tells it */
	__u32 pcpu;
	__u64 since_ns;
	__u64 in_ns[G4_NR_VPE_STATES];
	__u64 loads;
	__u64 puts;
	__u64 blocks;
	__u64 sleeps;
	__u64 illegal;
	__u64 pending_last;		/* of both writers */
	__u64 db[G4_NR_DB];
	__u64 h[G4_NR_VPE_HISTS][FSM_CASE_VALUES];	/* values in it; ends with 0 */
};

struct fsm_case {
	const char *name;
	struct fsm_event ev[FSM_CASE_EVENTS + 1];	/* ends with FSM_END */
	struct fsm_want want;
};

#define FOUND(at, state)	{ (at), FSM_INIT, 0, (state) }
#define BORN(at)		{ (at), FSM_CREATE, 0, 0 }
#define LOAD(at)		{ (at), FSM_LOAD, 0, 0 }
#define LOAD_ON(at, pcpu)	{ (at), FSM_LOAD, (pcpu), 0 }
#define PUT(at)			{ (at), FSM_PUT, 0, 0 }
#define PUT_ON(at, pcpu)	{ (at), FSM_PUT, (pcpu), 0 }
#define BLOCK(at)		{ (at), FSM_PUT, 0, 1 }
#define DOORBELL(at)		{ (at), FSM_DOORBELL, 0, 0 }
#define DOORBELL_ON(at, pcpu)	{ (at), FSM_DOORBELL, (pcpu), 0 }
#define DOORBELL_WAKING(at)	{ (at), FSM_DOORBELL, 0, FSM_WAKING }
/* with the kernel's its_vpe.pending_last set */
#define LOAD_FLAG(at)		{ (at), FSM_LOAD, 0, FSM_PENDING_LAST }
#define DOORBELL_FLAG(at)	{ (at), FSM_DOORBELL, 0, FSM_PENDING_LAST }
#define DONE(at)		{ (at), FSM_DOORBELL_DONE, 0, 0 }
#define SLEEP(at)		{ (at), FSM_SLEEP, 0, 0 }
#define WAKE(at)		{ (at), FSM_WAKE, 0, 0 }
#define ENTRY(at)		{ (at), FSM_ENTRY, 0, 0 }

struct fsm_result {
	struct g4_vpe vpe;
	struct g4_vpe_hists hists;
};

__u32 fsm_nr_events(const struct fsm_event *ev);

/* Runs events natively, from a zeroed vPE; what each step returned goes to @ret_steps (or NULL). */
void fsm_run(const struct fsm_event *ev, __u32 nr, struct fsm_result *ret, __u64 *ret_steps);

/* Number of differences between @want and @got; each is said. */
unsigned int fsm_judge(const struct fsm_want *want, const struct fsm_result *got);

/* Deterministic pseudo random numbers: the same on every machine. */
__u64 fsm_random(__u64 *seed);

enum fsm_random_kind {
	FSM_ANYTHING,			/* illegal orders too; time never goes back */
	FSM_LEGAL,			/* only what hardware and KVM can do */
	FSM_BAD_CLOCK,			/* illegal orders, and time may go back */
};

/* Fills @ret_ev with @nr events, the first of which makes the vPE known. */
void fsm_random_events(__u64 *seed, enum fsm_random_kind kind, struct fsm_event *ret_ev, __u32 nr);

/*
 * What must be true after @ev, told by flags and sums instead of by the state
 * machine's comparisons of times. Needs times that grow with every event.
 */
struct fsm_oracle {
	struct fsm_want want;		/* without histograms */
	__u64 nr_values[G4_NR_VPE_HISTS];
	__u64 sum[G4_NR_VPE_HISTS];
};

void fsm_predict(const struct fsm_event *ev, __u32 nr, struct fsm_oracle *ret);

/* As fsm_judge(), for a prediction. */
unsigned int fsm_judge_oracle(const struct fsm_oracle *want, const struct fsm_result *got);

/* Sum of the ended spans of all states. */
__u64 fsm_ended_ns(const struct g4_vpe *v);

#endif
