/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Direct deliveries by the core's PMU: an event that counts IRQ exceptions (EXC_IRQ,
 * 0x86) in guest mode, for each vCPU's thread, less the interrupts that KVM gave the
 * guest through list registers. An estimate: one exception may bring several
 * interrupts, and an event that shares its counter with others is scaled.
 */
#ifndef GICV4TOP_PMU_H
#define GICV4TOP_PMU_H

#include <stdbool.h>
#include <stdint.h>

#include "snapshot.h"

#define PMU_EXC_IRQ	0x86		/* Arm ARM (DDI 0487), recommended event EXC_IRQ */

/* What perf_event_open(2) gives for a counter: the count and two times in ns. */
struct pmu_reading {
	uint64_t value, enabled, running;
};

/*
 * What the counter would have shown had it run all the time that it was enabled;
 * false: it never ran, though its thread did, so nothing can be said.
 */
bool pmu_scale(const struct pmu_reading *r, uint64_t *ret_value);

/*
 * Direct deliveries from @events (scaled; @counted of them really were) less those
 * @taken through list registers, of which @in_flight may be missing yet. False: events
 * and list registers contradict each other.
 */
bool pmu_estimate(uint64_t events, uint64_t counted, uint64_t taken, uint32_t in_flight,
		  uint64_t *ret_count, uint64_t *ret_error);

/*
 * Counts @event on each kind of core of this host for a moment, in which each takes
 * timer interrupts. 1: all count it; 0: one does not; -errno: cannot be opened.
 */
int pmu_try(uint64_t event);

struct pmu;

/* 0 or -ENOMEM. */
int pmu_open(uint64_t event, struct pmu **ret_pmu);
void pmu_free(struct pmu *p);

/*
 * Opens the event for threads that are new, closes it for vPEs that are gone, reads a
 * bounded number of them and appends a sample for each vPE to @snap->direct. @ended is
 * told of each vPE whose thread has ended. 0 or -ENOMEM.
 */
int pmu_read(struct pmu *p, struct snapshot *snap, void (*ended)(void *ctx, uint64_t vpe),
	     void *ctx);

/* Why some thread has no event, for people; NULL: all have theirs. */
const char *pmu_trouble(const struct pmu *p);

#endif
