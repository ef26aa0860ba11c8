// SPDX-License-Identifier: GPL-2.0
/*
 * gicv4top replay: what top would have shown at any time of a recording. It owns its
 * options; the rest is top_view.c's.
 */
#include <stdio.h>

#include "cmd.h"
#include "top_view.h"
#include "util.h"

struct replay_command {
	struct top_view view;
	struct top_replay replay;
};

static void print_help(void)
{
	fputs("Usage: gicv4top replay -i FILE [OPTIONS]\n"
	      "Shows what top would have shown at any time of a recording (gicv4top record).\n"
	      "In a terminal: the live view, with keys to pause, step and seek (h lists them).\n\n"
	      "  -i, --input FILE     the recording (-: standard input)\n"
	      "      --speed X        times as fast as it was recorded (default 1; batch output:\n"
	      "                       as fast as it goes)\n"
	      "      --at TIME        begin there: seconds from its begin (90, 1m30s), or a wall\n"
	      "                       clock's time (03:15:00, \"2026-11-24 03:15\", RFC 3339;\n"
	      "                       default: its begin)\n"
	      "  -b, --batch          write refreshes one after another (default: no terminal)\n"
	      "  -d, --delay SECS     recorded time between refreshes (default 1)\n"
	      "  -n, --count COUNT    stop after COUNT refreshes\n"
	      OPTIONS_HELP_FILTER
	      TOP_VIEW_HELP_TABLE
	      "      --detail         vPEs and VLPIs too\n"
	      OPTIONS_HELP_COMMON OPTIONS_HELP_EXIT, stdout);
}

enum { OPT_SPEED = TOP_VIEW_OPT_OWN, OPT_AT };

static const struct option long_options[] = {
	TOP_VIEW_LONG,
	{ "speed", required_argument, NULL, OPT_SPEED },
	{ "at", required_argument, NULL, OPT_AT },
	OPTIONS_LONG_VIEW,
	{ NULL, 0, NULL, 0 },
};

static int parse_speed(struct replay_command *c, const char *arg)
{
	uint64_t ns;

	/* the same numbers as seconds, in the same bounds */
	if (util_parse_secs(arg, &ns))
		return options_usage(&c->view.options, "--speed: \"%s\" is no factor (0.001 to "
				     "1000000)", arg);
	c->replay.speed = (double)ns / 1e9;
	return 0;
}

/* One option. 0 to go on, 1 when all is done, -EINVAL after having said why. */
static int parse_option(struct replay_command *c, int opt, const char *arg)
{
	switch (opt) {
	case 'i':
		return options_input(&c->view.options, arg, &c->replay.path);
	case OPT_SPEED:
		return parse_speed(c, arg);
	case OPT_AT:
		c->replay.at_given = true;
		return when_parse(arg, &c->replay.at) ?
			options_usage(&c->view.options, "--at: \"%s\" is no time (" WHEN_WORDS ")",
				      arg) : 0;
	case 'h':
		print_help();
		return 1;
	default:
		return top_view_option(&c->view, opt, arg);
	}
}

static int parse_options(struct replay_command *c, int argc, char **argv)
{
	int opt, err;

	optind = 1;
	while ((opt = getopt_long(argc, argv, TOP_VIEW_SHORT OPTIONS_SHORT, long_options,
				  NULL)) != -1) {
		err = parse_option(c, opt, optarg);
		if (err)
			return err;
	}
	if (optind < argc)
		return options_usage(&c->view.options, "\"%s\" is no option; the recording goes "
				     "with -i", argv[optind]);
	if (!c->replay.path)
		return options_usage(&c->view.options, "which recording? It goes with %s",
				     "-i FILE");
	return 0;
}

int cmd_replay(int argc, char **argv)
{
	static char own_name[] = "gicv4top replay";
	struct replay_command c = { .replay.path = NULL };
	int err;

	argv[0] = own_name;		/* getopt's messages begin with it */
	top_view_begin(&c.view, own_name);
	err = parse_options(&c, argc, argv);
	if (err)
		return err < 0 ? EXIT_USAGE : EXIT_DONE;
	top_view_ready(&c.view);
	return top_view_end(&c.view, top_view_play(&c.view, &c.replay));
}
