// SPDX-License-Identifier: GPL-2.0
/*
 * Comparisons of two reports: the intervals cover what they claim to, two recordings of the
 * same traffic by another seed are noise in nearly all, slower traffic is found in all.
 */
#include <math.h>

#include "report_diff.h"
#include "scene.h"
#include "unit.h"

static uint64_t seed = 88172645463325252ULL;

static double uniform(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (double)(seed >> 11) / 9007199254740992.0;
}

static double exponential(double mean)
{
	return -mean * log(1 - uniform());
}

static void draw_hist(struct g4_hist *h, unsigned int n, double mean)
{
	memset(h, 0, sizeof(*h));
	while (n--)
		g4_hist_add(h, (uint64_t)exponential(mean) + 1);
}

/* --- the parts --- */

static void intervals_of_percentiles_cover_the_true_one(void **state)
{
	static const unsigned int ranks[] = { 5000, 9000, 9900, 9990 };
	struct diff_estimate e;
	struct g4_hist h;
	unsigned int i, k, missed[4] = { 0 };
	double truth;

	(void)state;
	for (i = 0; i < 1000; i++) {
		draw_hist(&h, 500 + i, 1e6);
		for (k = 0; k < 4; k++) {
			truth = -1e6 * log(1 - ranks[k] / 10000.0) + 1;
			diff_estimate_rank(&h, ranks[k], &e);
			assert_true(e.known && e.low <= e.value && e.value <= e.high);
			missed[k] += e.low > truth || e.high < truth;
		}
	}
	for (k = 0; k < 4; k++) {
		unit_say("p%g: %u of 1000 intervals miss it", ranks[k] / 100.0, missed[k]);
		assert_true(missed[k] <= 15);	/* 1 %, and then some luck */
	}
}

static void too_few_values_leave_an_interval_open(void **state)
{
	struct diff_estimate e;
	struct g4_hist h;

	(void)state;
	draw_hist(&h, 0, 1);
	diff_estimate_rank(&h, 5000, &e);
	assert_false(e.known);
	draw_hist(&h, 100, 1e6);
	diff_estimate_rank(&h, 9990, &e);
	assert_true(e.known && isinf(e.high));
	draw_hist(&h, 3, 1e6);
	diff_estimate_rank(&h, 5000, &e);
	assert_true(e.known && e.low <= 0 && isinf(e.high));
}

static void intervals_of_rates_cover_the_true_one(void **state)
{
	static const double means[] = { 3, 30, 300 };
	unsigned int i, k, n, missed[3] = { 0 };
	struct diff_estimate e;
	double at;

	(void)state;
	for (i = 0; i < 1000; i++) {
		for (k = 0; k < 3; k++) {
			for (n = 0, at = exponential(1); at < means[k]; at += exponential(1))
				n++;
			diff_estimate_rate(n, 2000000000, &e);
			missed[k] += e.low > means[k] / 2 || e.high < means[k] / 2;
		}
	}
	for (k = 0; k < 3; k++) {
		unit_say("mean %g: %u of 1000 intervals miss it", means[k], missed[k]);
		assert_true(missed[k] <= 20);
	}
	diff_estimate_rate(5, 0, &e);
	assert_false(e.known);
	diff_estimate_rate(0, 1000000000, &e);
	assert_true(e.known && e.low <= 0 && e.high > 4.6 && e.high < 6);
}

static void only_intervals_apart_exceed_noise(void **state)
{
	struct diff_figure f = { .side = { { true, 10, 8, 12 }, { true, 13, 12, 14 } } };

	(void)state;
	diff_compare(&f);
	assert_false(f.exceeds);
	assert_true(f.has_change && f.change_pct > 29.9 && f.change_pct < 30.1);
	f.side[1].low = 12.1;
	diff_compare(&f);
	assert_true(f.exceeds);
	f.side[1] = (struct diff_estimate){ true, 6, 5, 7 };
	diff_compare(&f);
	assert_true(f.exceeds);
	f.side[1].known = false;
	diff_compare(&f);
	assert_false(f.exceeds || f.has_change);
	f.side[0] = f.side[1] = (struct diff_estimate){ true, 0, 0, 1 };
	diff_compare(&f);
	assert_false(f.exceeds || f.has_change);
}

/* --- recordings --- */

static bool all[MODEL_NR_HISTS];	/* see main() */

static void make(const struct traffic_opts *opts, uint64_t events, struct report *r)
{
	const struct report_opts plain = { .filter.vcpu = -1 };
	struct rec_play p, *list = &p;
	struct scene s;

	scene_begin(&s, opts, "lab");
	scene_run(&s, events);
	scene_end(&s);
	scene_play(&s, 0, &p);
	assert_int_equal(report_init(r, &plain, &list, 1), 0);
	assert_int_equal(report_add(r, &p), 0);
	assert_int_equal(report_finish(r), 0);
	rec_play_close(&p);
	scene_free(&s);
}

