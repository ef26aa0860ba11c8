// SPDX-License-Identifier: GPL-2.0
/*
 * The model's figures: counts, rates and shares of an interval, and who is the
 * same VM or vPE as before. What it shows of whom is model_view_test.c's.
 */
#include <errno.h>

#include "columns.h"
#include "make_snap.h"
#include "model.h"
#include "unit.h"

static const struct model_filter all = { .vcpu = -1 };

static void check_double(double got, double want, const char *what)
{
	if (got - want < 1e-6 && want - got < 1e-6)
		return;
	unit_say("%s is %f, not %f", what, got, want);
	fail();
}

#define ck_double(got, want) check_double((got), (want), #got)

static double sum_of(const struct model_shares *s)
{
	return s->resident + s->blocked + s->preempted + s->unknown;
}

static void update(struct model *m, const struct snapshot *s)
{
	ck_u64(model_update(m, s, &all, NULL), 0);
}

/* One VM, born with its one vPE at 1 s. */
static struct g4_vpe *one_vpe(struct snapshot *s)
{
	make_snap(s, 2, 4, 8);
	make_vm(s, KVM(1), 100, SEC);
	return make_vpe(s, KVM(1), VPE(1, 0), 0, SEC);
}

static void done(struct model *m, struct snapshot *s)
{
	model_clear(m);
	snapshot_clear(s);
}

static void the_first_refresh_counts_from_birth(void **state)
{
	struct model m = {};
	struct snapshot s;
	struct g4_vpe *v = one_vpe(&s);

	(void)state;
	make_residency(v, SEC + 100 * MS, SEC + 200 * MS, 3, 0);
	make_at(&s, SEC + 500 * MS);
	update(&m, &s);
	ck_u64(m.now_ns, SEC + 500 * MS);
	ck_u64(m.interval_ns, 0);
	ck_u64(m.nr_vms, 1);
	ck_u64(m.vms[0].interval_ns, 500 * MS);
	ck_u64(m.vms[0].delta.loads, 1);
	ck_double(model_rate(m.vms[0].delta.loads, m.vms[0].interval_ns), 2);
	ck_double(m.vms[0].shares.resident, 20);
	ck_double(m.vms[0].shares.preempted, 80);
	done(&m, &s);
}

static void rates_are_of_the_interval_and_totals_since_birth(void **state)
{
	struct model m = {};
	struct snapshot s;
	struct g4_vpe *v = one_vpe(&s);
	int i;

	(void)state;
	for (i = 0; i < 7; i++)
		make_residency(v, SEC + (10 + i) * MS, SEC + (11 + i) * MS, 0, 0);
	s.vms[0].sw_lpis = 70;
	make_at(&s, 2 * SEC);
	update(&m, &s);
	for (i = 0; i < 5; i++) {
		make_residency(v, 2 * SEC + (10 + 2 * i) * MS, 2 * SEC + (11 + 2 * i) * MS, 0, 1);
		g4_vpe_doorbell(v, 2 * SEC + (11 + 2 * i) * MS + 500, 0, 0, 0);
	}
	v->run.moves = 3;
	v->run.pending_last = 2;
	s.vms[0].sw_lpis = 81;
	make_at(&s, 4 * SEC);
	update(&m, &s);
	ck_u64(m.interval_ns, 2 * SEC);
	ck_u64(m.vms[0].interval_ns, 2 * SEC);
	ck_u64(m.vms[0].total.loads, 12);
	ck_u64(m.vms[0].total.puts, 12);
	ck_u64(m.vms[0].delta.loads, 5);
	ck_u64(m.vms[0].delta.puts, 5);
	ck_u64(m.vms[0].delta.blocks, 5);
	ck_u64(m.vms[0].delta.moves, 3);
	ck_u64(m.vms[0].delta.pending_last, 2);
	ck_u64(m.vms[0].delta.doorbells[G4_DB_USEFUL], 5);
	ck_u64(model_doorbells(&m.vms[0].delta), 5);
	ck_u64(m.vms[0].sw_lpis, 81);
	ck_u64(m.vms[0].sw_lpis_delta, 11);
	ck_double(model_rate(m.vms[0].delta.loads, m.vms[0].interval_ns), 2.5);
	done(&m, &s);
}

static void a_rate_over_no_time_is_0(void **state)
{
	(void)state;
	ck_double(model_rate(5, 0), 0);
	ck_double(model_rate(0, SEC), 0);
	ck_double(model_rate(3, SEC / 2), 6);
	ck_double(model_rate(1, 4 * SEC), 0.25);
}

static void doorbells_are_the_sum_of_their_kinds(void **state)
{
	const struct model_counts c = { .doorbells = { [G4_DB_USEFUL] = 1, [G4_DB_LATE] = 20,
						       [G4_DB_SPURIOUS] = 300 } };

	(void)state;
	ck_u64(model_doorbells(&c), 321);
}

