/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A figure as a table shows it: what kind it is, its value, or that it is not
 * known. Text, CSV and the live view write cells; columns make them.
 */
#ifndef GICV4TOP_CELL_H
#define GICV4TOP_CELL_H

#include <stddef.h>

enum cell_kind {
	CELL_NA,			/* not known: "n/a", empty in CSV */
	CELL_TEXT,
	CELL_COUNT,
	CELL_RATE,			/* a second; with a mark: where it is from */
	CELL_RATIO,
	CELL_PERCENT,
	CELL_NS,
};

struct cell {
	enum cell_kind kind;
	const char *text;		/* borrowed from the model */
	double value;
	const char *mark;		/* before ("~") or behind ("g") a rate; NULL: none */
};

static inline struct cell cell_na(void)
{
	return (struct cell){ .kind = CELL_NA };
}

/* Text that is empty is not known. */
static inline struct cell cell_text(const char *text)
{
	return text[0] ? (struct cell){ .kind = CELL_TEXT, .text = text } : cell_na();
}

static inline struct cell cell_number(enum cell_kind kind, double value)
{
	return (struct cell){ .kind = kind, .value = value };
}

/* The cell as text, at most @size bytes: "n/a" where it is not known. */
void cell_format(const struct cell *cell, char *buf, size_t size);

/* A time in the unit that fits, three digits that mean something: "1.23ms". */
void cell_format_ns(double ns, char *buf, size_t size);

/* Order in a table: numbers falling, text rising, unknown last; 0: alike. */
int cell_compare(const struct cell *x, const struct cell *y);

#endif
