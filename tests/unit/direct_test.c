// SPDX-License-Identifier: GPL-2.0
/*
 * Direct deliveries: the PMU's arithmetic, what agents' rows are by the host's list of
 * LPIs, and whose figure stands where.
 */
#include "cell.h"
#include "columns.h"
#include "direct_guest.h"
#include "hooks.h"
#include "make_snap.h"
#include "model.h"
#include "pmu.h"
#include "unit.h"

static void a_counter_that_ran_all_the_time_is_not_scaled(void **state)
{
	const struct pmu_reading r = { 1000, 500, 500 }, late = { 1000, 499, 500 };
	uint64_t value;

	(void)state;
	ck_true(pmu_scale(&r, &value));
	ck_u64(value, 1000);
	ck_true(pmu_scale(&late, &value));
	ck_u64(value, 1000);
}

static void a_counter_that_ran_a_quarter_of_its_time_is_scaled_by_4(void **state)
{
	const struct pmu_reading r = { 1000, 4000000000, 1000000000 };
	const struct pmu_reading huge = { UINT64_MAX / 2, UINT64_MAX, 1 };
	uint64_t value;

	(void)state;
	ck_true(pmu_scale(&r, &value));
	ck_u64(value, 4000);
	ck_true(pmu_scale(&huge, &value));
	ck_u64(value, UINT64_MAX);
}

static void a_counter_that_never_ran_says_nothing(void **state)
{
	const struct pmu_reading starved = { 0, 1000, 0 }, idle = { 0, 0, 0 };
	uint64_t value;

	(void)state;
	ck_true(!pmu_scale(&starved, &value));
	ck_true(pmu_scale(&idle, &value));
	ck_u64(value, 0);
}

static void what_came_by_list_register_is_not_direct(void **state)
{
	uint64_t count, error;

	(void)state;
	ck_true(pmu_estimate(1000, 1000, 400, 0, &count, &error));
	ck_u64(count, 600);
	ck_u64(error, 0);
	/* scaled from 250, two list registers still in the guest */
	ck_true(pmu_estimate(1000, 250, 400, 2, &count, &error));
	ck_u64(count, 600);
	ck_u64(error, 752);
}

static void an_estimate_below_0_is_0_within_its_error_and_else_none(void **state)
{
	uint64_t count, error;

	(void)state;
	ck_true(pmu_estimate(100, 100, 101, 1, &count, &error));
	ck_u64(count, 0);
	ck_true(!pmu_estimate(100, 100, 102, 1, &count, &error));
	ck_true(!pmu_estimate(0, 0, 5000, 0, &count, &error));
}

/* --- agents: a host with one VM of two vCPUs, and what is mapped in it --- */

struct host {
	struct snapshot snap;
	struct guests guests;
	struct guest guest, *list[1];
	struct model_names names;
	uint64_t seq;
};

static void say(struct host *h, const char *line)
{
	char why[96];

	if (guest_line(&h->guest.counts, line, strlen(line), why, sizeof(why)))
		unit_say("refused: %s: %s", line, why);
}

static void end(struct host *h, uint64_t guest_ns)
{
	char line[64];

	snprintf(line, sizeof(line), "end %llu %llu", (unsigned long long)++h->seq,
		 (unsigned long long)guest_ns);
	say(h, line);
	h->guest.heard_ns = h->snap.now_ns;
}

/* An LPI of DeviceID 8 (NVMe) or 16: a VLPI mapped at @mapped_ns, or by software. */
static void map(struct host *h, uint32_t devid, uint32_t event, bool software, uint64_t mapped_ns)
{
	struct g4_vlpi *v = make_vlpi(&h->snap, KVM(1), VPE(1, 0), 8192 + event, 60 + event);

	v->devid = devid;
	v->eventid = event;
	v->flags = G4_VLPI_IDS;
	v->mapped_ns = mapped_ns;
	h->snap.vlpis[h->snap.nr_vlpis - 1].software = software;
}

