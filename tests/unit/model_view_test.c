// SPDX-License-Identifier: GPL-2.0
/*
 * What the model shows of whom: filters, names, VLPIs and their vPEs, losses,
 * and hosts from empty to large.
 */
#include "make_snap.h"
#include "model.h"
#include "unit.h"

static void update(struct model *m, const struct snapshot *s, const struct model_filter *filter,
		   const struct model_names *names)
{
	const struct model_filter all = { .vcpu = -1 };

	ck_u64(model_update(m, s, filter ? filter : &all, names), 0);
}

static void done(struct model *m, struct snapshot *s)
{
	model_clear(m);
	snapshot_clear(s);
}

/* 3 VMs of pids 300, 100, 200 with 2 vPEs each, 2 VLPIs a vPE, all LPIs forwarded. */
static void three_vms(struct snapshot *s)
{
	static const uint32_t pids[] = { 300, 100, 200 };
	struct g4_vm *vm;
	uint32_t i, k;

	make_snap(s, 3, 6, 12);
	for (i = 0; i < 3; i++) {
		vm = make_vm(s, KVM(i), pids[i], SEC);
		vm->nr_vcpus = 2;
		vm->nr_lpis = 4;
		vm->walked = 1;
		for (k = 2; k-- > 0;) {
			make_vpe(s, KVM(i), VPE(i, k), k, SEC)->run.loads = 10 + k;
			make_vlpi(s, KVM(i), VPE(i, k), 8193 + 2 * k, 70 + 4 * i + 2 * k);
			make_vlpi(s, KVM(i), VPE(i, k), 8192 + 2 * k, 71 + 4 * i + 2 * k);
		}
	}
	make_at(s, 2 * SEC);
}

static void name_by_pid(void *ctx, uint32_t pid, char *buf, size_t size)
{
	++*(int *)ctx;
	snprintf(buf, size, "guest-%u", pid);
}

static void device_by_irq(void *ctx, uint32_t host_irq, char *buf, size_t size)
{
	(void)ctx;
	snprintf(buf, size, "0000:00:%02x.0", host_irq);
}

static void an_empty_host_is_an_empty_model(void **state)
{
	const struct snapshot nothing = { .now_ns = SEC };
	const struct snapshot later = { .now_ns = 2 * SEC };
	struct model m = {};

	(void)state;
	update(&m, &nothing, NULL, NULL);
	update(&m, &later, NULL, NULL);
	ck_u64(m.nr_vms + m.nr_vpes + m.nr_vlpis, 0);
	ck_u64(m.interval_ns, SEC);
	ck_true(!model_has_losses(&m));
	model_clear(&m);
	model_clear(&m);
}

static void vms_stand_by_pid_and_vpes_by_vcpu(void **state)
{
	struct model m = {};
	struct snapshot s;
	uint32_t i;

	(void)state;
	three_vms(&s);
	update(&m, &s, NULL, NULL);
	ck_u64(m.nr_vms, 3);
	for (i = 0; i < 3; i++) {
		ck_u64(m.vms[i].pid, 100 * (i + 1));
		ck_u64(m.vms[i].nr_vpes, 2);
		ck_u64(m.vpes[m.vms[i].first_vpe].kvm, m.vms[i].key);
		ck_u64(m.vpes[m.vms[i].first_vpe].vcpu, 0);
		ck_u64(m.vpes[m.vms[i].first_vpe + 1].vcpu, 1);
		ck_true(!m.vms[i].hidden);
	}
	done(&m, &s);
}

