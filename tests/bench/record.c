// SPDX-License-Identifier: GPL-2.0
/*
 * How many records a second the recorder takes, on one core, from the kernel's rings into
 * a file. A producer (tests/bpf/produce.h) emits at a fixed rate on another CPU. A JSON
 * line: records made, recorded and lost, bytes a record, and the recorder's CPU time.
 *
 *	record FILE SECS RECORDS-PER-SECOND
 *
 * A rate of 0: as fast as the producer can.
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "drain.h"
#include "produce.h"
#include "util.h"

#define NS_PER_S	1000000000ULL
#define BATCH_NS	1000000ULL
#define FLAT_OUT	20000U		/* records of a batch where there is no rate */
#define PRODUCER_CPU	1
#define RECORDER_CPU	0

struct run {
	struct producer p;
	uint64_t secs, rate;
	bool done;
	int err;
};

static void pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static void sleep_until(uint64_t when_ns)
{
	const struct timespec ts = { .tv_sec = (time_t)(when_ns / NS_PER_S),
				     .tv_nsec = (long)(when_ns % NS_PER_S) };

	clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

/* So many as are due by now; a batch that comes late is as much larger. */
static void *produce_all(void *ctx)
{
	uint64_t start_ns = util_now_ns(), now_ns = start_ns, made = 0, due;
	struct run *run = ctx;

	pin(PRODUCER_CPU);
	while (!run->err && now_ns - start_ns < run->secs * NS_PER_S) {
		due = made + FLAT_OUT;
		if (run->rate)
			due = (now_ns - start_ns) / 1000 * run->rate / 1000000;
		if (due > made)
			run->err = producer_run(&run->p, PRODUCER_CPU, (uint32_t)(due - made));
		made = due;
		if (run->rate)
			sleep_until(now_ns + BATCH_NS);
		now_ns = util_now_ns();
	}
	__atomic_store_n(&run->done, true, __ATOMIC_RELEASE);
	return NULL;
}

static double cpu_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int record(struct run *run, struct recorder *r)
{
	uint64_t *lost = calloc(session_nr_cpus(run->p.session), sizeof(*lost));
	const struct timespec pause = { .tv_nsec = 20000000 };
	uint64_t start_ns = util_now_ns();
	struct recorder_figures f;
	pthread_t thread;
	double wall_s;
	int err = 0;

	if (!lost || pthread_create(&thread, NULL, produce_all, run))
		return -1;
	pin(RECORDER_CPU);
	while (!err && !__atomic_load_n(&run->done, __ATOMIC_ACQUIRE)) {
		nanosleep(&pause, NULL);
		err = drain_into(run->p.session, r, lost, false);
	}
	pthread_join(thread, NULL);
	if (!err)
		err = drain_into(run->p.session, r, lost, true);
	if (!err)
		err = recorder_finish(r);
	wall_s = (double)(util_now_ns() - start_ns) / 1e9;
	recorder_figures(r, &f);
	printf("{\"secs\":%.3f,\"made\":%llu,\"recorded\":%llu,\"lost\":%llu,"
	       "\"bytes_a_record\":%.3f,"
	       "\"per_s\":%.0f,\"core_pct\":%.1f}\n", wall_s,
	       (unsigned long long)run->p.made[PRODUCER_CPU],
	       (unsigned long long)f.records - 1 - PRODUCE_VPES, (unsigned long long)f.lost,
	       (double)f.bytes / (double)f.records,
	       (double)run->p.made[PRODUCER_CPU] / (double)run->secs, 100 * cpu_s() / wall_s);
	free(lost);
	return err ? err : run->err;
}

int main(int argc, char **argv)
{
	struct recorder *r = NULL;
	struct run run = { .err = 0 };
	int err;

	if (argc != 4) {
		fprintf(stderr, "usage: record FILE SECS RECORDS-PER-SECOND\n");
		return 2;
	}
	run.secs = strtoull(argv[2], NULL, 10);
	run.rate = strtoull(argv[3], NULL, 10);
	err = producer_open(&run.p, drain_ring_bytes());
	if (!err)
		err = producer_recorder(&run.p, argv[1], &r);
	if (!err)
		err = record(&run, r);
	recorder_free(r);
	producer_free(&run.p);
	return err ? 1 : 0;
}
