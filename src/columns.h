/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Tables of columns: key, header, width, meaning and how to get the figure,
 * one table for each kind of row. Text, CSV, the live view, sorting and
 * "-o help" all come from them.
 */
#ifndef GICV4TOP_COLUMNS_H
#define GICV4TOP_COLUMNS_H

#include <stdbool.h>
#include <stdio.h>

#include "cell.h"
#include "model.h"

/* What a row is about; those below a VM are NULL in a VM's own row, and so on. */
struct row {
	const struct model_vm *vm;
	const struct model_vpe *vpe;
	const struct model_vlpi *vlpi;
};

struct column {
	const char *key;		/* for -o and -s; header of CSV */
	const char *header;
	int width;			/* negative: flush left */
	bool by_default;
	unsigned int drop;		/* narrow terminals lose the highest first; 0: never */
	const char *meaning;
	struct cell (*get)(const struct model *m, const struct row *row);
};

#define COLUMNS_MAX	32

struct column_set {
	const struct column *columns;
	unsigned int nr;		/* at most COLUMNS_MAX */
	const char *natural;		/* column by which rows are ordered unasked, rising */
};

extern const struct column_set columns_vm;	/* columns_vm.c */
extern const struct column_set columns_vpe;	/* columns_vpe.c */
extern const struct column_set columns_vlpi;	/* columns_vlpi.c */

/* Columns chosen from one set, in the order of show. */
struct column_list {
	const struct column *columns[COLUMNS_MAX];
	unsigned int nr;
};

void columns_default(const struct column_set *set, struct column_list *ret_list);

/*
 * Parses "key,key,...". Returns 0, or -EINVAL with the word that is no column
 * (or comes when the list is full) in @bad; @ret_list is untouched then.
 */
int columns_parse(const struct column_set *set, const char *text, struct column_list *ret_list,
		  char *bad, size_t bad_size);

/* Takes columns off @list until the table is at most @width wide; how many it took. */
unsigned int columns_fit(struct column_list *list, unsigned int width);

/* NULL if there is none of this name. */
const struct column *columns_find(const struct column_set *set, const char *key);

/* Prints all columns with their meanings. */
void columns_help(const struct column_set *set, FILE *f);

/*
 * Sorts rows by @column: numbers falling, text rising, unknown always last;
 * @reverse turns what is known round. Alike rows keep the order of pid, vCPU
 * and vINTID.
 */
void columns_sort_rows(const struct model *m, struct row *rows, size_t nr,
		       const struct column *column, bool reverse);

/* The same for @m's VMs themselves. */
void columns_sort(struct model *m, const struct column *column);

#endif
