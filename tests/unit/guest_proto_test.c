// SPDX-License-Identifier: GPL-2.0
/* What a guest's agent says, and what it may not say. */
#include <errno.h>

#include "guest_proto.h"
#include "unit.h"

#define HELLO	"gicv4top-agent 1 0-1 2"

static char why[96];

static int say(struct guest_counts *g, const char *line)
{
	return guest_line(g, line, strlen(line), why, sizeof(why));
}

/* Lines apart by newlines, each of which must be taken. */
static void say_all(struct guest_counts *g, const char *text)
{
	size_t len;

	for (; *text; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		why[0] = '\0';
		if (guest_line(g, text, len, why, sizeof(why))) {
			unit_say("refused: %.*s: %s", (int)len, text, why);
			ck_str(why, "");
		}
	}
}

static void begin(struct guest_counts *g)
{
	memset(g, 0, sizeof(*g));
	guest_connect(g);
	say_all(g, HELLO "\nrow 45 8 0 nvme0q0\nn 45 0 10\nn 45 1 7\nend 1 1000");
}

static void what_was_before_the_first_report_is_the_base(void **state)
{
	struct guest_counts g;

	(void)state;
	begin(&g);
	ck_u64(g.nr_rows, 1);
	ck_u64(g.rows[0].seen[0], 10);
	ck_u64(g.rows[0].taken[0], 10);
	ck_u64(g.rows[0].taken[1], 7);
	ck_true(g.based && g.between);
	say_all(&g, "n 45 0 12\nrow 44 8 1 nvme0q1\nn 44 1 3\n");
	ck_true(!g.between);
	say_all(&g, "end 2 2000");
	ck_u64(g.rows[1].seen[0] - g.rows[1].taken[0], 2);
	ck_u64(g.rows[0].row, 44);
	ck_u64(g.rows[0].seen[1] - g.rows[0].taken[1], 3);
	ck_u64(g.reports, 2);
	ck_u64(g.time_ns, 2000);
	ck_str(g.rows[0].name, "nvme0q1");
	guest_clear(&g);
}

static void counts_go_on_over_connections_of_one_boot(void **state)
{
	struct guest_counts g;

	(void)state;
	begin(&g);
	guest_connect(&g);
	say_all(&g, HELLO "\nrow 45 8 0 nvme0q0\nn 45 0 15\nn 45 1 7\nend 1 5000");
	ck_u64(g.rows[0].seen[0] - g.rows[0].taken[0], 5);
	ck_u64(g.nr_boots, 1);
	guest_clear(&g);
}

static void another_boot_begins_anew(void **state)
{
	struct guest_counts g;

	(void)state;
	begin(&g);
	guest_connect(&g);
	say_all(&g, "gicv4top-agent 1 ff 2\nrow 45 8 0 nvme0q0\nn 45 0 3\nend 1 10");
	ck_u64(g.rows[0].seen[0] - g.rows[0].taken[0], 0);
	ck_u64(g.nr_boots, 2);
	guest_clear(&g);
}

static void a_row_said_again_counts_from_0(void **state)
{
	struct guest_counts g;

	(void)state;
	begin(&g);
	say_all(&g, "row 45 16 0 eth0\nn 45 0 4\nend 2 2000");
	ck_u64(g.rows[0].seen[0] - g.rows[0].taken[0], 4);
	ck_u64(g.rows[0].seen[1], 0);
	ck_u64(g.rows[0].devid, 16);
	guest_clear(&g);
}

static void a_count_that_fell_between_connections_was_begun_anew(void **state)
{
	struct guest_counts g;

	(void)state;
	begin(&g);
	guest_connect(&g);
	say_all(&g, HELLO "\nrow 45 8 0 nvme0q0\nn 45 0 4\nend 1 5000");
	ck_u64(g.rows[0].seen[0] - g.rows[0].taken[0], 4);
	guest_clear(&g);
}

