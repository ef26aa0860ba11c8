// SPDX-License-Identifier: GPL-2.0
/*
 * Recordings: what goes in comes out. Made-up traffic (tests/recording/traffic.c) counts
 * by itself while its records go through recorder, file and reader; then truncated and
 * damaged files, lost records, late ones, full disks, files that are turned over.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rec_out.h"
#include "rec_play.h"
#include "recorder.h"
#include "traffic.h"
#include "unit.h"
#include "util.h"

#define NR_CPUS		4U
#define PASS_NS		20000000ULL
#define SAMPLE_NS	1000000000ULL
#define MAX_LOST	8U
/* a kernel that would give orders to the terminal, and how it is read */
#define KERNEL_MADE	"6.12-test\xc3\xa9\033[31m\a"
#define KERNEL_READ	"6.12-test\xc3\xa9?[31m?"

struct take {				/* between traffic and recorder: may drop records */
	struct recorder *r;
	uint64_t count, lose_from, lose_to;	/* by number */
	uint64_t lost[NR_CPUS], taken[NR_CPUS];
	uint64_t late;			/* every so many-th record of a CPU comes a pass late */
	struct g4_rec_long kept;
	bool has_kept;
};

struct made {
	char dir[64], path[96];
	struct traffic *t;
	struct take take;
	uint64_t pass_ns, sample_ns, until_ns;
	struct out_info info;
	struct model_names names;
};

static void take(void *ctx, const struct g4_rec *rec)
{
	struct take *k = ctx;
	uint64_t nr = k->count++;

	if (nr >= k->lose_from && nr < k->lose_to) {
		k->lost[rec->pcpu]++;
		return;
	}
	k->taken[rec->pcpu]++;
	if (k->late && nr % k->late == 0 && !k->has_kept && rec->type < G4_REC_LONG) {
		k->kept.r = *rec;
		k->has_kept = true;
		return;
	}
	recorder_take(k->r, rec);
}

static int sample(struct made *m, uint64_t now_ns)
{
	struct snapshot snap = { .now_ns = now_ns, .missed_known = true };
	struct snap_direct direct = { .kvm = traffic_vm(m->t, 0)->kvm, .source = DIRECT_GUEST,
				      .time_ns = now_ns, .count = now_ns / 1000,
				      .running_pct = 100 };
	unsigned int cpu;

	if (now_ns < m->sample_ns)
		return 0;
	m->sample_ns = now_ns + SAMPLE_NS;
	snap.direct = &direct;
	snap.nr_direct = 1;
	for (cpu = 0; cpu < NR_CPUS; cpu++)
		snap.loss.records += m->take.lost[cpu];
	return recorder_sample(m->take.r, &snap, &m->info);
}

static void begin(struct made *m, const struct traffic_opts *t, const struct recorder_opts *o)
{
	struct recorder_opts opts = *o;
	struct recorder_host host = { .info = &m->info, .machine = "aarch64",
				      .figures = UINT32_MAX, .nr_cpus = NR_CPUS,
				      .hooks = "hook=made up\n" };

	memset(m, 0, sizeof(*m));
	m->info = (struct out_info){ .kernel = KERNEL_MADE, .gic = "4.0", .wfi = "trap",
				     .backend = "fentry", .hooks_attached = 19,
				     .hooks_wanted = 19 };
	snprintf(m->dir, sizeof(m->dir), "/tmp/gicv4top-recording.XXXXXX");
	assert_non_null(mkdtemp(m->dir));
	snprintf(m->path, sizeof(m->path), "%s/file", m->dir);
	opts.path = m->path;
	m->t = traffic_new(t);
	assert_non_null(m->t);
	traffic_names(&m->names);
	host.start_ns = traffic_now_ns(m->t);
	assert_int_equal(recorder_new(&opts, &m->take.r), 0);
	assert_int_equal(recorder_begin(m->take.r, &host, &m->names), 0);
	traffic_begin(m->t, take, &m->take);
}

/* Events until @records have been made. Returns what the last pass returned. */
static int go(struct made *m, uint64_t records)
{
	uint64_t now_ns;
	int err = 0;

	while (traffic_records(m->t) < records && !err) {
		traffic_run(m->t, 10, take, &m->take);
		now_ns = traffic_now_ns(m->t);
		if (now_ns < m->pass_ns)
			continue;
		m->pass_ns = now_ns + PASS_NS;
		err = recorder_pass(m->take.r, now_ns - PASS_NS / 2, now_ns, m->take.lost, NR_CPUS);
		if (m->take.has_kept)
			recorder_take(m->take.r, &m->take.kept.r);
		m->take.has_kept = false;
		if (!err)
			err = sample(m, now_ns);
	}
	return err;
}

