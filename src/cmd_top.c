// SPDX-License-Identifier: GPL-2.0
/*
 * gicv4top top: a refresh every interval, from a live session, as text, JSON
 * or CSV. It owns the loop and its clock; figures come from the model.
 *
 * The programs' own cost is measured in a window at the end of each interval
 * (the kernel's BPF run time statistics cost something themselves, so they are
 * not on all the time) and given per second.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

#include "cmd.h"
#include "log.h"
#include "names.h"
#include "out.h"
#include "session.h"
#include "util.h"

#define NS_PER_S		1000000000ULL
#define COST_WINDOW_NS		(NS_PER_S / 10)

enum format { FORMAT_TEXT, FORMAT_JSON, FORMAT_CSV };

struct top {
	/* what was asked for */
	uint64_t interval_ns;
	uint64_t count;			/* 0: until stopped */
	enum format format;
	struct model_filter filter;
	const struct column *sort;
	struct session_opts session_opts;
	struct out_opts out;
	bool columns_chosen;
	/* what runs */
	struct host host;
	struct session *session;
	struct snapshot snap;
	struct model model;
	struct model_names names;
	struct out_info info;
	uint64_t own_ns;		/* CPU time at the last refresh */
};

static volatile sig_atomic_t stopped;

static void on_signal(int sig)
{
	(void)sig;
	stopped = 1;
}

static void print_help(void)
{
	fputs("Usage: gicv4top [top] [OPTIONS]\n"
	      "Shows, for each VM, how its interrupts are delivered, and what its vPEs do.\n\n"
	      "  -b, --batch          write refreshes one after another (the only mode yet)\n"
	      "  -d, --delay SECS     time between refreshes (default 1)\n"
	      "  -n, --count COUNT    stop after COUNT refreshes\n"
	      "  -p, --pid PID        only the VM of this VMM process\n"
	      "  -g, --guest NAME     only VMs whose name contains NAME\n"
	      "      --vcpu N         only this vCPU of each VM\n"
	      "  -s, --sort KEY       sort by this column (default: pid)\n"
	      "  -o, --columns COLS   columns, by key, with commas; \"-o help\" lists them\n"
	      "      --json           a JSON object a refresh, a line each\n"
	      "      --csv            CSV\n"
	      "      --detail         vPEs and VLPIs too, and the Dirty wait\n"
	      "      --backend WAY    auto, tracepoint, fentry or kprobe (default auto)\n"
	      "      --maps VMS,VPES,VLPIS  sizes of the kernel's tables (default: for the host)\n"
	      "  -v, --verbose        say more on stderr\n"
	      "  -h, --help           this text\n\n"
	      "Exit: 0 done, 1 failed, 2 wrong usage, 3 done but something was not counted.\n",
	      stdout);
}

