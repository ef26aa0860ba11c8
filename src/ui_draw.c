// SPDX-License-Identifier: GPL-2.0
/*
 * The screen as a whole: header, where we are, the table, the histogram pane,
 * and one line at the bottom for keys, messages and typing.
 *
 *	0  host          3  where we are, order, filter
 *	1  what is on it 4  headings of the table
 *	2  losses, cost  5- rows; then the pane; last line
 */
#include <stdlib.h>
#include <string.h>

#include "header.h"
#include "ui_priv.h"

#define FIRST_ROW	5U
#define PANE_MIN	6U
#define STRIP_WIDTH	21U		/* of the latency strip behind a vPE's row */
#define STRIP_LOW_NS	1000.0		/* its first character is of this and less */

static void draw_header(const struct ui *ui, struct ui_screen *s)
{
	unsigned int col, len;
	char text[256];

	header_host(text, sizeof(text), ui->info);
	/* the name in bold, to find the line by */
	len = (unsigned int)strlen("gicv4top");
	ui_put(s, 0, 0, len, UI_TITLE, text);
	ui_put(s, 0, len, s->cols, UI_PLAIN, text + len);
	header_counts(text, sizeof(text), ui->model, ui->info);
	ui_put(s, 1, 0, s->cols, UI_PLAIN, text);
	header_losses(text, sizeof(text), ui->model);
	col = ui_put(s, 2, 0, s->cols, model_has_losses(ui->model) ? UI_BAD : UI_PLAIN, text);
	header_cost(text, sizeof(text), ui->info);
	/* losses are more than the cost: where both have no room, the cost is cut */
	col = ui_put(s, 2, col, s->cols, UI_PLAIN, ";  ");
	ui_put(s, 2, col, s->cols, UI_PLAIN, text);
}

/* "VMs", "VM web-1 (pid 1000)", "VM web-1 (pid 1000), vCPU 0" */
static unsigned int draw_place(const struct ui *ui, struct ui_screen *s, unsigned int row,
			       unsigned int col)
{
	const struct ui_list *list = &ui->lists[ui->level];

	if (ui->level == UI_VMS)
		return ui_putf(s, row, col, UI_TITLE, "VMs: %zu", list->nr);
	if (ui->level == UI_VPES)
		return ui_putf(s, row, col, UI_TITLE, "VM %s: %zu vPE%s", ui->vm_name, list->nr,
			       list->nr == 1 ? "" : "s");
	return ui_putf(s, row, col, UI_TITLE, "VM %s, %s: %zu LPI%s", ui->vm_name, ui->vpe_name,
		       list->nr, list->nr == 1 ? "" : "s");
}

static void draw_status(const struct ui *ui, struct ui_screen *s, unsigned int hidden)
{
	const struct ui_list *list = &ui->lists[ui->level];
	unsigned int col = ui->replay.on ? ui_draw_replay(ui, s, 3) : 0;

	col = draw_place(ui, s, 3, col);
	if (ui->paused && !ui->replay.on)
		col = ui_put(s, 3, col, s->cols, UI_WARN, "  PAUSED");
	else
		col = ui_putf(s, 3, col, UI_PLAIN, "  every %gs", (double)ui->interval_ns / 1e9);
	if (ui->filter.name)
		col = ui_putf(s, 3, col, UI_WARN, "  name has \"%s\"", ui->filter.name);
	if (ui->filter.pid)
		col = ui_putf(s, 3, col, UI_WARN, "  pid %u", ui->filter.pid);
	if (ui->filter.vcpu >= 0)
		col = ui_putf(s, 3, col, UI_WARN, "  vCPU %lld", (long long)ui->filter.vcpu);
	if (list->sort || list->reverse)
		col = ui_putf(s, 3, col, UI_PLAIN, "  by %s%s",
			      list->sort ? list->sort->header : list->set->natural,
			      list->reverse ? " reversed" : "");
	if (ui->reset_clock[0])
		col = ui_putf(s, 3, col, UI_PLAIN, "  since %s", ui->reset_clock);
	if (hidden)
		ui_putf(s, 3, col, UI_DIM, "  %u column%s hidden", hidden, hidden == 1 ? "" : "s");
}

/*
 * Columns as they fit: what users chose they get, cut at the edge; scrolling
 * skips columns behind the first.
 */
static unsigned int fit_columns(const struct ui_list *list, unsigned int width,
				struct column_list *ret_columns)
{
	unsigned int hidden, i;

	*ret_columns = list->columns;
	hidden = list->chosen || list->scrolled ? 0 : columns_fit(ret_columns, width);
	if (!list->scrolled)
		return hidden;
	for (i = 1; i + list->scrolled < ret_columns->nr; i++)
		ret_columns->columns[i] = ret_columns->columns[i + list->scrolled];
	ret_columns->nr -= list->scrolled;
	return list->scrolled;
}

static unsigned int put_cell(struct ui_screen *s, unsigned int row, unsigned int col, int width,
			     enum ui_attr attr, const char *text)
{
	unsigned int room = (unsigned int)abs(width), used = ui_text_width(text);

