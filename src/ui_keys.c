// SPDX-License-Identifier: GPL-2.0
/*
 * What keys do. A key changes the state, or asks the loop for what the state
 * cannot do by itself (the want_* of struct ui). The table of the help screen
 * (ui_help.c) lists them for people.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ui_priv.h"
#include "util.h"

#define CTRL(c)	((c) & 0x1f)

static void ask(struct ui *ui, enum ui_prompt what, const char *text)
{
	ui->mode = UI_PROMPT;
	ui->prompt = what;
	snprintf(ui->line, sizeof(ui->line), "%s", text);
}

static void answer_pid(struct ui *ui)
{
	uint64_t pid;

	if (!ui->line[0])
		ui->filter.pid = 0;
	else if (util_parse_u64(ui->line, 1, UINT32_MAX, &pid))
		ui_say(ui, true, "\"%s\" is no process id", ui->line);
	else
		ui->filter.pid = (uint32_t)pid;
}

static void answer_interval(struct ui *ui)
{
	uint64_t ns;

	if (!ui->line[0])
		return;
	if (util_parse_secs(ui->line, &ns)) {
		ui_say(ui, true, "\"%s\" is no number of seconds (0.001 to 1000000)", ui->line);
		return;
	}
	ui->interval_ns = ns;
	ui->want_pace = true;
}

static void answer(struct ui *ui)
{
	ui->mode = UI_BROWSE;
	switch (ui->prompt) {
	case UI_ASK_NAME:
		memcpy(ui->filter_name, ui->line, sizeof(ui->filter_name) - 1);
		ui->filter.name = ui->filter_name[0] ? ui->filter_name : NULL;
		break;
	case UI_ASK_PID:
		answer_pid(ui);
		break;
	case UI_ASK_INTERVAL:
		answer_interval(ui);
		break;
	case UI_ASK_TIME:
		ui_replay_answer(ui);
		break;
	default:
		snprintf(ui->want_file, sizeof(ui->want_file), "%s", ui->line);
	}
}

/* Appends the character @key as UTF-8, if there is room. */
static void type(char *line, size_t size, int key)
{
	size_t len = strlen(line);
	char c[5] = { 0 };

	if (key < 0x80) {
		c[0] = (char)key;
	} else if (key < 0x800) {
		c[0] = (char)(0xc0 | key >> 6);
		c[1] = (char)(0x80 | (key & 0x3f));
	} else if (key < 0x10000) {
		c[0] = (char)(0xe0 | key >> 12);
		c[1] = (char)(0x80 | (key >> 6 & 0x3f));
		c[2] = (char)(0x80 | (key & 0x3f));
	} else {
		c[0] = (char)(0xf0 | key >> 18);
		c[1] = (char)(0x80 | (key >> 12 & 0x3f));
		c[2] = (char)(0x80 | (key >> 6 & 0x3f));
		c[3] = (char)(0x80 | (key & 0x3f));
	}
	if (len + strlen(c) < size)
		memcpy(line + len, c, strlen(c) + 1);
}

static void erase(char *line)
{
	size_t len = strlen(line);

	while (len && (line[len - 1] & 0xc0) == 0x80)
		len--;
	line[len ? len - 1 : 0] = '\0';
}

static int prompt_key(struct ui *ui, int key)
{
	switch (key) {
	case UI_KEY_ESC:
		ui->mode = UI_BROWSE;
		return 0;
	case UI_KEY_ENTER:
		answer(ui);
		return ui_sync(ui);
	case UI_KEY_BACKSPACE:
		erase(ui->line);
		return 0;
	case CTRL('u'):
		ui->line[0] = '\0';
		return 0;
	default:
		if (key >= ' ' && key != 0x7f && key < UI_KEY_UP)
			type(ui->line, sizeof(ui->line), key);
		return 0;
	}
}

static void help_key(struct ui *ui, int key)
{
	unsigned int page = ui->page > 1 ? ui->page - 1 : 1;

	switch (key) {
	case UI_KEY_DOWN: case 'j':
		ui->help_top++;
		break;
	case UI_KEY_UP: case 'k':
		ui->help_top -= ui->help_top != 0;
		break;
	case UI_KEY_PAGE_DOWN: case ' ':
		ui->help_top += page;
		break;
	case UI_KEY_PAGE_UP:
		ui->help_top -= ui->help_top < page ? ui->help_top : page;
		break;
	default:
		ui->mode = UI_BROWSE;
	}
}

