// SPDX-License-Identifier: GPL-2.0
/* Looks at this host and prints what trace-cmd must be told of it; see ftrace_print.h. */
#include <stdio.h>

#include "ftrace.h"
#include "ftrace_print.h"

int ftrace_print_commands(void)
{
	struct ft_kernel kernel;
	struct host host;
	int err;

	host_read(&host);
	err = ftrace_kernel(&host, NULL, &kernel);
	if (!err)
		ftrace_print_trace_cmd(stdout, &kernel);
	host_clear(&host);
	return err;
}
