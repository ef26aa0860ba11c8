// SPDX-License-Identifier: GPL-2.0
/* Times as people write them, where they are in a recording, how they are shown. */
#include <errno.h>
#include <time.h>

#include "when.h"
#include "unit.h"

#define S	1000000000ULL
#define NOON	(1795521600ULL * S)	/* 2026-11-24 12:00:00 UTC */

struct good {
	const char *text;
	enum when_kind kind;
	uint64_t ns;
};

static const struct good good[] = {
	{ "0", WHEN_SINCE, 0 },
	{ "90", WHEN_SINCE, 90 * S },
	{ "90s", WHEN_SINCE, 90 * S },
	{ "1.5", WHEN_SINCE, 1500000000 },
	{ "1.5s", WHEN_SINCE, 1500000000 },
	{ ".25", WHEN_SINCE, 250000000 },
	{ "0.000000001", WHEN_SINCE, 1 },
	{ "1m30s", WHEN_SINCE, 90 * S },
	{ "1h2m3s", WHEN_SINCE, 3723 * S },
	{ "1h3s", WHEN_SINCE, 3603 * S },
	{ "1.5h", WHEN_SINCE, 5400 * S },
	{ "250ms", WHEN_SINCE, 250000000 },
	{ "3s250ms", WHEN_SINCE, 3250000000 },
	{ "12:00", WHEN_OF_DAY, 43200 * S },
	{ "7:05", WHEN_OF_DAY, 25500 * S },
	{ "23:59:58", WHEN_OF_DAY, 86398 * S },
	{ "03:15:00", WHEN_OF_DAY, 11700 * S },
	{ "03:15:00.25", WHEN_OF_DAY, 11700 * S + 250000000 },
	{ "2026-11-24 12:00", WHEN_WALL, NOON },
	{ "2026-11-24 12:00:01.5", WHEN_WALL, NOON + 1500000000 },
	{ "2026-11-24T12:00:00", WHEN_WALL, NOON },
	{ "2026-11-24T12:00:00Z", WHEN_WALL, NOON },
	{ "2026-11-24t12:00:00z", WHEN_WALL, NOON },
	{ "2026-11-24T13:00:00+01:00", WHEN_WALL, NOON },
	{ "2026-11-24T06:30:00.5-05:30", WHEN_WALL, NOON + 500000000 },
};

static const char *const bad[] = {
	"", " ", "x", "-1", "+1", "1x", "1.", ".", "1 ", " 1", "1m1m", "1s1m", "1m30", "30 s",
	"1hm", "1e3", "0x10", "99999999999", "24:00", "12:60", "12:00:60", "12:0", "12:", ":00",
	"1:2:3",
	"1.2.3", "1..5", ".5.5", "1e400", "nan", "1000000000h", "12:00:", "12:00:00:00", "123:00",
	"12:000", "24:00:00", "12:60:00",
	"12:00:00x", "12:00:00.", "2026-11-24", "2026-11-24 ", "2026-11-24 12", "2026-13-01 12:00",
	"2026-02-30 12:00", "2026-11-24 12:00:00+1", "2026-11-24 12:00:00+24:00",
	"2026-11-24 12:00:00Zx", "26-11-24 12:00", "1969-01-01 12:00", "2026-11-24  12:00",
};

static void times_are_read(void **state)
{
	struct when t;
	size_t i;

	(void)state;
	for (i = 0; i < UNIT_ARRAY_SIZE(good); i++) {
		unit_say("%s", good[i].text);
		assert_int_equal(when_parse(good[i].text, &t), 0);
		ck_u64(t.kind, good[i].kind);
		ck_u64(t.ns, good[i].ns);
	}
}

static void what_is_no_time_is_refused(void **state)
{
	struct when t = { WHEN_NONE, 42 };
	size_t i;

	(void)state;
	for (i = 0; i < UNIT_ARRAY_SIZE(bad); i++) {
		unit_say("\"%s\"", bad[i]);
		assert_int_equal(when_parse(bad[i], &t), -EINVAL);
		ck_u64(t.ns, 42);
	}
}

static uint64_t where(const char *text, uint64_t begin_ns, uint64_t end_ns, bool clock, int want)
{
	uint64_t ns = 0;
	struct when t;

	assert_int_equal(when_parse(text, &t), 0);
	assert_int_equal(when_resolve(&t, begin_ns, end_ns, clock, &ns), want);
	return ns;
}

static void times_are_found_in_a_recording(void **state)
{
	(void)state;
	ck_u64(where("90", NOON, NOON + 600 * S, true, 0), NOON + 90 * S);
	ck_u64(where("90", 7, 600 * S, false, 0), 90 * S + 7);
	ck_u64(where("2026-11-24 12:05", NOON, NOON + 600 * S, true, 0), NOON + 300 * S);
	ck_u64(where("12:05", NOON, NOON + 600 * S, true, 0), NOON + 300 * S);
	/* that second is in it, at least in part */
	ck_u64(where("12:00", NOON + 999, NOON + 600 * S, true, 0), NOON);
	/* over midnight, and the day after */
	ck_u64(where("00:00:30", NOON, NOON + 86400 * S, true, 0), NOON + 43230 * S);
	ck_u64(where("11:00", NOON, NOON + 86400 * S, true, 0), NOON + 82800 * S);
	where("12:15", NOON, NOON + 600 * S, true, -ENODATA);
	where("11:59", NOON, NOON + 600 * S, true, -ENODATA);
	where("12:05", 0, 600 * S, false, -EINVAL);
	where("2026-11-24 12:05", 0, 600 * S, false, -EINVAL);
}

