/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Owning locals and other small things that every file may use. A local that
 * owns something is declared with one of the auto_* words and freed when it
 * leaves scope; TAKE_PTR() hands it on instead.
 */
#ifndef GICV4TOP_UTIL_H
#define GICV4TOP_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define TAKE_PTR(p) ({ __typeof__(p) taken_ = (p); (p) = NULL; taken_; })
#define TAKE_FD(fd) ({ int taken_ = (fd); (fd) = -1; taken_; })

static inline void util_freep(void *p)
{
	free(*(void **)p);
}

static inline void util_fclosep(FILE **f)
{
	if (*f)
		fclose(*f);
}

static inline void util_closep(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

#define auto_free	__attribute__((cleanup(util_freep)))
#define auto_fclose	__attribute__((cleanup(util_fclosep)))
#define auto_close	__attribute__((cleanup(util_closep)))

/*
 * Reads the whole file @path, a NUL put behind it. @ret_len may be NULL.
 * Files of /proc and /sys have no size, so it reads until the end.
 * Returns 0 or -errno.
 */
int util_read_file(const char *path, char **ret_text, size_t *ret_len);

/* The same for a file of one line, into @buf, without its newline. */
int util_read_line(const char *path, char *buf, size_t size);

/*
 * Lets malloc() keep what is freed: every refresh takes and frees the same large
 * arrays, and new pages for them would be a good part of its cost.
 */
void util_keep_memory(void);

/* CLOCK_MONOTONIC in ns, the clock of bpf_ktime_get_ns(). */
uint64_t util_now_ns(void);

/* Whole decimal (or 0x) number in [@min, @max], nothing behind it. 0 or -EINVAL. */
int util_parse_u64(const char *text, uint64_t min, uint64_t max, uint64_t *ret_value);

/* Seconds with an optional fraction, above 0, into ns. 0 or -EINVAL. */
int util_parse_secs(const char *text, uint64_t *ret_ns);

/* Bytes: a whole number, with K, M or G behind it that many times 1024. 0 or -EINVAL. */
int util_parse_size(const char *text, uint64_t *ret_bytes);

/* The power of two at or above @bytes, at least a page and at most 1 GiB. */
uint32_t util_power_of_2(uint64_t bytes);

/* Writes all of it, however many calls and however long that takes. 0 or -errno. */
int util_write_all(int fd, const void *data, size_t len);

/*
 * A file without a name, for reading and writing, in TMPDIR or /var/tmp (*ret_dir: which).
 * Its descriptor, or -errno.
 */
int util_temp_file(const char **ret_dir);

/*
 * Text of strangers (a guest's owner, a file) into @to, of @size bytes: UTF-8 without control
 * characters, which a terminal might obey, cut between characters; '?' for each byte that is
 * neither. @to may be @from.
 */
void util_copy_printable(char *to, size_t size, const char *from, size_t len);

#endif
