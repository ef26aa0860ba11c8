/* SPDX-License-Identifier: GPL-2.0 */
/* The live view's state, for ui_*.c only; ui.h tells who does what with it. */
#ifndef GICV4TOP_UI_PRIV_H
#define GICV4TOP_UI_PRIV_H

#include "columns.h"
#include "out.h"
#include "ui_screen.h"

/* A key: a Unicode character, or one of these. */
enum ui_key {
	UI_KEY_NONE = 0,
	UI_KEY_TAB = '\t',
	UI_KEY_ENTER = '\n',
	UI_KEY_ESC = 27,
	UI_KEY_UP = 0x110000,		/* beyond Unicode */
	UI_KEY_DOWN, UI_KEY_LEFT, UI_KEY_RIGHT, UI_KEY_PAGE_UP, UI_KEY_PAGE_DOWN,
	UI_KEY_HOME, UI_KEY_END, UI_KEY_BACKSPACE, UI_KEY_BACKTAB, UI_KEY_F1,
	UI_KEY_RESIZE, UI_KEY_OTHER,
};

enum ui_level { UI_VMS, UI_VPES, UI_VLPIS, UI_NR_LEVELS };

enum ui_mode {
	UI_BROWSE,
	UI_HELP,
	UI_PROMPT,			/* a line is being typed */
	UI_PICK_SORT,			/* one column of a list of all, */
	UI_PICK_COLUMNS,		/* or which of them to show */
};

enum ui_prompt { UI_ASK_NAME, UI_ASK_PID, UI_ASK_INTERVAL, UI_ASK_TIME, UI_ASK_FILE };

/* Who a row is, across refreshes: an address alone may be used again. */
struct ui_id {
	uint64_t key, birth_ns;
};

struct ui_list {			/* one a level */
	const struct column_set *set;
	struct column_list columns;	/* chosen; as many are shown as there is room for */
	bool chosen;			/* by the user: none is left out for lack of room */
	const struct column *sort;	/* NULL: by pid, vCPU, vINTID */
	bool reverse;
	unsigned int scrolled;		/* columns skipped behind the first */
	struct row *rows;		/* owned; borrows the model */
	size_t nr, selected, top;
	struct ui_id id;		/* of the selected row, while there is one */
};

struct ui_replay {			/* a place in a recording; the loop keeps it up to date */
	bool on;			/* it is a recording */
	uint64_t pos_ns, first_ns, last_ns, first_real_ns; /* as those of struct source */
	double speed;
	bool want;			/* for the loop: go to @want_ns */
	uint64_t want_ns;
};

struct ui_help_line {
	const char *key, *does;		/* key NULL: a heading */
};

struct ui {
	struct model *model;		/* borrowed; rows are rebuilt when it changes */
	const struct out_info *info;	/* borrowed */
	enum ui_level level;
	enum ui_mode mode;
	struct ui_list lists[UI_NR_LEVELS];
	struct ui_id vm, vpe;		/* opened: whose vPEs, whose VLPIs are listed */
	char vm_name[MODEL_NAME_LEN + 32], vpe_name[32]; /* what they are called */
	struct model_filter filter;	/* .name points to filter_name */
	char filter_name[MODEL_NAME_LEN];
	uint64_t interval_ns;
	struct ui_replay replay;
	bool paused;
	bool pane;			/* the histogram pane is open */
	enum model_hist hist;		/* what it shows */
	enum ui_prompt prompt;
	char line[256];			/* typed so far */
	size_t pick, pick_top;		/* in a list of columns */
	unsigned int help_top;
	char message[160];		/* one line for the user, until the next key */
	bool message_bad;
	char reset_clock[24];		/* wall clock of the last reset, "" none */
	unsigned int page;		/* rows of the list on the last screen */
	/* for the loop to do; it takes them back */
	bool want_quit, want_refresh, want_names, want_reset, want_pace;
	char want_file[256];		/* write the view there */
};

void ui_init(struct ui *ui, struct model *m, const struct out_info *info);
void ui_free(struct ui *ui);

/* --- ui_list.c --- */

static inline struct ui_list *ui_list(struct ui *ui)
{
	return &ui->lists[ui->level];
}

/* The row selected, or NULL: the list is empty. */
const struct row *ui_selected(const struct ui *ui);

/*
 * Makes the rows anew from the model: after each change of the model, the
 * filter, the order or the level. What was open and is gone is closed, with a
 * message. 0, or -ENOMEM: the lists are empty then.
 */
int ui_sync(struct ui *ui);

/* VM whose vPEs' histograms are looked at: opened, or selected under the pane; else 0. */
uint64_t ui_focus(const struct ui *ui);

/* Goes down into the selected row, or up again; false: there is nowhere to go. */
bool ui_open(struct ui *ui);
bool ui_close(struct ui *ui);
void ui_move(struct ui *ui, long by);

/* A message in place of the keys. */
void ui_say(struct ui *ui, bool bad, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* --- ui_keys.c --- */

/* What @key does. 0 or -ENOMEM. */
int ui_key(struct ui *ui, int key);

/* --- ui_replay.c --- */

extern const struct ui_help_line ui_replay_help[];
extern const unsigned int ui_replay_help_lines;

/* Keys of a recording; false: @key is none. */
bool ui_replay_key(struct ui *ui, int key);

/* What was typed is a time to go to. */
void ui_replay_answer(struct ui *ui);

/* "REPLAY 12:00:05 +0:05/1:00 2x  "; returns the column behind it. */
unsigned int ui_draw_replay(const struct ui *ui, struct ui_screen *s, unsigned int row);

/* --- drawing: each fills (a part of) the screen from the state --- */

void ui_draw(struct ui *ui, struct ui_screen *s);
void ui_draw_pane(const struct ui *ui, struct ui_screen *s, unsigned int first);
void ui_draw_help(struct ui *ui, struct ui_screen *s);
void ui_draw_pick(struct ui *ui, struct ui_screen *s);

#endif