static int usage(const char *format, const char *arg)
{
	fputs("gicv4top top: ", stderr);
	fprintf(stderr, format, arg);
	fputs("; see gicv4top top --help\n", stderr);
	return -EINVAL;
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

static int parse_columns(struct top *top, const char *text)
{
	char bad[32];

	if (!strcmp(text, "help")) {
		columns_help(stdout);
		return 1;
	}
	if (!columns_parse(text, &top->out.columns, bad, sizeof(bad))) {
		top->columns_chosen = true;
		return 0;
	}
	if (columns_find(bad))
		return usage("-o: \"%s\" would be more than 32 columns", bad);
	return usage("-o: no column \"%s\" (-o help lists them)", bad);
}

enum { OPT_VCPU = 256, OPT_JSON, OPT_CSV, OPT_DETAIL, OPT_BACKEND, OPT_MAPS };

static const struct option long_options[] = {
	{ "batch", no_argument, NULL, 'b' },
	{ "delay", required_argument, NULL, 'd' },
	{ "count", required_argument, NULL, 'n' },
	{ "pid", required_argument, NULL, 'p' },
	{ "guest", required_argument, NULL, 'g' },
	{ "vcpu", required_argument, NULL, OPT_VCPU },
	{ "sort", required_argument, NULL, 's' },
	{ "columns", required_argument, NULL, 'o' },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "csv", no_argument, NULL, OPT_CSV },
	{ "detail", no_argument, NULL, OPT_DETAIL },
	{ "backend", required_argument, NULL, OPT_BACKEND },
	{ "maps", required_argument, NULL, OPT_MAPS },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

/* One option. 0 to go on, 1 when all is done, -EINVAL after having said why. */
static int parse_option(struct top *top, int opt, const char *arg)
{
	uint64_t value;

	switch (opt) {
	case 'b':
		return 0;
	case 'd':
		return util_parse_secs(arg, &top->interval_ns) ?
			usage("-d: \"%s\" is no number of seconds (0.001 to 1000000)", arg) : 0;
	case 'n':
		return util_parse_u64(arg, 1, UINT64_MAX, &top->count) ?
			usage("-n: \"%s\" is no count above 0", arg) : 0;
	case 'p':
		if (util_parse_u64(arg, 1, UINT32_MAX, &value))
			return usage("-p: \"%s\" is no process id", arg);
		top->filter.pid = (uint32_t)value;
		return 0;
	case 'g':
		top->filter.name = arg;
		return 0;
	case OPT_VCPU:
		if (util_parse_u64(arg, 0, UINT32_MAX, &value))
			return usage("--vcpu: \"%s\" is no vCPU number", arg);
		top->filter.vcpu = (int64_t)value;
		return 0;
	case 's':
		top->sort = columns_find(arg);
		return top->sort ? 0 : usage("-s: no column \"%s\" (-o help lists them)", arg);
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
	case OPT_BACKEND:
		return hooks_backend_parse(arg, &top->session_opts.backend) ?
			usage("--backend: \"%s\" is none of auto, tracepoint, fentry, kprobe",
			      arg) : 0;
	case OPT_MAPS:
		return parse_maps(arg, &top->session_opts) ?
			usage("--maps: \"%s\" is not three sizes, as 64,1024,4096", arg) : 0;
	case 'v':
		log_set_verbose(log_is_verbose() + 1);
		return 0;
	case 'h':
		print_help();
		return 1;
	default:
		fputs("See gicv4top top --help.\n", stderr);
		return -EINVAL;
	}
}

static int parse_options(struct top *top, int argc, char **argv)
{
	static char own_name[] = "gicv4top top";
	int opt, err;

	argv[0] = own_name;		/* getopt's messages begin with it */
	optind = 1;
	while ((opt = getopt_long(argc, argv, "bd:n:p:g:s:o:vh", long_options, NULL)) != -1) {
		err = parse_option(top, opt, optarg);
		if (err)
			return err;
	}
	if (optind < argc)
		return usage("\"%s\" is no option and no command", argv[optind]);
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

static uint64_t cpu_time_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

static void sleep_until(uint64_t when_ns)
{
	const struct timespec ts = { .tv_sec = (time_t)(when_ns / NS_PER_S),
				     .tv_nsec = (long)(when_ns % NS_PER_S) };

	while (!stopped && clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
}

/* Sleeps until @next_ns and measures our programs at the end of it. */
static void wait_and_measure(struct top *top, uint64_t next_ns)
{
	uint64_t window = top->interval_ns / 10 < COST_WINDOW_NS ? top->interval_ns / 10 :
			  COST_WINDOW_NS;
	uint64_t run_ns, start;

	sleep_until(next_ns - window);
	if (stopped)
		return;
	top->info.cost_known = !session_cost_begin(top->session);
	run_ns = session_run_ns(top->session);
	start = util_now_ns();
	sleep_until(next_ns);
	if (top->info.cost_known && util_now_ns() > start)
		top->info.bpf_ns_per_s = (session_run_ns(top->session) - run_ns) * NS_PER_S /
					 (util_now_ns() - start);
	session_cost_end(top->session);
}

static int write_refresh(struct top *top, bool first)
{
	switch (top->format) {
	case FORMAT_JSON:
		return out_json(stdout, &top->model, &top->info, &top->out);
	case FORMAT_CSV:
		return out_csv(stdout, &top->model, &top->out, first);
	default:
		return out_text(stdout, &top->model, &top->info, &top->out);
	}
}

static int refresh(struct top *top, bool first)
{
	uint64_t own_ns = cpu_time_ns();
	time_t now = time(NULL);
	char clock[16];
	struct tm tm;
	int err;

	err = session_read(top->session, &top->snap);
	if (err)
		return err;
	err = model_update(&top->model, &top->snap, &top->filter, &top->names);
	if (err)
		return log_err(err, "cannot update the view");
	if (top->sort)
		columns_sort(&top->model, top->sort);
	if (top->model.interval_ns)
		top->info.own_ns_per_s = (own_ns - top->own_ns) * NS_PER_S / top->model.interval_ns;
	top->own_ns = own_ns;
	localtime_r(&now, &tm);
	strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	top->info.clock = clock;
	err = write_refresh(top, first);
	top->info.clock = "";
	/* main() tells of a stream that failed */
	return err == -ENOMEM ? log_err(err, "cannot write") : err;
}

static void count_hooks(struct top *top)
{
	const struct hook_plan *plan = session_plan(top->session);
	unsigned int i;

	for (i = 0; i < plan->nr; i++) {
		if (plan->choices[i].hook->need == HOOK_DETAIL && !top->out.detail)
			continue;
		top->info.hooks_wanted++;
		if (plan->choices[i].backend != HOOK_NONE)
			top->info.hooks_attached++;
		else
			log_say(0, "cannot watch %s (%s): %s; what depends on it is n/a",
				plan->choices[i].hook->activity, plan->choices[i].hook->function,
				plan->choices[i].why);
	}
	top->info.backend = hooks_backend_name(plan->backend);
}

static int run(struct top *top)
{
	const struct sigaction action = { .sa_handler = on_signal };
	uint64_t next_ns, done = 0;
	int err;

	err = host_require(&top->host);
	if (err)
		return err;
	err = session_open(&top->host, &top->session_opts, &top->session);
	if (err)
		return err;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	names_live(&top->names);
	count_hooks(top);
	top->info.kernel = top->host.kernel;
	top->info.gic = host_gic_name(&top->host);
	top->info.wfi = host_wfi_name(&top->host);
	top->model.figures = session_plan(top->session)->figures;
	top->own_ns = cpu_time_ns();
	top->model.now_ns = next_ns = util_now_ns();
	while (!stopped && (!top->count || done < top->count)) {
		next_ns += top->interval_ns;
		if (next_ns < util_now_ns())	/* too slow: skip what was missed */
			next_ns = util_now_ns() + top->interval_ns;
		wait_and_measure(top, next_ns);
		err = refresh(top, !done);
		if (err)
			return err;
		done++;
	}
	return 0;
}

int cmd_top(int argc, char **argv)
{
	struct top top = { .interval_ns = NS_PER_S, .filter.vcpu = -1 };
	int err;

	columns_default(&top.out.columns);
	err = parse_options(&top, argc, argv);
	if (err)
		return err < 0 ? EXIT_USAGE : EXIT_DONE;
	if (!top.columns_chosen && top.format == FORMAT_TEXT && output_width())
		top.out.dropped = columns_fit(&top.out.columns, output_width());
	top.session_opts.detail = top.out.detail;
	host_read(&top.host);
	err = run(&top);
	session_free(top.session);
	snapshot_clear(&top.snap);
	if (!err && model_has_losses(&top.model))
		err = EXIT_LOST;
	model_clear(&top.model);
	host_clear(&top.host);
	return err < 0 ? EXIT_FAILED : err;
}