static void set_up(struct host *h)
{
	memset(h, 0, sizeof(*h));
	make_snap(&h->snap, 1, 2, 8);
	make_vm(&h->snap, KVM(1), 1000, SEC);
	make_vpe(&h->snap, KVM(1), VPE(1, 0), 0, SEC);
	make_vpe(&h->snap, KVM(1), VPE(1, 1), 1, SEC);
	map(h, 8, 0, false, 5);
	map(h, 16, 0, true, 0);
	make_at(&h->snap, 10 * SEC);
	h->guest = (struct guest){ .by = GUEST_BY_PID, .number = 1000, .fd = 3 };
	h->list[0] = &h->guest;
	h->guests = (struct guests){ .list = h->list, .nr = 1 };
	guest_connect(&h->guest.counts);
	say(h, "gicv4top-agent 1 ff 2");
	say(h, "row 45 8 0 nvme0q0");
	say(h, "row 46 16 0 virtio0");
	say(h, "row 47 - - other");
	say(h, "n 45 0 100");
	end(h, 5 * SEC);
}

static void tear_down(struct host *h)
{
	guest_clear(&h->guest.counts);
	free(h->guest.figures);
	snapshot_clear(&h->snap);
}

/* A second on; the sample of @vcpu, which must be there. */
static struct snap_direct read_at(struct host *h, uint64_t now_ns, uint32_t vcpu)
{
	free(h->snap.direct);
	h->snap.direct = NULL;
	h->snap.nr_direct = 0;
	make_at(&h->snap, now_ns);
	ck_u64((uint64_t)-direct_guest_read(&h->guests, &h->snap, &h->names), 0);
	if (h->snap.nr_direct != 2)
		unit_say("%u samples", h->snap.nr_direct);
	ck_u64(h->snap.nr_direct, 2);
	return h->snap.direct[vcpu];
}

static void rows_of_vlpis_are_direct_those_of_software_lpis_are_not(void **state)
{
	struct snap_direct d;
	struct host h;

	(void)state;
	set_up(&h);
	d = read_at(&h, 10 * SEC, 0);
	ck_u64(d.count, 0);
	h.snap.now_ns = 11 * SEC;
	say(&h, "n 45 0 142");
	say(&h, "n 45 1 7");
	say(&h, "n 46 0 1000");
	end(&h, 6 * SEC);
	d = read_at(&h, 11 * SEC, 0);
	ck_u64(d.count, 42);
	ck_u64(d.error, 0);
	ck_u64(d.source, DIRECT_GUEST);
	ck_u64(d.time_ns, SEC);
	d = read_at(&h, 11 * SEC, 1);
	ck_u64(d.count, 7);
	tear_down(&h);
}

static void rows_that_the_host_does_not_know_go_to_the_error(void **state)
{
	struct snap_direct d;
	struct host h;

	(void)state;
	set_up(&h);
	read_at(&h, 10 * SEC, 0);
	h.snap.now_ns = 11 * SEC;
	say(&h, "n 47 0 30");
	end(&h, 6 * SEC);
	d = read_at(&h, 11 * SEC, 0);
	ck_u64(d.count, 0);
	ck_u64(d.error, 30);
	tear_down(&h);
}

static void a_vlpi_that_became_one_meanwhile_goes_to_the_error_once(void **state)
{
	struct snap_direct d;
	struct host h;

	(void)state;
	set_up(&h);
	read_at(&h, 10 * SEC, 0);
	h.snap.vlpis[1].software = false;	/* the virtio one; mapped now */
	h.snap.vlpis[1].v.mapped_ns = 10 * SEC;
	h.snap.now_ns = 11 * SEC;
	say(&h, "n 46 0 10");
	end(&h, 6 * SEC);
	d = read_at(&h, 11 * SEC, 0);
	ck_u64(d.count, 0);
	ck_u64(d.error, 10);
	h.snap.now_ns = 12 * SEC;
	say(&h, "n 46 0 15");
	end(&h, 7 * SEC);
	d = read_at(&h, 12 * SEC, 0);
	ck_u64(d.count, 5);
	ck_u64(d.error, 10);
	h.snap.vlpis[1].v.mapped_ns = 13 * SEC;	/* unmapped and mapped again */
	h.snap.now_ns = 13 * SEC;
	say(&h, "n 46 0 18");
	end(&h, 8 * SEC);
	d = read_at(&h, 13 * SEC, 0);
	ck_u64(d.count, 5);
	ck_u64(d.error, 13);
	tear_down(&h);
}

