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
#include "files.bpf.h"

__u32 scout_vms = 0;
__u32 scout_vpes = 0;

SEC("iter/task_file")
int scout_files(struct bpf_iter__task_file *ctx)
{
	struct kvm *kvm = vm_of_file(ctx->file);

	if (!kvm)
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