static void vlpis_belong_to_their_vpe_by_vintid(void **state)
{
	const struct model_vpe *vpe;
	struct model m = {};
	struct snapshot s;
	uint32_t i, k;

	(void)state;
	three_vms(&s);
	s.vlpis[0].v.prop = 0xa3;
	s.vlpis[0].v.flags = G4_VLPI_IDS;
	s.vlpis[0].v.devid = 5;
	s.vlpis[0].v.eventid = 6;
	update(&m, &s, NULL, NULL);
	for (i = 0; i < m.nr_vpes; i++) {
		vpe = &m.vpes[i];
		ck_u64(vpe->nr_vlpis, 2);
		for (k = 0; k < 2; k++) {
			ck_u64(m.vlpis[vpe->first_vlpi + k].vpe, vpe->key);
			ck_u64(m.vlpis[vpe->first_vlpi + k].vintid, 8192 + 2 * vpe->vcpu + k);
		}
	}
	for (i = 0; i < m.nr_vlpis && m.vlpis[i].host_irq != s.vlpis[0].host_irq; i++)
		;
	ck_true(i < m.nr_vlpis);
	ck_true(m.vlpis[i].ids_known);
	ck_true(m.vlpis[i].enabled);
	ck_u64(m.vlpis[i].priority, 0xa0);
	ck_u64(m.vlpis[i].devid, 5);
	ck_u64(m.vlpis[i].eventid, 6);
	ck_u64(m.vms[0].nr_vlpis, 4);
	done(&m, &s);
}

static void a_vlpi_whose_vpe_is_not_known_counts_for_its_vm(void **state)
{
	struct model m = {};
	struct snapshot s;

	(void)state;
	make_snap(&s, 1, 1, 2);
	make_vm(&s, KVM(1), 100, SEC);
	make_vpe(&s, KVM(1), VPE(1, 0), 0, SEC);
	make_vlpi(&s, KVM(1), VPE(1, 0), 8192, 70);
	make_vlpi(&s, KVM(1), VPE(1, 1), 8193, 71);	/* the map of vPEs was full */
	make_at(&s, 2 * SEC);
	update(&m, &s, NULL, NULL);
	ck_u64(m.vpes[0].nr_vlpis, 1);
	ck_u64(m.vms[0].nr_vlpis, 2);
	done(&m, &s);
}

static void there_are_never_fewer_lpis_than_vlpis(void **state)
{
	struct model m = {};
	struct snapshot s;

	(void)state;
	three_vms(&s);
	s.vms[1].nr_lpis = 1;
	update(&m, &s, NULL, NULL);
	ck_u64(m.vms[0].pid, 100);
	ck_u64(m.vms[0].nr_lpis, 4);
	ck_true(m.vms[0].lpis_known);
	done(&m, &s);
}

static void the_vcpu_filter_keeps_one_vpe_a_vm(void **state)
{
	const struct model_filter filter = { .vcpu = 1 };
	struct model m = {};
	struct snapshot s;
	uint32_t i;

	(void)state;
	three_vms(&s);
	make_hists(&s);
	for (i = 0; i < s.nr_vpes; i++)
		g4_hist_add(&s.hists[i].h[G4_H_DB], 1000 * (1 + s.vpes[i].v.vcpu));
	update(&m, &s, &filter, NULL);
	ck_u64(m.nr_vms, 3);
	ck_u64(m.nr_vpes, 3);
	for (i = 0; i < 3; i++) {
		ck_u64(m.vpes[i].vcpu, 1);
		ck_u64(m.vms[i].nr_vpes, 1);
		ck_u64(m.vms[i].total.loads, 11);
		ck_u64(m.vpes[i].doorbell.max, 2000);
	}
	done(&m, &s);
}

/* VLPIs / all LPIs: both of all vCPUs, both of the chosen one, or not known. */
static void the_vcpu_filter_does_not_change_the_forwarded_share(void **state)
{
	const struct model_filter filter = { .vcpu = 1 };
	struct model m = {};
	struct snapshot s;

	(void)state;
	three_vms(&s);
	update(&m, &s, &filter, NULL);
	ck_true(!m.vms[0].lpis_known || m.vms[0].nr_vlpis == m.vms[0].nr_lpis);
	done(&m, &s);
}

static void a_vcpu_that_no_vm_has_leaves_no_vpe(void **state)
{
	const struct model_filter filter = { .vcpu = 7 };
	struct model m = {};
	struct snapshot s;

	(void)state;
	three_vms(&s);
	update(&m, &s, &filter, NULL);
	ck_u64(m.nr_vms, 3);
	ck_u64(m.nr_vpes, 0);
	ck_u64(m.vms[0].nr_vpes, 0);
	ck_u64(m.vms[0].total.loads, 0);
	done(&m, &s);
}