static void half_a_report_is_waited_for(void **state)
{
	struct snap_direct d;
	struct host h;

	(void)state;
	set_up(&h);
	read_at(&h, 10 * SEC, 0);
	say(&h, "n 45 0 150");
	d = read_at(&h, 11 * SEC, 0);
	ck_u64(d.count, 0);
	h.snap.now_ns = 12 * SEC;
	end(&h, 7 * SEC);
	d = read_at(&h, 12 * SEC, 0);
	ck_u64(d.count, 50);
	tear_down(&h);
}

static void a_silent_agent_has_no_figure(void **state)
{
	struct host h;

	(void)state;
	set_up(&h);
	read_at(&h, 10 * SEC, 0);
	read_at(&h, 15 * SEC, 0);
	make_at(&h.snap, 15 * SEC + MS);
	h.snap.nr_direct = 0;
	ck_u64((uint64_t)-direct_guest_read(&h.guests, &h.snap, &h.names), 0);
	ck_u64(h.snap.nr_direct, 0);
	tear_down(&h);
}

static void an_agent_of_another_process_speaks_for_no_vm(void **state)
{
	struct host h;

	(void)state;
	set_up(&h);
	h.guest.number = 999;
	ck_u64((uint64_t)-direct_guest_read(&h.guests, &h.snap, &h.names), 0);
	ck_u64(h.snap.nr_direct, 0);
	tear_down(&h);
}

static void strays_are_forgotten_after_a_while(void **state)
{
	struct guest stray = { .by = GUEST_BY_PID, .number = 999, .fd = 3, .since_ns = 10 * SEC };

	(void)state;
	ck_true(!guests_is_stray(&stray, 20 * SEC));	/* its VM may be yet to come */
	ck_true(guests_is_stray(&stray, 20 * SEC + 1));
	stray.fd = -1;
	ck_true(guests_is_stray(&stray, 11 * SEC));
	stray.told_ns = 10 * SEC;
	ck_true(!guests_is_stray(&stray, 70 * SEC));
	ck_true(guests_is_stray(&stray, 70 * SEC + 1));
}

static uint32_t cid_of(void *ctx, uint32_t pid)
{
	(void)ctx;
	return pid == 1000 ? 77 : 0;
}

static void a_vsock_s_cid_finds_its_vm(void **state)
{
	struct host h;

	(void)state;
	set_up(&h);
	h.guest.by = GUEST_BY_CID;
	h.guest.number = 77;
	h.names.vm_cid = cid_of;
	read_at(&h, 10 * SEC, 0);
	tear_down(&h);
}

static void a_clock_far_from_the_host_s_is_not_believed(void **state)
{
	struct snap_direct d;
	struct host h;

	(void)state;
	set_up(&h);
	read_at(&h, 10 * SEC, 0);
	h.snap.now_ns = 11 * SEC;
	end(&h, 5 * SEC + 1);
	d = read_at(&h, 11 * SEC, 0);
	ck_u64(d.time_ns, SEC);		/* not 1 ns */
	tear_down(&h);
}

/* --- the model: whose figure stands --- */

static void add(struct snapshot *s, uint32_t vcpu, enum direct_source source, uint64_t time_ns,
		uint64_t count)
{
	s->direct[s->nr_direct++] = (struct snap_direct){
		.kvm = KVM(1), .vcpu = vcpu, .source = source, .time_ns = time_ns, .count = count,
		.running_pct = 100,
	};
}

/* Samples for both vCPUs: of the PMU always, of the guest as told. */
static void sample(struct snapshot *s, uint64_t now_ns, uint64_t pmu, uint64_t guest)
{
	s->nr_direct = 0;
	add(s, 0, DIRECT_PMU, now_ns, pmu);
	add(s, 1, DIRECT_PMU, now_ns, pmu);
	if (guest) {
		add(s, 1, DIRECT_GUEST, now_ns, guest);
		add(s, 0, DIRECT_GUEST, now_ns, guest);
	}
	make_at(s, now_ns);
}

static void shown(const struct model *m, const char *key, char *buf)
{
	const struct row row = { .vm = &m->vms[0] };
	struct cell cell = columns_find(&columns_vm, key)->get(m, &row);

	cell_format(&cell, buf, 32);
}

static void two_vcpus(struct snapshot *s)
{
	make_snap(s, 1, 2, 0);
	make_vm(s, KVM(1), 1000, SEC);
	make_vpe(s, KVM(1), VPE(1, 0), 0, SEC);
	make_vpe(s, KVM(1), VPE(1, 1), 1, SEC);
	s->direct = calloc(8, sizeof(*s->direct));
	assert_non_null(s->direct);
}

