// SPDX-License-Identifier: GPL-2.0
/*
 * gicv4top report: what a recording comes to, and two of them compared. It owns its
 * options and what is printed when; report_files.c opens and plays the recordings.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "log.h"
#include "options.h"
#include "out_report.h"
#include "report_diff.h"
#include "report_export.h"
#include "report_files.h"
#include "report_live.h"
#include "util.h"

#define WORST_SHOWN	5U

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_CSV };

struct report_cmd {
	struct options options;
	struct report_opts report;
	struct report_exports exports;
	struct hist_opts hists;
	enum format format;
	enum report_table table;
	bool diff;
	const char **inputs;		/* owned; borrowed paths */
	uint32_t nr_inputs;
	bool lost;			/* something was, in one of them */
};

static void print_help(void)
{
	fputs("Usage: gicv4top report [OPTIONS] [A B]\n"
	      "Tells what a recording comes to: counts, rates over time, histograms, the worst\n"
	      "doorbell latencies with what happened, moves between CPUs, and what is missing.\n\n"
	      "  -i, --input FILE     the recording (-: standard input; a trace.dat will do);\n"
	      "                       more than one: those of a host that follow each other are\n"
	      "                       put together; none: this host, until Ctrl-C\n"
	      "      --diff           compare two recordings, A and B\n"
	      "      --from TIME      begin there: seconds from its begin (90, 1m30s), or a wall\n"
	      "                       clock's time (03:15:00, \"2026-11-24 03:15\", RFC 3339)\n"
	      "      --to TIME        end there (default: at its end)\n"
	      OPTIONS_HELP_FILTER
	      "      --per-vpe        of each vPE too; a vCPU that is chosen has it anyway\n"
	      "      --interval SECS  a row of the timeline (default: 20 to 60 rows)\n"
	      "      --worst N        how many of the worst latencies to tell (default 5)\n"
	      "      --which KEYS     histograms, by key, with commas; \"help\" lists them\n"
	      "                       (default: all that hold something)\n"
	      "      --json           a JSON object a host, a line each\n"
	      "      --csv TABLE      CSV: summary, timeline, hist or worst\n"
	      "      --perfetto FILE  no report: a trace for the Perfetto UI\n"
	      "      --hdr FILE       no report: histograms as a log of HdrHistogram\n"
	      "  -v, --verbose        say more on stderr\n"
	      "  -h, --help           this text\n"
	      "\nExit: 0 done, 1 failed, 2 wrong usage, 3 done but something was lost.\n", stdout);
}

enum {
	OPT_DIFF = OPT_OWN, OPT_FROM, OPT_TO, OPT_PER_VPE, OPT_INTERVAL, OPT_WORST, OPT_WHICH,
	OPT_JSON, OPT_CSV, OPT_PERFETTO, OPT_HDR,
};

static const struct option long_options[] = {
	{ "input", required_argument, NULL, 'i' },
	{ "diff", no_argument, NULL, OPT_DIFF },
	{ "from", required_argument, NULL, OPT_FROM },
	{ "to", required_argument, NULL, OPT_TO },
	{ "pid", required_argument, NULL, 'p' },
	{ "guest", required_argument, NULL, 'g' },
	{ "vcpu", required_argument, NULL, OPT_VCPU },
	{ "per-vpe", no_argument, NULL, OPT_PER_VPE },
	{ "interval", required_argument, NULL, OPT_INTERVAL },
	{ "worst", required_argument, NULL, OPT_WORST },
	{ "which", required_argument, NULL, OPT_WHICH },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "csv", required_argument, NULL, OPT_CSV },
	{ "perfetto", required_argument, NULL, OPT_PERFETTO },
	{ "hdr", required_argument, NULL, OPT_HDR },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/* --- options --- */

static int parse_which(struct report_cmd *c, const char *text)
{
	char bad[32];

	if (!strcmp(text, "help")) {
		out_hist_which_help(stdout);
		return 1;
	}
	return out_hist_which(&c->hists, text, bad, sizeof(bad)) ?
		options_usage(&c->options, "--which: no histogram \"%s\" (--which help lists them)",
			      bad) : 0;
}

