// SPDX-License-Identifier: GPL-2.0
/*
 * The guest: every vCPU sets up its part of the GIC and then idles; interrupts are logged for
 * the VMM with the counter's value and do nothing else. vCPU 0 sets up what is shared, waits
 * for the others, maps the devices' events and says "ready".
 *
 * The time of an interrupt is the vector's entry, but another one may arrive after it and be the
 * one that IAR returns. So HPPIR is read first, then the time, then IAR: if both name the same
 * interrupt it was there by that time, else the time is taken again. (IAR itself is too slow to
 * be inside the bounds: QEMU searches the whole virtual pending table in it, some 80 us.)
 */
#include "guest.h"

void guest_fail(const char *what, uint64_t esr, uint64_t elr, uint64_t far)
{
	struct vg_shared *s = shared();

	s->fail_what = (uint64_t)what;
	s->fail_vcpu = sysreg_read("tpidr_el1");
	s->fail_esr = esr;
	s->fail_elr = elr;
	s->fail_far = far;
	__atomic_store_n(&s->failed, 1, __ATOMIC_RELEASE);
	asm volatile("msr daifset, #2");
	for (;;)
		asm volatile("wfi");
}

void guest_exception(uint64_t esr, uint64_t elr, uint64_t far)
{
	guest_fail("unexpected exception", esr, elr, far);
}

static void log_put(struct vg_vcpu *v, uint64_t vcpu, const struct vg_log *e)
{
	struct vg_log *ring = (struct vg_log *)(VG_LOGS + vcpu * VG_LOG_BYTES);
	uint32_t tail = __atomic_load_n(&v->log_tail, __ATOMIC_ACQUIRE);
	uint32_t head = v->log_head;

	if (head - tail >= VG_LOG_SLOTS) {
		v->overflow++;
		return;
	}
	ring[head % VG_LOG_SLOTS] = *e;
	__atomic_store_n(&v->log_head, head + 1, __ATOMIC_RELEASE);
}

void guest_irq(uint64_t entry_cnt)
{
	uint64_t vcpu = sysreg_read("tpidr_el1");
	struct vg_vcpu *v = &shared()->vcpus[vcpu];
	struct vg_log e = { .entry_cnt = entry_cnt };
	uint32_t first = gic_peek();

	e.seen_cnt = sysreg_read("cntvct_el0");
	e.intid = gic_ack();
	if (e.intid != first)
		e.seen_cnt = sysreg_read("cntvct_el0");
	if (e.intid >= 1020 && e.intid < VG_LPI_FIRST) {
		v->spurious++;
		return;
	}
	if (e.intid == VG_SPI_KICK) {
		v->kicks++;
		its_serve_mailbox();
		gic_eoi(e.intid);
		return;
	}
	if (e.intid >= VG_LPI_BASE && e.intid < VG_LPI_BASE + VG_MAX_DEVS)
		v->lpi[e.intid - VG_LPI_BASE]++;
	else if (e.intid >= VG_SPI_WAKE && e.intid < VG_NR_IRQS)
		v->spi++;
	else
		v->other++;
	e.seq = v->log_head + v->overflow;
	gic_eoi(e.intid);
	log_put(v, vcpu, &e);
}

static void wait_flag(const uint32_t *flag)
{
	while (!__atomic_load_n(flag, __ATOMIC_ACQUIRE))
		asm volatile("wfe");
}

static void set_flag(uint32_t *flag)
{
	__atomic_store_n(flag, 1, __ATOMIC_RELEASE);
	dsb();
	asm volatile("sev");
}

/* WFI with interrupts masked: none can be taken between the count and the sleep. */
static void idle_wfi(struct vg_vcpu *v)
{
	for (;;) {
		dsb();
		asm volatile("wfi" : : : "memory");
		v->wfi++;
		asm volatile("msr daifclr, #2\n\tisb\n\tmsr daifset, #2" : : : "memory");
	}
}

static void idle_spin(void)
{
	asm volatile("msr daifclr, #2" : : : "memory");
	for (;;)
		asm volatile("yield");
}

void guest_main(uint64_t vcpu)
{
	struct vg_shared *s = shared();
	uint32_t i;

	if (s->magic != VG_MAGIC)
		guest_fail("shared area has a wrong magic", 0, 0, 0);
	if (vcpu == 0) {
		gic_dist_init();
		set_flag(&s->dist_ready);
	}
	wait_flag(&s->dist_ready);
	gic_cpu_init(vcpu);
	set_flag(&s->vcpus[vcpu].online);

	if (vcpu == 0) {
		for (i = 0; i < s->nr_vcpus; i++)
			wait_flag(&s->vcpus[i].online);
		gic_route_spis();
		its_init();
		its_map_devices();
		set_flag(&s->ready);
	}
	if (s->idle == VG_IDLE_SPIN)
		idle_spin();
	idle_wfi(&s->vcpus[vcpu]);
}
