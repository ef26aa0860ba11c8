// SPDX-License-Identifier: GPL-2.0
/*
 * gicv4top top: what each VM's direct injection does, a refresh every interval:
 * the live view in a terminal, else as text, JSON or CSV; of this host, or of a
 * recording. It owns the options of direct deliveries; the rest is top_view.c's.
 */
#include <errno.h>
#include <string.h>

#include "cmd.h"
#include "live.h"
#include "log.h"
#include "top_view.h"
#include "util.h"

#define FOCUS_VPES		512	/* KVM's largest VM */

struct top {
	struct top_view view;
	struct direct_opts direct;
	const char *input;		/* a recording; NULL: this host */
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
	      "      --direct-source SRC  who counts direct deliveries: auto, guest, kernel, pmu\n"
	      "                       or none (default auto: whoever is trusted most)\n"
	      "      --direct-event CODE  the core's event for it (default 0x86, EXC_IRQ)\n"
	      "      --agents ADDR    hear guests' agents there; may be repeated. ADDR is\n"
	      "                       [NAME=]unix:PATH, [NAME=]unix-connect:PATH,\n"
	      "                       vsock[:PORT] or NAME=tcp:ADDRESS:PORT\n"
	      OPTIONS_HELP_SESSION OPTIONS_HELP_EXIT, stdout);
}

enum { OPT_DIRECT_SOURCE = TOP_VIEW_OPT_OWN, OPT_DIRECT_EVENT, OPT_AGENTS };

static const struct option long_options[] = {
	TOP_VIEW_LONG,
	{ "direct-source", required_argument, NULL, OPT_DIRECT_SOURCE },
	{ "direct-event", required_argument, NULL, OPT_DIRECT_EVENT },
	{ "agents", required_argument, NULL, OPT_AGENTS },
	OPTIONS_LONG,
	{ NULL, 0, NULL, 0 },
};

static int parse_direct_source(struct top *top, const char *arg)
{
	enum direct_source source;

	top->direct.off = !strcmp(arg, "none");
	top->direct.only = DIRECT_NONE;
	if (top->direct.off || !strcmp(arg, "auto"))
		return 0;
	for (source = DIRECT_GUEST; source < DIRECT_NR; source++) {
		if (strcmp(arg, model_direct_name(source)))
			continue;
		top->direct.only = source;
		return 0;
	}
	return options_usage(&top->view.options, "--direct-source: \"%s\" is none of auto, guest, "
			     "kernel, pmu, none", arg);
}

static int parse_agents(struct top *top, const char *arg)
{
	struct direct_opts *d = &top->direct;
	struct guest_addr *ins = reallocarray(d->ins, d->nr_ins + 1, sizeof(*ins));

	if (!ins)
		return log_err(-ENOMEM, "cannot take --agents");
	d->ins = ins;
	if (guest_addr_parse(arg, &ins[d->nr_ins]))
		return options_usage(&top->view.options, "--agents: \"%s\" is no way in "
				     "(unix:PATH, vsock, NAME=tcp:ADDRESS:PORT)", arg);
	d->nr_ins++;
	return 0;
}

/* One option. 0 to go on, 1 when all is done, -EINVAL after having said why. */
static int parse_option(struct top *top, int opt, const char *arg)
{
	switch (opt) {
	case 'i':
		top->input = arg;
		return 0;
	case OPT_DIRECT_SOURCE:
		return parse_direct_source(top, arg);
	case OPT_DIRECT_EVENT:
		top->direct.event_given = true;
		return util_parse_u64(arg, 1, UINT32_MAX, &top->direct.event) ?
			options_usage(&top->view.options, "--direct-event: \"%s\" is no number of "
				      "an event (as 0x86)", arg) : 0;
	case OPT_AGENTS:
		return parse_agents(top, arg);
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
			    top->direct.nr_ins ? "--agents" : NULL;

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
	err = live_open(&v->options.session, top->direct.off ? NULL : &top->direct, &source);
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
