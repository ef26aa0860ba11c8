// SPDX-License-Identifier: GPL-2.0
/*
 * The scout goes first: it tells how many VMs and vPEs there are (the sizes of
 * the maps follow from it), and whether fentry can be attached at all (arm64
 * kernels before 6.4 have BTF and the functions, but no direct calls). It keeps
 * nothing.
 */
#include "kernel.bpf.h"
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

__u32 scout_vms = 0;
__u32 scout_vpes = 0;

SEC("iter/task_file")
int scout_files(struct bpf_iter__task_file *ctx)
{
	static const char vm_name[] = "kvm-vm";
	struct file *file = ctx->file;
	char name[sizeof(vm_name)] = {};
	const unsigned char *p;
	struct kvm *kvm;

	if (!file)
		return 0;
	p = BPF_CORE_READ(file, f_path.dentry, d_name.name);
	if (bpf_probe_read_kernel_str(name, sizeof(name), p) != sizeof(name) ||
	    bpf_strncmp(name, sizeof(name), vm_name))
		return 0;
	kvm = BPF_CORE_READ(file, private_data);
	if (BPF_CORE_READ(kvm, arch.vgic.vgic_model) != KVM_DEV_TYPE_ARM_VGIC_V3)
		return 0;
	scout_vms++;
	scout_vpes += BPF_CORE_READ(kvm, created_vcpus);
	return 0;
}

SEC("fentry")
int BPF_PROG(scout_fentry)
{
	return 0;
}

char LICENSE[] SEC("license") = "GPL";
