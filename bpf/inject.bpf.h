/* SPDX-License-Identifier: GPL-2.0 */
/*
 * LPIs that KVM injects by software: every one is queued for a list register
 * by vgic_queue_irq_unlock(), whether it came from irqfd (cached or not), from
 * KVM_SIGNAL_MSI or from a guest's INT. Hot: filter first, then one atomic add.
 *
 * The one other caller with an LPI is update_lpi_config(), which queues again
 * what is pending when the guest changes the LPI's configuration. That is no
 * injection; its entry says which interrupt to let pass once.
 */
#ifndef GICV4TOP_INJECT_BPF_H
#define GICV4TOP_INJECT_BPF_H

#include "common.bpf.h"

static __always_inline bool is_software_lpi(struct vgic_irq *irq)
{
	return BPF_CORE_READ(irq, intid) >= VGIC_MIN_LPI &&
	       !BPF_CORE_READ_BITFIELD_PROBED(irq, hw);
}

static __always_inline int on_queue(struct kvm *kvm, struct vgic_irq *irq)
{
	struct g4_vm *vm;

	if (!is_software_lpi(irq))
		return 0;
	vm = vm_get(kvm);
	if (!vm)
		return 0;
	if (vm->lpi_config_irq == (__u64)irq) {
		vm->lpi_config_irq = 0;
		return 0;
	}
	if (BPF_CORE_READ_BITFIELD_PROBED(irq, pending_latch)) {
		__sync_fetch_and_add(&vm->sw_lpis, 1);
		if (cfg_flags & G4_CFG_RECORDS)
			record_raw(cfg_flags, 0, 0, bpf_ktime_get_ns(), G4_REC_SW_LPI, 0,
				   (__u64)kvm);
	}
	return 0;
}

static __always_inline int on_lpi_config(struct kvm *kvm, struct vgic_irq *irq)
{
	struct g4_vm *vm = vm_find((__u64)kvm);

	if (vm && is_software_lpi(irq))
		vm->lpi_config_irq = (__u64)irq;
	return 0;
}

SEC("fentry")
int BPF_PROG(queue_fentry, struct kvm *kvm, struct vgic_irq *irq)
{
	return on_queue(kvm, irq);
}

SEC("kprobe")
int BPF_KPROBE(queue_kprobe, struct kvm *kvm, struct vgic_irq *irq)
{
	return on_queue(kvm, irq);
}

SEC("fentry")
int BPF_PROG(lpi_config_fentry, struct kvm *kvm, struct vgic_irq *irq)
{
	return on_lpi_config(kvm, irq);
}

SEC("kprobe")
int BPF_KPROBE(lpi_config_kprobe, struct kvm *kvm, struct vgic_irq *irq)
{
	return on_lpi_config(kvm, irq);
}

#endif
