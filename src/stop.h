/* SPDX-License-Identifier: GPL-2.0 */
/* The signals that end a recording in good order. */
#ifndef GICV4TOP_STOP_H
#define GICV4TOP_STOP_H

#include <stdbool.h>

#define STOP_PATIENCE_NS	1000000000ULL

/*
 * From now on SIGINT, SIGTERM and SIGHUP ask to stop; one that comes STOP_PATIENCE_NS or more
 * behind the first ends the program where it stands, which may be in a write() to a pipe
 * that nobody reads. (Sooner it is the same wish: timeout(1) sends SIGTERM twice, a terminal
 * that goes SIGHUP.) SIGHUP stays ignored where it was (nohup), SIGINT does not: a shell's &
 * in a script ignores it, and kill -INT ends the recording there, too, as it does perf's. A
 * pipe that breaks is an error of write().
 */
void stop_take_signals(void);

bool stop_asked(void);

#endif
