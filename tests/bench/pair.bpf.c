// SPDX-License-Identifier: GPL-2.0
/*
 * The yardstick of the cost of one vPE load + put pair: time from the entry to
 * the exit of KVM's two functions around everything that gicv4top and others
 * attach to. Under icount time is instructions. And programs that do nothing,
 * to go where gicv4top's go.
 */
#include <kernel.bpf.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#include "pair.h"

struct pair_side sides[PAIR_NR_SIDES];
volatile __u32 counting = 0;

static __u64 began[PAIR_NR_SIDES];

static __always_inline bool is_resident(struct kvm_vcpu *vcpu)
{
	return BPF_CORE_READ(vcpu, arch.vgic_cpu.vgic_v3.its_vpe.resident);
}

/* KVM calls both again where nothing is left to do: only a change of residency counts. */
static __always_inline int begin(struct kvm_vcpu *vcpu, __u32 side)
{
	if (is_resident(vcpu) != (side == PAIR_PUT))
		return 0;
	began[side] = bpf_ktime_get_ns();
	return 0;
}

/* The machine has one CPU, and the pair runs with preemption off. */
static __always_inline int end(struct kvm_vcpu *vcpu, __u32 side)
{
	__u64 now = bpf_ktime_get_ns(), ns = now - began[side], i = ns / PAIR_TICK_NS;
	struct pair_side *s = &sides[side];

	if (!began[side])
		return 0;
	began[side] = 0;
	if (!counting || is_resident(vcpu) != (side == PAIR_LOAD))
		return 0;
	s->count++;
	s->sum_ns += ns;
	if (i >= PAIR_BUCKETS)
		i = PAIR_BUCKETS - 1;
	s->bucket[i]++;
	return 0;
}

SEC("fentry/vgic_v4_load")
int BPF_PROG(load_entry, struct kvm_vcpu *vcpu)
{
	return begin(vcpu, PAIR_LOAD);
}

SEC("fexit/vgic_v4_load")
int BPF_PROG(load_exit, struct kvm_vcpu *vcpu)
{
	return end(vcpu, PAIR_LOAD);
}

SEC("fentry/vgic_v4_put")
int BPF_PROG(put_entry, struct kvm_vcpu *vcpu)
{
	return begin(vcpu, PAIR_PUT);
}

SEC("fexit/vgic_v4_put")
int BPF_PROG(put_exit, struct kvm_vcpu *vcpu)
{
	return end(vcpu, PAIR_PUT);
}

SEC("?fentry")
int BPF_PROG(empty_fentry)
{
	return 0;
}

SEC("?fexit")
int BPF_PROG(empty_fexit)
{
	return 0;
}

SEC("?kprobe")
int empty_kprobe(void *ctx)
{
	return 0;
}

SEC("?kretprobe")
int empty_kretprobe(void *ctx)
{
	return 0;
}

SEC("?tp_btf/irq_handler_entry")
int BPF_PROG(empty_event)
{
	return 0;
}

SEC("?tp_btf/irq_handler_exit")
int BPF_PROG(empty_exit_event)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
