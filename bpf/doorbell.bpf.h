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

static __always_inline struct g4_vpe *vpe_find_of(struct kvm_vcpu *vcpu)
{
	struct its_vpe *vpe = vpe_of_vcpu(vcpu);

	return vpe_find((__u64)vpe, vpe_id_of(vpe));
}

static __always_inline int on_doorbell(struct kvm_vcpu *vcpu)
{
	struct its_vpe *vpe = vpe_of_vcpu(vcpu);
	__u64 now = bpf_ktime_get_ns();
	__u32 kind, pending = 0;
	struct g4_vpe *v;

	v = vpe_get(vpe, vpe_id_of(vpe));
	if (!v)
		return 0;
	/* a put that is not done has not asked the hardware yet */
	if (BPF_CORE_READ(vpe, pending_last) && !BPF_CORE_READ(vpe, resident))
		pending = g4_vpe_was_pending(v, 1, cfg_flags & G4_CFG_GICV4_1);
	kind = g4_vpe_doorbell(v, now, bpf_get_smp_processor_id(), vcpu_is_waking(vcpu), pending);
	record(v, now, G4_REC_DOORBELL, pending ? kind | G4_RECF_COUNTED : kind, 0);
	return 0;
}

static __always_inline int on_doorbell_exit(struct kvm_vcpu *vcpu)
{
	struct g4_vpe *v = vpe_find_of(vcpu);
	__u64 now;

	if (!v)
		return 0;
	now = bpf_ktime_get_ns();
	g4_vpe_doorbell_done(v, hists_of(v), now);
	record(v, now, G4_REC_DOORBELL_DONE, 0, 0);
	return 0;
}

static __always_inline int on_sleep(struct kvm_vcpu *vcpu)
{
	struct g4_vpe *v = vpe_find_of(vcpu);

	if (!v)
		return 0;
	g4_vpe_sleep(v);
	if (cfg_flags & G4_CFG_RECORDS)
		record(v, bpf_ktime_get_ns(), G4_REC_SLEEP, 0, 0);
	return 0;
}

static __always_inline int on_wake(struct kvm_vcpu *vcpu)
{
	struct g4_vpe *v = vpe_find_of(vcpu);
	__u64 now, db_ns;

	if (!v)
		return 0;
	now = bpf_ktime_get_ns();
	db_ns = g4_vpe_wake(v, hists_of(v), now);
	record(v, now, G4_REC_WAKE, 0, db_ns);
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
