// SPDX-License-Identifier: GPL-2.0
/*
 * Test helper: a recording of made-up traffic, by the recorder itself.
 *
 *	make_recording FILE RECORDS [VMS VCPUS CPUS STEP-NS SEED]
 *
 * Samples are taken, and chunks end, as often as they would in the traffic's own time.
 */
#include <stdio.h>
#include <stdlib.h>

#include "recorder.h"
#include "traffic.h"
#include "util.h"

#define PASS_NS		20000000ULL
#define SAMPLE_NS	1000000000ULL

struct run {
	struct traffic *t;
	struct recorder *r;
	uint64_t pass_ns, sample_ns;
	const struct out_info *info;
};

static int sample(struct run *run, uint64_t now_ns)
{
	struct snapshot snap = { .now_ns = now_ns, .missed_known = true };

	if (now_ns < run->sample_ns)
		return 0;
	run->sample_ns = now_ns + SAMPLE_NS;
	return recorder_sample(run->r, &snap, run->info);
}

static int go(struct run *run, uint64_t records)
{
	uint64_t now_ns;
	int err = 0;

	traffic_begin(run->t, recorder_take, run->r);
	while (traffic_records(run->t) < records && !err) {
		traffic_run(run->t, 100, recorder_take, run->r);
		now_ns = traffic_now_ns(run->t);
		if (now_ns < run->pass_ns)
			continue;
		run->pass_ns = now_ns + PASS_NS;
		err = recorder_pass(run->r, now_ns, now_ns, NULL, 0);
		if (!err)
			err = sample(run, now_ns);
	}
	now_ns = traffic_now_ns(run->t);
	if (!err)
		err = recorder_pass(run->r, UINT64_MAX, now_ns, NULL, 0);
	return err < 0 ? err : recorder_finish(run->r);
}

static uint64_t arg(int argc, char **argv, int i, uint64_t other)
{
	return argc > i ? strtoull(argv[i], NULL, 0) : other;
}

int main(int argc, char **argv)
{
	struct traffic_opts opts = {
		.nr_vms = (uint32_t)arg(argc, argv, 3, 2),
		.nr_vcpus = (uint32_t)arg(argc, argv, 4, 4),
		.nr_cpus = (uint32_t)arg(argc, argv, 5, 4),
		.step_ns = arg(argc, argv, 6, 20000),
		.seed = arg(argc, argv, 7, 1),
	};
	struct out_info info = { .kernel = "6.12.0-made-up", .gic = "4.0", .wfi = "trap",
				 .backend = "fentry", .hooks_attached = 19, .hooks_wanted = 19 };
	struct recorder_host host = { .info = &info, .machine = "aarch64", .figures = UINT32_MAX,
				      .nr_cpus = opts.nr_cpus };
	struct recorder_opts rec = { .path = argc > 1 ? argv[1] : "", .force = true };
	struct run run = { .info = &info };
	struct model_names names;
	int err;

	if (argc < 3) {
		fprintf(stderr,
			"usage: make_recording FILE RECORDS [VMS VCPUS CPUS STEP-NS SEED]\n");
		return 2;
	}
	run.t = traffic_new(&opts);
	if (!run.t)
		return 1;
	host.start_ns = traffic_now_ns(run.t);
	traffic_names(&names);
	err = recorder_open(&rec, &host, &names, &run.r);
	if (!err)
		err = go(&run, arg(argc, argv, 2, 0));
	recorder_free(run.r);
	traffic_free(run.t);
	return err ? 1 : 0;
}
