// SPDX-License-Identifier: GPL-2.0
/*
 * The live view without a terminal: keys in, screens out, over made-up hosts
 * (tests/ui/fake_host.c). What the loop does is done here by go_on().
 */
#include "../ui/fake_host.h"
#include "ui_priv.h"
#include "unit.h"

struct view {
	struct ui ui;
	struct ui_screen screen;
	struct source *source;
	struct snapshot snap;
	struct model m;
	char text[80 * 260 * 5];
};

static void go_on(struct view *v)
{
	struct model_filter filter = v->ui.filter;

	v->source->focus(v->source, ui_focus(&v->ui));
	filter.focus = v->ui.level == UI_VMS ? 0 : v->ui.vm.key;
	assert_int_equal(v->source->read(v->source, &v->snap), 0);
	assert_int_equal(model_update(&v->m, &v->snap, &filter, &v->source->names), 0);
	assert_int_equal(ui_sync(&v->ui), 0);
}

static void size(struct view *v, unsigned int rows, unsigned int cols)
{
	assert_int_equal(ui_screen_init(&v->screen, rows, cols), 0);
}

static struct view *begin(const char *kind)
{
	struct view *v = calloc(1, sizeof(*v));

	assert_non_null(v);
	v->source = fake_host(kind);
	assert_non_null(v->source);
	v->m.figures = v->source->figures;
	v->m.now_ns = v->source->start_ns;
	ui_init(&v->ui, &v->m, &v->source->info);
	v->ui.interval_ns = 1000000000;
	size(v, 24, 80);
	go_on(v);
	go_on(v);
	return v;
}

static void end(struct view *v)
{
	ui_free(&v->ui);
	ui_screen_free(&v->screen);
	snapshot_clear(&v->snap);
	model_clear(&v->m);
	source_free(v->source);
	free(v);
}

static void keys(struct view *v, const char *typed)
{
	for (; *typed; typed++)
		assert_int_equal(ui_key(&v->ui, (unsigned char)*typed), 0);
}

static void key(struct view *v, int k)
{
	assert_int_equal(ui_key(&v->ui, k), 0);
}

static const char *shown(struct view *v)
{
	FILE *f = fmemopen(v->text, sizeof(v->text), "w");

	assert_non_null(f);
	ui_draw(&v->ui, &v->screen);
	assert_int_equal(ui_screen_write(&v->screen, f), 0);
	fclose(f);
	return v->text;
}

static void ck_shows(struct view *v, const char *text)
{
	if (!strstr(shown(v), text)) {
		unit_say("no \"%s\" on this screen:", text);
		fputs(v->text, stdout);
		fail();
	}
}

static void ck_shows_not(struct view *v, const char *text)
{
	if (strstr(shown(v), text)) {
		unit_say("\"%s\" is on this screen:", text);
		fputs(v->text, stdout);
		fail();
	}
}

/* The name in row @nr of the table. */
static void ck_row(struct view *v, unsigned int nr, const char *begins)
{
	const char *line = shown(v);

	for (nr += 5; nr; nr--)
		line = strchr(line, '\n') + 1;
	while (*line == ' ')
		line++;
	if (strncmp(line, begins, strlen(begins)))
		unit_say("the row is \"%.40s\"", line);
	ck_true(!strncmp(line, begins, strlen(begins)));
}

static void enter_goes_down_to_vpes_and_lpis_and_escape_up_again(void **state)
{
	struct view *v = begin("two");

	(void)state;
	ck_shows(v, "VMs: 2");
	key(v, UI_KEY_DOWN);
	key(v, UI_KEY_ENTER);
	ck_shows(v, "VM db-2 (pid 1001): 2 vPEs");
	keys(v, "j");
	key(v, UI_KEY_ENTER);
	ck_shows(v, "VM db-2 (pid 1001), vCPU 1: 1 LPI");
	ck_shows(v, "forwarded");
	key(v, UI_KEY_ENTER);			/* nothing below */
	ck_shows(v, "vCPU 1: 1 LPI");
	key(v, UI_KEY_ESC);
	key(v, UI_KEY_UP);
	key(v, UI_KEY_ENTER);
	ck_shows(v, "software");		/* of vCPU 0 */
	key(v, UI_KEY_BACKSPACE);
	key(v, UI_KEY_BACKSPACE);
	ck_shows(v, "VMs: 2");
	key(v, UI_KEY_ESC);
	ck_shows(v, "VMs: 2");
	ck_u64(v->ui.lists[UI_VMS].selected, 1);
	end(v);
}

