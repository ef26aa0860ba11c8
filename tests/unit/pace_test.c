// SPDX-License-Identifier: GPL-2.0
/* When refreshes and measurements are due. */
#include "pace.h"
#include "unit.h"

#define S	1000000000ULL

static void a_refresh_an_interval_with_a_tenth_of_a_second_measured(void **state)
{
	struct pace p;

	(void)state;
	pace_start(&p, S, 5 * S);
	ck_u64(pace_due_ns(&p), 5 * S + S * 9 / 10);
	ck_u64(pace_step(&p, 5 * S + S / 2), PACE_WAIT);
	ck_u64(pace_step(&p, 5 * S + S * 9 / 10), PACE_MEASURE);
	ck_u64(pace_step(&p, 5 * S + S * 95 / 100), PACE_WAIT);
	ck_u64(pace_due_ns(&p), 6 * S);
	ck_u64(pace_step(&p, 6 * S + 7), PACE_REFRESH);
	ck_u64(pace_due_ns(&p), 7 * S - S / 10);
}

static void a_short_interval_is_measured_for_a_tenth_of_it(void **state)
{
	struct pace p;

	(void)state;
	pace_start(&p, S / 100, 0);
	ck_u64(pace_due_ns(&p), S / 100 - S / 1000);
}

static void refreshes_that_were_missed_are_skipped(void **state)
{
	struct pace p;

	(void)state;
	pace_start(&p, S, 0);
	ck_u64(pace_step(&p, 100 * S), PACE_REFRESH);
	ck_u64(pace_step(&p, 100 * S), PACE_WAIT);
	ck_u64(pace_due_ns(&p), 101 * S - S / 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(a_refresh_an_interval_with_a_tenth_of_a_second_measured),
		UNIT_TEST(a_short_interval_is_measured_for_a_tenth_of_it),
		UNIT_TEST(refreshes_that_were_missed_are_skipped),
	};

	return unit_main(tests, UNIT_ARRAY_SIZE(tests));
}
