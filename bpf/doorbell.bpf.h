/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Doorbells and the sleep they end: the handler of a vPE's doorbell interrupt
 * (hard interrupt context, one CPU at a time for each doorbell), and the vCPU
 * thread that goes to sleep and runs again. The handler's exit is when the
 * wake-up has been issued (kvm_vcpu_kick()).
 */
#ifndef GICV4TOP_DOORBELL_BPF_H
#define GICV4TOP_DOORBELL_BPF_H

#include "common.bpf.h"

/* Whether the vCPU's thread has been woken by something else already. */
static __always_inline bool vcpu_is_waking(struct kvm_vcpu *vcpu)
{
	struct task_struct *task = BPF_CORE_READ(vcpu, wait.task);

	return task && BPF_CORE_READ(task, __state) == TASK_RUNNING;
}

static __always_inline int on_doorbell(struct kvm_vcpu *vcpu)
{
	__u64 now = bpf_ktime_get_ns();
	struct vpe_ref ref;
	__u32 kind;

	if (vpe_get(vpe_of_vcpu(vcpu), &ref))
		return 0;
	kind = g4_vpe_doorbell(ref.v, now, bpf_get_smp_processor_id(), vcpu_is_waking(vcpu));
	record(ref.v, now, G4_REC_DOORBELL, kind, 0);
	return 0;
}

static __always_inline int on_doorbell_exit(struct kvm_vcpu *vcpu)
{
	struct vpe_ref ref;
	__u64 now;

	if (vpe_find((__u64)vpe_of_vcpu(vcpu), &ref))
		return 0;
	now = bpf_ktime_get_ns();
	g4_vpe_doorbell_done(ref.v, ref.h, now);
	record(ref.v, now, G4_REC_DOORBELL_DONE, 0, 0);
	return 0;
}

static __always_inline int on_sleep(struct kvm_vcpu *vcpu)
{
	struct vpe_ref ref;

	if (vpe_find((__u64)vpe_of_vcpu(vcpu), &ref))
		return 0;
	g4_vpe_sleep(ref.v);
	if (cfg_records)
		record(ref.v, bpf_ktime_get_ns(), G4_REC_SLEEP, 0, 0);
	return 0;
}

static __always_inline int on_wake(struct kvm_vcpu *vcpu)
{
	struct vpe_ref ref;
	__u64 now;

	if (vpe_find((__u64)vpe_of_vcpu(vcpu), &ref))
		return 0;
	now = bpf_ktime_get_ns();
	g4_vpe_wake(ref.v, ref.h, now);
	record(ref.v, now, G4_REC_WAKE, 0, 0);
	return 0;
}

SEC("fentry")
int BPF_PROG(doorbell_fentry, int irq, void *info)
{
	return on_doorbell(info);
}

SEC("fexit")
int BPF_PROG(doorbell_fexit, int irq, void *info)
{
	return on_doorbell_exit(info);
}

/*
 * Without fentry, the doorbell comes by the generic tracepoints of interrupt
 * handlers: a kprobe would be missed whenever the interrupt meets another
 * kprobe's handler on its CPU. They see every interrupt of the host, so the
 * action's name goes first (vgic_v4_init() requests doorbells as "vcpu").
 */
static __always_inline struct kvm_vcpu *doorbell_vcpu(struct irqaction *action)
{
	static const char doorbell_name[] = "vcpu";
	char name[sizeof(doorbell_name)] = {};

	if (bpf_probe_read_kernel_str(name, sizeof(name), action->name) != sizeof(name) ||
	    bpf_strncmp(name, sizeof(name), doorbell_name))
		return NULL;
	return action->dev_id;
}

SEC("tp_btf/irq_handler_entry")
int BPF_PROG(doorbell_event, int irq, struct irqaction *action)
{
	struct kvm_vcpu *vcpu = doorbell_vcpu(action);

	return vcpu ? on_doorbell(vcpu) : 0;
}

SEC("tp_btf/irq_handler_exit")
int BPF_PROG(doorbell_exit_event, int irq, struct irqaction *action)
{
	struct kvm_vcpu *vcpu = doorbell_vcpu(action);

	return vcpu ? on_doorbell_exit(vcpu) : 0;
}

SEC("fentry")
int BPF_PROG(sleep_fentry, struct kvm_vcpu *vcpu)
{
	return on_sleep(vcpu);
}

SEC("kprobe")
int BPF_KPROBE(sleep_kprobe, struct kvm_vcpu *vcpu)
{
	return on_sleep(vcpu);
}

SEC("fentry")
int BPF_PROG(wake_fentry, struct kvm_vcpu *vcpu)
{
	return on_wake(vcpu);
}

SEC("kprobe")
int BPF_KPROBE(wake_kprobe, struct kvm_vcpu *vcpu)
{
	return on_wake(vcpu);
}

#endif
