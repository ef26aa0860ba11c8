/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Makes a recording of a trace.dat: what trace-cmd recorded of the events that
 * ftrace_print_trace_cmd() prints, on a host where nothing else could be installed.
 */
#ifndef GICV4TOP_TRACEDAT_H
#define GICV4TOP_TRACEDAT_H

#include <stdbool.h>

/* Whether the file begins as a trace.dat does; its position stays. */
bool tracedat_is(int fd);

/*
 * The trace.dat @path as a recording in a temporary file without a name. @fd: the file,
 * where it is open already (its position changes), or -1. *ret_fd: the recording, at its
 * begin. 0 or -errno, having said why. What was lost is in the recording.
 */
int tracedat_to_recording(const char *path, int fd, int *ret_fd);

#endif
