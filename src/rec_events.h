/* SPDX-License-Identifier: GPL-2.0 */
/* Which events are recorded, by names that people choose. Pure. */
#ifndef GICV4TOP_REC_EVENTS_H
#define GICV4TOP_REC_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct rec_events {
	uint32_t groups;		/* a bit for each group of the table in rec_events.c */
};

void rec_events_all(struct rec_events *ret_events);

/* "all", "none", or names with commas. 0, or -EINVAL with the word that is none in @bad. */
int rec_events_parse(const char *text, struct rec_events *ret_events, char *bad, size_t size);

/* Prints all names with their meanings. */
void rec_events_help(FILE *f);

/* 1 << enum g4_rec_type of all that is recorded; always has what states are made of. */
uint32_t rec_events_types(const struct rec_events *events);

/* Whether waits for the pending table are timed. */
bool rec_events_dirty(const struct rec_events *events);

/* HOOK_FIG_* that a recording of these events cannot have. */
uint32_t rec_events_missing(const struct rec_events *events);

#endif
