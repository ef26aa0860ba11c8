/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a recording samples once a second, beside its events: what walks have found of
 * VMs, LPIs that are injected by software, direct deliveries as their sources have
 * counted them, what was lost so far, and what gicv4top cost.
 */
#ifndef GICV4TOP_SAMPLE_H
#define GICV4TOP_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "snapshot.h"

struct sample_vm {
	uint64_t kvm;
	uint32_t nr_vcpus, nr_lpis, walked;
};

struct sample_lr {			/* list registers: g4_vpe.lr */
	uint64_t vpe, taken, lpis;
};

struct sample {
	uint64_t now_ns;
	uint64_t real_ns;		/* CLOCK_REALTIME then; 0: not known */
	struct g4_loss loss;		/* of all CPUs, since attach */
	uint64_t missed;
	bool missed_known;
	bool cost_known;
	uint64_t bpf_ns_per_s, own_ns_per_s;
	uint32_t nr_agents;
	struct sample_vm *vms;
	uint32_t nr_vms;
	struct sample_lr *lrs;
	uint32_t nr_lrs;
	struct snap_direct *direct;
	uint32_t nr_direct;
	bool has_lpis;			/* else those of the sample before stand */
	struct snap_vlpi *lpis;		/* software ones, of all VMs */
	uint32_t nr_lpis;
};

void sample_free(struct sample *s);	/* takes NULL */

#endif
