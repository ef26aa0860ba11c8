// SPDX-License-Identifier: GPL-2.0
/*
 * Runs in a guest: reads its /proc/interrupts once a second and tells the host which
 * MSIs it has taken. What is sent is names and counts, nothing else leaves the guest.
 *
 * A host that does not read is not waited for: a report that was begun is sent to its
 * end when there is room again, those that fall due meanwhile are left out. Counts are
 * totals, so the next report has all of it.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "agent.h"
#include "link.h"
#include "log.h"
#include "agent_report.h"
#include "util.h"

#define NS_PER_S	1000000000ULL
#define NS_PER_MS	1000000ULL
#define MS_PER_S	1000
#define BACKOFF_MAX_S	30U
#define ONCE_MS		10000		/* to send the one report */
#define KEPT_REPORTS	2		/* a connection that took so many is no accident */

struct agent {
	struct link link;
	bool way_given, once;
	uint64_t interval_ns;
	const char *source;		/* /proc/interrupts */
	char boot[GUEST_BOOT_LEN];
	uint32_t nr_cpus;
	struct interrupts said;		/* as the host has it, once @out is sent */
	bool greeted;			/* @said counts: the host has had a first report */
	struct text out;		/* what is to be sent, from @sent on */
	size_t sent;
	uint64_t seq;
	uint64_t due_ns;		/* when the next report is */
	unsigned int backoff_s;
	bool kept;			/* the last connection took reports, not only its hello */
	bool told_lost;
	sigset_t mask;			/* while waiting: signals come then, and only then */
};

static volatile sig_atomic_t stopped;

static void on_signal(int sig)
{
	(void)sig;
	stopped = 1;
}

/* "0-3,8": the highest CPU that may ever come, plus one. */
static uint32_t possible_cpus(void)
{
	char text[256];
	const char *last;
	uint64_t n;

	if (util_read_line("/sys/devices/system/cpu/possible", text, sizeof(text)))
		return 1;
	last = text + strlen(text);
	while (last > text && last[-1] >= '0' && last[-1] <= '9')
		last--;
	if (util_parse_u64(last, 0, GUEST_MAX_CPUS - 1, &n))
		return GUEST_MAX_CPUS;
	return (uint32_t)n + 1;
}

static uint64_t boot_time_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

static int read_interrupts(struct agent *a, struct interrupts *ret)
{
	auto_free char *text = NULL;
	uint32_t i;
	int err = util_read_file(a->source, &text, NULL);

	if (err)
		return log_err(err, "cannot read %s", a->source);
	err = interrupts_parse(text, ret);
	if (err)
		return log_err(err, "cannot keep what %s says", a->source);
	for (i = 0; i < ret->nr_cpus; i++) {
		if (ret->cpus[i] >= a->nr_cpus)
			a->nr_cpus = ret->cpus[i] + 1;
	}
	/* the host has room for all CPUs that were promised, online or not */
	if ((uint64_t)ret->nr * a->nr_cpus > GUEST_MAX_CELLS) {
		ret->nr = GUEST_MAX_CELLS / a->nr_cpus;
		ret->cut = true;
	}
	if (!ret->cut)
		return 0;
	/* a part of them would look like all of them */
	interrupts_clear(ret);
	return log_say(-E2BIG, "%s has more MSIs or CPUs than can be told (%d rows, %d CPUs, %d "
		       "counts): this guest's direct deliveries stay unknown", a->source,
		       GUEST_MAX_ROWS, GUEST_MAX_CPUS, GUEST_MAX_CELLS);
}

static void drop_connection(struct agent *a)
{
	link_close(&a->link);
	a->out.len = 0;
	a->sent = 0;
	a->greeted = false;
	a->seq = 0;
}

/* Puts the next report behind what is there already: nothing, or a hello. */
static int make_report(struct agent *a)
{
	struct interrupts now;
	int err = read_interrupts(a, &now);

	if (!err && a->greeted) {
		err = interrupts_keep_cpus(&now, &a->said);
		if (err) {
			interrupts_clear(&now);
			log_err(err, "cannot make a report");
		}
	}
	if (err)
		return err;
	if (!a->greeted)
		report_hello(&a->out, a->boot, a->nr_cpus);
	report_changes(&a->out, a->greeted ? &a->said : NULL, &now, ++a->seq, boot_time_ns());
	interrupts_clear(&a->said);
	a->said = now;
	a->greeted = true;
	return a->out.failed ? log_err(-ENOMEM, "cannot make a report") : 0;
}