static void finish(struct made *m)
{
	uint64_t now_ns = traffic_now_ns(m->t);

	if (m->take.has_kept)
		recorder_take(m->take.r, &m->take.kept.r);
	assert_int_equal(recorder_pass(m->take.r, UINT64_MAX, now_ns, m->take.lost, NR_CPUS), 0);
	assert_int_equal(recorder_finish(m->take.r), 0);
}

static void end(struct made *m)
{
	char command[128];

	recorder_free(m->take.r);
	traffic_free(m->t);
	snprintf(command, sizeof(command), "rm -rf '%s'", m->dir);
	assert_int_equal(system(command), 0);
}

static const struct traffic_opts small = { .nr_vms = 2, .nr_vcpus = 3, .nr_cpus = NR_CPUS,
					   .seed = 7, .step_ns = 1000000 };
static const struct traffic_opts busy = { .nr_vms = 3, .nr_vcpus = 4, .nr_cpus = NR_CPUS,
					  .seed = 9, .step_ns = 20000 };
static const struct recorder_opts plain = { .filter.vcpu = -1 };

static int play(struct rec_play *p, const char *path, uint64_t until_ns, enum rec_verdict *verdict)
{
	const struct fold_opts opts = { .hists = true };
	int err = rec_play_open(p, open(path, O_RDONLY | O_CLOEXEC), &opts, verdict);

	if (err || *verdict != REC_GOOD)
		return err;
	return rec_play_until(p, until_ns);
}

/* Every count, state, time and bucket of each vPE and VM is the traffic's own. */
static void same_as_traffic(const struct rec_play *p, const struct traffic *t)
{
	static const struct g4_vpe_hists none;
	const struct fold_vpe *fv;
	const struct fold_vm *fvm;
	struct g4_vpe got, want;
	uint32_t i;

	for (i = 0; i < traffic_nr_vpes(t); i++) {
		want = *traffic_vpe(t, i);
		fv = fold_find_vpe(&p->fold, want.vpe);
		assert_non_null(fv);
		got = fv->v;
		/* the kernel's own, that nobody else has */
		got.seq = want.seq = 0;
		got.vm_slot = want.vm_slot = 0;
		assert_memory_equal(&got, &want, sizeof(got));
		assert_memory_equal(fv->hists ? fv->hists : &none, traffic_hists(t, i),
				    sizeof(none));
		fvm = fold_find_vm(&p->fold, want.kvm);
		assert_non_null(fvm);
	}
	for (i = 0; i < p->fold.nr_vms; i++) {
		fvm = fold_find_vm(&p->fold, traffic_vm(t, i)->kvm);
		assert_non_null(fvm);
		assert_memory_equal(&fvm->vm, traffic_vm(t, i), sizeof(fvm->vm));
	}
}

static void what_goes_in_comes_out(void **state)
{
	enum rec_verdict verdict;
	struct rec_play p;
	struct made m;

	(void)state;
	begin(&m, &busy, &plain);
	assert_int_equal(go(&m, 200000), 0);
	finish(&m);
	assert_int_equal(play(&p, m.path, UINT64_MAX, &verdict), 0);
	ck_u64(verdict, REC_GOOD);
	ck_u64(p.played, traffic_records(m.t));
	ck_u64(p.info.nr_records, traffic_records(m.t));
	ck_true(p.file.nr > 3);
	ck_true(!rec_is_damaged(&p.file.damage));
	ck_u64(p.lost, 0);
	ck_str(p.info.kernel, KERNEL_READ);
	ck_str(p.info.gic, "4.0");
	ck_u64(p.info.hooks_attached, 19);
	ck_str(fold_find_vm(&p.fold, traffic_vm(m.t, 1)->kvm)->name, "vm-1");
	ck_u64(p.fold.nr_vlpis, 24);
	ck_str(fold_find_vlpi(&p.fold, 102)->device, "0000:33:00.0");
	ck_u64(p.fold.sample->nr_direct, 1);
	same_as_traffic(&p, m.t);
	rec_play_close(&p);
	end(&m);
}

static void a_record_takes_less_than_8_bytes(void **state)
{
	struct stat st;
	struct made m;

	(void)state;
	begin(&m, &busy, &plain);
	assert_int_equal(go(&m, 200000), 0);
	finish(&m);
	assert_int_equal(stat(m.path, &st), 0);
	ck_true((uint64_t)st.st_size < 8 * traffic_records(m.t));
	end(&m);
}

