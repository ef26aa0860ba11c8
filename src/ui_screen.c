// SPDX-License-Identifier: GPL-2.0
/* Owns a screen's cells; see ui_screen.h. Knows the locale, but no terminal. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "ui_screen.h"

int ui_screen_init(struct ui_screen *s, unsigned int rows, unsigned int cols)
{
	struct ui_cell *cells = calloc((size_t)rows * cols + 1, sizeof(*cells));

	if (!cells)
		return -ENOMEM;
	free(s->cells);
	*s = (struct ui_screen){ .rows = rows, .cols = cols, .cells = cells };
	ui_screen_blank(s);
	return 0;
}

void ui_screen_free(struct ui_screen *s)
{
	free(s->cells);
	*s = (struct ui_screen){ 0 };
}

void ui_blank_row(struct ui_screen *s, unsigned int row)
{
	unsigned int col;

	for (col = 0; row < s->rows && col < s->cols; col++)
		s->cells[(size_t)row * s->cols + col] = (struct ui_cell){ .text = " " };
}

void ui_screen_blank(struct ui_screen *s)
{
	unsigned int row;

	for (row = 0; row < s->rows; row++)
		ui_blank_row(s, row);
}

/*
 * One character of @text: its bytes and columns. Where the text is no UTF-8, or
 * the locale cannot show the character (wcwidth() knows), it is one '?'.
 */
static size_t next_char(const char *text, char out[5], unsigned int *ret_width)
{
	const unsigned char *c = (const unsigned char *)text;
	size_t len = c[0] < 0x80 ? 1 : c[0] >= 0xf0 ? 4 : c[0] >= 0xe0 ? 3 : 2, i;
	wchar_t wide = len == 1 ? c[0] : c[0] & (0xff >> (len + 1));
	int width;

	for (i = 1; i < len; i++) {
		if ((c[i] & 0xc0) != 0x80)
			break;
		wide = (wchar_t)(wide << 6 | (c[i] & 0x3f));
	}
	width = i == len ? wcwidth(wide) : -1;
	*ret_width = 1;
	if (width == 1 || width == 2) {
		memcpy(out, text, len);
		out[len] = '\0';
		*ret_width = (unsigned int)width;
	} else {
		memcpy(out, "?", 2);
	}
	return i;
}

unsigned int ui_text_width(const char *text)
{
	unsigned int width, all = 0;
	char out[5];

	while (*text) {
		text += next_char(text, out, &width);
		all += width;
	}
	return all;
}

unsigned int ui_put(struct ui_screen *s, unsigned int row, unsigned int col, unsigned int width,
		    enum ui_attr attr, const char *text)
{
	unsigned int room = col < s->cols ? s->cols - col : 0;
	unsigned int end = col + (width < room ? width : room);
	struct ui_cell *cell;
	unsigned int wide;
	char out[5];

	if (row >= s->rows)
		return col;
	while (*text) {
		text += next_char(text, out, &wide);
		if (col + wide > end)
			break;
		cell = &s->cells[(size_t)row * s->cols + col];
		memcpy(cell->text, out, sizeof(cell->text));
		cell->attr = (uint8_t)attr;
		if (wide == 2)
			cell[1] = (struct ui_cell){ .text = "", .attr = (uint8_t)attr };
		col += wide;
	}
	return col;
}

unsigned int ui_putf(struct ui_screen *s, unsigned int row, unsigned int col, enum ui_attr attr,
		     const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	return ui_put(s, row, col, s->cols, attr, text);
}

void ui_paint_row(struct ui_screen *s, unsigned int row, enum ui_attr attr)
{
	unsigned int col;

	for (col = 0; row < s->rows && col < s->cols; col++)
		s->cells[(size_t)row * s->cols + col].attr = (uint8_t)attr;
}

int ui_screen_write(const struct ui_screen *s, FILE *f)
{
	unsigned int row, col, end;

	for (row = 0; row < s->rows; row++) {
		for (end = s->cols; end; end--) {
			if (strcmp(ui_cell_at(s, row, end - 1)->text, " "))
				break;
		}
		for (col = 0; col < end; col++)
			fputs(ui_cell_at(s, row, col)->text, f);
		fputc('\n', f);
	}
	if (fflush(f))
		return -errno;
	return ferror(f) ? -EIO : 0;
}
