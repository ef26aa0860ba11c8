// SPDX-License-Identifier: GPL-2.0
/* The table of VM columns: choosing, sorting, and how each kind of figure is written. */
#include <errno.h>

#include "columns.h"
#include "hooks.h"
#include "unit.h"

static int parse(const char *text, struct column_list *list, char *bad)
{
	bad[0] = '\0';
	return columns_parse(&columns_vm, text, list, bad, 32);
}

static void columns_are_parsed_in_the_order_given(void **state)
{
	struct column_list list;
	char bad[32];

	(void)state;
	ck_u64((uint64_t)parse("pid,name,db", &list, bad), 0);
	ck_u64(list.nr, 3);
	ck_str(list.columns[0]->key, "pid");
	ck_str(list.columns[1]->key, "name");
	ck_str(list.columns[2]->key, "db");
	ck_u64((uint64_t)parse("res", &list, bad), 0);
	ck_u64(list.nr, 1);
}

static void what_is_no_column_is_named_and_the_list_kept(void **state)
{
	static const struct { const char *text, *bad; } cases[] = {
		{ "pid,nam,db", "nam" },
		{ "", "" },
		{ "pid,", "" },
		{ ",pid", "" },
		{ "pid,,db", "" },
		{ "PID", "PID" },
		{ " pid", " pid" },
		{ "pid db", "pid db" },
		{ "pi", "pi" },
		{ "pidx", "pidx" },
		{ "help", "help" },
		{ "pid,aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
		  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
	};
	struct column_list list = { .nr = 77 };
	char bad[32];
	size_t i;

	(void)state;
	for (i = 0; i < UNIT_ARRAY_SIZE(cases); i++) {
		ck_u64((uint64_t)-parse(cases[i].text, &list, bad), EINVAL);
		ck_str(bad, cases[i].bad);
		ck_u64(list.nr, 77);
	}
}

static void a_list_that_is_too_long_is_refused(void **state)
{
	struct column_list list;
	char text[COLUMNS_MAX * 4 + 32] = "pid", bad[32];
	int i;

	(void)state;
	for (i = 1; i < COLUMNS_MAX; i++)
		strcat(text, ",pid");
	ck_u64((uint64_t)parse(text, &list, bad), 0);
	ck_u64(list.nr, COLUMNS_MAX);
	strcat(text, ",name");
	ck_u64((uint64_t)-parse(text, &list, bad), EINVAL);
	ck_str(bad, "name");
}

static void the_default_columns_are_the_issues(void **state)
{
	static const char want[] = "name pid vcpus vlpis fwd res blk pre load move db useful late "
				   "spur swlpi direct p50 p99 ";
	char got[sizeof(want) + 100] = "";
	struct column_list list;
	unsigned int i;

	(void)state;
	columns_default(&columns_vm, &list);
	for (i = 0; i < list.nr && strlen(got) < sizeof(want); i++) {
		strcat(got, list.columns[i]->key);
		strcat(got, " ");
	}
	ck_str(got, want);
}

/* Text of columns_help(); the caller frees it. */
static char *help_text(void)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	columns_help(&columns_vm, f);
	fclose(f);
	return text;
}

static void help_lists_columns_that_are_all_found(void **state)
{
	char *text = help_text(), *line, *rest = text, key[32];
	const struct column *column;
	unsigned int nr = 0;

	(void)state;
	while ((line = strsep(&rest, "\n")) && *line) {
		ck_u64((uint64_t)sscanf(line, " %31s", key), 1);
		column = columns_find(&columns_vm, key);
		if (!column)
			unit_say("key: %s", key);
		assert_non_null(column);
		ck_true(strstr(line, column->header) != NULL);
		ck_true(strstr(line, column->meaning) != NULL);
		ck_u64(strstr(line, "(not by default)") == NULL, column->by_default);
		ck_true(strlen(column->header) <= (size_t)abs(column->width));
		nr++;
	}
	ck_true(nr >= 18 && nr <= COLUMNS_MAX);
	free(text);
}

static struct cell cell_of(const char *key, const struct model *m, const struct model_vm *vm)
{
	const struct column *column = columns_find(&columns_vm, key);

	if (!column)
		unit_say("no column %s", key);
	assert_non_null(column);
	return column->get(m, &(struct row){ .vm = vm });
}

