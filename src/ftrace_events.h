/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The ftrace way: which dynamic events (kprobe and kretprobe) stand for the hooks, and
 * what each fetches. The same events serve gicv4top itself (ftrace.c) and trace-cmd,
 * whose files tracedat.c reads. Pure: it makes text; who uses it has the kernel.
 */
#ifndef GICV4TOP_FTRACE_EVENTS_H
#define GICV4TOP_FTRACE_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "hooks.h"
#include "kernel_offsets.h"

/* The group of these events where trace-cmd records them; ours has "_PID" behind it. */
#define FTRACE_GROUP	"gicv4top"

enum ft_kind {
	FT_LOAD,			/* entry, and with _RET the return */
	FT_LOAD_RET,
	FT_PUT,
	FT_IRQ,				/* the kernel's own tracepoint: a doorbell's handler */
	FT_DOORBELL,			/*  what a kprobe on the handler can see, unless missed */
	FT_DOORBELL_RET,
	FT_VPE_NEW,
	FT_VPES_GONE,
	FT_VM_GONE,
	FT_MAP,
	FT_MAP_RET,
	FT_UNMAP,
	FT_FORWARD_SET,
	FT_FORWARD_UNSET,
	FT_PROP,
	FT_SW_LPI,
	FT_LPI_CONFIG,
	FT_COMMIT,
	FT_COMMIT_RET,
	FT_SLEEP,
	FT_WAKE,
	FT_VCMD,
	FT_VCMD_RET,
	FT_VMOVP,
	FT_NR_KINDS,
};

/* What events fetch; the names of their fields are ft_field_name(). */
enum ft_field {
	FT_F_VPE,			/* address of struct its_vpe */
	FT_F_AT,			/*  or of the struct kvm_vcpu that it lies in, */
	FT_F_OFF,			/*  and how deep; also of FT_F_VM in its struct kvm */
	FT_F_KVM,
	FT_F_VM,			/* address of struct its_vm */
	FT_F_ID,			/* vpe_id */
	FT_F_VCPU,			/* vcpu_id */
	FT_F_IRQ,			/* of a vPE its doorbell's, else a VLPI's */
	FT_F_PID,			/* of a VM's VMM, */
	FT_F_NR,			/*  and how many vCPUs that VM has */
	FT_F_PENDING,			/* its_vpe.pending_last, vgic_irq.pending_latch */
	FT_F_RESIDENT,
	FT_F_DB,
	FT_F_RET,
	FT_F_TASK,			/* wait.task of the vCPU, 0: does not sleep, */
	FT_F_TSTATE,			/*  and that task's state: means nothing without it */
	FT_F_DEVID,
	FT_F_EVENTID,
	FT_F_VINTID,
	FT_F_PROP,
	FT_F_INTID,
	FT_F_LPI,			/* address of struct vgic_irq */
	FT_F_HW,
	FT_F_SEQ,
	FT_F_LIST,
	FT_F_GIC41,			/* the host's GIC is a 4.1 */
	FT_NR_FIELDS,
};

/* The kernel that events are made for. */
struct ft_kernel {
	struct kernel_offsets offsets;
	bool gic41;
};

const char *ft_field_name(enum ft_field field);

/* Its name, without group. FT_IRQ: its tracepoint's, and that one's system. */
const char *ftrace_event_name(enum ft_kind kind);
const char *ftrace_event_system(enum ft_kind kind, const char *group);

/* The filter that keeps what is not ours out of the buffer, or NULL. */
const char *ftrace_event_filter(enum ft_kind kind);

/* The row of the hook table that it stands for. */
const struct hook *ftrace_event_hook(enum ft_kind kind);

/* Whether an event of this kind fetches @field. */
bool ftrace_event_has(enum ft_kind kind, enum ft_field field);

/*
 * The line for tracefs' kprobe_events that makes event @kind in @group. 0, -E2BIG, or
 * -EINVAL for FT_IRQ, which the kernel has.
 */
int ftrace_event_define(enum ft_kind kind, const char *group, const struct ft_kernel *k,
			char *buf, size_t size);

/* HOOK_FIG_* that these events can give; see ftrace_events.c for those that none can. */
uint32_t ftrace_figures(const bool have[FT_NR_KINDS]);

/*
 * Shell lines that make the events, record them into trace.dat, and take them away: of
 * those whose function @has_function knows (NULL: of all), since trace-cmd refuses a line
 * with an event that is not there.
 */
void ftrace_print_trace_cmd(FILE *f, const struct ft_kernel *k,
			    bool (*has_function)(const void *ctx, const char *function),
			    const void *ctx);

#endif
