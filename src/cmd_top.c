// SPDX-License-Identifier: GPL-2.0
/*
 * gicv4top top: what each VM's direct injection does, a refresh every interval:
 * the live view in a terminal, else as text, JSON or CSV; of this host, or of a
 * recording. The table and how it is shown are top_view.c's.
 */
#include "cmd.h"
#include "direct_options.h"
#include "live.h"
#include "top_view.h"

#define FOCUS_VPES		512	/* KVM's largest VM */

struct top {
	struct top_view view;
	struct direct_opts direct;
	const char *input;		/* a recording; NULL: this host */
	const char *record;		/* to record to; NULL: nothing is recorded */
};

static void print_help(void)
{
	fputs("Usage: gicv4top [top] [OPTIONS]\n"
	      "Shows, for each VM, how its interrupts are delivered, and what its vPEs do.\n"
	      "In a terminal: the live view (h there lists its keys).\n\n"
	      "  -b, --batch          write refreshes one after another (default: no terminal)\n"
	      "  -d, --delay SECS     time between refreshes (default 1)\n"
	      "  -n, --count COUNT    stop after COUNT refreshes\n"
	      "  -i, --input FILE     a recording, not this host: as gicv4top replay\n"
	      OPTIONS_HELP_FILTER
	      TOP_VIEW_HELP_TABLE
	      "      --detail         vPEs and VLPIs too, and the Dirty wait\n"
	      "      --record FILE    and record all events to FILE, as gicv4top record does\n"
	      DIRECT_OPTIONS_HELP
	      OPTIONS_HELP_SESSION OPTIONS_HELP_EXIT, stdout);
}

enum { OPT_DIRECT = TOP_VIEW_OPT_OWN, OPT_RECORD = OPT_DIRECT + DIRECT_NR_OPTS };

static const struct option long_options[] = {
	TOP_VIEW_LONG,
	{ "record", required_argument, NULL, OPT_RECORD },
	DIRECT_OPTIONS_LONG(OPT_DIRECT),
	OPTIONS_LONG,
	{ NULL, 0, NULL, 0 },
};

/* One option. 0 to go on, 1 when all is done, -EINVAL after having said why. */
static int parse_option(struct top *top, int opt, const char *arg)
{
	switch (opt) {
	case 'i':
		return options_input(&top->view.options, arg, &top->input);
	case OPT_RECORD:
		top->record = arg;
		return 0;
	case OPT_DIRECT + DIRECT_OPT_SOURCE:
	case OPT_DIRECT + DIRECT_OPT_EVENT:
	case OPT_DIRECT + DIRECT_OPT_AGENTS:
		return direct_options_parse(&top->direct, &top->view.options, opt - OPT_DIRECT,
					    arg);
	case 'h':
		print_help();
		return 1;
	default:
		return top_view_option(&top->view, opt, arg);
	}
}

/* What asks for counting is nothing for a recording, which has been made. */
static int check_input(const struct top *top)
{
	const char *given = top->direct.event_given ? "--direct-event" :
			    top->direct.nr_ins ? "--agents" :
			    top->record ? "--record" : NULL;

	if (!top->input)
		return 0;
	return given ? options_usage(&top->view.options, "%s: not with -i, which looks at no live "
				     "host", given) : options_refuse_live(&top->view.options);
}

static int parse_options(struct top *top, int argc, char **argv)
{
	int opt, err;

	optind = 1;
	while ((opt = getopt_long(argc, argv, TOP_VIEW_SHORT OPTIONS_SHORT, long_options,
				  NULL)) != -1) {
		err = parse_option(top, opt, optarg);
		if (err)
			return err;
	}
	if (optind < argc)
		return options_usage(&top->view.options, "\"%s\" is no option and no command",
				     argv[optind]);
	return check_input(top);
}

static int run(struct top *top)
{
	const struct top_replay replay = { .path = top->input, .no_direct = top->direct.off };
	struct top_view *v = &top->view;
	struct source *source;
	int err;

	if (top->input)
		return top_view_play(v, &replay);
	v->options.session.detail = v->out.detail;
	v->options.session.focus_vpes = v->batch || v->out.detail ? 0 : FOCUS_VPES;
	err = live_open_to(&v->options.session, top->direct.off ? NULL : &top->direct,
			   top->record, &source);
	return err ? err : top_view_run(v, source);
}

int cmd_top(int argc, char **argv)
{
	static char own_name[] = "gicv4top top";
	struct top top = { .input = NULL };
	int err;

	argv[0] = own_name;		/* getopt's messages begin with it */
	top_view_begin(&top.view, own_name);
	err = parse_options(&top, argc, argv);
	if (err) {
		direct_opts_clear(&top.direct);
		return err < 0 ? EXIT_USAGE : EXIT_DONE;
	}
	top.view.options.filter.direct = top.direct.only;
	top_view_ready(&top.view);
	err = top_view_end(&top.view, run(&top));
	direct_opts_clear(&top.direct);
	return err;
}
