// SPDX-License-Identifier: GPL-2.0
/* The list of all columns of a table, to order by one or to choose which are shown. */
#include "ui_priv.h"

static bool is_shown(const struct ui_list *list, const struct column *column)
{
	unsigned int i;

	for (i = 0; i < list->columns.nr; i++) {
		if (list->columns.columns[i] == column)
			return true;
	}
	return false;
}

void ui_draw_pick(struct ui *ui, struct ui_screen *s)
{
	const struct ui_list *list = ui_list(ui);
	unsigned int first = 3, room = s->rows > first + 2 ? s->rows - first - 2 : 0, i, col;
	const struct column *column;
	bool sort = ui->mode == UI_PICK_SORT;

	for (i = first; i + 1 < s->rows; i++)
		ui_blank_row(s, i);
	ui_put(s, first, 0, s->cols, UI_TITLE,
	       sort ? "Order by (Enter takes it, Esc leaves it; R turns the order round):" :
		      "Columns shown (Space changes it, d: the default ones, Enter is done):");
	if (ui->pick < ui->pick_top)
		ui->pick_top = ui->pick;
	if (room && ui->pick >= ui->pick_top + room)
		ui->pick_top = ui->pick - room + 1;
	for (i = 0; i < room && ui->pick_top + i < list->set->nr; i++) {
		column = &list->set->columns[ui->pick_top + i];
		col = ui_putf(s, first + 1 + i, 0, UI_PLAIN, " %s %-9s ",
			      sort ? "" : is_shown(list, column) ? "[x]" : "[ ]",
			      column->header);
		ui_put(s, first + 1 + i, col, s->cols, UI_PLAIN, column->meaning);
		if (ui->pick_top + i == ui->pick)
			ui_paint_row(s, first + 1 + i, UI_SELECTED);
	}
}
