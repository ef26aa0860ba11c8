/* SPDX-License-Identifier: GPL-2.0 */
/* How trace-cmd records the same events on this host. */
#ifndef GICV4TOP_FTRACE_PRINT_H
#define GICV4TOP_FTRACE_PRINT_H

/* Prints the commands on standard output. 0 or -errno, having said why. */
int ftrace_print_commands(void);

#endif