static void no_figure_of_a_vm_without_data_is_filled(void **state)
{
	static const char *const keys[] = { "name", "lpis", "fwd", "res", "blk", "pre", "unk",
					    "load", "move", "db", "useful", "late", "spur",
					    "swlpi", "direct", "p50", "p90", "p99", "max",
					    "map99" };
	const struct model m = { .figures = UINT32_MAX };
	const struct model_vm vm = { .pid = 1 };
	struct cell cell;
	char buf[32];
	size_t i;

	(void)state;
	for (i = 0; i < UNIT_ARRAY_SIZE(keys); i++) {
		cell = cell_of(keys[i], &m, &vm);
		cell_format(&cell, buf, sizeof(buf));
		if (cell.kind != CELL_NA)
			unit_say("column %s", keys[i]);
		ck_u64(cell.kind, CELL_NA);
		ck_str(buf, "n/a");
	}
}

static struct model_vm full_vm(void)
{
	return (struct model_vm){
		.pid = 42, .name = "web", .nr_vcpus = 4, .nr_vlpis = 3, .nr_lpis = 4,
		.lpis_known = true, .interval_ns = 2000000000, .nr_vpes = 4, .sw_lpis_delta = 7,
		.delta = { .loads = 100, .moves = 6, .doorbells = { 20, 4, 2 } },
		.total = { .illegal = 9 },
		.shares = { 50.5, 25.25, 20, 4.25 },
		.doorbell = { .count = 3, .p50 = 11, .p90 = 22, .p99 = 33, .max = 44 },
		.map = { .count = 1, .p99 = 55 },
	};
}

static void each_column_has_its_own_figure(void **state)
{
	static const struct {
		const char *key;
		enum cell_kind kind;
		uint64_t thousandths;
	} want[] = {
		{ "pid", CELL_COUNT, 42000 }, { "vcpus", CELL_COUNT, 4000 },
		{ "vlpis", CELL_COUNT, 3000 }, { "lpis", CELL_COUNT, 4000 },
		{ "fwd", CELL_PERCENT, 75000 }, { "res", CELL_PERCENT, 50500 },
		{ "blk", CELL_PERCENT, 25250 }, { "pre", CELL_PERCENT, 20000 },
		{ "unk", CELL_PERCENT, 4250 }, { "load", CELL_RATE, 50000 },
		{ "move", CELL_RATE, 3000 }, { "db", CELL_RATE, 13000 },
		{ "useful", CELL_RATE, 10000 }, { "late", CELL_RATE, 2000 },
		{ "spur", CELL_RATE, 1000 }, { "swlpi", CELL_RATE, 3500 },
		{ "direct", CELL_NA, 0 }, { "p50", CELL_NS, 11000 }, { "p90", CELL_NS, 22000 },
		{ "p99", CELL_NS, 33000 }, { "max", CELL_NS, 44000 }, { "map99", CELL_NS, 55000 },
		{ "illegal", CELL_COUNT, 9000 },
	};
	const struct model m = { .figures = UINT32_MAX };
	const struct model_vm vm = full_vm();
	struct cell cell;
	size_t i;

	(void)state;
	for (i = 0; i < UNIT_ARRAY_SIZE(want); i++) {
		cell = cell_of(want[i].key, &m, &vm);
		if (cell.kind != want[i].kind ||
		    (uint64_t)(cell.value * 1000 + 0.5) != want[i].thousandths)
			unit_say("column %s", want[i].key);
		ck_u64(cell.kind, want[i].kind);
		ck_u64((uint64_t)(cell.value * 1000 + 0.5), want[i].thousandths);
	}
	cell = cell_of("name", &m, &vm);
	ck_str(cell.text, "web");
}

static void a_figure_without_its_hook_is_not_known(void **state)
{
	static const struct { const char *key; uint32_t figure; } hooks[] = {
		{ "lpis", HOOK_FIG_LPIS }, { "fwd", HOOK_FIG_LPIS }, { "move", HOOK_FIG_MOVES },
		{ "swlpi", HOOK_FIG_SW_LPIS },
	};
	const struct model_vm vm = full_vm();
	struct model m;
	size_t i;

	(void)state;
	for (i = 0; i < UNIT_ARRAY_SIZE(hooks); i++) {
		m = (struct model){ .figures = ~hooks[i].figure };
		ck_u64(cell_of(hooks[i].key, &m, &vm).kind, CELL_NA);
		m.figures = hooks[i].figure;
		ck_true(cell_of(hooks[i].key, &m, &vm).kind != CELL_NA);
	}
}

