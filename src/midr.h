/* SPDX-License-Identifier: GPL-2.0 */
/* Arm cores by their MIDR_EL1, and whether they have the event EXC_IRQ. */
#ifndef GICV4TOP_MIDR_H
#define GICV4TOP_MIDR_H

#include <stdint.h>

enum midr_exc_irq {
	MIDR_NOT_KNOWN,			/* no document at hand tells */
	MIDR_HAS_EXC_IRQ,
	MIDR_LACKS_EXC_IRQ,
};

/* MIDR_EL1 of a CPU of this host without its revision; 0: not told. */
uint64_t midr_of_cpu(int cpu);

/* Of a MIDR_EL1 value; *ret_name: the core's name, or NULL. */
enum midr_exc_irq midr_exc_irq(uint64_t midr, const char **ret_name);

#endif
