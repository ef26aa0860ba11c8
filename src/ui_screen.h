/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A screen: rows and columns of characters, each with what it means (its
 * attribute); how that looks is the terminal's. What goes beyond an edge is cut.
 */
#ifndef GICV4TOP_UI_SCREEN_H
#define GICV4TOP_UI_SCREEN_H

#include <stdint.h>
#include <stdio.h>

enum ui_attr {
	UI_PLAIN,
	UI_TITLE,
	UI_HEADING,			/* of the table's columns */
	UI_SELECTED,
	UI_DIM,
	UI_GOOD,
	UI_WARN,
	UI_BAD,
	UI_BAR,				/* of a histogram */
	UI_NR_ATTRS,
};

struct ui_cell {
	char text[5];			/* one UTF-8 character; "": right half of a wide one */
	uint8_t attr;			/* enum ui_attr */
};

struct ui_screen {
	unsigned int rows, cols;
	struct ui_cell *cells;		/* owned; row by row */
};

/* A blank screen of this size; 0 or -ENOMEM, the screen untouched then. */
int ui_screen_init(struct ui_screen *s, unsigned int rows, unsigned int cols);
void ui_screen_free(struct ui_screen *s);
void ui_screen_blank(struct ui_screen *s);

/*
 * Writes UTF-8 @text from (@row, @col) on, at most @width columns of it (and
 * to the edge at most); what the locale cannot show is '?'. Returns the column
 * behind it.
 */
unsigned int ui_put(struct ui_screen *s, unsigned int row, unsigned int col, unsigned int width,
		    enum ui_attr attr, const char *text);

/* ui_put() of formatted text, to the edge. */
unsigned int ui_putf(struct ui_screen *s, unsigned int row, unsigned int col, enum ui_attr attr,
		     const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Gives the whole row this attribute, its text kept. */
void ui_paint_row(struct ui_screen *s, unsigned int row, enum ui_attr attr);

/* Blanks a row. */
void ui_blank_row(struct ui_screen *s, unsigned int row);

/* Columns that UTF-8 @text takes. */
unsigned int ui_text_width(const char *text);

static inline const struct ui_cell *ui_cell_at(const struct ui_screen *s, unsigned int row,
					       unsigned int col)
{
	return &s->cells[(size_t)row * s->cols + col];
}

/* The screen as text, a line a row, without blanks at their ends. 0 or -errno. */
int ui_screen_write(const struct ui_screen *s, FILE *f);

#endif
