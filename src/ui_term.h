/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The terminal: opened, read, drawn to and given back as it was. There is one;
 * its state is the library's.
 */
#ifndef GICV4TOP_UI_TERM_H
#define GICV4TOP_UI_TERM_H

#include "ui_priv.h"

/* Takes the terminal. 0 or -errno, having said why; nothing is to be closed then. */
int ui_term_open(void);

/* Gives it back. Also when it was not opened. */
void ui_term_close(void);

/*
 * The next key within @timeout_ns, UI_KEY_NONE without one (or when a signal
 * came). -EIO when the terminal is gone.
 */
int ui_term_key(uint64_t timeout_ns);

void ui_term_size(unsigned int *ret_rows, unsigned int *ret_cols);

/* Brings @s on the terminal; what has not changed is not sent again. */
void ui_term_draw(const struct ui_screen *s);

#endif