/* Attached while a vPE runs on: until its first event it may be resident all the time. */
static void shares_of_time_that_nobody_saw_are_not_0(void **state)
{
	const struct model m = { .figures = UINT32_MAX };
	struct model_vm vm = full_vm();

	(void)state;
	vm.shares = (struct model_shares){ .unknown = 100 };
	ck_u64(cell_of("unk", &m, &vm).kind, CELL_PERCENT);
	ck_u64(cell_of("res", &m, &vm).kind, CELL_NA);
	ck_u64(cell_of("blk", &m, &vm).kind, CELL_NA);
	ck_u64(cell_of("pre", &m, &vm).kind, CELL_NA);
}

/* Runs columns_sort() and writes the pids in their order. */
static void sorted(struct model_vm *vms, uint32_t nr, uint32_t figures, const char *key,
		   const char *want)
{
	struct model m = { .vms = vms, .nr_vms = nr, .figures = figures };
	char got[64] = "";
	uint32_t i;

	columns_sort(&m, columns_find(&columns_vm, key));
	for (i = 0; i < nr; i++)
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%u ", vms[i].pid);
	if (strcmp(got, want))
		unit_say("by %s", key);
	ck_str(got, want);
}

static void numbers_fall_text_rises_unknown_is_last_and_pid_decides(void **state)
{
	struct model_vm vms[5];
	uint32_t i;

	(void)state;
	for (i = 0; i < 5; i++)
		vms[i] = (struct model_vm){ .pid = 5 - i, .interval_ns = 1000000000, .nr_vpes = 1 };
	strcpy(vms[0].name, "b");			/* pid 5 */
	strcpy(vms[1].name, "a");			/* pid 4 */
	strcpy(vms[3].name, "b");			/* pid 2 */
	strcpy(vms[4].name, "B");			/* pid 1 */
	vms[0].delta.loads = 7;
	vms[1].delta.loads = 9;
	vms[2].delta.loads = 7;
	vms[3].interval_ns = 0;
	vms[4].interval_ns = 0;
	vms[1].shares.resident = 12.25;
	vms[2].shares.resident = 12.5;
	vms[4].nr_vpes = 0;
	sorted(vms, 5, UINT32_MAX, "pid", "5 4 3 2 1 ");
	sorted(vms, 5, UINT32_MAX, "load", "4 3 5 1 2 ");
	sorted(vms, 5, UINT32_MAX, "name", "1 4 2 5 3 ");
	sorted(vms, 5, UINT32_MAX, "res", "3 4 2 5 1 ");
	sorted(vms, 5, UINT32_MAX, "direct", "1 2 3 4 5 ");
	sorted(vms, 5, 0, "move", "1 2 3 4 5 ");
	sorted(vms, 0, 0, "load", "");
}

static void format(const struct cell *cell, const char *want)
{
	char buf[32];

	cell_format(cell, buf, sizeof(buf));
	if (strcmp(buf, want))
		unit_say("kind %u, %f", cell->kind, cell->value);
	ck_str(buf, want);
}

static void times_have_three_digits_that_mean_something(void **state)
{
	static const struct { double ns; const char *text; } want[] = {
		{ 0, "0ns" }, { 1, "1ns" }, { 999, "999ns" }, { 999.4, "999ns" },
		{ 999.5, "1.00us" }, { 1000, "1.00us" }, { 1004, "1.00us" }, { 1006, "1.01us" },
		{ 9994, "9.99us" }, { 9995, "10.0us" }, { 9996, "10.0us" }, { 99940, "99.9us" },
		{ 99950, "100us" }, { 999499, "999us" }, { 999500, "1.00ms" },
		{ 1e6, "1.00ms" }, { 9.994e6, "9.99ms" }, { 9.996e6, "10.0ms" },
		{ 99.94e6, "99.9ms" }, { 99.96e6, "100ms" }, { 999.4e6, "999ms" },
		{ 999.6e6, "1.00s" }, { 1e9, "1.00s" }, { 59.96e9, "60.0s" }, { 1e12, "1000s" },
		{ 123456e9, "123456s" },
	};
	struct cell cell = { .kind = CELL_NS };
	size_t i;

	(void)state;
	for (i = 0; i < UNIT_ARRAY_SIZE(want); i++) {
		cell.value = want[i].ns;
		format(&cell, want[i].text);
	}
}