static void a_count_that_a_new_connection_leaves_out_is_0(void **state)
{
	struct guest_counts g;

	(void)state;
	begin(&g);
	say_all(&g, "n 45 0 12\nend 2 2000");
	guest_connect(&g);
	say_all(&g, HELLO "\nrow 45 8 0 nvme0q0\nn 45 1 8\nend 1 5000");
	ck_u64(g.rows[0].seen[0], 0);
	ck_u64(g.rows[0].seen[1] - g.rows[0].taken[1], 1);
	ck_u64(g.dropped, 2);		/* nobody had taken them */
	say_all(&g, "n 45 0 5\nend 2 6000");
	ck_u64(g.rows[0].seen[0] - g.rows[0].taken[0], 5);
	guest_clear(&g);
}

static void a_guest_that_was_put_back_begins_anew(void **state)
{
	struct guest_counts g;

	(void)state;
	begin(&g);
	say_all(&g, "n 45 0 1000\nend 2 9000");
	guest_connect(&g);
	say_all(&g, HELLO "\nrow 45 8 0 nvme0q0\nn 45 0 20\nend 1 2000");
	ck_u64(g.nr_boots, 2);
	ck_u64(g.rows[0].seen[0] - g.rows[0].taken[0], 0);
	guest_clear(&g);
}

static void ids_may_be_unknown(void **state)
{
	struct guest_counts g;

	(void)state;
	begin(&g);
	say_all(&g, "row 46 - - a name with blanks, and one too long to be kept\nend 2 2000");
	ck_true(!g.rows[1].ids_known);
	ck_u64(strlen(g.rows[1].name), GUEST_NAME_LEN - 1);
	guest_clear(&g);
}

/* Each is refused behind a good first report, with these words, and the counts stay. */
static const struct bad {
	const char *line, *why;
	int err;
} bad[] = {
	{ "", "a line that is empty", -EPROTO },
	{ "n 45 0 9", "a count that went back", -EPROTO },
	{ "n 45 0 -1", "a count that is no number", -EPROTO },
	{ "n 45 0 18446744073709551616", "a count that is no number", -EPROTO },
	{ "n 45 0 9007199254740992", "a count that is no number", -EPROTO },
	{ "n 45 0 0x20", "a count that is no number", -EPROTO },
	{ "n 45 0 11 12", "a count that cannot be read", -EPROTO },
	{ "n 45 2 11", "a count of a CPU", -EPROTO },
	{ "n 45 512 11", "a count that cannot be read", -EPROTO },
	{ "n 45 -1 11", "a count that cannot be read", -EPROTO },
	{ "n 44 0 11", "a count of a row", -EPROTO },
	{ "n", "a count that cannot be read", -EPROTO },
	{ "row 65536 8 0 x", "a row that cannot be read", -EPROTO },
	{ "row 46 8 x x", "a row that cannot be read", -EPROTO },
	{ "row 46 8 0 ", "a row that cannot be read", -EPROTO },
	{ "row 46 8 0", "a row that cannot be read", -EPROTO },
	{ "row 46 4294967296 0 x", "a row that cannot be read", -EPROTO },
	{ "end 3 2000", "a report out of order", -EPROTO },
	{ "end 1 2000", "a report out of order", -EPROTO },
	{ "end 2 999", "a clock that went back", -EPROTO },
	{ "end 2", "an end that cannot be read", -EPROTO },
	{ "end 2 0", "an end that cannot be read", -EPROTO },
	{ "stop", "a line of no known kind", -EPROTO },
	{ "n 45 0 1\t1", "a line that is empty", -EPROTO },
	{ "row 46 8 0 \x1b[2J", "a line that is empty", -EPROTO },
	{ HELLO, "a line of no known kind", -EPROTO },
};

static void a_bad_line_is_refused(void **state)
{
	const struct bad *b = *state;
	struct guest_counts g;
	int err;

	begin(&g);
	err = say(&g, b->line);
	ck_u64((uint64_t)-err, (uint64_t)-b->err);
	ck_true(!strncmp(why, b->why, strlen(b->why)));
	ck_u64(g.rows[0].seen[0], 10);
	ck_u64(g.time_ns, 1000);
	guest_clear(&g);
}

