/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where in the kernel's structures lies what the ftrace way reads: byte offsets, as
 * BPF programs get them by CO-RE. From a kernel's BTF, or for kernels without it from
 * a table of releases that are known. Pure: who calls brings the BTF.
 */
#ifndef GICV4TOP_KERNEL_OFFSETS_H
#define GICV4TOP_KERNEL_OFFSETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct btf;

enum kernel_offset {
	KO_ITS_VPE,			/* of kvm_vcpu: arch.vgic_cpu.vgic_v3.its_vpe */
	KO_VCPU_KVM,
	KO_VCPU_ID,
	KO_VCPU_TASK,			/* wait.task */
	KO_ITS_VM,			/* of kvm: arch.vgic.its_vm */
	KO_KVM_VCPUS,			/* created_vcpus */
	KO_KVM_PID,			/* userspace_pid */
	KO_VPE_IRQ,
	KO_VPE_RESIDENT,
	KO_VPE_ID,
	KO_VPE_PENDING,			/* pending_last */
	KO_MAP_VM,
	KO_MAP_VPE,
	KO_MAP_VINTID,
	KO_MAP_PROP,
	KO_CMD_VPE,			/* of its_cmd_desc: its_vmovp_cmd.vpe */
	KO_CMD_SEQ,
	KO_CMD_LIST,
	KO_TASK_STATE,
	KO_CHIP_DATA,
	KO_MSI_DATA,
	KO_MSI_DEVID,
	KO_LPI_INTID,
	KO_LPI_HW,			/* these two are bits in newer kernels */
	KO_LPI_PENDING,
	KO_NR,
};

struct kernel_offsets {
	uint32_t off[KO_NR];
	/* of a bit in the byte at off[]: its number + 1; 0: it is a whole byte */
	uint8_t bit[KO_NR];
};

/* Its name in the templates of ftrace_events.c, e.g. "vpe_id"; never NULL. */
const char *kernel_offset_name(enum kernel_offset which);

/* 0, or -ENOENT: @btf lacks one (its name in *ret_missing, which may be NULL). */
int kernel_offsets_from_btf(const struct btf *btf, struct kernel_offsets *ret_offsets,
			    const char **ret_missing);

/* 0, or -ENOENT: nothing is known of this release. */
int kernel_offsets_known(const char *release, struct kernel_offsets *ret_offsets);

/* Name of the @i-th release that is known; NULL: there are no more. */
const char *kernel_offsets_release(size_t i);

#endif
