/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A session over made-up VMs: the real BPF maps of the real sizes, filled from
 * here instead of by programs, so that what reads them can be measured on any
 * Linux machine.
 */
#ifndef GICV4TOP_BENCH_SYNTHETIC_H
#define GICV4TOP_BENCH_SYNTHETIC_H

#include "session_priv.h"

struct synthetic {
	struct session *session;
	uint32_t nr_vms, nr_vpes, vlpis;	/* vPEs of each VM, VLPIs of each vPE */
	uint64_t rounds;
};

/* 0 or -errno, having said why; synthetic_free() in any case. */
int synthetic_open(struct synthetic *ret_syn, uint32_t nr_vms, uint32_t nr_vpes, uint32_t vlpis);
void synthetic_free(struct synthetic *syn);

/*
 * Time passes: since the last step a tenth of the vPEs have run, ten times each, and
 * every VM has new latencies; @lpis: an LPI's properties have changed. 0 or -errno,
 * having said why.
 */
int synthetic_step(struct synthetic *syn, bool lpis);

/* Memory that the kernel keeps for the session's maps, in bytes (fdinfo's memlock). */
uint64_t synthetic_map_bytes(const struct synthetic *syn);

#endif
