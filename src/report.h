/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a recording comes to: counts, times and histograms of each VM and vPE in a window
 * of time, how they went over time, the worst doorbells with their stories, moves between
 * CPUs, and what is missing. One report is of one host; recordings of it that follow each
 * other add up. Pure: it plays what its owner has opened.
 *
 * Its memory grows with VMs, vPEs and CPUs, never with the recording's length.
 */
#ifndef GICV4TOP_REPORT_H
#define GICV4TOP_REPORT_H

#include "model.h"
#include "rec_play.h"
#include "when.h"

/* What is counted of a VM, a vPE or a part of the time; all of it adds up. */
enum report_count {
	RC_LOADS, RC_PUTS, RC_MOVES, RC_BLOCKS, RC_SLEEPS, RC_PENDING_LAST, RC_ILLEGAL,
	RC_USEFUL, RC_LATE, RC_SPURIOUS,
	RC_CPU_CHANGES,			/* loads on another CPU than the load before */
	RC_LR_TAKEN, RC_LR_LPIS,
	RC_UNKNOWN_NS, RC_PREEMPTED_NS, RC_RESIDENT_NS, RC_BLOCKED_NS, /* of vPEs */
	RC_DB, RC_DB_NS,		/* doorbell latencies: how many, their sum */
	RC_SEEN_NS,			/* time in which it was there */
	RC_NR_VPE,			/* from here on of VMs only */
	RC_SW_LPIS = RC_NR_VPE,
	RC_MAPS, RC_UNMAPS, RC_VLPI_MOVES, RC_PROPS, RC_FORWARD_SET, RC_FORWARD_UNSET,
	RC_NR_PLAYED,			/* up to here as the fold has them */
	RC_GAP_NS = RC_NR_PLAYED,	/* of the host: time in which records are missing */
	RC_DIRECT,			/* of each enum direct_source, as sampled */
	RC_NR = RC_DIRECT + DIRECT_NR,
};

struct report_sums {
	uint64_t n[RC_NR];
	uint64_t db_max_ns;
};

/* Direct deliveries, as one source counted them in the window. */
struct report_direct {
	bool known;
	uint64_t count, error;
	uint64_t span_ns;		/* between the first and the last that it said */
	double running_pct;
};

struct report_vm {
	uint64_t kvm, birth_ns;		/* the last birth that was seen */
	uint32_t pid;
	char name[MODEL_NAME_LEN];
	uint32_t nr_vcpus, nr_lpis, nr_vlpis;	/* when the window or the VM ended */
	bool lpis_known;
	bool gone;			/* within the window */
	bool hidden;			/* filtered out */
	struct report_sums sums;
	struct report_sums *cells;	/* report.nr_cells of them, or NULL: nothing; owned */
	struct g4_hist map_ns;
	struct report_direct direct[DIRECT_NR];
	struct model_shares shares;	/* mean over its vPEs, as in the model */
	uint32_t first_vpe, nr_vpes;	/* in report.vpes, once finished */
	uint32_t nr;			/* in report.vms, once finished */
	uint32_t taken;			/* by a VM of this recording (1, 2 ...) */
};

struct report_vpe {
	struct report_vm *vm;
	uint64_t vpe, birth_ns;
	uint32_t vcpu, vpe_id, doorbell_irq;
	uint32_t state, pcpu;		/* at the end */
	bool pcpu_known, gone;
	struct report_sums sums;
	struct report_sums *cells;	/* only with opts.per_vpe; owned */
	struct g4_vpe_hists *hists;	/* NULL: nothing was measured; owned */
	struct report_direct direct[DIRECT_NR];
	uint32_t taken;
};

/*
 * A step of a story: a record of the vPE, at a time as in struct report. Not a copy of the
 * record: its small parts have just been written one by one, and waiting until they can be
 * read as a whole would cost more than all else that a report does for a record.
 */
struct report_step {
	uint64_t ns, arg_ns;
	uint16_t pcpu;
	uint8_t flags, type;		/* enum g4_rec_type */
};

#define REPORT_STORY_STEPS	16U

struct report_story {
	uint64_t latency_ns;
	uint64_t load_ns;		/* when it was over, as report.from_ns */
	struct report_vpe *vpe;
	struct report_step steps[REPORT_STORY_STEPS];	/* in order; the load among them */
	uint32_t nr_steps;
	uint32_t owner;			/* the vPE's number in the fold, while it is played */
	bool whole;			/* the doorbell itself is among the steps */
};

