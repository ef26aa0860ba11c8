// SPDX-License-Identifier: GPL-2.0
/*
 * Owns a live run by ftrace: the raw buffers of each CPU (read page by page as the kernel
 * has filled them), the decoder, and what was lost.
 *
 * Losses: the kernel counts events that it overwrote, by CPU; and a page says how many
 * are missing before it. The first is the number, read at any time and exact; the second
 * says where, and only tells the decoder that what it knew is old.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <kbuffer.h>
#include <tracefs.h>

#include "ftrace.h"
#include "ftrace_decode.h"
#include "ftrace_fields.h"
#include "ftrace_tracefs.h"
#include "kernel_btf.h"
#include "log.h"
#include "util.h"

/* An event's time is taken a moment before it can be read. */
#define SLACK_NS	2000000ULL
#define HOOKS_MAX	4096

struct ft_cpu {
	int fd;				/* of its trace_pipe_raw */
	uint64_t last_ns;		/* of its last event */
};

struct ftrace {
	struct ft_tracefs *t;
	struct tep_handle *tep;		/* owned */
	struct ft_fields *fields;
	struct ftrace_decode *decode;
	struct kbuffer *kbuf;		/* owned */
	struct ft_cpu *cpus;		/* owned */
	uint32_t nr_cpus;
	char *page;			/* owned; one page of a buffer */
	size_t page_size;
	uint64_t *lost;			/* owned; by CPU */
	uint64_t start_ns, complete_ns;
	bool stopped;
	char hooks[HOOKS_MAX];
	uint64_t drained;		/* records, by the drain under way, */
	void (*fn)(void *ctx, const struct g4_rec *rec);	/*  and to whom */
	void *ctx;
};

/* --- the kernel --- */

static int known_offsets(const struct host *host, struct kernel_offsets *ret_offsets)
{
	if (!kernel_offsets_known(host->kernel, ret_offsets))
		return 0;
	return log_say(-ENOENT, "cannot use ftrace on %s: this kernel has no BTF, and its "
		       "structures are not known (give a kernel with CONFIG_DEBUG_INFO_BTF=y, "
		       "or one of those that are: %s, ...)", host->kernel,
		       kernel_offsets_release(0));
}

int ftrace_kernel(const struct host *host, const char *btf_path, struct ft_kernel *ret_kernel)
{
	const char *missing = "";
	struct btf *btf = NULL;
	int err;

	ret_kernel->gic41 = host->gic == HOST_GIC_V4_1;
	if (!btf_path && !host->has_btf)
		return known_offsets(host, &ret_kernel->offsets);
	btf = btf_path ? btf__parse_raw(btf_path) : btf__load_vmlinux_btf();
	if (!btf)
		return log_err(-errno, "cannot read BTF from %s",
			       btf_path ? btf_path : "/sys/kernel/btf/vmlinux");
	err = kernel_offsets_from_btf(btf, &ret_kernel->offsets, &missing);
	btf__free(btf);
	if (err)
		return log_say(err, "cannot use ftrace: this kernel's BTF has no %s", missing);
	return 0;
}

/* Functions of the running kernel that have a row's name: how often, by BTF or kallsyms. */
struct functions {
	struct kernel_btf *btf;		/* owned, or NULL: kallsyms */
	char *kallsyms;			/* owned */
};

static bool has_function(const void *ctx, const char *function)
{
	const struct functions *f = ctx;
	size_t len = strlen(function);
	unsigned int nr = 0;
	const char *p;

	if (f->btf)
		return kernel_btf_functions(f->btf, function) == 1;
	/* lines "ADDRESS TYPE NAME" or "ADDRESS TYPE NAME\t[MODULE]" */
	for (p = f->kallsyms; p && (p = strstr(p, function)); p += len) {
		if (p > f->kallsyms && p[-1] == ' ' && strchr("\n\t ", p[len]))
			nr++;
	}
	return nr == 1;
}

static int functions_read(const struct host *host, struct functions *f)
{
	*f = (struct functions){ .btf = NULL };
	if (host->has_btf)
		f->btf = kernel_btf_load();
	if (f->btf)
		return 0;
	return util_read_file("/proc/kallsyms", &f->kallsyms, NULL);
}

