// SPDX-License-Identifier: GPL-2.0
/* Owns the live sources of direct deliveries; see direct.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "direct.h"
#include "direct_guest.h"
#include "log.h"
#include "pmu.h"
#include "util.h"

struct direct {
	struct guests guests;
	struct pmu *pmu;		/* NULL: not in use */
	char event_name[32];
	const char *told;		/* trouble that has been told */
};

void direct_opts_clear(struct direct_opts *opts)
{
	uint32_t i;

	for (i = 0; i < opts->nr_ins; i++)
		guest_addr_clear(&opts->ins[i]);
	free(opts->ins);
	*opts = (struct direct_opts){ 0 };
}

void direct_free(struct direct *d)
{
	if (!d)
		return;
	guests_free(&d->guests);
	pmu_free(d->pmu);
	free(d);
}

static void direct_freep(struct direct **d)
{
	direct_free(*d);
}

#define auto_direct __attribute__((cleanup(direct_freep)))

/* Only who asked for the PMU by name hears that there is none. */
static int open_pmu(struct direct *d, const struct direct_opts *opts)
{
	uint64_t event = opts->event_given ? opts->event : PMU_EXC_IRQ;
	bool asked = opts->event_given || opts->only == DIRECT_PMU;
	char name[sizeof(d->event_name)];
	int counts = pmu_try(event);

	snprintf(name, sizeof(name), "r%" PRIx64 ":Gk", event);
	if (counts == 1) {
		memcpy(d->event_name, name, sizeof(name));
		return pmu_open(event, &d->pmu);
	}
	if (counts < 0 && asked)
		log_say(0, "cannot count event 0x%" PRIx64 " on this host: %s; direct deliveries "
			"by pmu are n/a", event, strerror(-counts));
	else if (asked)
		log_say(0, "this host's cores count no event 0x%" PRIx64 ": it stayed 0 while "
			"timer interrupts came; direct deliveries by pmu are n/a", event);
	else
		log_debug("no event 0x%" PRIx64 " on this host (%d): pmu is n/a", event, counts);
	return 0;
}

int direct_open(const struct direct_opts *opts, struct direct **ret_direct)
{
	auto_direct struct direct *d = calloc(1, sizeof(*d));
	struct rlimit files;
	uint32_t i;
	int err = 0;

	if (!d)
		return log_err(-ENOMEM, "cannot open the sources of direct deliveries");
	/* a descriptor a vCPU, and one a guest: more than the usual soft limit */
	if (!getrlimit(RLIMIT_NOFILE, &files) && files.rlim_cur < files.rlim_max) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	if (opts->only == DIRECT_KERNEL)
		log_say(0, "--direct-source kernel: this kernel does not measure direct "
			"deliveries, no stock kernel does; they are n/a");
	for (i = 0; !err && i < opts->nr_ins; i++)
		err = guests_open(&d->guests, &opts->ins[i]);
	if (err)
		return err;
	if (!opts->only || opts->only == DIRECT_PMU)
		err = open_pmu(d, opts);
	if (err)
		return log_err(err, "cannot use the PMU");
	*ret_direct = TAKE_PTR(d);
	return 0;
}

void direct_drop_pmu(struct direct *d)
{
	pmu_free(d->pmu);
	d->pmu = NULL;
	log_say(0, "cannot watch list registers on this kernel: what they deliver cannot be told "
		"from direct deliveries; those by pmu are n/a");
}

bool direct_needs_taken(const struct direct *d)
{
	return d->pmu;
}

const char *direct_event_name(const struct direct *d)
{
	return d->pmu ? d->event_name : NULL;
}

uint32_t direct_nr_guests(const struct direct *d)
{
	uint32_t i, nr = 0;

	for (i = 0; i < d->guests.nr; i++)
		nr += d->guests.list[i]->fd >= 0;
	return nr;
}

void direct_pump(struct direct *d)
{
	guests_pump(&d->guests, util_now_ns());
}

int direct_read(struct direct *d, struct snapshot *snap, const struct model_names *names,
		void (*ended)(void *ctx, uint64_t vpe), void *ctx)
{
	const char *trouble;
	int err = 0;

	if (d->guests.nr)
		err = direct_guest_read(&d->guests, snap, names);
	if (!err && d->pmu) {
		err = pmu_read(d->pmu, snap, ended, ctx);
		trouble = pmu_trouble(d->pmu);
		if (trouble && !d->told)
			log_say(0, "cannot count %s for some vCPU threads: %s; their VMs' direct "
				"deliveries by pmu are n/a", d->event_name, trouble);
		d->told = trouble ? trouble : d->told;
	}
	return err ? log_err(err, "cannot count direct deliveries") : 0;
}
