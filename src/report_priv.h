/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The report's making, for its files only: report.c (the whole: window, rows, end),
 * report_play.c (one recording: counts at the borders of the timeline), report_watch.c
 * (each record: stories, moves between CPUs), report_loss.c (what is missing),
 * report_end.c (rows in order, sums).
 */
#ifndef GICV4TOP_REPORT_PRIV_H
#define GICV4TOP_REPORT_PRIV_H

#include "report.h"

#define NO_CPU		UINT32_MAX
#define RING		16U		/* last records of a vPE; a power of two */

/* A source of direct deliveries, as it was last heard. */
struct heard {
	bool known;
	uint64_t time_ns, count, error;
};

/* What is known of a vPE of the fold, while one recording is played; by its number. */
struct seen {
	const struct fold_vpe *fv;
	struct report_vpe *rv;		/* NULL: nobody asks for it (--vcpu) */
	struct report_story *open;	/* waits for its guest entry */
	bool known;			/* @before is set */
	bool shown;
	uint32_t last_pcpu;		/* of its last load */
	uint64_t cpu_changes;
	uint64_t db_max_ns;		/* since the last border */
	uint64_t before[RC_NR_VPE];	/* its counts at the last border */
	struct heard heard[DIRECT_NR];
	uint32_t pos;			/* of the next in @ring */
	struct report_step ring[RING];
};

struct seen_vm {
	struct report_vm *rvm;
	bool known;
	uint64_t before[RC_NR_PLAYED];
};

struct play {
	struct report *r;
	struct rec_play *p;
	uint64_t offset_ns;		/* from its time to the report's */
	uint64_t from_ns, to_ns;	/* the window, in its time */
	bool counting;			/* @from_ns has been reached */
	bool unsure;			/* something was skipped: counts at @from_ns are unknown */
	bool over;			/* what the fold has is of a time behind the window */
	bool failed;			/* out of memory */
	struct seen *seen;
	struct seen_vm *vms;
	uint32_t room_seen, room_vms;
	uint64_t worst_min_ns;		/* a latency up to this is none of the worst */
	struct report_losses base;	/* at @from_ns */
	uint64_t played;		/*  records then */
	uint32_t cell;			/* part of the timeline that is being played, */
	uint64_t gap_ns;
	uint64_t at_ns, border_ns;	/*  what of it has been counted, and its end */
};

/* --- report.c --- */

/* Rows for a VM or vPE of the fold, as another recording may have had it; NULL: no memory. */
struct report_vm *report_row_of_vm(struct report *r, const struct fold_vm *fvm);
struct report_vpe *report_row_of_vpe(struct report *r, struct report_vm *rvm,
				     const struct fold_vpe *fv);

/* The row's part @cell of the timeline; NULL: no memory. */
struct report_sums *report_cell(struct report *r, struct report_sums **cells, uint32_t cell);

/* Halves the timeline while its rows take more than they may. */
void report_coarsen(struct report *r);

void report_sums_add(struct report_sums *to, const struct report_sums *from);

/* Takes a load of a vPE over to another CPU. */
void report_route(struct report *r, uint32_t from, uint32_t to, uint64_t count);

/* --- report_watch.c --- */

/* The watch of the recording: before the window (it only remembers), and in it. */
void report_watch_before(struct play *pl, struct rec_watch *ret_watch);
void report_watch(struct play *pl, struct rec_watch *ret_watch);

/* Takes what a sample (NULL: there is none) says of direct deliveries. */
void report_take_sample(struct play *pl, const struct sample *sample);

/* --- report_loss.c --- */

/* Time in which records are missing, up to @ns. */
uint64_t report_gap_ns(const struct fold *f, uint64_t ns);

/* Losses so far, at the window's begin. 0 or -ENOMEM. */
int report_base_losses(struct play *pl);
void report_end_losses(struct play *pl);

/* --- report_play.c --- */

/* What is known of @fv, made where it is new; NULL: no memory, which is noted. */
struct seen *report_seen(struct play *pl, const struct fold_vpe *fv);
struct seen_vm *report_seen_vm(struct play *pl, const struct fold_vm *fvm);

/* The first time in the window that the vPE is met: it gets its row, if it is to have one. */
void report_sight(struct play *pl, struct seen *s);

/* A key chunk is about to replace counts of the fold by those it has, or has done so. */
void report_rebase(struct play *pl, bool done);

#endif
