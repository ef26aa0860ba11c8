// SPDX-License-Identifier: GPL-2.0
/*
 * CSV after RFC 4180: a time, then the chosen columns by key. Figures are full
 * numbers without units (rates a second, times in ns); what is not known is an
 * empty field.
 */
#include <errno.h>
#include <string.h>

#include "out.h"

void out_csv_text(FILE *f, const char *text)
{
	const char *p;

	if (!strpbrk(text, ",\"\r\n")) {
		fputs(text, f);
		return;
	}
	fputc('"', f);
	for (p = text; *p; p++) {
		if (*p == '"')
			fputc('"', f);
		fputc(*p, f);
	}
	fputc('"', f);
}

static void print_cell(FILE *f, const struct cell *cell)
{
	switch (cell->kind) {
	case CELL_TEXT:
		out_csv_text(f, cell->text);
		break;
	case CELL_COUNT:
	case CELL_NS:
		fprintf(f, "%.0f", cell->value);
		break;
	case CELL_RATE:
	case CELL_RATIO:
	case CELL_PERCENT:
		fprintf(f, "%.3f", cell->value);
		break;
	default:
		break;
	}
}

int out_csv(FILE *f, const struct model *m, const struct out_opts *opts, bool header)
{
	struct row row = { .vm = NULL };
	struct cell cell;
	unsigned int i, k;

	if (header) {
		fputs("time_ns", f);
		for (k = 0; k < opts->columns.nr; k++)
			fprintf(f, ",%s", opts->columns.columns[k]->key);
		fputs("\r\n", f);
	}
	for (i = 0; i < m->nr_vms; i++) {
		if (m->vms[i].hidden)
			continue;
		row.vm = &m->vms[i];
		fprintf(f, "%llu", (unsigned long long)m->now_ns);
		for (k = 0; k < opts->columns.nr; k++) {
			cell = opts->columns.columns[k]->get(m, &row);
			fputc(',', f);
			print_cell(f, &cell);
		}
		fputs("\r\n", f);
	}
	return out_end(f);
}
