// SPDX-License-Identifier: GPL-2.0
/* Times as people write and read them, and where they are in a recording; see when.h. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cell.h"
#include "when.h"

#define NS_PER_MS	1000000ULL
#define NS_PER_S	1000000000ULL
#define MAX_SECONDS	1000000000ULL	/* 31 years */

/* Exactly @nr digits (0: as many as there are, at most 10). */
static int take_number(const char **p, unsigned int nr, uint64_t *ret_value)
{
	uint64_t value = 0;
	unsigned int i;

	for (i = 0; isdigit((unsigned char)**p) && i < (nr ? nr : 10); i++)
		value = value * 10 + (uint64_t)(*(*p)++ - '0');
	if (!i || (nr && i != nr) || isdigit((unsigned char)**p))
		return -EINVAL;
	*ret_value = value;
	return 0;
}

/* ".5" in units of @unit_ns; nothing where there is no dot. */
static int take_fraction(const char **p, uint64_t unit_ns, uint64_t *ret_ns)
{
	const char *start;

	*ret_ns = 0;
	if (**p != '.')
		return 0;
	start = ++*p;
	for (; isdigit((unsigned char)**p); (*p)++) {
		unit_ns /= 10;
		*ret_ns += unit_ns * (uint64_t)(**p - '0');
	}
	return *p == start ? -EINVAL : 0;
}

/* "90", "90.5", "1h2m3s": each unit at most once, the largest first. */
static int parse_since(const char *p, struct when *ret)
{
	static const struct { const char *text; uint64_t ns; } units[] = {
		{ "h", 3600 * NS_PER_S }, { "ms", NS_PER_MS }, { "m", 60 * NS_PER_S },
		{ "s", NS_PER_S }, { "", NS_PER_S },
	};
	uint64_t value, fraction, last = UINT64_MAX;
	const char *digits;
	size_t i, len;

	*ret = (struct when){ .kind = WHEN_SINCE };
	do {
		digits = p;
		value = 0;
		/* ".5" has no digits in front */
		if (*p != '.' && take_number(&p, 0, &value))
			return -EINVAL;
		p += *p == '.' ? 1 + strspn(p + 1, "0123456789") : 0;
		len = strspn(p, "hms");
		for (i = 0; strlen(units[i].text) != len || strncmp(p, units[i].text, len);)
			if (++i == sizeof(units) / sizeof(units[0]))
				return -EINVAL;
		/* a number without a unit stands alone */
		if (units[i].ns >= last || (!len && last != UINT64_MAX) ||
		    value > MAX_SECONDS * NS_PER_S / units[i].ns)
			return -EINVAL;
		last = units[i].ns;
		digits += strspn(digits, "0123456789");
		if (take_fraction(&digits, units[i].ns, &fraction))
			return -EINVAL;
		ret->ns += value * units[i].ns + fraction;
		p += len;
	} while (*p);
	return 0;
}

/* "3:15", "03:15:00", "03:15:00.5", and what is behind it. */
static int take_clock(const char **p, struct tm *tm, uint64_t *ret_fraction_ns)
{
	uint64_t hour, min, sec = 0;

	*ret_fraction_ns = 0;
	if (take_number(p, 0, &hour) || *(*p)++ != ':' || take_number(p, 2, &min))
		return -EINVAL;
	if (**p == ':') {
		(*p)++;
		if (take_number(p, 2, &sec) || take_fraction(p, NS_PER_S, ret_fraction_ns))
			return -EINVAL;
	}
	if (hour > 23 || min > 59 || sec > 59)
		return -EINVAL;
	tm->tm_hour = (int)hour;
	tm->tm_min = (int)min;
	tm->tm_sec = (int)sec;
	return 0;
}

