/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What exists already when we come: a walk over all open files finds the VMs,
 * and from each VM its vPEs, and its LPIs through the vITSes' devices and
 * translation entries.
 *
 * The walk takes no lock: what it follows may change under it. Reads are safe
 * (probe_read), loops are bounded, and a list that is cut short makes the VM
 * look as it does to the next walk, which a guest's ITS commands ask for. It
 * runs after the hooks are attached: whatever changes from then on, a hook
 * sees, and a hook's knowledge is never overwritten by the walk's.
 */
#ifndef GICV4TOP_WALK_BPF_H
#define GICV4TOP_WALK_BPF_H

#include "common.bpf.h"
#include "files.bpf.h"
#include "mapping.bpf.h"

#define WALK_MAX_KVM_DEVICES	64
#define WALK_MAX_ITS_DEVICES	4096
#define WALK_MAX_ITES		8192

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, struct g4_lpi_key);
	__type(value, struct g4_lpi);
	__uint(max_entries, 1);
} lpis SEC(".maps");

struct walk {
	struct kvm *kvm;
	struct its_vpe **vpes;
	struct list_head *pos, *head;		/* kvm->devices */
	struct list_head *dev_pos, *dev_head;	/* vgic_its->device_list */
	struct list_head *ite_pos, *ite_head;	/* its_device->itt_head */
	__u32 devid;
	__u32 nr_lpis;
	__u32 nr;				/* of this walk */
};

/* a function: what BPF_CORE_READ() is given must not be a member of our own */
static __always_inline struct list_head *list_next(struct list_head *pos)
{
	return BPF_CORE_READ(pos, next);
}

#define container_at(pos, type, member)						\
	((type *)((void *)(pos) - bpf_core_field_offset(type, member)))

/* The LPI's property byte, as the guest's table has it. */
static __always_inline __u8 lpi_prop(struct vgic_irq *irq)
{
	__u8 prop = BPF_CORE_READ(irq, priority) & 0xfc;

	return BPF_CORE_READ_BITFIELD_PROBED(irq, enabled) ? prop | 1 : prop;
}

static __always_inline void walk_lpi(struct walk *w, struct its_ite *ite, struct vgic_irq *irq)
{
	struct kvm_vcpu *target = BPF_CORE_READ(irq, target_vcpu);
	struct g4_lpi_key key = { .kvm = (__u64)w->kvm };
	struct g4_lpi new = {};

	key.vintid = BPF_CORE_READ(irq, intid);
	new.vpe = target ? (__u64)vpe_of_vcpu(target) : 0;
	new.walk = w->nr;
	new.devid = w->devid;
	new.eventid = BPF_CORE_READ(ite, event_id);
	new.prop = lpi_prop(irq);
	if (bpf_map_update_elem(&lpis, &key, &new, BPF_ANY))
		count_loss(vlpis_full);
}

static __always_inline void walk_vlpi(struct walk *w, struct its_ite *ite, struct vgic_irq *irq)
{
	__u32 host_irq = BPF_CORE_READ(irq, host_irq);
	struct kvm_vcpu *target = BPF_CORE_READ(irq, target_vcpu);
	struct g4_vlpi new = {}, *old;
	long err;

	old = bpf_map_lookup_elem(&vlpis, &host_irq);
	if (old) {
		if (!(old->flags & G4_VLPI_IDS)) {
			old->devid = w->devid;
			old->eventid = BPF_CORE_READ(ite, event_id);
			old->flags |= G4_VLPI_IDS;
			record_vlpi(old, host_irq, bpf_ktime_get_ns(), G4_REC_VLPI_FOUND, 0, 0);
		}
		return;
	}
	new.kvm = (__u64)w->kvm;
	new.vpe = target ? (__u64)vpe_of_vcpu(target) : 0;
	new.mapped_ns = bpf_ktime_get_ns();
	new.vintid = BPF_CORE_READ(irq, intid);
	new.devid = w->devid;
	new.eventid = BPF_CORE_READ(ite, event_id);
	new.prop = lpi_prop(irq);
	new.flags = G4_VLPI_IDS;
	err = bpf_map_update_elem(&vlpis, &host_irq, &new, BPF_NOEXIST);
	if (err && err != -17 /* EEXIST: a hook was first */)
		count_loss(vlpis_full);
	if (!err)
		record_vlpi(&new, host_irq, new.mapped_ns, G4_REC_VLPI_FOUND, 0, 0);
	/* unmapped meanwhile: hw is cleared before the unmap that our hook sees */
	if (!BPF_CORE_READ_BITFIELD_PROBED(irq, hw) &&
	    !bpf_map_delete_elem(&vlpis, &host_irq))
		record_vlpi(&new, host_irq, bpf_ktime_get_ns(), G4_REC_VLPI_UNMAP,
			    G4_RECF_UNCOUNTED, 0);
}