/* Which column of the set is picked shows or goes; the set's order is kept. */
static void toggle_column(struct ui_list *list, const struct column *column)
{
	struct column_list chosen = { .nr = 0 };
	bool had = false;
	unsigned int i, k;

	for (k = 0; k < list->columns.nr; k++)
		had |= list->columns.columns[k] == column;
	if (had && list->columns.nr == 1)
		return;		/* a table without columns shows nothing to come back from */
	for (i = 0; i < list->set->nr; i++) {
		for (k = 0; k < list->columns.nr; k++) {
			if (list->columns.columns[k] == &list->set->columns[i])
				break;
		}
		if ((k < list->columns.nr) != (column == &list->set->columns[i]))
			chosen.columns[chosen.nr++] = &list->set->columns[i];
	}
	list->columns = chosen;
	list->chosen = true;
	list->scrolled = 0;
}

/* Who orders anew wants to see who is first now. */
static void to_first(struct ui_list *list)
{
	list->selected = 0;
	list->top = 0;
	list->id = (struct ui_id){ 0 };
}

static void sort_by(struct ui_list *list, const struct column *column)
{
	list->sort = strcmp(column->key, list->set->natural) ? column : NULL;
	to_first(list);
}

static void pick_move(struct ui *ui, long by)
{
	long nr = (long)ui_list(ui)->set->nr, to = (long)ui->pick + by;

	ui->pick = (size_t)(to < 0 ? 0 : to >= nr ? nr - 1 : to);
}

static int pick_key(struct ui *ui, int key)
{
	struct ui_list *list = ui_list(ui);
	const struct column *column = &list->set->columns[ui->pick];

	switch (key) {
	case UI_KEY_DOWN: case 'j':
		pick_move(ui, 1);
		return 0;
	case UI_KEY_UP: case 'k':
		pick_move(ui, -1);
		return 0;
	case UI_KEY_PAGE_DOWN:
		pick_move(ui, 10);
		return 0;
	case UI_KEY_PAGE_UP:
		pick_move(ui, -10);
		return 0;
	case UI_KEY_HOME:
		pick_move(ui, -COLUMNS_MAX);
		return 0;
	case UI_KEY_END:
		pick_move(ui, COLUMNS_MAX);
		return 0;
	case ' ':
		if (ui->mode == UI_PICK_COLUMNS) {
			toggle_column(list, column);
			return 0;
		}
		break;
	case UI_KEY_ENTER:
		if (ui->mode == UI_PICK_SORT)
			sort_by(list, column);
		break;
	case 'd':
		if (ui->mode != UI_PICK_COLUMNS)
			break;
		columns_default(list->set, &list->columns);
		list->chosen = false;
		return 0;
	default:
		break;
	}
	ui->mode = UI_BROWSE;
	return ui_sync(ui);
}

static void begin_pick(struct ui *ui, enum ui_mode mode)
{
	const struct ui_list *list = ui_list(ui);
	const struct column *now = list->sort ? list->sort :
				   columns_find(list->set, list->set->natural);

	ui->mode = mode;
	ui->pick = mode == UI_PICK_SORT ? (size_t)(now - list->set->columns) : 0;
	ui->pick_top = 0;
}

/* As top's < and >: the sort column is the one beside, of those that are chosen. */
static void sort_beside(struct ui_list *list, int by)
{
	const struct column *now = list->sort ? list->sort :
				   columns_find(list->set, list->set->natural);
	long i;

	for (i = 0; i < (long)list->columns.nr && list->columns.columns[i] != now; i++)
		;
	i = i == (long)list->columns.nr ? 0 : i + by;
	if (i >= 0 && i < (long)list->columns.nr)
		sort_by(list, list->columns.columns[i]);
}

static void scroll_columns(struct ui_list *list, int by)
{
	if (by < 0)
		list->scrolled -= list->scrolled != 0;
	else if (list->scrolled + 2 < list->columns.nr)
		list->scrolled++;
}

static void ask_pid(struct ui *ui)
{
	char pid[16] = "";

	if (ui->filter.pid)
		snprintf(pid, sizeof(pid), "%u", ui->filter.pid);
	ask(ui, UI_ASK_PID, pid);
}