static void a_long_line_is_refused_unread(void **state)
{
	struct guest_counts g;

	(void)state;
	begin(&g);
	ck_u64((uint64_t)-guest_line(&g, "short", GUEST_LINE_MAX + 1, why, sizeof(why)), EPROTO);
	guest_clear(&g);
}

static void hellos_of_others_are_refused(void **state)
{
	static const char *const others[] = {
		"SSH-2.0-OpenSSH_9.2", "gicv4top-agent", "gicv4top-agent x ff 2",
		"gicv4top-agent 2 ff 2", "gicv4top-agent 1 FF 2", "gicv4top-agent 1 ff",
		"gicv4top-agent 1 ff 0", "gicv4top-agent 1 ff 513", "gicv4top-agent 1  2",
		"gicv4top-agent 1 0123456789abcdef0123456789abcdef01234 2", "n 45 0 1", "end 1 1",
	};
	struct guest_counts g = { .greeted = false };
	size_t i;

	(void)state;
	for (i = 0; i < UNIT_ARRAY_SIZE(others); i++) {
		if (!say(&g, others[i]))
			unit_say("taken: %s", others[i]);
		ck_true(!g.greeted);
	}
	guest_clear(&g);
}

static void rows_and_counts_have_a_bound(void **state)
{
	struct guest_counts g = { .greeted = false };
	char line[64];
	uint32_t i;
	int err = 0;

	(void)state;
	say_all(&g, "gicv4top-agent 1 ff 512");
	for (i = 0; !err && i < 1000000; i++) {
		snprintf(line, sizeof(line), "row %u 8 %u x", i % 65536, i);
		err = say(&g, line);
	}
	ck_u64((uint64_t)-err, ENOSPC);
	ck_u64(g.nr_cells, GUEST_MAX_CELLS);
	ck_u64(g.nr_rows, GUEST_MAX_CELLS / 512);
	guest_clear(&g);
	guest_connect(&g);
	say_all(&g, "gicv4top-agent 1 ff 1");
	for (i = 0, err = 0; !err && i < 1000000; i++) {
		snprintf(line, sizeof(line), "row %u 8 %u x", 65535 - i % 65536, i);
		err = say(&g, line);
	}
	ck_u64((uint64_t)-err, ENOSPC);
	ck_u64(g.nr_rows, GUEST_MAX_ROWS);
	guest_clear(&g);
}

int main(void)
{
	struct CMUnitTest tests[12 + UNIT_ARRAY_SIZE(bad)] = {
		UNIT_TEST(what_was_before_the_first_report_is_the_base),
		UNIT_TEST(counts_go_on_over_connections_of_one_boot),
		UNIT_TEST(another_boot_begins_anew),
		UNIT_TEST(a_row_said_again_counts_from_0),
		UNIT_TEST(a_count_that_fell_between_connections_was_begun_anew),
		UNIT_TEST(a_count_that_a_new_connection_leaves_out_is_0),
		UNIT_TEST(a_guest_that_was_put_back_begins_anew),
		UNIT_TEST(ids_may_be_unknown),
		UNIT_TEST(a_long_line_is_refused_unread),
		UNIT_TEST(hellos_of_others_are_refused),
		UNIT_TEST(rows_and_counts_have_a_bound),
	};
	static char names[UNIT_ARRAY_SIZE(bad)][64];
	size_t i, nr = 11;

	for (i = 0; i < UNIT_ARRAY_SIZE(bad); i++) {
		snprintf(names[i], sizeof(names[i]), "refused: \"%.40s\"",
			 strchr(bad[i].line, '\x1b') ? "a row with an escape" : bad[i].line);
		if (strchr(names[i], '\t'))
			*strchr(names[i], '\t') = ' ';
		tests[nr++] = (struct CMUnitTest)UNIT_CASE(names[i], a_bad_line_is_refused,
							   &bad[i]);
	}
	return unit_main(tests, nr);
}
