// SPDX-License-Identifier: GPL-2.0
/* The histogram pane: one histogram of the selected VM or vPE, as bars. */
#include <stdio.h>
#include <string.h>

#include "bars.h"
#include "hist.h"
#include "ui_priv.h"

#define MAX_ROWS	64U
#define BAR_COL		30U		/* where bars begin: behind the bounds and the count */

/* Whose histogram it is, in words. */
static void subject(const struct ui *ui, const struct row *row, char *buf, size_t size)
{
	if (ui->level == UI_VMS)
		snprintf(buf, size, "%s (pid %u)", row->vm->name[0] ? row->vm->name : "n/a",
			 row->vm->pid);
	else
		snprintf(buf, size, "%s, vCPU %u", ui->vm_name, row->vpe->vcpu);
}

/* One figure; on the next row where this one has no room for it. */
static void put_figure(struct ui_screen *s, unsigned int *row, unsigned int *col,
		       const char *name, double ns)
{
	char text[64], value[32];

	cell_format_ns(ns, value, sizeof(value));
	snprintf(text, sizeof(text), "  %s %s", name, value);
	if (*col + strlen(text) > s->cols && *row + 2 < s->rows) {
		++*row;
		*col = 0;
	}
	*col = ui_put(s, *row, *col, s->cols, UI_PLAIN, text);
}

/* Count, extremes, mean and percentiles; returns the row behind them. */
static unsigned int draw_sums(const struct g4_hist *h, struct ui_screen *s, unsigned int row)
{
	static const struct { const char *name; unsigned int per_10000; } ranks[] = {
		{ "p50", 5000 }, { "p90", 9000 }, { "p99", 9900 }, { "p99.9", 9990 },
	};
	unsigned int i, col;

	col = ui_putf(s, row, 0, UI_PLAIN, "  count %llu", (unsigned long long)h->count);
	if (!h->count)
		return row + 1;
	put_figure(s, &row, &col, "min", (double)h->min);
	put_figure(s, &row, &col, "mean", (double)h->sum / (double)h->count);
	for (i = 0; i < sizeof(ranks) / sizeof(ranks[0]); i++)
		put_figure(s, &row, &col, ranks[i].name,
			   (double)hist_percentile(h, ranks[i].per_10000));
	put_figure(s, &row, &col, "max", (double)h->max);
	return row + 1;
}

static void draw_bars(const struct g4_hist *h, struct ui_screen *s, unsigned int first)
{
	unsigned int room = s->rows - 1 - first, width, nr, i;
	char low[32], high[32], bar[512];
	struct bar_row rows[MAX_ROWS];
	uint64_t most = 0;

	nr = bars_rows(h, rows, room < MAX_ROWS ? room : MAX_ROWS);
	for (i = 0; i < nr; i++)
		most = rows[i].count > most ? rows[i].count : most;
	width = s->cols > BAR_COL ? s->cols - BAR_COL : 0;
	if (width >= sizeof(bar))
		width = sizeof(bar) - 1;
	for (i = 0; i < nr && i < room; i++) {
		cell_format_ns((double)rows[i].low, low, sizeof(low));
		cell_format_ns((double)rows[i].high, high, sizeof(high));
		ui_putf(s, first + i, 0, UI_PLAIN, "%7s .. %-7s %9llu", low,
			rows[i].high == UINT64_MAX ? "" : high,
			(unsigned long long)rows[i].count);
		bars_draw(rows[i].count, most, width, bar);
		ui_put(s, first + i, BAR_COL, width, UI_BAR, bar);
	}
}

void ui_draw_pane(const struct ui *ui, struct ui_screen *s, unsigned int first)
{
	const struct row *row = ui_selected(ui);
	struct g4_hist hist;
	char whose[160];
	unsigned int col;

	ui_paint_row(s, first, UI_HEADING);
	col = ui_putf(s, first, 0, UI_HEADING, "%s: %s", model_hist_key(ui->hist),
		      model_hist_meaning(ui->hist));
	if (!row)
		return;
	subject(ui, row, whose, sizeof(whose));
	ui_putf(s, first, col, UI_HEADING, "  %s  (Tab: next, x: close)", whose);
	if (!model_hist(ui->model, row->vm, row->vpe, ui->hist, &hist)) {
		ui_putf(s, first + 1, 0, UI_DIM, "n/a: %s", model_hist_why_not(ui->model, row->vm,
									     row->vpe, ui->hist));
		return;
	}
	first = draw_sums(&hist, s, first + 1);
	if (first < s->rows - 1)
		draw_bars(&hist, s, first);
}
