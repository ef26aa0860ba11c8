// SPDX-License-Identifier: GPL-2.0
/* Numbers parsed strictly, and files of /proc and /sys read whole. */
#include <errno.h>

#include "unit.h"
#include "util.h"

struct u64_case {
	const char *text;
	uint64_t min, max;
	int64_t want;			/* -1: refused */
};

static const struct u64_case numbers[] = {
	{ "0", 0, 10, 0 },
	{ "7", 0, 10, 7 },
	{ "10", 0, 10, 10 },
	{ "11", 0, 10, -1 },
	{ "4", 5, 10, -1 },
	{ "5", 5, 10, 5 },
	{ "0x1F", 0, 100, 31 },
	{ "010", 0, 100, 10 },		/* decimal: nobody means octal */
	{ "08", 0, 100, 8 },
	{ "", 0, 10, -1 },
	{ " 1", 0, 10, -1 },
	{ "1 ", 0, 10, -1 },
	{ "+1", 0, 10, -1 },
	{ "-1", 0, UINT64_MAX, -1 },
	{ "10x", 0, 100, -1 },
	{ "1.5", 0, 100, -1 },
	{ "1e3", 0, 10000, -1 },
	{ "0x", 0, 100, -1 },
	{ "0xg", 0, 100, -1 },
	{ "x", 0, 100, -1 },
	{ "1,2", 0, 100, -1 },
	{ "1\n", 0, 100, -1 },
	{ "18446744073709551616", 0, UINT64_MAX, -1 },
	{ "99999999999999999999999", 0, UINT64_MAX, -1 },
	{ "9223372036854775807", 0, UINT64_MAX, INT64_MAX },
};

static void whole_numbers_are_parsed_strictly(void **state)
{
	const struct u64_case *c;
	uint64_t value;
	int failed = 0, err;
	size_t i;

	(void)state;
	for (i = 0; i < UNIT_ARRAY_SIZE(numbers); i++) {
		c = &numbers[i];
		value = 4242;
		err = util_parse_u64(c->text, c->min, c->max, &value);
		if (c->want < 0 ? err == -EINVAL && value == 4242 :
		    !err && value == (uint64_t)c->want)
			continue;
		unit_say("\"%s\" gave %d and %llu, not %lld", c->text, err,
			 (unsigned long long)value, (long long)c->want);
		failed++;
	}
	ck_u64((uint64_t)failed, 0);
	ck_u64((uint64_t)util_parse_u64("18446744073709551615", 0, UINT64_MAX, &value), 0);
	ck_u64(value, UINT64_MAX);
}

struct secs_case {
	const char *text;
	int64_t want_ns;		/* -1: refused */
};

static const struct secs_case seconds[] = {
	{ "1", 1000000000 },
	{ "0.5", 500000000 },
	{ ".25", 250000000 },
	{ "2.", 2000000000 },
	{ "0.001", 1000000 },
	{ "0.3", 300000000 },
	{ "0.29", 290000000 },
	{ "1.001", 1001000000 },
	{ "1000000", 1000000000000000 },
	{ "1000000.1", -1 },
	{ "0.0009", -1 },
	{ "0", -1 },
	{ "-1", -1 },
	{ "+1", -1 },
	{ "", -1 },
	{ ".", -1 },
	{ " 1", -1 },
	{ "1 ", -1 },
	{ "10x", -1 },
	{ "1s", -1 },
	{ "1,5", -1 },
	{ "1.2.3", -1 },
	{ "0x10", -1 },			/* a fraction in hex is nobody's wish */
	{ "nan", -1 },
	{ "inf", -1 },
	{ "1e400", -1 },
	{ "1e-400", -1 },
};

static void seconds_are_parsed_strictly(void **state)
{
	const struct secs_case *c;
	int failed = 0, err;
	uint64_t ns;
	size_t i;

	(void)state;
	for (i = 0; i < UNIT_ARRAY_SIZE(seconds); i++) {
		c = &seconds[i];
		ns = 4242;
		err = util_parse_secs(c->text, &ns);
		if (c->want_ns < 0 ? err == -EINVAL && ns == 4242 :
		    !err && ns == (uint64_t)c->want_ns)
			continue;
		unit_say("\"%s\" gave %d and %llu ns, not %lld", c->text, err,
			 (unsigned long long)ns, (long long)c->want_ns);
		failed++;
	}
	ck_u64((uint64_t)failed, 0);
}