/* 0: all is sent or the host does not read; -errno: the connection is lost. */
static int flush(struct agent *a)
{
	int64_t n;

	while (a->sent < a->out.len) {
		n = link_send(&a->link, a->out.buf + a->sent, a->out.len - a->sent);
		if (n <= 0)
			return (int)n;
		a->sent += (size_t)n;
	}
	a->sent = 0;
	a->out.len = 0;
	return 0;
}

static void tell_connected(struct agent *a)
{
	char name[128];

	link_name(&a->link, name, sizeof(name));
	if (a->told_lost)
		log_say(0, "connected to %s", name);
	else
		log_debug("connected to %s", name);
	a->told_lost = false;
	a->backoff_s = 1;
}

/* One line when it is lost, one when it is there again, however often it is tried. */
static int connect_host(struct agent *a)
{
	char name[128];
	int err = link_open(&a->link);

	link_name(&a->link, name, sizeof(name));
	if (!err) {
		a->due_ns = 0;
		/* one that hangs up at once is not told of again and again */
		if (a->kept)
			tell_connected(a);
		return 0;
	}
	if (!a->told_lost)
		log_say(0, "cannot connect to %s: %s; trying again (does gicv4top top --agents run "
			"on the host?)", name, strerror(-err));
	a->told_lost = true;
	return err;
}

static void back_off(struct agent *a)
{
	link_wait(&a->link, (uint64_t)a->backoff_s * MS_PER_S, false, &a->mask);
	a->backoff_s = a->backoff_s * 2 > BACKOFF_MAX_S ? BACKOFF_MAX_S : a->backoff_s * 2;
}

static void lose(struct agent *a, int err)
{
	char name[128];

	if (!a->told_lost)
		log_say(0, "lost %s: %s; connecting again",
			link_name(&a->link, name, sizeof(name)), strerror(-err));
	a->told_lost = true;
	a->kept = a->seq >= KEPT_REPORTS;
	drop_connection(a);
	if (!a->kept)
		back_off(a);
}

/*
 * Until there is something to do. A hang-up is seen while waiting: the host's side of
 * a virtio-serial port may be closed and open again before the next report, and would
 * hear a report without a hello.
 */
static int wait_turn(struct agent *a)
{
	uint64_t now = util_now_ns(), ms = a->interval_ns / NS_PER_MS;

	if (!a->out.len)
		ms = now < a->due_ns ? (a->due_ns - now) / NS_PER_MS + 1 : 0;
	return link_wait(&a->link, ms, a->out.len, &a->mask);
}

/* One turn: 0 to go on, or -errno when it makes no sense to. */
static int turn(struct agent *a)
{
	int err;

	if (a->link.fd < 0 && connect_host(a)) {
		back_off(a);
		return 0;
	}
	if (!a->out.len && util_now_ns() >= a->due_ns) {
		a->due_ns = util_now_ns() + a->interval_ns;
		err = make_report(a);
		if (err)
			return err;
	}
	err = flush(a);
	if (!err && !a->out.len && !a->kept && a->seq >= KEPT_REPORTS) {
		a->kept = true;
		tell_connected(a);
	}
	if (!err)
		err = wait_turn(a);
	if (err)
		lose(a, err);
	return 0;
}

static int report_once(struct agent *a)
{
	uint64_t end_ns = util_now_ns() + ONCE_MS * NS_PER_MS;
	char name[128];
	int err;

	link_name(&a->link, name, sizeof(name));
	err = link_open(&a->link);
	if (err)
		return log_err(err, "cannot connect to %s", name);
	err = make_report(a);
	if (err)
		return err;
	while (!stopped && util_now_ns() < end_ns) {
		err = flush(a);
		if (!err && !a->out.len)
			return 0;
		if (!err)
			err = link_wait(&a->link, ONCE_MS / 10, true, &a->mask);
		if (err)
			return log_err(err, "cannot send to %s", name);
	}
	return stopped ? 0 : log_say(-ETIMEDOUT, "cannot send to %s: nobody reads", name);
}

static int run(struct agent *a)
{
	const struct sigaction action = { .sa_handler = on_signal };
	sigset_t ends;
	int err = 0;

	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	/* else one that comes just before a wait would be seen after it only */
	sigprocmask(SIG_BLOCK, &ends, &a->mask);
	sigdelset(&a->mask, SIGINT);
	sigdelset(&a->mask, SIGTERM);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	a->nr_cpus = possible_cpus();
	err = util_read_line("/proc/sys/kernel/random/boot_id", a->boot, sizeof(a->boot));
	if (err)
		return log_err(err, "cannot read /proc/sys/kernel/random/boot_id");
	if (a->once)
		return report_once(a);
	while (!err && !stopped)
		err = turn(a);
	return err;
}