static void the_guest_s_figure_goes_before_the_pmu_s(void **state)
{
	struct model_filter filter = { .vcpu = -1 };
	struct model m = { .figures = UINT32_MAX };
	struct snapshot s;
	char buf[32];

	(void)state;
	two_vcpus(&s);
	sample(&s, 10 * SEC, 100, 50);
	ck_u64((uint64_t)-model_update(&m, &s, &filter, NULL), 0);
	shown(&m, "direct", buf);
	ck_str(buf, "n/a");		/* one sample is no rate */
	s.vms[0].sw_lpis = 100;
	sample(&s, 11 * SEC, 200, 100);
	ck_u64((uint64_t)-model_update(&m, &s, &filter, NULL), 0);
	shown(&m, "direct", buf);
	ck_str(buf, "100g");
	shown(&m, "dirsrc", buf);
	ck_str(buf, "guest");
	shown(&m, "share", buf);
	ck_str(buf, "50.0");
	filter.direct = DIRECT_PMU;
	sample(&s, 12 * SEC, 250, 150);
	ck_u64((uint64_t)-model_update(&m, &s, &filter, NULL), 0);
	shown(&m, "direct", buf);
	ck_str(buf, "~100");
	filter.direct = DIRECT_KERNEL;
	sample(&s, 13 * SEC, 250, 150);
	ck_u64((uint64_t)-model_update(&m, &s, &filter, NULL), 0);
	shown(&m, "direct", buf);
	ck_str(buf, "n/a");
	shown(&m, "dirsrc", buf);
	ck_str(buf, "n/a");
	model_clear(&m);
	snapshot_clear(&s);
}

static void a_source_that_misses_a_vcpu_has_no_figure_for_the_vm(void **state)
{
	const struct model_filter filter = { .vcpu = -1 };
	struct model m = { .figures = UINT32_MAX };
	struct snapshot s;
	char buf[32];

	(void)state;
	two_vcpus(&s);
	sample(&s, 10 * SEC, 100, 0);
	ck_u64((uint64_t)-model_update(&m, &s, &filter, NULL), 0);
	sample(&s, 11 * SEC, 200, 0);
	s.nr_direct = 1;
	ck_u64((uint64_t)-model_update(&m, &s, &filter, NULL), 0);
	shown(&m, "direct", buf);
	ck_str(buf, "n/a");
	ck_true(m.vpes[0].direct[DIRECT_PMU].known && m.vpes[0].direct[DIRECT_PMU].rated);
	ck_true(!m.vpes[1].direct[DIRECT_PMU].known);
	model_clear(&m);
	snapshot_clear(&s);
}

static void between_two_reports_the_last_rate_stands(void **state)
{
	const struct model_filter filter = { .vcpu = -1 };
	struct model m = { .figures = UINT32_MAX };
	struct snapshot s;
	char buf[32];

	(void)state;
	two_vcpus(&s);
	sample(&s, 10 * SEC, 100, 100);
	ck_u64((uint64_t)-model_update(&m, &s, &filter, NULL), 0);
	sample(&s, 12 * SEC, 200, 200);
	ck_u64((uint64_t)-model_update(&m, &s, &filter, NULL), 0);
	s.now_ns = 13 * SEC;
	ck_u64((uint64_t)-model_update(&m, &s, &filter, NULL), 0);
	shown(&m, "direct", buf);
	ck_str(buf, "100g");
	model_clear(&m);
	snapshot_clear(&s);
}

static void counting_anew_takes_what_was_before_away(void **state)
{
	struct snapshot s, base;

	(void)state;
	two_vcpus(&s);
	sample(&s, 10 * SEC, 100, 40);
	ck_u64((uint64_t)-snapshot_keep(&s, &base), 0);
	sample(&s, 11 * SEC, 130, 45);
	snapshot_since(&s, &base);
	ck_u64(s.direct[0].count, 30);
	ck_u64(s.direct[2].count, 5);
	snapshot_clear(&base);
	snapshot_clear(&s);
}

