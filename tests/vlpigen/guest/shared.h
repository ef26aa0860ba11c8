/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the VMM and its guest share: the guest's physical memory map and the structures at
 * VG_SHARED. Compiled on both sides (one architecture, one ABI: no conversions).
 *
 * Ownership: the VMM fills vg_shared before the first vCPU runs, and afterwards writes only
 * vg_vcpu.log_tail and vg_mbox (cmds, nr, then req). Everything else belongs to the guest;
 * of a vg_vcpu only that vCPU writes. Flags are published with release and read with acquire.
 */
#ifndef VG_SHARED_H
#define VG_SHARED_H

#define VG_MAGIC		0x7667656e31303031
#define VG_MAX_VCPUS		64
#define VG_MAX_DEVS		64

/* Guest physical memory. Below 1 GiB: devices. From 1 GiB: RAM, cacheable. */
#define VG_GICD			0x08000000
#define VG_ITS			0x08080000
#define VG_ITS_TRANSLATER	(VG_ITS + 0x10040)
#define VG_GICR			0x080a0000	/* 128 KiB a vCPU */

#define VG_RAM			0x40000000	/* the image: text, data, bss, stacks */
#define VG_SHARED		0x40100000	/* struct vg_shared */
#define VG_ITS_QUEUE		0x40200000	/* 64 KiB each */
#define VG_ITS_DEVICES		0x40210000
#define VG_ITS_COLLECTIONS	0x40220000
#define VG_LPI_CONFIG		0x40230000	/* a byte an LPI, 16 INTID bits */
#define VG_ITTS			0x40240000	/* VG_ITT_BYTES a device */
#define VG_ITT_BYTES		0x1000
#define VG_LPI_PENDING		0x40400000	/* 64 KiB a vCPU */
#define VG_LOGS			0x40800000	/* VG_LOG_BYTES a vCPU */
#define VG_LOG_BYTES		0x80000
#define VG_RAM_BYTES		(VG_LOGS + VG_MAX_VCPUS * VG_LOG_BYTES - VG_RAM)

/* Interrupts */
#define VG_NR_IRQS		128		/* SGIs, PPIs and SPIs of the vGIC */
#define VG_SPI_KICK		32		/* to vCPU 0: look into the mailbox */
#define VG_SPI_WAKE		33		/* + vCPU: wakes it, counted, nothing else */
#define VG_LPI_FIRST		8192
#define VG_LPI_BASE		8208		/* + device index */
#define VG_EVENT_BITS		8		/* EventIDs a device */

#ifndef __ASSEMBLER__
#include <stdint.h>

enum vg_idle {
	VG_IDLE_WFI,
	VG_IDLE_SPIN,
};

/* One interrupt taken: it was first seen pending by this vCPU between the two counter values. */
struct vg_log {
	uint64_t entry_cnt;		/* CNTVCT_EL0, first thing in the IRQ vector */
	uint64_t seen_cnt;		/* CNTVCT_EL0, when it was known to be this INTID */
	uint32_t intid;
	uint32_t seq;			/* of this vCPU, from 0: shows a lost log entry */
};

#define VG_LOG_SLOTS		16384		/* power of two */
_Static_assert(VG_LOG_SLOTS * sizeof(struct vg_log) <= VG_LOG_BYTES, "log ring too large");

/* What the VMM wants mapped: one MSI of one device. */
struct vg_dev {
	uint32_t devid;
	uint32_t eventid;
	uint32_t vintid;
	uint32_t vcpu;			/* collection */
};

/* Raw ITS commands, to be issued by vCPU 0. status: the number of failed ones. */
#define VG_MBOX_CMDS		32
struct vg_mbox {
	uint32_t req;			/* VMM: ++ after cmds and nr are written, then kick */
	uint32_t done;			/* guest: = req when all were consumed by the ITS */
	uint32_t nr;
	uint32_t status;
	uint64_t cmds[VG_MBOX_CMDS][4];
};

struct vg_vcpu {
	uint32_t online;
	uint32_t kicks;
	uint64_t mpidr;
	uint64_t wfi;			/* WFI instructions that have completed */
	uint64_t spi;
	uint64_t spurious;		/* IAR returned no interrupt */
	uint64_t overflow;		/* log entries not written: the VMM did not drain */
	uint32_t log_head;		/* guest */
	uint32_t log_tail;		/* VMM */
	uint64_t lpi[VG_MAX_DEVS];	/* taken, by vINTID - VG_LPI_BASE */
	uint64_t other;			/* any other INTID */
};

struct vg_shared {
	uint64_t magic;
	uint32_t nr_vcpus;
	uint32_t nr_devs;
	uint32_t idle;			/* enum vg_idle */
	uint32_t dist_ready;		/* vCPU 0 has done what the others need */
	uint32_t ready;			/* all vCPUs online, all devices mapped */
	uint32_t failed;		/* set last; the fields below say why */
	uint64_t fail_what;		/* address of a NUL-terminated string in guest RAM */
	uint64_t fail_vcpu;
	uint64_t fail_esr;
	uint64_t fail_elr;
	uint64_t fail_far;
	struct vg_dev devs[VG_MAX_DEVS];
	struct vg_mbox mbox;
	struct vg_vcpu vcpus[VG_MAX_VCPUS];
};

_Static_assert(VG_SHARED + sizeof(struct vg_shared) <= VG_ITS_QUEUE, "shared area too large");
#endif /* __ASSEMBLER__ */
#endif
