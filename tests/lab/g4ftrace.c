// SPDX-License-Identifier: GPL-2.0
/*
 * Test helper for the ftrace way, run in the lab's host:
 *
 *	g4ftrace record FILE [KIB]	records by ftrace until SIGINT or SIGTERM; KIB: buffer of
 *					a CPU. Exit 3: something was lost
 *	g4ftrace convert TRACE.DAT FILE	makes a recording of a trace.dat
 *	g4ftrace counts FILE [NS]	what a recording counts (up to this time of its host),
 *					as JSON: "vms" and "vpes"
 *	g4ftrace trace-cmd [BTF]	the lines for trace-cmd, for this kernel or that BTF's
 *	g4ftrace offsets [BTF]		this kernel's row of kernel_offsets.c's table, by its BTF
 *	g4ftrace known			the row that the table has; exit 1: none
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "ftrace.h"
#include "log.h"
#include "names.h"
#include "rec_play.h"
#include "recorder.h"
#include "tracedat.h"
#include "util.h"

static volatile sig_atomic_t stopped;

static void on_signal(int sig)
{
	(void)sig;
	stopped = 1;
}

/* --- record --- */

struct run {
	struct ftrace *ft;
	struct recorder *r;
	struct out_info info;
	uint64_t *lost;
	struct snapshot snap;
};

static int one_pass(struct run *run, bool sample)
{
	int err = ftrace_drain(run->ft, recorder_take, run->r);

	if (err >= 0)
		err = ftrace_lost_records(run->ft, run->lost);
	if (!err)
		err = recorder_pass(run->r, ftrace_complete_ns(run->ft), util_now_ns(), run->lost,
				    ftrace_nr_cpus(run->ft));
	if (!err)
		err = ftrace_read(run->ft, &run->snap);
	if (!err && sample)
		err = recorder_sample(run->r, &run->snap, &run->info);
	return err;
}

static int follow(struct run *run)
{
	const struct timespec pause = { .tv_nsec = 50 * 1000 * 1000 };
	int err = 0, round = 0;

	while (!stopped && !err) {
		nanosleep(&pause, NULL);
		err = one_pass(run, !(round++ % 20));
	}
	ftrace_stop(run->ft);
	if (!err)
		err = one_pass(run, true);
	return err ? err : recorder_finish(run->r);
}

static int record(const char *path, uint32_t buffer_bytes)
{
	const struct ftrace_opts opts = { .buffer_bytes = buffer_bytes };
	struct recorder_opts rec = { .path = path, .force = true, .filter.vcpu = -1 };
	struct run run = { .info = { .wfi = "?", .backend = "ftrace" } };
	struct recorder_host rh = { .machine = "aarch64", .info = &run.info };
	struct model_names names;
	struct host host;
	int err;

	names_live(&names);
	host_read(&host);
	run.info.kernel = host.kernel;
	run.info.gic = host_gic_name(&host);
	rh.start_ns = util_now_ns();
	err = ftrace_open(&host, &opts, &run.ft);
	if (err)
		return 1;
	rh.figures = ftrace_live_figures(run.ft);
	rh.nr_cpus = ftrace_nr_cpus(run.ft);
	rh.hooks = ftrace_hooks(run.ft);
	ftrace_count_hooks(run.ft, &run.info.hooks_attached, &run.info.hooks_wanted);
	run.lost = calloc(rh.nr_cpus, sizeof(*run.lost));
	err = run.lost ? recorder_new(&rec, &run.r) : -ENOMEM;
	if (!err)
		err = recorder_begin(run.r, &rh, &names);
	fprintf(stderr, "g4ftrace: ready, %u of %u\n", run.info.hooks_attached,
		run.info.hooks_wanted);
	if (!err)
		err = follow(&run);
	fprintf(stderr, "g4ftrace: %llu events lost, %llu missed, %llu unmatched\n",
		run.snap.loss.records, (unsigned long long)run.snap.missed,
		run.snap.loss.unmatched);
	recorder_free(run.r);
	ftrace_free(run.ft);
	err = err ? 1 : run.snap.loss.records || run.snap.loss.unmatched ? 3 : 0;
	snapshot_clear(&run.snap);
	free(run.lost);
	host_clear(&host);
	return err;
}

/* --- convert --- */

static int copy(int from, const char *path)
{
	char buf[65536];
	auto_close int to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ssize_t n;

	if (to < 0)
		return -errno;
	while ((n = read(from, buf, sizeof(buf))) > 0) {
		if (write(to, buf, (size_t)n) != n)
			return -EIO;
	}
	return n < 0 ? -errno : 0;
}

