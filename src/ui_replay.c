// SPDX-License-Identifier: GPL-2.0
/*
 * The live view's place in a recording: what keys move it or change its pace, and the
 * words about it. The loop (ui_run.c) moves the source; here is only the state (struct
 * ui_replay). The table of keys is what gicv4top-replay(1) lists.
 */
#include <stdio.h>
#include <string.h>

#include "ui_priv.h"
#include "when.h"

#define SPEED_MIN	(1.0 / 1024)
#define SPEED_MAX	1048576.0
#define FEW		10U		/* intervals of [ ], */
#define MANY		60U		/*  of { } */

const struct ui_help_line ui_replay_help[] = {
	{ NULL, "In the recording" },
	{ "Space z Z", "pause, and go on" },
	{ ". ,", "step: an interval on, back (and pause)" },
	{ "] [", "10 intervals on, back" },
	{ "} {", "60 intervals on, back" },
	{ "@", "go to a time: seconds from the begin, or wall clock HH:MM:SS" },
	{ "+ -", "twice, half the speed" },
	{ "r", "reset: count from here on" },
};

const unsigned int ui_replay_help_lines = sizeof(ui_replay_help) / sizeof(ui_replay_help[0]);

static bool at_end(const struct ui_replay *rp)
{
	return rp->pos_ns >= rp->last_ns;
}

static void go_to(struct ui *ui, uint64_t to_ns)
{
	ui->replay.want_ns = to_ns;
	ui->replay.want = true;
}

static void go_on(struct ui *ui, unsigned int intervals)
{
	struct ui_replay *rp = &ui->replay;

	if (at_end(rp)) {
		ui_say(ui, false, "the recording ends here");
		return;
	}
	/* the loop cuts what is beyond the end */
	go_to(ui, rp->pos_ns + intervals * ui->interval_ns);
}

static void go_back(struct ui *ui, unsigned int intervals)
{
	struct ui_replay *rp = &ui->replay;
	uint64_t by_ns = intervals * ui->interval_ns, done_ns = rp->pos_ns - rp->first_ns, rest;

	if (!done_ns) {
		ui_say(ui, false, "the recording begins here");
		return;
	}
	/* from its end, which may be between, onto the grid of all other refreshes */
	rest = done_ns % ui->interval_ns;
	if (at_end(rp) && rest)
		by_ns -= ui->interval_ns - rest;
	go_to(ui, rp->pos_ns - (by_ns < done_ns ? by_ns : done_ns));
}

static void pause_or_go_on(struct ui *ui)
{
	if (at_end(&ui->replay)) {
		ui_say(ui, false, "the recording ends here; [ { and @ go back");
		return;
	}
	ui->paused = !ui->paused;
	ui->want_pace = true;
}

static void set_speed(struct ui *ui, double speed)
{
	if (speed < SPEED_MIN || speed > SPEED_MAX)
		return;
	ui->replay.speed = speed;
	ui->want_pace = true;
}

bool ui_replay_key(struct ui *ui, int key)
{
	switch (key) {
	case ' ': case 'z': case 'Z':
		pause_or_go_on(ui);
		return true;
	case '.':
		ui->paused = true;
		go_on(ui, 1);
		return true;
	case ',':
		ui->paused = true;
		go_back(ui, 1);
		return true;
	case ']':
		go_on(ui, FEW);
		return true;
	case '[':
		go_back(ui, FEW);
		return true;
	case '}':
		go_on(ui, MANY);
		return true;
	case '{':
		go_back(ui, MANY);
		return true;
	case '+':
		set_speed(ui, ui->replay.speed * 2);
		return true;
	case '-':
		set_speed(ui, ui->replay.speed / 2);
		return true;
	default:
		return false;
	}
}

void ui_replay_answer(struct ui *ui)
{
	const struct ui_replay *rp = &ui->replay;
	const struct when_span span = { rp->first_ns, rp->last_ns, rp->first_real_ns };
	struct when when;
	char words[64];
	uint64_t to_ns;

	if (!ui->line[0])
		return;
	if (when_parse(ui->line, &when)) {
		ui_say(ui, true, "\"%s\" is no time (" WHEN_WORDS ")", ui->line);
	} else if (when_find(&when, &span, &to_ns)) {
		when_words(&span, words, sizeof(words));
		ui_say(ui, true, "\"%s\" is not in the recording: %s", ui->line, words);
	} else {
		go_to(ui, to_ns);
	}
}

unsigned int ui_draw_replay(const struct ui *ui, struct ui_screen *s, unsigned int row)
{
	const struct ui_replay *rp = &ui->replay;
	bool tenths = ui->interval_ns % 1000000000;
	char at[32], all[32], pace[32];
	unsigned int col;

	when_format(rp->pos_ns - rp->first_ns, tenths, at, sizeof(at));
	when_format(rp->last_ns - rp->first_ns, tenths, all, sizeof(all));
	if (at_end(rp))
		snprintf(pace, sizeof(pace), "END");
	else if (ui->paused)
		snprintf(pace, sizeof(pace), "PAUSED");
	else
		snprintf(pace, sizeof(pace), "%gx", rp->speed);
	/* without a wall clock that is where it is, once more */
	if (rp->first_real_ns)
		col = ui_putf(s, row, 0, UI_WARN, "REPLAY %s +%s/%s", ui->info->clock, at, all);
	else
		col = ui_putf(s, row, 0, UI_WARN, "REPLAY +%s/%s", at, all);
	col = ui_putf(s, row, col, at_end(rp) || ui->paused ? UI_WARN : UI_PLAIN, " %s", pace);
	return ui_put(s, row, col, s->cols, UI_PLAIN, "  ");
}
