// SPDX-License-Identifier: GPL-2.0
/* Where agents come in, as written on a command line. */
#include "fuzz.h"
#include "guests.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = text_of(data, size);
	struct guest_addr addr;

	if (!guest_addr_parse(text, &addr)) {
		must(addr.way == GUEST_VSOCK || (addr.path && addr.path[0]));
		must(addr.way != GUEST_TCP || (addr.vm && addr.port && addr.port <= 65535));
		must(!addr.vm || addr.vm[0]);
		guest_addr_clear(&addr);
	}
	free(text);
	return 0;
}
