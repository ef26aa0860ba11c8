// SPDX-License-Identifier: GPL-2.0
/*
 * Test helper, run in the lab's host: counts an event of one thread in guest mode by a
 * few lines of its own, as "perf stat -e rEVENT:Gk -t TID" would, and prints each tenth
 * of a second until SIGTERM
 *
 *	MONOTONIC-NS VALUE TIME-ENABLED TIME-RUNNING
 *
 * of the first of them.
 *
 *	g4perf TID EVENT [NR]		NR events at once (1): more than the core has counters
 */
#include <errno.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static int open_event(pid_t tid, uint64_t event)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_RAW,
		.size = sizeof(attr),
		.config = event,
		.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING,
		.exclude_user = 1,
		.exclude_hv = 1,
		.exclude_host = 1,
	};

	return (int)syscall(SYS_perf_event_open, &attr, tid, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

int main(int argc, char **argv)
{
	const struct timespec tenth = { .tv_nsec = 100000000 };
	struct timespec now;
	uint64_t r[3];
	int fd = -1, nr, i;

	if (argc < 3)
		return 2;
	nr = argc > 3 ? atoi(argv[3]) : 1;
	for (i = 0; i < nr; i++) {
		int one = open_event((pid_t)atoi(argv[1]), strtoull(argv[2], NULL, 0));

		if (one < 0) {
			fprintf(stderr, "g4perf: thread %s: %s\n", argv[1], strerror(errno));
			return 1;
		}
		if (fd < 0)
			fd = one;
	}
	setlinebuf(stdout);
	for (;;) {
		if (read(fd, r, sizeof(r)) != sizeof(r))
			return 1;
		clock_gettime(CLOCK_MONOTONIC, &now);
		printf("%llu %llu %llu %llu\n",
		       (unsigned long long)now.tv_sec * 1000000000ULL +
		       (unsigned long long)now.tv_nsec, (unsigned long long)r[0],
		       (unsigned long long)r[1], (unsigned long long)r[2]);
		nanosleep(&tenth, NULL);
	}
}
