/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One event of a test for the vPE state machine, and the step that feeds it
 * to vpe_fsm.h. Compiled into the unit test and into the BPF test object, so
 * both run the very same sequences.
 */
#ifndef TESTS_UNIT_FSM_RUN_H
#define TESTS_UNIT_FSM_RUN_H

#include <gicv4top/vpe_fsm.h>

enum fsm_op {
	FSM_END,
	FSM_INIT,			/* arg: state as found */
	FSM_CREATE,
	FSM_LOAD,			/* arg: FSM_PENDING_LAST */
	FSM_PUT,			/* arg: doorbell requested */
	FSM_DOORBELL,			/* arg: FSM_WAKING, FSM_PENDING_LAST */
	FSM_DOORBELL_DONE,
	FSM_SLEEP,
	FSM_WAKE,
	FSM_ENTRY,
	FSM_NR_OPS,
};

#define FSM_WAKING		1	/* the thread is waking already */
#define FSM_PENDING_LAST	2	/* the kernel's flag of this name is set now */

struct fsm_event {
	__u64 at_ns;
	__u16 op;			/* enum fsm_op */
	__u16 pcpu;
	__u32 arg;
};

/* Returns what the step returned: a load's latency, a doorbell's kind, else 0. */
static __always_inline __u64 fsm_step(struct g4_vpe *v, struct g4_vpe_hists *h,
				      const struct fsm_event *e)
{
	__u32 pending = g4_vpe_was_pending(v, e->arg & FSM_PENDING_LAST, 0);

	switch (e->op) {
	case FSM_INIT:
		g4_vpe_init(v, e->at_ns, e->arg);
		break;
	case FSM_CREATE:
		g4_vpe_create(v, e->at_ns);
		break;
	case FSM_LOAD:
		return g4_vpe_load(v, h, e->at_ns, e->pcpu, pending);
	case FSM_PUT:
		g4_vpe_put(v, h, e->at_ns, e->pcpu, e->arg);
		break;
	case FSM_DOORBELL:
		return g4_vpe_doorbell(v, e->at_ns, e->pcpu, e->arg & FSM_WAKING, pending);
	case FSM_DOORBELL_DONE:
		g4_vpe_doorbell_done(v, h, e->at_ns);
		break;
	case FSM_SLEEP:
		g4_vpe_sleep(v);
		break;
	case FSM_WAKE:
		g4_vpe_wake(v, h, e->at_ns);
		break;
	case FSM_ENTRY:
		g4_vpe_guest_entry(v, h, e->at_ns);
		break;
	}
	return 0;
}

#endif
