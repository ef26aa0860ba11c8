// SPDX-License-Identifier: GPL-2.0
/*
 * Messages for people. Each ends its line itself and is written in one go, so
 * that lines of two writers do not mix.
 */
#include <stdarg.h>
#include <string.h>

#include "log.h"
#include "util.h"

static int log_verbose;

static void log_line(const char *format, va_list args, int err)
{
	char line[1024];

	vsnprintf(line, sizeof(line), format, args);
	if (err)
		fprintf(stderr, "gicv4top: %s: %s\n", line, strerror(-err));
	else
		fprintf(stderr, "gicv4top: %s\n", line);
}

int log_err(int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_line(format, args, err);
	va_end(args);
	return err;
}

int log_say(int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_line(format, args, 0);
	va_end(args);
	return err;
}

void log_debug(const char *format, ...)
{
	va_list args;

	if (!log_verbose)
		return;
	fprintf(stderr, "[%.3f] ", (double)util_now_ns() / 1e9);
	va_start(args, format);
	log_line(format, args, 0);
	va_end(args);
}

void log_set_verbose(int verbose)
{
	log_verbose = verbose;
}

int log_is_verbose(void)
{
	return log_verbose;
}
