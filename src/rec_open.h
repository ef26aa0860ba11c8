/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A recording by its path, for all commands that read one: they say the same of what
 * cannot be read, and of what was skipped.
 */
#ifndef GICV4TOP_REC_OPEN_H
#define GICV4TOP_REC_OPEN_H

#include <stdbool.h>

#include "rec_play.h"

/*
 * Opens @path ("-": standard input) for reading. What is no regular file is copied to a
 * temporary one first, since readers seek. 0 or -errno, having said why;
 * rec_play_close() only where it was 0.
 */
int rec_open(const char *path, const struct fold_opts *opts, struct rec_play *ret_play);

/* The same without the fold, for who only wants its chunks; rec_file_close() after 0. */
int rec_open_file(const char *path, struct rec_file *ret_file);

/* What messages call it: "standard input", or the path itself. */
const char *rec_open_name(const char *path);

/*
 * Says what of @path was not as it should be, as far as it was read: call it once, behind
 * the last record. Returns whether something was lost or may be.
 */
bool rec_open_tell(const char *path, const struct rec_damage *damage);

#endif
