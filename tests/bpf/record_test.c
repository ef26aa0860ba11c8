// SPDX-License-Identifier: GPL-2.0
/*
 * From the kernel's rings into a file: records that a BPF program emits by the real
 * object's function, into its rings, drained and recorded as a live run does it. What was
 * made is known to the last record, of each CPU.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "drain.h"
#include "produce.h"
#include "rec_play.h"
#include "unit.h"
#include "util.h"

#define RING_BYTES	(64U << 10)	/* about 1,600 records */
#define CPUS		2U

struct fixture {
	struct producer p;
	struct recorder *r;
	uint64_t *lost;
	char path[64];
};

static void begin(struct fixture *f)
{
	int fd;

	memset(f, 0, sizeof(*f));
	assert_int_equal(producer_open(&f->p, RING_BYTES), 0);
	f->lost = calloc(session_nr_cpus(f->p.session), sizeof(*f->lost));
	assert_non_null(f->lost);
	snprintf(f->path, sizeof(f->path), "/tmp/gicv4top-record.XXXXXX");
	fd = mkstemp(f->path);
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(producer_recorder(&f->p, f->path, &f->r), 0);
}

static void end(struct fixture *f)
{
	recorder_free(f->r);
	producer_free(&f->p);
	free(f->lost);
	unlink(f->path);
}

static uint32_t nr_cpus(const struct fixture *f)
{
	uint32_t nr = session_nr_cpus(f->p.session);

	return nr < CPUS ? nr : CPUS;
}

static void finish(struct fixture *f)
{
	assert_int_equal(drain_into(f->p.session, f->r, f->lost, true), 0);
	assert_int_equal(recorder_finish(f->r), 0);
}

static void play(const struct fixture *f, struct rec_play *p)
{
	const struct fold_opts opts = { .hists = true };
	enum rec_verdict verdict;

	assert_int_equal(rec_play_open(p, open(f->path, O_RDONLY | O_CLOEXEC), &opts, &verdict), 0);
	ck_u64(verdict, REC_GOOD);
	assert_int_equal(rec_play_until(p, UINT64_MAX), 0);
	ck_true(!rec_is_damaged(&p->file.damage));
}

static void rings_that_are_drained_lose_nothing(void **state)
{
	uint64_t loads = 0, made = 0;
	struct rec_play p;
	struct fixture f;
	uint32_t i, cpu;

	(void)state;
	begin(&f);
	for (i = 0; i < 200; i++) {
		for (cpu = 0; cpu < nr_cpus(&f); cpu++)
			assert_int_equal(producer_run(&f.p, (int)cpu, 1000), 0);
		assert_int_equal(drain_into(f.p.session, f.r, f.lost, false), 0);
	}
	finish(&f);
	play(&f, &p);
	for (cpu = 0; cpu < nr_cpus(&f); cpu++) {
		ck_u64(f.lost[cpu], 0);
		ck_u64(p.lost_cpus[cpu], 0);
		made += f.p.made[cpu];
	}
	ck_u64(p.played, made + 1 + PRODUCE_VPES);
	for (i = 0; i < p.fold.nr_vpes; i++) {
		loads += p.fold.vpes[i]->v.run.loads;
		ck_u64(p.fold.vpes[i]->v.run.illegal, 0);
		ck_u64(p.fold.vpes[i]->hists->h[G4_H_DB].count, p.fold.vpes[i]->v.run.loads);
	}
	/* each vPE is somewhere in its round */
	ck_true(loads + PRODUCE_VPES > made / PRODUCE_STEPS);
	ck_true(loads < made / PRODUCE_STEPS + PRODUCE_VPES);
	rec_play_close(&p);
	end(&f);
}