static void milliseconds_are_never_off_by_one_ns(void **state)
{
	char text[32];
	uint64_t ns;
	int ms;

	(void)state;
	for (ms = 1; ms <= 20000; ms++) {
		snprintf(text, sizeof(text), "%d.%03d", ms / 1000, ms % 1000);
		ck_u64((uint64_t)-util_parse_secs(text, &ns), 0);
		if (ns != (uint64_t)ms * 1000000)
			unit_say("text: %s", text);
		ck_u64(ns, (uint64_t)ms * 1000000);
	}
}

/* A file of @len bytes 'x', its first line 10 bytes long; removed at once after opening. */
static void write_file(char *path, size_t len)
{
	int fd = mkstemp(path);
	size_t i;

	ck_true(fd >= 0);
	for (i = 0; i < len; i++)
		ck_u64((uint64_t)write(fd, i == 10 ? "\n" : "x", 1), 1);
	close(fd);
}

static void files_of_any_length_are_read_whole(void **state)
{
	static const size_t lens[] = { 0, 1, 4094, 4095, 4096, 4097, 20000 };
	char path[64], *text;
	size_t i, len;
	int err;

	(void)state;
	for (i = 0; i < UNIT_ARRAY_SIZE(lens); i++) {
		strcpy(path, "/tmp/gicv4top-util-XXXXXX");
		write_file(path, lens[i]);
		text = NULL;
		len = 4242;
		err = util_read_file(path, &text, &len);
		unlink(path);
		ck_u64((uint64_t)-err, 0);
		ck_u64(len, lens[i]);
		ck_u64(text[len], 0);
		ck_u64(strlen(text), lens[i]);
		free(text);
	}
}

static void files_of_proc_are_read_though_they_have_no_size(void **state)
{
	char *text = NULL;
	size_t len = 0;

	(void)state;
	ck_u64((uint64_t)util_read_file("/proc/self/cmdline", &text, &len), 0);
	ck_true(len > 8);
	ck_true(strstr(text, "util_test") != NULL);
	free(text);
}

static void what_cannot_be_read_is_an_error_and_touches_nothing(void **state)
{
	char *text = (char *)"kept", line[8] = "kept";
	size_t len = 4242;

	(void)state;
	ck_u64((uint64_t)-util_read_file("/nonexistent/file", &text, &len), ENOENT);
	ck_u64((uint64_t)-util_read_file("/", &text, &len), EISDIR);
	ck_str(text, "kept");
	ck_u64(len, 4242);
	ck_u64((uint64_t)-util_read_line("/nonexistent/file", line, sizeof(line)), ENOENT);
	ck_str(line, "kept");
}

static void a_line_ends_before_its_newline(void **state)
{
	char path[] = "/tmp/gicv4top-util-XXXXXX", line[11], small[10] = "kept";
	int err, err_small;

	(void)state;
	write_file(path, 50);
	err = util_read_line(path, line, sizeof(line));
	err_small = util_read_line(path, small, sizeof(small));
	unlink(path);
	ck_u64((uint64_t)-err, 0);
	ck_str(line, "xxxxxxxxxx");
	ck_u64((uint64_t)-err_small, ENAMETOOLONG);
	ck_str(small, "kept");
}

static void the_clock_does_not_go_back(void **state)
{
	uint64_t before = util_now_ns(), now;
	int i;

	(void)state;
	ck_true(before > 0);
	for (i = 0; i < 1000; i++) {
		now = util_now_ns();
		ck_true(now >= before);
		before = now;
	}
}

static void taking_a_pointer_leaves_null(void **state)
{
	auto_free char *owner = strdup("text");
	auto_close int fd = dup(1);
	char *taken = TAKE_PTR(owner);
	int taken_fd = TAKE_FD(fd);

	(void)state;
	ck_true(!owner);
	ck_u64((uint64_t)(int64_t)fd, (uint64_t)-1);
	ck_str(taken, "text");
	ck_true(taken_fd > 2);
	close(taken_fd);
	free(taken);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		UNIT_TEST(whole_numbers_are_parsed_strictly),
		UNIT_TEST(seconds_are_parsed_strictly),
		UNIT_TEST(milliseconds_are_never_off_by_one_ns),
		UNIT_TEST(files_of_any_length_are_read_whole),
		UNIT_TEST(files_of_proc_are_read_though_they_have_no_size),
		UNIT_TEST(what_cannot_be_read_is_an_error_and_touches_nothing),
		UNIT_TEST(a_line_ends_before_its_newline),
		UNIT_TEST(the_clock_does_not_go_back),
		UNIT_TEST(taking_a_pointer_leaves_null),
	};

	return unit_main(tests, UNIT_ARRAY_SIZE(tests));
}
