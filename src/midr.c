// SPDX-License-Identifier: GPL-2.0
/*
 * Which cores count EXC_IRQ (0x86), by Arm's published event lists (ARM-software's
 * data repository, folder pmu). Parts are MIDR_EL1[15:4] (Arm ARM, DDI 0487) of
 * implementer 0x41; other vendors publish none that could be read.
 */
#include <stddef.h>
#include <stdio.h>

#include "midr.h"
#include "util.h"

#define IMPLEMENTER_ARM	0x41

static const struct core {
	uint16_t part;
	const char *name;
	enum midr_exc_irq exc_irq;
} cores[] = {
	{ 0xd01, "Cortex-A32", MIDR_HAS_EXC_IRQ },
	{ 0xd02, "Cortex-A34", MIDR_HAS_EXC_IRQ },
	{ 0xd03, "Cortex-A53", MIDR_HAS_EXC_IRQ },
	{ 0xd04, "Cortex-A35", MIDR_HAS_EXC_IRQ },
	{ 0xd05, "Cortex-A55", MIDR_HAS_EXC_IRQ },
	{ 0xd06, "Cortex-A65", MIDR_HAS_EXC_IRQ },
	{ 0xd07, "Cortex-A57", MIDR_HAS_EXC_IRQ },
	{ 0xd08, "Cortex-A72", MIDR_HAS_EXC_IRQ },
	{ 0xd09, "Cortex-A73", MIDR_LACKS_EXC_IRQ },
	{ 0xd0a, "Cortex-A75", MIDR_LACKS_EXC_IRQ },
	{ 0xd0b, "Cortex-A76", MIDR_HAS_EXC_IRQ },
	{ 0xd0c, "Neoverse N1", MIDR_HAS_EXC_IRQ },
	{ 0xd0d, "Cortex-A77", MIDR_HAS_EXC_IRQ },
	{ 0xd0e, "Cortex-A76AE", MIDR_HAS_EXC_IRQ },
	{ 0xd40, "Neoverse V1", MIDR_HAS_EXC_IRQ },
	{ 0xd41, "Cortex-A78", MIDR_HAS_EXC_IRQ },
	{ 0xd43, "Cortex-A65AE", MIDR_HAS_EXC_IRQ },
	{ 0xd44, "Cortex-X1", MIDR_HAS_EXC_IRQ },
	{ 0xd46, "Cortex-A510", MIDR_HAS_EXC_IRQ },
	{ 0xd47, "Cortex-A710", MIDR_HAS_EXC_IRQ },
	{ 0xd48, "Cortex-X2", MIDR_HAS_EXC_IRQ },
	{ 0xd49, "Neoverse N2", MIDR_HAS_EXC_IRQ },
	{ 0xd4a, "Neoverse E1", MIDR_HAS_EXC_IRQ },
	{ 0xd4b, "Cortex-A78C", MIDR_HAS_EXC_IRQ },
	{ 0xd4c, "Cortex-X1C", MIDR_HAS_EXC_IRQ },
	{ 0xd4d, "Cortex-A715", MIDR_HAS_EXC_IRQ },
	{ 0xd4e, "Cortex-X3", MIDR_HAS_EXC_IRQ },
	{ 0xd4f, "Neoverse V2", MIDR_HAS_EXC_IRQ },
	{ 0xd80, "Cortex-A520", MIDR_HAS_EXC_IRQ },
	{ 0xd81, "Cortex-A720", MIDR_HAS_EXC_IRQ },
	{ 0xd82, "Cortex-X4", MIDR_HAS_EXC_IRQ },
	{ 0xd83, "Neoverse V3AE", MIDR_HAS_EXC_IRQ },
	{ 0xd84, "Neoverse V3", MIDR_HAS_EXC_IRQ },
	{ 0xd8e, "Neoverse N3", MIDR_HAS_EXC_IRQ },
};

uint64_t midr_of_cpu(int cpu)
{
	char path[80], text[32];
	uint64_t midr;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/regs/identification/midr_el1",
		 cpu);
	if (util_read_line(path, text, sizeof(text)) ||
	    util_parse_u64(text, 0, UINT64_MAX, &midr))
		return 0;
	return midr & 0xff00fff0;	/* implementer, architecture's zeros, part */
}

enum midr_exc_irq midr_exc_irq(uint64_t midr, const char **ret_name)
{
	uint16_t part = (uint16_t)(midr >> 4 & 0xfff);
	size_t i;

	*ret_name = NULL;
	if ((midr >> 24 & 0xff) != IMPLEMENTER_ARM)
		return MIDR_NOT_KNOWN;
	for (i = 0; i < ARRAY_SIZE(cores); i++) {
		if (cores[i].part != part)
			continue;
		*ret_name = cores[i].name;
		return cores[i].exc_irq;
	}
	return MIDR_NOT_KNOWN;
}
