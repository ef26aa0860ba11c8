/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The sources of direct deliveries on a live host: guests' agents and the cores' PMU.
 * (The third, a kernel that measures them, exists nowhere yet.) Each adds samples to a
 * snapshot; whom to trust is up to the model.
 */
#ifndef GICV4TOP_DIRECT_H
#define GICV4TOP_DIRECT_H

#include "guests.h"
#include "model.h"
#include "snapshot.h"

struct direct_opts {
	enum direct_source only;	/* DIRECT_NONE: all that there are */
	bool off;			/* none at all: do not call direct_open() */
	bool event_given;
	uint64_t event;			/* of the PMU, where it is given */
	struct guest_addr *ins;		/* owned: where agents come in */
	uint32_t nr_ins;
};

void direct_opts_clear(struct direct_opts *opts);

struct direct;

/* Opens what can be had; what was asked for and cannot is told. 0 or -errno, having said why. */
int direct_open(const struct direct_opts *opts, struct direct **ret_direct);
void direct_free(struct direct *d);

/* List registers cannot be watched here: without them the PMU's count means nothing. */
void direct_drop_pmu(struct direct *d);

/* Whether interrupts taken through list registers must be counted (session_opts.taken). */
bool direct_needs_taken(const struct direct *d);

/* The PMU's event as perf writes it ("r86:Gk"), NULL: it is not in use. */
const char *direct_event_name(const struct direct *d);

/* Agents connected. */
uint32_t direct_nr_guests(const struct direct *d);

/* Reads what agents have sent; before @snap of direct_read() is read. */
void direct_pump(struct direct *d);

/* Adds all samples to @snap. @ended: as of pmu_read(). 0 or -errno, having said why. */
int direct_read(struct direct *d, struct snapshot *snap, const struct model_names *names,
		void (*ended)(void *ctx, uint64_t vpe), void *ctx);

#endif
