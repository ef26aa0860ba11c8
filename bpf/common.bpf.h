/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What all programs of the object share: its settings, its maps, and how a
 * VM or vPE gets a slot in them.
 *
 * State lives in plain arrays that the program maps into its own memory, one
 * slot a vPE or VM; a hash from the kernel's address finds the slot, and a
 * queue hands out the free ones. Everything is allocated before attaching:
 * residency changes happen under the scheduler's run queue lock. There a hash
 * lookup would be most of the cost, so the vPE's id finds its slot first.
 *
 * Function names of the kernel do not occur in the programs: hooks.c knows
 * them and says which program goes where.
 */
#ifndef GICV4TOP_COMMON_BPF_H
#define GICV4TOP_COMMON_BPF_H

#include "kernel.bpf.h"
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>
#include <gicv4top/wire.h>

/* Set before load. */
const volatile __u32 cfg_flags = 0;	/* G4_CFG_* */
const volatile __u32 cfg_records = ~0U;	/* 1 << enum g4_rec_type: which to emit */
const volatile __u32 cfg_guest_devid_off = 0; /* of the vITS's its_device.device_id */

/*
 * The hot programs read the flags once: each reading costs five instructions,
 * and what the verifier knows to be unset costs nothing more.
 */
/*
 * Set once all hooks are attached. Before that nobody gets a slot: a put whose
 * load was seen, but not the reverse, would look like a fault of the kernel.
 */
volatile __u32 live = 0;

/* What one CPU remembers between the entry and the exit of a function. */
struct g4_scratch {
	__u64 load_vpe;			/* kprobes: its_make_vpe_resident()'s argument */
	__u64 put_vpe;			/* between entry and exit of a put */
	__u64 commit_vpe;
	__u64 commit_dirty_ns;
	__u64 vcmd_ns;			/* entry of an ITS command to a vPE */
	__u64 vmovp_vpe;		/* that command is this vPE's VMOVP */
	__u32 vmovp_seq;		/* of the last VMOVP on an ITSList machine */
	__u32 pad;
	__u64 dirty_start_ns;
	__u64 dirty_ns;			/* polling time in the present put or commit */
	__u64 lr_vcpu;			/* kprobes: who gets a list register, */
	__u32 lr;			/*  and which */
	__u32 pad2;
};

/* What one thread remembers while it maps a VLPI (it may be preempted there). */
struct g4_map_call {
	__u64 start_ns;			/* of its_map_vlpi(); 0: not in it */
	__u64 map;			/* its struct its_vlpi_map */
	__u32 host_irq;			/* what the two below belong to */
	__u32 devid;
	__u32 eventid;
	__u32 vlpi_irq;			/* its_map_vlpi()'s irq */
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, __u64);
	__type(value, __u32);
	__uint(max_entries, 1);
} vpe_index SEC(".maps");

/*
 * The slot that was last found for a vPE id (16 bits, of the host's vPEs one
 * each). Only a hint: whose slot it is now, the slot itself says.
 */
static __u32 slot_of_id[1 << 16];

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct g4_vpe);
	__uint(max_entries, 1);
} vpes SEC(".maps");

/*
 * 43 KB each, so not every vPE has them: with G4_CFG_DETAIL each slot of vpes
 * its own, else the program gives some to the vPEs that are looked at, by
 * writing their g4_vpe.hists.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct g4_vpe_hists);
	__uint(max_entries, 1);
} vpe_hists SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__type(value, __u32);
	__uint(max_entries, 1);
} free_vpes SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, __u64);
	__type(value, __u32);
	__uint(max_entries, 1);
} vm_index SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, struct g4_vm);
	__uint(max_entries, 1);
} vms SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_QUEUE);
	__type(value, __u32);
	__uint(max_entries, 1);
} free_vms SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, __u32);		/* host irq */
	__type(value, struct g4_vlpi);
	__uint(max_entries, 1);
} vlpis SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__type(key, __u32);		/* thread id */
	__type(value, struct g4_map_call);
	__uint(max_entries, 4096);
} map_calls SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct g4_scratch);
	__uint(max_entries, 1);
} scratches SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct g4_loss);
	__uint(max_entries, 1);
} losses SEC(".maps");

/* One ring a CPU, made by the program when records are asked for. */
struct g4_ring {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 1 << 12);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct g4_ring);
} rings SEC(".maps");

static __always_inline struct g4_scratch *scratch_get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&scratches, &zero);
}

#define count_loss(field)							\
	do {									\
		__u32 zero_ = 0;						\
		struct g4_loss *loss_ = bpf_map_lookup_elem(&losses, &zero_);	\
		if (loss_)							\
			loss_->field++;						\
	} while (0)

/* The ring of this CPU; a missing one is a loss. */
static __always_inline void *ring_get(__u32 cpu)
{
	void *ring = bpf_map_lookup_elem(&rings, &cpu);

	if (!ring)
		count_loss(records);
	return ring;
}