static void functions_clear(struct functions *f)
{
	kernel_btf_free(f->btf);
	free(f->kallsyms);
}

int ftrace_print_lines(FILE *f, const struct host *host, const char *btf_path)
{
	struct functions functions = { .btf = NULL };
	struct ft_kernel kernel;
	int err = ftrace_kernel(host, btf_path, &kernel);

	if (!err && !btf_path) {
		err = functions_read(host, &functions);
		if (err)
			log_err(err, "cannot read which functions this kernel has");
	}
	if (!err)
		ftrace_print_trace_cmd(f, &kernel, btf_path ? NULL : has_function, &functions);
	functions_clear(&functions);
	return err;
}

int ftrace_require(const struct host *host)
{
	struct ft_kernel kernel;

	if (!host->arm64)
		return log_say(-ENODEV, "this machine is %s: GICv4 direct injection exists on "
			       "arm64 hosts only", host->machine);
	if (!host->tracefs)
		return log_say(-ENOENT, "cannot use ftrace: tracefs is not mounted on "
			       "/sys/kernel/tracing, or not readable (run as root)");
	if (!strcmp(host->lockdown, "confidentiality"))
		return log_say(-EPERM, "cannot use ftrace: the kernel is locked down "
			       "(confidentiality)");
	return ftrace_kernel(host, NULL, &kernel);
}

/* --- opening --- */

static void ftrace_freep(struct ftrace **ft)
{
	ftrace_free(*ft);
}

#define auto_ftrace __attribute__((cleanup(ftrace_freep)))

void ftrace_free(struct ftrace *ft)
{
	uint32_t i;

	if (!ft)
		return;
	for (i = 0; ft->cpus && i < ft->nr_cpus; i++)
		util_closep(&ft->cpus[i].fd);
	ft_tracefs_free(ft->t);
	ftrace_decode_free(ft->decode);
	ft_fields_free(ft->fields);
	if (ft->tep)
		tep_free(ft->tep);
	if (ft->kbuf)
		kbuffer_free(ft->kbuf);
	free(ft->cpus);
	free(ft->page);
	free(ft->lost);
	free(ft);
}

static int open_tracefs(struct ftrace *ft, const struct host *host,
			const struct ftrace_opts *opts)
{
	struct ft_tracefs_opts t = { .buffer_bytes = opts->buffer_bytes };
	struct functions functions;
	int err;

	if (!t.buffer_bytes)
		t.buffer_bytes = FTRACE_BUFFER;
	err = ftrace_kernel(host, NULL, &t.kernel);
	if (err)
		return err;
	err = functions_read(host, &functions);
	if (err)
		return log_err(err, "cannot read which functions this kernel has");
	t.has_function = has_function;
	t.ctx = &functions;
	err = ft_tracefs_open(&t, &ft->t);
	functions_clear(&functions);
	return err;
}

static int open_formats(struct ftrace *ft)
{
	const char *name = ft_tracefs_name(ft->t);
	const char *const systems[] = { name, ftrace_event_system(FT_IRQ, name), NULL };
	int err;

	ft->tep = tracefs_local_events_system(NULL, systems);
	if (!ft->tep)
		return log_err(errno ? -errno : -EIO, "cannot read the formats of events");
	err = ft_fields_new(ft->tep, name, &ft->fields);
	return err ? log_err(err, "cannot find the events of %s among the kernel's", name) : 0;
}