static void times_of_day_know_the_zone(void **state)
{
	(void)state;
	setenv("TZ", "UTC-2", 1);	/* two hours east */
	tzset();
	ck_u64(where("14:05", NOON, NOON + 600 * S, true, 0), NOON + 300 * S);
	ck_u64(where("2026-11-24 14:05", NOON, NOON + 600 * S, true, 0), NOON + 300 * S);
	ck_u64(where("2026-11-24 12:05Z", NOON, NOON + 600 * S, true, 0), NOON + 300 * S);
	setenv("TZ", "UTC", 1);
	tzset();
}

static void times_are_shown(void **state)
{
	char buf[64];

	(void)state;
	when_format_at(NOON + 1234567890, NOON, true, WHEN_FORM_DATE, buf, sizeof(buf));
	ck_str(buf, "2026-11-24 12:00:01.234");
	when_format_at(NOON + 1234567890, NOON, true, WHEN_FORM_SECONDS, buf, sizeof(buf));
	ck_str(buf, "12:00:01");
	when_format_at(NOON + 1234567890, NOON, true, WHEN_FORM_MILLIS, buf, sizeof(buf));
	ck_str(buf, "12:00:01.234");
	when_format_at(NOON + 1234567890, NOON, true, WHEN_FORM_MICROS, buf, sizeof(buf));
	ck_str(buf, "12:00:01.234567");
	when_format_at(NOON, NOON, true, WHEN_FORM_DAY, buf, sizeof(buf));
	ck_str(buf, "11-24 12:00");
	when_format_at(1234567890, 4567890, false, WHEN_FORM_MILLIS, buf, sizeof(buf));
	ck_str(buf, "+1.230s");
	when_format_at(1234567890, 0, false, WHEN_FORM_MICROS, buf, sizeof(buf));
	ck_str(buf, "+1.234567s");
}

static void spans_are_shown(void **state)
{
	static const struct { uint64_t ns; const char *text; } spans[] = {
		{ 250000000, "250ms" }, { 10 * S, "10.0s" }, { 112 * S, "1m52s" },
		{ 3600 * S, "1h00m00s" }, { 90061 * S, "1d01h01m" }, { 59600000000, "1m00s" },
	};
	char buf[64];
	size_t i;

	(void)state;
	for (i = 0; i < UNIT_ARRAY_SIZE(spans); i++) {
		when_format_span(spans[i].ns, buf, sizeof(buf));
		ck_str(buf, spans[i].text);
	}
}

static uint64_t found(const char *text, const struct when_span *span)
{
	struct when when;
	uint64_t ns;

	assert_int_equal(when_parse(text, &when), 0);
	return when_find(&when, span, &ns) ? 0 : ns;
}

static void a_player_finds_the_first_such_time_in_its_recording(void **state)
{
	/* from 22:59:59.5 on a day in winter, three hours */
	const struct when_span span = { .first_ns = 1000 * S, .last_ns = 11800 * S,
					.first_real_ns = 1700002799 * S + S / 2 };
	char words[64];

	(void)state;
	ck_u64(found("0", &span), 1000 * S);
	ck_u64(found("90.5", &span), 1090 * S + S / 2);
	ck_u64(found("1m30s500ms", &span), 1090 * S + S / 2);
	ck_u64(found("10800", &span), 11800 * S);
	ck_u64(found("3h", &span), 11800 * S);
	ck_u64(found("10800.1", &span), 0);
	ck_u64(found("22:59:59", &span), 1000 * S);	/* it began within that second */
	ck_u64(found("23:00:00", &span), 1000 * S + S / 2);
	ck_u64(found("23:00", &span), 1000 * S + S / 2);
	ck_u64(found("23:00:00.25", &span), 1000 * S + S * 3 / 4);
	ck_u64(found("01:00:00", &span), 8200 * S + S / 2);	/* the next day */
	ck_u64(found("01:59:59", &span), 11799 * S + S / 2);
	ck_u64(found("02:00:00", &span), 0);
	ck_u64(found("22:59:58", &span), 0);
	ck_u64(found("2023-11-14 23:00", &span), 1000 * S + S / 2);
	ck_u64(found("2023-11-15T02:00:00+01:00", &span), 8200 * S + S / 2);
	ck_u64(found("2023-11-14 22:59:59", &span), 0);
	ck_u64(found("2023-11-15 02:00", &span), 0);
	when_words(&span, words, sizeof(words));
	ck_str(words, "22:59:59 to 01:59:59 (10800 s)");
}

static void without_a_wall_clock_only_seconds_are_found(void **state)
{
	const struct when_span span = { .first_ns = 1000 * S, .last_ns = 1090 * S };
	char words[64];

	(void)state;
	ck_u64(found("1m", &span), 1060 * S);
	ck_u64(found("91", &span), 0);
	ck_u64(found("00:00:01", &span), 0);
	ck_u64(found("1970-01-01 00:01", &span), 0);
	when_words(&span, words, sizeof(words));
	ck_str(words, "90 s, and no wall clock");
}

static void how_far_a_player_is_is_shown(void **state)
{
	char words[64];

	(void)state;
	when_format_pos(3723 * S + S / 2, false, words, sizeof(words));
	ck_str(words, "1:02:03");
	when_format_pos(65 * S + S / 2, true, words, sizeof(words));
	ck_str(words, "1:05.5");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(times_are_read),
		UNIT_TEST(what_is_no_time_is_refused),
		UNIT_TEST(times_are_found_in_a_recording),
		UNIT_TEST(times_of_day_know_the_zone),
		UNIT_TEST(times_are_shown),
		UNIT_TEST(spans_are_shown),
		UNIT_TEST(a_player_finds_the_first_such_time_in_its_recording),
		UNIT_TEST(without_a_wall_clock_only_seconds_are_found),
		UNIT_TEST(how_far_a_player_is_is_shown),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return unit_main(tests, UNIT_ARRAY_SIZE(tests));
}
