/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What exists: VMs, vPEs and VLPIs, as they are made, changed and removed.
 * All of it is cold (device set-up, guest ITS commands, VM start and end).
 *
 * A VLPI is born when its_map_vlpi() returns 0. Its guest identity (DeviceID,
 * EventID) is known one level up, in kvm_vgic_v4_set_forwarding(), on the same
 * thread: that entry leaves it in map_calls. The same call on a host irq that
 * is mapped already is a move to another vPE (guest MOVI, affinity).
 */
#ifndef GICV4TOP_MAPPING_BPF_H
#define GICV4TOP_MAPPING_BPF_H

#include "common.bpf.h"

#define G4_MAX_VCPUS	512		/* KVM's VGIC_V3_MAX_CPUS */

static __always_inline struct g4_map_call *map_call_get(__u32 tid)
{
	struct g4_map_call empty = {}, *call;

	call = bpf_map_lookup_elem(&map_calls, &tid);
	if (call)
		return call;
	bpf_map_update_elem(&map_calls, &tid, &empty, BPF_NOEXIST);
	return bpf_map_lookup_elem(&map_calls, &tid);
}

/* Something about a VM, and what was said to be about it (@vpe: 0 for none). */
static __always_inline void record_vm(__u64 kvm, __u8 type, __u32 host_irq)
{
	struct g4_rec_long rec = {};

	if (!(cfg_flags & G4_CFG_RECORDS))
		return;
	rec.r.type = type;
	rec.r.ts_ns = bpf_ktime_get_ns();
	rec.kvm = kvm;
	rec.irq = host_irq;
	record_long(&rec);
}

static __always_inline void record_vlpi(const struct g4_vlpi *vlpi, __u32 host_irq, __u64 now_ns,
					__u8 type, __u8 flags, __u64 arg_ns)
{
	struct g4_rec_long rec = {};

	if (!(cfg_flags & G4_CFG_RECORDS))
		return;
	rec.r.type = type;
	rec.r.flags = flags;
	rec.r.ts_ns = now_ns;
	rec.r.vpe = vlpi->vpe;
	rec.r.arg_ns = arg_ns;
	rec.kvm = vlpi->kvm;
	rec.irq = host_irq;
	rec.vintid = vlpi->vintid;
	rec.devid = vlpi->devid;
	rec.eventid = vlpi->eventid;
	rec.prop = vlpi->prop;
	rec.lpi_flags = vlpi->flags;
	record_long(&rec);
}

static __always_inline int on_forward_set(struct kvm *kvm, __u32 host_irq,
					  struct kvm_kernel_irq_routing_entry *entry)
{
	struct g4_map_call *call = map_call_get((__u32)bpf_get_current_pid_tgid());
	struct g4_vm *vm = vm_get(kvm);

	if (vm) {
		__sync_fetch_and_add(&vm->forward_set, 1);
		record_vm((__u64)kvm, G4_REC_FORWARD_SET, host_irq);
	}
	if (!call)
		return 0;
	call->host_irq = host_irq;
	call->devid = BPF_CORE_READ(entry, msi.devid);
	call->eventid = BPF_CORE_READ(entry, msi.data);
	return 0;
}

static __always_inline int on_forward_unset(struct kvm *kvm, __u32 host_irq)
{
	struct g4_vm *vm = vm_find((__u64)kvm);

	if (vm) {
		__sync_fetch_and_add(&vm->forward_unset, 1);
		record_vm((__u64)kvm, G4_REC_FORWARD_UNSET, host_irq);
	}
	return 0;
}

static __always_inline int on_map(__u32 host_irq, struct its_vlpi_map *map)
{
	struct g4_map_call *call = map_call_get((__u32)bpf_get_current_pid_tgid());

	if (!call)
		return 0;
	call->start_ns = bpf_ktime_get_ns();
	call->map = (__u64)map;
	call->vlpi_irq = host_irq;
	return 0;
}

static __always_inline void vlpi_mapped(struct g4_map_call *call, __u64 now)
{
	struct its_vlpi_map *map = (void *)call->map;
	__u32 host_irq = call->vlpi_irq;
	struct g4_vlpi new = {}, *old;
	struct kvm *kvm = kvm_of_its_vm(BPF_CORE_READ(map, vm));
	__u64 took = now - call->start_ns ? now - call->start_ns : 1;
	struct g4_vm *vm = vm_get(kvm);
	__u8 flags = 0;

	if (vm)
		g4_hist_add_shared(&vm->map_ns, took);

	old = bpf_map_lookup_elem(&vlpis, &host_irq);
	if (old) {
		new = *old;
		if (vm && old->vpe != (__u64)BPF_CORE_READ(map, vpe)) {
			__sync_fetch_and_add(&vm->vlpi_moves, 1);
			flags = G4_RECF_MOVED;
		}
	} else {
		new.mapped_ns = now;
		flags = G4_RECF_FIRST;
		if (vm)
			__sync_fetch_and_add(&vm->maps, 1);
	}
	new.kvm = (__u64)kvm;
	new.vpe = (__u64)BPF_CORE_READ(map, vpe);
	new.vintid = BPF_CORE_READ(map, vintid);
	new.prop = BPF_CORE_READ(map, properties);
	if (call->host_irq == host_irq) {
		new.devid = call->devid;
		new.eventid = call->eventid;
		new.flags |= G4_VLPI_IDS;
	}
	if (bpf_map_update_elem(&vlpis, &host_irq, &new, BPF_ANY))
		count_loss(vlpis_full);
	if (vm)
		record_vlpi(&new, host_irq, now, G4_REC_VLPI_MAP, flags, took);
}

