/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Times of a recording as people write them: "90", "1m30s" from its begin, or what a
 * clock on the wall showed. Reads the time zone, never a clock. Pure.
 */
#ifndef GICV4TOP_REPORT_TIME_H
#define GICV4TOP_REPORT_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum report_time_kind {
	REPORT_TIME_NONE,		/* none was asked for */
	REPORT_TIME_SINCE,		/* @ns after the begin */
	REPORT_TIME_WALL,		/* @ns: CLOCK_REALTIME */
	REPORT_TIME_OF_DAY,		/* @ns after midnight, whichever day */
};

struct report_time {
	enum report_time_kind kind;
	uint64_t ns;
};

/*
 * "90", "90.5", "1h2m3s", "250ms"; "2026-11-24 03:15[:00[.5]]", with a T and with Z or
 * +01:00 behind it (RFC 3339), else local time; "03:15[:00[.5]]". 0 or -EINVAL.
 */
int report_time_parse(const char *text, struct report_time *ret_time);

/*
 * @t within what goes from @begin_ns to @end_ns (CLOCK_REALTIME where @clock, else of no
 * known epoch). 0; -ENODATA: no such time of day in it; -EINVAL: its wall clock is not known.
 */
int report_time_resolve(const struct report_time *t, uint64_t begin_ns, uint64_t end_ns,
			bool clock, uint64_t *ret_ns);

/* How much of a time is written. */
enum report_time_form {
	REPORT_FORM_DATE,		/* 2026-11-24 03:15:00.000 */
	REPORT_FORM_DAY,		/* 11-24 03:15 */
	REPORT_FORM_SECONDS,		/* 03:15:00 */
	REPORT_FORM_MILLIS,		/* 03:15:00.000 */
	REPORT_FORM_MICROS,		/* 03:15:00.000000 */
};

/* Local time of @ns; where @clock is not known, seconds since @begin_ns: "+12.345s". */
void report_time_format(uint64_t ns, uint64_t begin_ns, bool clock, enum report_time_form form,
			char *buf, size_t size);

/* "1h02m03s", "1m52s", "10.0s", "250ms": three figures that mean something. */
void report_time_span(uint64_t ns, char *buf, size_t size);

#endif
