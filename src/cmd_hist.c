// SPDX-License-Identifier: GPL-2.0
/*
 * gicv4top hist: histograms of what the VMs' vPEs did and how long it took,
 * since it was started or of each interval, here or in a recording. It owns its
 * options; the session keeps histograms of every vPE from its birth, so that
 * nothing is missed.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "cmd.h"
#include "live.h"
#include "log.h"
#include "options.h"
#include "out_hist.h"
#include "replay.h"
#include "util.h"

#define NS_PER_S	1000000000ULL

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_CSV };

struct hist {
	struct options options;
	enum format format;
	struct hist_opts out;
	bool delta;
	const char *input;		/* a recording; NULL: this host */
	const char *record;		/* to record to; NULL: nothing is recorded */
	struct source *source;
	struct snapshot snap, base;	/* the model borrows @snap; @base: the print before */
	bool has_base;
	struct model model;
};

static void print_help(void)
{
	fputs("Usage: gicv4top hist [OPTIONS]\n"
	      "Shows histograms of latencies and of times in each state, per VM or per vPE.\n"
	      "Without -d and -n: one print, when stopped by Ctrl-C; of a recording, of all\n"
	      "of it.\n\n"
	      "  -d, --delay SECS     time between prints (with -n alone: 1)\n"
	      "  -n, --count COUNT    stop after COUNT prints\n"
	      "  -i, --input FILE     a recording, not this host\n"
	      OPTIONS_HELP_FILTER
	      "      --which KEYS     histograms, by key, with commas; \"help\" lists them\n"
	      "                       (default: all that hold something)\n"
	      "      --per-vpe        of each vPE, not of VMs\n"
	      "      --delta          of each interval, not since the start\n"
	      "      --json           a JSON object a print, a line each\n"
	      "      --csv            CSV\n"
	      "      --record FILE    and record all events to FILE, as gicv4top record does\n"
	      OPTIONS_HELP_SESSION OPTIONS_HELP_EXIT, stdout);
}

static int parse_which(struct hist *hist, const char *text)
{
	char bad[32];

	if (!strcmp(text, "help")) {
		out_hist_which_help(stdout);
		return 1;
	}
	return out_hist_which(&hist->out, text, bad, sizeof(bad)) ?
		options_usage(&hist->options, "--which: no histogram \"%s\" "
			      "(--which help lists them)", bad) : 0;
}

enum { OPT_WHICH = OPT_OWN, OPT_RECORD, OPT_PER_VPE, OPT_DELTA, OPT_JSON, OPT_CSV };

static const struct option long_options[] = {
	{ "input", required_argument, NULL, 'i' },
	{ "which", required_argument, NULL, OPT_WHICH },
	{ "per-vpe", no_argument, NULL, OPT_PER_VPE },
	{ "delta", no_argument, NULL, OPT_DELTA },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "csv", no_argument, NULL, OPT_CSV },
	{ "record", required_argument, NULL, OPT_RECORD },
	OPTIONS_LONG,
	{ NULL, 0, NULL, 0 },
};

/* One option. 0 to go on, 1 when all is done, -EINVAL after having said why. */
static int parse_option(struct hist *hist, int opt, const char *arg)
{
	switch (opt) {
	case 'i':
		return options_input(&hist->options, arg, &hist->input);
	case OPT_RECORD:
		hist->record = arg;
		return 0;
	case OPT_WHICH:
		return parse_which(hist, arg);
	case OPT_PER_VPE:
		hist->out.per_vpe = true;
		return 0;
	case OPT_DELTA:
		hist->delta = true;
		return 0;
	case OPT_JSON:
		hist->format = FORMAT_JSON;
		return 0;
	case OPT_CSV:
		hist->format = FORMAT_CSV;
		return 0;
	case 'h':
		print_help();
		return 1;
	default:
		return options_parse(&hist->options, opt, arg);
	}
}