static void the_present_span_counts_up_to_now(void **state)
{
	struct model m = {};
	struct snapshot s;
	struct g4_vpe *v = one_vpe(&s);

	(void)state;
	g4_vpe_load(v, NULL, SEC + 250 * MS, 5, 0);
	make_at(&s, 2 * SEC);
	update(&m, &s);
	ck_u64(m.vpes[0].state, G4_VPE_RESIDENT);
	ck_u64(m.vpes[0].state_ns, 750 * MS);
	ck_u64(m.vpes[0].in_ns[G4_VPE_RESIDENT], 750 * MS);
	ck_u64(m.vpes[0].in_ns[G4_VPE_PREEMPTED], 250 * MS);
	ck_u64(m.vpes[0].wall_ns, SEC);
	ck_u64(m.vpes[0].pcpu, 5);
	ck_true(m.vpes[0].pcpu_known);
	make_at(&s, 3 * SEC);
	update(&m, &s);
	ck_double(m.vpes[0].shares.resident, 100);
	ck_u64(m.vpes[0].state_ns, 1750 * MS);
	done(&m, &s);
}

static void a_span_that_begins_after_the_copy_is_no_time(void **state)
{
	struct model m = {};
	struct snapshot s;
	struct g4_vpe *v = one_vpe(&s);

	(void)state;
	g4_vpe_load(v, NULL, 2 * SEC + 1, 5, 0);
	make_at(&s, 2 * SEC);
	update(&m, &s);
	ck_u64(m.vpes[0].state_ns, 0);
	ck_u64(m.vpes[0].in_ns[G4_VPE_RESIDENT], 0);
	done(&m, &s);
}

static void shares_add_up_to_100_with_unknown_time(void **state)
{
	struct model m = {};
	struct snapshot s;
	struct g4_vpe *v = one_vpe(&s);

	(void)state;
	g4_vpe_init(v, SEC, G4_VPE_UNKNOWN);
	g4_vpe_load(v, NULL, SEC + 400 * MS, 1, 0);
	g4_vpe_put(v, NULL, SEC + 700 * MS, 1, 1);
	g4_vpe_load(v, NULL, SEC + 900 * MS, 1, 0);
	g4_vpe_put(v, NULL, SEC + 930 * MS, 1, 0);
	make_at(&s, 2 * SEC);
	update(&m, &s);
	ck_double(m.vpes[0].shares.unknown, 40);
	ck_double(m.vpes[0].shares.resident, 33);
	ck_double(m.vpes[0].shares.blocked, 20);
	ck_double(m.vpes[0].shares.preempted, 7);
	ck_double(sum_of(&m.vpes[0].shares), 100);
	ck_double(sum_of(&m.vms[0].shares), 100);
	done(&m, &s);
}

static void a_vm_has_the_mean_of_its_vpes(void **state)
{
	struct model m = {};
	struct snapshot s;
	struct g4_vpe *v = one_vpe(&s);

	(void)state;
	make_residency(v, SEC, 2 * SEC, 0, 0);
	v = make_vpe(&s, KVM(1), VPE(1, 1), 1, SEC);
	make_residency(v, SEC + 200 * MS, SEC + 400 * MS, 0, 1);
	make_at(&s, 2 * SEC);
	update(&m, &s);
	ck_u64(m.vms[0].nr_vpes, 2);
	ck_double(m.vms[0].shares.resident, 60);
	ck_double(m.vms[0].shares.blocked, 30);
	ck_double(m.vms[0].shares.preempted, 10);
	ck_u64(m.vms[0].total.loads, 2);
	ck_u64(m.vms[0].total.blocks, 1);
	done(&m, &s);
}

static void a_vpe_without_time_does_not_lower_the_mean(void **state)
{
	struct model m = {};
	struct snapshot s;
	struct g4_vpe *v = one_vpe(&s);

	(void)state;
	g4_vpe_load(v, NULL, SEC, 0, 0);
	make_vpe(&s, KVM(1), VPE(1, 1), 1, 2 * SEC);
	make_at(&s, 2 * SEC);
	update(&m, &s);
	ck_double(m.vms[0].shares.resident, 100);
	done(&m, &s);
}

