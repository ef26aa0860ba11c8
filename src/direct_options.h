/* SPDX-License-Identifier: GPL-2.0 */
/* Options of direct deliveries, for every command that asks for them. */
#ifndef GICV4TOP_DIRECT_OPTIONS_H
#define GICV4TOP_DIRECT_OPTIONS_H

#include "direct.h"
#include "options.h"

/* Numbered by the command, in this order, from @first on. */
enum { DIRECT_OPT_SOURCE, DIRECT_OPT_EVENT, DIRECT_OPT_AGENTS, DIRECT_NR_OPTS };

#define DIRECT_OPTIONS_LONG(first)							\
	{ "direct-source", required_argument, NULL, (first) + DIRECT_OPT_SOURCE },	\
	{ "direct-event", required_argument, NULL, (first) + DIRECT_OPT_EVENT },	\
	{ "agents", required_argument, NULL, (first) + DIRECT_OPT_AGENTS }

#define DIRECT_OPTIONS_HELP								\
	"      --direct-source SRC  who counts direct deliveries: auto, guest, kernel, pmu\n"	\
	"                       or none (default auto: whoever is trusted most)\n"		\
	"      --direct-event CODE  the core's event for it (default 0x86, EXC_IRQ)\n"	\
	"      --agents ADDR    hear guests' agents there; may be repeated. ADDR is\n"	\
	"                       [NAME=]unix:PATH, [NAME=]unix-connect:PATH,\n"		\
	"                       vsock[:PORT] or NAME=tcp:ADDRESS:PORT\n"

/* One of them (DIRECT_OPT_*). 0, or -EINVAL after having said why. */
int direct_options_parse(struct direct_opts *direct, const struct options *o, int which,
			 const char *arg);

#endif
