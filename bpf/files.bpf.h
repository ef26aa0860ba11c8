/* SPDX-License-Identifier: GPL-2.0 */
/*
 * VMs among open files. A VM is known by the name of its anonymous inode: its
 * file operations are no symbol on kernels without KALLSYMS_ALL.
 */
#ifndef GICV4TOP_FILES_BPF_H
#define GICV4TOP_FILES_BPF_H

#include "kernel.bpf.h"
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

/* The VM behind @file, if it is one with a GICv3; else NULL. @file may be NULL. */
static __always_inline struct kvm *vm_of_file(struct file *file)
{
	static const char vm_name[] = "kvm-vm";
	char name[sizeof(vm_name)] = {};
	const unsigned char *p;
	struct kvm *kvm;

	if (!file)
		return NULL;
	p = BPF_CORE_READ(file, f_path.dentry, d_name.name);
	if (bpf_probe_read_kernel_str(name, sizeof(name), p) != sizeof(name) ||
	    bpf_strncmp(name, sizeof(name), vm_name))
		return NULL;
	kvm = BPF_CORE_READ(file, private_data);
	if (BPF_CORE_READ(kvm, arch.vgic.vgic_model) != KVM_DEV_TYPE_ARM_VGIC_V3)
		return NULL;
	return kvm;
}

#endif
