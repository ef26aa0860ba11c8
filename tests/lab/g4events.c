// SPDX-License-Identifier: GPL-2.0
/*
 * Test helper, run in the lab's host: prints every event that the BPF programs
 * report, one a line, until SIGTERM:
 *
 *	TIME-NS TYPE VPE-ADDRESS VCPU PCPU FLAGS ARG-NS
 *
 * and, as "0 owner VPE-ADDRESS VCPU 0 0 PID", to whom each vPE belongs.
 * Counters say how often; this says when, so that a test can hold each single
 * doorbell against the load generator's own log. Exit 3 if an event was lost.
 *
 *	g4events [BACKEND [FILE]]
 *
 * FILE gets the histograms of each vPE, as of the last event printed, written
 * as "gicv4top hist --json --per-vpe" writes them.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#include "host.h"
#include "log.h"
#include "model.h"
#include "out_hist.h"
#include "session.h"
#include "util.h"

static volatile sig_atomic_t stopped;

static void on_signal(int sig)
{
	(void)sig;
	stopped = 1;
}

static void print_record(void *ctx, const struct g4_rec *r)
{
	static const char *const names[] = {
		[G4_REC_VPE_LOAD] = "load", [G4_REC_VPE_PUT] = "put",
		[G4_REC_VPE_PUT_DONE] = "put_done", [G4_REC_DOORBELL] = "doorbell",
		[G4_REC_DOORBELL_DONE] = "doorbell_done", [G4_REC_SLEEP] = "sleep",
		[G4_REC_WAKE] = "wake", [G4_REC_GUEST_ENTRY] = "entry",
		[G4_REC_VMOVP] = "vmovp", [G4_REC_VPE_NEW] = "new", [G4_REC_VPE_GONE] = "gone",
	};

	(void)ctx;
	printf("%llu %s %llx %u %u %u %llu\n", r->ts_ns,
	       r->type < ARRAY_SIZE(names) && names[r->type] ? names[r->type] : "?", r->vpe,
	       r->vcpu, r->pcpu, r->flags, r->arg_ns);
}

/* Twice a second, so every VM of a test is met while it lives. */
static int print_owners(struct session *s, struct snapshot *snap)
{
	uint32_t i, k;
	int err;

	err = session_read(s, snap);
	for (i = 0; !err && i < snap->nr_vpes; i++) {
		for (k = 0; k < snap->nr_vms; k++) {
			if (snap->vms[k].kvm == snap->vpes[i].v.kvm)
				printf("0 owner %llx %u 0 0 %u\n", snap->vpes[i].v.vpe,
				       snap->vpes[i].v.vcpu, snap->vms[k].pid);
		}
	}
	return err;
}

static int write_hists(const struct session *s, const struct snapshot *snap, const char *path)
{
	const struct model_filter filter = { .vcpu = -1 };
	const struct out_info info = { .kernel = "", .wfi = "", .backend = "" };
	struct hist_opts opts = { .per_vpe = true };
	struct model m = { .figures = session_plan(s)->figures };
	auto_fclose FILE *f = fopen(path, "w");
	int err;

	memset(opts.which, 1, sizeof(opts.which));
	err = f ? model_update(&m, snap, &filter, NULL) : -errno;
	if (!err)
		err = out_hist_json(f, &m, &info, &opts);
	model_clear(&m);
	return err ? log_err(err, "cannot write %s", path) : 0;
}

/* Prints what is left, and reads when nothing came in between. */
static int finish(struct session *s, struct snapshot *snap)
{
	int err;

	do {
		err = session_drain(s, print_record, NULL);
		if (err >= 0)
			err = session_read(s, snap);
		if (!err)
			err = session_drain(s, print_record, NULL);
	} while (err > 0);
	return err;
}

static int follow(struct session *s, struct snapshot *snap)
{
	const struct timespec pause = { .tv_nsec = 50 * 1000 * 1000 };
	int err = 0, round = 0;

	while (!stopped && err >= 0) {
		nanosleep(&pause, NULL);
		err = session_drain(s, print_record, NULL);
		if (err >= 0 && !(round++ % 10))
			err = print_owners(s, snap);
	}
	return err < 0 ? err : finish(s, snap);
}

int main(int argc, char **argv)
{
	const struct sigaction action = { .sa_handler = on_signal };
	struct session_opts opts = { .ring_bytes = 1 << 20, .detail = argc > 2 };
	struct snapshot snap = { 0 };
	struct session *s = NULL;
	struct host host;
	int err, lost;

	if (argc > 1 && hooks_backend_parse(argv[1], &opts.backend))
		return 2;
	host_read(&host);
	err = host_require(&host);
	if (!err)
		err = session_open(&host, &opts, &s);
	if (err)
		return 1;
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	fprintf(stderr, "g4events: ready\n");
	err = follow(s, &snap);
	if (!err && argc > 2)
		err = write_hists(s, &snap, argv[2]);
	lost = snap.loss.records || snap.missed || snap.loss.unmatched;
	fprintf(stderr, "g4events: %llu records lost, %llu missed, %llu unmatched\n",
		snap.loss.records, (unsigned long long)snap.missed, snap.loss.unmatched);
	snapshot_clear(&snap);
	session_free(s);
	host_clear(&host);
	return err < 0 ? 1 : lost ? 3 : 0;
}