static int open_cpus(struct ftrace *ft)
{
	struct tracefs_instance *instance = ft_tracefs_instance(ft->t);
	char file[64];
	uint32_t i;

	for (i = 0; i < ft->nr_cpus; i++)
		ft->cpus[i].fd = -1;
	for (i = 0; i < ft->nr_cpus; i++) {
		snprintf(file, sizeof(file), "per_cpu/cpu%u", i);
		if (!tracefs_dir_exists(instance, file))
			continue;
		snprintf(file, sizeof(file), "per_cpu/cpu%u/trace_pipe_raw", i);
		ft->cpus[i].fd = tracefs_instance_file_open(instance, file,
							    O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		if (ft->cpus[i].fd < 0)
			return log_err(-errno, "cannot open %s", file);
	}
	return 0;
}

static void describe_hooks(struct ftrace *ft)
{
	const bool *have = ft_tracefs_have(ft->t);
	const struct hook *hook;
	size_t len = 0;
	int kind, n;

	for (kind = 0; kind < FT_NR_KINDS; kind++) {
		if (!have[kind])
			continue;
		hook = ftrace_event_hook(kind);
		n = snprintf(ft->hooks + len, sizeof(ft->hooks) - len, "%s: ftrace %s %s\n",
			     hook->activity, ftrace_event_name(kind),
			     kind == FT_IRQ ? hook->event : hook->function);
		if (n < 0 || (size_t)n >= sizeof(ft->hooks) - len) {
			ft->hooks[len] = '\0';
			return;
		}
		len += (size_t)n;
	}
}

static int alloc_all(struct ftrace *ft)
{
	int nr = libbpf_num_possible_cpus();

	if (nr <= 0)
		return -EIO;
	ft->nr_cpus = (uint32_t)nr;
	ft->page_size = (size_t)getpagesize();
	ft->cpus = calloc(ft->nr_cpus, sizeof(*ft->cpus));
	ft->lost = calloc(ft->nr_cpus, sizeof(*ft->lost));
	ft->page = malloc(ft->page_size);
	ft->decode = ftrace_decode_new(ft->nr_cpus);
	ft->kbuf = kbuffer_alloc(KBUFFER_LSIZE_8, KBUFFER_ENDIAN_LITTLE);
	return ft->cpus && ft->lost && ft->page && ft->decode && ft->kbuf ? 0 : -ENOMEM;
}

int ftrace_open(const struct host *host, const struct ftrace_opts *opts,
		struct ftrace **ret_ft)
{
	auto_ftrace struct ftrace *ft = NULL;
	uint32_t i;
	int err;

	err = ftrace_require(host);
	if (err)
		return err;
	ft = calloc(1, sizeof(*ft));
	err = ft ? alloc_all(ft) : -ENOMEM;
	if (err)
		return log_err(err, "cannot use ftrace");
	err = open_tracefs(ft, host, opts);
	if (!err)
		err = open_formats(ft);
	if (!err)
		err = open_cpus(ft);
	if (err)
		return err;
	describe_hooks(ft);
	ft->start_ns = util_now_ns();
	ft->complete_ns = ft->start_ns;
	for (i = 0; i < ft->nr_cpus; i++)
		ft->cpus[i].last_ns = ft->start_ns;
	if (tracefs_trace_on(ft_tracefs_instance(ft->t)))
		return log_err(-errno, "cannot begin to trace");
	*ret_ft = TAKE_PTR(ft);
	return 0;
}

void ftrace_stop(struct ftrace *ft)
{
	if (tracefs_trace_off(ft_tracefs_instance(ft->t)))
		log_err(-errno, "cannot end tracing");
	ft->stopped = true;
}

/* --- reading --- */

/* Events of the page that was read for @cpu. 0 or -ENOMEM. */
static int take_page(struct ftrace *ft, uint32_t cpu)
{
	unsigned long long ts;
	struct ft_event ev;
	bool first = true;
	void *data;
	int err = 0;

	if (kbuffer_load_subbuffer(ft->kbuf, ft->page))
		return 0;
	for (data = kbuffer_read_event(ft->kbuf, &ts); data && !err;
	     data = kbuffer_next_event(ft->kbuf, &ts)) {
		if (first && kbuffer_missed_events(ft->kbuf))
			err = ftrace_decode_lost(ft->decode, cpu, ft->cpus[cpu].last_ns, ts);
		first = false;
		ft->cpus[cpu].last_ns = ts;
		if (err || !ft_fields_decode(ft->fields, data,
					     (size_t)kbuffer_event_size(ft->kbuf), &ev))
			continue;
		ev.ts_ns = ts;
		ev.cpu = cpu;
		err = ftrace_decode_add(ft->decode, &ev);
	}
	return err;
}

/* All that waits on @cpu; or, where it fills as fast as it is read, no more than that. */
static int drain_cpu(struct ftrace *ft, uint32_t cpu, uint64_t *until_ns)
{
	struct ft_cpu *c = &ft->cpus[cpu];
	ssize_t n;
	int err;

	for (;;) {
		n = read(c->fd, ft->page, ft->page_size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			return log_err(-errno, "cannot read the trace buffer of CPU %u", cpu);
		if (n <= 0)
			return 0;
		err = take_page(ft, cpu);
		if (err)
			return err;
		if (!ft->stopped && c->last_ns > *until_ns)
			return 0;
	}
}

static void count_and_pass(void *ctx, const struct g4_rec *rec)
{
	struct ftrace *ft = ctx;

	ft->drained++;
	ft->fn(ft->ctx, rec);
}

int ftrace_drain(struct ftrace *ft, void (*fn)(void *ctx, const struct g4_rec *rec), void *ctx)
{
	uint64_t until_ns = ft->stopped ? UINT64_MAX : util_now_ns() - SLACK_NS;
	uint32_t i;
	int err = 0;

	ft->drained = 0;
	ft->fn = fn;
	ft->ctx = ctx;
	for (i = 0; i < ft->nr_cpus && !err; i++) {
		if (ft->cpus[i].fd >= 0)
			err = drain_cpu(ft, i, &until_ns);
	}
	if (!err)
		err = ftrace_decode_take(ft->decode, until_ns, count_and_pass, ft, &until_ns);
	if (err)
		return err;
	if (until_ns > ft->complete_ns)
		ft->complete_ns = until_ns;
	return ft->drained > INT32_MAX ? INT32_MAX : (int)ft->drained;
}

uint64_t ftrace_complete_ns(const struct ftrace *ft)
{
	return ft->complete_ns;
}

uint32_t ftrace_nr_cpus(const struct ftrace *ft)
{
	return ft->nr_cpus;
}

/* The number behind @key in a CPU's stats. */
static uint64_t stat_of(const char *stats, const char *key)
{
	const char *p = stats;
	size_t len = strlen(key);

	while (p && *p) {
		if (!strncmp(p, key, len))
			return strtoull(p + len, NULL, 10);
		p = strchr(p, '\n');
		p = p ? p + 1 : NULL;
	}
	return 0;
}

int ftrace_lost_records(struct ftrace *ft, uint64_t *ret_lost_by_cpu)
{
	struct tracefs_instance *instance = ft_tracefs_instance(ft->t);
	char file[64], *stats;
	uint32_t i;

	for (i = 0; i < ft->nr_cpus; i++) {
		if (ft->cpus[i].fd >= 0) {
			snprintf(file, sizeof(file), "per_cpu/cpu%u/stats", i);
			stats = tracefs_instance_file_read(instance, file, NULL);
			if (!stats)
				return -EIO;
			ft->lost[i] = stat_of(stats, "overrun:") +
				      stat_of(stats, "commit overrun:") +
				      stat_of(stats, "dropped events:");
			free(stats);
		}
		ret_lost_by_cpu[i] = ft->lost[i];
	}
	return 0;
}

int ftrace_read(struct ftrace *ft, struct snapshot *snap)
{
	const struct fold *fold = ftrace_decode_fold(ft->decode);
	uint64_t now_ns = ft->complete_ns == UINT64_MAX ? fold->now_ns : ft->complete_ns;
	uint32_t i;
	int err;

	if (now_ns < fold->now_ns)
		now_ns = fold->now_ns;
	err = fold_snapshot(fold, now_ns, FOLD_NO_HISTS, 0, snap);
	if (err)
		return log_err(err, "cannot read what was traced");
	for (i = 0; i < ft->nr_cpus; i++)
		snap->loss.records += ft->lost[i];
	snap->loss.unmatched = ftrace_decode_unmatched(ft->decode);
	snap->missed_known = !ft_tracefs_missed(ft->t, &snap->missed);
	return 0;
}

uint32_t ftrace_live_figures(const struct ftrace *ft)
{
	return ftrace_figures(ft_tracefs_have(ft->t));
}

void ftrace_count_hooks(const struct ftrace *ft, unsigned int *ret_attached,
			unsigned int *ret_wanted)
{
	const bool *have = ft_tracefs_have(ft->t);
	int kind;

	*ret_attached = 0;
	*ret_wanted = FT_NR_KINDS;
	for (kind = 0; kind < FT_NR_KINDS; kind++)
		*ret_attached += have[kind];
}

const char *ftrace_hooks(const struct ftrace *ft)
{
	return ft->hooks;
}