static void a_bound_that_fell_does_not_undo_a_reset(void **state)
{
	struct snapshot s, base;

	(void)state;
	two_vcpus(&s);
	sample(&s, 10 * SEC, 1000000, 0);
	s.direct[0].error = 1;
	ck_u64((uint64_t)-snapshot_keep(&s, &base), 0);
	sample(&s, 11 * SEC, 1000010, 0);
	snapshot_since(&s, &base);
	ck_u64(s.direct[0].count, 10);
	ck_u64(s.direct[0].error, 0);
	sample(&s, 11 * SEC, 1000010, 0);
	s.direct[0].birth_ns = 5;	/* another vPE at the same place */
	snapshot_since(&s, &base);
	ck_u64(s.direct[0].count, 1000010);
	snapshot_clear(&base);
	snapshot_clear(&s);
}

static void a_count_that_fell_is_no_rate(void **state)
{
	const struct model_filter filter = { .vcpu = -1 };
	struct model m = { .figures = UINT32_MAX };
	struct snapshot s;
	char buf[32];

	(void)state;
	two_vcpus(&s);
	sample(&s, 10 * SEC, 1000000, 0);
	ck_u64((uint64_t)-model_update(&m, &s, &filter, NULL), 0);
	sample(&s, 11 * SEC, 999997, 0);
	ck_u64((uint64_t)-model_update(&m, &s, &filter, NULL), 0);
	shown(&m, "direct", buf);
	ck_str(buf, "n/a");
	model_clear(&m);
	snapshot_clear(&s);
}

static void doorbells_per_direct_delivery_are_of_the_same_time(void **state)
{
	const struct model_filter filter = { .vcpu = -1 };
	struct model m = { .figures = UINT32_MAX };
	struct snapshot s;
	char buf[32];

	(void)state;
	two_vcpus(&s);
	sample(&s, 10 * SEC, 0, 100);
	ck_u64((uint64_t)-model_update(&m, &s, &filter, NULL), 0);
	sample(&s, 11 * SEC, 0, 200);
	s.vpes[0].v.db.count[G4_DB_USEFUL] = 30;
	s.vpes[1].v.run.moves = 1;
	ck_u64((uint64_t)-model_update(&m, &s, &filter, NULL), 0);
	shown(&m, "dbdir", buf);
	ck_str(buf, "0.15");
	shown(&m, "mvdir", buf);
	ck_str(buf, "0.01");
	m.figures &= ~(uint32_t)HOOK_FIG_MOVES;
	shown(&m, "mvdir", buf);
	ck_str(buf, "n/a");
	model_clear(&m);
	snapshot_clear(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(a_counter_that_ran_all_the_time_is_not_scaled),
		UNIT_TEST(a_counter_that_ran_a_quarter_of_its_time_is_scaled_by_4),
		UNIT_TEST(a_counter_that_never_ran_says_nothing),
		UNIT_TEST(what_came_by_list_register_is_not_direct),
		UNIT_TEST(an_estimate_below_0_is_0_within_its_error_and_else_none),
		UNIT_TEST(rows_of_vlpis_are_direct_those_of_software_lpis_are_not),
		UNIT_TEST(rows_that_the_host_does_not_know_go_to_the_error),
		UNIT_TEST(a_vlpi_that_became_one_meanwhile_goes_to_the_error_once),
		UNIT_TEST(half_a_report_is_waited_for),
		UNIT_TEST(a_silent_agent_has_no_figure),
		UNIT_TEST(an_agent_of_another_process_speaks_for_no_vm),
		UNIT_TEST(strays_are_forgotten_after_a_while),
		UNIT_TEST(a_vsock_s_cid_finds_its_vm),
		UNIT_TEST(a_clock_far_from_the_host_s_is_not_believed),
		UNIT_TEST(the_guest_s_figure_goes_before_the_pmu_s),
		UNIT_TEST(a_source_that_misses_a_vcpu_has_no_figure_for_the_vm),
		UNIT_TEST(between_two_reports_the_last_rate_stands),
		UNIT_TEST(counting_anew_takes_what_was_before_away),
		UNIT_TEST(a_bound_that_fell_does_not_undo_a_reset),
		UNIT_TEST(a_count_that_fell_is_no_rate),
		UNIT_TEST(doorbells_per_direct_delivery_are_of_the_same_time),
	};

	return unit_main(tests, UNIT_ARRAY_SIZE(tests));
}