/* "Z", "+01:00", or nothing: local time. The time @tm says, or -EINVAL. */
static int take_zone(const char *p, struct tm *tm, time_t *ret_time)
{
	const struct tm wanted = *tm;
	uint64_t hours = 0, mins = 0;
	bool west = *p == '-', utc = *p != '\0';
	time_t t;

	if (*p == 'Z' || *p == 'z') {
		p++;
	} else if (*p == '+' || *p == '-') {
		p++;
		if (take_number(&p, 2, &hours) || *p++ != ':' || take_number(&p, 2, &mins) ||
		    hours > 23 || mins > 59)
			return -EINVAL;
	}
	if (*p)
		return -EINVAL;
	tm->tm_isdst = -1;
	t = utc ? timegm(tm) : mktime(tm);
	/* a day that is not */
	if (t < 0 || tm->tm_mday != wanted.tm_mday || tm->tm_mon != wanted.tm_mon)
		return -EINVAL;
	*ret_time = t + (west ? 1 : -1) * (time_t)(hours * 3600 + mins * 60);
	return 0;
}

static int parse_date(const char *p, struct when *ret)
{
	uint64_t year, month, day, fraction;
	struct tm tm = { 0 };
	time_t t;

	if (take_number(&p, 4, &year) || *p++ != '-' || take_number(&p, 2, &month) ||
	    *p++ != '-' || take_number(&p, 2, &day) || (*p != ' ' && *p != 'T' && *p != 't'))
		return -EINVAL;
	p++;
	if (year < 1970 || month < 1 || month > 12 || day < 1 || day > 31)
		return -EINVAL;
	tm.tm_year = (int)year - 1900;
	tm.tm_mon = (int)month - 1;
	tm.tm_mday = (int)day;
	if (take_clock(&p, &tm, &fraction) || take_zone(p, &tm, &t) || t < 0)
		return -EINVAL;
	*ret = (struct when){ WHEN_WALL, (uint64_t)t * NS_PER_S + fraction };
	return 0;
}

int when_parse(const char *text, struct when *ret_when)
{
	struct when t;
	uint64_t fraction;
	struct tm tm = { 0 };
	const char *p = text;
	int err;

	if (text[strspn(text, "0123456789")] == '-') {
		err = parse_date(text, &t);
	} else if (strchr(text, ':')) {
		err = take_clock(&p, &tm, &fraction);
		if (!err && *p)
			err = -EINVAL;
		t = (struct when){ WHEN_OF_DAY, fraction + NS_PER_S *
			(uint64_t)(tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec) };
	} else {
		err = parse_since(text, &t);
	}
	if (!err)
		*ret_when = t;
	return err;
}

/* The time of day @of_ns, of the day that is @days after that of @begin_ns. */
static uint64_t on_day(uint64_t begin_ns, int days, uint64_t of_ns)
{
	time_t t = (time_t)(begin_ns / NS_PER_S), secs = (time_t)(of_ns / NS_PER_S);
	struct tm tm;

	localtime_r(&t, &tm);
	tm.tm_mday += days;
	tm.tm_hour = (int)(secs / 3600);
	tm.tm_min = (int)(secs / 60 % 60);
	tm.tm_sec = (int)(secs % 60);
	tm.tm_isdst = -1;
	return (uint64_t)mktime(&tm) * NS_PER_S + of_ns % NS_PER_S;
}

int when_resolve(const struct when *when, uint64_t begin_ns, uint64_t end_ns, bool clock,
		 uint64_t *ret_ns)
{
	uint64_t ns;
	int day;

	if (when->kind == WHEN_SINCE) {
		*ret_ns = begin_ns + when->ns;
		return 0;
	}
	if (!clock)
		return -EINVAL;
	if (when->kind == WHEN_WALL) {
		*ret_ns = when->ns;
		return 0;
	}
	/* ends in time: each day is later than the one before */
	for (day = 0; ; day++) {
		ns = on_day(begin_ns, day, when->ns);
		if (ns > end_ns)
			return -ENODATA;
		/* it may have begun within that second */
		if (ns + NS_PER_S > begin_ns)
			break;
	}
	*ret_ns = ns;
	return 0;
}

