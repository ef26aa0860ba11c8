/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The live view. Its rooms, downhill:
 *
 *	ui_run.c	the loop: source, clock, terminal
 *	ui_term.c	the terminal, by ncurses: keys in, a screen out
 *	ui_keys.c	what a key does to the state
 *	ui_replay.c	the same, and the status, of a recording's place in time
 *	ui_draw.c	the state as a screen; ui_pane.c, ui_help.c, ui_pick.c: parts of it
 *	ui_list.c	the three lists: VMs, vPEs of one, VLPIs of one; who is selected
 *	ui_screen.c	a screen: characters with attributes
 *
 * Only ui_run.c and ui_term.c touch the world; the rest is the state (struct
 * ui in ui_priv.h) and can be run without a terminal.
 */
#ifndef GICV4TOP_UI_H
#define GICV4TOP_UI_H

#include "columns.h"
#include "source.h"

struct ui_opts {
	uint64_t interval_ns;
	uint64_t count;				/* refreshes; 0: until the user quits */
	struct model_filter filter;
	const struct column *sort;		/* of VMs; NULL: by pid */
	const struct column_list *columns;	/* of VMs; NULL: those that are default */
	/* of a recording */
	uint64_t from_ns;			/* where to begin */
	double speed;				/* times as fast as it was recorded */
};

/*
 * Shows @source in the terminal until the user quits; @m is its model, left at
 * the last refresh. 0 or -errno, having said why.
 */
int ui_run(const struct ui_opts *opts, struct source *source, struct model *m);

#endif
