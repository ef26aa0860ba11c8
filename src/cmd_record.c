// SPDX-License-Identifier: GPL-2.0
/*
 * gicv4top record: events, as they happen, into a file that replay and report read. It
 * owns its options, when to stop, and the status line; the recording itself is recorder.c,
 * its events come from live.c. The signals that end it are stop.c's, COMMAND is command.c's.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "cmd.h"
#include "command.h"
#include "direct_options.h"
#include "drain.h"
#include "ftrace_live.h"
#include "live.h"
#include "log.h"
#include "options.h"
#include "rec_events.h"
#include "stop.h"
#include "util.h"

#define NS_PER_S	1000000000ULL

struct record {
	struct options options;
	struct recorder_opts rec;
	struct direct_opts direct;
	uint64_t duration_ns;		/* 0: until stopped */
	uint64_t buffer_bytes;		/* 0: as the host can spare */
	struct rec_events events;
	char path[64];			/* where none was given */
	char **command;			/* to run meanwhile, or NULL */
	pid_t child;
	bool ftrace;			/* not by BPF */
	bool by_bpf;			/* by nothing else */
	bool print_trace_cmd;		/* that is all */
	struct source *source;
	struct recorder *recorder;	/* @source's */
	struct snapshot snap;
	bool terminal;
};

static void print_help(void)
{
	fputs("Usage: gicv4top record [OPTIONS] [-- COMMAND...]\n"
	      "Records what VMs' vPEs do, event by event, until Ctrl-C or COMMAND's end.\n\n"
	      "  -o, --output FILE    where to (default gicv4top-DATE-TIME.g4rec; -: a pipe)\n"
	      "      --force          replace FILE\n"
	      "  -d, --duration SECS  stop after SECS\n"
	      "      --max-size SIZE  stop when FILE has SIZE (bytes, or with K, M, G)\n"
	      "      --rotate N       do not stop then: keep N files, FILE, FILE.1, ...\n"
	      OPTIONS_HELP_FILTER
	      "      --events LIST    which events beside loads, puts, doorbells and mappings:\n"
	      "                       names with commas, all or none; \"help\" lists them\n"
	      "      --buffer SIZE    of each CPU, between kernel and recorder\n"
	      DIRECT_OPTIONS_HELP
	      "      --backend WAY    auto, bpf (by tracepoint, fentry or kprobe) or ftrace\n"
	      "                       (default auto)\n"
	      "      --maps VMS,VPES,VLPIS  sizes of the kernel's tables (default: for the host)\n"
	      "      --print-trace-cmd  print how trace-cmd records the same events here, and end\n"
	      "  -v, --verbose        say more on stderr\n"
	      "  -h, --help           this text\n"
	      OPTIONS_HELP_EXIT, stdout);
}

enum {
	OPT_FORCE = OPT_OWN, OPT_MAX_SIZE, OPT_ROTATE, OPT_EVENTS, OPT_BUFFER,
	OPT_PRINT_TRACE_CMD, OPT_DIRECT,
};

static const struct option long_options[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "force", no_argument, NULL, OPT_FORCE },
	{ "duration", required_argument, NULL, 'd' },
	{ "max-size", required_argument, NULL, OPT_MAX_SIZE },
	{ "rotate", required_argument, NULL, OPT_ROTATE },
	{ "pid", required_argument, NULL, 'p' },
	{ "guest", required_argument, NULL, 'g' },
	{ "vcpu", required_argument, NULL, OPT_VCPU },
	{ "events", required_argument, NULL, OPT_EVENTS },
	{ "buffer", required_argument, NULL, OPT_BUFFER },
	DIRECT_OPTIONS_LONG(OPT_DIRECT),
	{ "backend", required_argument, NULL, OPT_BACKEND },
	{ "maps", required_argument, NULL, OPT_MAPS },
	{ "print-trace-cmd", no_argument, NULL, OPT_PRINT_TRACE_CMD },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static int parse_size(const struct record *rec, const char *name, const char *arg,
		      uint64_t *ret_bytes)
{
	if (!util_parse_size(arg, ret_bytes) && *ret_bytes)
		return 0;
	fprintf(stderr, "%s: %s: \"%s\" is no size (as 500M); see %s --help\n",
		rec->options.command, name, arg, rec->options.command);
	return -EINVAL;
}

static int parse_events(struct record *rec, const char *arg)
{
	char bad[32];

	if (!strcmp(arg, "help")) {
		rec_events_help(stdout);
		return 1;
	}
	return rec_events_parse(arg, &rec->events, bad, sizeof(bad)) ?
		options_usage(&rec->options, "--events: no events \"%s\" (--events help lists "
			      "them)", bad) : 0;
}

/* Beside the ways that all commands have: "bpf", whichever of them, and "ftrace". */
static int parse_backend(struct record *rec, const char *arg)
{
	rec->ftrace = !strcmp(arg, "ftrace");
	rec->by_bpf = !rec->ftrace && strcmp(arg, "auto");
	if (rec->ftrace || !strcmp(arg, "bpf"))
		return 0;
	return hooks_backend_parse(arg, &rec->options.session.backend) ?
		options_usage(&rec->options, "--backend: \"%s\" is none of auto, bpf, tracepoint, "
			      "fentry, kprobe, ftrace", arg) : 0;
}

