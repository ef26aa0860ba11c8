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
#include "report.h"
#include "util.h"

#define NS_PER_S	1000000000ULL
#define MS_PER_S	1000
#define BACKOFF_MAX_S	30U
#define ONCE_TRIES	100		/* of 100 ms each, to send the one report */
#define ONCE_MS		100

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
	unsigned int backoff_s;
	bool told_lost, told_cut;
};

static volatile sig_atomic_t stopped;

static void on_signal(int sig)
{
	(void)sig;
	stopped = 1;
}

static void wait_ms(uint64_t ms)
{
	const struct timespec ts = { .tv_sec = (time_t)(ms / MS_PER_S),
				     .tv_nsec = (long)(ms % MS_PER_S) * 1000000L };

	if (!stopped)
		nanosleep(&ts, NULL);
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
	if (ret->cut && !a->told_cut) {
		a->told_cut = true;
		log_say(0, "%s has more MSIs or CPUs than can be told (%d rows, %d CPUs, %d "
			"counts): the rest is left out", a->source, GUEST_MAX_ROWS, GUEST_MAX_CPUS,
			GUEST_MAX_CELLS);
	}
	for (i = 0; i < ret->nr_cpus; i++) {
		if (ret->cpus[i] >= a->nr_cpus)
			a->nr_cpus = ret->cpus[i] + 1;
	}
	return 0;
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

/* One line when it is lost, one when it is there again, however often it is tried. */
static int connect_host(struct agent *a)
{
	char name[128];
	int err = link_open(&a->link);

	link_name(&a->link, name, sizeof(name));
	if (!err) {
		if (a->told_lost)
			log_say(0, "connected to %s", name);
		else
			log_debug("connected to %s", name);
		a->told_lost = false;
		a->backoff_s = 1;
		return 0;
	}
	if (!a->told_lost)
		log_say(0, "cannot connect to %s: %s; trying again (does gicv4top top --agents run "
			"on the host?)", name, strerror(-err));
	a->told_lost = true;
	return err;
}

/* One turn: 0 to go on, or -errno when it makes no sense to. */
static int turn(struct agent *a)
{
	char name[128];
	int err;

	if (a->link.fd < 0 && connect_host(a)) {
		wait_ms((uint64_t)a->backoff_s * MS_PER_S);
		a->backoff_s = a->backoff_s * 2 > BACKOFF_MAX_S ? BACKOFF_MAX_S : a->backoff_s * 2;
		return 0;
	}
	if (!a->out.len) {
		err = make_report(a);
		if (err)
			return err;
	}
	err = flush(a);
	if (err) {
		if (!a->told_lost)
			log_say(0, "lost %s: %s; connecting again",
				link_name(&a->link, name, sizeof(name)), strerror(-err));
		a->told_lost = true;
		drop_connection(a);
	}
	wait_ms(a->interval_ns / 1000000);
	return 0;
}

static int report_once(struct agent *a)
{
	char name[128];
	int tries, err;

	link_name(&a->link, name, sizeof(name));
	err = link_open(&a->link);
	if (err)
		return log_err(err, "cannot connect to %s", name);
	err = make_report(a);
	for (tries = 0; !err && tries < ONCE_TRIES && !stopped; tries++) {
		err = flush(a);
		if (err)
			return log_err(err, "cannot send to %s", name);
		if (!a->out.len)
			return 0;
		wait_ms(ONCE_MS);
	}
	return err ? err : log_say(-ETIMEDOUT, "cannot send to %s: nobody reads", name);
}

static int run(struct agent *a)
{
	const struct sigaction action = { .sa_handler = on_signal };
	int err = 0;

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
			usage("--tcp: \"%s\" is no ADDRESS:PORT", arg) : 0;
	default:
		a->link.way = opt == OPT_SERIAL ? LINK_SERIAL : LINK_UNIX;
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