static int parse_options(struct hist *hist, int argc, char **argv)
{
	static char own_name[] = "gicv4top hist";
	int opt, err;

	argv[0] = own_name;		/* getopt's messages begin with it */
	hist->options.command = own_name;
	optind = 1;
	while ((opt = getopt_long(argc, argv, "i:" OPTIONS_SHORT, long_options, NULL)) != -1) {
		err = parse_option(hist, opt, optarg);
		if (err)
			return err;
	}
	if (optind < argc)
		return options_usage(&hist->options, "\"%s\" is no option", argv[optind]);
	if (hist->options.count && !hist->options.interval_ns)
		hist->options.interval_ns = NS_PER_S;
	if (hist->input && hist->record)
		return options_usage(&hist->options, "%s: not with -i, which looks at no live host",
				     "--record");
	return hist->input ? options_refuse_live(&hist->options) : 0;
}

static int write_print(const struct hist *hist, bool first)
{
	switch (hist->format) {
	case FORMAT_JSON:
		return out_hist_json(stdout, &hist->model, &hist->source->info, &hist->out);
	case FORMAT_CSV:
		return out_hist_csv(stdout, &hist->model, &hist->out, first);
	default:
		return out_hist_text(stdout, &hist->model, &hist->source->info, &hist->out);
	}
}

/* What is in @snap becomes the base of the next print, and loses the present one. */
static int take_interval(struct hist *hist)
{
	struct snapshot base = { 0 };

	if (snapshot_keep(&hist->snap, &base))
		return log_err(-ENOMEM, "cannot keep a reading");
	if (hist->has_base)
		snapshot_since(&hist->snap, &hist->base);
	snapshot_clear(&hist->base);
	hist->base = base;
	hist->has_base = true;
	return 0;
}

static int refresh(void *ctx, uint64_t nr)
{
	struct hist *hist = ctx;
	int err;

	err = hist->source->read(hist->source, &hist->snap);
	if (!err && hist->delta)
		err = take_interval(hist);
	if (err)
		return err;
	err = model_update(&hist->model, &hist->snap, &hist->options.filter,
			   &hist->source->names);
	if (err)
		return log_err(err, "cannot update the histograms");
	err = write_print(hist, !nr);
	/* main() tells of a stream that failed */
	return err == -ENOMEM ? log_err(err, "cannot write") : err;
}

static int open_source(struct hist *hist)
{
	const struct replay_opts replay = { .hists = true, .whole = true };
	struct source *source;
	int err;

	hist->options.session.detail = true;
	err = hist->input ? replay_open(hist->input, &replay, &source) :
	      live_open_to(&hist->options.session, NULL, hist->record, &source);
	if (err)
		return err;
	hist->source = source;
	hist->model.figures = source->figures;
	hist->model.now_ns = source->start_ns;
	return 0;
}

/* Each interval of the recording, or all of it. */
static int play(struct hist *hist, const struct batch *batch)
{
	struct source *s = hist->source;
	uint64_t interval_ns = batch->interval_ns, length_ns = s->last_ns - s->first_ns;

	s->focus(s, SOURCE_FOCUS_ALL);
	return batch_play(batch, s, !interval_ns || interval_ns > length_ns ? s->last_ns :
			  s->first_ns + interval_ns, 0);
}

static int run(struct hist *hist)
{
	const struct batch batch = {
		.interval_ns = hist->options.interval_ns,
		.count = hist->options.count,
		.at_end = true,
		.refresh = refresh,
		.ctx = hist,
	};
	int err;

	err = open_source(hist);
	if (err)
		return err;
	if (hist->input)
		return play(hist, &batch);
	if (!batch.interval_ns && isatty(STDERR_FILENO))
		log_say(0, "measuring; Ctrl-C ends it and prints");
	return batch_run(&batch, hist->source);
}

int cmd_hist(int argc, char **argv)
{
	struct hist hist = { .options.filter.vcpu = -1 };
	int err;

	memset(hist.out.which, 1, sizeof(hist.out.which));
	err = parse_options(&hist, argc, argv);
	if (err)
		return err < 0 ? EXIT_USAGE : EXIT_DONE;
	err = run(&hist);
	if (!err && (model_has_losses(&hist.model) || hist.source->incomplete))
		err = EXIT_LOST;
	source_free(hist.source);
	snapshot_clear(&hist.snap);
	snapshot_clear(&hist.base);
	model_clear(&hist.model);
	return err < 0 ? EXIT_FAILED : err;
}
