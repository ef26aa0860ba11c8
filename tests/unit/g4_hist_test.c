// SPDX-License-Identifier: GPL-2.0
/* The shared histogram's buckets and sums (gicv4top/hist.h), natively. */
#include <pthread.h>

#include "fsm_case.h"
#include "hist_cases.h"
#include "unit.h"

static void run_case(void **state)
{
	struct g4_hist plain = {}, shared = {}, want = {};
	const struct hist_case *c = *state;
	__u32 i;

	want.count = c->nr;
	want.sum = c->sum;
	want.min = c->min;
	want.max = c->max;
	for (i = 0; i < c->nr; i++) {
		ck_u64(g4_hist_index(c->value[i]), c->index[i]);
		want.bucket[c->index[i]]++;
		g4_hist_add(&plain, c->value[i]);
		g4_hist_add_shared(&shared, c->value[i]);
	}
	ck_u64(plain.sum, c->sum);
	ck_u64(plain.min, c->min);
	ck_u64(plain.max, c->max);
	assert_memory_equal(&plain, &want, sizeof(want));
	assert_memory_equal(&shared, &want, sizeof(want));
}

static void log2_is_the_highest_bit(void **state)
{
	__u32 bit;

	(void)state;
	for (bit = 0; bit < 64; bit++) {
		ck_u64(g4_log2(1ULL << bit), bit);
		ck_u64(g4_log2(~0ULL >> (63 - bit)), bit);
	}
}

static void every_bucket_edge_is_where_it_is_said_to_be(void **state)
{
	static __u64 values[HIST_NR_EDGES];
	static __u32 index[HIST_NR_EDGES];
	__u32 i;

	(void)state;
	hist_edges(values, index);
	for (i = 0; i < HIST_NR_EDGES; i++)
		ck_u64(g4_hist_index(values[i]), index[i]);
	for (i = 1; i < HIST_NR_EDGES; i += 3)
		ck_u64(g4_hist_low(index[i]), values[i]);
	ck_u64(g4_hist_low(HIST_LAST), 1ULL << 40);
	ck_u64(values[HIST_NR_EDGES - 2], 31ULL << 35);
}

static void every_power_of_two_begins_a_bucket(void **state)
{
	__u64 low;
	int bit;

	(void)state;
	for (bit = 4; bit <= 40; bit++) {
		low = 1ULL << bit;
		ck_u64(g4_hist_index(low), 16 * (bit - 3));
		ck_u64(g4_hist_index(low - 1), 16 * (bit - 3) - 1);
		ck_u64(g4_hist_index(low + 1), 16 * (bit - 3) + (bit == 4));
		ck_u64(g4_hist_low(16 * (bit - 3)), low);
	}
}

/* Checks @v against its bucket's bounds and the promised error. */
static void check_bounds(__u64 v)
{
	__u32 index = g4_hist_index(v);
	__u64 low = g4_hist_low(index);

	if (low > v || index >= G4_HIST_BUCKETS)
		unit_say("value: %llu", (unsigned long long)v);
	ck_true(index < G4_HIST_BUCKETS);
	ck_true(low <= v);
	if (index == HIST_LAST)
		return;
	ck_true(v < g4_hist_low(index + 1));
	ck_true((v - low) * 16 <= v);
	ck_true((g4_hist_low(index + 1) - 1 - low) * 16 <= low);
}

static void a_value_lies_in_its_bucket_and_is_known_to_a_sixteenth(void **state)
{
	__u64 seed = 7, v;
	int i;

	(void)state;
	for (v = 0; v < 70000; v++)
		check_bounds(v);
	for (i = 0; i < 1000000; i++) {
		v = fsm_random(&seed) << 33 ^ fsm_random(&seed) << 10 ^ fsm_random(&seed);
		check_bounds(v >> fsm_random(&seed) % 60);
	}
	check_bounds((1ULL << 40) - 1);
	check_bounds(1ULL << 40);
	check_bounds(~0ULL);
}

static void a_larger_value_is_never_in_a_lower_bucket(void **state)
{
	static __u64 values[HIST_NR_EDGES];
	static __u32 index[HIST_NR_EDGES];
	__u64 v;
	__u32 i;

	(void)state;
	for (v = 1; v < 70000; v++)
		ck_true(g4_hist_index(v) >= g4_hist_index(v - 1));
	hist_edges(values, index);
	for (i = 0; i < HIST_NR_EDGES; i++)
		ck_true(g4_hist_index(values[i] + 1) >= g4_hist_index(values[i]));
	for (i = 0; i + 1 < G4_HIST_BUCKETS; i++)
		ck_true(g4_hist_low(i) < g4_hist_low(i + 1) || i == HIST_LAST);
}