	if (width > 0 && used < room)
		ui_put(s, row, col + room - used, used, attr, text);
	else
		ui_put(s, row, col, width > 0 ? used : room, attr, text);
	return col + room + 1;
}

static void draw_headings(const struct ui_list *list, const struct column_list *columns,
			  struct ui_screen *s, unsigned int row)
{
	const char *by = list->sort ? list->sort->key : list->set->natural;
	const struct column *column;
	unsigned int i, col = 0;

	ui_paint_row(s, row, UI_HEADING);
	for (i = 0; i < columns->nr; i++) {
		column = columns->columns[i];
		col = put_cell(s, row, col, column->width,
			       strcmp(column->key, by) ? UI_HEADING : UI_SELECTED,
			       column->header);
	}
}

static enum ui_attr state_attr(const struct model_vpe *vpe)
{
	switch (vpe->state) {
	case G4_VPE_RESIDENT:
		return UI_GOOD;
	case G4_VPE_WOKEN:
	case G4_VPE_PREEMPTED:
		return UI_WARN;
	case G4_VPE_BLOCKED:
		return UI_PLAIN;
	default:
		return UI_DIM;
	}
}

static enum ui_attr cell_attr(const struct row *row, const struct column *column,
			      const struct cell *cell)
{
	if (cell->kind == CELL_NA)
		return UI_DIM;
	if (row->vpe && !row->vlpi && !strcmp(column->key, "state"))
		return state_attr(row->vpe);
	if (row->vlpi && !strcmp(column->key, "delivery"))
		return row->vlpi->forwarded ? UI_GOOD : UI_WARN;
	if (!strcmp(column->key, "illegal") && cell->value > 0)
		return UI_BAD;
	return UI_PLAIN;
}

/*
 * The doorbell latencies of a vPE in one strip: a character a power of two from
 * 1 us on, the denser the more of them lie there.
 */
static void draw_strip(const struct model_vpe *vpe, struct ui_screen *s, unsigned int row,
		       unsigned int col)
{
	static const char density[] = ".:-=+*#%@";
	uint64_t count[STRIP_WIDTH] = { 0 }, most = 0;
	const struct g4_hist *h;
	char text[STRIP_WIDTH + 1];
	unsigned int i, at;
	double low;

	if (!vpe->hists)
		return;
	h = &vpe->hists->h[G4_H_DB];
	for (i = 0; i < G4_HIST_BUCKETS; i++) {
		for (at = 0, low = STRIP_LOW_NS; at + 1 < STRIP_WIDTH &&
		     (double)g4_hist_low(i) >= low; at++)
			low *= 2;
		count[at] += h->bucket[i];
	}
	for (at = 0; at < STRIP_WIDTH; at++)
		most = count[at] > most ? count[at] : most;
	for (at = 0; at < STRIP_WIDTH; at++)
		text[at] = count[at] ? density[(sizeof(density) - 2) * count[at] / most] : ' ';
	text[STRIP_WIDTH] = '\0';
	ui_put(s, row, col, STRIP_WIDTH, UI_BAR, text);
}

static void draw_row(const struct ui *ui, const struct column_list *columns,
		     const struct row *r, struct ui_screen *s, unsigned int row, bool selected)
{
	unsigned int i, col = 0;
	struct cell cell;
	char text[128];

	for (i = 0; i < columns->nr; i++) {
		cell = columns->columns[i]->get(ui->model, r);
		cell_format(&cell, text, sizeof(text));
		col = put_cell(s, row, col, columns->columns[i]->width,
			       cell_attr(r, columns->columns[i], &cell), text);
	}
	if (ui->level == UI_VPES && col + STRIP_WIDTH <= s->cols)
		draw_strip(r->vpe, s, row, col);
	if (selected)
		ui_paint_row(s, row, UI_SELECTED);
}

static const char *empty_words(const struct ui *ui)
{
	if (ui->level == UI_VPES)
		return "(no vPE)";
	if (ui->level == UI_VLPIS)
		return "(no LPI is mapped to this vPE)";
	if (ui->model->nr_vms)
		return "(no VM matches the filter; c clears it)";
	return ui->replay.on ? "(no VM with a vGIC ran at this time)" :
			       "(no VM with a vGIC runs here)";
}

/* The table in rows @first .. @end - 1, scrolled so that the selected row is seen. */
static void draw_rows(struct ui *ui, const struct column_list *columns, struct ui_screen *s,
		      unsigned int end)
{
	struct ui_list *list = ui_list(ui);
	unsigned int room = end > FIRST_ROW ? end - FIRST_ROW : 0, i;

	ui->page = room;
	if (!list->nr) {
		if (room)
			ui_put(s, FIRST_ROW, 0, s->cols, UI_DIM, empty_words(ui));
		return;
	}
	if (list->selected < list->top)
		list->top = list->selected;
	if (room && list->selected >= list->top + room)
		list->top = list->selected - room + 1;
	/* no empty rows at the end while there are some above */
	if (list->nr < list->top + room)
		list->top = list->nr > room ? list->nr - room : 0;
	for (i = 0; i < room && list->top + i < list->nr; i++)
		draw_row(ui, columns, &list->rows[list->top + i], s, FIRST_ROW + i,
			 list->top + i == list->selected);
}

