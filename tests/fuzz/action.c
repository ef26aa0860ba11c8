// SPDX-License-Identifier: GPL-2.0
/* PCI addresses out of the actions of interrupts. */
#include "fuzz.h"
#include "names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char buf[MODEL_DEVICE_LEN + 1], *action = text_of(data, size);

	memset(buf, '#', sizeof(buf));
	if (names_device_from_action(action, buf, MODEL_DEVICE_LEN)) {
		must(memchr(buf, '\0', MODEL_DEVICE_LEN));
		must(buf[0] && strspn(buf, "0123456789abcdefABCDEF:.") == strlen(buf));
		must(strstr(action, buf));
	}
	must(buf[MODEL_DEVICE_LEN] == '#');
	free(action);
	return 0;
}
