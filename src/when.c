// SPDX-License-Identifier: GPL-2.0
/* Parses and finds times in a recording; see when.h. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "when.h"

#define NS_PER_S	1000000000ULL
#define MAX_SECS	1e9

/* Digits with at most one point; more than any recording is long is refused. */
static int parse_secs(const char *text, uint64_t *ret_ns)
{
	double secs;
	char *end;

	if (!text[0] || text[strspn(text, "0123456789.")] || !strcmp(text, "."))
		return -EINVAL;
	secs = strtod(text, &end);
	if (*end || secs > MAX_SECS)
		return -EINVAL;
	*ret_ns = (uint64_t)(secs * 1e9 + 0.5);
	return 0;
}

/* One or two digits below @end; returns what is behind them, or NULL. */
static const char *parse_part(const char *text, unsigned int end, unsigned int *ret_value)
{
	unsigned int value = 0, nr = 0;

	for (; isdigit((unsigned char)*text) && nr < 2; text++, nr++)
		value = value * 10 + (unsigned int)(*text - '0');
	*ret_value = value;
	return nr && value < end ? text : NULL;
}

static int parse_clock(const char *text, uint64_t *ret_ns)
{
	unsigned int hour, min, sec = 0;

	text = parse_part(text, 24, &hour);
	if (!text || *text != ':')
		return -EINVAL;
	text = parse_part(text + 1, 60, &min);
	if (text && *text == ':')
		text = parse_part(text + 1, 60, &sec);
	if (!text || *text)
		return -EINVAL;
	*ret_ns = ((uint64_t)hour * 3600 + min * 60 + sec) * NS_PER_S;
	return 0;
}

int when_parse(const char *text, struct when *ret_when)
{
	struct when when = { .clock = strchr(text, ':') != NULL };
	int err = when.clock ? parse_clock(text, &when.ns) : parse_secs(text, &when.ns);

	if (!err)
		*ret_when = when;
	return err;
}

/* CLOCK_REALTIME of that time of day, @days after the day of @begin_s. */
static int64_t on_day(time_t begin_s, uint64_t of_day_ns, int days)
{
	unsigned int s = (unsigned int)(of_day_ns / NS_PER_S);
	struct tm tm;

	if (!localtime_r(&begin_s, &tm))
		return -1;
	tm.tm_mday += days;
	tm.tm_hour = (int)(s / 3600);
	tm.tm_min = (int)(s / 60 % 60);
	tm.tm_sec = (int)(s % 60);
	tm.tm_isdst = -1;
	return (int64_t)mktime(&tm);
}

int when_find(const struct when *when, const struct when_span *span, uint64_t *ret_ns)
{
	int64_t begin_s = (int64_t)(span->first_real_ns / NS_PER_S), s;
	uint64_t ns, after_ns = when->ns;

	if (when->clock) {
		s = on_day((time_t)begin_s, when->ns, 0);
		if (s < begin_s)
			s = on_day((time_t)begin_s, when->ns, 1);
		if (s < begin_s)
			return -ERANGE;
		/* within its first second: before it by less than that */
		ns = (uint64_t)s * NS_PER_S;
		after_ns = ns > span->first_real_ns ? ns - span->first_real_ns : 0;
	}
	if (after_ns > span->last_ns - span->first_ns)
		return -ERANGE;
	*ret_ns = span->first_ns + after_ns;
	return 0;
}

static void format_clock(uint64_t real_ns, char *buf, size_t size)
{
	time_t s = (time_t)(real_ns / NS_PER_S);
	struct tm tm;

	if (!localtime_r(&s, &tm) || !strftime(buf, size, "%H:%M:%S", &tm))
		snprintf(buf, size, "?");
}

void when_words(const struct when_span *span, char *buf, size_t size)
{
	uint64_t length_ns = span->last_ns - span->first_ns, length_ms = length_ns / 1000000;
	char from[16], to[16];

	format_clock(span->first_real_ns, from, sizeof(from));
	format_clock(span->first_real_ns + length_ns, to, sizeof(to));
	snprintf(buf, size, "%s to %s (%.9g s)", from, to, (double)length_ms / 1e3);
}

void when_format(uint64_t ns, bool tenths, char *buf, size_t size)
{
	unsigned long long s = ns / NS_PER_S;
	int len;

	if (s >= 3600)
		len = snprintf(buf, size, "%llu:%02llu:%02llu", s / 3600, s / 60 % 60, s % 60);
	else
		len = snprintf(buf, size, "%llu:%02llu", s / 60, s % 60);
	if (tenths && len > 0 && (size_t)len < size)
		snprintf(buf + len, size - (size_t)len, ".%llu",
			 (unsigned long long)(ns % NS_PER_S / 100000000));
}