static __always_inline int on_map_exit(int ret)
{
	__u32 tid = bpf_get_current_pid_tgid();
	struct g4_map_call *call = bpf_map_lookup_elem(&map_calls, &tid);

	if (!call || !call->start_ns) {
		count_loss(unmatched);
		return 0;
	}
	if (!ret)
		vlpi_mapped(call, bpf_ktime_get_ns());
	bpf_map_delete_elem(&map_calls, &tid);
	return 0;
}

static __always_inline int on_unmap(__u32 host_irq)
{
	struct g4_vlpi *vlpi = bpf_map_lookup_elem(&vlpis, &host_irq);
	struct g4_vm *vm;

	if (!vlpi)
		return 0;
	vm = vm_find(vlpi->kvm);
	if (vm) {
		__sync_fetch_and_add(&vm->unmaps, 1);
		record_vlpi(vlpi, host_irq, bpf_ktime_get_ns(), G4_REC_VLPI_UNMAP, 0, 0);
	}
	bpf_map_delete_elem(&vlpis, &host_irq);
	return 0;
}

static __always_inline int on_prop(__u32 host_irq, __u8 config)
{
	struct g4_vlpi *vlpi = bpf_map_lookup_elem(&vlpis, &host_irq);
	struct g4_vm *vm;

	if (!vlpi)
		return 0;
	vlpi->prop = config;
	vm = vm_find(vlpi->kvm);
	if (vm) {
		__sync_fetch_and_add(&vm->props, 1);
		record_vlpi(vlpi, host_irq, bpf_ktime_get_ns(), G4_REC_VLPI_PROP, 0, 0);
	}
	return 0;
}

static __always_inline int on_its_commands(struct kvm *kvm)
{
	struct g4_vm *vm = vm_find((__u64)kvm);

	if (vm)
		__sync_fetch_and_add(&vm->its_cmds, 1);
	return 0;
}

/*
 * The doorbell of a vPE is activated: the vPE exists, not resident yet. A walk
 * that met the VM half made may have been first, without the ids and with an
 * unknown past: as long as the vPE had no event, this is its birth.
 */
static __always_inline int on_vpe_new(struct irq_data *d)
{
	struct its_vpe *vpe = BPF_CORE_READ(d, chip_data);
	struct g4_vpe *v;

	if (!vpe)
		return 0;
	v = vpe_find((__u64)vpe, vpe_id_of(vpe));
	if (!v) {
		vpe_add(vpe, G4_VPE_PREEMPTED, 1);
	} else if (!(v->run.flags & G4_RUN_SEEN)) {
		v->vpe_id = vpe_id_of(vpe);
		v->doorbell_irq = BPF_CORE_READ(vpe, irq);
		g4_vpe_create(v, bpf_ktime_get_ns());
		record_new_vpe(v, v->birth_ns);
	}
	return 0;
}

/* A slot goes back empty: the next owner must not inherit counts. */
static int clear_vpe_word(__u32 i, void *ctx)
{
	__u32 slot = *(__u32 *)ctx;
	__u64 *words = bpf_map_lookup_elem(&vpe_hists, &slot);

	if (!words || i >= sizeof(struct g4_vpe_hists) / 8)
		return 1;
	words[i] = 0;
	return 0;
}

static int clear_vm_word(__u32 i, void *ctx)
{
	__u32 slot = *(__u32 *)ctx;
	__u64 *words = bpf_map_lookup_elem(&vms, &slot);

	if (!words || i >= sizeof(struct g4_vm) / 8)
		return 1;
	words[i] = 0;
	return 0;
}

static int remove_vpe(__u32 i, void *ctx)
{
	struct its_vpe **vpes_of_vm = *(struct its_vpe ***)ctx;
	struct g4_rec_long rec = {};
	struct g4_vpe *v;
	__u32 slot, *p;
	__u64 key;

	if (bpf_probe_read_kernel(&key, sizeof(key), vpes_of_vm + i) || !key)
		return 0;
	p = bpf_map_lookup_elem(&vpe_index, &key);
	if (!p)
		return 0;
	slot = *p;
	v = bpf_map_lookup_elem(&vpes, &slot);
	if (!v)
		return 0;
	rec.r.type = G4_REC_VPE_GONE;
	rec.r.ts_ns = bpf_ktime_get_ns();
	rec.r.vpe = key;
	rec.r.vcpu = v->vcpu;
	rec.kvm = v->kvm;
	record_long(&rec);
	v->vpe = 0;
	bpf_map_delete_elem(&vpe_index, &key);
	if (cfg_flags & G4_CFG_DETAIL)
		bpf_loop(sizeof(struct g4_vpe_hists) / 8, clear_vpe_word, &slot, 0);
	bpf_map_push_elem(&free_vpes, &slot, 0);
	return 0;
}

