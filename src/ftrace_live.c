// SPDX-License-Identifier: GPL-2.0
/*
 * Owns a live run by ftrace and its recorder, and looks like live.c to who shows how it
 * goes. There are no maps to read: a reading is what the events so far have told.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ftrace.h"
#include "ftrace_live.h"
#include "log.h"
#include "names.h"
#include "util.h"

#define PUMP_NS		20000000ULL

struct ftrace_live {
	struct source source;		/* must be the first */
	struct host host;
	struct ftrace *ft;
	struct recorder *recorder;
	uint64_t *lost;			/* by CPU */
};

static struct ftrace_live *live_of(struct source *s)
{
	return (struct ftrace_live *)s;
}

static int pump(struct source *s)
{
	struct ftrace_live *l = live_of(s);
	int err = ftrace_drain(l->ft, recorder_take, l->recorder);

	if (err >= 0)
		err = ftrace_lost_records(l->ft, l->lost);
	if (err)
		return err;
	return recorder_pass(l->recorder, ftrace_complete_ns(l->ft), util_now_ns(), l->lost,
			     ftrace_nr_cpus(l->ft));
}

static int read_state(struct source *s, struct snapshot *ret_snap)
{
	struct ftrace_live *l = live_of(s);
	int err = ftrace_read(l->ft, ret_snap);

	return err ? err : recorder_sample(l->recorder, ret_snap, &s->info);
}

static int finish(struct source *s)
{
	struct ftrace_live *l = live_of(s);
	int err;

	ftrace_stop(l->ft);
	err = pump(s);
	return err < 0 ? err : recorder_finish(l->recorder);
}

static void free_live(struct source *s)
{
	struct ftrace_live *l = live_of(s);

	recorder_free(l->recorder);
	ftrace_free(l->ft);
	host_clear(&l->host);
	free(l->lost);
	free(l);
}

static void live_freep(struct ftrace_live **l)
{
	if (*l)
		free_live(&(*l)->source);
}

static int begin(struct ftrace_live *l, const struct ftrace_live_opts *opts, uint64_t start_ns)
{
	struct source *s = &l->source;
	struct recorder_host host = {
		.info = &s->info,
		.machine = l->host.machine,
		.start_ns = start_ns,
		.hooks = ftrace_hooks(l->ft),
		.nr_cpus = ftrace_nr_cpus(l->ft),
	};

	s->info.kernel = l->host.kernel;
	s->info.gic = host_gic_name(&l->host);
	s->info.wfi = host_wfi_name(&l->host);
	s->info.backend = "ftrace";
	ftrace_count_hooks(l->ft, &s->info.hooks_attached, &s->info.hooks_wanted);
	s->figures = ftrace_live_figures(l->ft) & ~opts->no_figures;
	host.figures = s->figures;
	l->lost = calloc((size_t)host.nr_cpus + 1, sizeof(*l->lost));
	if (!l->lost)
		return log_err(-ENOMEM, "cannot record");
	return recorder_begin(l->recorder, &host, &s->names);
}

int ftrace_live_open(const struct ftrace_live_opts *opts, struct recorder *r,
		     struct source **ret_source)
{
	__attribute__((cleanup(live_freep))) struct ftrace_live *l = calloc(1, sizeof(*l));
	const struct ftrace_opts ft = { .buffer_bytes = opts->buffer_bytes };
	uint64_t start_ns = util_now_ns();
	int err;

	if (!l) {
		recorder_free(r);
		return log_err(-ENOMEM, "cannot start");
	}
	l->recorder = r;
	l->source = (struct source){ .read = read_state, .pump = pump, .pump_ns = PUMP_NS,
				     .finish = finish, .free = free_live };
	names_live(&l->source.names);
	host_read(&l->host);
	err = ftrace_require(&l->host);
	if (!err)
		err = ftrace_open(&l->host, &ft, &l->ft);
	if (!err)
		err = begin(l, opts, start_ns);
	if (err)
		return err;
	l->source.start_ns = start_ns;
	*ret_source = &TAKE_PTR(l)->source;
	return 0;
}

int ftrace_live_print_trace_cmd(void)
{
	struct host host;
	int err;

	host_read(&host);
	err = ftrace_print_lines(stdout, &host, NULL);
	host_clear(&host);
	return err;
}

/* A bpf() that does not exist fails otherwise than one that is called wrongly. */
static bool has_bpf(void)
{
	return syscall(SYS_bpf, -1, NULL, 0) >= 0 || errno != ENOSYS;
}

const char *ftrace_live_instead(void)
{
	struct host host;
	bool btf, locked;

	host_read(&host);
	btf = host.has_btf;
	locked = !strcmp(host.lockdown, "confidentiality");
	host_clear(&host);
	if (!has_bpf())
		return "this kernel has no BPF";
	if (!btf)
		return "no /sys/kernel/btf/vmlinux";
	return locked ? "the kernel is locked down" : NULL;
}
