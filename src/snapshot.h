/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One reading of the counters: what a live session (or, later, a recording)
 * hands to the model. Plain copies: nothing in it changes under the reader.
 */
#ifndef GICV4TOP_SNAPSHOT_H
#define GICV4TOP_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

#include <gicv4top/wire.h>

struct snap_vpe {
	struct g4_vpe v;
	uint64_t now_ns;	/* when it was copied: its present span ends here */
};

struct snap_vlpi {
	uint32_t host_irq;
	struct g4_vlpi v;
};

struct snapshot {
	uint64_t now_ns;
	struct g4_vm *vms;
	uint32_t nr_vms;
	struct snap_vpe *vpes;
	struct g4_vpe_hists *hists;	/* one a vPE, or NULL: not asked for */
	uint32_t nr_vpes;
	struct snap_vlpi *vlpis;
	uint32_t nr_vlpis;
	struct g4_loss loss;
	uint64_t missed;		/* programs not run: the CPU was in one already */
	bool missed_known;		/* the kernel tells it of every hook */
};

/* Frees what @snap points to; @snap itself is the caller's. */
void snapshot_clear(struct snapshot *snap);

#endif