/* Hands one event to the reader, if there is one (@cfg: cfg_flags, read before). */
static __always_inline void record_raw(__u32 cfg, __u64 vpe, __u32 vcpu, __u64 now_ns, __u8 type,
				       __u8 flags, __u64 arg_ns)
{
	__u32 cpu = bpf_get_smp_processor_id();
	struct g4_rec *rec;
	void *ring;

	if (!(cfg & G4_CFG_RECORDS) || !(cfg_records & 1U << type))
		return;
	ring = ring_get(cpu);
	if (!ring)
		return;
	rec = bpf_ringbuf_reserve(ring, sizeof(*rec), 0);
	if (!rec) {
		count_loss(records);
		return;
	}
	rec->ts_ns = now_ns;
	rec->vpe = vpe;
	rec->arg_ns = arg_ns;
	rec->vcpu = vcpu;
	rec->pcpu = cpu;
	rec->type = type;
	rec->flags = flags;
	/* put runs under rq->lock: never wake the reader from here, it polls */
	bpf_ringbuf_submit(rec, BPF_RB_NO_WAKEUP);
}

static __always_inline void record_cfg(__u32 cfg, const struct g4_vpe *v, __u64 now_ns, __u8 type,
				       __u8 flags, __u64 arg_ns)
{
	record_raw(cfg, v->vpe, v->vcpu, now_ns, type, flags, arg_ns);
}

static __always_inline void record(const struct g4_vpe *v, __u64 now_ns, __u8 type, __u8 flags,
				   __u64 arg_ns)
{
	record_cfg(cfg_flags, v, now_ns, type, flags, arg_ns);
}

/* What exists, begins and ends; all of it is cold. @rec has all but its CPU. */
static __noinline int record_long(struct g4_rec_long *rec)
{
	__u32 cpu = bpf_get_smp_processor_id();
	void *ring;

	if (!rec || !(cfg_flags & G4_CFG_RECORDS) || !(cfg_records & 1U << (rec->r.type & 31)))
		return 0;
	ring = ring_get(cpu);
	if (!ring)
		return 0;
	rec->r.pcpu = cpu;
	if (bpf_ringbuf_output(ring, rec, sizeof(*rec), BPF_RB_NO_WAKEUP))
		count_loss(records);
	return 0;
}

static __always_inline struct g4_vm *vm_find(__u64 kvm)
{
	__u32 *slot = bpf_map_lookup_elem(&vm_index, &kvm);

	return slot ? bpf_map_lookup_elem(&vms, slot) : NULL;
}

/*
 * The slot of VM @kvm, made if it has none. Two CPUs may come here for the
 * same VM at once: the one that loses the race for the index gives its slot
 * back and takes the other's.
 */
static __noinline struct g4_vm *vm_get(struct kvm *kvm)
{
	__u64 key = (__u64)kvm, now = bpf_ktime_get_ns();
	struct g4_rec_long rec = { .r.type = G4_REC_VM_NEW, .r.ts_ns = now, .kvm = key };
	struct g4_vm *vm = vm_find(key);
	__u32 slot;

	if (vm || !live)
		return vm;
	if (bpf_map_pop_elem(&free_vms, &slot)) {
		count_loss(vms_full);
		return NULL;
	}
	vm = bpf_map_lookup_elem(&vms, &slot);
	if (!vm)
		return NULL;
	__builtin_memset(vm, 0, offsetof(struct g4_vm, doorbell_ns));
	vm->birth_ns = now;
	vm->pid = BPF_CORE_READ(kvm, userspace_pid);
	vm->nr_vcpus = BPF_CORE_READ(kvm, created_vcpus);
	vm->kvm = key;
	if (bpf_map_update_elem(&vm_index, &key, &slot, BPF_NOEXIST)) {
		vm->kvm = 0;
		bpf_map_push_elem(&free_vms, &slot, 0);
		return vm_find(key);
	}
	rec.pid = vm->pid;
	rec.nr = vm->nr_vcpus;
	record_long(&rec);
	return vm;
}

static __always_inline struct kvm *kvm_of_its_vm(struct its_vm *its_vm)
{
	return (void *)its_vm - bpf_core_field_offset(struct kvm, arch.vgic.its_vm);
}

static __always_inline struct kvm_vcpu *vcpu_of_vpe(struct its_vpe *vpe)
{
	return (void *)vpe -
	       bpf_core_field_offset(struct kvm_vcpu, arch.vgic_cpu.vgic_v3.its_vpe);
}

static __always_inline struct its_vpe *vpe_of_vcpu(struct kvm_vcpu *vcpu)
{
	return (void *)vcpu +
	       bpf_core_field_offset(struct kvm_vcpu, arch.vgic_cpu.vgic_v3.its_vpe);
}

/* By the hash, which knows every vPE. */
static __noinline struct g4_vpe *vpe_find_slow(__u64 key, __u32 id)
{
	__u32 *slot = bpf_map_lookup_elem(&vpe_index, &key);

	if (!slot)
		return NULL;
	slot_of_id[(__u16)id] = *slot;
	return bpf_map_lookup_elem(&vpes, slot);
}

