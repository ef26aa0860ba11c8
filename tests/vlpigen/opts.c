// SPDX-License-Identifier: GPL-2.0
/*
 * vlpigen's options. Device lists (-r, --soft, --target) name devices by their position on
 * the command line, from 0, so they are resolved after all arguments have been read.
 */
#include "opts.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

enum {
	OPT_SOFT = 256,
	OPT_TARGET,
	OPT_SEED,
	OPT_NO_WAIT,
	OPT_LOST_MS,
	OPT_RESCUE_MS,
	OPT_HOLD,
	OPT_LINGER,
	OPT_RETHREAD,
	OPT_AGENT,
};

static const struct option long_opts[] = {
	{ "name", required_argument, NULL, 'n' },
	{ "vcpus", required_argument, NULL, 'c' },
	{ "idle", required_argument, NULL, 'i' },
	{ "msis", required_argument, NULL, 'm' },
	{ "rate", required_argument, NULL, 'r' },
	{ "kick", required_argument, NULL, 'k' },
	{ "output", required_argument, NULL, 'o' },
	{ "soft", required_argument, NULL, OPT_SOFT },
	{ "target", required_argument, NULL, OPT_TARGET },
	{ "seed", required_argument, NULL, OPT_SEED },
	{ "no-wait", no_argument, NULL, OPT_NO_WAIT },
	{ "lost-ms", required_argument, NULL, OPT_LOST_MS },
	{ "rescue-ms", required_argument, NULL, OPT_RESCUE_MS },
	{ "hold", no_argument, NULL, OPT_HOLD },
	{ "linger", no_argument, NULL, OPT_LINGER },
	{ "rethread", no_argument, NULL, OPT_RETHREAD },
	{ "agent", required_argument, NULL, OPT_AGENT },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static const char usage[] =
"Usage: vlpigen [OPTION]... PCI-ADDRESS...\n"
"Run a guest whose interrupts are known: fire MSIs of edu devices (1234:11e8) at logged\n"
"times, have the guest log each one it takes, and print the truth as JSON.\n"
"\n"
"  -n, --name NAME        name of the guest and of the process (vlpigen)\n"
"  -c, --vcpus N          vCPUs, 1 to 64 (1)\n"
"  -i, --idle wfi|spin    what vCPUs do when idle (wfi)\n"
"  -m, --msis COUNT       MSIs to fire in a round, over all devices (1000)\n"
"  -r, --rate USEC[,...]  mean gap per device, each gap 0.5 to 1.5 of it; the last one\n"
"                         holds for the devices that follow (1000)\n"
"  -k, --kick USEC        also inject an SPI at this mean gap, into random vCPUs\n"
"  -o, --output FILE      write the truth there (stdout)\n"
"      --soft D[,...]     these devices' MSIs are injected by software, not forwarded\n"
"      --target D:V       device D's MSI goes to vCPU V (D modulo vCPUs)\n"
"      --seed N           of everything random (1)\n"
"      --no-wait          fire even if a device's last MSI is not yet taken: MSIs may merge\n"
"      --lost-ms MS       an MSI not taken after this time is lost (5000)\n"
"      --rescue-ms MS     after this time wake the vCPU by an SPI: an MSI whose doorbell was\n"
"                         missed is then taken late instead of never (--lost-ms)\n"
"      --hold             wait for SIGUSR1 before firing\n"
"      --rethread         before each round other threads take the vCPUs over\n"
"      --linger           stay after the load until SIGTERM; SIGUSR1: another round\n"
"      --agent PATH       tell gicv4top at this unix socket what the guest takes, as its\n"
"                         agent would\n"
"  -h, --help             this text\n"
"\n"
"D and V count from 0, devices in the order given. Prints a \"ready\" line when all is mapped.\n"
"Exit status: 0 done, 1 failed or an MSI was lost, 2 wrong usage.\n";

static int bad(const char *what, const char *val)
{
	fprintf(stderr, "vlpigen: bad value for %s: '%s' (see vlpigen --help)\n", what, val);
	return -EINVAL;
}

/* All of @s must be a decimal number within [min, max]; a ',' or ':' at *end may follow. */
static int parse_u64(const char *s, const char *sep, uint64_t min, uint64_t max,
		     const char **ret_end, uint64_t *ret_val)
{
	char *end;
	uint64_t v;

	if (*s < '0' || *s > '9')
		return -EINVAL;
	errno = 0;
	v = strtoull(s, &end, 10);
	if (errno || v < min || v > max || (*end && !strchr(sep, *end)))
		return -EINVAL;
	if (ret_end)
		*ret_end = end;
	*ret_val = v;
	return 0;
}

static int parse_option(const char *what, const char *s, uint64_t min, uint64_t max,
			uint64_t *ret_val)
{
	if (parse_u64(s, "", min, max, NULL, ret_val))
		return bad(what, s);
	return 0;
}

static int apply_rates(const char *s, struct opts *o)
{
	const char *p = s;
	uint64_t usec = 1000;
	uint32_t i;

	for (i = 0; i < o->nr_devs; i++) {
		if (p) {
			if (parse_u64(p, ",", 1, 1000000000, &p, &usec))
				return bad("--rate", s);
			p = *p ? p + 1 : NULL;
		}
		o->dev_gap_ns[i] = usec * NSEC_PER_USEC;
	}
	if (p)
		return bad("--rate (more gaps than devices)", s);
	return 0;
}

static int apply_soft(const char *s, struct opts *o)
{
	const char *p = s;
	uint64_t dev;

	while (p) {
		if (!o->nr_devs || parse_u64(p, ",", 0, o->nr_devs - 1, &p, &dev))
			return bad("--soft", s);
		o->dev_soft[dev] = true;
		p = *p ? p + 1 : NULL;
	}
	return 0;
}

static int apply_target(const char *s, struct opts *o)
{
	const char *end;
	uint64_t dev, vcpu;

	if (!o->nr_devs || parse_u64(s, ":", 0, o->nr_devs - 1, &end, &dev) || *end != ':' ||
	    parse_u64(end + 1, "", 0, o->nr_vcpus - 1, NULL, &vcpu))
		return bad("--target", s);
	o->dev_vcpu[dev] = vcpu;
	return 0;
}

static int parse_idle(const char *s, enum vg_idle *ret_idle)
{
	if (!strcmp(s, "wfi"))
		*ret_idle = VG_IDLE_WFI;
	else if (!strcmp(s, "spin"))
		*ret_idle = VG_IDLE_SPIN;
	else
		return bad("--idle", s);
	return 0;
}

/* Text of the options that can only be resolved when the devices are known. */
struct deferred {
	const char *rate;
	const char *soft;
	const char *targets[VG_MAX_DEVS];
	uint32_t nr_targets;
};

static int parse_one(int c, struct opts *o, struct deferred *d)
{
	uint64_t v = 0;
	int err = 0;

	switch (c) {
	case 'n':
		o->name = optarg;
		return *optarg ? 0 : bad("--name", optarg);
	case 'c':
		err = parse_option("--vcpus", optarg, 1, VG_MAX_VCPUS, &v);
		o->nr_vcpus = v;
		return err;
	case 'i':
		return parse_idle(optarg, &o->idle);
	case 'm':
		return parse_option("--msis", optarg, 0, 10000000, &o->count);
	case 'r':
		d->rate = optarg;
		return 0;
	case 'k':
		err = parse_option("--kick", optarg, 1, 1000000000, &v);
		o->spi_gap_ns = v * NSEC_PER_USEC;
		return err;
	case 'o':
		o->out_path = optarg;
		return 0;
	case OPT_SOFT:
		d->soft = optarg;
		return 0;
	case OPT_TARGET:
		if (d->nr_targets == VG_MAX_DEVS)
			return bad("--target (too many)", optarg);
		d->targets[d->nr_targets++] = optarg;
		return 0;
	case OPT_SEED:
		return parse_option("--seed", optarg, 0, UINT64_MAX, &o->seed);
	case OPT_LOST_MS:
		err = parse_option("--lost-ms", optarg, 1, 3600000, &v);
		o->lost_ns = v * NSEC_PER_MSEC;
		return err;
	case OPT_RESCUE_MS:
		err = parse_option("--rescue-ms", optarg, 1, 3600000, &v);
		o->rescue_ns = v * NSEC_PER_MSEC;
		return err;
	case OPT_NO_WAIT:
		o->wait = false;
		return 0;
	case OPT_HOLD:
		o->hold = true;
		return 0;
	case OPT_RETHREAD:
		o->rethread = true;
		return 0;
	case OPT_LINGER:
		o->linger = true;
		return 0;
	case OPT_AGENT:
		o->agent_path = optarg;
		return 0;
	case 'h':
		fputs(usage, stdout);
		return -ECANCELED;
	default:	/* getopt_long() has named the option */
		return -EINVAL;
	}
}

/* DDDD:BB:DD.F, as in /sys/bus/pci/devices. */
static bool is_pci_addr(const char *s)
{
	unsigned int dom, bus, dev, fn;
	int len = 0;

	return sscanf(s, "%4x:%2x:%2x.%1x%n", &dom, &bus, &dev, &fn, &len) == 4 &&
	       len == 12 && !s[len];
}

static int take_devices(int nr, char **addrs, struct opts *o)
{
	int i, j;

	if (nr > VG_MAX_DEVS)
		return bad("PCI-ADDRESS (too many)", addrs[VG_MAX_DEVS]);
	if (!nr && o->count) {
		log_err(0, "no PCI-ADDRESS given (only --msis 0 needs none)");
		return -EINVAL;
	}
	for (i = 0; i < nr; i++) {
		if (!is_pci_addr(addrs[i]))
			return bad("PCI-ADDRESS (want 0000:00:01.0)", addrs[i]);
		for (j = 0; j < i; j++)
			if (!strcmp(addrs[i], addrs[j]))
				return bad("PCI-ADDRESS (given twice)", addrs[i]);
		o->dev_addrs[i] = addrs[i];
		o->dev_vcpu[i] = i % o->nr_vcpus;
	}
	o->nr_devs = nr;
	return 0;
}

int opts_parse(int argc, char **argv, struct opts *ret_opts)
{
	struct opts o = {
		.name = "vlpigen", .nr_vcpus = 1, .count = 1000, .seed = 1,
		.lost_ns = 5 * NSEC_PER_SEC, .wait = true,
	};
	struct deferred d = { 0 };
	uint32_t i;
	int c, err;

	while ((c = getopt_long(argc, argv, "n:c:i:m:r:k:o:h", long_opts, NULL)) != -1) {
		err = parse_one(c, &o, &d);
		if (err)
			return err;
	}
	err = take_devices(argc - optind, argv + optind, &o);
	if (err)
		return err;
	err = apply_rates(d.rate, &o);
	if (err)
		return err;
	err = apply_soft(d.soft, &o);
	if (err)
		return err;
	for (i = 0; i < d.nr_targets; i++) {
		err = apply_target(d.targets[i], &o);
		if (err)
			return err;
	}
	if (!o.rescue_ns || o.rescue_ns > o.lost_ns)
		o.rescue_ns = o.lost_ns;
	*ret_opts = o;
	return 0;
}
