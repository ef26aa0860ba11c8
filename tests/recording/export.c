// SPDX-License-Identifier: GPL-2.0
/*
 * Test helper: exports of a recording, as "gicv4top report" makes them.
 *
 *	export perfetto FILE [FROM-NS TO-NS]	a trace for the Perfetto UI, on stdout
 *	export hdr FILE [per-vpe]		its histograms as a log of HdrHistogram
 *	export hist FILE [per-vpe]		the same histograms as "hist --json" has them
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "export_hdr.h"
#include "export_perfetto.h"
#include "rec_play.h"
#include "util.h"

struct job {
	struct rec_play play;
	struct snapshot snap;
	struct model model;
	struct hist_opts hist;
};

static void vm_name(void *ctx, uint32_t pid, char *buf, size_t size)
{
	const struct fold *f = ctx;
	uint32_t i;

	buf[0] = '\0';
	for (i = 0; i < f->nr_vms; i++) {
		if (f->vms[i]->vm.pid == pid)
			snprintf(buf, size, "%s", f->vms[i]->name);
	}
}

static int hists(struct job *job, bool hdr)
{
	const struct rec_info *info = &job->play.info;
	const struct model_filter filter = { .vcpu = -1 };
	const struct model_names names = { .vm_name = vm_name, .ctx = &job->play.fold };
	const struct out_info out = { .kernel = info->kernel, .gic = info->gic, .wfi = info->wfi,
				      .backend = info->backend };
	struct export_hdr_window window = { .origin_real_ns = info->start_real_ns };
	int err;

	err = rec_play_until(&job->play, UINT64_MAX);
	window.to_ns = job->play.fold.now_ns - info->start_ns;
	if (!err)
		err = fold_snapshot(&job->play.fold, job->play.fold.now_ns, FOLD_ALL_HISTS, 0,
				    &job->snap);
	job->model.figures = info->figures;
	if (!err)
		err = model_update(&job->model, &job->snap, &filter, &names);
	if (err)
		return err;
	memset(job->hist.which, 1, sizeof(job->hist.which));
	return hdr ? export_hdr_write(stdout, &job->model, &job->hist, &window) :
		     out_hist_json(stdout, &job->model, &out, &job->hist);
}

static int run(struct job *job, int argc, char **argv)
{
	struct export_perfetto_opts opts = { .to_ns = UINT64_MAX };
	const struct fold_opts fold = { .hists = true, .keep = true };
	enum rec_verdict verdict;
	int fd, err;

	fd = open(argv[2], O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = rec_play_open(&job->play, fd, &fold, &verdict);
	if (err || verdict != REC_GOOD)
		return err ? err : -EBADMSG;
	if (!strcmp(argv[1], "perfetto")) {
		if (argc > 4 && (util_parse_u64(argv[3], 0, UINT64_MAX, &opts.from_ns) ||
				 util_parse_u64(argv[4], 0, UINT64_MAX, &opts.to_ns)))
			return -EINVAL;
		return export_perfetto_write(&job->play, stdout, &opts);
	}
	job->hist.per_vpe = argc > 3;
	return hists(job, !strcmp(argv[1], "hdr"));
}

int main(int argc, char **argv)
{
	struct job job = { .model.nr_vms = 0 };
	int err;

	if (argc < 3) {
		fprintf(stderr, "usage: export perfetto|hdr|hist FILE [...]\n");
		return 2;
	}
	err = run(&job, argc, argv);
	model_clear(&job.model);
	snapshot_clear(&job.snap);
	rec_play_close(&job.play);
	if (err)
		fprintf(stderr, "export: %s\n", strerror(-err));
	return err ? 1 : 0;
}
