// SPDX-License-Identifier: GPL-2.0
/*
 * gicv4top top: what each VM's direct injection does, a refresh every interval:
 * the live view in a terminal, else as text, JSON or CSV. It owns its options;
 * figures come from the model, the live view is ui_*.c, the batch loop batch.c.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "batch.h"
#include "cmd.h"
#include "live.h"
#include "log.h"
#include "options.h"
#include "out.h"
#include "ui.h"
#include "util.h"

#define NS_PER_S		1000000000ULL
#define FOCUS_VPES		512	/* KVM's largest VM */

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_CSV };

struct top {
	/* what was asked for */
	struct options options;
	struct direct_opts direct;
	enum format format;
	bool batch;
	const struct column *sort;
	struct out_opts out;
	bool columns_chosen;
	/* what runs */
	struct source *source;
	struct snapshot snap;
	struct model model;
};

static void print_help(void)
{
	fputs("Usage: gicv4top [top] [OPTIONS]\n"
	      "Shows, for each VM, how its interrupts are delivered, and what its vPEs do.\n"
	      "In a terminal: the live view (h there lists its keys).\n\n"
	      "  -b, --batch          write refreshes one after another (default: no terminal)\n"
	      "  -d, --delay SECS     time between refreshes (default 1)\n"
	      "  -n, --count COUNT    stop after COUNT refreshes\n"
	      OPTIONS_HELP_FILTER
	      "  -s, --sort KEY       sort by this column (default: pid)\n"
	      "  -o, --columns COLS   columns, by key, with commas; \"-o help\" lists them\n"
	      "      --json           a JSON object a refresh, a line each\n"
	      "      --csv            CSV\n"
	      "      --detail         vPEs and VLPIs too, and the Dirty wait\n"
	      "      --direct-source SRC  who counts direct deliveries: auto, guest, kernel, pmu\n"
	      "                       or none (default auto: whoever is trusted most)\n"
	      "      --direct-event CODE  the core's event for it (default 0x86, EXC_IRQ)\n"
	      "      --agents ADDR    hear guests' agents there; may be repeated. ADDR is\n"
	      "                       [NAME=]unix:PATH, [NAME=]unix-connect:PATH,\n"
	      "                       vsock[:PORT] or NAME=tcp:ADDRESS:PORT\n"
	      OPTIONS_HELP_SESSION OPTIONS_HELP_EXIT, stdout);
}

static int parse_columns(struct top *top, const char *text)
{
	char bad[32];

	if (!strcmp(text, "help")) {
		columns_help(&columns_vm, stdout);
		return 1;
	}
	if (!columns_parse(&columns_vm, text, &top->out.columns, bad, sizeof(bad))) {
		top->columns_chosen = true;
		return 0;
	}
	if (columns_find(&columns_vm, bad))
		return options_usage(&top->options, "-o: \"%s\" would be more than 32 columns",
				     bad);
	return options_usage(&top->options, "-o: no column \"%s\" (-o help lists them)", bad);
}

enum {
	OPT_JSON = OPT_OWN, OPT_CSV, OPT_DETAIL, OPT_DIRECT_SOURCE, OPT_DIRECT_EVENT, OPT_AGENTS,
};

static const struct option long_options[] = {
	{ "batch", no_argument, NULL, 'b' },
	{ "sort", required_argument, NULL, 's' },
	{ "columns", required_argument, NULL, 'o' },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "csv", no_argument, NULL, OPT_CSV },
	{ "detail", no_argument, NULL, OPT_DETAIL },
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
	return options_usage(&top->options, "--direct-source: \"%s\" is none of auto, guest, "
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
		return options_usage(&top->options, "--agents: \"%s\" is no way in "
				     "(unix:PATH, vsock, NAME=tcp:ADDRESS:PORT)", arg);
	d->nr_ins++;
	return 0;
}

/* One option. 0 to go on, 1 when all is done, -EINVAL after having said why. */
static int parse_option(struct top *top, int opt, const char *arg)
{
	switch (opt) {
	case 'b':
		top->batch = true;
		return 0;
	case 's':
		top->sort = columns_find(&columns_vm, arg);
		return top->sort ? 0 : options_usage(&top->options, "-s: no column \"%s\" "
						     "(-o help lists them)", arg);
	case 'o':
		return parse_columns(top, arg);
	case OPT_JSON:
		top->format = FORMAT_JSON;
		return 0;
	case OPT_CSV:
		top->format = FORMAT_CSV;
		return 0;
	case OPT_DETAIL:
		top->out.detail = true;
		return 0;
	case OPT_DIRECT_SOURCE:
		return parse_direct_source(top, arg);
	case OPT_DIRECT_EVENT:
		top->direct.event_given = true;
		return util_parse_u64(arg, 1, UINT32_MAX, &top->direct.event) ?
			options_usage(&top->options, "--direct-event: \"%s\" is no number of an "
				      "event (as 0x86)", arg) : 0;
	case OPT_AGENTS:
		return parse_agents(top, arg);
	case 'h':
		print_help();
		return 1;
	default:
		return options_parse(&top->options, opt, arg);
	}
}

