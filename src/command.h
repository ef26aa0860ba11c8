/* SPDX-License-Identifier: GPL-2.0 */
/* A command that runs while something is recorded. */
#ifndef GICV4TOP_COMMAND_H
#define GICV4TOP_COMMAND_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Runs @argv; @stdout_is_data: what it prints goes to standard error, for standard output
 * has the recording. SIGPIPE is no longer ignored in it. 0 or -errno, having said why.
 */
int command_start(char *const *argv, bool stdout_is_data, pid_t *ret_pid);

/* Whether @pid, which is @name, has ended; says what it came to unless that was 0. */
bool command_ended(const char *name, pid_t pid);

#endif
