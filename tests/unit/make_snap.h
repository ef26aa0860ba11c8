/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Snapshots made by hand, for tests of what reads them. A snapshot stays the
 * caller's: drive its vPEs with vpe_fsm.h, move its clock with make_at() and
 * hand it to model_update() again.
 */
#ifndef TESTS_UNIT_MAKE_SNAP_H
#define TESTS_UNIT_MAKE_SNAP_H

#include "snapshot.h"

#define MS	1000000ULL
#define SEC	1000000000ULL

/* Kernel addresses of made VMs and vPEs; never looked at. */
#define KVM(n)		(0xffff000010000000ULL + (n) * 0x10000ULL)
#define VPE(vm, n)	(0xffff000020000000ULL + (vm) * 0x100000ULL + (n) * 0x400ULL)

/* Room for so many of each. Ends the test program when there is no memory. */
void make_snap(struct snapshot *ret_snap, uint32_t max_vms, uint32_t max_vpes, uint32_t max_vlpis);

/* Each appends one and returns it: it stays where it is. */
struct g4_vm *make_vm(struct snapshot *s, uint64_t kvm, uint32_t pid, uint64_t birth_ns);
/* Created at @birth_ns: preempted. */
struct g4_vpe *make_vpe(struct snapshot *s, uint64_t kvm, uint64_t vpe, uint32_t vcpu,
			uint64_t birth_ns);
struct g4_vlpi *make_vlpi(struct snapshot *s, uint64_t kvm, uint64_t vpe, uint32_t vintid,
			  uint32_t host_irq);

/* Gives each vPE (empty) histograms, as session_read() does when asked. */
void make_hists(struct snapshot *s);

/* All of @s is as read at @now_ns. */
void make_at(struct snapshot *s, uint64_t now_ns);

/* Resident on @pcpu from @from_ns on, put at @to_ns; @db: a doorbell is requested. */
void make_residency(struct g4_vpe *v, uint64_t from_ns, uint64_t to_ns, uint32_t pcpu, uint32_t db);

#endif