static void a_doorbell_makes_a_blocked_vpe_woken(void **state)
{
	struct model m = {};
	struct snapshot s;
	struct g4_vpe *v = one_vpe(&s);

	(void)state;
	make_residency(v, SEC + 100 * MS, SEC + 200 * MS, 0, 1);
	make_at(&s, SEC + 300 * MS);
	update(&m, &s);
	ck_u64(m.vpes[0].state, G4_VPE_BLOCKED);
	ck_u64(m.vpes[0].state_ns, 100 * MS);
	g4_vpe_doorbell(v, SEC + 400 * MS, 0, 0, 0);
	make_at(&s, SEC + 500 * MS);
	update(&m, &s);
	ck_u64(m.vpes[0].state, G4_VPE_WOKEN);
	/* the time until it is resident again is blocked time */
	ck_u64(m.vpes[0].in_ns[G4_VPE_BLOCKED], 300 * MS);
	ck_u64(m.vpes[0].in_ns[G4_VPE_WOKEN], 0);
	ck_double(sum_of(&m.vpes[0].shares), 100);
	done(&m, &s);
}

static void the_time_of_a_woken_vpe_begins_when_it_is_called(void **state)
{
	struct model m = {};
	struct snapshot s;
	struct g4_vpe *v = one_vpe(&s);

	(void)state;
	make_residency(v, SEC + 100 * MS, SEC + 200 * MS, 0, 1);
	g4_vpe_doorbell(v, SEC + 400 * MS, 0, 0, 0);
	make_at(&s, SEC + 401 * MS);
	update(&m, &s);
	ck_u64(m.vpes[0].state, G4_VPE_WOKEN);
	ck_u64(m.vpes[0].state_ns, MS);
	done(&m, &s);
}

static void a_vm_that_ends_is_gone(void **state)
{
	struct model m = {};
	struct snapshot s;

	(void)state;
	one_vpe(&s);
	make_vm(&s, KVM(2), 200, SEC);
	make_vpe(&s, KVM(2), VPE(2, 0), 0, SEC);
	make_at(&s, 2 * SEC);
	update(&m, &s);
	ck_u64(m.nr_vms, 2);
	ck_u64(m.nr_vpes, 2);
	s.nr_vms = 1;
	s.nr_vpes = 1;
	make_at(&s, 3 * SEC);
	update(&m, &s);
	ck_u64(m.nr_vms, 1);
	ck_u64(m.vms[0].pid, 100);
	ck_u64(m.nr_vpes, 1);
	ck_u64(m.vpes[0].kvm, KVM(1));
	s.nr_vms = 0;
	s.nr_vpes = 0;
	make_at(&s, 4 * SEC);
	update(&m, &s);
	ck_u64(m.nr_vms, 0);
	done(&m, &s);
}

static void a_vpe_that_vanishes_takes_its_counts_along(void **state)
{
	struct model m = {};
	struct snapshot s;
	struct g4_vpe *v = one_vpe(&s);

	(void)state;
	make_residency(v, SEC + MS, SEC + 2 * MS, 0, 0);
	v = make_vpe(&s, KVM(1), VPE(1, 1), 1, SEC);
	make_residency(v, SEC + MS, SEC + 2 * MS, 0, 0);
	make_at(&s, 2 * SEC);
	update(&m, &s);
	ck_u64(m.vms[0].total.loads, 2);
	s.nr_vpes = 1;
	make_at(&s, 3 * SEC);
	update(&m, &s);
	ck_u64(m.vms[0].total.loads, 1);
	ck_u64(m.vms[0].delta.loads, 0);
	ck_u64(m.vms[0].nr_vpes, 1);
	done(&m, &s);
}

static void an_address_used_again_is_another_vpe(void **state)
{
	struct model m = {};
	struct snapshot s;
	struct g4_vpe *v = one_vpe(&s);

	(void)state;
	make_residency(v, SEC + 100 * MS, SEC + 900 * MS, 0, 0);
	make_residency(v, SEC + 910 * MS, SEC + 920 * MS, 0, 0);
	make_at(&s, 2 * SEC);
	update(&m, &s);
	/* the same addresses and the same vCPU, born later, with more counts than before */
	s.nr_vms = 0;
	s.nr_vpes = 0;
	memset(s.vms, 0, sizeof(*s.vms));
	memset(s.vpes, 0, sizeof(*s.vpes));
	make_vm(&s, KVM(1), 100, 2500 * MS)->sw_lpis = 4;
	v = make_vpe(&s, KVM(1), VPE(1, 0), 0, 2500 * MS);
	make_residency(v, 2600 * MS, 2700 * MS, 0, 0);
	make_residency(v, 2700 * MS, 2800 * MS, 0, 0);
	make_residency(v, 2800 * MS, 2850 * MS, 0, 0);
	make_at(&s, 3 * SEC);
	update(&m, &s);
	ck_u64(m.vms[0].delta.loads, 3);
	ck_u64(m.vms[0].sw_lpis_delta, 4);
	ck_u64(m.vms[0].interval_ns, 500 * MS);
	ck_double(m.vms[0].shares.resident, 50);
	ck_double(sum_of(&m.vms[0].shares), 100);
	done(&m, &s);
}