static int parse_table(struct report_cmd *c, const char *text)
{
	enum report_table table = REPORT_SUMMARY;

	while (table < REPORT_NR_TABLES && strcmp(text, out_report_table(table)))
		table++;
	if (table == REPORT_NR_TABLES)
		return options_usage(&c->options, "--csv: \"%s\" is none of summary, timeline, "
				     "hist, worst", text);
	c->format = FORMAT_CSV;
	c->table = table;
	return 0;
}

static int parse_worst(struct report_cmd *c, const char *text)
{
	uint64_t nr;

	if (util_parse_u64(text, 0, REPORT_MAX_WORST, &nr))
		return options_usage(&c->options, "--worst: \"%s\" is no number up to 1000", text);
	c->report.nr_worst = (uint32_t)nr;
	return 0;
}

static int parse_time(struct report_cmd *c, const char *text, struct when *ret,
		      const char *message)
{
	return when_parse(text, ret) ? options_usage(&c->options, message, text) : 0;
}

/* One option. 0 to go on, 1 when all is done, -EINVAL after having said why. */
static int parse_option(struct report_cmd *c, int opt, const char *arg)
{
	switch (opt) {
	case 'i':
		c->inputs[c->nr_inputs++] = arg;
		return 0;
	case OPT_DIFF:
		c->diff = true;
		return 0;
	case OPT_FROM:
		return parse_time(c, arg, &c->report.from, "--from: \"%s\" is no time ("
				  WHEN_WORDS ")");
	case OPT_TO:
		return parse_time(c, arg, &c->report.to, "--to: \"%s\" is no time ("
				  WHEN_WORDS ")");
	case OPT_PER_VPE:
		c->hists.per_vpe = true;
		return 0;
	case OPT_INTERVAL:
		return util_parse_secs(arg, &c->report.interval_ns) ?
			options_usage(&c->options, "--interval: \"%s\" is no number of seconds "
				      "(0.001 to 1000000)", arg) : 0;
	case OPT_WORST:
		return parse_worst(c, arg);
	case OPT_WHICH:
		return parse_which(c, arg);
	case OPT_JSON:
		c->format = FORMAT_JSON;
		return 0;
	case OPT_CSV:
		return parse_table(c, arg);
	case OPT_PERFETTO:
		c->exports.perfetto = arg;
		return 0;
	case OPT_HDR:
		c->exports.hdr = arg;
		return 0;
	case 'h':
		print_help();
		return 1;
	default:
		return options_parse(&c->options, opt, arg);
	}
}

static bool has_exports(const struct report_cmd *c)
{
	return c->exports.perfetto || c->exports.hdr;
}

/* What is left of the arguments, and what does not go together. */
static int check_options(struct report_cmd *c, int argc, char **argv)
{
	if (!c->diff && optind < argc)
		return options_usage(&c->options, "\"%s\" is no option (recordings are named by "
				     "-i)", argv[optind]);
	if (c->diff && (argc - optind != 2 || c->nr_inputs))
		return options_usage(&c->options, "--diff needs two recordings behind it: %s",
				     "--diff A B");
	if (c->diff && c->format == FORMAT_CSV)
		return options_usage(&c->options, "%s do not go together: a comparison is text or "
				     "--json", "--diff and --csv");
	if (has_exports(c) && (c->diff || c->nr_inputs > 1))
		return options_usage(&c->options, "%s are of one recording",
				     "--perfetto and --hdr");
	if (c->diff) {
		c->inputs[c->nr_inputs++] = argv[optind];
		c->inputs[c->nr_inputs++] = argv[optind + 1];
	}
	c->report.filter = c->options.filter;
	if (c->options.filter.vcpu >= 0)
		c->hists.per_vpe = true;
	c->report.per_vpe = c->hists.per_vpe && !c->diff;
	return 0;
}

static int parse_options(struct report_cmd *c, int argc, char **argv)
{
	static char own_name[] = "gicv4top report";
	int opt, err;

	argv[0] = own_name;		/* getopt's messages begin with it */
	c->options.command = own_name;
	optind = 1;
	while ((opt = getopt_long(argc, argv, "i:p:g:vh", long_options, NULL)) != -1) {
		err = parse_option(c, opt, optarg);
		if (err)
			return err;
	}
	return check_options(c, argc, argv);
}

