// SPDX-License-Identifier: GPL-2.0
/* Records of several CPUs in order of time, long ones unharmed, in memory that does not grow. */
#include <stdbool.h>

#include "rec_merge.h"
#include "unit.h"

#define NR_CPUS		3U
#define STEP_NS		500000ULL
#define PASS_NS		10000000ULL
#define SLACK_NS	10000000ULL	/* so that no CPU's lane is ever empty */

struct got {
	uint64_t last_ns, nr, nr_longs;
};

/* Each record says in several places who it is. */
static int check(void *ctx, const struct g4_rec *rec)
{
	const struct g4_rec_long *l = (const struct g4_rec_long *)rec;
	struct got *got = ctx;

	ck_true(rec->ts_ns >= got->last_ns);
	got->last_ns = rec->ts_ns;
	got->nr++;
	ck_u64(rec->vpe, rec->ts_ns * 3 + rec->pcpu);
	if (rec->type < G4_REC_LONG) {
		ck_u64(rec->arg_ns, rec->ts_ns + 7);
		return 0;
	}
	got->nr_longs++;
	ck_u64(l->kvm, rec->ts_ns * 5 + rec->pcpu);
	ck_u64(l->irq, (uint32_t)rec->ts_ns);
	return 0;
}

static void add(struct rec_merge *m, uint64_t ts_ns, uint32_t cpu, bool is_long)
{
	struct g4_rec_long rec = { .r.ts_ns = ts_ns, .r.pcpu = (uint16_t)cpu,
				   .r.vpe = ts_ns * 3 + cpu, .r.arg_ns = ts_ns + 7 };

	rec.r.type = is_long ? G4_REC_VPE_NEW : G4_REC_VPE_LOAD;
	rec.kvm = ts_ns * 5 + cpu;
	rec.irq = (uint32_t)ts_ns;
	assert_int_equal(rec_merge_add(m, &rec.r), 0);
}

/* A quarter are long, and every tenth comes after one that is later. */
static void one_pass(struct rec_merge *m, uint64_t *now_ns, uint64_t *nr, uint64_t *nr_longs)
{
	uint64_t until_ns = *now_ns + PASS_NS, k;
	uint32_t cpu;
	bool is_long;

	for (; *now_ns < until_ns; *now_ns += STEP_NS) {
		for (cpu = 0; cpu < NR_CPUS; cpu++) {
			k = (*nr)++;
			is_long = k % 4 == 0;
			*nr_longs += is_long;
			add(m, *now_ns + 1000 + cpu - (k % 10 ? 0 : 900), cpu, is_long);
			if (k % 10 == 1) {
				(*nr)++;
				(*nr_longs)++;
				add(m, *now_ns + 300 + cpu, cpu, true);
			}
		}
	}
}

static void all_come_out_in_order_in_bounded_memory(void **state)
{
	struct rec_merge *m = rec_merge_new(NR_CPUS);
	uint64_t now_ns = SLACK_NS, nr = 0, nr_longs = 0, bytes = 0;
	struct got got = { 0 };
	int i;

	(void)state;
	assert_non_null(m);
	for (i = 0; i < 5000; i++) {
		one_pass(m, &now_ns, &nr, &nr_longs);
		assert_int_equal(rec_merge_take(m, now_ns - SLACK_NS, check, &got), 0);
		ck_true(rec_merge_waiting(m) > 0);
		ck_u64(rec_merge_waiting(m), nr - got.nr);
		if (i == 10)
			bytes = rec_merge_bytes(m);
	}
	ck_u64(rec_merge_bytes(m), bytes);
	assert_int_equal(rec_merge_take(m, UINT64_MAX, check, &got), 0);
	ck_u64(got.nr, nr);
	ck_u64(got.nr_longs, nr_longs);
	ck_u64(rec_merge_waiting(m), 0);
	rec_merge_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(all_come_out_in_order_in_bounded_memory),
	};

	return unit_main(tests, UNIT_ARRAY_SIZE(tests));
}
