// SPDX-License-Identifier: GPL-2.0
/*
 * Reading a session, over made-up VMs in the real BPF maps (tests/bench/synthetic.c):
 * whole snapshots, LPIs that are read again only after a change, histograms lent to
 * the VM in focus.
 */
#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "../bench/synthetic.h"
#include "bpfutil.h"
#include "unit.h"

#define NR_VMS		3U
#define NR_VPES		5U
#define VLPIS		2U
#define NR_VLPIS	(NR_VMS * NR_VPES * VLPIS)

struct fixture {
	struct synthetic syn;
	struct snapshot snap;
};

static void read_it(struct fixture *f)
{
	assert_int_equal(session_read(f->syn.session, &f->snap), 0);
}

static void begin(struct fixture *f)
{
	memset(f, 0, sizeof(*f));
	assert_int_equal(synthetic_open(&f->syn, NR_VMS, NR_VPES, VLPIS), 0);
	read_it(f);
}

static void end(struct fixture *f)
{
	snapshot_clear(&f->snap);
	synthetic_free(&f->syn);
}

static void a_snapshot_has_all_that_is_in_the_maps(void **state)
{
	uint64_t doorbells = 0, latencies = 0;
	struct fixture f;
	uint32_t i;

	(void)state;
	begin(&f);
	assert_int_equal(synthetic_step(&f.syn, false), 0);
	assert_int_equal(synthetic_step(&f.syn, false), 0);
	read_it(&f);
	ck_u64(f.snap.nr_vms, NR_VMS);
	ck_u64(f.snap.nr_vpes, NR_VMS * NR_VPES);
	ck_u64(f.snap.nr_vlpis, NR_VLPIS);
	ck_u64(f.snap.nr_hists, 0);
	for (i = 0; i < f.snap.nr_vpes; i++)
		doorbells += f.snap.vpes[i].v.db.count[G4_DB_USEFUL];
	for (i = 0; i < f.snap.nr_vms; i++)
		latencies += f.snap.vms[i].doorbell_ns.count;
	ck_true(doorbells > 0);
	ck_true(latencies > 0 && latencies <= doorbells);
	end(&f);
}

/* Behind the programs' back: nothing counts it. */
static void change_vlpi(struct fixture *f, uint32_t host_irq, uint8_t prop)
{
	struct g4_vlpi vlpi;
	int fd = bpf_map__fd(f->syn.session->vlpi_map);

	assert_int_equal(bpf_map_lookup_elem(fd, &host_irq, &vlpi), 0);
	vlpi.prop = prop;
	assert_int_equal(bpf_map_update_elem(fd, &host_irq, &vlpi, BPF_ANY), 0);
}

static uint8_t prop_of(const struct snapshot *snap, uint32_t host_irq)
{
	uint32_t i;

	for (i = 0; i < snap->nr_vlpis; i++) {
		if (snap->vlpis[i].host_irq == host_irq)
			return snap->vlpis[i].v.prop;
	}
	fail();
	return 0;
}

static void lpis_are_read_again_only_when_one_may_have_changed(void **state)
{
	const struct timespec settle = { .tv_sec = 2, .tv_nsec = 100 * 1000 * 1000 };
	struct fixture f;

	(void)state;
	begin(&f);
	change_vlpi(&f, 3, 0x11);
	read_it(&f);
	/* nothing told of a change, but the last one is too near to be sure */
	ck_u64(prop_of(&f.snap, 3), 0x11);
	nanosleep(&settle, NULL);
	read_it(&f);
	change_vlpi(&f, 3, 0x21);
	read_it(&f);
	ck_u64(prop_of(&f.snap, 3), 0x11);
	ck_u64(f.snap.nr_vlpis, NR_VLPIS);

	assert_int_equal(synthetic_step(&f.syn, true), 0);
	read_it(&f);
	ck_u64(prop_of(&f.snap, 3), 0x21);
	/* a program counts before it changes the map, or after: both are seen */
	change_vlpi(&f, 3, 0x31);
	read_it(&f);
	ck_u64(prop_of(&f.snap, 3), 0x31);
	end(&f);
}

static void vms_without_a_slot_count_nothing_so_lpis_are_always_read(void **state)
{
	const struct timespec settle = { .tv_sec = 2, .tv_nsec = 100 * 1000 * 1000 };
	struct g4_loss loss[512] = { { .vms_full = 1 } };
	struct fixture f;
	__u32 zero = 0;

	(void)state;
	begin(&f);
	assert_true(f.syn.session->nr_cpus <= 512);
	assert_int_equal(bpf_map_update_elem(bpf_map__fd(f.syn.session->loss_map), &zero, loss, 0),
			 0);
	nanosleep(&settle, NULL);
	read_it(&f);
	change_vlpi(&f, 3, 0x41);
	read_it(&f);
	ck_u64(prop_of(&f.snap, 3), 0x41);
	end(&f);
}

static void the_vm_in_focus_has_histograms_from_the_second_reading_on(void **state)
{
	struct fixture f;
	uint64_t kvm;
	uint32_t i;

	(void)state;
	begin(&f);
	kvm = f.snap.vms[1].kvm;
	session_focus(f.syn.session, kvm);
	read_it(&f);
	read_it(&f);
	ck_u64(f.snap.nr_hists, NR_VPES);
	for (i = 0; i < f.snap.nr_vpes; i++)
		ck_u64(!!f.snap.vpes[i].hists, f.snap.vpes[i].v.kvm == kvm);
	session_focus(f.syn.session, 0);
	read_it(&f);
	ck_u64(f.snap.nr_hists, 0);
	end(&f);
}

static void memory_grows_with_the_host_not_with_what_might_be(void **state)
{
	struct synthetic few, many;

	(void)state;
	assert_int_equal(synthetic_open(&few, 1, 4, 1), 0);
	assert_int_equal(synthetic_open(&many, 64, 16, 1), 0);
	/* 64 vPEs' histograms are 2.8 MB, 512 are 22 MB */
	ck_true(synthetic_map_bytes(&few) > 2 << 20 && synthetic_map_bytes(&few) < 8 << 20);
	ck_true(synthetic_map_bytes(&many) > 20 << 20 && synthetic_map_bytes(&many) < 40 << 20);
	synthetic_free(&few);
	synthetic_free(&many);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		UNIT_TEST(a_snapshot_has_all_that_is_in_the_maps),
		UNIT_TEST(lpis_are_read_again_only_when_one_may_have_changed),
		UNIT_TEST(vms_without_a_slot_count_nothing_so_lpis_are_always_read),
		UNIT_TEST(the_vm_in_focus_has_histograms_from_the_second_reading_on),
		UNIT_TEST(memory_grows_with_the_host_not_with_what_might_be),
	};

	struct synthetic syn;
	int err;

	if (geteuid())
		return unit_skip_all(tests, UNIT_ARRAY_SIZE(tests), "needs root");
	err = synthetic_open(&syn, 1, 1, 1);
	synthetic_free(&syn);
	if (err == -EPERM || err == -ENOSYS)
		return unit_skip_all(tests, UNIT_ARRAY_SIZE(tests), "bpf() is not permitted here");
	return unit_main(tests, UNIT_ARRAY_SIZE(tests));
}
