/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Entry of every vCPU (x0 = its index, MMU off) and the vector table.
 *
 * The translation table is constant data of the image, so no vCPU depends on a write that
 * another made with caches on: identity, 1 GiB blocks, the first as device, the second as
 * inner-shareable write-back memory. Stacks are touched only after the MMU is on.
 */
#define STACK_BYTES	4096
#include "shared.h"

	.section .text.start, "ax"
	.global	_start
_start:
	adrp	x1, page_table
	msr	ttbr0_el1, x1
	ldr	x1, =0xff00			/* attr 0: device nGnRnE, 1: normal WB */
	msr	mair_el1, x1
	/* T0SZ 25 (39 bits), 4 KiB, WB WA, inner shareable, no TTBR1, 36 bits of PA */
	ldr	x1, =(25 | (1 << 8) | (1 << 10) | (3 << 12) | (1 << 23) | (1 << 32))
	msr	tcr_el1, x1
	adr	x1, vectors
	msr	vbar_el1, x1
	dsb	sy
	isb
	tlbi	vmalle1
	ic	iallu
	dsb	sy
	isb
	ldr	x1, =(0x30d00800 | (1 << 0) | (1 << 2) | (1 << 12))	/* RES1, M, C, I */
	msr	sctlr_el1, x1
	isb

	msr	tpidr_el1, x0
	adrp	x1, stacks
	add	x2, x0, #1
	mov	x3, #STACK_BYTES
	madd	x1, x2, x3, x1
	mov	sp, x1
	bl	guest_main
1:	wfi
	b	1b

	.macro	bad_vector
	.balign	128
	mrs	x0, esr_el1
	mrs	x1, elr_el1
	mrs	x2, far_el1
	b	guest_exception
	.endm

	.balign	2048
vectors:
	.rept	5
	bad_vector
	.endr
	.balign	128
	/* IRQ, current EL, SP_EL1: the time first, then everything a C function may change */
	sub	sp, sp, #176
	stp	x0, x1, [sp]
	mrs	x0, cntvct_el0
	b	irq_entry
	.rept	10
	bad_vector
	.endr

	.balign	64
irq_entry:
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x29, [sp, #144]
	str	x30, [sp, #160]
	bl	guest_irq
	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldp	x12, x13, [sp, #96]
	ldp	x14, x15, [sp, #112]
	ldp	x16, x17, [sp, #128]
	ldp	x18, x29, [sp, #144]
	ldr	x30, [sp, #160]
	ldp	x0, x1, [sp]
	add	sp, sp, #176
	eret

	.section .rodata.page_table, "a"
	.balign	4096
page_table:
	.quad	0x0 | (3 << 53) | (1 << 10) | 1				/* XN, AF, block */
	.quad	0x40000000 | (1 << 10) | (3 << 8) | (1 << 2) | 1	/* AF, ISH, attr 1 */
	.zero	4096 - 16

	.section .bss.stacks, "aw", %nobits
	.balign	4096
stacks:
	.zero	VG_MAX_VCPUS * STACK_BYTES