static void the_pid_filter_hides_the_others(void **state)
{
	const struct model_filter filter = { .pid = 200, .vcpu = -1 };
	struct model m = {};
	struct snapshot s;
	uint32_t i;

	(void)state;
	three_vms(&s);
	update(&m, &s, &filter, NULL);
	ck_u64(m.nr_vms, 3);
	for (i = 0; i < 3; i++)
		ck_u64(m.vms[i].hidden, m.vms[i].pid != 200);
	done(&m, &s);
}

static void the_name_filter_takes_a_part_of_the_name(void **state)
{
	const struct model_filter part = { .name = "-1", .vcpu = -1 };
	const struct model_filter both = { .name = "guest", .pid = 300, .vcpu = -1 };
	int asked = 0;
	const struct model_names names = { .vm_name = name_by_pid, .ctx = &asked };
	struct model m = {};
	struct snapshot s;
	uint32_t i;

	(void)state;
	three_vms(&s);
	update(&m, &s, &part, &names);
	for (i = 0; i < 3; i++)
		ck_u64(m.vms[i].hidden, m.vms[i].pid != 100);
	make_at(&s, 3 * SEC);
	update(&m, &s, &both, &names);
	for (i = 0; i < 3; i++)
		ck_u64(m.vms[i].hidden, m.vms[i].pid != 300);
	done(&m, &s);
}

static void a_name_is_asked_for_once_a_vm(void **state)
{
	int asked = 0;
	const struct model_names names = { .vm_name = name_by_pid, .device = device_by_irq,
					   .ctx = &asked };
	struct model m = {};
	struct snapshot s;

	(void)state;
	three_vms(&s);
	update(&m, &s, NULL, &names);
	make_at(&s, 3 * SEC);
	update(&m, &s, NULL, &names);
	ck_u64((uint64_t)asked, 3);
	ck_str(m.vms[0].name, "guest-100");
	ck_str(m.vms[2].name, "guest-300");
	ck_u64(m.vlpis[0].host_irq, 71);
	ck_str(m.vlpis[0].device, "");		/* nobody looks at it */
	/* born anew: asked again */
	s.vms[0].birth_ns = 4 * SEC;
	make_at(&s, 5 * SEC);
	update(&m, &s, NULL, &names);
	ck_u64((uint64_t)asked, 4);
	done(&m, &s);
}

/* Counts what it is asked for, too. */
static void counting_device(void *ctx, uint32_t host_irq, char *buf, size_t size)
{
	++*(int *)ctx;
	snprintf(buf, size, "0000:00:%02x.0", host_irq);
}

static int32_t cpu_of_irq(void *ctx, uint32_t host_irq)
{
	(void)ctx;
	return (int32_t)host_irq - 50;
}

static void devices_and_doorbells_are_looked_up_where_somebody_looks(void **state)
{
	int asked = 0;
	const struct model_names names = { .device = counting_device, .irq_cpu = cpu_of_irq,
					   .ctx = &asked };
	struct model_filter filter = { .vcpu = -1 };
	struct model m = {};
	struct snapshot s;
	uint32_t i;

	(void)state;
	three_vms(&s);
	ck_u64((uint64_t)-model_update(&m, &s, &filter, &names), 0);
	ck_u64((uint64_t)asked, 0);
	for (i = 0; i < m.nr_vpes; i++)
		ck_true(m.vpes[i].doorbell_cpu == -1);
	filter.focus = m.vlpis[0].kvm;
	ck_u64((uint64_t)-model_update(&m, &s, &filter, &names), 0);
	ck_true(asked > 0);
	ck_str(m.vlpis[0].device, "0000:00:47.0");
	for (i = 0; i < m.nr_vpes; i++)
		ck_true(m.vpes[i].doorbell_cpu == (m.vpes[i].kvm == filter.focus ?
						   (int32_t)m.vpes[i].doorbell_irq - 50 : -1));
	/* the same again costs nothing; a VLPI mapped anew is asked for */
	asked = 0;
	ck_u64((uint64_t)-model_update(&m, &s, &filter, &names), 0);
	ck_u64((uint64_t)asked, 0);
	filter.detail = true;
	for (i = 0; i < s.nr_vlpis; i++)
		s.vlpis[i].v.mapped_ns = 7;
	ck_u64((uint64_t)-model_update(&m, &s, &filter, &names), 0);
	ck_u64((uint64_t)asked, s.nr_vlpis);
	done(&m, &s);
}

