/* SPDX-License-Identifier: GPL-2.0 */
/* The MSIs of a /proc/interrupts, with the ids that the guest's ITS knows them by. */
#ifndef GICV4TOP_AGENT_INTERRUPTS_H
#define GICV4TOP_AGENT_INTERRUPTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guest_proto.h"

struct msi {
	uint32_t irq;
	bool ids_known;
	uint32_t devid, eventid;
	char name[GUEST_NAME_LEN];	/* printable ASCII, never empty */
	uint64_t *counts;		/* [interrupts.nr_cpus], in interrupts.counts */
};

struct interrupts {
	uint32_t cpus[GUEST_MAX_CPUS];	/* numbers of those that are online */
	uint32_t nr_cpus;
	uint32_t nr_columns;		/* of a row: CPUs without a number here have one too */
	struct msi *msis;		/* owned */
	uint32_t nr;
	uint64_t *counts;		/* owned */
	bool cut;			/* there is more than the protocol has room for */
};

/* @text ends with a NUL. 0 or -ENOMEM. */
int interrupts_parse(const char *text, struct interrupts *ret);

/*
 * A CPU that is offline has no column, yet its counts stand where the host has them:
 * gives @now those of @old for CPUs that it has not. 0 or -ENOMEM.
 */
int interrupts_keep_cpus(struct interrupts *now, const struct interrupts *old);

void interrupts_clear(struct interrupts *in);

#endif