static void nobody_else_may_read_it_and_nothing_is_overwritten(void **state)
{
	char link[128], *temp;
	struct stat st;
	struct made m;

	(void)state;
	begin(&m, &small, &plain);
	assert_int_equal(stat(m.path, &st), 0);
	ck_u64(st.st_mode & 0777, 0600);
	ck_u64((uint64_t)-rec_out_open(m.path, false, false, &temp), EEXIST);
	snprintf(link, sizeof(link), "%s/link", m.dir);
	assert_int_equal(symlink("nowhere", link), 0);
	ck_u64((uint64_t)-rec_out_open(link, false, false, &temp), ELOOP);
	ck_true(access(link, F_OK) != 0);
	end(&m);
}

static void hostile_name(void *ctx, uint32_t pid, char *buf, size_t size)
{
	(void)ctx;
	snprintf(buf, size, "\033]0;%u\a\xff\xc3\xa9", pid);
}

/* Whoever made the file, nothing in it can give orders to the terminal. */
static void text_is_printable(void **state)
{
	enum rec_verdict verdict;
	char want[64];
	struct rec_play p;
	struct made m;
	uint32_t i;

	(void)state;
	begin(&m, &small, &plain);
	m.names.vm_name = hostile_name;
	assert_int_equal(go(&m, 100), 0);
	finish(&m);
	assert_int_equal(play(&p, m.path, UINT64_MAX, &verdict), 0);
	assert_string_equal(p.info.kernel, KERNEL_READ);
	for (i = 0; i < p.fold.nr_vms; i++) {
		snprintf(want, sizeof(want), "?]0;%u??\xc3\xa9", p.fold.vms[i]->vm.pid);
		assert_string_equal(p.fold.vms[i]->name, want);
	}
	ck_u64(p.fold.nr_vms, small.nr_vms);
	rec_play_close(&p);
	end(&m);
}

static void force_takes_away_files_alone(void **state)
{
	static const struct { mode_t type; int want; } cases[] = {
		{ S_IFLNK, ELOOP }, { S_IFDIR, EISDIR }, { S_IFSOCK, EOPNOTSUPP },
	};
	char path[128], *temp;
	struct stat st;
	struct made m;
	size_t i;

	(void)state;
	begin(&m, &small, &plain);
	snprintf(path, sizeof(path), "%s/odd", m.dir);
	for (i = 0; i < UNIT_ARRAY_SIZE(cases); i++) {
		if (cases[i].type == S_IFLNK)
			assert_int_equal(symlink(m.path, path), 0);
		else if (cases[i].type == S_IFDIR)
			assert_int_equal(mkdir(path, 0700), 0);
		else
			assert_int_equal(mknod(path, cases[i].type | 0600, 0), 0);
		ck_u64((uint64_t)-rec_out_open(path, false, false, &temp),
		       (uint64_t)cases[i].want);
		ck_u64((uint64_t)-rec_out_open(path, true, false, &temp), (uint64_t)cases[i].want);
		assert_int_equal(lstat(path, &st), 0);
		ck_u64(st.st_mode & S_IFMT, cases[i].type);
		assert_int_equal(remove(path), 0);
	}
	end(&m);
}

static void a_pipe_or_device_is_never_turned_over(void **state)
{
	char fifo[128], *temp;
	struct stat st;
	struct made m;

	(void)state;
	begin(&m, &small, &plain);
	snprintf(fifo, sizeof(fifo), "%s/fifo", m.dir);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	/* nobody reads the pipe: to open it would be to wait */
	ck_u64((uint64_t)-rec_out_open(fifo, false, true, &temp), ESPIPE);
	ck_u64((uint64_t)-rec_out_open(fifo, true, true, &temp), ESPIPE);
	ck_u64((uint64_t)-rec_out_open("/dev/null", true, true, &temp), ESPIPE);
	ck_u64((uint64_t)-rec_out_open("-", false, true, &temp), ESPIPE);
	assert_int_equal(lstat(fifo, &st), 0);
	ck_true(S_ISFIFO(st.st_mode));
	end(&m);
}

static uint64_t size_of(const char *path)
{
	struct stat st;

	return lstat(path, &st) ? UINT64_MAX : (uint64_t)st.st_size;
}

static void put_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

/* Entries of @dir. */
static uint64_t files_in(const char *dir)
{
	struct dirent *entry;
	DIR *d = opendir(dir);
	uint64_t nr = 0;

	assert_non_null(d);
	while ((entry = readdir(d)) != NULL)
		nr += entry->d_name[0] != '.' || strlen(entry->d_name) > 2;
	closedir(d);
	return nr;
}