static void losses_are_carried_and_any_of_them_is_a_loss(void **state)
{
	const struct g4_loss kinds[] = { { .records = 2 }, { .vms_full = 2 }, { .vpes_full = 2 },
					 { .vlpis_full = 2 }, { .unmatched = 2 } };
	struct snapshot s = { .now_ns = SEC };
	struct model m = {};
	uint32_t i;

	(void)state;
	for (i = 0; i < UNIT_ARRAY_SIZE(kinds); i++) {
		s.loss = kinds[i];
		update(&m, &s, NULL, NULL);
		ck_true(model_has_losses(&m));
		ck_u64(m.lost_records + m.map_full + m.unmatched, 2);
	}
	s.loss = (struct g4_loss){ .vms_full = 1, .vpes_full = 10, .vlpis_full = 100 };
	s.missed = 3;
	s.missed_known = false;
	update(&m, &s, NULL, NULL);
	ck_u64(m.map_full, 111);
	ck_u64(m.missed, 3);
	ck_true(!m.missed_known);
	s.loss = (struct g4_loss){};
	update(&m, &s, NULL, NULL);
	ck_true(model_has_losses(&m));
	s.missed = 0;
	update(&m, &s, NULL, NULL);
	ck_true(!model_has_losses(&m));
	model_clear(&m);
}

static void latencies_are_of_the_vm_and_of_its_vpes_when_read(void **state)
{
	struct model m = {};
	struct snapshot s;
	uint64_t ns;

	(void)state;
	three_vms(&s);
	for (ns = 1; ns <= 1000; ns++)
		g4_hist_add(&s.vms[0].doorbell_ns, ns * 1000);
	g4_hist_add(&s.vms[0].map_ns, 5000);
	update(&m, &s, NULL, NULL);
	ck_u64(m.vms[2].doorbell.count, 1000);
	ck_u64(m.vms[2].doorbell.max, 1000000);
	ck_true(m.vms[2].doorbell.p50 > 484375 && m.vms[2].doorbell.p50 < 515625);
	ck_true(m.vms[2].doorbell.p90 > 871875 && m.vms[2].doorbell.p90 < 928125);
	ck_true(m.vms[2].doorbell.p99 > 959062 && m.vms[2].doorbell.p99 <= 1000000);
	ck_u64(m.vms[2].map.p99, 5000);
	ck_u64(m.vms[0].doorbell.count, 0);
	ck_true(!m.vpes[0].hists);
	make_hists(&s);
	g4_hist_add(&s.hists[0].h[G4_H_DIRTY], 77);	/* VM 300's vCPU 1 */
	update(&m, &s, NULL, NULL);
	ck_true(m.vpes[0].hists != NULL);
	ck_u64(m.vpes[m.vms[2].first_vpe + 1].dirty.max, 77);
	ck_u64(m.vpes[m.vms[2].first_vpe].dirty.count, 0);
	done(&m, &s);
}

static void states_have_names(void **state)
{
	(void)state;
	ck_str(model_state_name(G4_VPE_UNKNOWN), "unknown");
	ck_str(model_state_name(G4_VPE_PREEMPTED), "preempted");
	ck_str(model_state_name(G4_VPE_RESIDENT), "resident");
	ck_str(model_state_name(G4_VPE_BLOCKED), "blocked");
	ck_str(model_state_name(G4_VPE_WOKEN), "woken");
	ck_str(model_state_name(G4_NR_VPE_STATES), "unknown");
}

