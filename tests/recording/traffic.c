// SPDX-License-Identifier: GPL-2.0
/* Made-up traffic of vPEs; see traffic.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "traffic.h"

#define START_NS	1000000000000ULL
#define PID_OF(vm)	(1000U + (vm))
#define VLPIS		2U		/* of each vPE */

enum phase { SLEEPING, CALLED, WOKEN, LOADED, INSIDE, PREEMPTED };

struct actor {				/* a vCPU */
	struct g4_vpe v;
	struct g4_vpe_hists h;
	enum phase phase;
	uint32_t vm, cpu;
	uint64_t put_done_ns;
};

struct traffic {
	struct traffic_opts opts;
	struct actor *actors;
	struct g4_vm *vms;
	uint32_t nr, generation;
	uint64_t random, now_ns, records;
	void (*fn)(void *ctx, const struct g4_rec *rec);
	void *ctx;
};

static uint64_t draw(struct traffic *t)
{
	t->random ^= t->random << 13;
	t->random ^= t->random >> 7;
	t->random ^= t->random << 17;
	return t->random * 0x2545f4914f6cdd1dULL >> 11;
}

static uint64_t kvm_of(const struct traffic *t, uint32_t vm)
{
	return 0xffff000000000000ULL + ((uint64_t)t->generation << 40) + ((uint64_t)vm << 20);
}

static void tick(struct traffic *t)
{
	t->now_ns += 1 + draw(t) % (2 * t->opts.step_ns);
}

static void emit(struct traffic *t, const struct actor *a, uint8_t type, uint8_t flags,
		 uint64_t arg_ns, uint32_t cpu)
{
	const struct g4_rec rec = { .ts_ns = t->now_ns, .vpe = a->v.vpe, .arg_ns = arg_ns,
				    .vcpu = a->v.vcpu, .pcpu = (uint16_t)cpu, .type = type,
				    .flags = flags };

	t->records++;
	t->fn(t->ctx, &rec);
}

static void emit_long(struct traffic *t, struct g4_rec_long *rec, uint8_t type, uint8_t flags)
{
	rec->r.ts_ns = t->now_ns;
	rec->r.type = type;
	rec->r.flags = flags;
	rec->r.pcpu = (uint16_t)(draw(t) % t->opts.nr_cpus);
	t->records++;
	t->fn(t->ctx, &rec->r);
}

struct traffic *traffic_new(const struct traffic_opts *opts)
{
	struct traffic *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->opts = *opts;
	t->nr = opts->nr_vms * opts->nr_vcpus;
	t->random = opts->seed * 2 + 1;
	t->now_ns = START_NS;
	t->actors = calloc(t->nr, sizeof(*t->actors));
	t->vms = calloc(opts->nr_vms, sizeof(*t->vms));
	if (t->actors && t->vms)
		return t;
	traffic_free(t);
	return NULL;
}

void traffic_free(struct traffic *t)
{
	if (!t)
		return;
	free(t->actors);
	free(t->vms);
	free(t);
}

static void map_vlpis(struct traffic *t, const struct actor *a, uint32_t nr)
{
	struct g4_rec_long rec = { .r.vpe = a->v.vpe, .kvm = a->v.kvm };
	struct g4_vm *vm = &t->vms[a->vm];
	uint32_t i;

	for (i = 0; i < VLPIS; i++) {
		tick(t);
		rec.r.arg_ns = 1000 + draw(t) % 5000;
		rec.irq = 100 + nr * VLPIS + i;
		rec.vintid = 8192 + a->v.vcpu * VLPIS + i;
		rec.devid = 8 * (1 + a->v.vcpu);
		rec.eventid = i;
		rec.prop = 0xa1;
		rec.lpi_flags = G4_VLPI_IDS;
		g4_hist_add(&vm->map_ns, rec.r.arg_ns);
		vm->maps++;
		emit_long(t, &rec, G4_REC_VLPI_MAP, G4_RECF_FIRST);
	}
}