static void rates_counts_and_percents_are_written_with_what_they_have(void **state)
{
	static const struct { enum cell_kind kind; double value; const char *text; } want[] = {
		{ CELL_RATE, 0, "0" }, { CELL_RATE, 0.25, "0.2" }, { CELL_RATE, 1, "1.0" },
		{ CELL_RATE, 9.94, "9.9" }, { CELL_RATE, 9.96, "10" }, { CELL_RATE, 10.4, "10" },
		{ CELL_RATE, 1234567.8, "1234568" },
		{ CELL_COUNT, 0, "0" }, { CELL_COUNT, 4294967295.0, "4294967295" },
		{ CELL_PERCENT, 0, "0.0" }, { CELL_PERCENT, 99.94, "99.9" },
		{ CELL_PERCENT, 100, "100.0" }, { CELL_PERCENT, 33.333, "33.3" },
		{ CELL_NA, 5, "n/a" },
	};
	struct cell cell;
	size_t i;

	(void)state;
	for (i = 0; i < UNIT_ARRAY_SIZE(want); i++) {
		cell = (struct cell){ .kind = want[i].kind, .value = want[i].value };
		format(&cell, want[i].text);
	}
	cell = (struct cell){ .kind = CELL_TEXT, .text = "web" };
	format(&cell, "web");
}

static void a_small_buffer_is_not_overrun(void **state)
{
	const struct cell cell = { .kind = CELL_TEXT, .text = "a long name" };
	char buf[5];

	(void)state;
	memset(buf, '#', sizeof(buf));
	cell_format(&cell, buf, 4);
	ck_str(buf, "a l");
	ck_u64(buf[4], '#');
}

static unsigned int width_of(const struct column_list *list)
{
	unsigned int i, width = 0;

	for (i = 0; i < list->nr; i++)
		width += (unsigned int)abs(list->columns[i]->width) + (i > 0);
	return width;
}

static int list_has(const struct column_list *list, const char *key)
{
	unsigned int i;

	for (i = 0; i < list->nr; i++) {
		if (!strcmp(list->columns[i]->key, key))
			return 1;
	}
	return 0;
}

static void a_narrow_terminal_loses_the_least_needed_columns(void **state)
{
	struct column_list list, all;

	(void)state;
	columns_default(&columns_vm, &all);
	list = all;
	ck_u64(columns_fit(&list, 1000), 0);
	ck_u64(list.nr, all.nr);
	ck_u64(columns_fit(&list, width_of(&all)), 0);

	ck_true(columns_fit(&list, 80) > 0);
	ck_true(width_of(&list) <= 80);
	ck_true(list_has(&list, "name") && list_has(&list, "pid") && list_has(&list, "vlpis"));
	ck_true(list_has(&list, "res") && list_has(&list, "db") && list_has(&list, "direct"));
	ck_true(!list_has(&list, "spur"));

	/* what is never dropped stays, however narrow */
	columns_fit(&list, 1);
	ck_true(list_has(&list, "name") && list_has(&list, "direct"));
	list.nr = 0;
	ck_u64(columns_fit(&list, 0), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		UNIT_TEST(columns_are_parsed_in_the_order_given),
		UNIT_TEST(what_is_no_column_is_named_and_the_list_kept),
		UNIT_TEST(a_list_that_is_too_long_is_refused),
		UNIT_TEST(the_default_columns_are_the_issues),
		UNIT_TEST(help_lists_columns_that_are_all_found),
		UNIT_TEST(no_figure_of_a_vm_without_data_is_filled),
		UNIT_TEST(each_column_has_its_own_figure),
		UNIT_TEST(a_figure_without_its_hook_is_not_known),
		UNIT_TEST(shares_of_time_that_nobody_saw_are_not_0),
		UNIT_TEST(numbers_fall_text_rises_unknown_is_last_and_pid_decides),
		UNIT_TEST(times_have_three_digits_that_mean_something),
		UNIT_TEST(rates_counts_and_percents_are_written_with_what_they_have),
		UNIT_TEST(a_small_buffer_is_not_overrun),
		UNIT_TEST(a_narrow_terminal_loses_the_least_needed_columns),
	};

	return unit_main(tests, UNIT_ARRAY_SIZE(tests));
}