static int walk_ite(__u32 i, void *ctx)
{
	struct walk *w = ctx;
	struct vgic_irq *irq;
	struct its_ite *ite;

	if (!w->ite_pos || w->ite_pos == w->ite_head)
		return 1;
	ite = container_at(w->ite_pos, struct its_ite, ite_list);
	irq = BPF_CORE_READ(ite, irq);
	if (irq) {
		w->nr_lpis++;
		if (BPF_CORE_READ_BITFIELD_PROBED(irq, hw))
			walk_vlpi(w, ite, irq);
		else
			walk_lpi(w, ite, irq);
	}
	w->ite_pos = list_next(w->ite_pos);
	return 0;
}

static int walk_its_device(__u32 i, void *ctx)
{
	struct its_device *dev;
	struct walk *w = ctx;

	if (!w->dev_pos || w->dev_pos == w->dev_head)
		return 1;
	dev = container_at(w->dev_pos, struct its_device, dev_list);
	if (bpf_probe_read_kernel(&w->devid, sizeof(w->devid), (void *)dev + cfg_guest_devid_off))
		w->devid = 0;
	w->ite_head = (void *)dev + bpf_core_field_offset(struct its_device, itt_head);
	w->ite_pos = list_next(w->ite_head);
	bpf_loop(WALK_MAX_ITES, walk_ite, w, 0);
	w->dev_pos = list_next(w->dev_pos);
	return 0;
}

static __always_inline bool is_its(struct kvm_device *dev)
{
	static const char its_name[] = "kvm-arm-vgic-its";
	char name[sizeof(its_name)] = {};
	const char *p = BPF_CORE_READ(dev, ops, name);

	if (bpf_probe_read_kernel_str(name, sizeof(name), p) < 0)
		return false;
	return !bpf_strncmp(name, sizeof(name), its_name);
}

static int walk_kvm_device(__u32 i, void *ctx)
{
	struct kvm_device *dev;
	struct vgic_its *its;
	struct walk *w = ctx;

	if (!w->pos || w->pos == w->head)
		return 1;
	dev = container_at(w->pos, struct kvm_device, vm_node);
	if (is_its(dev)) {
		its = BPF_CORE_READ(dev, private);
		w->dev_head = (void *)its + bpf_core_field_offset(struct vgic_its, device_list);
		w->dev_pos = list_next(w->dev_head);
		bpf_loop(WALK_MAX_ITS_DEVICES, walk_its_device, w, 0);
	}
	w->pos = list_next(w->pos);
	return 0;
}

/*
 * A vPE whose past nobody saw: the kernel says whether it is resident, and
 * whether its vCPU sleeps in kvm_vcpu_block(), which it does only after a put
 * that asked for a doorbell. Otherwise its state is unknown until its next
 * event.
 */
static int walk_vpe(__u32 i, void *ctx)
{
	__u32 state = G4_VPE_UNKNOWN;
	struct its_vpe *vpe = NULL;
	struct walk *w = ctx;

	if (bpf_probe_read_kernel(&vpe, sizeof(vpe), w->vpes + i) || !vpe)
		return 0;
	if (BPF_CORE_READ(vpe, resident))
		state = G4_VPE_RESIDENT;
	else if (BPF_CORE_READ(vcpu_of_vpe(vpe), stat.generic.blocking))
		state = G4_VPE_BLOCKED;
	vpe_add(vpe, state, 0);
	return 0;
}

SEC("iter/task_file")
int walk_files(struct bpf_iter__task_file *ctx)
{
	struct kvm *kvm = vm_of_file(ctx->file);
	struct walk w = {};
	struct g4_vm *vm;
	__u32 nr;

	if (!kvm)
		return 0;
	vm = vm_get(kvm);
	if (!vm)
		return 0;

	w.kvm = kvm;
	w.nr = vm->walked + 1;
	w.vpes = BPF_CORE_READ(kvm, arch.vgic.its_vm.vpes);
	nr = BPF_CORE_READ(kvm, arch.vgic.its_vm.nr_vpes);
	if (w.vpes && nr <= G4_MAX_VCPUS)
		bpf_loop(nr, walk_vpe, &w, 0);

	w.head = (void *)kvm + bpf_core_field_offset(struct kvm, devices);
	w.pos = list_next(w.head);
	bpf_loop(WALK_MAX_KVM_DEVICES, walk_kvm_device, &w, 0);
	vm->nr_lpis = w.nr_lpis;
	vm->nr_vcpus = BPF_CORE_READ(kvm, created_vcpus);
	vm->walked = w.nr;
	return 0;
}

#endif
