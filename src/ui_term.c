// SPDX-License-Identifier: GPL-2.0
/*
 * The terminal by ncurses, which knows what changed since the last screen and
 * sends no more. Colours are the terminal's own eight over its own background;
 * without colours, or with NO_COLOR set, attributes alone tell things apart.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NCURSES_WIDECHAR 1
#include <curses.h>

#include "log.h"
#include "ui_term.h"

#define ESC_DELAY_MS	50	/* longer than the bytes of a function key are apart */

static bool is_open;
static attr_t looks[UI_NR_ATTRS];

static void choose_looks(void)
{
	static const struct { attr_t attr; short colour; } with_colours[UI_NR_ATTRS] = {
		[UI_PLAIN] = { A_NORMAL, -1 },
		[UI_TITLE] = { A_BOLD, -1 },
		[UI_HEADING] = { A_BOLD | A_UNDERLINE, -1 },
		[UI_SELECTED] = { A_REVERSE, -1 },
		[UI_DIM] = { A_DIM, -1 },
		[UI_GOOD] = { A_NORMAL, COLOR_GREEN },
		[UI_WARN] = { A_NORMAL, COLOR_YELLOW },
		[UI_BAD] = { A_BOLD, COLOR_RED },
		[UI_BAR] = { A_NORMAL, COLOR_CYAN },
	};
	const char *no_color = getenv("NO_COLOR");
	bool colours = has_colors() && !(no_color && *no_color);
	unsigned int i;

	if (colours) {
		start_color();
		colours = use_default_colors() == OK;
	}
	for (i = 0; i < UI_NR_ATTRS; i++) {
		looks[i] = with_colours[i].attr;
		if (with_colours[i].colour < 0)
			continue;
		if (colours && init_pair((short)i, with_colours[i].colour, -1) == OK)
			looks[i] |= (attr_t)COLOR_PAIR((int)i);
		else if (i == UI_BAD || i == UI_WARN)
			looks[i] |= A_BOLD;
	}
}

int ui_term_open(void)
{
	static char cursor_address[] = "cup";
	const char *term = getenv("TERM");
	const char *can_move;

	if (!newterm(NULL, stdout, stdin))
		return log_say(-EINVAL, "cannot use this terminal: terminfo knows no type \"%s\"; "
			       "set TERM to the right one, or use -b", term ? term : "");
	is_open = true;
	can_move = tigetstr(cursor_address);
	if (!can_move || can_move == (const char *)-1) {
		ui_term_close();
		return log_say(-EINVAL, "cannot use this terminal: its type \"%s\" has no way to "
			       "move the cursor; set TERM to the right one, or use -b",
			       term ? term : "");
	}
	cbreak();
	noecho();
	nonl();
	if (!getenv("ESCDELAY"))
		set_escdelay(ESC_DELAY_MS);
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	curs_set(0);
	choose_looks();
	return 0;
}

void ui_term_close(void)
{
	if (!is_open)
		return;
	is_open = false;
	endwin();
	delscreen(set_term(NULL));
}

void ui_term_size(unsigned int *ret_rows, unsigned int *ret_cols)
{
	*ret_rows = LINES > 0 ? (unsigned int)LINES : 0;
	*ret_cols = COLS > 0 ? (unsigned int)COLS : 0;
}

static int key_of(wint_t code)
{
	switch (code) {
	case KEY_UP:
		return UI_KEY_UP;
	case KEY_DOWN:
		return UI_KEY_DOWN;
	case KEY_LEFT:
		return UI_KEY_LEFT;
	case KEY_RIGHT:
		return UI_KEY_RIGHT;
	case KEY_PPAGE:
		return UI_KEY_PAGE_UP;
	case KEY_NPAGE:
		return UI_KEY_PAGE_DOWN;
	case KEY_HOME:
		return UI_KEY_HOME;
	case KEY_END:
		return UI_KEY_END;
	case KEY_BACKSPACE:
		return UI_KEY_BACKSPACE;
	case KEY_BTAB:
		return UI_KEY_BACKTAB;
	case KEY_ENTER:
		return UI_KEY_ENTER;
	case KEY_F(1):
		return UI_KEY_F1;
	case KEY_RESIZE:
		return UI_KEY_RESIZE;
	default:
		return UI_KEY_OTHER;
	}
}

/* A key that has come already, or UI_KEY_NONE. */
static int waiting_key(void)
{
	wint_t code;

	switch (get_wch(&code)) {
	case KEY_CODE_YES:
		return key_of(code);
	case OK:
		break;
	default:
		return UI_KEY_NONE;
	}
	if (code == '\r')
		return UI_KEY_ENTER;
	if (code == 0x7f || code == 8)
		return UI_KEY_BACKSPACE;
	return code ? (int)code : UI_KEY_OTHER;
}

int ui_term_key(uint64_t timeout_ns)
{
	const struct timespec timeout = { .tv_sec = (time_t)(timeout_ns / 1000000000),
					  .tv_nsec = (long)(timeout_ns % 1000000000) };
	struct pollfd in = { .fd = STDIN_FILENO, .events = POLLIN };
	int key = waiting_key(), ready;

	if (key != UI_KEY_NONE)
		return key;
	ready = ppoll(&in, 1, &timeout, NULL);
	if (ready > 0 && (in.revents & (POLLHUP | POLLERR | POLLNVAL)))
		return -EIO;
	key = waiting_key();	/* after a signal too: a resize is a key */
	/* readable, but nothing to read: the other side is gone */
	return ready > 0 && key == UI_KEY_NONE ? -EIO : key;
}

void ui_term_draw(const struct ui_screen *s)
{
	const struct ui_cell *cell;
	unsigned int row, col;

	for (row = 0; row < s->rows; row++) {
		for (col = 0; col < s->cols; col++) {
			cell = ui_cell_at(s, row, col);
			if (!cell->text[0])
				continue;
			attrset((int)looks[cell->attr]);
			mvaddstr((int)row, (int)col, cell->text);
		}
	}
	attrset(A_NORMAL);
	refresh();
}
