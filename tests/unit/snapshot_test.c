// SPDX-License-Identifier: GPL-2.0
/* Counting since a reset: the difference of two readings is what happened between them. */
#include "hist.h"
#include "make_snap.h"
#include "model.h"
#include "unit.h"

/* A host with a VM and a vPE; events until @now_ns as of @events. */
static void host(struct snapshot *s, unsigned int events, uint64_t now_ns)
{
	struct g4_vpe_hists *h;
	struct g4_vpe *v;
	unsigned int i;

	make_snap(s, 1, 1, 0);
	make_vm(s, KVM(1), 100, SEC);
	v = make_vpe(s, KVM(1), VPE(1, 0), 0, SEC);
	make_hists(s);
	h = s->hists;
	for (i = 0; i < events; i++) {
		g4_vpe_load(v, h, 2 * SEC + i * 10 * MS, 1, 0);
		g4_hist_add(&s->vms[0].doorbell_ns, 1000 + i * 100);
		g4_vpe_put(v, h, 2 * SEC + i * 10 * MS + 4 * MS, 1, i & 1);
	}
	s->vms[0].maps = events;
	make_at(s, now_ns);
}

static void update(struct model *m, const struct snapshot *s)
{
	const struct model_filter filter = { .vcpu = -1 };

	assert_int_equal(model_update(m, s, &filter, NULL), 0);
}

static void counts_and_times_are_those_since_the_base(void **state)
{
	struct snapshot base, now, kept = { 0 };
	struct model m = {};

	(void)state;
	/* the base lies in the middle of a residency: 2 ms of it before, 2 ms after */
	host(&base, 10, 2 * SEC + 9 * 10 * MS + 4 * MS);
	g4_vpe_load(&base.vpes[0].v, base.hists, 2 * SEC + 100 * MS, 1, 0);
	make_at(&base, 2 * SEC + 102 * MS);
	assert_int_equal(snapshot_keep(&base, &kept), 0);
	host(&now, 30, 3 * SEC);
	snapshot_since(&now, &kept);
	update(&m, &now);
	ck_u64(m.vms[0].maps, 20);
	ck_u64(m.vpes[0].total.loads, 19);
	ck_u64(m.vpes[0].total.puts, 20);
	ck_u64(m.vpes[0].wall_ns, 3 * SEC - 2 * SEC - 102 * MS);
	ck_u64(m.vpes[0].in_ns[G4_VPE_RESIDENT], 2 * MS + 19 * 4 * MS);
	ck_u64(m.vpes[0].in_ns[G4_VPE_RESIDENT] + m.vpes[0].in_ns[G4_VPE_BLOCKED] +
	       m.vpes[0].in_ns[G4_VPE_PREEMPTED] + m.vpes[0].in_ns[G4_VPE_UNKNOWN],
	       m.vpes[0].wall_ns);
	ck_u64(m.vms[0].doorbell.count, 20);
	ck_u64(m.vpes[0].hists->h[G4_H_RESIDENT].count, 20);
	model_clear(&m);
	snapshot_clear(&base);
	snapshot_clear(&now);
	snapshot_clear(&kept);
}

static void the_span_under_way_goes_on(void **state)
{
	struct snapshot base, now, kept = { 0 };
	struct model m = {};

	(void)state;
	host(&base, 10, 5 * SEC);
	assert_int_equal(snapshot_keep(&base, &kept), 0);
	host(&now, 10, 7 * SEC);
	snapshot_since(&now, &kept);
	update(&m, &now);
	ck_u64(m.vpes[0].total.loads, 0);
	ck_u64(m.vpes[0].in_ns[G4_VPE_BLOCKED], 2 * SEC);
	ck_u64(m.vpes[0].in_ns[G4_VPE_RESIDENT], 0);
	ck_u64(m.vpes[0].state_ns, 7 * SEC - (2 * SEC + 94 * MS));
	model_clear(&m);
	snapshot_clear(&base);
	snapshot_clear(&now);
	snapshot_clear(&kept);
}

static void a_reading_less_itself_is_nothing_and_its_shares_not_known(void **state)
{
	struct snapshot now, kept = { 0 };
	struct model m = {};

	(void)state;
	host(&now, 10, 5 * SEC);
	assert_int_equal(snapshot_keep(&now, &kept), 0);
	update(&m, &now);
	snapshot_since(&now, &kept);
	update(&m, &now);
	ck_u64(m.vms[0].total.loads, 0);
	ck_u64(m.vms[0].doorbell.count, 0);
	ck_true(m.vms[0].shares.unknown >= 100);
	ck_true(m.vpes[0].shares.unknown >= 100);
	model_clear(&m);
	snapshot_clear(&now);
	snapshot_clear(&kept);
}

static void another_vm_at_the_same_address_keeps_all_of_its_counts(void **state)
{
	struct snapshot base, now, kept = { 0 };
	struct model m = {};

	(void)state;
	host(&base, 30, 5 * SEC);
	assert_int_equal(snapshot_keep(&base, &kept), 0);
	host(&now, 10, 7 * SEC);
	now.vms[0].birth_ns = 6 * SEC;
	now.vpes[0].v.birth_ns = 6 * SEC;
	snapshot_since(&now, &kept);
	update(&m, &now);
	ck_u64(m.vpes[0].total.loads, 10);
	ck_u64(m.vms[0].doorbell.count, 10);
	model_clear(&m);
	snapshot_clear(&base);
	snapshot_clear(&now);
	snapshot_clear(&kept);
}

static void extremes_of_a_difference_hold_what_is_in_it(void **state)
{
	struct g4_hist h = { .count = 0 }, base;

	(void)state;
	g4_hist_add(&h, 10);
	g4_hist_add(&h, 100000);
	base = h;
	g4_hist_add(&h, 1000);
	g4_hist_add(&h, 2000);
	hist_subtract(&h, &base);
	ck_u64(h.count, 2);
	ck_u64(h.sum, 3000);
	ck_true(h.min <= 1000 && h.min > 1000 - 1000 / 16);
	ck_true(h.max >= 2000 && h.max < 2000 + 2000 / 16);
	base = h;
	g4_hist_add(&h, 5);		/* new extremes are exact */
	g4_hist_add(&h, 1000000);
	hist_subtract(&h, &base);
	ck_u64(h.min, 5);
	ck_u64(h.max, 1000000);
	hist_subtract(&h, &h);
	ck_u64(h.count + h.sum + h.min + h.max, 0);
}

static void what_is_no_older_reading_takes_nothing_away(void **state)
{
	struct g4_hist h = { .count = 0 }, other = { .count = 0 };

	(void)state;
	g4_hist_add(&h, 10);
	g4_hist_add(&other, 20);
	hist_subtract(&h, &other);
	ck_u64(h.count, 1);
	ck_u64(h.min, 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(counts_and_times_are_those_since_the_base),
		UNIT_TEST(the_span_under_way_goes_on),
		UNIT_TEST(a_reading_less_itself_is_nothing_and_its_shares_not_known),
		UNIT_TEST(another_vm_at_the_same_address_keeps_all_of_its_counts),
		UNIT_TEST(extremes_of_a_difference_hold_what_is_in_it),
		UNIT_TEST(what_is_no_older_reading_takes_nothing_away),
	};

	return unit_main(tests, UNIT_ARRAY_SIZE(tests));
}
