/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What BPF programs hand to the program besides the vPE's own state: the map
 * values of VMs and VLPIs, what was lost, and the records of single events,
 * which flow only while somebody asks for them.
 *
 * Any change of a size or a meaning here or in vpe_fsm.h and hist.h bumps
 * G4_WIRE_VERSION: a recording carries it.
 */
#ifndef GICV4TOP_WIRE_H
#define GICV4TOP_WIRE_H

#include <gicv4top/vpe_fsm.h>

#define G4_WIRE_VERSION		3U

/* A VM; all counters are bumped atomically, from any CPU. */
struct g4_vm {
	__u64 kvm;			/* kernel address of struct kvm: the key; 0: free slot */
	__u64 birth_ns;
	__u32 pid;			/* of the VMM (kvm->userspace_pid) */
	__u32 nr_vcpus;			/* at the last walk */
	__u32 nr_lpis;			/* guest LPIs mapped (ITEs), at the last walk */
	__u32 walked;			/* walks that have filled the two above; 0: none yet */
	__u64 its_cmds;			/* batches of guest ITS commands: the walk is old */
	__u64 sw_lpis;			/* LPIs queued for a list register */
	__u64 maps;
	__u64 unmaps;
	__u64 vlpi_moves;		/* a mapped VLPI got another vPE */
	__u64 props;			/* VLPI property updates (priority, enable) */
	__u64 forward_set;		/* irqbypass asked for forwarding */
	__u64 forward_unset;
	__u64 lpi_config_irq;		/* struct vgic_irq under update_lpi_config() */
	struct g4_hist doorbell_ns;	/* of all vPEs: doorbell to resident */
	struct g4_hist map_ns;		/* time in its_map_vlpi() */
};
_Static_assert(sizeof(struct g4_vm) == 13 * 8 + 2 * sizeof(struct g4_hist),
	       "shared layout: bump G4_WIRE_VERSION");

#define G4_VLPI_IDS	(1U << 0)	/* devid and eventid are known */

/* A VLPI, keyed by host irq number. */
struct g4_vlpi {
	__u64 kvm;
	__u64 vpe;
	__u64 mapped_ns;		/* when mapped, or found mapped at attach */
	__u32 vintid;
	__u32 devid;			/* guest's DeviceID */
	__u32 eventid;
	__u8 prop;			/* LPI property byte: priority [7:2], enable [0] */
	__u8 flags;			/* G4_VLPI_* */
	__u16 pad;
};
_Static_assert(sizeof(struct g4_vlpi) == 40, "shared layout: bump G4_WIRE_VERSION");

/*
 * An LPI that a walk found injected by software: it is the guest's, and no
 * VLPI. It stands as of walk number @walk of its VM; older ones are gone.
 */
struct g4_lpi_key {
	__u64 kvm;
	__u32 vintid;
	__u32 pad;
};

struct g4_lpi {
	__u64 vpe;			/* of the vCPU it is for, 0: none */
	__u32 walk;
	__u32 devid;
	__u32 eventid;
	__u8 prop;			/* as in struct g4_vlpi */
	__u8 pad[3];
};
_Static_assert(sizeof(struct g4_lpi_key) == 16 && sizeof(struct g4_lpi) == 24,
	       "shared layout: bump G4_WIRE_VERSION");

/* What was not seen or not kept, per CPU. */
struct g4_loss {
	__u64 records;			/* ring buffer full */
	__u64 vms_full;			/* no slot left: VM, */
	__u64 vpes_full;		/*  vPE, */
	__u64 vlpis_full;		/*  VLPI */
	__u64 unmatched;		/* an exit whose entry was not seen, or the reverse */
};
_Static_assert(sizeof(struct g4_loss) == 5 * 8, "shared layout: bump G4_WIRE_VERSION");

/* The BPF object's settings. */
#define G4_CFG_RECORDS		(1U << 0) /* emit struct g4_rec */
#define G4_CFG_DETAIL		(1U << 1) /* histograms of each vPE, from its birth */
#define G4_CFG_GICV4_1		(1U << 2) /* the host's GIC is a 4.1 */
#define G4_CFG_DIRTY		(1U << 3) /* time the waits for the pending table */