static void keys_move_the_selection_and_the_list_follows(void **state)
{
	struct view *v = begin("many");

	(void)state;
	ck_row(v, 0, "web-1 ");
	key(v, UI_KEY_END);
	shown(v);
	ck_u64(v->ui.lists[UI_VMS].selected, 119);
	ck_row(v, 17, "db-120");		/* 18 rows of 24 */
	key(v, UI_KEY_HOME);
	ck_row(v, 0, "web-1 ");
	key(v, UI_KEY_PAGE_DOWN);
	ck_u64(v->ui.lists[UI_VMS].selected, 17);
	key(v, UI_KEY_PAGE_DOWN);
	ck_u64(v->ui.lists[UI_VMS].selected, 34);
	key(v, UI_KEY_PAGE_UP);
	keys(v, "kk");
	ck_u64(v->ui.lists[UI_VMS].selected, 15);
	keys(v, "G");
	ck_u64(v->ui.lists[UI_VMS].selected, 119);
	key(v, UI_KEY_DOWN);
	ck_u64(v->ui.lists[UI_VMS].selected, 119);
	end(v);
}

static void any_column_orders_and_reverse_turns_it_round(void **state)
{
	struct view *v = begin("many");
	unsigned int i;

	(void)state;
	keys(v, "R");
	ck_row(v, 0, "db-120");
	keys(v, "R");
	for (i = 0; i < columns_vm.nr; i++) {
		keys(v, "o");
		ck_shows(v, "Order by");
		key(v, UI_KEY_HOME);
		for (unsigned int k = 0; k < i; k++)
			key(v, UI_KEY_DOWN);
		key(v, UI_KEY_ENTER);
		ck_true(v->ui.lists[UI_VMS].sort == &columns_vm.columns[i] ||
			(!v->ui.lists[UI_VMS].sort && !strcmp(columns_vm.columns[i].key, "pid")));
		ck_shows(v, "VMs: 120");
	}
	v->ui.lists[UI_VMS].sort = columns_find(&columns_vm, "db");
	key(v, UI_KEY_RESIZE);
	keys(v, "<");				/* the default column to the left */
	ck_str(v->ui.lists[UI_VMS].sort->key, "move");
	keys(v, ">>");
	ck_str(v->ui.lists[UI_VMS].sort->key, "useful");
	ck_shows(v, "by USEFUL");
	keys(v, "R");
	ck_shows(v, "by USEFUL reversed");
	keys(v, "o");
	key(v, UI_KEY_ESC);			/* leaves it */
	ck_str(v->ui.lists[UI_VMS].sort->key, "useful");
	end(v);
}

static void filters_take_and_are_cleared(void **state)
{
	struct view *v = begin("many");

	(void)state;
	keys(v, "fdb-1");
	ck_shows(v, "contains (empty: all): db-1");
	key(v, UI_KEY_BACKSPACE);
	keys(v, "2");
	key(v, UI_KEY_ENTER);
	ck_shows(v, "name has \"db-2\"");
	ck_shows(v, "VMs: 6");			/* db-2, db-20, ... db-28 */
	go_on(v);
	ck_shows(v, "VMs: 6");
	keys(v, "p1001");
	key(v, UI_KEY_ENTER);
	ck_shows(v, "VMs: 1 ");
	keys(v, "c");
	ck_shows(v, "VMs: 120");
	keys(v, "pabc");
	key(v, UI_KEY_ENTER);
	ck_shows(v, "\"abc\" is no process id");
	keys(v, "gnobody");
	key(v, UI_KEY_ENTER);
	ck_shows(v, "(no VM matches the filter; c clears it)");
	key(v, UI_KEY_ENTER);			/* nothing to open */
	keys(v, "jkG");
	keys(v, "/");
	key(v, 'u' & 0x1f);
	key(v, UI_KEY_ENTER);
	ck_shows(v, "VMs: 120");
	keys(v, "fxyz");
	key(v, UI_KEY_ESC);			/* not taken */
	ck_shows(v, "VMs: 120");
	end(v);
}

