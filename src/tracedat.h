/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Makes a recording of a trace.dat: what trace-cmd recorded of the events that
 * ftrace_print_trace_cmd() prints, on a host where nothing else could be installed.
 */
#ifndef GICV4TOP_TRACEDAT_H
#define GICV4TOP_TRACEDAT_H

#include "recorder.h"

struct tracedat;

/* Whether the file begins as a trace.dat does; its position stays. */
bool tracedat_is(int fd);

/*
 * Opens the trace.dat @path, or the one that @fd has open (-1: none; not taken over).
 * 0 or -errno, having said why.
 */
int tracedat_open(const char *path, int fd, struct tracedat **ret_td);
void tracedat_free(struct tracedat *td);	/* takes NULL */

/* What recorder_begin() must be told of it, and the names in it; both borrow @td. */
void tracedat_host(const struct tracedat *td, struct recorder_host *ret_host);
void tracedat_names(struct tracedat *td, struct model_names *ret_names);

/* Writes all of it with @r, and ends the recording. 0 or -errno, having said why. */
int tracedat_convert(struct tracedat *td, struct recorder *r);

/*
 * The whole way: @path (or @fd) as a recording in a temporary file without a name.
 * *ret_fd: it, open for reading. 0 or -errno, having said why.
 */
int tracedat_to_recording(const char *path, int fd, int *ret_fd);

/* Events that the file itself calls lost; false: of some it does not know how many. */
bool tracedat_lost(const struct tracedat *td, uint64_t *ret_lost);

#endif
