/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What this host is and has: read once at start from /proc, /sys and the
 * kernel's BTF, the rest from the scout. Nothing in here judges; commands do.
 */
#ifndef GICV4TOP_HOST_H
#define GICV4TOP_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "hooks.h"

enum host_wfi {
	HOST_WFI_AUTO,		/* untrapped while a vCPU is alone on its CPU (the default) */
	HOST_WFI_TRAP,
	HOST_WFI_NOTRAP,
};

enum host_gic {
	HOST_GIC_UNKNOWN,	/* nothing told */
	HOST_GIC_NONE,		/* KVM found no GICv4 */
	HOST_GIC_OFF,		/* the GIC has it, KVM was told not to use it */
	HOST_GIC_NOT_ENABLED,	/* KVM does not use it; whether the GIC has it is unknown */
	HOST_GIC_V4,		/* in use, 4.0 */
	HOST_GIC_V4_1,
};

#define HOST_CAP_SYS_PTRACE	(1ULL << 19)
#define HOST_CAP_SYS_ADMIN	(1ULL << 21)
#define HOST_CAP_SYSLOG		(1ULL << 34)
#define HOST_CAP_PERFMON	(1ULL << 38)
#define HOST_CAP_BPF		(1ULL << 39)

struct kernel_btf;

struct host {
	char machine[65];		/* uname -m */
	char kernel[65];		/* uname -r */
	bool arm64;
	bool kvm;			/* /dev/kvm is there */
	bool has_btf;			/* /sys/kernel/btf/vmlinux */
	bool v4_param;			/* kvm-arm.vgic_v4_enable is on in the command line */
	bool wfi_param_known;		/* this kernel has kvm-arm.wfi_trap_policy */
	bool tracefs;
	bool ringbuf;
	enum host_wfi wfi;
	enum host_gic gic;
	const char *gic_source;		/* where @gic is from, for check */
	int nr_its;			/* -1: neither device tree nor ACPI told */
	uint64_t caps;			/* effective, HOST_CAP_* */
	char lockdown[24];		/* "none", "integrity", "confidentiality", "" unknown */
	/* from the scout */
	bool scouted;
	bool fentry_works;
	uint32_t nr_vms, nr_vpes;
	struct kernel_btf *btf;		/* function names; owned, NULL without BTF */
};

/* Reads all but the scout's part. Never fails: what cannot be read is "unknown". */
void host_read(struct host *h);

/* Runs the scout (needs BTF and the capabilities) and completes @h. 0 or -errno. */
int host_scout(struct host *h);

void host_clear(struct host *h);

/*
 * Whether top can run here; if not, prints one line that says why and what to
 * do. Returns 0 or -errno. The scout is run if nothing stands against it.
 */
int host_require(struct host *h);

/* The first capability missing, by name, or NULL. */
const char *host_missing_cap(const struct host *h);

/* For hooks_plan(); borrows @h. */
void host_hook_facts(const struct host *h, struct hook_facts *ret_facts);

const char *host_gic_name(const struct host *h);	/* "4.0", "4.1" or NULL */
const char *host_wfi_name(const struct host *h);	/* "trap", "notrap", "auto" */

/* Byte offset of the vITS's its_device.device_id, from BTF; 0: not found. */
uint32_t host_guest_devid_off(const struct host *h);

#endif