static int convert(const char *path, const char *to)
{
	auto_close int fd = -1;
	int err = tracedat_to_recording(path, -1, &fd);

	if (err)
		return 1;
	err = copy(fd, to);
	return err ? log_err(err, "cannot write %s", to) && 1 : 0;
}

/* --- counts --- */

static void print_counts(const struct rec_play *p)
{
	const struct fold *f = &p->fold;
	const struct g4_vpe *v;
	const struct g4_vm *vm;
	uint32_t i;

	printf("{\"records\": %llu, \"lost\": %llu, \"vms\": [",
	       (unsigned long long)p->played, (unsigned long long)p->lost);
	for (i = 0; i < f->nr_vms; i++) {
		vm = &f->vms[i]->vm;
		printf("%s{\"pid\": %u, \"name\": \"%s\", \"vcpus\": %u, \"maps\": %llu, "
		       "\"unmaps\": %llu, \"vlpi_moves\": %llu, \"props\": %llu, "
		       "\"sw_lpis\": %llu, \"forward_set\": %llu, \"doorbell_ns\": %llu}",
		       i ? ", " : "", vm->pid, f->vms[i]->name, vm->nr_vcpus, vm->maps, vm->unmaps,
		       vm->vlpi_moves, vm->props, vm->sw_lpis, vm->forward_set,
		       vm->doorbell_ns.count);
	}
	printf("], \"vpes\": [");
	for (i = 0; i < f->nr_vpes; i++) {
		v = &f->vpes[i]->v;
		printf("%s{\"pid\": %u, \"vcpu\": %u, \"vpe_id\": %u, \"loads\": %llu, "
		       "\"puts\": %llu, \"blocks\": %llu, \"sleeps\": %llu, \"moves\": %llu, "
		       "\"useful\": %llu, \"late\": %llu, \"spurious\": %llu, "
		       "\"pending_last\": %llu, \"illegal\": %llu, \"gone\": %d}",
		       i ? ", " : "", f->vpes[i]->vm->vm.pid, v->vcpu, v->vpe_id, v->run.loads,
		       v->run.puts, v->run.blocks, v->run.sleeps, v->run.moves,
		       v->db.count[G4_DB_USEFUL], v->db.count[G4_DB_LATE],
		       v->db.count[G4_DB_SPURIOUS], v->run.pending_last + v->db.pending_last,
		       v->run.illegal, f->vpes[i]->gone);
	}
	printf("]}\n");
}

static int counts(const char *path, uint64_t until_ns)
{
	const struct fold_opts opts = { .keep = true, .hists = true };
	enum rec_verdict verdict;
	struct rec_play p;
	int err, fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return log_err(-errno, "cannot read %s", path) ? 1 : 0;
	err = rec_play_open(&p, fd, &opts, &verdict);
	if (!err && verdict == REC_GOOD)
		err = rec_play_until(&p, until_ns);
	if (!err && verdict == REC_GOOD)
		print_counts(&p);
	rec_play_close(&p);
	return err || verdict != REC_GOOD;
}

/* --- the kernel --- */

static int print_offsets(const struct kernel_offsets *o)
{
	int i;

	for (i = 0; i < KO_NR; i++)
		printf("%s %u %u\n", kernel_offset_name(i), o->off[i], o->bit[i]);
	return 0;
}

static int of_kernel(const char *what, const char *btf)
{
	struct ft_kernel k;
	struct host host;

	host_read(&host);
	if (!strcmp(what, "known"))
		return kernel_offsets_known(host.kernel, &k.offsets) ? 1 :
		       print_offsets(&k.offsets);
	if (!strcmp(what, "trace-cmd"))
		return ftrace_print_lines(stdout, &host, btf) ? 1 : 0;
	return ftrace_kernel(&host, btf, &k) ? 1 : print_offsets(&k.offsets);
}

int main(int argc, char **argv)
{
	const struct sigaction action = { .sa_handler = on_signal };
	const char *what = argc > 1 ? argv[1] : "";

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	if (!strcmp(what, "record") && argc > 2)
		return record(argv[2], argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) << 10 : 0);
	if (!strcmp(what, "convert") && argc == 4)
		return convert(argv[2], argv[3]);
	if (!strcmp(what, "counts") && argc > 2)
		return counts(argv[2], argc > 3 ? strtoull(argv[3], NULL, 10) : UINT64_MAX);
	if (!strcmp(what, "offsets") || !strcmp(what, "known") || !strcmp(what, "trace-cmd"))
		return of_kernel(what, argc > 2 ? argv[2] : NULL);
	return 2;
}