static void a_counter_that_went_back_began_anew(void **state)
{
	struct model m = {};
	struct snapshot s;
	struct g4_vpe *v = one_vpe(&s);

	(void)state;
	v->run.loads = 100;
	v->db.count[G4_DB_LATE] = 50;
	s.vms[0].sw_lpis = 9;
	make_at(&s, 2 * SEC);
	update(&m, &s);
	v->run.loads = 4;
	v->db.count[G4_DB_LATE] = 1;
	s.vms[0].sw_lpis = 3;
	make_at(&s, 3 * SEC);
	update(&m, &s);
	ck_u64(m.vms[0].delta.loads, 4);
	ck_u64(m.vms[0].delta.doorbells[G4_DB_LATE], 1);
	ck_u64(m.vms[0].sw_lpis_delta, 3);
	done(&m, &s);
}

static void a_clock_that_went_back_is_no_interval(void **state)
{
	struct model m = {};
	struct snapshot s;

	(void)state;
	one_vpe(&s);
	make_at(&s, 3 * SEC);
	update(&m, &s);
	make_at(&s, 2 * SEC);
	update(&m, &s);
	ck_u64(m.interval_ns, 0);
	ck_u64(m.vms[0].interval_ns, 0);
	ck_u64(m.vpes[0].wall_ns, SEC);
	done(&m, &s);
}

static void sorting_the_view_does_not_change_the_next_interval(void **state)
{
	struct model m = {};
	struct snapshot s;
	struct g4_vpe *v[4];
	uint32_t i;

	(void)state;
	make_snap(&s, 4, 4, 0);
	for (i = 0; i < 4; i++) {
		make_vm(&s, KVM(i), 100 + i, SEC)->sw_lpis = 1000;
		v[i] = make_vpe(&s, KVM(i), VPE(i, 0), 0, SEC);
		v[i]->run.loads = 10 * i;
	}
	make_at(&s, 2 * SEC);
	update(&m, &s);
	columns_sort(&m, columns_find(&columns_vm, "load"));
	ck_u64(m.vms[0].pid, 103);
	make_at(&s, 5 * SEC);
	update(&m, &s);
	for (i = 0; i < 4; i++) {
		ck_u64(m.vms[i].interval_ns, 3 * SEC);
		ck_u64(m.vms[i].sw_lpis_delta, 0);
	}
	done(&m, &s);
}

static bool no_memory;
void *__real_calloc(size_t nr, size_t size);
void *__wrap_calloc(size_t nr, size_t size);

/* The linker sends the program's calls of calloc() here. */
void *__wrap_calloc(size_t nr, size_t size)
{
	return no_memory ? NULL : __real_calloc(nr, size);
}

static void without_memory_the_model_is_as_it_was(void **state)
{
	struct model m = {};
	struct snapshot s;
	int err;

	(void)state;
	one_vpe(&s);
	make_at(&s, 2 * SEC);
	update(&m, &s);
	make_at(&s, 3 * SEC);
	no_memory = true;
	err = model_update(&m, &s, &all, NULL);
	no_memory = false;
	ck_true(err == -ENOMEM);
	ck_u64(m.now_ns, 2 * SEC);
	ck_u64(m.nr_vms, 1);
	ck_u64(m.vms[0].pid, 100);
	done(&m, &s);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		UNIT_TEST(the_first_refresh_counts_from_birth),
		UNIT_TEST(rates_are_of_the_interval_and_totals_since_birth),
		UNIT_TEST(a_rate_over_no_time_is_0),
		UNIT_TEST(doorbells_are_the_sum_of_their_kinds),
		UNIT_TEST(the_present_span_counts_up_to_now),
		UNIT_TEST(a_span_that_begins_after_the_copy_is_no_time),
		UNIT_TEST(shares_add_up_to_100_with_unknown_time),
		UNIT_TEST(a_vm_has_the_mean_of_its_vpes),
		UNIT_TEST(a_vpe_without_time_does_not_lower_the_mean),
		UNIT_TEST(a_doorbell_makes_a_blocked_vpe_woken),
		UNIT_TEST(the_time_of_a_woken_vpe_begins_when_it_is_called),
		UNIT_TEST(a_vm_that_ends_is_gone),
		UNIT_TEST(a_vpe_that_vanishes_takes_its_counts_along),
		UNIT_TEST(an_address_used_again_is_another_vpe),
		UNIT_TEST(a_counter_that_went_back_began_anew),
		UNIT_TEST(a_clock_that_went_back_is_no_interval),
		UNIT_TEST(sorting_the_view_does_not_change_the_next_interval),
		UNIT_TEST(without_memory_the_model_is_as_it_was),
	};

	return unit_main(tests, UNIT_ARRAY_SIZE(tests));
}