static void what_is_replaced_stays_until_the_recording_begins(void **state)
{
	const struct recorder_opts force = { .force = true, .max_bytes = 60000, .rotate = 3,
					     .filter.vcpu = -1 };
	struct recorder_opts opts = force;
	struct recorder_host host = { .machine = "aarch64", .nr_cpus = NR_CPUS };
	char name[128], before[128];
	struct recorder *r = NULL;
	struct made m;

	(void)state;
	begin(&m, &small, &plain);	/* for its directory and names */
	snprintf(before, sizeof(before), "%s/old", m.dir);
	snprintf(name, sizeof(name), "%s/old.2", m.dir);
	put_file(before, "old");
	put_file(name, "old 2");
	opts.path = before;
	host.info = &m.info;
	assert_int_equal(recorder_new(&opts, &r), 0);
	ck_u64(size_of(before), 3);
	recorder_free(r);		/* nothing could be attached */
	ck_u64(size_of(before), 3);
	ck_u64(size_of(name), 5);
	ck_u64(files_in(m.dir), 3);
	assert_int_equal(recorder_new(&opts, &r), 0);
	assert_int_equal(recorder_begin(r, &host, &m.names), 0);
	ck_true(size_of(before) > 3 && size_of(before) != UINT64_MAX);
	ck_true(access(name, F_OK) != 0);
	ck_u64(files_in(m.dir), 2);
	recorder_free(r);
	end(&m);
}

