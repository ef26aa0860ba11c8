/* SPDX-License-Identifier: GPL-2.0 */
/* The lines that an agent sends; see guest_proto.h for what they mean. */
#ifndef GICV4TOP_AGENT_REPORT_H
#define GICV4TOP_AGENT_REPORT_H

#include "interrupts.h"

struct text {
	char *buf;			/* owned */
	size_t len, size;
	bool failed;			/* no memory: what is in it is not whole */
};

void report_hello(struct text *t, const char *boot, uint32_t nr_cpus);

/*
 * What has changed from @old to @new, all that is not 0 where @old is NULL, and the
 * report's end.
 */
void report_changes(struct text *t, const struct interrupts *old, const struct interrupts *new,
		    uint64_t seq, uint64_t time_ns);

#endif