static int parse_rotate(struct record *rec, const char *arg)
{
	uint64_t nr;

	if (util_parse_u64(arg, 1, 100000, &nr))
		return options_usage(&rec->options, "--rotate: \"%s\" is no number of files", arg);
	rec->rec.rotate = (unsigned int)nr;
	return 0;
}

/* One option. 0 to go on, 1 when all is done, -EINVAL after having said why. */
static int parse_option(struct record *rec, int opt, const char *arg)
{
	switch (opt) {
	case 'o':
		rec->rec.path = arg;
		return 0;
	case OPT_FORCE:
		rec->rec.force = true;
		return 0;
	case 'd':
		return util_parse_secs(arg, &rec->duration_ns) ?
			options_usage(&rec->options, "-d: \"%s\" is no number of seconds "
				      "(0.001 to 1000000)", arg) : 0;
	case OPT_MAX_SIZE:
		return parse_size(rec, "--max-size", arg, &rec->rec.max_bytes);
	case OPT_ROTATE:
		return parse_rotate(rec, arg);
	case OPT_EVENTS:
		return parse_events(rec, arg);
	case OPT_PRINT_TRACE_CMD:
		rec->print_trace_cmd = true;
		return 0;
	case OPT_BACKEND:
		return parse_backend(rec, arg);
	case OPT_BUFFER:
		return parse_size(rec, "--buffer", arg, &rec->buffer_bytes);
	case OPT_DIRECT + DIRECT_OPT_SOURCE:
	case OPT_DIRECT + DIRECT_OPT_EVENT:
	case OPT_DIRECT + DIRECT_OPT_AGENTS:
		return direct_options_parse(&rec->direct, &rec->options, opt - OPT_DIRECT, arg);
	case 'h':
		print_help();
		return 1;
	default:
		return options_parse(&rec->options, opt, arg);
	}
}

static bool to_stdout(const struct record *rec)
{
	return rec->rec.path && !strcmp(rec->rec.path, "-");
}

static int parse_options(struct record *rec, int argc, char **argv)
{
	static char own_name[] = "gicv4top record";
	int opt, err;

	argv[0] = own_name;		/* getopt's messages begin with it */
	rec->options.command = own_name;
	optind = 1;
	/* "+": what follows COMMAND is COMMAND's */
	while ((opt = getopt_long(argc, argv, "+o:d:p:g:vh", long_options, NULL)) != -1) {
		err = parse_option(rec, opt, optarg);
		if (err)
			return err;
	}
	if (optind < argc)
		rec->command = argv + optind;
	if (rec->rec.rotate && !rec->rec.max_bytes)
		return options_usage(&rec->options, "--rotate needs %s", "--max-size");
	if (rec->rec.rotate && to_stdout(rec))
		return options_usage(&rec->options, "--rotate needs a file, not %s", "-o -");
	if (to_stdout(rec) && isatty(STDOUT_FILENO))
		return options_usage(&rec->options, "-o -: standard output is a %s; name a file, "
				     "or pipe it somewhere", "terminal");
	return 0;
}

static int start_command(struct record *rec)
{
	return rec->command ? command_start(rec->command, to_stdout(rec), &rec->child) : 0;
}

/* What COMMAND came to is told, and is not our failure. */
static bool child_ended(struct record *rec)
{
	if (!rec->child || !command_ended(rec->command[0], rec->child))
		return false;
	rec->child = 0;
	return true;
}

static void show_status(struct record *rec, uint64_t since_ns, uint64_t records_before,
			uint64_t interval_ns)
{
	struct recorder_figures f;
	uint64_t now_ns = util_now_ns();

	if (!rec->terminal)
		return;
	recorder_figures(rec->recorder, &f);
	fprintf(stderr, "\r\033[Krecording %s: %llu s, %.1f MB, %llu records, %.0f/s, %llu lost",
		rec->rec.path, (unsigned long long)((now_ns - since_ns) / NS_PER_S),
		(double)f.bytes / 1e6, (unsigned long long)f.records,
		(double)(f.records - records_before) * 1e9 / (double)interval_ns,
		(unsigned long long)f.lost);
	fflush(stderr);
}

/* Once a second: a reading, which the recording samples, and the status line. */
static int tick(struct record *rec, uint64_t since_ns, uint64_t *records)
{
	struct recorder_figures f;
	int err;

	if (rec->source->measure)
		rec->source->measure(rec->source, false);
	err = rec->source->read(rec->source, &rec->snap);
	if (err)
		return err;
	show_status(rec, since_ns, *records, NS_PER_S);
	recorder_figures(rec->recorder, &f);
	*records = f.records;
	return 0;
}

static bool is_over(struct record *rec, uint64_t since_ns, uint64_t now_ns)
{
	return stop_asked() || (rec->duration_ns && now_ns - since_ns >= rec->duration_ns) ||
	       child_ended(rec);
}

