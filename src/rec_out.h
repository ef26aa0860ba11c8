/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The files that a recording goes to: made so that nobody else can read them or put
 * something in their place, and turned over when they are full (FILE, FILE.1, ...).
 */
#ifndef GICV4TOP_REC_OUT_H
#define GICV4TOP_REC_OUT_H

#include <stdbool.h>

/*
 * A new file at @path for writing, mode 0600, never through a symbolic link; "-" is
 * standard output. One that is there already is left alone (-EEXIST) unless @force, which
 * takes it away first; devices and pipes are written to as they are. A file descriptor,
 * or -errno, nothing said.
 */
int rec_out_open(const char *path, bool force);

/* FILE.1 becomes FILE.2 and so on up to @keep - 1, FILE becomes FILE.1. 0 or -errno. */
int rec_out_rotate(const char *path, unsigned int keep);

#endif
