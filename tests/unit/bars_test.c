// SPDX-License-Identifier: GPL-2.0
/* Rows and bars of histograms: nothing is lost between buckets and rows. */
#include "bars.h"
#include "unit.h"

static uint64_t random_state = 1;

static uint64_t next_random(void)
{
	random_state = random_state * 6364136223846793005ULL + 1442695040888963407ULL;
	return random_state >> 8;
}

/* Half open, back to back or apart, rising, counts exact. */
static void ck_rows(const struct g4_hist *h, unsigned int max)
{
	struct bar_row rows[G4_HIST_BUCKETS];
	unsigned int nr = bars_rows(h, rows, max), i, bucket;
	uint64_t in_row, all = 0;

	ck_true(nr <= max);
	for (i = 0; i < nr; i++) {
		ck_true(rows[i].low < rows[i].high);
		if (i)
			ck_true(rows[i].low == rows[i - 1].high);
		for (in_row = 0, bucket = 0; bucket < G4_HIST_BUCKETS; bucket++) {
			if (g4_hist_low(bucket) >= rows[i].low &&
			    g4_hist_low(bucket) < rows[i].high)
				in_row += h->bucket[bucket];
		}
		ck_u64(rows[i].count, in_row);
		all += rows[i].count;
	}
	ck_u64(all, h->count);
	if (nr) {
		ck_true(rows[0].count > 0);
		ck_true(rows[nr - 1].count > 0);
		ck_true(rows[0].low <= h->min && h->max < rows[nr - 1].high);
	}
}

static void rows_hold_all_that_the_buckets_hold(void **state)
{
	unsigned int round, i, max;
	struct g4_hist h;

	(void)state;
	for (round = 0; round < 300; round++) {
		memset(&h, 0, sizeof(h));
		for (i = 0; i <= round % 50; i++)
			g4_hist_add(&h, 1 + (next_random() >> (next_random() % 50)));
		for (max = 2; max < 70; max += 7)
			ck_rows(&h, max);
	}
}

static void rows_are_as_fine_as_there_is_room_for(void **state)
{
	struct g4_hist h = { .count = 0 };
	struct bar_row rows[32];

	(void)state;
	g4_hist_add(&h, 1024);
	g4_hist_add(&h, 2047);
	ck_u64(bars_rows(&h, rows, 16), 16);
	ck_u64(rows[0].low, 1024);
	ck_u64(rows[0].high, 1088);
	ck_u64(bars_rows(&h, rows, 15), 8);
	ck_u64(bars_rows(&h, rows, 4), 4);
	ck_u64(rows[3].high, 2048);
	ck_u64(bars_rows(&h, rows, 1), 1);
	ck_u64(rows[0].count, 2);
}

static void what_has_no_bound_has_its_own_row(void **state)
{
	struct g4_hist h = { .count = 0 };
	struct bar_row rows[8];

	(void)state;
	g4_hist_add(&h, 1ULL << 41);
	ck_u64(bars_rows(&h, rows, 1), 1);
	ck_true(rows[0].low == 1ULL << 40 && rows[0].high == UINT64_MAX);
	g4_hist_add(&h, 5);
	ck_u64(bars_rows(&h, rows, 1), 0);
	ck_u64(bars_rows(&h, rows, 2), 2);
	ck_true(rows[0].high == 1ULL << 40 && rows[1].count == 1);
}

static void an_empty_histogram_has_no_rows(void **state)
{
	struct g4_hist h = { .count = 0 };
	struct bar_row rows[1];

	(void)state;
	ck_u64(bars_rows(&h, rows, 1), 0);
	g4_hist_add(&h, 3);
	ck_u64(bars_rows(&h, rows, 0), 0);
}

static void bars_are_in_proportion_and_never_nothing_for_something(void **state)
{
	char bar[11];

	(void)state;
	bars_draw(10, 10, 10, bar);
	ck_str(bar, "##########");
	bars_draw(5, 10, 10, bar);
	ck_str(bar, "#####");
	bars_draw(1, 1000000, 10, bar);
	ck_str(bar, "#");
	bars_draw(0, 10, 10, bar);
	ck_str(bar, "");
	bars_draw(0, 0, 10, bar);
	ck_str(bar, "");
	bars_draw(UINT64_MAX, UINT64_MAX, 10, bar);
	ck_str(bar, "##########");
	bars_draw(3, 3, 0, bar);
	ck_str(bar, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(rows_hold_all_that_the_buckets_hold),
		UNIT_TEST(rows_are_as_fine_as_there_is_room_for),
		UNIT_TEST(what_has_no_bound_has_its_own_row),
		UNIT_TEST(an_empty_histogram_has_no_rows),
		UNIT_TEST(bars_are_in_proportion_and_never_nothing_for_something),
	};

	return unit_main(tests, UNIT_ARRAY_SIZE(tests));
}