/* Keys that move; false: @key is none. */
static bool move_key(struct ui *ui, int key)
{
	long page = ui->page > 1 ? (long)ui->page - 1 : 1, all = (long)ui_list(ui)->nr;

	switch (key) {
	case UI_KEY_DOWN: case 'j':
		ui_move(ui, 1);
		return true;
	case UI_KEY_UP: case 'k':
		ui_move(ui, -1);
		return true;
	case UI_KEY_PAGE_DOWN: case CTRL('f'):
		ui_move(ui, page);
		return true;
	case UI_KEY_PAGE_UP: case CTRL('b'):
		ui_move(ui, -page);
		return true;
	case UI_KEY_HOME:
		ui_move(ui, -all);
		return true;
	case UI_KEY_END: case 'G':
		ui_move(ui, all);
		return true;
	case UI_KEY_LEFT:
		scroll_columns(ui_list(ui), -1);
		return true;
	case UI_KEY_RIGHT:
		scroll_columns(ui_list(ui), 1);
		return true;
	default:
		return false;
	}
}

static void next_hist(struct ui *ui, int by)
{
	ui->pane = true;
	ui->hist = (enum model_hist)(((int)ui->hist + by + MODEL_NR_HISTS) % MODEL_NR_HISTS);
}

/* Keys that ask something or change what is listed; false: @key is none. */
static bool list_key(struct ui *ui, int key)
{
	switch (key) {
	case 'f': case 'g': case '/':
		ask(ui, UI_ASK_NAME, ui->filter_name);
		return true;
	case 'p':
		ask_pid(ui);
		return true;
	case 'c':
		ui->filter.pid = 0;
		ui->filter.name = NULL;
		ui->filter_name[0] = '\0';
		return true;
	case 's': case 'd':
		ask(ui, UI_ASK_INTERVAL, "");
		return true;
	case 'w':
		ask(ui, UI_ASK_FILE, "");
		return true;
	case 'o':
		begin_pick(ui, UI_PICK_SORT);
		return true;
	case 'C':
		begin_pick(ui, UI_PICK_COLUMNS);
		return true;
	case 'R':
		ui_list(ui)->reverse = !ui_list(ui)->reverse;
		to_first(ui_list(ui));
		return true;
	case '<':
		sort_beside(ui_list(ui), -1);
		return true;
	case '>':
		sort_beside(ui_list(ui), 1);
		return true;
	default:
		return false;
	}
}

static void browse_key(struct ui *ui, int key)
{
	switch (key) {
	case 'q': case CTRL('c'):
		ui->want_quit = true;
		break;
	case 'h': case '?': case UI_KEY_F1:
		ui->mode = UI_HELP;
		ui->help_top = 0;
		break;
	case UI_KEY_ENTER:
		if (ui_open(ui))
			ui->want_names = true;
		break;
	case UI_KEY_ESC: case UI_KEY_BACKSPACE:
		ui_close(ui);
		break;
	case 'x':
		ui->pane = !ui->pane;
		break;
	case UI_KEY_TAB:
		next_hist(ui, ui->pane);
		break;
	case UI_KEY_BACKTAB:
		next_hist(ui, -ui->pane);
		break;
	case 'z': case 'Z': case ' ':
		ui->paused = !ui->paused;
		ui->want_refresh = !ui->paused;
		break;
	case 'r':
		ui->want_reset = true;
		break;
	case UI_KEY_RESIZE:
		break;
	default:
		ui->want_refresh = true;
	}
}

int ui_key(struct ui *ui, int key)
{
	ui->message[0] = '\0';
	if (key == UI_KEY_RESIZE)
		return 0;
	switch (ui->mode) {
	case UI_PROMPT:
		return prompt_key(ui, key);
	case UI_HELP:
		help_key(ui, key);
		return 0;
	case UI_PICK_SORT:
	case UI_PICK_COLUMNS:
		return pick_key(ui, key);
	default:
		if (move_key(ui, key))
			return 0;
		if (ui->replay.on && key == '@')
			ask(ui, UI_ASK_TIME, "");
		else if (!(ui->replay.on && ui_replay_key(ui, key)) && !list_key(ui, key))
			browse_key(ui, key);
		return ui_sync(ui);
	}
}
