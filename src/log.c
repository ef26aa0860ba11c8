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

static bool log_held;
static char log_kept[4096];
static size_t log_kept_len;

/* Prints a line, or keeps it in place of the oldest ones. */
static void log_put(const char *line)
{
	size_t len = strlen(line), drop;

	if (!log_held) {
		fputs(line, stderr);
		return;
	}
	drop = log_kept_len + len > sizeof(log_kept) ? log_kept_len + len - sizeof(log_kept) : 0;
	while (drop && drop < log_kept_len && log_kept[drop - 1] != '\n')
		drop++;
	memmove(log_kept, log_kept + drop, log_kept_len - drop);
	log_kept_len -= drop;
	/* its length is kept apart; NOLINTNEXTLINE(bugprone-not-null-terminated-result) */
	memcpy(log_kept + log_kept_len, line, len);
	log_kept_len += len;
}

void log_hold(void)
{
	log_held = true;
}

void log_release(void)
{
	log_held = false;
	fwrite(log_kept, 1, log_kept_len, stderr);
	log_kept_len = 0;
}

static void log_line(const char *format, va_list args, int err)
{
	char line[1024], whole[1200];

	vsnprintf(line, sizeof(line), format, args);
	if (err)
		snprintf(whole, sizeof(whole), "gicv4top: %s: %s\n", line, strerror(-err));
	else
		snprintf(whole, sizeof(whole), "gicv4top: %s\n", line);
	log_put(whole);
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
	char when[32];

	if (!log_verbose)
		return;
	snprintf(when, sizeof(when), "[%.3f] ", (double)util_now_ns() / 1e9);
	log_put(when);
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