/*
 * Records of single events. Those up to 15 are struct g4_rec, the others, which are
 * rare, struct g4_rec_long. What a program decided from what it saw at that moment
 * (a doorbell's kind, the doorbell that a load answers) is part of the record, so that
 * who reads it need not decide again.
 */
enum g4_rec_type {
	G4_REC_VPE_LOAD = 1,		/* arg_ns: doorbell it answers, or 0; G4_RECF_COUNTED */
	G4_REC_VPE_PUT,			/* G4_RECF_DOORBELL */
	G4_REC_VPE_PUT_DONE,		/* G4_RECF_PENDING_LAST; arg_ns: Dirty wait in it, or 0 */
	G4_REC_DOORBELL,		/* kind: enum g4_doorbell; G4_RECF_COUNTED */
	G4_REC_DOORBELL_DONE,
	G4_REC_SLEEP,
	G4_REC_WAKE,			/* arg_ns: doorbell it is the first to answer, or 0 */
	G4_REC_GUEST_ENTRY,		/* arg_ns: Dirty wait in it, or 0 */
	G4_REC_VMOVP,			/* arg_ns: time the command took */
	G4_REC_SW_LPI,			/* vpe: 0; arg_ns: address of struct kvm */
	/* from here on struct g4_rec_long */
	G4_REC_LONG = 16,
	G4_REC_VPE_NEW = G4_REC_LONG,	/* flags: its state, G4_RECF_SEEN; irq: its doorbell */
	G4_REC_VPE_GONE,
	G4_REC_VM_NEW,			/* pid; nr: vCPUs */
	G4_REC_VM_GONE,
	G4_REC_VLPI_MAP,		/* arg_ns: time the call took; irq; G4_RECF_FIRST */
	G4_REC_VLPI_FOUND,		/* a walk met it */
	G4_REC_VLPI_UNMAP,		/* G4_RECF_UNCOUNTED */
	G4_REC_VLPI_PROP,
	G4_REC_FORWARD_SET,
	G4_REC_FORWARD_UNSET,
	G4_NR_REC_TYPES,
};

#define G4_RECF_DOORBELL	(1U << 0)	/* a doorbell was requested */
#define G4_RECF_PENDING_LAST	(1U << 1)
#define G4_RECF_KIND		3U		/* of a doorbell: mask */
#define G4_RECF_COUNTED		(1U << 2)	/* this event counted a pending_last */
#define G4_RECF_STATE		7U		/* of a new vPE: mask */
#define G4_RECF_SEEN		(1U << 3)	/* its birth was seen */
#define G4_RECF_FIRST		(1U << 0)	/* a map: it was none before */
#define G4_RECF_MOVED		(1U << 1)	/* a map: it was one, of another vPE */

#define G4_RECF_UNCOUNTED	(1U << 0)	/* an unmap: a walk was wrong, none happened */

struct g4_rec {
	__u64 ts_ns;			/* bpf_ktime_get_ns(): CLOCK_MONOTONIC */
	__u64 vpe;
	__u64 arg_ns;
	__u32 vcpu;
	__u16 pcpu;
	__u8 type;			/* enum g4_rec_type */
	__u8 flags;			/* G4_RECF_*, or the kind */
};
_Static_assert(sizeof(struct g4_rec) == 32, "wire layout: bump G4_WIRE_VERSION");

struct g4_rec_long {
	struct g4_rec r;
	__u64 kvm;
	__u32 irq;			/* host irq: of a VLPI, or a vPE's doorbell */
	__u32 vintid;
	__u32 devid;
	__u32 eventid;
	__u32 pid;			/* of a VM's VMM */
	__u32 nr;			/* a VM's vCPUs; the thread id of a vPE's vCPU, or 0 */
	__u16 vpe_id;
	__u8 prop;			/* LPI property byte */
	__u8 lpi_flags;			/* G4_VLPI_* */
	__u32 pad;
};
_Static_assert(sizeof(struct g4_rec_long) == 72, "wire layout: bump G4_WIRE_VERSION");

#endif