static void begin_vm(struct traffic *t, uint32_t vm)
{
	struct g4_rec_long rec = { .kvm = kvm_of(t, vm), .pid = PID_OF(vm),
				   .nr = t->opts.nr_vcpus };
	struct actor *a;
	uint32_t i;

	t->vms[vm] = (struct g4_vm){ .kvm = rec.kvm, .pid = rec.pid, .nr_vcpus = rec.nr,
				     .birth_ns = t->now_ns };
	emit_long(t, &rec, G4_REC_VM_NEW, 0);
	for (i = 0; i < t->opts.nr_vcpus; i++) {
		a = &t->actors[vm * t->opts.nr_vcpus + i];
		memset(a, 0, sizeof(*a));
		tick(t);
		a->vm = vm;
		a->cpu = (uint32_t)(draw(t) % t->opts.nr_cpus);
		a->v.vpe = rec.kvm + 0x1000 + 0x100 * i;
		a->v.kvm = rec.kvm;
		a->v.vcpu = i;
		a->v.vpe_id = (uint16_t)(vm * t->opts.nr_vcpus + i);
		a->v.doorbell_irq = 50000 + a->v.vpe_id;
		a->v.lr.tid = 2000 + a->v.vpe_id;
		a->phase = PREEMPTED;
		g4_vpe_create(&a->v, t->now_ns);
		rec.r.vpe = a->v.vpe;
		rec.r.vcpu = i;
		rec.irq = a->v.doorbell_irq;
		rec.vpe_id = a->v.vpe_id;
		rec.nr = a->v.lr.tid;
		emit_long(t, &rec, G4_REC_VPE_NEW, G4_VPE_PREEMPTED | G4_RECF_SEEN);
		map_vlpis(t, a, vm * t->opts.nr_vcpus + i);
	}
}

void traffic_begin(struct traffic *t, void (*fn)(void *ctx, const struct g4_rec *rec), void *ctx)
{
	uint32_t vm;

	t->fn = fn;
	t->ctx = ctx;
	for (vm = 0; vm < t->opts.nr_vms; vm++) {
		tick(t);
		begin_vm(t, vm);
	}
}

void traffic_restart_vm(struct traffic *t, uint32_t vm,
			void (*fn)(void *ctx, const struct g4_rec *rec), void *ctx)
{
	struct g4_rec_long rec = { .kvm = t->vms[vm].kvm };
	const struct actor *a;
	uint32_t i, k;

	t->fn = fn;
	t->ctx = ctx;
	for (i = 0; i < t->opts.nr_vcpus; i++) {
		a = &t->actors[vm * t->opts.nr_vcpus + i];
		for (k = 0; k < VLPIS; k++) {
			tick(t);
			rec.r.vpe = a->v.vpe;
			rec.irq = 100 + (vm * t->opts.nr_vcpus + i) * VLPIS + k;
			emit_long(t, &rec, G4_REC_VLPI_UNMAP, 0);
		}
	}
	for (i = 0; i < t->opts.nr_vcpus; i++) {
		tick(t);
		rec.r.vpe = t->actors[vm * t->opts.nr_vcpus + i].v.vpe;
		rec.r.vcpu = i;
		emit_long(t, &rec, G4_REC_VPE_GONE, 0);
	}
	tick(t);
	rec.r.vpe = 0;
	emit_long(t, &rec, G4_REC_VM_GONE, 0);
	t->generation++;
	tick(t);
	begin_vm(t, vm);
}

/* --- what a vCPU does next --- */

static void do_load(struct traffic *t, struct actor *a)
{
	uint64_t latency, move_ns;
	bool pending = draw(t) % 16 == 0;

	if (draw(t) % 8 == 0) {
		a->cpu = (uint32_t)(draw(t) % t->opts.nr_cpus);
		move_ns = 2000 + draw(t) % 3000;
		a->v.run.moves++;
		g4_vpe_hist_add(&a->h, G4_H_VMOVP, move_ns);
		emit(t, a, G4_REC_VMOVP, 0, move_ns, a->cpu);
		tick(t);
	}
	latency = g4_vpe_load(&a->v, &a->h, t->now_ns, a->cpu, pending);
	if (latency)
		g4_hist_add(&t->vms[a->vm].doorbell_ns, latency);
	emit(t, a, G4_REC_VPE_LOAD, pending ? G4_RECF_COUNTED : 0,
	     latency ? t->now_ns - latency : 0, a->cpu);
	a->phase = LOADED;
}

static void do_entry(struct traffic *t, struct actor *a)
{
	uint64_t dirty_ns = draw(t) % 4 ? 0 : 100 + draw(t) % 900;

	if (dirty_ns)
		g4_vpe_hist_add(&a->h, G4_H_DIRTY, dirty_ns);
	g4_vpe_guest_entry(&a->v, &a->h, t->now_ns);
	emit(t, a, G4_REC_GUEST_ENTRY, 0, dirty_ns, a->cpu);
	a->phase = INSIDE;
}

