/* SPDX-License-Identifier: GPL-2.0 */
/* Speech: one line to stderr, with the program's name. stdout is for data. */
#ifndef GICV4TOP_LOG_H
#define GICV4TOP_LOG_H

/* Prints "gicv4top: MESSAGE: reason of -err" and returns @err (0 or -errno). */
int log_err(int err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints "gicv4top: MESSAGE" and returns @err; the message says the reason itself. */
int log_say(int err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Only with -v: what a maintainer wants to know. */
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * Between the two, messages are kept (the last 4 KiB of them) and not printed:
 * the screen is somebody's. log_release() prints them.
 */
void log_hold(void);
void log_release(void);

void log_set_verbose(int verbose);
int log_is_verbose(void);

#endif
