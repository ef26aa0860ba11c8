/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The running kernel's BTF, as far as hooks and sizes depend on it: which
 * functions it has, and how often each name occurs. libbpf searches linearly,
 * so the names are indexed once.
 */
#ifndef GICV4TOP_KERNEL_BTF_H
#define GICV4TOP_KERNEL_BTF_H

#include <stdbool.h>
#include <stdint.h>

struct btf;
struct kernel_btf;

/* NULL with errno set where the kernel has none, or memory is short. */
struct kernel_btf *kernel_btf_load(void);
void kernel_btf_free(struct kernel_btf *b);

/* The BTF itself; borrowed. */
const struct btf *kernel_btf_types(const struct kernel_btf *b);

/* How many functions have this name (up to 255). */
unsigned int kernel_btf_functions(const struct kernel_btf *b, const char *name);

bool kernel_btf_has_enum(const struct kernel_btf *b, const char *name);

/* Whether tracepoint @event exists (its system is not in BTF). */
bool kernel_btf_has_tracepoint(const struct kernel_btf *b, const char *event);

/* Byte offset of the vITS's its_device.device_id; 0: not found. */
uint32_t kernel_btf_guest_devid_off(const struct kernel_btf *b);

#endif
