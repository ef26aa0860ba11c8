/* SPDX-License-Identifier: GPL-2.0 */
/* A report of the live host: it is recorded until Ctrl-C, and the recording reported. */
#ifndef GICV4TOP_REPORT_LIVE_H
#define GICV4TOP_REPORT_LIVE_H

/*
 * Records this host until SIGINT or SIGTERM into a file without a name. *ret_fd: it, open
 * for reading. 0 or -errno, having said why.
 */
int report_live(int *ret_fd);

#endif
