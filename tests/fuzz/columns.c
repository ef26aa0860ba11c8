// SPDX-License-Identifier: GPL-2.0
/* Lists of columns, as given to -o. */
#include <errno.h>

#include "columns.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = text_of(data, size), bad[33], again[COLUMNS_MAX * 16] = "";
	struct column_list list = { .nr = 77 };
	unsigned int i;
	int err;

	memset(bad, '#', sizeof(bad));
	err = columns_parse(&columns_vm, text, &list, bad, 32);
	must(bad[32] == '#');
	if (err) {
		must(err == -EINVAL && list.nr == 77);
		must(memchr(bad, '\0', 32));
		must(!strncmp(bad, "", 1) || strstr(text, bad));
	} else {
		must(list.nr >= 1 && list.nr <= COLUMNS_MAX);
		for (i = 0; i < list.nr; i++) {
			strcat(again, i ? "," : "");
			strcat(again, list.columns[i]->key);
		}
		must(!strcmp(again, text));
	}
	free(text);
	return 0;
}
