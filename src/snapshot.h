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
	uint64_t now_ns;		/* when it was copied: its present span ends here */
	uint64_t since_ns;		/* begin of counting; 0: its birth */
	struct g4_vpe_hists *hists;	/* in snapshot.hists, or NULL: none are kept */
};

/* An LPI of a guest: a VLPI, or one that is injected by software. */
struct snap_vlpi {
	bool software;
	uint32_t host_irq;		/* 0 for software */
	struct g4_vlpi v;		/* mapped_ns is 0 for software */
};

/* Who counts what a guest takes with no host software, the most trusted first. */
enum direct_source {
	DIRECT_NONE,			/* no source; where one is asked for: any */
	DIRECT_GUEST,			/* the guest's agent: exact */
	DIRECT_KERNEL,			/* a kernel that measures it: none does yet */
	DIRECT_PMU,			/* core's events less list registers: an estimate */
	DIRECT_NR,
};

/* What one source has counted for one vCPU, at a time of the source's own. */
struct snap_direct {
	uint64_t kvm, birth_ns;		/* of the vPE */
	uint32_t vcpu;
	uint32_t source;		/* enum direct_source */
	uint64_t time_ns;		/* only differences mean something */
	uint64_t count;
	uint64_t error;			/* @count may be wrong by so many */
	double running_pct;		/* of its time that the event was counted, not scaled */
};

struct snapshot {
	uint64_t now_ns;
	struct g4_vm *vms;
	uint32_t nr_vms;
	struct snap_vpe *vpes;
	uint32_t nr_vpes;
	struct g4_vpe_hists *hists;	/* of those vPEs that have some */
	uint32_t nr_hists;
	struct snap_vlpi *vlpis;
	uint32_t nr_vlpis;
	struct snap_direct *direct;
	uint32_t nr_direct;
	struct g4_loss loss;
	uint64_t missed;		/* programs not run: the CPU was in one already */
	bool missed_known;		/* the kernel tells it of every hook */
};

/* Frees what @snap points to; @snap itself is the caller's. */
void snapshot_clear(struct snapshot *snap);

/* Copies @from, with memory of its own, for snapshot_since(). 0, or -ENOMEM and nothing done. */
int snapshot_keep(const struct snapshot *from, struct snapshot *ret_base);

/*
 * Makes @snap what it would be, had counting begun when @base was read: counts
 * and times of each VM and vPE less those of @base. VMs, vPEs and VLPIs that
 * came since are as they are; losses stay whole, since they are of the session.
 * Shortest and longest of a histogram are those of its buckets then, where the
 * exact ones may be older.
 */
void snapshot_since(struct snapshot *snap, const struct snapshot *base);

#endif
