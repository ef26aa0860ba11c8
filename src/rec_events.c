// SPDX-License-Identifier: GPL-2.0
/* The table of groups of events; see rec_events.h. */
#include <errno.h>
#include <string.h>

#include "hooks.h"
#include "rec_events.h"
#include "util.h"

#include <gicv4top/wire.h>

#define TYPE(type)	(1U << (type))

struct group {
	const char *name, *meaning;
	uint32_t types;			/* 0: no events of its own */
	uint32_t figures;		/* HOOK_FIG_* that are lost without it */
};

/* What states and mappings follow from is in every recording, and no group. */
static const struct group groups[] = {
	{ "entry", "guest entries: doorbell to guest entry", TYPE(G4_REC_GUEST_ENTRY),
	  HOOK_FIG_ENTRY },
	{ "sleep", "vCPU threads going to sleep and running again",
	  TYPE(G4_REC_SLEEP) | TYPE(G4_REC_WAKE), HOOK_FIG_SLEEPS | HOOK_FIG_SCHED },
	{ "moves", "VMOVPs, and how long they took", TYPE(G4_REC_VMOVP), HOOK_FIG_MOVES },
	{ "pending", "ends of puts: what the hardware said was pending",
	  TYPE(G4_REC_VPE_PUT_DONE), 0 },
	{ "dirty", "waits for the pending table", 0, HOOK_FIG_DIRTY },
	{ "sw-lpis", "LPIs injected by software", TYPE(G4_REC_SW_LPI), HOOK_FIG_SW_LPIS },
};

#define NR_GROUPS	(sizeof(groups) / sizeof(groups[0]))
#define DIRTY		(1U << 4)
_Static_assert(NR_GROUPS == 6, "DIRTY is the place of \"dirty\" in the table");

void rec_events_all(struct rec_events *ret_events)
{
	ret_events->groups = TYPE(NR_GROUPS) - 1;
}

static int find(const char *name)
{
	unsigned int i;

	for (i = 0; i < NR_GROUPS; i++) {
		if (!strcmp(name, groups[i].name))
			return (int)i;
	}
	return -EINVAL;
}

int rec_events_parse(const char *text, struct rec_events *ret_events, char *bad, size_t size)
{
	struct rec_events events = { 0 };
	const char *end;
	int i;

	if (!strcmp(text, "none")) {
		*ret_events = events;
		return 0;
	}
	if (!strcmp(text, "all")) {
		rec_events_all(ret_events);
		return 0;
	}
	for (;; text = end + 1) {
		end = text + strcspn(text, ",");
		snprintf(bad, size, "%.*s", (int)(end - text), text);
		i = find(bad);
		if (i < 0)
			return i;
		events.groups |= TYPE(i);
		if (!*end)
			break;
	}
	*ret_events = events;
	return 0;
}

void rec_events_help(FILE *f)
{
	unsigned int i;

	for (i = 0; i < NR_GROUPS; i++)
		fprintf(f, "  %-8s %s\n", groups[i].name, groups[i].meaning);
}

/* The ends of puts, and guest entries, say how long the table was waited for. */
uint32_t rec_events_types(const struct rec_events *events)
{
	uint32_t types = UINT32_MAX;
	unsigned int i;

	for (i = 0; i < NR_GROUPS; i++) {
		if (!(events->groups & TYPE(i)))
			types &= ~groups[i].types;
	}
	if (rec_events_dirty(events))
		types |= TYPE(G4_REC_VPE_PUT_DONE) | TYPE(G4_REC_GUEST_ENTRY);
	return types;
}

bool rec_events_dirty(const struct rec_events *events)
{
	return events->groups & DIRTY;
}

uint32_t rec_events_missing(const struct rec_events *events)
{
	uint32_t figures = 0;
	unsigned int i;

	for (i = 0; i < NR_GROUPS; i++) {
		if (!(events->groups & TYPE(i)))
			figures |= groups[i].figures;
	}
	/* these came along with the waits */
	if (rec_events_dirty(events))
		figures &= ~HOOK_FIG_ENTRY;
	return figures;
}
