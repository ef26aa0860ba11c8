// SPDX-License-Identifier: GPL-2.0
/*
 * Owns our instance of tracefs: makes it, with the clock and the options that reading it
 * relies on, and its events. The keeper is started before anything is made.
 *
 * The clock is "mono", CLOCK_MONOTONIC: that of all other times here. Old events are
 * overwritten where the buffer is full: then the kernel says how many, and where.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <tracefs.h>

#include "ftrace_keeper.h"
#include "ftrace_tracefs.h"
#include "log.h"
#include "util.h"

struct ft_tracefs {
	char name[64];
	struct ft_keeper keeper;
	struct tracefs_instance *instance;	/* owned */
	bool have[FT_NR_KINDS];
};

struct knob {
	const char *file, *value;
};

/* A new instance has the options of the host's main one; not every kernel has all. */
static const struct knob knobs[] = {
	{ "tracing_on", "0" },
	{ "trace_clock", "mono" },
	{ "options/overwrite", "1" },
	{ "options/stacktrace", "0" },
	{ "options/userstacktrace", "0" },
};

static void tracefs_freep(struct ft_tracefs **t)
{
	ft_tracefs_free(*t);
}

#define auto_tracefs __attribute__((cleanup(tracefs_freep)))

static int set_knobs(const struct ft_tracefs *t, uint32_t buffer_bytes)
{
	char size[32];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(knobs); i++) {
		if (!tracefs_file_exists(t->instance, knobs[i].file))
			continue;
		if (tracefs_instance_file_write(t->instance, knobs[i].file, knobs[i].value) < 0)
			return log_err(-errno, "cannot set %s of tracefs' instance %s to %s",
				       knobs[i].file, t->name, knobs[i].value);
	}
	snprintf(size, sizeof(size), "%u", (buffer_bytes + 1023) / 1024);
	if (tracefs_instance_file_write(t->instance, "buffer_size_kb", size) < 0)
		return log_err(-errno, "cannot give each CPU a trace buffer of %s KiB", size);
	return 0;
}

/* Why an event cannot be had; NULL: it is there and on. */
static const char *make_event(const struct ft_tracefs *t, enum ft_kind kind,
			      const struct ft_tracefs_opts *opts)
{
	const char *name = ftrace_event_name(kind), *filter = ftrace_event_filter(kind);
	const char *system = ftrace_event_system(kind, t->name);
	char line[1024];

	if (kind != FT_IRQ) {
		if (!opts->has_function(opts->ctx, ftrace_event_hook(kind)->function))
			return "no such function to probe in this kernel";
		if (ftrace_event_define(kind, t->name, &opts->kernel, line, sizeof(line)))
			return "its definition is too long";
		log_debug("%s", line);
		if (tracefs_instance_file_append(NULL, "kprobe_events", line) < 0)
			return strerror(errno);
	}
	if (filter && tracefs_event_file_write(t->instance, system, name, "filter", filter) < 0)
		return "the kernel does not take its filter";
	if (tracefs_event_file_write(t->instance, system, name, "enable", "1") < 0)
		return strerror(errno);
	return NULL;
}

/* Without its row a needed activity cannot be seen; but a doorbell has two ways. */
static bool is_needed(enum ft_kind kind)
{
	if (kind == FT_DOORBELL || kind == FT_DOORBELL_RET)
		return false;
	return ftrace_event_hook(kind)->need == HOOK_NEEDED;
}

static int make_events(struct ft_tracefs *t, const struct ft_tracefs_opts *opts)
{
	const struct hook *hook;
	const char *why;
	int kind;

	for (kind = 0; kind < FT_NR_KINDS; kind++) {
		hook = ftrace_event_hook(kind);
		why = make_event(t, kind, opts);
		t->have[kind] = !why;
		if (!why)
			continue;
		if (is_needed(kind))
			return log_say(-ENOENT, "cannot watch %s (%s) by ftrace: %s",
				       hook->activity, hook->function, why);
		log_say(0, "cannot watch %s (%s) by ftrace: %s; what depends on it is n/a",
			hook->activity, hook->function, why);
	}
	return 0;
}

static int make(struct ft_tracefs *t, const struct ft_tracefs_opts *opts)
{
	int err = ft_keeper_start(t->name, &t->keeper);

	if (err)
		return log_err(err, "cannot start the process that cleans tracefs up");
	t->instance = tracefs_instance_create(t->name);
	if (!t->instance)
		return log_err(errno ? -errno : -EIO, "cannot make instance %s of tracefs (it "
			       "needs root, and no lockdown=confidentiality)", t->name);
	err = set_knobs(t, opts->buffer_bytes);
	return err ? err : make_events(t, opts);
}

int ft_tracefs_open(const struct ft_tracefs_opts *opts, struct ft_tracefs **ret_t)
{
	auto_tracefs struct ft_tracefs *t = NULL;
	int err;

	tracefs_set_loglevel(TEP_LOG_NONE);
	if (!tracefs_tracing_dir() || !tracefs_file_exists(NULL, "kprobe_events"))
		return log_say(-ENOENT, "cannot use ftrace: no kprobe_events in tracefs (is it "
			       "mounted on /sys/kernel/tracing? it needs root, and "
			       "CONFIG_KPROBE_EVENTS=y)");
	t = calloc(1, sizeof(*t));
	if (!t)
		return log_err(-ENOMEM, "cannot use ftrace");
	t->keeper.fd = -1;
	ft_keeper_remove_stale();
	snprintf(t->name, sizeof(t->name), FTRACE_GROUP "_%d", getpid());
	err = make(t, opts);
	if (err)
		return err;
	*ret_t = TAKE_PTR(t);
	return 0;
}

void ft_tracefs_free(struct ft_tracefs *t)
{
	if (!t)
		return;
	if (t->instance) {
		tracefs_trace_off(t->instance);
		tracefs_instance_free(t->instance);
	}
	ft_keeper_finish(&t->keeper);
	free(t);
}

struct tracefs_instance *ft_tracefs_instance(const struct ft_tracefs *t)
{
	return t->instance;
}

const char *ft_tracefs_name(const struct ft_tracefs *t)
{
	return t->name;
}

const bool *ft_tracefs_have(const struct ft_tracefs *t)
{
	return t->have;
}

/*
 * kprobe_profile has a line "EVENT HITS MISSES" for each event, without its group, in the
 * order of kprobe_events.
 */
int ft_tracefs_missed(const struct ft_tracefs *t, uint64_t *ret_missed)
{
	auto_free char *events = tracefs_instance_file_read(NULL, "kprobe_events", NULL);
	auto_free char *profile = tracefs_instance_file_read(NULL, "kprobe_profile", NULL);
	unsigned long long hits, misses;
	size_t len = strlen(t->name);
	const char *e, *p, *name;
	uint64_t sum = 0;

	if (!profile || !events)
		return -EIO;
	for (e = events, p = profile; *e && *p;) {
		name = strchr(e, ':');
		if (name && !strncmp(name + 1, t->name, len) && name[1 + len] == '/' &&
		    sscanf(p, "%*s %llu %llu", &hits, &misses) == 2)
			sum += misses;
		e += strcspn(e, "\n");
		e += *e == '\n';
		p += strcspn(p, "\n");
		p += *p == '\n';
	}
	*ret_missed = sum;
	return 0;
}
