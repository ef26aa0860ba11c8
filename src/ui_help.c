// SPDX-License-Identifier: GPL-2.0
/* The help screen. Its table of keys is what the man page lists; a test holds them together. */
#include "ui_priv.h"
#include "util.h"

static const struct ui_help_line help[] = {
	{ NULL, "Moving" },
	{ "Up Down j k", "select a row" },
	{ "PgUp PgDn", "a page up, down" },
	{ "Home End G", "first row, last row" },
	{ "Left Right", "other columns, where not all have room" },
	{ "Enter", "open a VM: its vPEs; open a vPE: its LPIs" },
	{ "Esc Backspace", "back" },
	{ NULL, "What is shown" },
	{ "o", "order by a column, chosen from a list" },
	{ "< >", "order by the column to the left, to the right" },
	{ "R", "turn the order round" },
	{ "C", "choose the columns" },
	{ "f g /", "only VMs whose name contains a text" },
	{ "p", "only the VM of a process id" },
	{ "c", "clear these filters" },
	{ "x", "histogram pane (of a vPE: since its VM was opened)" },
	{ "Tab BackTab", "next, previous histogram" },
	{ NULL, "When" },
	{ "s d", "seconds between refreshes" },
	{ "z Z Space", "pause, and go on" },
	{ "r", "reset: count from now on" },
	{ "any other", "refresh now" },
	{ NULL, "Else" },
	{ "w", "write the screen to a file; to NAME.json: all figures, as JSON" },
	{ "h ? F1", "this help" },
	{ "q Ctrl-C", "quit" },
	{ NULL, "Words" },
	{ "vPE", "the ITS's view of a vCPU; VLPI: an LPI delivered straight to it" },
	{ "resident", "programmed in a CPU: its VLPIs need no software" },
	{ "blocked", "asleep, a doorbell requested; woken: called, not resident yet" },
	{ "preempted", "not resident, no doorbell requested" },
	{ "doorbell", "host interrupt for a VLPI of a vPE that is blocked" },
	{ "useful", "doorbell that woke a blocked vPE; late: it was resident or waking" },
	{ "n/a", "this kernel does not tell it, or nothing was measured yet" },
	{ "strip", "behind a vPE: its doorbell latencies, 1 us to 1 s, a power of 2 each" },
};

/* A recording's keys come before all others. */
static const struct ui_help_line *line_at(const struct ui *ui, unsigned int i)
{
	if (!ui->replay.on)
		return &help[i];
	return i < ui_replay_help_lines ? &ui_replay_help[i] : &help[i - ui_replay_help_lines];
}

void ui_draw_help(struct ui *ui, struct ui_screen *s)
{
	unsigned int nr = ARRAY_SIZE(help) + (ui->replay.on ? ui_replay_help_lines : 0);
	unsigned int room = s->rows > 2 ? s->rows - 2 : 0, i;
	const struct ui_help_line *line;

	ui->page = room;
	if (ui->help_top + room > nr)
		ui->help_top = room < nr ? nr - room : 0;
	ui_put(s, 0, 0, s->cols, UI_TITLE, ui->replay.on ?
	       "gicv4top: keys and words (man gicv4top-replay tells more)" :
	       "gicv4top: keys and words (man gicv4top-top tells more)");
	for (i = 0; i < room && ui->help_top + i < nr; i++) {
		line = line_at(ui, ui->help_top + i);
		if (!line->key) {
			ui_put(s, i + 1, 0, s->cols, UI_TITLE, line->does);
			continue;
		}
		ui_put(s, i + 1, 2, s->cols, UI_PLAIN, line->key);
		ui_put(s, i + 1, 17, s->cols, UI_PLAIN, line->does);
	}
	ui_put(s, s->rows - 1, 0, s->cols, UI_TITLE, room < nr ?
	       "Up Down PgUp PgDn scroll, any other key goes back" : "Any key goes back");
}
