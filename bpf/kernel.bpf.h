/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The few kernel structures that the programs look into, as much of each as
 * they use. preserve_access_index turns every access into a CO-RE relocation:
 * only names and types matter here, offsets come from the running kernel.
 *
 * Where the kernels we serve (6.1 and later) differ in shape, the difference
 * stands beside the field. Sources: arch/arm64/kvm/vgic, include/kvm/arm_vgic.h,
 * include/linux/irqchip/arm-gic-v4.h, drivers/irqchip/irq-gic-v3-its.c.
 */
#ifndef GICV4TOP_KERNEL_BPF_H
#define GICV4TOP_KERNEL_BPF_H

#include <gicv4top/types.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;
#ifndef bool
#define bool _Bool
#define true 1
#define false 0
#endif

struct pt_regs;
/* arm64 kprobe arguments; libbpf's bpf_tracing.h reads this one on arm64 */
struct user_pt_regs {
	__u64 regs[31];
	__u64 sp;
	__u64 pc;
	__u64 pstate;
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct list_head {
	struct list_head *next;
	struct list_head *prev;
};

typedef struct {
	int counter;
} atomic_t;

/* --- generic: tasks, files, interrupts --- */

struct task_struct {
	unsigned int __state;
	int tgid;
};

struct upid {
	int nr;
};

struct pid {
	struct upid numbers[1];		/* [0]: as the host sees it */
};

struct rcuwait {
	struct task_struct *task;	/* set while a vCPU sleeps or is about to */
};

struct qstr {
	const unsigned char *name;
};

struct dentry {
	struct qstr d_name;
};

struct path {
	struct dentry *dentry;
};

struct file {
	struct path f_path;
	void *private_data;
};

struct irqaction {
	const char *name;
	void *dev_id;			/* of a doorbell: struct kvm_vcpu */
};

struct irq_data {
	void *chip_data;		/* of a doorbell: struct its_vpe */
};

/* --- irq-gic-v4, irq-gic-v3-its --- */

struct its_vm;

struct its_vpe {
	struct its_vm *its_vm;
	int irq;			/* doorbell, host irq number */
	bool resident;
	u16 vpe_id;
	bool pending_last;
};

struct its_vm {
	struct its_vpe **vpes;
	int nr_vpes;
};

struct its_vlpi_map {
	struct its_vm *vm;
	struct its_vpe *vpe;
	u32 vintid;
	u8 properties;
};

struct its_cmd_desc {
	struct {
		struct its_vpe *vpe;
		u16 seq_num;
		u16 its_list;
	} its_vmovp_cmd;
};

/* --- KVM: VM, vCPU, vGIC --- */

#define VGIC_MAX_LRS	16
#define ICH_LR_PENDING	(1ULL << 62)	/* alone or with active */

struct vgic_v3_cpu_if {
	u64 vgic_lr[VGIC_MAX_LRS];	/* ICH_LR<n>_EL2 (IHI 0069, 12.4.9) */
	struct its_vpe its_vpe;
};

struct vgic_cpu {
	struct vgic_v3_cpu_if vgic_v3;
};

struct kvm_vcpu_arch {
	struct vgic_cpu vgic_cpu;
};

struct kvm;

struct kvm_vcpu_stat_generic {
	u64 blocking;			/* 1 inside kvm_vcpu_block() */
};

struct kvm_vcpu_stat {
	struct kvm_vcpu_stat_generic generic;
};

struct kvm_vcpu {
	struct kvm *kvm;
	int vcpu_id;
	struct pid *pid;		/* of the thread that runs it; NULL before its first run */
	struct rcuwait wait;
	struct kvm_vcpu_stat stat;
	struct kvm_vcpu_arch arch;
};

struct vgic_dist {
	u32 vgic_model;
	struct its_vm its_vm;
};

struct kvm_arch {
	struct vgic_dist vgic;
};

struct kvm {
	struct kvm_arch arch;
	struct list_head devices;	/* of struct kvm_device */
	int created_vcpus;
	s32 userspace_pid;
};

struct kvm_device_ops {
	const char *name;
};

struct kvm_device {
	const struct kvm_device_ops *ops;
	void *private;
	struct list_head vm_node;
};

struct kvm_kernel_irq_routing_entry {
	struct {
		u32 data;
		u32 devid;
	} msi;
};

/*
 * A guest LPI or other interrupt. The flags are bool up to 6.12 and bit fields
 * of one bit from 6.16 on: only BPF_CORE_READ_BITFIELD_PROBED() reads both.
 */
struct vgic_irq {
	struct kvm_vcpu *target_vcpu;
	u32 intid;
	bool pending_latch;
	bool enabled;
	bool hw;
	unsigned int host_irq;
	u8 priority;
};

struct vgic_its {
	struct list_head device_list;	/* of the guest's struct its_device */
};

/*
 * Two structures are called its_device: the host driver's and the vITS's.
 * itt_head and dev_list exist in the latter only, device_id in both, so that
 * one is read by an offset which the program takes from the kernel's BTF
 * (guest_devid_off).
 */
struct its_device {
	struct list_head dev_list;
	struct list_head itt_head;	/* of struct its_ite */
};

struct its_ite {
	struct list_head ite_list;
	struct vgic_irq *irq;
	u32 event_id;
};

/* What KVM found of the host's GIC; a symbol only where KALLSYMS_ALL is set. */
struct vgic_global {
	bool has_gicv4;
	bool has_gicv4_1;
};

/* --- BPF iterators --- */

struct bpf_iter_meta {
	u64 seq_num;
};

struct bpf_iter__task_file {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
	u32 fd;
	struct file *file;
};

#pragma clang attribute pop

#define TASK_RUNNING	0
#define VGIC_MIN_LPI	8192
#define KVM_DEV_TYPE_ARM_VGIC_V3	7

#endif