static void a_state_that_cannot_be_is_unknown_time(void **state)
{
	struct model m = {};
	struct snapshot s;

	(void)state;
	make_snap(&s, 1, 1, 0);
	make_vm(&s, KVM(1), 100, SEC);
	make_vpe(&s, KVM(1), VPE(1, 0), 0, SEC)->run.state = 77;
	make_at(&s, 2 * SEC);
	update(&m, &s, NULL, NULL);
	ck_u64(m.vpes[0].in_ns[G4_VPE_UNKNOWN], SEC);
	done(&m, &s);
}

#define MANY_VMS	1000
#define MANY_VPES	64

static void a_thousand_vms_of_64_vpes_stay_in_order(void **state)
{
	struct model m = {};
	struct snapshot s;
	uint32_t i, k, n;

	(void)state;
	make_snap(&s, MANY_VMS, MANY_VMS * MANY_VPES, MANY_VMS * MANY_VPES);
	for (i = 0; i < MANY_VMS; i++)
		make_vm(&s, KVM(i), 1 + (i * 7919) % 10007, SEC);
	for (n = 0; n < MANY_VMS * MANY_VPES; n++) {
		k = (uint32_t)((n * 7919ULL) % (MANY_VMS * MANY_VPES));	/* no order at all */
		i = k / MANY_VPES;
		k %= MANY_VPES;
		make_vpe(&s, KVM(i), VPE(i, k), k, SEC)->run.loads = 1;
		make_vlpi(&s, KVM(i), VPE(i, k), 8192 + k, n);
	}
	make_at(&s, 2 * SEC);
	update(&m, &s, NULL, NULL);
	make_at(&s, 3 * SEC);
	update(&m, &s, NULL, NULL);
	ck_u64(m.nr_vms, MANY_VMS);
	for (i = 0; i < MANY_VMS; i++) {
		ck_true(!i || m.vms[i - 1].pid < m.vms[i].pid);
		ck_u64(m.vms[i].nr_vpes, MANY_VPES);
		ck_u64(m.vms[i].nr_vlpis, MANY_VPES);
		ck_u64(m.vms[i].total.loads, MANY_VPES);
		ck_u64(m.vms[i].delta.loads, 0);
		for (k = 0; k < MANY_VPES; k++) {
			ck_u64(m.vpes[m.vms[i].first_vpe + k].vcpu, k);
			ck_u64(m.vpes[m.vms[i].first_vpe + k].nr_vlpis, 1);
		}
	}
	done(&m, &s);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		UNIT_TEST(an_empty_host_is_an_empty_model),
		UNIT_TEST(vms_stand_by_pid_and_vpes_by_vcpu),
		UNIT_TEST(vlpis_belong_to_their_vpe_by_vintid),
		UNIT_TEST(a_vlpi_whose_vpe_is_not_known_counts_for_its_vm),
		UNIT_TEST(there_are_never_fewer_lpis_than_vlpis),
		UNIT_TEST(the_vcpu_filter_keeps_one_vpe_a_vm),
		UNIT_TEST(the_vcpu_filter_does_not_change_the_forwarded_share),
		UNIT_TEST(a_vcpu_that_no_vm_has_leaves_no_vpe),
		UNIT_TEST(the_pid_filter_hides_the_others),
		UNIT_TEST(the_name_filter_takes_a_part_of_the_name),
		UNIT_TEST(a_name_is_asked_for_once_a_vm),
		UNIT_TEST(devices_and_doorbells_are_looked_up_where_somebody_looks),
		UNIT_TEST(losses_are_carried_and_any_of_them_is_a_loss),
		UNIT_TEST(latencies_are_of_the_vm_and_of_its_vpes_when_read),
		UNIT_TEST(states_have_names),
		UNIT_TEST(a_state_that_cannot_be_is_unknown_time),
		UNIT_TEST(a_thousand_vms_of_64_vpes_stay_in_order),
	};

	return unit_main(tests, UNIT_ARRAY_SIZE(tests));
}
