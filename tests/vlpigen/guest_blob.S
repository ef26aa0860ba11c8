/* SPDX-License-Identifier: GPL-2.0 */
/* The guest's flat image, as vm.c loads it. */
	.section .rodata
	.balign	8
	.global	vlpigen_guest_start, vlpigen_guest_end
vlpigen_guest_start:
	.incbin	VLPIGEN_GUEST_BIN
vlpigen_guest_end:
	.section .note.GNU-stack, "", %progbits