static void the_interval_is_asked_for_and_checked(void **state)
{
	struct view *v = begin("two");

	(void)state;
	keys(v, "s");
	ck_shows(v, "Seconds between refreshes (now 1):");
	key(v, UI_KEY_ENTER);
	ck_u64(v->ui.interval_ns, 1000000000);
	ck_shows_not(v, "is no number of seconds");
	keys(v, "s");
	keys(v, "0.25");
	key(v, UI_KEY_ENTER);
	ck_u64(v->ui.interval_ns, 250000000);
	ck_true(v->ui.want_pace);
	ck_shows(v, "every 0.25s");
	keys(v, "dx");
	key(v, UI_KEY_ENTER);
	ck_shows(v, "is no number of seconds");
	ck_u64(v->ui.interval_ns, 250000000);
	end(v);
}

static void columns_are_chosen_and_never_all_taken_away(void **state)
{
	struct view *v = begin("two");
	unsigned int i;

	(void)state;
	ck_shows_not(v, "MAPp99");
	keys(v, "C");
	ck_shows(v, "[x] VM");
	ck_shows(v, "[ ] LPI");
	for (i = 0; i < columns_vm.nr; i++) {	/* turns all round */
		keys(v, " ");
		key(v, UI_KEY_DOWN);
	}
	key(v, UI_KEY_ENTER);
	ck_shows(v, "MAPp99");
	ck_shows_not(v, "FWD%");
	keys(v, "C");
	key(v, UI_KEY_HOME);
	for (i = 0; i < columns_vm.nr; i++) {
		if (v->ui.lists[UI_VMS].columns.nr == 1)
			break;
		v->ui.pick = (size_t)(v->ui.lists[UI_VMS].columns.columns[0] - columns_vm.columns);
		keys(v, " ");
	}
	ck_u64(v->ui.lists[UI_VMS].columns.nr, 1);
	v->ui.pick = (size_t)(v->ui.lists[UI_VMS].columns.columns[0] - columns_vm.columns);
	keys(v, " ");
	ck_u64(v->ui.lists[UI_VMS].columns.nr, 1);
	keys(v, "d");
	key(v, UI_KEY_ESC);
	ck_shows(v, "FWD%");
	end(v);
}

static void columns_without_room_are_scrolled_to(void **state)
{
	struct view *v = begin("two");
	unsigned int i;

	(void)state;
	ck_shows(v, "8 columns hidden");
	ck_shows_not(v, "SPUR");
	for (i = 0; i < 40; i++)
		key(v, UI_KEY_RIGHT);
	ck_shows(v, "DBp99");
	ck_row(v, 0, "web-1 ");			/* the first stays */
	for (i = 0; i < 10; i++)
		key(v, UI_KEY_LEFT);
	ck_shows(v, "SPUR");
	for (i = 0; i < 40; i++)
		key(v, UI_KEY_LEFT);
	ck_shows(v, "8 columns hidden");
	size(v, 24, 250);
	ck_shows(v, "SPUR");
	ck_shows_not(v, "hidden");
	end(v);
}

