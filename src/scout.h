/* SPDX-License-Identifier: GPL-2.0 */
/* The scout: a small BPF object that is loaded first, looks, and goes. */
#ifndef GICV4TOP_SCOUT_H
#define GICV4TOP_SCOUT_H

#include <stdbool.h>
#include <stdint.h>


struct scout_report {
	uint32_t nr_vms, nr_vpes;
	bool fentry_works;	/* tried on a cold function */
};

struct scout_gic {
	bool has_gicv4, has_gicv4_1;
};

/* Returns 0 or -errno, having said what failed. */
int scout_run(const char *trial_function, struct scout_report *ret_report);

/* KVM's own word, where the kernel lets us read it. 0, or -errno without a word. */
int scout_ask_kvm(struct scout_gic *ret_gic);

#endif
