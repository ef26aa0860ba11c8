/* SPDX-License-Identifier: GPL-2.0 */
/* The scout: a small BPF object that is loaded first, looks, and goes. */
#ifndef GICV4TOP_SCOUT_H
#define GICV4TOP_SCOUT_H

#include <stdbool.h>
#include <stdint.h>


struct scout_report {
	uint32_t nr_vms, nr_vpes;
	bool gic_known;		/* the two below are KVM's own word */
	bool has_gicv4, has_gicv4_1;
	bool fentry_works;	/* tried on a cold function */
};

/* Returns 0 or -errno, having said what failed. */
int scout_run(const char *trial_function, struct scout_report *ret_report);

#endif