static void an_end_without_a_recording_takes_only_its_own_file(void **state)
{
	struct recorder_opts opts = { .filter.vcpu = -1 };
	struct recorder *r = NULL;
	char path[128];
	struct made m;

	(void)state;
	begin(&m, &small, &plain);
	snprintf(path, sizeof(path), "%s/mine", m.dir);
	opts.path = path;
	assert_int_equal(recorder_new(&opts, &r), 0);
	assert_int_equal(unlink(path), 0);
	put_file(path, "");		/* another's, by now */
	recorder_free(r);
	ck_u64(size_of(path), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(recorder_new(&opts, &r), 0);
	recorder_free(r);
	ck_true(access(path, F_OK) != 0);
	end(&m);
}

static void files_of_an_earlier_rotation_are_in_the_way(void **state)
{
	struct recorder_opts opts = { .max_bytes = 60000, .rotate = 3, .filter.vcpu = -1 };
	char path[120], name[128], told[128] = "";
	struct recorder *r = NULL;
	struct made m;

	(void)state;
	begin(&m, &small, &plain);
	snprintf(path, sizeof(path), "%s/turned", m.dir);
	snprintf(name, sizeof(name), "%s.2", path);
	put_file(name, "old 2");
	opts.path = path;
	ck_u64((uint64_t)-recorder_new(&opts, &r), EEXIST);
	ck_u64((uint64_t)-rec_out_check_old(path, 3, false, told, sizeof(told)), EEXIST);
	ck_str(told, name);
	ck_u64((uint64_t)rec_out_check_old(path, 2, false, told, sizeof(told)), 0);
	ck_u64((uint64_t)rec_out_check_old(path, 3, true, told, sizeof(told)), 0);
	ck_u64(size_of(name), 5);
	ck_true(access(path, F_OK) != 0);
	/* --force, but it is no file */
	assert_int_equal(unlink(name), 0);
	assert_int_equal(mkdir(name, 0700), 0);
	opts.force = true;
	ck_u64((uint64_t)-recorder_new(&opts, &r), EEXIST);
	end(&m);
}

static void vms_end_and_begin_at_the_same_addresses(void **state)
{
	enum rec_verdict verdict;
	struct rec_play p;
	struct made m;
	unsigned int round;

	(void)state;
	begin(&m, &busy, &plain);
	for (round = 1; round < 8; round++) {
		assert_int_equal(go(&m, round * 20000), 0);
		traffic_restart_vm(m.t, round % 3, take, &m.take);
	}
	assert_int_equal(go(&m, 180000), 0);
	finish(&m);
	assert_int_equal(play(&p, m.path, UINT64_MAX, &verdict), 0);
	ck_u64(p.fold.nr_vms, 3);
	ck_u64(p.fold.nr_vpes, 12);
	ck_u64(p.fold.nr_vlpis, 24);
	same_as_traffic(&p, m.t);
	rec_play_close(&p);
	end(&m);
}

static void records_that_come_late_change_no_count(void **state)
{
	enum rec_verdict verdict;
	struct rec_play p;
	struct made m;
	uint32_t i;

	(void)state;
	begin(&m, &busy, &plain);
	m.take.late = 997;
	assert_int_equal(go(&m, 100000), 0);
	finish(&m);
	assert_int_equal(play(&p, m.path, UINT64_MAX, &verdict), 0);
	ck_u64(p.played, traffic_records(m.t));
	for (i = 0; i < traffic_nr_vpes(m.t); i++) {
		const struct g4_vpe *want = traffic_vpe(m.t, i);
		const struct g4_vpe *got = &fold_find_vpe(&p.fold, want->vpe)->v;

		ck_u64(got->run.loads, want->run.loads);
		ck_u64(got->run.puts, want->run.puts);
		ck_u64(got->db.count[G4_DB_USEFUL], want->db.count[G4_DB_USEFUL]);
	}
	rec_play_close(&p);
	end(&m);
}

static void any_moment_is_what_it_was_then(void **state)
{
	enum rec_verdict verdict;
	struct rec_play p;
	uint64_t when_ns;
	struct made m;

	(void)state;
	begin(&m, &busy, &plain);
	assert_int_equal(go(&m, 60000), 0);
	when_ns = traffic_now_ns(m.t);
	assert_int_equal(recorder_pass(m.take.r, when_ns, when_ns, m.take.lost, NR_CPUS), 0);
	assert_int_equal(play(&p, m.path, UINT64_MAX, &verdict), 0);
	rec_play_close(&p);
	{
		/* the rest goes on behind a copy of the counts as they are now */
		const uint32_t nr = traffic_nr_vpes(m.t);
		struct g4_vpe *vpes = calloc(nr, sizeof(*vpes));
		uint32_t i;

		for (i = 0; i < nr; i++)
			vpes[i] = *traffic_vpe(m.t, i);
		assert_int_equal(go(&m, 150000), 0);
		finish(&m);
		assert_int_equal(play(&p, m.path, when_ns, &verdict), 0);
		for (i = 0; i < nr; i++) {
			const struct g4_vpe *got = &fold_find_vpe(&p.fold, vpes[i].vpe)->v;

			assert_memory_equal(&got->run, &vpes[i].run, sizeof(got->run));
			assert_memory_equal(&got->db, &vpes[i].db, sizeof(got->db));
		}
		/* back and forth again */
		assert_int_equal(rec_play_until(&p, UINT64_MAX), 0);
		same_as_traffic(&p, m.t);
		assert_int_equal(rec_play_seek(&p, when_ns, true), 0);
		assert_int_equal(rec_play_until(&p, when_ns), 0);
		for (i = 0; i < nr; i++) {
			const struct g4_vpe *got = &fold_find_vpe(&p.fold, vpes[i].vpe)->v;

			assert_memory_equal(&got->run, &vpes[i].run, sizeof(got->run));
		}
		rec_play_close(&p);
		free(vpes);
	}
	end(&m);
}

static void recorded_and_lost_are_what_was_made_of_each_cpu(void **state)
{
	enum rec_verdict verdict;
	uint64_t lost = 0;
	struct rec_play p;
	struct made m;
	unsigned int cpu;

	(void)state;
	begin(&m, &busy, &plain);
	m.take.lose_from = 30000;
	m.take.lose_to = 34321;
	assert_int_equal(go(&m, 100000), 0);
	finish(&m);
	assert_int_equal(play(&p, m.path, UINT64_MAX, &verdict), 0);
	for (cpu = 0; cpu < NR_CPUS; cpu++) {
		ck_u64(p.lost_cpus[cpu], m.take.lost[cpu]);
		ck_u64(p.played_cpus[cpu], m.take.taken[cpu]);
		lost += m.take.lost[cpu];
	}
	ck_u64(lost, 4321);
	ck_u64(p.lost, lost);
	ck_u64(p.info.nr_lost, lost);
	ck_u64(p.played + p.lost, traffic_records(m.t));
	ck_u64(p.fold.nr_gaps, 1);
	ck_true(p.fold.gap_ns > 0 && !p.fold.gaps);
	rec_play_close(&p);
	end(&m);
}

/* A hist of which each value is one that was really measured. */
static void is_part_of(const struct g4_hist *part, const struct g4_hist *whole)
{
	uint32_t i;

	ck_true(part->count <= whole->count);
	for (i = 0; i < G4_HIST_BUCKETS; i++)
		ck_true(part->bucket[i] <= whole->bucket[i]);
}

static void parts_of_traffic(const struct rec_play *p, const struct traffic *t)
{
	const struct fold_vpe *fv;
	uint32_t i, k;

	for (i = 0; i < traffic_nr_vpes(t); i++) {
		fv = fold_find_vpe(&p->fold, traffic_vpe(t, i)->vpe);
		if (!fv)
			continue;
		ck_true(fv->v.run.loads <= traffic_vpe(t, i)->run.loads);
		ck_true(fv->v.run.illegal <= traffic_vpe(t, i)->run.illegal);
		for (k = 0; k < G4_NR_VPE_HISTS && fv->hists; k++)
			is_part_of(&fv->hists->h[k], &traffic_hists(t, i)->h[k]);
	}
}

static void no_span_is_measured_across_lost_records(void **state)
{
	enum rec_verdict verdict;
	struct rec_play p;
	struct made m;

	(void)state;
	begin(&m, &busy, &plain);
	m.take.lose_from = 20000;
	m.take.lose_to = 20000 + 777;
	assert_int_equal(go(&m, 60000), 0);
	finish(&m);
	assert_int_equal(play(&p, m.path, UINT64_MAX, &verdict), 0);
	parts_of_traffic(&p, m.t);
	rec_play_close(&p);
	end(&m);
}

static void files_are_turned_over(void **state)
{
	const struct recorder_opts opts = { .max_bytes = 60000, .rotate = 3,
					     .filter.vcpu = -1 };
	uint64_t played = 0, loads = 0, before;
	enum rec_verdict verdict;
	struct rec_play p;
	char name[128];
	struct made m;
	int i;

	(void)state;
	begin(&m, &busy, &opts);
	assert_int_equal(go(&m, 150000), 0);
	finish(&m);
	snprintf(name, sizeof(name), "%s.3", m.path);
	ck_true(access(name, F_OK) != 0);
	for (i = 2; i >= 0; i--) {
		snprintf(name, sizeof(name), i ? "%s.%d" : "%s", m.path, i);
		assert_int_equal(play(&p, name, 0, &verdict), 0);
		ck_u64(verdict, REC_GOOD);
		/* each begins with the state and counts so far */
		assert_int_equal(rec_play_until(&p, p.info.first_ns), 0);
		before = p.fold.vpes[0]->v.run.loads;
		ck_true(before >= loads);
		assert_int_equal(rec_play_until(&p, UINT64_MAX), 0);
		loads = p.fold.vpes[0]->v.run.loads;
		played += p.played;
		ck_true(!rec_is_damaged(&p.file.damage));
		if (i)
			rec_play_close(&p);
	}
	ck_true(played < traffic_records(m.t));
	ck_u64(fold_find_vpe(&p.fold, traffic_vpe(m.t, 5)->vpe)->v.run.loads,
	       traffic_vpe(m.t, 5)->run.loads);
	rec_play_close(&p);
	end(&m);
}

/* With --vcpu: of each VM that vCPU is there as it was, no other, and the VM itself. */
static void only_one_vcpu_is_recorded(void **state)
{
	const struct g4_vpe *want;
	const struct fold_vpe *fv;
	const struct fold_vm *fvm;
	struct recorder_opts opts = { 0 };
	enum rec_verdict verdict;
	struct rec_play p;
	uint64_t gone_kvm;
	struct made m;
	uint32_t i;

	(void)state;
	for (opts.filter.vcpu = 0; opts.filter.vcpu < 3; opts.filter.vcpu++) {
		begin(&m, &busy, &opts);
		assert_int_equal(go(&m, 20000), 0);
		gone_kvm = traffic_vm(m.t, 1)->kvm;
		traffic_restart_vm(m.t, 1, take, &m.take);
		assert_int_equal(go(&m, 40000), 0);
		finish(&m);
		assert_int_equal(play(&p, m.path, UINT64_MAX, &verdict), 0);
		ck_u64(verdict, REC_GOOD);
		for (i = 0; i < traffic_nr_vpes(m.t); i++) {
			want = traffic_vpe(m.t, i);
			fv = fold_find_vpe(&p.fold, want->vpe);
			assert_int_equal(fv != NULL, (int)want->vcpu == opts.filter.vcpu);
			if (!fv)
				continue;
			assert_memory_equal(&fv->v.run, &want->run, sizeof(want->run));
			assert_memory_equal(fv->hists, traffic_hists(m.t, i), sizeof(*fv->hists));
		}
		for (i = 0; i < busy.nr_vms; i++) {
			fvm = fold_find_vm(&p.fold, traffic_vm(m.t, i)->kvm);
			assert_non_null(fvm);
			ck_u64(fvm->vm.sw_lpis, traffic_vm(m.t, i)->sw_lpis);
			ck_u64(fvm->vm.maps, traffic_vm(m.t, i)->maps);
			ck_true(fvm->vm.maps && fvm->vm.sw_lpis);
		}
		assert_null(fold_find_vm(&p.fold, gone_kvm));
		rec_play_close(&p);
		end(&m);
	}
}

static void a_full_file_ends_the_recording(void **state)
{
	const struct recorder_opts opts = { .max_bytes = 60000, .filter.vcpu = -1 };
	enum rec_verdict verdict;
	struct rec_play p;
	struct made m;

	(void)state;
	begin(&m, &busy, &opts);
	assert_int_equal(go(&m, 1000000), 1);
	assert_int_equal(recorder_finish(m.take.r), 0);
	assert_int_equal(play(&p, m.path, UINT64_MAX, &verdict), 0);
	ck_true(!rec_is_damaged(&p.file.damage));
	ck_true(p.played > 10000);
	rec_play_close(&p);
	end(&m);
}

/* The disk is full in the middle of a chunk: a limit of the file's size does the same. */
static void a_full_disk_leaves_a_file_that_can_be_read(void **state)
{
	struct rlimit before, limit;
	enum rec_verdict verdict;
	struct rec_play p;
	struct made m;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit = (struct rlimit){ .rlim_cur = 250001, .rlim_max = before.rlim_max };
	begin(&m, &busy, &plain);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	ck_true(go(&m, 1000000) < 0);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	/* it has failed: nothing more is written, and that is no second error */
	assert_int_equal(recorder_finish(m.take.r), 0);
	assert_int_equal(play(&p, m.path, UINT64_MAX, &verdict), 0);
	ck_u64(verdict, REC_GOOD);
	ck_true(p.file.size <= 250001 && p.played > 5000);
	ck_u64(p.file.damage.skipped_bytes, 0);
	ck_u64(p.file.damage.skipped_chunks, 0);
	ck_true(p.file.damage.no_index);
	parts_of_traffic(&p, m.t);
	rec_play_close(&p);
	end(&m);
}

/* --- damaged files --- */

struct bytes {
	uint8_t *p;
	size_t len;
};

static struct bytes read_all(const char *path)
{
	struct bytes b;
	char *text;

	assert_int_equal(util_read_file(path, &text, &b.len), 0);
	b.p = (uint8_t *)text;
	return b;
}

static void write_over(int fd, const struct bytes *b, size_t len)
{
	ck_u64((uint64_t)pwrite(fd, b->p, len, 0), len);
	assert_int_equal(ftruncate(fd, (off_t)len), 0);
}

/* Records of the whole chunks in the first @len bytes. */
static uint64_t records_within(const struct rec_file *rf, size_t len)
{
	uint64_t records = 0;
	uint32_t i;

	for (i = 0; i < rf->nr; i++) {
		if (rf->index[i].offset + rf->index[i].len <= len)
			records += rf->index[i].nr_records;
	}
	return records;
}

static void make_small(struct made *m)
{
	begin(m, &small, &plain);
	assert_int_equal(go(m, 700), 0);
	traffic_restart_vm(m->t, 1, take, &m->take);
	assert_int_equal(go(m, 1100), 0);
	finish(m);
}

static void a_file_cut_anywhere_gives_all_that_is_whole(void **state)
{
	struct rec_play whole, p;
	enum rec_verdict verdict;
	struct bytes b;
	struct made m;
	size_t len;
	int fd;

	(void)state;
	make_small(&m);
	assert_int_equal(play(&whole, m.path, UINT64_MAX, &verdict), 0);
	ck_true(whole.file.nr >= 3);
	b = read_all(m.path);
	fd = open(m.path, O_RDWR | O_CLOEXEC);
	for (len = b.len; len-- > 0;) {
		write_over(fd, &b, len);
		assert_int_equal(play(&p, m.path, UINT64_MAX, &verdict), 0);
		if (verdict == REC_GOOD) {
			ck_u64(p.played, records_within(&whole.file, len));
			ck_true(rec_is_damaged(&p.file.damage));
			parts_of_traffic(&p, m.t);
		} else {
			ck_u64(records_within(&whole.file, len), 0);
		}
		rec_play_close(&p);
	}
	close(fd);
	free(b.p);
	rec_play_close(&whole);
	end(&m);
}

/* Every count of @p is right, or it says that something is missing. */
static void right_or_said(const struct rec_play *p, enum rec_verdict verdict,
			  const struct made *m)
{
	if (verdict != REC_GOOD)
		return;
	ck_true(p->played <= traffic_records(m->t));
	if (p->played == traffic_records(m->t)) {
		same_as_traffic(p, m->t);
		return;
	}
	ck_true(p->file.damage.skipped_chunks || p->file.damage.skipped_bytes);
}

static void any_byte_may_be_wrong(void **state)
{
	static const uint8_t flips[] = { 0xff, 0x01 };
	enum rec_verdict verdict;
	struct rec_play p;
	struct bytes b;
	struct made m;
	unsigned int k;
	size_t i;
	int fd;

	(void)state;
	make_small(&m);
	b = read_all(m.path);
	fd = open(m.path, O_RDWR | O_CLOEXEC);
	for (i = 0; i < b.len; i++) {
		for (k = 0; k < sizeof(flips); k++) {
			b.p[i] ^= flips[k];
			ck_u64((uint64_t)pwrite(fd, b.p + i, 1, (off_t)i), 1);
			assert_int_equal(play(&p, m.path, UINT64_MAX, &verdict), 0);
			ck_u64(verdict, REC_GOOD);
			right_or_said(&p, verdict, &m);
			rec_play_close(&p);
			b.p[i] ^= flips[k];
		}
		ck_u64((uint64_t)pwrite(fd, b.p + i, 1, (off_t)i), 1);
	}
	close(fd);
	free(b.p);
	end(&m);
}

static void a_chunk_that_is_missing_is_crossed_without_a_guess(void **state)
{
	struct rec_play whole, p;
	enum rec_verdict verdict;
	struct bytes b, cut;
	struct made m;
	uint32_t i;
	int fd;

	(void)state;
	begin(&m, &busy, &plain);
	assert_int_equal(go(&m, 150000), 0);
	finish(&m);
	assert_int_equal(play(&whole, m.path, UINT64_MAX, &verdict), 0);
	b = read_all(m.path);
	fd = open(m.path, O_RDWR | O_CLOEXEC);
	for (i = 0; i < whole.file.nr; i++) {
		const struct rec_index_entry *e = &whole.file.index[i];

		cut.len = b.len - e->len;
		cut.p = malloc(cut.len);
		assert_non_null(cut.p);
		memcpy(cut.p, b.p, e->offset);
		memcpy(cut.p + e->offset, b.p + e->offset + e->len, cut.len - e->offset);
		write_over(fd, &cut, cut.len);
		assert_int_equal(play(&p, m.path, UINT64_MAX, &verdict), 0);
		ck_u64(p.played, traffic_records(m.t) - e->nr_records);
		/* of what is missing at the end nobody knows */
		ck_true(p.file.damage.skipped_chunks || i == whole.file.nr - 1);
		parts_of_traffic(&p, m.t);
		rec_play_close(&p);
		free(cut.p);
	}
	close(fd);
	free(b.p);
	rec_play_close(&whole);
	end(&m);
}

static void foreign_and_newer_files_are_told_apart(void **state)
{
	struct rec_file_header h = { .header_len = 32 };
	enum rec_verdict verdict;
	struct rec_play p;
	struct bytes b;
	struct made m;
	int fd;

	(void)state;
	make_small(&m);
	b = read_all(m.path);
	fd = open(m.path, O_RDWR | O_CLOEXEC);
	/* the crc is what the writer of version 2 would have put there */
	memcpy(&h, b.p, sizeof(h));
	h.major = 2;
	h.crc = 0;
	{
		extern unsigned long crc32(unsigned long, const unsigned char *, unsigned int);

		h.crc = (uint32_t)crc32(0, (const void *)&h, 28);
	}
	memcpy(b.p, &h, sizeof(h));
	write_over(fd, &b, b.len);
	assert_int_equal(play(&p, m.path, UINT64_MAX, &verdict), 0);
	ck_u64(verdict, REC_NEWER);
	ck_u64(p.file.major, 2);
	rec_play_close(&p);
	memset(b.p, 'x', b.len);
	write_over(fd, &b, b.len);
	assert_int_equal(play(&p, m.path, UINT64_MAX, &verdict), 0);
	ck_u64(verdict, REC_FOREIGN);
	rec_play_close(&p);
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(play(&p, m.path, UINT64_MAX, &verdict), 0);
	ck_u64(verdict, REC_FOREIGN);
	rec_play_close(&p);
	close(fd);
	free(b.p);
	end(&m);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		UNIT_TEST(what_goes_in_comes_out),
		UNIT_TEST(a_record_takes_less_than_8_bytes),
		UNIT_TEST(nobody_else_may_read_it_and_nothing_is_overwritten),
		UNIT_TEST(text_is_printable),
		UNIT_TEST(force_takes_away_files_alone),
		UNIT_TEST(a_pipe_or_device_is_never_turned_over),
		UNIT_TEST(what_is_replaced_stays_until_the_recording_begins),
		UNIT_TEST(an_end_without_a_recording_takes_only_its_own_file),
		UNIT_TEST(files_of_an_earlier_rotation_are_in_the_way),
		UNIT_TEST(vms_end_and_begin_at_the_same_addresses),
		UNIT_TEST(records_that_come_late_change_no_count),
		UNIT_TEST(any_moment_is_what_it_was_then),
		UNIT_TEST(recorded_and_lost_are_what_was_made_of_each_cpu),
		UNIT_TEST(no_span_is_measured_across_lost_records),
		UNIT_TEST(files_are_turned_over),
		UNIT_TEST(only_one_vcpu_is_recorded),
		UNIT_TEST(a_full_file_ends_the_recording),
		UNIT_TEST(a_full_disk_leaves_a_file_that_can_be_read),
		UNIT_TEST(a_file_cut_anywhere_gives_all_that_is_whole),
		UNIT_TEST(any_byte_may_be_wrong),
		UNIT_TEST(a_chunk_that_is_missing_is_crossed_without_a_guess),
		UNIT_TEST(foreign_and_newer_files_are_told_apart),
	};

	return unit_main(tests, UNIT_ARRAY_SIZE(tests));
}
