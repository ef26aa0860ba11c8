/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Times of a recording as people write them: "90", "1m30s" from its begin, or what a
 * clock on the wall showed; where they are in it, and how they are shown. Reads the time
 * zone, never a clock. Pure.
 */
#ifndef GICV4TOP_WHEN_H
#define GICV4TOP_WHEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WHEN_WORDS	"90 or 1m30s from the begin, or HH:MM:SS"

enum when_kind {
	WHEN_NONE,			/* none was asked for */
	WHEN_SINCE,			/* @ns after the begin */
	WHEN_WALL,			/* @ns: CLOCK_REALTIME */
	WHEN_OF_DAY,			/* @ns after midnight, whichever day */
};

struct when {
	enum when_kind kind;
	uint64_t ns;
};

/* What a recording spans: CLOCK_MONOTONIC, and CLOCK_REALTIME of its begin (0: not known). */
struct when_span {
	uint64_t first_ns, last_ns, first_real_ns;
};

/*
 * "90", "90.5", "1h2m3s", "250ms"; "2026-11-24 03:15[:00[.5]]", with a T and with Z or
 * +01:00 behind it (RFC 3339), else local time; "03:15[:00[.5]]". 0 or -EINVAL.
 */
int when_parse(const char *text, struct when *ret_when);

/*
 * @when within what goes from @begin_ns to @end_ns (CLOCK_REALTIME where @clock, else of no
 * known epoch). 0; -ENODATA: no such time of day in it; -EINVAL: its wall clock is not known.
 */
int when_resolve(const struct when *when, uint64_t begin_ns, uint64_t end_ns, bool clock,
		 uint64_t *ret_ns);

/* The same as a CLOCK_MONOTONIC time in @span. 0, or -ERANGE: it is not in it. */
int when_find(const struct when *when, const struct when_span *span, uint64_t *ret_ns);

/* "12:00:00 to 12:01:30 (90 s)": what can be asked for. */
void when_words(const struct when_span *span, char *buf, size_t size);

/* How much of a time is written. */
enum when_form {
	WHEN_FORM_DATE,			/* 2026-11-24 03:15:00.000 */
	WHEN_FORM_DAY,			/* 11-24 03:15 */
	WHEN_FORM_SECONDS,		/* 03:15:00 */
	WHEN_FORM_MILLIS,		/* 03:15:00.000 */
	WHEN_FORM_MICROS,		/* 03:15:00.000000 */
};

/* Local time of @ns; where @clock is not known, seconds since @begin_ns: "+12.345s". */
void when_format_at(uint64_t ns, uint64_t begin_ns, bool clock, enum when_form form, char *buf,
		    size_t size);

/* "1h02m03s", "1m52s", "10.0s", "250ms": three figures that mean something. */
void when_format_span(uint64_t ns, char *buf, size_t size);

/* How far a player is: "0:05", "1:02:03"; with tenths of a second where @tenths. */
void when_format_pos(uint64_t ns, bool tenths, char *buf, size_t size);

#endif