static void print_help(void)
{
	fputs("Usage: gicv4top guest-agent [OPTIONS]\n"
	      "Runs in a guest and tells gicv4top on its host which MSIs the guest has taken.\n\n"
	      "      --vsock CID:PORT   to this vsock (default host:9436)\n"
	      "      --serial PATH      by this virtio-serial port\n"
	      "      --unix PATH        to this unix socket\n"
	      "      --tcp ADDRESS:PORT to this address (a number)\n"
	      "  -d, --delay SECS       time between reports (default 1)\n"
	      "      --once             one report, then end\n"
	      "      --interrupts FILE  read this instead of /proc/interrupts\n"
	      "  -v, --verbose          say more on stderr\n"
	      "  -h, --help             this text\n"
	      "\nExit: 0 ended by a signal or --once, 1 failed, 2 wrong usage.\n", stdout);
}

static int usage(const char *format, const char *arg)
{
	fputs("gicv4top guest-agent: ", stderr);
	fprintf(stderr, format, arg);
	fputs("; see gicv4top guest-agent --help\n", stderr);
	return -EINVAL;
}

enum { OPT_VSOCK = 256, OPT_SERIAL, OPT_UNIX, OPT_TCP, OPT_ONCE, OPT_INTERRUPTS };

static int parse_way(struct agent *a, int opt, char *arg)
{
	if (a->way_given)
		return usage("only one of --vsock, --serial, --unix and --tcp%s", "");
	a->way_given = true;
	switch (opt) {
	case OPT_VSOCK:
		return link_parse_vsock(&a->link, arg) ?
			usage("--vsock: \"%s\" is no CID:PORT (host:9436)", arg) : 0;
	case OPT_TCP:
		return link_parse_tcp(&a->link, arg) ?
			usage("--tcp: \"%s\" is no ADDRESS:PORT (numbers; names are not looked "
			      "up)", arg) : 0;
	case OPT_UNIX:
		return link_parse_unix(&a->link, arg) ?
			usage("--unix: \"%s\" is no path of a socket (1 to 107 bytes)", arg) : 0;
	default:
		a->link.way = LINK_SERIAL;
		a->link.path = arg;
		return 0;
	}
}

/* 0 to go on, 1 when all is done, -EINVAL after having said why. */
static int parse_option(struct agent *a, int opt, char *arg)
{
	switch (opt) {
	case OPT_VSOCK:
	case OPT_SERIAL:
	case OPT_UNIX:
	case OPT_TCP:
		return parse_way(a, opt, arg);
	case OPT_ONCE:
		a->once = true;
		return 0;
	case OPT_INTERRUPTS:
		a->source = arg;
		return 0;
	case 'd':
		return util_parse_secs(arg, &a->interval_ns) || a->interval_ns < NS_PER_S / 100 ?
			usage("-d: \"%s\" is no number of seconds (0.01 or more)", arg) : 0;
	case 'v':
		log_set_verbose(log_is_verbose() + 1);
		return 0;
	case 'h':
		print_help();
		return 1;
	default:
		fputs("See gicv4top guest-agent --help.\n", stderr);
		return -EINVAL;
	}
}

static int parse_options(struct agent *a, int argc, char **argv)
{
	static const struct option options[] = {
		{ "vsock", required_argument, NULL, OPT_VSOCK },
		{ "serial", required_argument, NULL, OPT_SERIAL },
		{ "unix", required_argument, NULL, OPT_UNIX },
		{ "tcp", required_argument, NULL, OPT_TCP },
		{ "delay", required_argument, NULL, 'd' },
		{ "once", no_argument, NULL, OPT_ONCE },
		{ "interrupts", required_argument, NULL, OPT_INTERRUPTS },
		{ "verbose", no_argument, NULL, 'v' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	static char own_name[] = "gicv4top guest-agent";
	int opt, err;

	argv[0] = own_name;		/* getopt's messages begin with it */
	optind = 1;
	while ((opt = getopt_long(argc, argv, "d:vh", options, NULL)) != -1) {
		err = parse_option(a, opt, optarg);
		if (err)
			return err;
	}
	return optind < argc ? usage("\"%s\" is no option", argv[optind]) : 0;
}

int agent_main(int argc, char **argv)
{
	struct agent a = {
		.link = { .way = LINK_VSOCK, .cid = 2, .port = GUEST_PORT, .fd = -1 },
		.interval_ns = NS_PER_S,
		.source = "/proc/interrupts",
		.backoff_s = 1,
		.kept = true,
	};
	int err = parse_options(&a, argc, argv);

	if (err)
		return err < 0 ? 2 : 0;
	err = run(&a);
	link_close(&a.link);
	interrupts_clear(&a.said);
	free(a.out.buf);
	return err ? 1 : 0;
}
