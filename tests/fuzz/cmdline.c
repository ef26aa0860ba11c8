// SPDX-License-Identifier: GPL-2.0
/* Guests' names out of command lines, which their owners write. */
#include "fuzz.h"
#include "names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char buf[MODEL_NAME_LEN + 1], *cmdline = malloc(size ? size : 1);
	size_t room = size % 7 ? MODEL_NAME_LEN : 1 + size % 20;

	must(cmdline);
	memcpy(cmdline, data, size);
	memset(buf, '#', sizeof(buf));
	if (names_from_cmdline(cmdline, size, buf, room)) {
		must(memchr(buf, '\0', room));
		must(is_printable(buf));
		must(room < 5 || buf[0]);	/* a character may need 4 bytes */
		must(size > sizeof("-name"));
	}
	must(buf[room] == '#');
	free(cmdline);
	return 0;
}
