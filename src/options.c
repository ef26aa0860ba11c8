// SPDX-License-Identifier: GPL-2.0
/* Parses what all watching commands share; see options.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "options.h"
#include "util.h"

int options_usage(const struct options *o, const char *format, const char *arg)
{
	fprintf(stderr, "%s: ", o->command);
	fprintf(stderr, format, arg);
	fprintf(stderr, "; see %s --help\n", o->command);
	return -EINVAL;
}

int options_input(const struct options *o, const char *arg, const char **ret_path)
{
	if (*ret_path)
		return options_usage(o, "%s: one recording only; report puts several together",
				     "-i");
	*ret_path = arg;
	return 0;
}

static int parse_maps(const char *text, struct session_opts *opts)
{
	static const uint64_t max[] = { 65536, 65536, 1U << 20 };
	uint64_t size[ARRAY_SIZE(max)];
	char word[16];
	size_t i, len;

	for (i = 0; i < ARRAY_SIZE(max); i++) {
		len = strcspn(text, ",");
		if (len >= sizeof(word) || text[len] != (i + 1 < ARRAY_SIZE(max) ? ',' : '\0'))
			return -EINVAL;
		memcpy(word, text, len);
		word[len] = '\0';
		if (util_parse_u64(word, 1, max[i], &size[i]))
			return -EINVAL;
		text += len + 1;
	}
	opts->max_vms = (uint32_t)size[0];
	opts->max_vpes = (uint32_t)size[1];
	opts->max_vlpis = (uint32_t)size[2];
	return 0;
}

int options_refuse_live(const struct options *o)
{
	const char *given = o->session.backend != HOOK_AUTO ? "--backend" :
			    o->session.max_vms ? "--maps" : NULL;

	return given ? options_usage(o, "%s: not with -i, which looks at no live host", given) : 0;
}

int options_parse(struct options *o, int opt, const char *arg)
{
	uint64_t value;

	switch (opt) {
	case 'd':
		return util_parse_secs(arg, &o->interval_ns) ?
			options_usage(o, "-d: \"%s\" is no number of seconds (0.001 to 1000000)",
				      arg) : 0;
	case 'n':
		return util_parse_u64(arg, 1, UINT64_MAX, &o->count) ?
			options_usage(o, "-n: \"%s\" is no count above 0", arg) : 0;
	case 'p':
		if (util_parse_u64(arg, 1, UINT32_MAX, &value))
			return options_usage(o, "-p: \"%s\" is no process id", arg);
		o->filter.pid = (uint32_t)value;
		return 0;
	case 'g':
		o->filter.name = arg;
		return 0;
	case OPT_VCPU:
		if (util_parse_u64(arg, 0, UINT32_MAX, &value))
			return options_usage(o, "--vcpu: \"%s\" is no vCPU number", arg);
		o->filter.vcpu = (int64_t)value;
		return 0;
	case OPT_BACKEND:
		return hooks_backend_parse(arg, &o->session.backend) ?
			options_usage(o, "--backend: \"%s\" is none of auto, tracepoint, fentry, "
				      "kprobe", arg) : 0;
	case OPT_MAPS:
		return parse_maps(arg, &o->session) ?
			options_usage(o, "--maps: \"%s\" is not three sizes, as 64,1024,4096",
				      arg) : 0;
	case 'v':
		log_set_verbose(log_is_verbose() + 1);
		return 0;
	default:	/* getopt has named it */
		fprintf(stderr, "See %s --help.\n", o->command);
		return -EINVAL;
	}
}