static __always_inline int on_vpes_gone(struct its_vm *its_vm)
{
	struct its_vpe **vpes_of_vm = BPF_CORE_READ(its_vm, vpes);
	__u32 nr = BPF_CORE_READ(its_vm, nr_vpes);

	if (vpes_of_vm && nr <= G4_MAX_VCPUS)
		bpf_loop(nr, remove_vpe, &vpes_of_vm, 0);
	return 0;
}

static __always_inline int on_vm_gone(struct kvm *kvm)
{
	__u64 key = (__u64)kvm;
	__u32 *p = bpf_map_lookup_elem(&vm_index, &key);
	struct g4_vm *vm;
	__u32 slot;

	if (!p)
		return 0;
	slot = *p;
	vm = bpf_map_lookup_elem(&vms, &slot);
	if (!vm)
		return 0;
	record_vm(key, G4_REC_VM_GONE, 0);
	vm->kvm = 0;
	bpf_map_delete_elem(&vm_index, &key);
	bpf_loop(sizeof(struct g4_vm) / 8, clear_vm_word, &slot, 0);
	bpf_map_push_elem(&free_vms, &slot, 0);
	return 0;
}

SEC("fentry")
int BPF_PROG(forward_set_fentry, struct kvm *kvm, int host_irq,
	     struct kvm_kernel_irq_routing_entry *entry)
{
	return on_forward_set(kvm, host_irq, entry);
}

SEC("kprobe")
int BPF_KPROBE(forward_set_kprobe, struct kvm *kvm, int host_irq,
	       struct kvm_kernel_irq_routing_entry *entry)
{
	return on_forward_set(kvm, host_irq, entry);
}

SEC("fentry")
int BPF_PROG(forward_unset_fentry, struct kvm *kvm, int host_irq)
{
	return on_forward_unset(kvm, host_irq);
}

SEC("kprobe")
int BPF_KPROBE(forward_unset_kprobe, struct kvm *kvm, int host_irq)
{
	return on_forward_unset(kvm, host_irq);
}

SEC("fentry")
int BPF_PROG(map_fentry, int host_irq, struct its_vlpi_map *map)
{
	return on_map(host_irq, map);
}

SEC("fexit")
int BPF_PROG(map_fexit, int host_irq, struct its_vlpi_map *map, int ret)
{
	return on_map_exit(ret);
}

SEC("kprobe")
int BPF_KPROBE(map_kprobe, int host_irq, struct its_vlpi_map *map)
{
	return on_map(host_irq, map);
}

SEC("kretprobe")
int BPF_KRETPROBE(map_kretprobe, int ret)
{
	return on_map_exit(ret);
}

SEC("fentry")
int BPF_PROG(unmap_fentry, int host_irq)
{
	return on_unmap(host_irq);
}

SEC("kprobe")
int BPF_KPROBE(unmap_kprobe, int host_irq)
{
	return on_unmap(host_irq);
}

SEC("fentry")
int BPF_PROG(prop_fentry, int host_irq, u8 config)
{
	return on_prop(host_irq, config);
}

SEC("kprobe")
int BPF_KPROBE(prop_kprobe, int host_irq, unsigned long config)
{
	return on_prop(host_irq, config);
}

SEC("fentry")
int BPF_PROG(its_commands_fentry, struct kvm *kvm)
{
	return on_its_commands(kvm);
}

SEC("kprobe")
int BPF_KPROBE(its_commands_kprobe, struct kvm *kvm)
{
	return on_its_commands(kvm);
}

SEC("fentry")
int BPF_PROG(vpe_new_fentry, void *domain, struct irq_data *d)
{
	return on_vpe_new(d);
}

SEC("kprobe")
int BPF_KPROBE(vpe_new_kprobe, void *domain, struct irq_data *d)
{
	return on_vpe_new(d);
}

SEC("fentry")
int BPF_PROG(vpes_gone_fentry, struct its_vm *its_vm)
{
	return on_vpes_gone(its_vm);
}

SEC("kprobe")
int BPF_KPROBE(vpes_gone_kprobe, struct its_vm *its_vm)
{
	return on_vpes_gone(its_vm);
}

SEC("fentry")
int BPF_PROG(vm_gone_fentry, struct kvm *kvm)
{
	return on_vm_gone(kvm);
}

SEC("kprobe")
int BPF_KPROBE(vm_gone_kprobe, struct kvm *kvm)
{
	return on_vm_gone(kvm);
}

#endif
