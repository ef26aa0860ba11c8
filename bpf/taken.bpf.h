/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Interrupts that a guest takes through list registers: what KVM gave it before an
 * entry and did not find pending any more at the exit. Of all interrupts that a
 * core counts in the guest, the others came directly.
 *
 * A list register is filled (pending, or only still active) with interrupts off
 * just before the entry, and folded back likewise just behind the exit; between the
 * two the thread cannot change CPUs. Only the thread of the vCPU comes here.
 */
#ifndef GICV4TOP_TAKEN_BPF_H
#define GICV4TOP_TAKEN_BPF_H

#include "common.bpf.h"

static __always_inline void *lrs_of(struct kvm_vcpu *vcpu)
{
	return (void *)vcpu +
	       bpf_core_field_offset(struct kvm_vcpu, arch.vgic_cpu.vgic_v3.vgic_lr);
}

static __always_inline struct g4_vpe *vpe_of_thread(struct kvm_vcpu *vcpu)
{
	struct its_vpe *vpe = vpe_of_vcpu(vcpu);

	return vpe_find((__u64)vpe, vpe_id_of(vpe));
}

static __always_inline int on_filled(struct kvm_vcpu *vcpu, __u32 nr)
{
	struct g4_vpe *v = vpe_of_thread(vcpu);
	__u64 lr;

	if (!v || nr >= VGIC_MAX_LRS)
		return 0;
	if (!bpf_probe_read_kernel(&lr, sizeof(lr), lrs_of(vcpu) + nr * sizeof(lr)) &&
	    lr & ICH_LR_PENDING)
		v->lr.pending |= 1U << nr;
	return 0;
}

static __always_inline int on_fold(struct kvm_vcpu *vcpu)
{
	struct g4_vpe *v = vpe_of_thread(vcpu);
	__u64 lrs[VGIC_MAX_LRS];
	__u32 given, nr;

	if (!v || !v->lr.pending)
		return 0;
	given = v->lr.pending;
	v->lr.pending = 0;
	if (bpf_probe_read_kernel(lrs, sizeof(lrs), lrs_of(vcpu)))
		return 0;
	for (nr = 0; nr < VGIC_MAX_LRS; nr++) {
		if (!(given & 1U << nr) || lrs[nr] & ICH_LR_PENDING)
			continue;
		v->lr.taken++;
		if ((__u32)lrs[nr] >= VGIC_MIN_LPI)
			v->lr.lpis++;
	}
	return 0;
}

SEC("fexit")
int BPF_PROG(filled_fexit, struct kvm_vcpu *vcpu, void *irq, int nr)
{
	return on_filled(vcpu, nr);
}

SEC("kprobe")
int BPF_KPROBE(filled_kprobe, struct kvm_vcpu *vcpu, void *irq, int nr)
{
	struct g4_scratch *s = scratch_get();

	if (s) {
		s->lr_vcpu = (__u64)vcpu;
		s->lr = nr;
	}
	return 0;
}

SEC("kretprobe")
int BPF_KRETPROBE(filled_kretprobe)
{
	struct g4_scratch *s = scratch_get();
	struct kvm_vcpu *vcpu;

	if (!s)
		return 0;
	vcpu = (void *)s->lr_vcpu;
	s->lr_vcpu = 0;
	if (!vcpu) {
		count_loss(unmatched);
		return 0;
	}
	return on_filled(vcpu, s->lr);
}

SEC("fentry")
int BPF_PROG(fold_fentry, struct kvm_vcpu *vcpu)
{
	return on_fold(vcpu);
}

SEC("kprobe")
int BPF_KPROBE(fold_kprobe, struct kvm_vcpu *vcpu)
{
	return on_fold(vcpu);
}

#endif