static void the_pane_shows_each_histogram_or_why_not(void **state)
{
	struct view *v = begin("two");
	unsigned int i;

	(void)state;
	keys(v, "x");
	ck_shows(v, "doorbell: doorbell to resident  web-1 (pid 1000)");
	ck_shows(v, "####");
	key(v, UI_KEY_TAB);
	ck_shows(v, "doorbell-wake");
	ck_shows(v, "n/a: kept while this VM is looked at");
	go_on(v);				/* the selected VM is in focus now */
	go_on(v);
	ck_shows(v, "p99.9");
	key(v, UI_KEY_DOWN);
	ck_shows(v, "n/a: kept while this VM is looked at");
	key(v, UI_KEY_BACKTAB);
	key(v, UI_KEY_BACKTAB);
	ck_shows(v, "dirty: ");
	ck_shows(v, "n/a: measured only with --detail");
	for (i = 0; i < MODEL_NR_HISTS; i++) {
		ck_shows(v, model_hist_key(v->ui.hist));
		key(v, UI_KEY_TAB);
	}
	key(v, UI_KEY_ENTER);
	go_on(v);
	go_on(v);
	v->ui.hist = MODEL_H_MAP;
	ck_shows(v, "n/a: counted for the VM as a whole");
	v->ui.hist = MODEL_H_RESIDENT;
	ck_shows(v, "residency: time resident  db-2 (pid 1001), vCPU 0");
	ck_shows(v, "####");
	keys(v, "x");
	ck_shows_not(v, "residency:");
	end(v);
}

static void a_vm_that_ends_is_left_with_a_word(void **state)
{
	struct view *v = begin("vanish");

	(void)state;
	keys(v, "j");
	key(v, UI_KEY_ENTER);
	key(v, UI_KEY_ENTER);
	ck_shows(v, "VM db-2 (pid 1001), vCPU 0");
	go_on(v);				/* the third reading: gone */
	ck_shows(v, "VM db-2 (pid 1001) has ended");
	ck_shows(v, "VMs: 2");
	ck_u64(v->ui.lists[UI_VMS].selected, 1);
	ck_row(v, 1, "web-3");
	go_on(v);
	go_on(v);
	go_on(v);				/* another one of this pid */
	ck_shows(v, "VMs: 3");
	ck_row(v, 1, "db-2");
	ck_u64(v->ui.lists[UI_VMS].selected, 2);	/* web-3 stays selected */
	end(v);
}

static void the_last_vm_that_ends_leaves_an_empty_list(void **state)
{
	struct view *v = begin("empty");
	int k;

	(void)state;
	ck_shows(v, "(no VM with a vGIC runs here)");
	for (k = 1; k < 0x80; k++) {
		key(v, k);
		shown(v);
	}
	key(v, UI_KEY_ESC);
	key(v, UI_KEY_ESC);
	for (k = UI_KEY_UP; k <= UI_KEY_OTHER; k++) {
		key(v, k);
		shown(v);
	}
	end(v);
}

static void losses_are_told(void **state)
{
	struct view *v = begin("losing");
	unsigned int col;

	(void)state;
	ck_shows(v, "LOST: 3 records, 2 map full");
	for (col = 0; col < 4; col++)
		ck_u64(ui_cell_at(&v->screen, 2, col)->attr, UI_BAD);
	end(v);
}

static void a_clock_that_jumps_shows_no_nonsense(void **state)
{
	struct view *v = begin("jump");
	unsigned int i;

	(void)state;
	for (i = 0; i < 6; i++) {
		go_on(v);
		ck_shows(v, "VMs: 2");
		ck_shows_not(v, "nan");
		ck_shows_not(v, "inf ");
		ck_shows_not(v, "-0");
	}
	end(v);
}

static void odd_names_stay_in_their_column(void **state)
{
	struct view *v = begin("names");

	(void)state;
	ck_row(v, 0, "a-name-of-63    1000");
	ck_row(v, 3, "n/a             1003");
	ck_row(v, 4, "plain           1004");
	end(v);
}

/* A view that is @at_ns in a recording of 100.5 seconds. */
static struct view *begin_replay(uint64_t at_ns)
{
	struct view *v = begin("two");

	v->ui.replay = (struct ui_replay){ .on = true, .first_ns = 1000, .pos_ns = 1000 + at_ns,
					   .last_ns = 1000 + 100500000000, .speed = 1 };
	return v;
}

