// SPDX-License-Identifier: GPL-2.0
/* What can be done with a table of columns: find, parse, fit, sort. See columns.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "columns.h"

const struct column *columns_find(const struct column_set *set, const char *key)
{
	unsigned int i;

	for (i = 0; i < set->nr; i++) {
		if (!strcmp(set->columns[i].key, key))
			return &set->columns[i];
	}
	return NULL;
}

void columns_default(const struct column_set *set, struct column_list *ret_list)
{
	unsigned int i;

	ret_list->nr = 0;
	for (i = 0; i < set->nr; i++) {
		if (set->columns[i].by_default)
			ret_list->columns[ret_list->nr++] = &set->columns[i];
	}
}

static unsigned int list_width(const struct column_list *list)
{
	unsigned int i, width = list->nr ? list->nr - 1 : 0;	/* a blank between two */

	for (i = 0; i < list->nr; i++)
		width += (unsigned int)abs(list->columns[i]->width);
	return width;
}

unsigned int columns_fit(struct column_list *list, unsigned int width)
{
	unsigned int i, worst, taken = 0;

	while (list_width(list) > width) {
		for (i = 1, worst = 0; i < list->nr; i++) {
			if (list->columns[i]->drop > list->columns[worst]->drop)
				worst = i;
		}
		if (!list->nr || !list->columns[worst]->drop)
			break;
		list->nr--;
		for (i = worst; i < list->nr; i++)
			list->columns[i] = list->columns[i + 1];
		taken++;
	}
	return taken;
}

int columns_parse(const struct column_set *set, const char *text, struct column_list *ret_list,
		  char *bad, size_t bad_size)
{
	struct column_list list = { .nr = 0 };
	const char *end;
	char key[32];

	for (;; text = end + 1) {
		end = text + strcspn(text, ",");
		snprintf(bad, bad_size, "%.*s", (int)(end - text), text);
		snprintf(key, sizeof(key), "%.*s", (int)(end - text), text);
		if (list.nr == COLUMNS_MAX)
			return -EINVAL;
		list.columns[list.nr] = columns_find(set, key);
		if (!list.columns[list.nr])
			return -EINVAL;
		list.nr++;
		if (!*end)
			break;
	}
	*ret_list = list;
	return 0;
}

void columns_help(const struct column_set *set, FILE *f)
{
	unsigned int i;

	for (i = 0; i < set->nr; i++)
		fprintf(f, "  %-8s %-9s %s%s\n", set->columns[i].key, set->columns[i].header,
			set->columns[i].meaning,
			set->columns[i].by_default ? "" : " (not by default)");
}

struct sort_by {
	const struct model *m;
	const struct column *column;
	bool reverse;
};

static int compare_numbers(uint64_t x, uint64_t y)
{
	return x < y ? -1 : x > y;
}

/* What no column may leave open: two rows are never alike. */
static int compare_identity(const struct row *x, const struct row *y)
{
	int order = compare_numbers(x->vm->pid, y->vm->pid);

	if (!order)
		order = compare_numbers(x->vm->key, y->vm->key);
	if (!order && x->vpe && y->vpe)
		order = compare_numbers(x->vpe->vcpu, y->vpe->vcpu);
	if (!order && x->vlpi && y->vlpi)
		order = compare_numbers(x->vlpi->vintid, y->vlpi->vintid);
	if (!order && x->vlpi && y->vlpi)
		order = compare_numbers(x->vlpi->host_irq, y->vlpi->host_irq);
	return order;
}

static int compare_rows(const void *a, const void *b, void *ctx)
{
	const struct sort_by *by = ctx;
	const struct cell x = by->column->get(by->m, a), y = by->column->get(by->m, b);
	int order = cell_compare(&x, &y);

	if (by->reverse && x.kind != CELL_NA && y.kind != CELL_NA)
		order = -order;
	return order ? order : compare_identity(a, b);
}

void columns_sort_rows(const struct model *m, struct row *rows, size_t nr,
		       const struct column *column, bool reverse)
{
	struct sort_by by = { .m = m, .column = column, .reverse = reverse };

	if (nr)
		qsort_r(rows, nr, sizeof(*rows), compare_rows, &by);
}

static int compare_vms(const void *a, const void *b, void *ctx)
{
	const struct row x = { .vm = a }, y = { .vm = b };

	return compare_rows(&x, &y, ctx);
}

void columns_sort(struct model *m, const struct column *column)
{
	struct sort_by by = { .m = m, .column = column };

	if (m->nr_vms)
		qsort_r(m->vms, m->nr_vms, sizeof(*m->vms), compare_vms, &by);
}