static void a_slow_recorder_tells_each_record_that_it_lost(void **state)
{
	uint64_t sum = 0, lost;
	struct rec_play p;
	struct fixture f;
	uint32_t i, cpu;

	(void)state;
	begin(&f);
	for (i = 0; i < 50; i++) {
		/* more than a ring holds, but not each time, and not on every CPU alike */
		for (cpu = 0; cpu < nr_cpus(&f); cpu++)
			assert_int_equal(producer_run(&f.p, (int)cpu,
						      500 + 700 * (i % 5) * (cpu + 1)), 0);
		assert_int_equal(drain_into(f.p.session, f.r, f.lost, false), 0);
	}
	finish(&f);
	play(&f, &p);
	for (cpu = 0; cpu < nr_cpus(&f); cpu++) {
		/* its births were handed in as CPU 0's */
		lost = p.lost_cpus[cpu];
		ck_true(lost > 0);
		ck_u64(lost, f.lost[cpu]);
		ck_u64(p.played_cpus[cpu] - (cpu ? 0 : 1 + PRODUCE_VPES) + lost, f.p.made[cpu]);
		sum += lost;
	}
	ck_u64(p.lost, sum);
	ck_true(p.fold.nr_gaps > 0 && p.fold.gap_ns > 0);
	for (i = 0; i < p.fold.nr_vpes; i++)
		ck_true(p.fold.vpes[i]->v.run.in_ns[G4_VPE_UNKNOWN] > 0);
	rec_play_close(&p);
	end(&f);
}

/* Records until it is killed; the parent knows when that is. */
static void record_for_ever(struct fixture *f)
{
	const struct timespec pause = { .tv_nsec = 20000000 };

	for (;;) {
		if (producer_run(&f->p, 0, 1000) || drain_into(f->p.session, f->r, f->lost, false))
			_exit(1);
		nanosleep(&pause, NULL);
	}
}

/* What is there of a recording that ended at @killed_ns: all but a second at most. */
static void judge_killed(const struct fixture *f, uint64_t killed_ns)
{
	const struct fold_opts opts = { .hists = true };
	enum rec_verdict verdict;
	struct rec_play p;
	uint32_t i;

	assert_int_equal(rec_play_open(&p, open(f->path, O_RDONLY | O_CLOEXEC), &opts, &verdict),
			 0);
	ck_u64(verdict, REC_GOOD);
	ck_true(p.file.damage.no_index);
	assert_int_equal(rec_play_until(&p, UINT64_MAX), 0);
	ck_u64(p.file.damage.skipped_chunks, 0);
	ck_u64(p.lost, 0);
	ck_true(p.fold.now_ns + 1000000000 > killed_ns);
	for (i = 0; i < p.fold.nr_vpes; i++)
		ck_u64(p.fold.vpes[i]->v.run.illegal, 0);
	rec_play_close(&p);
}

static void killed_at_any_moment_it_loses_a_second_at_most(void **state)
{
	struct timespec pause;
	uint64_t killed_ns;
	struct fixture f;
	int i, status;
	pid_t pid;

	(void)state;
	srandom(20);
	for (i = 0; i < 20; i++) {
		begin(&f);
		pid = fork();
		assert_true(pid >= 0);
		if (!pid)
			record_for_ever(&f);
		/* late enough for a chunk to be there, else anywhere */
		pause = (struct timespec){ .tv_nsec = 700000000 + random() % 299999999 };
		nanosleep(&pause, NULL);
		kill(pid, SIGKILL);
		killed_ns = util_now_ns();
		assert_int_equal(waitpid(pid, &status, 0), pid);
		ck_true(WIFSIGNALED(status));
		judge_killed(&f, killed_ns);
		end(&f);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		UNIT_TEST(rings_that_are_drained_lose_nothing),
		UNIT_TEST(a_slow_recorder_tells_each_record_that_it_lost),
		UNIT_TEST(killed_at_any_moment_it_loses_a_second_at_most),
	};
	struct producer p;
	int err;

	if (geteuid())
		return unit_skip_all(tests, UNIT_ARRAY_SIZE(tests), "needs root");
	err = producer_open(&p, RING_BYTES);
	producer_free(&p);
	if (err == -EPERM || err == -ENOSYS)
		return unit_skip_all(tests, UNIT_ARRAY_SIZE(tests), "bpf() is not permitted here");
	return unit_main(tests, UNIT_ARRAY_SIZE(tests));
}