static void do_put(struct traffic *t, struct actor *a)
{
	bool db = draw(t) % 8 != 0;

	g4_vpe_put(&a->v, &a->h, t->now_ns, a->cpu, db);
	emit(t, a, G4_REC_VPE_PUT, db ? G4_RECF_DOORBELL : 0, 0, a->cpu);
	tick(t);
	emit(t, a, G4_REC_VPE_PUT_DONE, draw(t) % 16 ? 0 : G4_RECF_PENDING_LAST, 0, a->cpu);
	a->phase = db ? SLEEPING : PREEMPTED;
	if (db && draw(t) % 2) {
		tick(t);
		g4_vpe_sleep(&a->v);
		emit(t, a, G4_REC_SLEEP, 0, 0, a->cpu);
	}
}

static void do_doorbell(struct traffic *t, struct actor *a)
{
	uint32_t cpu = draw(t) % 16 ? a->cpu : (uint32_t)(draw(t) % t->opts.nr_cpus);
	uint32_t kind = g4_vpe_doorbell(&a->v, t->now_ns, cpu, draw(t) % 32 == 0, 0);

	emit(t, a, G4_REC_DOORBELL, (uint8_t)kind, 0, cpu);
	tick(t);
	g4_vpe_doorbell_done(&a->v, &a->h, t->now_ns);
	emit(t, a, G4_REC_DOORBELL_DONE, 0, 0, cpu);
	if (a->phase == SLEEPING)
		a->phase = CALLED;
}

static void do_wake(struct traffic *t, struct actor *a)
{
	uint64_t db_ns = g4_vpe_wake(&a->v, &a->h, t->now_ns);

	emit(t, a, G4_REC_WAKE, 0, db_ns, a->cpu);
	a->phase = WOKEN;
}

static void sw_lpi(struct traffic *t, const struct actor *a)
{
	const struct g4_rec rec = { .ts_ns = t->now_ns, .arg_ns = a->v.kvm,
				    .pcpu = (uint16_t)a->cpu, .type = G4_REC_SW_LPI };

	t->vms[a->vm].sw_lpis++;
	t->records++;
	t->fn(t->ctx, &rec);
}

static void act(struct traffic *t, struct actor *a)
{
	tick(t);
	if (draw(t) % 64 == 0) {
		sw_lpi(t, a);
		return;
	}
	switch (a->phase) {
	case SLEEPING:
		do_doorbell(t, a);
		break;
	case CALLED:
		do_wake(t, a);
		break;
	case WOKEN:
	case PREEMPTED:
		do_load(t, a);
		break;
	case LOADED:
		do_entry(t, a);
		break;
	default:
		if (draw(t) % 32 == 0)
			do_doorbell(t, a);
		else
			do_put(t, a);
	}
}

void traffic_run(struct traffic *t, uint64_t nr,
		 void (*fn)(void *ctx, const struct g4_rec *rec), void *ctx)
{
	t->fn = fn;
	t->ctx = ctx;
	while (nr--)
		act(t, &t->actors[draw(t) % t->nr]);
}

uint64_t traffic_now_ns(const struct traffic *t)
{
	return t->now_ns;
}

uint64_t traffic_records(const struct traffic *t)
{
	return t->records;
}

uint32_t traffic_nr_vpes(const struct traffic *t)
{
	return t->nr;
}

const struct g4_vpe *traffic_vpe(const struct traffic *t, uint32_t i)
{
	return &t->actors[i].v;
}

const struct g4_vpe_hists *traffic_hists(const struct traffic *t, uint32_t i)
{
	return &t->actors[i].h;
}

const struct g4_vm *traffic_vm(const struct traffic *t, uint32_t i)
{
	return &t->vms[i];
}

static void name_of(void *ctx, uint32_t pid, char *buf, size_t size)
{
	(void)ctx;
	snprintf(buf, size, "vm-%u", pid - PID_OF(0));
}

static void device_of(void *ctx, uint32_t host_irq, char *buf, size_t size)
{
	(void)ctx;
	snprintf(buf, size, "0000:%02x:00.0", (host_irq / VLPIS) & 0xff);
}

void traffic_names(struct model_names *ret_names)
{
	*ret_names = (struct model_names){ .vm_name = name_of, .device = device_of };
}
