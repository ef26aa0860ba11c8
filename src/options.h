/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Options that every command which watches the host has, or (OPTIONS_LONG_VIEW) a
 * recording; one way to parse them.
 */
#ifndef GICV4TOP_OPTIONS_H
#define GICV4TOP_OPTIONS_H

#include <getopt.h>

#include "model.h"
#include "session.h"

struct options {
	const char *command;		/* "gicv4top top": messages begin with it */
	uint64_t interval_ns;
	uint64_t count;			/* refreshes; 0: until stopped */
	struct model_filter filter;
	struct session_opts session;
};

/* A command's own options are numbered from OPT_OWN on. */
enum { OPT_VCPU = 256, OPT_BACKEND, OPT_MAPS, OPT_OWN };

#define OPTIONS_SHORT	"d:n:p:g:vh"
#define OPTIONS_LONG_VIEW				\
	{ "delay", required_argument, NULL, 'd' },	\
	{ "count", required_argument, NULL, 'n' },	\
	{ "pid", required_argument, NULL, 'p' },	\
	{ "guest", required_argument, NULL, 'g' },	\
	{ "vcpu", required_argument, NULL, OPT_VCPU },	\
	{ "verbose", no_argument, NULL, 'v' },		\
	{ "help", no_argument, NULL, 'h' }
#define OPTIONS_LONG					\
	OPTIONS_LONG_VIEW,				\
	{ "backend", required_argument, NULL, OPT_BACKEND }, \
	{ "maps", required_argument, NULL, OPT_MAPS }

#define OPTIONS_HELP_FILTER \
	"  -p, --pid PID        only the VM of this VMM process\n" \
	"  -g, --guest NAME     only VMs whose name contains NAME\n" \
	"      --vcpu N         only this vCPU of each VM\n"
#define OPTIONS_HELP_SESSION \
	"      --backend WAY    auto, tracepoint, fentry or kprobe (default auto)\n" \
	"      --maps VMS,VPES,VLPIS  sizes of the kernel's tables (default: for the host)\n" \
	OPTIONS_HELP_COMMON
#define OPTIONS_HELP_COMMON \
	"  -v, --verbose        say more on stderr\n" \
	"  -h, --help           this text\n"
#define OPTIONS_HELP_EXIT \
	"\nExit: 0 done, 1 failed, 2 wrong usage, 3 done but something was not counted.\n"

/* Prints "COMMAND: MESSAGE; see COMMAND --help", @arg in it; returns -EINVAL. */
int options_usage(const struct options *o, const char *format, const char *arg)
	__attribute__((format(printf, 2, 0)));

/* The one recording of -i, into @ret_path: as options_parse(). */
int options_input(const struct options *o, const char *arg, const char **ret_path);

/* Refuses options of the live host where a recording is looked at (-i): as options_parse(). */
int options_refuse_live(const struct options *o);

/* One option of OPTIONS_LONG but 'h': 0, or -EINVAL after having said why. */
int options_parse(struct options *o, int opt, const char *arg);

#endif