static int parse_options(struct top *top, int argc, char **argv)
{
	static char own_name[] = "gicv4top top";
	int opt, err;

	argv[0] = own_name;		/* getopt's messages begin with it */
	top->options.command = own_name;
	optind = 1;
	while ((opt = getopt_long(argc, argv, "bs:o:" OPTIONS_SHORT, long_options, NULL)) != -1) {
		err = parse_option(top, opt, optarg);
		if (err)
			return err;
	}
	if (optind < argc)
		return options_usage(&top->options, "\"%s\" is no option and no command",
				     argv[optind]);
	return 0;
}

/* A terminal's width; without one, COLUMNS if it is set; else 0: no bound. */
static unsigned int output_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	uint64_t width;

	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col)
		return size.ws_col;
	if (columns && !util_parse_u64(columns, 1, UINT16_MAX, &width))
		return (unsigned int)width;
	return 0;
}

static int write_refresh(struct top *top, bool first)
{
	switch (top->format) {
	case FORMAT_JSON:
		return out_json(stdout, &top->model, &top->source->info, &top->out);
	case FORMAT_CSV:
		return out_csv(stdout, &top->model, &top->out, first);
	default:
		return out_text(stdout, &top->model, &top->source->info, &top->out);
	}
}

static int refresh(void *ctx, uint64_t nr)
{
	struct top *top = ctx;
	int err;

	err = top->source->read(top->source, &top->snap);
	if (err)
		return err;
	err = model_update(&top->model, &top->snap, &top->options.filter, &top->source->names);
	if (err)
		return log_err(err, "cannot update the view");
	if (top->sort)
		columns_sort(&top->model, top->sort);
	err = write_refresh(top, !nr);
	/* main() tells of a stream that failed */
	return err == -ENOMEM ? log_err(err, "cannot write") : err;
}

static int run(struct top *top)
{
	struct ui_opts ui = {
		.interval_ns = top->options.interval_ns,
		.count = top->options.count,
		.filter = top->options.filter,
		.sort = top->sort,
		.columns = top->columns_chosen ? &top->out.columns : NULL,
	};
	const struct batch batch = {
		.interval_ns = top->options.interval_ns,
		.count = top->options.count,
		.refresh = refresh,
		.ctx = top,
	};
	int err;

	top->options.session.detail = top->out.detail;
	top->options.session.focus_vpes = top->batch || top->out.detail ? 0 : FOCUS_VPES;
	err = live_open(&top->options.session, top->direct.off ? NULL : &top->direct, &top->source);
	if (err)
		return err;
	top->model.figures = top->source->figures;
	top->model.now_ns = top->source->start_ns;
	return top->batch ? batch_run(&batch, top->source) : ui_run(&ui, top->source, &top->model);
}

int cmd_top(int argc, char **argv)
{
	struct top top = { .options = { .interval_ns = NS_PER_S, .filter.vcpu = -1 } };
	int err;

	columns_default(&columns_vm, &top.out.columns);
	err = parse_options(&top, argc, argv);
	if (err) {
		direct_opts_clear(&top.direct);
		return err < 0 ? EXIT_USAGE : EXIT_DONE;
	}
	top.options.filter.detail = top.out.detail;
	top.options.filter.direct = top.direct.only;
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) || top.format != FORMAT_TEXT)
		top.batch = true;
	if (!top.columns_chosen && top.format == FORMAT_TEXT && output_width())
		top.out.dropped = columns_fit(&top.out.columns, output_width());
	/* a number has no room for a mark */
	if (!top.columns_chosen && top.format == FORMAT_CSV)
		top.out.columns.columns[top.out.columns.nr++] = columns_find(&columns_vm, "dirsrc");
	err = run(&top);
	source_free(top.source);
	direct_opts_clear(&top.direct);
	snapshot_clear(&top.snap);
	if (!err && model_has_losses(&top.model))
		err = EXIT_LOST;
	model_clear(&top.model);
	return err < 0 ? EXIT_FAILED : err;
}