int when_find(const struct when *when, const struct when_span *span, uint64_t *ret_ns)
{
	uint64_t length_ns = span->last_ns - span->first_ns, begin_ns = span->first_real_ns, ns;

	if (when_resolve(when, begin_ns, begin_ns + length_ns, begin_ns != 0, &ns))
		return -ERANGE;
	/* of a time of day: it began within that second */
	if (ns < begin_ns && when->kind == WHEN_OF_DAY)
		ns = begin_ns;
	if (ns < begin_ns || ns - begin_ns > length_ns)
		return -ERANGE;
	*ret_ns = span->first_ns + (ns - begin_ns);
	return 0;
}

void when_words(const struct when_span *span, char *buf, size_t size)
{
	uint64_t length_ns = span->last_ns - span->first_ns, begin_ns = span->first_real_ns;
	uint64_t length_ms = length_ns / NS_PER_MS;
	double length_s = (double)length_ms / 1e3;
	char from[16], to[16];

	if (!begin_ns) {
		snprintf(buf, size, "%.9g s, and no wall clock", length_s);
		return;
	}
	when_format_at(begin_ns, 0, true, WHEN_FORM_SECONDS, from, sizeof(from));
	when_format_at(begin_ns + length_ns, 0, true, WHEN_FORM_SECONDS, to, sizeof(to));
	snprintf(buf, size, "%s to %s (%.9g s)", from, to, length_s);
}

void when_format_at(uint64_t ns, uint64_t begin_ns, bool clock, enum when_form form, char *buf,
		    size_t size)
{
	static const char *const forms[] = {
		[WHEN_FORM_DATE] = "%Y-%m-%d %H:%M:%S", [WHEN_FORM_DAY] = "%m-%d %H:%M",
		[WHEN_FORM_SECONDS] = "%H:%M:%S", [WHEN_FORM_MILLIS] = "%H:%M:%S",
		[WHEN_FORM_MICROS] = "%H:%M:%S",
	};
	time_t t = (time_t)(ns / NS_PER_S);
	struct tm tm;
	size_t len;

	if (!clock) {
		ns -= begin_ns;
		snprintf(buf, size, "+%llu.%0*llus", (unsigned long long)(ns / NS_PER_S),
			 form == WHEN_FORM_MICROS ? 6 : 3, (unsigned long long)
			 (ns % NS_PER_S / (form == WHEN_FORM_MICROS ? 1000 : NS_PER_MS)));
		return;
	}
	localtime_r(&t, &tm);
	len = strftime(buf, size, forms[form], &tm);
	if (form == WHEN_FORM_DATE || form == WHEN_FORM_MILLIS)
		snprintf(buf + len, size - len, ".%03u",
			 (unsigned int)(ns % NS_PER_S / NS_PER_MS));
	else if (form == WHEN_FORM_MICROS)
		snprintf(buf + len, size - len, ".%06u", (unsigned int)(ns % NS_PER_S / 1000));
}

void when_format_span(uint64_t ns, char *buf, size_t size)
{
	uint64_t s = (ns + NS_PER_S / 2) / NS_PER_S;

	if (s >= 86400)
		snprintf(buf, size, "%llud%02lluh%02llum", (unsigned long long)(s / 86400),
			 (unsigned long long)(s / 3600 % 24), (unsigned long long)(s / 60 % 60));
	else if (s >= 3600)
		snprintf(buf, size, "%lluh%02llum%02llus", (unsigned long long)(s / 3600),
			 (unsigned long long)(s / 60 % 60), (unsigned long long)(s % 60));
	else if (s >= 60)
		snprintf(buf, size, "%llum%02llus", (unsigned long long)(s / 60),
			 (unsigned long long)(s % 60));
	else
		cell_format_ns((double)ns, buf, size);
}

void when_format_pos(uint64_t ns, bool tenths, char *buf, size_t size)
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
