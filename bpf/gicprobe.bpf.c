// SPDX-License-Identifier: GPL-2.0
/*
 * Reads what KVM itself found of the host's GIC. The variable is a data symbol,
 * which kallsyms has only with KALLSYMS_ALL (Debian's 6.12, not its 6.1), and
 * to resolve it libbpf reads all of kallsyms: hence an object of its own, run
 * only where nothing cheaper told.
 */
#include "kernel.bpf.h"
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

extern const void kvm_vgic_global_state __ksym __weak;

__u32 probe_known = 0;
__u32 probe_has_gicv4 = 0;
__u32 probe_has_gicv4_1 = 0;

SEC("iter/task_file")
int probe_gic(struct bpf_iter__task_file *ctx)
{
	const struct vgic_global *global = &kvm_vgic_global_state;

	if (probe_known || !global)
		return 0;
	probe_has_gicv4 = BPF_CORE_READ(global, has_gicv4);
	probe_has_gicv4_1 = BPF_CORE_READ(global, has_gicv4_1);
	probe_known = 1;
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
