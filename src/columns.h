/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The columns of the VM table: one table of key, header, width, meaning and
 * how to get the figure. Text, CSV, sorting and "-o help" all come from it.
 */
#ifndef GICV4TOP_COLUMNS_H
#define GICV4TOP_COLUMNS_H

#include <stdbool.h>
#include <stdio.h>

#include "model.h"

enum cell_kind {
	CELL_NA,			/* not known: "n/a", empty in CSV */
	CELL_TEXT,
	CELL_COUNT,
	CELL_RATE,			/* a second */
	CELL_PERCENT,
	CELL_NS,
};

struct cell {
	enum cell_kind kind;
	const char *text;		/* borrowed from the model */
	double value;
};

struct column {
	const char *key;		/* for -o and -s; header of CSV */
	const char *header;
	int width;			/* negative: flush left */
	bool by_default;
	unsigned int drop;		/* narrow terminals lose the highest first; 0: never */
	const char *meaning;
	struct cell (*get)(const struct model *m, const struct model_vm *vm);
};

#define COLUMNS_MAX	32

struct column_list {
	const struct column *columns[COLUMNS_MAX];
	unsigned int nr;
};

void columns_default(struct column_list *ret_list);

/*
 * Parses "key,key,...". Returns 0, or -EINVAL with the word that is no column
 * (or comes when the list is full) in @ret_bad, borrowed from @text's copy.
 */
int columns_parse(const char *text, struct column_list *ret_list, char *bad, size_t bad_size);

/* Takes columns off @list until the table is at most @width wide; how many it took. */
unsigned int columns_fit(struct column_list *list, unsigned int width);

/* NULL if there is none of this name. */
const struct column *columns_find(const char *key);

/* Prints all columns with their meanings. */
void columns_help(FILE *f);

/* Sorts @m's VMs: numbers falling, text rising, unknown last. */
void columns_sort(struct model *m, const struct column *column);

/* The cell as text, at most @size bytes: "n/a" where it is not known. */
void columns_format(const struct cell *cell, char *buf, size_t size);

#endif