static void the_same_traffic_by_another_seed_is_noise(void **state)
{
	struct traffic_opts opts = { .nr_vms = 2, .nr_vcpus = 4, .nr_cpus = SCENE_CPUS,
				     .step_ns = 20000, .seed = 1 };
	unsigned int tested = 0, exceed = 0;
	struct report_diff d;
	struct report a, b;
	unsigned int i;

	(void)state;
	make(&opts, 40000, &a);
	for (i = 0; i < 10; i++) {
		opts.seed = 2 + i;
		make(&opts, 40000, &b);
		assert_int_equal(report_diff(&d, &a, &b, all), 0);
		ck_u64(d.nr_vms, 2);
		tested += d.nr_tested;
		exceed += d.nr_exceed;
		report_diff_clear(&d);
		report_clear(&b);
	}
	unit_say("%u of %u figures exceed noise", exceed, tested);
	assert_true(tested > 900);
	assert_true(exceed * 100 <= tested);
	report_clear(&a);
}

static void only_histograms_that_are_asked_for_are_counted(void **state)
{
	const bool one[MODEL_NR_HISTS] = { [MODEL_H_DOORBELL] = true };
	const bool none[MODEL_NR_HISTS] = { false };
	struct traffic_opts opts = { .nr_vms = 1, .nr_vcpus = 2, .nr_cpus = SCENE_CPUS,
				     .step_ns = 20000, .seed = 1 };
	struct report_diff d;
	struct report a, b;
	uint32_t rates;

	(void)state;
	make(&opts, 20000, &a);
	opts.step_ns = 40000;
	make(&opts, 20000, &b);
	assert_int_equal(report_diff(&d, &a, &b, none), 0);
	rates = d.nr_tested;
	assert_true(rates && rates <= DIFF_NR_RATES && d.nr_exceed <= rates);
	report_diff_clear(&d);
	assert_int_equal(report_diff(&d, &a, &b, one), 0);
	ck_u64(d.nr_tested, rates + DIFF_NR_RANKS);
	report_diff_clear(&d);
	report_clear(&a);
	report_clear(&b);
}

static void slower_traffic_is_found(void **state)
{
	struct traffic_opts opts = { .nr_vms = 2, .nr_vcpus = 4, .nr_cpus = SCENE_CPUS,
				     .step_ns = 20000, .seed = 1 };
	struct report_diff d;
	struct report a, b;
	unsigned int i, k;

	(void)state;
	make(&opts, 40000, &a);
	opts.step_ns = 30000;
	opts.seed = 2;
	make(&opts, 40000, &b);
	assert_int_equal(report_diff(&d, &a, &b, all), 0);
	for (i = 0; i < d.nr_vms; i++) {
		assert_true(d.vms[i].in[0] && d.vms[i].in[1]);
		assert_true(d.vms[i].rate[DIFF_LOADS].exceeds);
		assert_true(d.vms[i].rate[DIFF_USEFUL].exceeds);
		assert_true(d.vms[i].rate[DIFF_LOADS].change_pct < -25);
		for (k = DIFF_P50; k <= DIFF_P99; k++) {
			assert_true(d.vms[i].hist[MODEL_H_DOORBELL].rank[k].exceeds);
			assert_true(d.vms[i].hist[MODEL_H_DOORBELL].rank[k].change_pct > 25);
			/* what does not depend on the pace */
			assert_false(d.vms[i].hist[MODEL_H_VMOVP].rank[k].exceeds);
			assert_false(d.vms[i].hist[MODEL_H_DIRTY].rank[k].exceeds);
		}
	}
	report_diff_clear(&d);
	report_clear(&a);
	report_clear(&b);
}

static void vms_are_matched_by_name(void **state)
{
	struct traffic_opts opts = { .nr_vms = 3, .nr_vcpus = 1, .nr_cpus = SCENE_CPUS,
				     .step_ns = 20000, .seed = 1 };
	struct report_diff d;
	struct report a, b;

	(void)state;
	make(&opts, 1000, &a);
	opts.nr_vms = 2;
	make(&opts, 1000, &b);
	assert_int_equal(report_diff(&d, &a, &b, all), 0);
	ck_u64(d.nr_vms, 3);
	ck_str(d.vms[2].name, "vm-2");
	assert_true(d.vms[1].in[0] && d.vms[1].in[1]);
	assert_true(d.vms[2].in[0] && !d.vms[2].in[1]);
	assert_false(d.vms[2].rate[DIFF_LOADS].side[1].known || d.vms[2].rate[DIFF_LOADS].exceeds);
	report_diff_clear(&d);
	/* a name that two have is one line */
	snprintf(b.vms[1]->name, sizeof(b.vms[1]->name), "vm-0");
	b.vms[0]->hidden = false;
	assert_int_equal(report_diff(&d, &b, &b, all), 0);
	ck_u64(d.nr_vms, 1);
	ck_u64(d.vms[0].seen_ns[0], b.vms[0]->sums.n[RC_SEEN_NS] + b.vms[1]->sums.n[RC_SEEN_NS]);
	ck_u64(d.nr_exceed, 0);
	report_diff_clear(&d);
	report_clear(&a);
	report_clear(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(intervals_of_percentiles_cover_the_true_one),
		UNIT_TEST(too_few_values_leave_an_interval_open),
		UNIT_TEST(intervals_of_rates_cover_the_true_one),
		UNIT_TEST(only_intervals_apart_exceed_noise),
		UNIT_TEST(the_same_traffic_by_another_seed_is_noise),
		UNIT_TEST(only_histograms_that_are_asked_for_are_counted),
		UNIT_TEST(slower_traffic_is_found),
		UNIT_TEST(vms_are_matched_by_name),
	};

	memset(all, 1, sizeof(all));
	return unit_main(tests, UNIT_ARRAY_SIZE(tests));
}