struct report_route {
	uint32_t from, to;		/* physical CPUs */
	uint64_t count;
};

/* All CPUs' losses, and those of each. */
struct report_losses {
	uint64_t recorded, lost;
	uint64_t map_full, unmatched, missed;
	bool missed_known;
	uint64_t gaps, gap_ns;		/* times in which records were lost */
	struct rec_damage damage;
	uint64_t *cpu_recorded, *cpu_lost;	/* nr_cpus of each; owned */
};

/* Who wants to see each record of the window, too. */
struct report_tap {
	/* Before the first record: @from_ns to @to_ns are the recording's own times. */
	int (*begin)(void *ctx, struct rec_play *p, uint64_t from_ns, uint64_t to_ns);
	struct rec_watch watch;		/* its functions may be NULL; @ctx is all of these' */
	int (*end)(void *ctx, struct rec_play *p);
};

struct report_opts {
	struct model_filter filter;
	struct when from, to;
	uint64_t interval_ns;		/* of the timeline; 0: one that suits */
	bool per_vpe;
	uint32_t nr_worst;
	const struct report_tap *taps;	/* borrowed */
	uint32_t nr_taps;
};

#define REPORT_MAX_WORST	1000U
#define REPORT_MAX_CELLS	4096U

struct report {
	struct report_opts opts;
	struct rec_info info;		/* of its first recording */
	bool clock;			/* the times below are CLOCK_REALTIME; else of no epoch */
	uint64_t begin_ns, end_ns;	/* of all that was recorded */
	uint64_t from_ns, to_ns;	/* the window: @to_ns is not in it */
	uint64_t interval_ns;
	bool coarser;			/* than opts.interval_ns: there was no room */
	uint32_t nr_cells;
	uint32_t nr_series;		/* rows that have cells */
	uint32_t nr_recordings;
	uint64_t last_mono_ns;		/* CLOCK_MONOTONIC at @to_ns, in the last recording */
	uint64_t nr_records;		/* in the window */
	uint32_t nr_agents;		/* of guests, when it ended */
	struct report_vm **vms;		/* owned, as all below; by pid once finished */
	struct report_vpe **vpes;	/*  by VM and vCPU */
	uint32_t nr_vms, nr_vpes, room_vms, room_vpes;
	struct report_sums *cells;	/* of all VMs that are not hidden */
	struct report_sums total;
	struct report_story *stories;	/* the worst first, once finished */
	uint32_t nr_stories;
	struct report_route *routes;	/* the most frequent first, once finished */
	uint32_t nr_routes, room_routes;
	uint64_t other_routes;		/* moves for which there was no room */
	struct report_losses losses;
};

/*
 * Prepares a report of @nr recordings of one host, which follow each other in time. 0;
 * -ENODATA: nothing of them lies in the window, or a time of day is not in them;
 * -EINVAL: a wall clock was asked for and is not known; -ENOMEM. report_clear() always.
 */
int report_init(struct report *r, const struct report_opts *opts, struct rec_play *const *plays,
		uint32_t nr);

/* Plays the part of @p that lies in the window. 0 or -errno: not read, or out of memory. */
int report_add(struct report *r, struct rec_play *p);

/* Behind the last recording: sorts, adds up. 0 or -ENOMEM. */
int report_finish(struct report *r);
void report_clear(struct report *r);

/* Begin of a recording as report.begin_ns, and behind its last record. */
uint64_t report_begins(const struct rec_play *p);
uint64_t report_ends(const struct rec_play *p);

/* Begin of part @i of the timeline; its end is the begin of the next. */
uint64_t report_cell_ns(const struct report *r, uint32_t i);

/*
 * Histogram of a VM, or of @vpe alone where that is not NULL. False where it is not
 * kept: the hook that it needs was not attached, or VMs alone have it.
 */
bool report_hist(const struct report *r, const struct report_vm *vm, const struct report_vpe *vpe,
		 enum model_hist which, struct g4_hist *ret_hist);

/* Shares of the time that is known of; 100 % unknown where there is none. */
struct model_shares report_shares(const struct report_sums *s);

/* As model_counts have it. */
struct model_counts report_counts(const struct report_sums *s);

/* The most trusted source of direct deliveries (or the one asked for) that has a figure. */
enum direct_source report_direct_from(const struct report *r,
				      const struct report_direct *direct);

uint64_t report_doorbells(const struct report_sums *s);

/* Whether anything was lost, skipped or is not known to be whole. */
bool report_has_losses(const struct report *r);

#endif
