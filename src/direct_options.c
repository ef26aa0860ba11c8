// SPDX-License-Identifier: GPL-2.0
/* Parses what commands share about direct deliveries; see direct_options.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "direct_options.h"
#include "log.h"
#include "util.h"

static int parse_source(struct direct_opts *direct, const struct options *o, const char *arg)
{
	enum direct_source source;

	direct->off = !strcmp(arg, "none");
	direct->only = DIRECT_NONE;
	if (direct->off || !strcmp(arg, "auto"))
		return 0;
	for (source = DIRECT_GUEST; source < DIRECT_NR; source++) {
		if (strcmp(arg, model_direct_name(source)))
			continue;
		direct->only = source;
		return 0;
	}
	return options_usage(o, "--direct-source: \"%s\" is none of auto, guest, kernel, pmu, none",
			     arg);
}

static int parse_agents(struct direct_opts *direct, const struct options *o, const char *arg)
{
	struct guest_addr *ins = reallocarray(direct->ins, direct->nr_ins + 1, sizeof(*ins));

	if (!ins)
		return log_err(-ENOMEM, "cannot take --agents");
	direct->ins = ins;
	if (guest_addr_parse(arg, &ins[direct->nr_ins]))
		return options_usage(o, "--agents: \"%s\" is no way in "
				     "(unix:PATH, vsock, NAME=tcp:ADDRESS:PORT)", arg);
	direct->nr_ins++;
	return 0;
}

int direct_options_parse(struct direct_opts *direct, const struct options *o, int which,
			 const char *arg)
{
	switch (which) {
	case DIRECT_OPT_SOURCE:
		return parse_source(direct, o, arg);
	case DIRECT_OPT_AGENTS:
		return parse_agents(direct, o, arg);
	default:
		direct->event_given = true;
		return util_parse_u64(arg, 1, UINT32_MAX, &direct->event) ?
			options_usage(o, "--direct-event: \"%s\" is no number of an event "
				      "(as 0x86)", arg) : 0;
	}
}