/* --- reports --- */

static int write_report(struct report_cmd *c, const struct report *r, bool first)
{
	c->lost = c->lost || report_has_losses(r);
	if (r->coarser)
		log_say(0, "--interval is too short for so long a time: a row is %g seconds",
			(double)r->interval_ns / 1e9);
	switch (c->format) {
	case FORMAT_JSON:
		return out_report_json(stdout, r, &c->hists);
	case FORMAT_CSV:
		return out_report_csv(stdout, r, &c->hists, c->table, first);
	default:
		return out_report_text(stdout, r, &c->hists);
	}
}

static int run_reports(struct report_cmd *c)
{
	struct report_files files;
	struct report report;
	bool any = false;
	uint32_t i = 0;
	int err;

	err = report_files_open(&files, c->inputs, c->nr_inputs);
	while (!err && i < files.nr) {
		err = report_files_report(&files, i, &c->report, &report, &i);
		if (!err) {
			err = write_report(c, &report, !any);
			any = true;
			/* main() tells of a stream that failed */
			if (err == -ENOMEM)
				log_err(err, "cannot write");
		} else if (err == -ENODATA && (any || i < files.nr)) {
			err = 0;	/* others may have something in the window */
		}
		report_clear(&report);
	}
	report_files_close(&files);
	return err || any ? err : -ENODATA;
}

static int compare(struct report_cmd *c, const struct report reports[2])
{
	const char *const names[2] = { c->inputs[0], c->inputs[1] };
	struct report_diff diff;
	int err;

	c->lost = report_has_losses(&reports[0]) || report_has_losses(&reports[1]);
	err = report_diff(&diff, &reports[0], &reports[1], c->hists.which);
	if (err)
		log_err(err, "cannot compare");
	else if (c->format == FORMAT_JSON)
		err = out_diff_json(stdout, &diff, names, &c->hists);
	else
		err = out_diff_text(stdout, &diff, names, &c->hists);
	report_diff_clear(&diff);
	return err;
}

static int run_diff(struct report_cmd *c)
{
	struct report_files files[2] = { { 0 } };
	struct report reports[2] = { { .nr_vms = 0 } };
	uint32_t i, next;
	int err = 0;

	c->report.nr_worst = 0;
	for (i = 0; i < 2 && !err; i++) {
		err = report_files_open(&files[i], &c->inputs[i], 1);
		if (!err)
			err = report_files_report(&files[i], 0, &c->report, &reports[i], &next);
	}
	if (!err)
		err = compare(c, reports);
	for (i = 0; i < 2; i++) {
		report_clear(&reports[i]);
		report_files_close(&files[i]);
	}
	return err;
}

/* Without a recording: one of this host, made now. */
static int take_live(struct report_cmd *c, char *path, size_t size)
{
	int fd, err;

	if (c->nr_inputs)
		return 0;
	err = report_live(&fd);
	if (err)
		return err;
	snprintf(path, size, "/proc/self/fd/%d", fd);
	c->inputs[c->nr_inputs++] = path;
	return 0;
}

static int run(struct report_cmd *c)
{
	char path[64];
	int err = take_live(c, path, sizeof(path));

	if (err)
		return err;
	if (c->diff)
		return run_diff(c);
	if (has_exports(c))
		return report_export(&c->exports, c->inputs[0], &c->report, &c->hists, &c->lost);
	return run_reports(c);
}

int cmd_report(int argc, char **argv)
{
	struct report_cmd c = { .options.filter.vcpu = -1, .report.nr_worst = WORST_SHOWN };
	int err;

	memset(c.hists.which, 1, sizeof(c.hists.which));
	c.inputs = calloc((size_t)argc + 2, sizeof(char *));
	if (!c.inputs)
		return log_err(-ENOMEM, "cannot start") ? EXIT_FAILED : EXIT_DONE;
	err = parse_options(&c, argc, argv);
	if (err) {
		free(c.inputs);
		return err < 0 ? EXIT_USAGE : EXIT_DONE;
	}
	err = run(&c);
	free(c.inputs);
	if (err)
		return EXIT_FAILED;
	return c.lost ? EXIT_LOST : EXIT_DONE;
}
