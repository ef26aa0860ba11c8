// SPDX-License-Identifier: GPL-2.0
/* Percentiles and sums of histograms (src/hist.c), against the values themselves. */
#include "hist.h"
#include "unit.h"

#define NR_VALUES	5000

static uint64_t next_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return *seed >> 20;
}

static int by_value(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* The @per_10000th of @nr sorted values: the lowest that so many lie at or below. */
static uint64_t exact(const uint64_t *values, uint64_t nr, unsigned int per_10000)
{
	uint64_t rank = (nr * per_10000 + 9999) / 10000;

	return values[rank ? rank - 1 : 0];
}

/* Within 1/32 of the exact value, as hist.h promises. */
static void check_percentile(const struct g4_hist *h, const uint64_t *values, uint64_t nr,
			     unsigned int per_10000)
{
	uint64_t got = hist_percentile(h, per_10000), want = exact(values, nr, per_10000);
	uint64_t off = got > want ? got - want : want - got;

	if (off * 32 > want)
		unit_say("%u of 10000 of %llu values: %llu, not %llu", per_10000,
			 (unsigned long long)nr, (unsigned long long)got,
			 (unsigned long long)want);
	ck_true(off * 32 <= want);
}

static void percentiles_are_within_a_32nd_of_the_sorted_values(void **state)
{
	static const unsigned int per_10000[] = { 0, 1, 100, 2500, 5000, 9000, 9900, 9990, 9999,
						  10000 };
	static uint64_t values[NR_VALUES];
	struct g4_hist h;
	uint64_t seed = 1, nr;
	unsigned int shift, i;

	(void)state;
	for (shift = 5; shift < 40; shift++) {
		nr = 1 + next_random(&seed) % NR_VALUES;
		memset(&h, 0, sizeof(h));
		for (i = 0; i < nr; i++) {
			values[i] = next_random(&seed) >> shift & ((1ULL << 40) - 1);
			g4_hist_add(&h, values[i]);
		}
		qsort(values, nr, sizeof(*values), by_value);
		for (i = 0; i < UNIT_ARRAY_SIZE(per_10000); i++)
			check_percentile(&h, values, nr, per_10000[i]);
	}
}

static void small_values_are_exact(void **state)
{
	struct g4_hist h = {};
	uint64_t v;

	(void)state;
	for (v = 1; v <= 10; v++)
		g4_hist_add(&h, v);
	ck_u64(hist_percentile(&h, 0), 1);
	ck_u64(hist_percentile(&h, 1000), 1);
	ck_u64(hist_percentile(&h, 1001), 2);
	ck_u64(hist_percentile(&h, 5000), 5);
	ck_u64(hist_percentile(&h, 9000), 9);
	ck_u64(hist_percentile(&h, 9900), 10);
	ck_u64(hist_percentile(&h, 10000), 10);
}

static void an_empty_histogram_has_no_percentiles(void **state)
{
	const struct g4_hist h = {};

	(void)state;
	ck_u64(hist_percentile(&h, 0), 0);
	ck_u64(hist_percentile(&h, 5000), 0);
	ck_u64(hist_percentile(&h, 10000), 0);
}

static void one_value_is_all_percentiles(void **state)
{
	static const uint64_t values[] = { 1, 15, 16, 17, 1000, 1023, 1024, 123456789,
					   (1ULL << 40) - 1, 1ULL << 40, ~0ULL };
	struct g4_hist h;
	size_t i;

	(void)state;
	for (i = 0; i < UNIT_ARRAY_SIZE(values); i++) {
		memset(&h, 0, sizeof(h));
		g4_hist_add(&h, values[i]);
		ck_u64(hist_percentile(&h, 1), values[i]);
		ck_u64(hist_percentile(&h, 5000), values[i]);
		ck_u64(hist_percentile(&h, 9999), values[i]);
	}
}

static void percentiles_stay_between_min_and_max(void **state)
{
	struct g4_hist h = {};

	(void)state;
	/* both in [1024, 1088), whose middle is 1055 */
	g4_hist_add(&h, 1080);
	g4_hist_add(&h, 1085);
	ck_u64(hist_percentile(&h, 5000), 1080);
	memset(&h, 0, sizeof(h));
	g4_hist_add(&h, 1025);
	g4_hist_add(&h, 1030);
	ck_u64(hist_percentile(&h, 9900), 1030);
}

static void values_beyond_the_last_bucket_are_told_by_the_maximum(void **state)
{
	struct g4_hist h = {};
	int i;

	(void)state;
	for (i = 0; i < 60; i++)
		g4_hist_add(&h, 10);
	for (i = 0; i < 40; i++)
		g4_hist_add(&h, (3ULL << 40) + (uint64_t)i);
	ck_u64(hist_percentile(&h, 5000), 10);
	ck_u64(hist_percentile(&h, 6000), 10);
	ck_u64(hist_percentile(&h, 6001), (3ULL << 40) + 39);
	ck_u64(hist_percentile(&h, 10000), (3ULL << 40) + 39);
}

static void percentiles_never_fall(void **state)
{
	struct g4_hist h = {};
	uint64_t seed = 3, before = 0, now;
	unsigned int p;
	int i;

	(void)state;
	for (i = 0; i < 3000; i++)
		g4_hist_add(&h, next_random(&seed) >> (next_random(&seed) % 44));
	for (p = 0; p <= 10000; p += 7) {
		now = hist_percentile(&h, p);
		ck_true(now >= before);
		before = now;
	}
}

/* A copy taken while BPF adds: buckets first, then count. */
static void ranks_come_from_the_buckets_not_from_the_count(void **state)
{
	struct g4_hist h = {};

	(void)state;
	g4_hist_add(&h, 10);
	g4_hist_add(&h, 12);
	g4_hist_add(&h, 14);
	h.count = 1;
	ck_u64(hist_percentile(&h, 5000), 12);
	h.count = 1000;
	ck_u64(hist_percentile(&h, 9999), 14);
}

static void merged_histograms_are_as_one_of_all_values(void **state)
{
	struct g4_hist parts[3] = {}, whole = {}, merged = {};
	uint64_t seed = 5, v;
	int i;

	(void)state;
	for (i = 0; i < 3000; i++) {
		v = next_random(&seed) >> (next_random(&seed) % 44);
		g4_hist_add(&parts[i % 3], v);
		g4_hist_add(&whole, v);
	}
	for (i = 0; i < 3; i++)
		hist_merge(&merged, &parts[i]);
	assert_memory_equal(&merged, &whole, sizeof(whole));
}

static void merging_nothing_changes_nothing(void **state)
{
	struct g4_hist h = {}, empty = {}, copy;

	(void)state;
	g4_hist_add(&h, 500);
	g4_hist_add(&h, 700);
	copy = h;
	hist_merge(&h, &empty);
	assert_memory_equal(&h, &copy, sizeof(h));
	empty.min = 9;			/* meaningless while count is 0 */
	hist_merge(&empty, &h);
	assert_memory_equal(&empty, &copy, sizeof(h));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		UNIT_TEST(percentiles_are_within_a_32nd_of_the_sorted_values),
		UNIT_TEST(small_values_are_exact),
		UNIT_TEST(an_empty_histogram_has_no_percentiles),
		UNIT_TEST(one_value_is_all_percentiles),
		UNIT_TEST(percentiles_stay_between_min_and_max),
		UNIT_TEST(values_beyond_the_last_bucket_are_told_by_the_maximum),
		UNIT_TEST(percentiles_never_fall),
		UNIT_TEST(ranks_come_from_the_buckets_not_from_the_count),
		UNIT_TEST(merged_histograms_are_as_one_of_all_values),
		UNIT_TEST(merging_nothing_changes_nothing),
	};

	return unit_main(tests, UNIT_ARRAY_SIZE(tests));
}
