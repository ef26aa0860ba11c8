// SPDX-License-Identifier: GPL-2.0
/* Cores by their MIDR_EL1. */
#include "midr.h"
#include "unit.h"

static void cores_are_known_by_implementer_and_part(void **state)
{
	const char *name;

	(void)state;
	ck_u64(midr_exc_irq(0x413fd0c1, &name), MIDR_HAS_EXC_IRQ);
	ck_str(name, "Neoverse N1");
	ck_u64(midr_exc_irq(0x410fd4f0, &name), MIDR_HAS_EXC_IRQ);
	ck_str(name, "Neoverse V2");
	ck_u64(midr_exc_irq(0x410fd0a0, &name), MIDR_LACKS_EXC_IRQ);
	ck_str(name, "Cortex-A75");
}

static void others_are_not_known(void **state)
{
	const char *name = "";

	(void)state;
	ck_u64(midr_exc_irq(0, &name), MIDR_NOT_KNOWN);
	ck_true(!name);
	ck_u64(midr_exc_irq(0x480fd0c0, &name), MIDR_NOT_KNOWN);	/* HiSilicon */
	ck_true(!name);
	ck_u64(midr_exc_irq(0x410ffff0, &name), MIDR_NOT_KNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(cores_are_known_by_implementer_and_part),
		UNIT_TEST(others_are_not_known),
	};

	return unit_main(tests, UNIT_ARRAY_SIZE(tests));
}
