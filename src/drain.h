/* SPDX-License-Identifier: GPL-2.0 */
/* From a session's rings into a recorder. */
#ifndef GICV4TOP_DRAIN_H
#define GICV4TOP_DRAIN_H

#include "recorder.h"
#include "session.h"

/* Of each CPU: much for a few, together never more than a host with many can spare. */
uint32_t drain_ring_bytes(void);

/*
 * Hands on what waits; to be called every 20 ms or so. @lost: room for each CPU's losses
 * (session_nr_cpus()). @end: all that there is, however young. What recorder_pass() returns.
 */
int drain_into(struct session *session, struct recorder *r, uint64_t *lost, bool end);

#endif