/* Until it is over. 0 or -errno, having said why. */
static int loop(struct record *rec)
{
	const struct timespec pause = { .tv_nsec = (long)rec->source->pump_ns };
	uint64_t since_ns = util_now_ns(), tick_ns = since_ns, records = 0, now_ns = since_ns;
	bool measuring = false;
	int err = 0;

	while (!err && !is_over(rec, since_ns, now_ns)) {
		if (now_ns >= tick_ns) {
			err = tick(rec, since_ns, &records);
			tick_ns += NS_PER_S;
			measuring = false;
		} else if (!measuring && rec->source->measure &&
			   now_ns + NS_PER_S / 10 >= tick_ns) {
			/* the programs' cost, in the last tenth of each second */
			rec->source->measure(rec->source, true);
			measuring = true;
		}
		if (!err)
			err = rec->source->pump(rec->source);
		if (!err)
			nanosleep(&pause, NULL);
		now_ns = util_now_ns();
	}
	/* the state at the end, whatever ended it; 1: the file is full */
	if (!err)
		err = rec->source->read(rec->source, &rec->snap);
	return err < 0 ? err : 0;
}

static void say_what_was_recorded(struct record *rec)
{
	struct recorder_figures f;

	recorder_figures(rec->recorder, &f);
	if (rec->terminal)
		fputs("\r\033[K", stderr);
	log_say(0, "recorded %llu records (%llu lost), %llu bytes, in %s%s",
		(unsigned long long)f.records, (unsigned long long)f.lost,
		(unsigned long long)f.bytes, to_stdout(rec) ? "standard output" :
		rec->rec.path, f.files > 1 ? " and older files beside it" : "");
}

/* All events into @r, which it takes over. */
static int open_source(struct record *rec, struct recorder *r)
{
	const struct ftrace_live_opts ftrace = {
		.buffer_bytes = (uint32_t)rec->buffer_bytes,
		.no_figures = rec_events_missing(&rec->events),
	};
	struct session_opts *session = &rec->options.session;

	if (rec->ftrace)
		return ftrace_live_open(&ftrace, r, &rec->source);
	session->ring_bytes = rec->buffer_bytes ? util_power_of_2(rec->buffer_bytes) :
			      drain_ring_bytes();
	session->records = rec_events_types(&rec->events);
	session->no_figures = rec_events_missing(&rec->events);
	session->dirty = rec_events_dirty(&rec->events);
	return live_open_recorded(session, rec->direct.off ? NULL : &rec->direct, r,
				  &rec->source);
}

static void choose_backend(struct record *rec)
{
	const char *why = rec->ftrace || rec->by_bpf ? NULL : ftrace_live_instead();

	if (!why)
		return;
	log_say(0, "%s: recording by ftrace", why);
	rec->ftrace = true;
}

static int run(struct record *rec)
{
	int err, end;

	rec->rec.filter = rec->options.filter;
	stop_take_signals();	/* before the end of attaching they end that, too */
	choose_backend(rec);
	err = recorder_new(&rec->rec, &rec->recorder);
	if (!err)
		err = open_source(rec, rec->recorder);
	if (!err)
		err = start_command(rec);
	if (err)
		return err;
	if (!rec->terminal)
		log_say(0, "recording to %s by %s, %u of %u hooks", rec->rec.path,
			rec->source->info.backend, rec->source->info.hooks_attached,
			rec->source->info.hooks_wanted);
	err = loop(rec);
	end = rec->source->finish(rec->source);
	say_what_was_recorded(rec);
	return err ? err : end;
}

/* The name of a new recording: by the time, so that none is in the way of another. */
static void default_path(struct record *rec)
{
	time_t now = time(NULL);
	struct tm tm;

	localtime_r(&now, &tm);
	strftime(rec->path, sizeof(rec->path), "gicv4top-%Y%m%d-%H%M%S.g4rec", &tm);
	rec->rec.path = rec->path;
}

static bool has_losses(const struct record *rec)
{
	const struct g4_loss *loss = &rec->snap.loss;
	struct recorder_figures f;

	recorder_figures(rec->recorder, &f);
	return f.lost || loss->vms_full || loss->vpes_full || loss->vlpis_full ||
	       loss->unmatched || rec->snap.missed;
}

int cmd_record(int argc, char **argv)
{
	struct record rec = { .options.filter.vcpu = -1 };
	int err;

	rec_events_all(&rec.events);
	err = parse_options(&rec, argc, argv);
	if (err) {
		direct_opts_clear(&rec.direct);
		return err < 0 ? EXIT_USAGE : EXIT_DONE;
	}
	if (rec.print_trace_cmd)
		return ftrace_live_print_trace_cmd() ? EXIT_FAILED : EXIT_DONE;
	if (!rec.rec.path)
		default_path(&rec);
	rec.terminal = isatty(STDERR_FILENO);
	err = run(&rec);
	if (!err && has_losses(&rec))
		err = EXIT_LOST;
	source_free(rec.source);
	direct_opts_clear(&rec.direct);
	snapshot_clear(&rec.snap);
	return err < 0 ? EXIT_FAILED : err;
}