/* Where keys ask to go, in ms from the begin; UINT64_MAX: nowhere. */
static uint64_t goes_to(struct view *v, const char *typed)
{
	v->ui.replay.want = false;
	keys(v, typed);
	return v->ui.replay.want ? (v->ui.replay.want_ns - 1000) / 1000000 : UINT64_MAX;
}

static void keys_of_a_recording_go_to_another_place(void **state)
{
	struct view *v = begin_replay(30000000000);

	(void)state;
	ck_u64(goes_to(v, "]"), 40000);
	ck_u64(goes_to(v, "["), 20000);
	ck_u64(goes_to(v, "}"), 90000);
	ck_u64(goes_to(v, "{"), 0);
	ck_true(!v->ui.paused);
	ck_u64(goes_to(v, "."), 31000);
	ck_true(v->ui.paused);
	ck_u64(goes_to(v, ","), 29000);
	ck_u64(goes_to(v, "@42.5\n"), 42500);
	ck_u64(goes_to(v, "@100.6\n"), UINT64_MAX);
	ck_shows(v, "\"100.6\" is not in the recording");
	ck_u64(goes_to(v, "@x\n"), UINT64_MAX);
	ck_shows(v, "\"x\" is no time");
	ck_u64(goes_to(v, "@\n"), UINT64_MAX);
	ck_u64(goes_to(v, "e"), UINT64_MAX);
	v->ui.interval_ns = 100000000;
	ck_u64(goes_to(v, "["), 29000);
	ck_shows(v, "+0:30.0/1:40.5 PAUSED");
	v->ui.replay.pos_ns = v->ui.replay.first_ns;
	ck_u64(goes_to(v, ","), UINT64_MAX);
	ck_shows(v, "the recording begins here");
	end(v);
}

static void the_end_of_a_recording_is_between_two_intervals(void **state)
{
	struct view *v = begin_replay(100500000000);

	(void)state;
	ck_shows(v, "+1:40/1:40 END");
	ck_u64(goes_to(v, "."), UINT64_MAX);
	ck_shows(v, "the recording ends here");
	ck_u64(goes_to(v, ","), 100000);
	ck_u64(goes_to(v, "["), 91000);
	v->ui.paused = false;
	keys(v, " ");
	ck_true(!v->ui.paused);
	end(v);
}

static void speed_is_doubled_and_halved_within_bounds(void **state)
{
	struct view *v = begin_replay(1000000000);
	unsigned int i;

	(void)state;
	keys(v, "++");
	ck_true(v->ui.want_pace);
	ck_shows(v, " 4x ");
	keys(v, "---");
	ck_shows(v, " 0.5x ");
	for (i = 0; i < 100; i++)
		keys(v, "+");
	ck_true(v->ui.replay.speed == 1048576);
	for (i = 0; i < 100; i++)
		keys(v, "-");
	ck_true(v->ui.replay.speed * 1024 == 1);
	keys(v, "h");
	ck_shows(v, "In the recording");
	end(v);
}

static void keys_ask_the_loop_for_what_it_must_do(void **state)
{
	struct view *v = begin("two");

	(void)state;
	keys(v, "r");
	ck_true(v->ui.want_reset);
	keys(v, "e");				/* any other key */
	ck_true(v->ui.want_refresh);
	v->ui.want_refresh = false;
	keys(v, "z");
	ck_true(v->ui.paused && !v->ui.want_refresh);
	ck_shows(v, "PAUSED");
	keys(v, "Z");
	ck_true(!v->ui.paused && v->ui.want_refresh);
	keys(v, " ");				/* pauses too */
	ck_true(v->ui.paused);
	keys(v, " ");
	ck_true(!v->ui.paused);
	keys(v, "w/tmp/\xc3\xa4.json");
	key(v, 0xe4);				/* a character of two bytes */
	key(v, UI_KEY_BACKSPACE);
	ck_shows(v, "Write to file");
	key(v, UI_KEY_ENTER);
	ck_true(v->ui.want_file[0] == '/');
	keys(v, "h");
	ck_shows(v, "keys and words");
	keys(v, "q");				/* goes back, no more */
	ck_true(!v->ui.want_quit);
	keys(v, "?");
	key(v, UI_KEY_PAGE_DOWN);
	ck_shows(v, "doorbell that woke");
	key(v, UI_KEY_PAGE_UP);
	key(v, UI_KEY_ESC);
	key(v, UI_KEY_F1);
	ck_shows(v, "keys and words");
	key(v, UI_KEY_ESC);
	keys(v, "q");
	ck_true(v->ui.want_quit);
	end(v);
}

