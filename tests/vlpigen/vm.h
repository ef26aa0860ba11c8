/* SPDX-License-Identifier: GPL-2.0 */
/* The virtual machine: RAM, vGIC and vITS, vCPU threads, and the guest's logs. */
#ifndef VLPIGEN_VM_H
#define VLPIGEN_VM_H

#include <stdint.h>

#include "guest/shared.h"

struct opts;
struct vm;

/* Creates all but runs nothing. The guest will map @devs (copied), one a device of @o. */
int vm_create(const struct opts *o, const struct vg_dev *devs, struct vm **ret_vm);
void vm_free(struct vm *vm);

/* Starts the vCPU threads and waits until the guest has mapped everything. */
int vm_start(struct vm *vm);

/* -EPROTO, said once on stderr, when the guest or a vCPU thread has failed. */
int vm_check(struct vm *vm);

/* Has new threads run the vCPUs; the old ones have ended then. */
int vm_rethread(struct vm *vm);

struct vg_shared *vm_shared(const struct vm *vm);
uint32_t vm_vcpu_tid(const struct vm *vm, uint32_t vcpu);

/* host counter = guest counter + an offset within [lo, hi] */
void vm_counter_offset(const struct vm *vm, int64_t *ret_lo, int64_t *ret_hi);

/* Takes the oldest log entry of a vCPU: 1, 0 when there is none, -EPROTO when some are lost. */
int vm_log_take(struct vm *vm, uint32_t vcpu, struct vg_log *ret_entry);

/* For the ioctls of irq.c; borrowed. */
int vm_ioctl_fd(const struct vm *vm);

#endif
