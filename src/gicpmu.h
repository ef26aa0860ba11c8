/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A GIC's own PMU, where the kernel has a driver for it (mainline has none): VLPIs that
 * its CPU interfaces have made active (UP_ACT_VLPI of Arm's GIC-720AE, TRM 102666), for
 * the whole host. It cannot tell VMs apart, so no VM's figure is made of it.
 */
#ifndef GICV4TOP_GICPMU_H
#define GICV4TOP_GICPMU_H

#include <stdint.h>

#define GICPMU_DEVICES	"/sys/bus/event_source/devices"

struct gicpmu;

/*
 * Opens the event on all PMUs in folder @devices whose name has "gic" in it and which
 * name an event for activated VLPIs. 0; -ENOENT: there is no such PMU; -ENOTSUP: one, but
 * it names no such event; else -errno of opening it. *ret_pmu stays untouched then.
 */
int gicpmu_open(const char *devices, struct gicpmu **ret_pmu);
void gicpmu_free(struct gicpmu *p);

/* The first PMU's name; borrowed. */
const char *gicpmu_name(const struct gicpmu *p);

/* VLPIs activated since it was opened, on the whole host. 0 or -errno. */
int gicpmu_read(const struct gicpmu *p, uint64_t *ret_count);

#endif
