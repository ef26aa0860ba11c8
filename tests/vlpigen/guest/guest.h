/* SPDX-License-Identifier: GPL-2.0 */
/* The guest's own declarations: register access and who calls whom. */
#ifndef VG_GUEST_H
#define VG_GUEST_H

#include "shared.h"

#define sysreg_read(reg) ({						\
	uint64_t v_;							\
	asm volatile("mrs %0, " reg : "=r"(v_) : : "memory");		\
	v_;								\
})
#define sysreg_write(reg, val) asm volatile("msr " reg ", %0" : : "r"((uint64_t)(val)) : "memory")
#define dsb() asm volatile("dsb sy" : : : "memory")
#define isb() asm volatile("isb" : : : "memory")

/*
 * In assembly, so that the access has no writeback and is no pair: KVM gets no syndrome for
 * those and cannot emulate them.
 */
static inline uint32_t mmio_read32(uint64_t addr)
{
	uint32_t val;

	asm volatile("ldr %w0, [%1]" : "=r"(val) : "r"(addr) : "memory");
	return val;
}

static inline uint64_t mmio_read64(uint64_t addr)
{
	uint64_t val;

	asm volatile("ldr %0, [%1]" : "=r"(val) : "r"(addr) : "memory");
	return val;
}

static inline void mmio_write32(uint64_t addr, uint32_t val)
{
	asm volatile("str %w0, [%1]" : : "rZ"(val), "r"(addr) : "memory");
}

static inline void mmio_write64(uint64_t addr, uint64_t val)
{
	asm volatile("str %x0, [%1]" : : "rZ"(val), "r"(addr) : "memory");
}

static inline struct vg_shared *shared(void)
{
	return (struct vg_shared *)(uint64_t)VG_SHARED;
}

/* start.S calls these */
void guest_main(uint64_t vcpu);
void guest_irq(uint64_t entry_cnt);
void guest_exception(uint64_t esr, uint64_t elr, uint64_t far);

/* main.c: tells the VMM and stops this vCPU */
void guest_fail(const char *what, uint64_t esr, uint64_t elr, uint64_t far)
	__attribute__((noreturn));

/* gic.c */
void gic_dist_init(void);
void gic_route_spis(void);
void gic_cpu_init(uint64_t vcpu);
uint32_t gic_peek(void);
uint32_t gic_ack(void);
void gic_eoi(uint32_t intid);

/* its.c: vCPU 0 only */
void its_init(void);
int its_cmd(const uint64_t raw[4]);
void its_map_devices(void);
void its_serve_mailbox(void);

#endif
