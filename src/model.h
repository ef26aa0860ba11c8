/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The model: VMs, their vPEs and VLPIs as a person thinks of them, with
 * counts since attach and rates of the last interval. It is made from
 * snapshots alone: no kernel, no clock, no files; names are given to it. Whole
 * histograms stay in the snapshot: the model borrows them.
 *
 * Outputs read it and never more than it. A figure that is not known says so
 * in model.figures or in its own field, and is never filled with another.
 */
#ifndef GICV4TOP_MODEL_H
#define GICV4TOP_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "snapshot.h"

#define MODEL_NAME_LEN		64
#define MODEL_DEVICE_LEN	32

/* Counts since attach, and the same of the last interval. */
struct model_counts {
	uint64_t loads, puts, moves, blocks, sleeps, pending_last, illegal;
	uint64_t doorbells[G4_NR_DB];
};

/* Shares of wall time in the interval, in percent; they add up to 100. */
struct model_shares {
	double resident, blocked, preempted, unknown;
};

struct model_latency {
	uint64_t count, p50, p90, p99, max;	/* ns; since attach */
};

/* LPIs that came with no host software, as one source has it. */
struct model_direct {
	bool known, rated;		/* @count; @per_s too */
	uint64_t time_ns;		/* of the source */
	uint64_t count, error;		/* since the source began */
	double per_s;			/* between its last two samples */
	double running_pct;
};

struct model_vpe {
	uint64_t key, birth_ns, kvm;
	uint32_t vcpu, vpe_id, pcpu, doorbell_irq;
	uint32_t state;			/* enum g4_vpe_state */
	uint64_t state_ns;		/* how long in it; a lower bound if not seen to begin */
	bool pcpu_known;
	int32_t doorbell_cpu;		/* -1: not known, or nobody asked */
	uint64_t in_ns[G4_NR_VPE_STATES]; /* since attach, the present span included */
	uint64_t wall_ns;		/* since attach */
	struct model_counts total, delta;
	struct model_shares shares;
	struct model_latency doorbell;	/* only when histograms were read */
	struct model_latency dirty;
	struct model_direct direct[DIRECT_NR];
	uint64_t lr_taken, lr_lpis;	/* through list registers; the LPIs among them */
	const struct g4_vpe_hists *hists; /* borrowed from the snapshot; NULL: none are kept */
	uint32_t first_vlpi, nr_listed;	/* in model.vlpis: its LPIs, forwarded or not */
	uint32_t nr_vlpis;		/* those forwarded */
};

struct model_vlpi {
	uint64_t vpe, kvm, mapped_ns;
	bool forwarded;			/* else injected by software: no host_irq, no device */
	uint32_t vintid, host_irq, devid, eventid;
	bool ids_known;
	bool enabled;
	uint8_t priority;
	char device[MODEL_DEVICE_LEN];	/* PCI address, "" if not known */
};

struct model_vm {
	uint64_t key, birth_ns;
	uint32_t pid;
	char name[MODEL_NAME_LEN];
	uint32_t nr_vcpus, nr_vlpis, nr_lpis;
	bool lpis_known;
	uint64_t interval_ns;
	struct model_counts total, delta;
	uint64_t maps, unmaps, vlpi_moves, props, forward_set, forward_unset;
	uint64_t sw_lpis, sw_lpis_delta;
	struct model_shares shares;	/* mean over its vPEs */
	struct model_latency doorbell, map;
	struct model_direct direct[DIRECT_NR];
	const struct g4_vm *counted;	/* its histograms; borrowed from the snapshot */
	uint32_t first_vpe, nr_vpes;	/* in model.vpes */
	bool hidden;			/* filtered out */
};

struct model_filter {
	uint32_t pid;			/* 0: all */
	const char *name;		/* NULL: all; a part of the VM's name */
	int64_t vcpu;			/* -1: all */
	enum direct_source direct;	/* DIRECT_NONE: whoever is trusted most */
	bool detail;			/* look up devices and doorbells' CPUs of all VMs, */
	uint64_t focus;			/* or of the VM with this key only */
};

/* What the model cannot know by itself. */
struct model_names {
	void (*vm_name)(void *ctx, uint32_t pid, char *buf, size_t size);
	void (*device)(void *ctx, uint32_t host_irq, char *buf, size_t size);
	/* the guest's vsock CID, 0: it has none that could be found */
	uint32_t (*vm_cid)(void *ctx, uint32_t pid);
	/* physical CPU that @host_irq is routed to, or -1 */
	int32_t (*irq_cpu)(void *ctx, uint32_t host_irq);
	void *ctx;
};

