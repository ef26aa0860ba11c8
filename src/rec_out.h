/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The files that a recording goes to: made so that nobody else can read them or put
 * something in their place, and turned over when they are full (FILE, FILE.1, ...).
 * What an earlier recording left is not touched before the new one has begun.
 */
#ifndef GICV4TOP_REC_OUT_H
#define GICV4TOP_REC_OUT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A new file for @path, mode 0600, never through a symbolic link; "-" is standard output,
 * devices and pipes are written to as they are. *ret_temp, the caller's: the name that it
 * has until rec_out_replace(), where with @force there is a file at @path; NULL otherwise. A
 * file descriptor, or, nothing said: -EEXIST: there is a file, and no @force; -ELOOP: a
 * symbolic link; -EISDIR: a directory; -EOPNOTSUPP: nothing that can be written to so;
 * -ESPIPE: @rotate, and no file; or another -errno.
 */
int rec_out_open(const char *path, bool force, bool rotate, char **ret_temp);

/* What rec_out_open() named @temp takes @path. 0 or -errno: @path is as it was. */
int rec_out_replace(const char *path, const char *temp);

/* Unlinks @path if that is still what @fd is: a file, and empty unless @whatever. */
void rec_out_remove(const char *path, int fd, bool whatever);

/*
 * Whether @path.1 to @path.(@keep - 1) can be had: -EEXIST if one of them, put into
 * @ret_name, is there (with @force: and is no file). 0 or another -errno.
 */
int rec_out_check_old(const char *path, unsigned int keep, bool force, char *ret_name,
		      size_t size);

/* Removes those that are files. 0 or -errno. */
int rec_out_remove_old(const char *path, unsigned int keep);

/* FILE.1 becomes FILE.2 and so on up to @keep - 1, FILE becomes FILE.1. 0 or -errno. */
int rec_out_rotate(const char *path, unsigned int keep);

#endif