static void every_size_and_mode_can_be_drawn(void **state)
{
	static const char *const ways[] = { "", "h", "o", "C", "f", "x", "\n", "\n\n", "\nx" };
	static const unsigned int sizes[][2] = {
		{ 1, 1 }, { 1, 80 }, { 2, 2 }, { 5, 10 }, { 6, 40 }, { 7, 20 }, { 10, 80 },
		{ 13, 30 }, { 24, 80 }, { 50, 200 }, { 80, 250 },
	};
	struct view *v;
	size_t way, i;

	(void)state;
	for (way = 0; way < UNIT_ARRAY_SIZE(ways); way++) {
		v = begin("many");
		keys(v, ways[way]);
		go_on(v);
		for (i = 0; i < UNIT_ARRAY_SIZE(sizes); i++) {
			size(v, sizes[i][0], sizes[i][1]);
			shown(v);
			key(v, UI_KEY_END);
			shown(v);
		}
		end(v);
	}
}

static void a_thousand_refreshes_of_vms_that_come_and_go(void **state)
{
	static const int random_keys[] = {
		UI_KEY_DOWN, UI_KEY_UP, UI_KEY_ENTER, UI_KEY_ENTER, UI_KEY_ESC, UI_KEY_END, 'x',
		UI_KEY_TAB, '<', '>', 'R', UI_KEY_HOME, UI_KEY_PAGE_DOWN, 'c', 'z', 'r', '.',
	};
	struct view *v = begin("churn");
	uint32_t random = 7;
	unsigned int i;

	(void)state;
	for (i = 0; i < 1000; i++) {
		random = random * 1664525 + 1013904223;
		key(v, random_keys[(random >> 16) % UNIT_ARRAY_SIZE(random_keys)]);
		shown(v);
		go_on(v);
		shown(v);
	}
	end(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(enter_goes_down_to_vpes_and_lpis_and_escape_up_again),
		UNIT_TEST(keys_move_the_selection_and_the_list_follows),
		UNIT_TEST(any_column_orders_and_reverse_turns_it_round),
		UNIT_TEST(filters_take_and_are_cleared),
		UNIT_TEST(the_interval_is_asked_for_and_checked),
		UNIT_TEST(columns_are_chosen_and_never_all_taken_away),
		UNIT_TEST(columns_without_room_are_scrolled_to),
		UNIT_TEST(the_pane_shows_each_histogram_or_why_not),
		UNIT_TEST(a_vm_that_ends_is_left_with_a_word),
		UNIT_TEST(the_last_vm_that_ends_leaves_an_empty_list),
		UNIT_TEST(losses_are_told),
		UNIT_TEST(a_clock_that_jumps_shows_no_nonsense),
		UNIT_TEST(odd_names_stay_in_their_column),
		UNIT_TEST(keys_of_a_recording_go_to_another_place),
		UNIT_TEST(the_end_of_a_recording_is_between_two_intervals),
		UNIT_TEST(speed_is_doubled_and_halved_within_bounds),
		UNIT_TEST(keys_ask_the_loop_for_what_it_must_do),
		UNIT_TEST(every_size_and_mode_can_be_drawn),
		UNIT_TEST(a_thousand_refreshes_of_vms_that_come_and_go),
	};

	return unit_main(tests, UNIT_ARRAY_SIZE(tests));
}