/* @key: address of the struct its_vpe; @id: its vpe_id. */
static __always_inline struct g4_vpe *vpe_find(__u64 key, __u16 id)
{
	__u32 slot = slot_of_id[id];
	struct g4_vpe *v = bpf_map_lookup_elem(&vpes, &slot);

	if (v && v->vpe == key)
		return v;
	return vpe_find_slow(key, id);
}

/* Its histograms, NULL where none are kept. */
static __always_inline struct g4_vpe_hists *hists_of(const struct g4_vpe *v)
{
	__u32 i = v->hists;

	if (!i)
		return NULL;
	i--;
	return bpf_map_lookup_elem(&vpe_hists, &i);
}

/* Its VM, while that has a slot. */
static __always_inline struct g4_vm *vm_of(const struct g4_vpe *v)
{
	__u32 slot = v->vm_slot;
	struct g4_vm *vm = bpf_map_lookup_elem(&vms, &slot);

	return vm && vm->kvm == v->kvm ? vm : NULL;
}

/* The thread that runs @vcpu, 0 before it ever did. */
static __always_inline __u32 tid_of_vcpu(struct kvm_vcpu *vcpu)
{
	struct pid *pid = BPF_CORE_READ(vcpu, pid);

	return pid ? BPF_CORE_READ(pid, numbers[0].nr) : 0;
}

/* @v begins, at @now_ns, in the state that it has. */
static __always_inline void record_new_vpe(const struct g4_vpe *v, __u64 now_ns)
{
	struct g4_rec_long rec = {};

	rec.r.type = G4_REC_VPE_NEW;
	rec.r.ts_ns = now_ns;
	rec.r.vpe = v->vpe;
	rec.r.vcpu = v->vcpu;
	rec.r.flags = (v->run.state & G4_RECF_STATE) |
		      (v->run.flags & G4_RUN_SEEN ? G4_RECF_SEEN : 0);
	rec.kvm = v->kvm;
	rec.irq = v->doorbell_irq;
	rec.nr = v->lr.tid;
	rec.vpe_id = v->vpe_id;
	record_long(&rec);
}

/*
 * Gives @vpe a slot in @state (enum g4_vpe_state; @seen: its birth was seen).
 * Returns 0 when it has one now, also if somebody else was first.
 */
static __noinline int vpe_add(struct its_vpe *vpe, __u32 state, __u32 seen)
{
	struct its_vm *its_vm = BPF_CORE_READ(vpe, its_vm);
	__u64 key = (__u64)vpe, now;
	struct g4_vpe *v;
	struct g4_vm *vm;
	__u32 slot, *vm_slot;

	if (!its_vm || bpf_map_lookup_elem(&vpe_index, &key))
		return 0;
	vm = vm_get(kvm_of_its_vm(its_vm));
	vm_slot = vm ? bpf_map_lookup_elem(&vm_index, &vm->kvm) : NULL;
	if (!vm_slot)
		return -1;
	if (bpf_map_pop_elem(&free_vpes, &slot)) {
		count_loss(vpes_full);
		return -1;
	}
	v = bpf_map_lookup_elem(&vpes, &slot);
	if (!v)
		return -1;
	now = bpf_ktime_get_ns();	/* behind that of its VM */
	__builtin_memset(v, 0, sizeof(*v));
	v->kvm = vm->kvm;
	v->vm_slot = *vm_slot;
	v->vcpu = BPF_CORE_READ(vcpu_of_vpe(vpe), vcpu_id);
	v->vpe_id = BPF_CORE_READ(vpe, vpe_id);
	v->doorbell_irq = BPF_CORE_READ(vpe, irq);
	v->lr.tid = tid_of_vcpu(vcpu_of_vpe(vpe));
	v->hists = cfg_flags & G4_CFG_DETAIL ? slot + 1 : 0;
	if (seen)
		g4_vpe_create(v, now);
	else
		g4_vpe_init(v, now, state);
	v->vpe = key;
	if (bpf_map_update_elem(&vpe_index, &key, &slot, BPF_NOEXIST)) {
		v->vpe = 0;
		bpf_map_push_elem(&free_vpes, &slot, 0);
		return 0;
	}
	record_new_vpe(v, now);
	return 0;
}

/* For a vPE that is met for the first time. */
static __noinline struct g4_vpe *vpe_meet(struct its_vpe *vpe, __u32 id)
{
	return vpe_add(vpe, G4_VPE_UNKNOWN, 0) ? NULL : vpe_find_slow((__u64)vpe, id);
}

/* As vpe_find(); a vPE that is met for the first time gets a slot. */
static __always_inline struct g4_vpe *vpe_get(struct its_vpe *vpe, __u16 id)
{
	struct g4_vpe *v = vpe_find((__u64)vpe, id);

	return v ? v : vpe_meet(vpe, id);
}

/* For programs that the verifier gives no type of their argument. */
static __always_inline __u16 vpe_id_of(struct its_vpe *vpe)
{
	return BPF_CORE_READ(vpe, vpe_id);
}

#endif