static void a_zero_is_a_value_of_a_plain_histogram(void **state)
{
	struct g4_hist h = {};

	(void)state;
	g4_hist_add(&h, 9);
	g4_hist_add(&h, 0);
	g4_hist_add(&h, 7);
	ck_u64(h.count, 3);
	ck_u64(h.sum, 16);
	ck_u64(h.min, 0);
	ck_u64(h.max, 9);
	ck_u64(h.bucket[0], 1);
}

/* Its min cannot tell 0 from "none yet": hist.h says so, all else is exact. */
static void a_zero_is_counted_in_a_shared_histogram(void **state)
{
	struct g4_hist h = {};

	(void)state;
	g4_hist_add_shared(&h, 9);
	g4_hist_add_shared(&h, 0);
	ck_u64(h.count, 2);
	ck_u64(h.sum, 9);
	ck_u64(h.max, 9);
	ck_u64(h.bucket[0], 1);
}

static void shared_adding_equals_plain_adding(void **state)
{
	static struct g4_hist plain, shared;
	__u64 seed = 8, v;
	int i;

	(void)state;
	for (i = 0; i < 200000; i++) {
		v = 1 + (fsm_random(&seed) << 20 >> fsm_random(&seed) % 50);
		g4_hist_add(&plain, v);
		g4_hist_add_shared(&shared, v);
	}
	ck_u64(plain.count, 200000);
	assert_memory_equal(&plain, &shared, sizeof(plain));
}

#define NR_THREADS	4
#define NR_ADDS		200000

struct adder {
	struct g4_hist *shared;
	struct g4_hist own;
	__u64 seed;
};

static void *add_many(void *arg)
{
	struct adder *a = arg;
	__u64 v;
	int i;

	for (i = 0; i < NR_ADDS; i++) {
		v = 1 + (fsm_random(&a->seed) << 20 >> fsm_random(&a->seed) % 50);
		g4_hist_add(&a->own, v);
		g4_hist_add_shared(a->shared, v);
	}
	return NULL;
}

static void shared_adding_by_four_threads_loses_nothing(void **state)
{
	static struct g4_hist shared, want;
	static struct adder adders[NR_THREADS];
	pthread_t threads[NR_THREADS];
	__u32 t, i;

	(void)state;
	for (t = 0; t < NR_THREADS; t++) {
		adders[t].shared = &shared;
		adders[t].seed = 100 + t;
		ck_u64(pthread_create(&threads[t], NULL, add_many, &adders[t]), 0);
	}
	want.min = ~0ULL;
	for (t = 0; t < NR_THREADS; t++) {
		pthread_join(threads[t], NULL);
		want.count += adders[t].own.count;
		want.sum += adders[t].own.sum;
		if (adders[t].own.min < want.min)
			want.min = adders[t].own.min;
		if (adders[t].own.max > want.max)
			want.max = adders[t].own.max;
		for (i = 0; i < G4_HIST_BUCKETS; i++)
			want.bucket[i] += adders[t].own.bucket[i];
	}
	ck_u64(want.count, NR_THREADS * NR_ADDS);
	assert_memory_equal(&shared, &want, sizeof(want));
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		UNIT_TEST(log2_is_the_highest_bit),
		UNIT_TEST(every_bucket_edge_is_where_it_is_said_to_be),
		UNIT_TEST(every_power_of_two_begins_a_bucket),
		UNIT_TEST(a_value_lies_in_its_bucket_and_is_known_to_a_sixteenth),
		UNIT_TEST(a_larger_value_is_never_in_a_lower_bucket),
		UNIT_TEST(a_zero_is_a_value_of_a_plain_histogram),
		UNIT_TEST(a_zero_is_counted_in_a_shared_histogram),
		UNIT_TEST(shared_adding_equals_plain_adding),
		UNIT_TEST(shared_adding_by_four_threads_loses_nothing),
	};
	struct CMUnitTest tests[UNIT_ARRAY_SIZE(hist_cases) + UNIT_ARRAY_SIZE(others)];
	size_t i, nr = 0;

	for (i = 0; i < UNIT_ARRAY_SIZE(hist_cases); i++)
		tests[nr++] = (struct CMUnitTest)UNIT_CASE(hist_cases[i].name, run_case,
							   &hist_cases[i]);
	memcpy(&tests[nr], others, sizeof(others));
	return unit_main(tests, nr + UNIT_ARRAY_SIZE(others));
}
