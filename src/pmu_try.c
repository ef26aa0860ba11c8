// SPDX-License-Identifier: GPL-2.0
/*
 * Whether cores count an event at all: one that a core lacks opens like any other and
 * counts 0 (0x86 lies outside what PMCEID0_EL0 tells of). So it is counted on the host
 * for a moment, on one core of each kind, while a timer interrupts that core.
 */
#include <errno.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "midr.h"
#include "pmu.h"
#include "util.h"

#define TICKS		20	/* sleeps of a millisecond: each ends by an interrupt */
#define MAX_KINDS	8

static int open_on_cpu(uint64_t event, int cpu)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_RAW,
		.size = sizeof(attr),
		.config = event,
	};
	long fd = syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : (int)fd;
}

/* Events that CPU @cpu has counted in TICKS sleeps, or -errno. */
static int64_t count_on(uint64_t event, int cpu)
{
	const struct timespec ms = { .tv_nsec = 1000000 };
	auto_close int fd = -1;
	uint64_t value;
	cpu_set_t one;
	int i;

	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	if (sched_setaffinity(0, sizeof(one), &one))
		return -errno;
	fd = open_on_cpu(event, cpu);
	if (fd < 0)
		return fd;
	for (i = 0; i < TICKS; i++)
		nanosleep(&ms, NULL);
	if (read(fd, &value, sizeof(value)) != sizeof(value))
		return -EIO;
	return value > INT64_MAX ? INT64_MAX : (int64_t)value;
}

int pmu_try(uint64_t event)
{
	uint64_t kinds[MAX_KINDS], kind;
	cpu_set_t before;
	int cpu, i, nr = 0;
	int64_t n = -ENODEV;

	if (sched_getaffinity(0, sizeof(before), &before))
		return -errno;
	for (cpu = 0; cpu < CPU_SETSIZE && nr < MAX_KINDS; cpu++) {
		if (!CPU_ISSET(cpu, &before))
			continue;
		kind = midr_of_cpu(cpu);
		for (i = 0; i < nr && kinds[i] != kind; i++)
			;
		if (i < nr)
			continue;
		kinds[nr++] = kind;
		n = count_on(event, cpu);
		if (n <= 0)
			break;
	}
	sched_setaffinity(0, sizeof(before), &before);
	return n < 0 ? (int)n : n > 0;
}
