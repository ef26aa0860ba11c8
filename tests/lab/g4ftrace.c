// SPDX-License-Identifier: GPL-2.0
/*
 * Test helper for the ftrace way, run in the lab's host or, with a BTF file, anywhere:
 *
 *	g4ftrace offsets [BTF]		this kernel's row of kernel_offsets.c's table, by its BTF
 *	g4ftrace known			the row that the table has; exit 1: none
 */
#include <stdio.h>
#include <string.h>

#include "ftrace.h"

static int print_offsets(const struct kernel_offsets *o)
{
	int i;

	for (i = 0; i < KO_NR; i++)
		printf("%s %u %u\n", kernel_offset_name(i), o->off[i], o->bit[i]);
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	struct ft_kernel k;
	struct host host;

	host_read(&host);
	if (!strcmp(what, "known"))
		return kernel_offsets_known(host.kernel, &k.offsets) ? 1 :
		       print_offsets(&k.offsets);
	if (!strcmp(what, "offsets"))
		return ftrace_kernel(&host, argc > 2 ? argv[2] : NULL, &k) ? 1 :
		       print_offsets(&k.offsets);
	return 2;
}
