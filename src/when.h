/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A time in a recording as people give it: seconds from its begin ("90", "1.5"), or the
 * wall clock then, in the time zone here ("23:59", "23:59:30"). Pure.
 */
#ifndef GICV4TOP_WHEN_H
#define GICV4TOP_WHEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WHEN_WORDS	"seconds from the begin, or HH:MM:SS"

struct when {
	bool clock;
	uint64_t ns;			/* since the begin, or since midnight */
};

/* What a recording spans; times are CLOCK_MONOTONIC but for @first_real_ns. */
struct when_span {
	uint64_t first_ns, last_ns, first_real_ns;
};

/* 0 or -EINVAL. */
int when_parse(const char *text, struct when *ret_when);

/*
 * Where that is: of a time of day, the first time in the recording. 0, or -ERANGE: it is
 * not in it.
 */
int when_find(const struct when *when, const struct when_span *span, uint64_t *ret_ns);

/* "12:00:00 to 12:01:30 (90 s)": what can be asked for. */
void when_words(const struct when_span *span, char *buf, size_t size);

/* A duration as "0:05", "1:02:03"; with tenths of a second where @tenths. */
void when_format(uint64_t ns, bool tenths, char *buf, size_t size);

#endif
