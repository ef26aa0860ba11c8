/* SPDX-License-Identifier: GPL-2.0 */
/* Speaks for the guest to gicv4top: what the guest's own counters say. */
#ifndef VLPIGEN_AGENT_H
#define VLPIGEN_AGENT_H

#include <stdint.h>

#include "guest/shared.h"
#include "util.h"

#define AGENT_GAP_NS	(200 * NSEC_PER_MSEC)	/* between reports */

struct agent;
struct opts;
struct vm;

/*
 * Connects to o->agent_path, for which it waits up to 30 s, and sends a first report. Errors
 * have been said; -ECANCELED: SIGTERM or SIGINT came first. @o, @devs and @vm are borrowed.
 */
int agent_start(const struct opts *o, const struct vg_dev *devs, const struct vm *vm,
		struct agent **ret_agent);

/* These never wait, and take NULL: no agent. */
void agent_tick(struct agent *a, uint64_t now_ns);	/* a report, if it is time for one */
void agent_report(struct agent *a);
void agent_stop(struct agent *a);			/* after a last report */

#endif
