// SPDX-License-Identifier: GPL-2.0
/* How figures are written and ordered; see cell.h. Pure. */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cell.h"
#include "util.h"

/* Four places that mean something, in the unit that fits. */
void cell_format_ns(double ns, char *buf, size_t size)
{
	static const char *const units[] = { "ns", "us", "ms", "s" };
	unsigned int unit = 0;

	while (ns >= 999.5 && unit + 1 < ARRAY_SIZE(units)) {
		ns /= 1000;
		unit++;
	}
	if (unit && ns < 9.995)
		snprintf(buf, size, "%.2f%s", ns, units[unit]);
	else if (unit && ns < 99.95)
		snprintf(buf, size, "%.1f%s", ns, units[unit]);
	else
		snprintf(buf, size, "%.0f%s", ns, units[unit]);
}

/* "~" stands before an estimate, any other mark behind. */
static void format_rate(const struct cell *cell, char *buf, size_t size)
{
	const char *mark = cell->mark ? cell->mark : "";
	bool before = mark[0] == '~';

	snprintf(buf, size, "%s%.*f%s", before ? mark : "",
		 cell->value && cell->value < 9.95 ? 1 : 0, cell->value, before ? "" : mark);
}

void cell_format(const struct cell *cell, char *buf, size_t size)
{
	switch (cell->kind) {
	case CELL_TEXT:
		snprintf(buf, size, "%s", cell->text);
		break;
	case CELL_COUNT:
		snprintf(buf, size, "%.0f", cell->value);
		break;
	case CELL_RATE:
		format_rate(cell, buf, size);
		break;
	case CELL_RATIO:
		snprintf(buf, size, cell->value < 9.995 ? "%.2f" : "%.0f", cell->value);
		break;
	case CELL_PERCENT:
		snprintf(buf, size, "%.1f", cell->value);
		break;
	case CELL_NS:
		cell_format_ns(cell->value, buf, size);
		break;
	default:
		snprintf(buf, size, "n/a");
	}
}

int cell_compare(const struct cell *x, const struct cell *y)
{
	if (x->kind == CELL_NA || y->kind == CELL_NA)
		return (x->kind == CELL_NA) - (y->kind == CELL_NA);
	if (x->kind == CELL_TEXT)
		return strcmp(x->text, y->text);
	return x->value > y->value ? -1 : x->value < y->value;
}