struct model_order {		/* how to sort what a snapshot has: kept from the time before */
	uint32_t *index, nr;
};

struct model {
	uint64_t now_ns, interval_ns;
	uint32_t figures;		/* HOOK_FIG_* that are known */
	enum direct_source direct;	/* as the filter had it */
	struct model_vm *vms;
	uint32_t nr_vms;
	struct model_vpe *vpes;
	uint32_t nr_vpes;
	struct model_vlpi *vlpis;
	uint32_t nr_vlpis;
	uint32_t nr_forwarded;		/* of the VLPIs listed, those that are VLPIs */
	uint64_t lost_records, map_full, unmatched, missed;
	bool missed_known;		/* else missed is a lower bound */
	struct model_order vpe_order, vlpi_order;	/* owned */
};

/*
 * Next state of the model from @snap, which must live as long as the model
 * shows it. @names may be NULL, and each of its functions. Returns 0 or
 * -ENOMEM, @m untouched then.
 */
int model_update(struct model *m, const struct snapshot *snap, const struct model_filter *filter,
		 const struct model_names *names);
void model_clear(struct model *m);

/*
 * @snap is another reading of the same moment, with histograms of other VMs: whole
 * histograms are borrowed from it from now on. False, and nothing done: it is no such.
 */
bool model_borrow(struct model *m, const struct snapshot *snap);

/*
 * Looks up what @filter's detail or focus asks for, as model_update() does, in
 * the model as it stands.
 */
void model_name_details(struct model *m, const struct model_filter *filter,
			const struct model_names *names);

/* Whether @filter leaves this VM out. */
bool model_hides(const struct model_filter *filter, const struct model_vm *vm);

/* "guest", "kernel", "pmu"; NULL for DIRECT_NONE. */
const char *model_direct_name(enum direct_source source);

/*
 * Whose figure stands for direct deliveries: the most trusted source that has one,
 * or the one that was asked for, if it has. DIRECT_NONE: nobody has.
 */
enum direct_source model_direct_from(const struct model *m, const struct model_direct *direct);

/* Direct / (direct + software LPIs) of the interval, in percent; false: not known. */
bool model_direct_share(const struct model *m, const struct model_vm *vm, double *ret_pct);

/*
 * What came to the VM for each direct delivery of the same time: @count is one of its
 * deltas. False: not known.
 */
bool model_per_direct(const struct model *m, const struct model_vm *vm, uint64_t count,
		      double *ret_ratio);

/* Histograms as people ask for them; the order is that of show. */
enum model_hist {
	MODEL_H_DOORBELL, MODEL_H_DB_WAKE, MODEL_H_DB_SCHED, MODEL_H_DB_ENTRY,
	MODEL_H_RESIDENT, MODEL_H_BLOCKED, MODEL_H_PREEMPTED,
	MODEL_H_MAP, MODEL_H_VMOVP, MODEL_H_DIRTY,
	MODEL_NR_HISTS,
};

/* Name for options and JSON ("doorbell"), and what is measured ("doorbell to resident"). */
const char *model_hist_key(enum model_hist which);
const char *model_hist_meaning(enum model_hist which);

/* Which of a vPE's it is (enum g4_vpe_hist), -1: VMs alone have it; HOOK_FIG_* it needs, or 0. */
int model_hist_of_vpe(enum model_hist which);
uint32_t model_hist_figure(enum model_hist which);

/*
 * Histogram of a VM, or of @vpe alone where that is not NULL, into @ret_hist.
 * False where it is not kept: of this vPE, or not of all vPEs of the VM, or
 * the hook it needs is not attached (what VMs have by themselves always is).
 */
bool model_hist(const struct model *m, const struct model_vm *vm, const struct model_vpe *vpe,
		enum model_hist which, struct g4_hist *ret_hist);

/* Why model_hist() gives none, for people. */
const char *model_hist_why_not(const struct model *m, const struct model_vm *vm,
			       const struct model_vpe *vpe, enum model_hist which);

uint64_t model_doorbells(const struct model_counts *c);
bool model_has_losses(const struct model *m);
const char *model_state_name(uint32_t state);

/* Per second over the VM's interval; 0 for an interval of 0. */
double model_rate(uint64_t delta, uint64_t interval_ns);

#endif
