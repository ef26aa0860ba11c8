// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the events of GIC PMUs; see gicpmu.h. What an event's number is, its driver says
 * (events/NAME: "event=0x8a"): numbers differ from model to model.
 */
#include <dirent.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "gicpmu.h"
#include "util.h"

#define MAX_PMUS	16		/* a chip each */
#define FOLDER_LEN	512
#define PATH_LEN	1024

struct gicpmu {
	char name[64];
	int fds[MAX_PMUS];
	unsigned int nr;
};

static void closedirp(DIR **d)
{
	if (*d)
		closedir(*d);
}

#define auto_dir __attribute__((cleanup(closedirp)))

static int read_number(const char *folder, const char *file, uint64_t *ret)
{
	char path[PATH_LEN], text[64];
	int err;

	snprintf(path, sizeof(path), "%s/%s", folder, file);
	err = util_read_line(path, text, sizeof(text));
	return err ? err : util_parse_u64(text, 0, UINT32_MAX, ret);
}

/* "event=0x8a" alone: what else an event may need, nobody here knows. */
static int parse_event(const char *text, uint64_t *ret_config)
{
	if (strncmp(text, "event=", 6) && strncmp(text, "config=", 7))
		return -ENOTSUP;
	return util_parse_u64(strchr(text, '=') + 1, 0, UINT32_MAX, ret_config) ? -ENOTSUP : 0;
}

/* The event of activated VLPIs ("up_act_vlpi", in any case) of the PMU in @folder. */
static int find_event(const char *folder, uint64_t *ret_config)
{
	char path[PATH_LEN], text[64];
	auto_dir DIR *dir = NULL;
	struct dirent *e;

	snprintf(path, sizeof(path), "%s/events", folder);
	dir = opendir(path);
	while (dir && (e = readdir(dir))) {
		if (!strcasestr(e->d_name, "act_vlpi") || strchr(e->d_name, '.'))
			continue;
		snprintf(path, sizeof(path), "%s/events/%s", folder, e->d_name);
		if (!util_read_line(path, text, sizeof(text)))
			return parse_event(text, ret_config);
	}
	return -ENOTSUP;
}

/* Uncore PMUs are read on one CPU, the first of their cpumask. */
static int cpu_of(const char *folder)
{
	char path[PATH_LEN], text[64];
	uint64_t cpu;

	snprintf(path, sizeof(path), "%s/cpumask", folder);
	if (util_read_line(path, text, sizeof(text)))
		return 0;
	text[strcspn(text, "-,")] = '\0';
	return util_parse_u64(text, 0, INT32_MAX, &cpu) ? 0 : (int)cpu;
}

static int open_one(struct gicpmu *p, const char *folder)
{
	struct perf_event_attr attr = { .size = sizeof(attr) };
	uint64_t type, config;
	long fd;
	int err;

	err = find_event(folder, &config);
	if (!err)
		err = read_number(folder, "type", &type);
	if (err)
		return err;
	attr.type = (uint32_t)type;
	attr.config = config;
	fd = syscall(SYS_perf_event_open, &attr, -1, cpu_of(folder), -1, PERF_FLAG_FD_CLOEXEC);
	if (fd < 0)
		return -errno;
	p->fds[p->nr++] = (int)fd;
	return 0;
}

static void gicpmu_freep(struct gicpmu **p)
{
	gicpmu_free(*p);
}

int gicpmu_open(const char *devices, struct gicpmu **ret_pmu)
{
	__attribute__((cleanup(gicpmu_freep))) struct gicpmu *p = calloc(1, sizeof(*p));
	auto_dir DIR *dir = opendir(devices);
	int err = -ENOENT, one;
	char folder[FOLDER_LEN];
	struct dirent *e;

	if (!p)
		return -ENOMEM;
	while (dir && (e = readdir(dir)) && p->nr < MAX_PMUS) {
		if (!strcasestr(e->d_name, "gic"))
			continue;
		snprintf(folder, sizeof(folder), "%s/%s", devices, e->d_name);
		one = open_one(p, folder);
		if (!one && p->nr == 1)
			snprintf(p->name, sizeof(p->name), "%.*s", (int)sizeof(p->name) - 1,
				 e->d_name);
		err = one;
		if (one)
			break;	/* a part of the chips would look like all of them */
	}
	if (err)
		return err;
	*ret_pmu = TAKE_PTR(p);
	return 0;
}

void gicpmu_free(struct gicpmu *p)
{
	unsigned int i;

	if (!p)
		return;
	for (i = 0; i < p->nr; i++)
		close(p->fds[i]);
	free(p);
}

const char *gicpmu_name(const struct gicpmu *p)
{
	return p->name;
}

int gicpmu_read(const struct gicpmu *p, uint64_t *ret_count)
{
	uint64_t sum = 0, value;
	unsigned int i;

	for (i = 0; i < p->nr; i++) {
		if (read(p->fds[i], &value, sizeof(value)) != sizeof(value))
			return errno ? -errno : -EIO;
		sum += value;
	}
	*ret_count = sum;
	return 0;
}