static const char *prompt_words(enum ui_prompt prompt)
{
	switch (prompt) {
	case UI_ASK_NAME:
		return "Only VMs whose name contains (empty: all): ";
	case UI_ASK_PID:
		return "Only the VM of process id (empty: all): ";
	case UI_ASK_INTERVAL:
		return "Seconds between refreshes";
	case UI_ASK_TIME:
		return "Go to (90 or 1m30s from the begin, or HH:MM:SS): ";
	default:
		return "Write to file (.json: as JSON, else the screen): ";
	}
}

enum where { EVERYWHERE, ABOVE_LPIS, BELOW_VMS, AT_VMS, LIVE, REPLAYED };

static bool is_there(const struct ui *ui, enum where where)
{
	switch (where) {
	case ABOVE_LPIS:
		return ui->level != UI_VLPIS;
	case BELOW_VMS:
		return ui->level != UI_VMS;
	case AT_VMS:
		return ui->level == UI_VMS;
	case LIVE:
		return !ui->replay.on;
	case REPLAYED:
		return ui->replay.on;
	default:
		return true;
	}
}

/* As many of the keys as there is room for, the most wanted first. */
static void draw_keys(const struct ui *ui, struct ui_screen *s, unsigned int row)
{
	static const struct {
		const char *key, *does;
		enum where where;
	} keys[] = {
		{ "q", "quit", EVERYWHERE }, { "h", "help", EVERYWHERE },
		{ "Space", "pause", REPLAYED }, { ", .", "step", REPLAYED },
		{ "[ ]", "seek", REPLAYED }, { "@", "time", REPLAYED },
		{ "+ -", "speed", REPLAYED },
		{ "Enter", "open", ABOVE_LPIS }, { "Esc", "back", BELOW_VMS },
		{ "x", "histogram", EVERYWHERE }, { "o", "order", EVERYWHERE },
		{ "f", "filter", AT_VMS }, { "z", "pause", LIVE },
		{ "r", "reset", EVERYWHERE }, { "C", "columns", EVERYWHERE },
		{ "s", "interval", EVERYWHERE }, { "w", "write", EVERYWHERE },
	};
	unsigned int i, col = 0;
	size_t len;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (!is_there(ui, keys[i].where))
			continue;
		len = strlen(keys[i].key) + strlen(keys[i].does) + 1;
		if (col + len > s->cols)
			break;
		col = ui_put(s, row, col, s->cols, UI_TITLE, keys[i].key);
		col = ui_putf(s, row, col, UI_PLAIN, " %s", keys[i].does) + 2;
	}
}

static void draw_last_line(const struct ui *ui, struct ui_screen *s)
{
	unsigned int row = s->rows - 1, col, used;
	const char *tail = ui->line;

	ui_blank_row(s, row);
	if (ui->mode == UI_PROMPT) {
		col = ui_put(s, row, 0, s->cols, UI_TITLE, prompt_words(ui->prompt));
		if (ui->prompt == UI_ASK_INTERVAL)
			col = ui_putf(s, row, col, UI_TITLE, " (now %g): ",
				      (double)ui->interval_ns / 1e9);
		/* what does not fit is cut at its beginning: the end is being typed */
		used = ui_text_width(tail);
		while (*tail && col + used + 1 > s->cols) {
			tail++;
			while ((*tail & 0xc0) == 0x80)
				tail++;
			used = ui_text_width(tail);
		}
		col = ui_put(s, row, col, s->cols, UI_PLAIN, tail);
		ui_put(s, row, col, 1, UI_SELECTED, " ");
	} else if (ui->message[0]) {
		ui_put(s, row, 0, s->cols, ui->message_bad ? UI_BAD : UI_WARN, ui->message);
	} else {
		draw_keys(ui, s, row);
	}
}

void ui_draw(struct ui *ui, struct ui_screen *s)
{
	struct column_list columns;
	unsigned int hidden, end;

	ui_screen_blank(s);
	if (!s->rows || !s->cols)
		return;
	if (ui->mode == UI_HELP) {
		ui_draw_help(ui, s);
		return;
	}
	hidden = fit_columns(ui_list(ui), s->cols, &columns);
	draw_header(ui, s);
	draw_status(ui, s, hidden);
	draw_headings(ui_list(ui), &columns, s, FIRST_ROW - 1);
	end = s->rows - 1;
	if (ui->pane && end > FIRST_ROW + 2 + PANE_MIN)
		end -= (end - FIRST_ROW) / 2 < PANE_MIN ? PANE_MIN : (end - FIRST_ROW) * 2 / 3;
	draw_rows(ui, &columns, s, end);
	if (end < s->rows - 1)
		ui_draw_pane(ui, s, end);
	if (ui->mode == UI_PICK_SORT || ui->mode == UI_PICK_COLUMNS)
		ui_draw_pick(ui, s);
	draw_last_line(ui, s);
}
