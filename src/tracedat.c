// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the reading of a trace.dat by libtracecmd, and its conversion: window by window of
 * time, the events of each CPU go through the decoder that the live way has too, and its
 * records to the recorder. Memory is that of one window.
 *
 * Of each CPU one event is read ahead, so that events missing before it are known when the
 * window is handed on in which they begin to be missing. trace-cmd does not always know
 * how many are missing: then they count as one, and that is said.
 *
 * libtracecmd can break down over a damaged file (3.1.6 does in tracecmd_close()), so all
 * of that is done by a child: then a damaged file is an error like any other.
 *
 * What a trace.dat does not tell, a recording made of it does not either: the host's name,
 * the kernel's release, the GIC's version, wall-clock time, devices of VLPIs.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <trace-cmd/trace-cmd.h>

#include "ftrace_decode.h"
#include "ftrace_fields.h"
#include "log.h"
#include "recorder.h"
#include "tracedat.h"
#include "util.h"

#define WINDOW_NS	50000000ULL
#define SAMPLE_NS	1000000000ULL
#define MAGIC		"\x17\x08\x44tracing"
#define MAGIC_LEN	10U
#define MAX_CPUS	65536

struct td_cpu {
	struct tep_record *next;	/* owned; NULL: there are no more */
	uint64_t last_ns;		/* of the one before it */
};

struct tracedat {
	const char *path;		/* for messages */
	struct tracecmd_input *in;	/* owned */
	struct tep_handle *tep;		/* borrowed from @in */
	struct ft_fields *fields;
	struct ftrace_decode *decode;
	struct td_cpu *cpus;		/* owned */
	uint32_t nr_cpus;
	uint64_t *lost;			/* owned; by CPU */
	uint64_t lost_until_ns;
	bool lost_unknown;
	uint64_t start_ns, window_ns, sample_ns;
	struct out_info info;
	struct recorder *r;		/* borrowed, while it converts */
};

bool tracedat_is(int fd)
{
	char magic[MAGIC_LEN];

	return pread(fd, magic, sizeof(magic), 0) == (ssize_t)sizeof(magic) &&
	       !memcmp(magic, MAGIC, sizeof(magic));
}

static void close_all(struct tracedat *td)
{
	uint32_t i;

	for (i = 0; td->cpus && i < td->nr_cpus; i++) {
		if (td->cpus[i].next)
			tracecmd_free_record(td->cpus[i].next);
	}
	ftrace_decode_free(td->decode);
	ft_fields_free(td->fields);
	if (td->in)
		tracecmd_close(td->in);
	free(td->cpus);
	free(td->lost);
}

/* Reads ahead on @cpu; what is missing before that event, is missing from now on. */
static int advance(struct tracedat *td, uint32_t cpu)
{
	struct td_cpu *c = &td->cpus[cpu];
	struct tep_record *next;
	long long missed;

	if (c->next) {
		c->last_ns = c->next->ts;
		tracecmd_free_record(c->next);
	}
	next = tracecmd_read_data(td->in, (int)cpu);
	c->next = next;
	missed = next ? next->missed_events : 0;
	if (!missed)
		return 0;
	td->lost_unknown |= missed < 0;
	td->lost[cpu] += missed < 0 ? 1 : (uint64_t)missed;
	if (next->ts > td->lost_until_ns)
		td->lost_until_ns = next->ts;
	return ftrace_decode_lost(td->decode, cpu, c->last_ns, next->ts);
}

static int read_ahead(struct tracedat *td)
{
	uint32_t i;
	int err = 0;

	for (i = 0; i < td->nr_cpus; i++)
		td->cpus[i].last_ns = td->start_ns;
	for (i = 0; i < td->nr_cpus && !err; i++)
		err = advance(td, i);
	return err;
}

static int open_input(struct tracedat *td, int fd)
{
	const int flags = TRACECMD_FL_LOAD_NO_PLUGINS | TRACECMD_FL_LOAD_NO_SYSTEM_PLUGINS;
	auto_close int own = fd < 0 ? open(td->path, O_RDONLY | O_CLOEXEC) :
				      fcntl(fd, F_DUPFD_CLOEXEC, 3);

	if (own < 0)
		return log_err(-errno, "cannot read %s", td->path);
	if (!tracedat_is(own))
		return log_say(-EINVAL, "cannot read %s: it is no trace.dat of trace-cmd",
			       td->path);
	if (lseek(own, 0, SEEK_SET) < 0)
		return log_err(-errno, "cannot read %s", td->path);
	/* it has its own way of saying things */
	tracecmd_set_loglevel(TEP_LOG_NONE);
	tep_set_loglevel(TEP_LOG_NONE);
	td->in = tracecmd_open_fd(own, flags);
	if (!td->in)
		return log_say(-EINVAL, "cannot read %s: it is damaged, or of a version that "
			       "libtracecmd does not know", td->path);
	TAKE_FD(own);
	td->tep = tracecmd_get_tep(td->in);
	return 0;
}

static int open_events(struct tracedat *td)
{
	int nr = tep_get_cpus(td->tep), kind, err;
	const bool *have;

	if (tep_is_file_bigendian(td->tep) || tep_get_long_size(td->tep) != 8)
		return log_say(-EINVAL, "cannot read %s: it is not of an arm64 host", td->path);
	if (nr <= 0 || nr > MAX_CPUS)
		return log_say(-EINVAL, "cannot read %s: it has %d CPUs", td->path, nr);
	err = ft_fields_new(td->tep, NULL, &td->fields);
	if (err == -ENOENT)
		return log_say(err, "%s has no events of gicv4top: record with the lines that "
			       "'gicv4top record --print-trace-cmd' prints", td->path);
	if (err)
		return log_err(err, "cannot read %s", td->path);
	have = ft_fields_have(td->fields);
	for (kind = 0; kind < FT_NR_KINDS; kind++)
		td->info.hooks_attached += have[kind];
	td->nr_cpus = (uint32_t)nr;
	td->cpus = calloc(td->nr_cpus, sizeof(*td->cpus));
	td->lost = calloc(td->nr_cpus, sizeof(*td->lost));
	td->decode = ftrace_decode_new(td->nr_cpus);
	if (!td->cpus || !td->lost || !td->decode)
		return log_err(-ENOMEM, "cannot read %s", td->path);
	return 0;
}

/* What the recorder must be told of it. */
static void describe(struct tracedat *td, struct recorder_host *ret_host)
{
	*ret_host = (struct recorder_host){
		.info = &td->info,
		.machine = "aarch64",
		.figures = ftrace_figures(ft_fields_have(td->fields)),
		.start_ns = td->start_ns,
		.nr_cpus = td->nr_cpus,
		.elsewhere = true,
	};
}

/* trace-cmd saves the names of threads by their pids; a VMM's main thread is one. */
static void vm_name(void *ctx, uint32_t pid, char *buf, size_t size)
{
	const struct tracedat *td = ctx;
	const char *comm = tep_is_pid_registered(td->tep, (int)pid) ?
			   tep_data_comm_from_pid(td->tep, (int)pid) : "";
	size_t i;

	util_copy_printable(buf, size, comm ? comm : "", comm ? strlen(comm) : 0);
	for (i = 0; buf[i]; i++) {
		if ((unsigned char)buf[i] < ' ' || buf[i] == 0x7f)
			buf[i] = '?';
	}
}

/* --- conversion --- */

/* All of @cpu's events up to the window's end. 0 or -ENOMEM. */
static int take_cpu(struct tracedat *td, uint32_t cpu)
{
	struct td_cpu *c = &td->cpus[cpu];
	struct ft_event ev;
	int err = 0;

	while (!err && c->next && c->next->ts <= td->window_ns) {
		if (c->next->size > 0 &&
		    ft_fields_decode(td->fields, c->next->data, (size_t)c->next->size, &ev)) {
			ev.ts_ns = c->next->ts;
			ev.cpu = cpu;
			err = ftrace_decode_add(td->decode, &ev);
		}
		if (!err)
			err = advance(td, cpu);
	}
	return err;
}

/* The window in which something happens next; false: nothing does. */
static bool next_window(struct tracedat *td)
{
	uint64_t first_ns = UINT64_MAX;
	bool any = false;
	uint32_t i;

	for (i = 0; i < td->nr_cpus; i++) {
		if (!td->cpus[i].next)
			continue;
		any = true;
		if (td->cpus[i].next->ts < first_ns)
			first_ns = td->cpus[i].next->ts;
	}
	if (!any)
		return false;
	td->window_ns = first_ns < UINT64_MAX - WINDOW_NS ? first_ns + WINDOW_NS : UINT64_MAX - 1;
	return true;
}

static int sample(struct tracedat *td)
{
	const struct fold *fold = ftrace_decode_fold(td->decode);
	struct snapshot snap = { .now_ns = 0 };
	uint32_t i;
	int err;

	err = fold_snapshot(fold, fold->now_ns, FOLD_NO_HISTS, 0, &snap);
	if (err)
		return log_err(err, "cannot convert %s", td->path);
	for (i = 0; i < td->nr_cpus; i++)
		snap.loss.records += td->lost[i];
	snap.loss.unmatched = ftrace_decode_unmatched(td->decode);
	err = recorder_sample(td->r, &snap, &td->info);
	snapshot_clear(&snap);
	return err;
}

/* What the window gave, to the recorder; @until_ns: its end, or UINT64_MAX. */
static int hand_on(struct tracedat *td, uint64_t until_ns)
{
	const struct fold *fold = ftrace_decode_fold(td->decode);
	uint64_t now_ns;
	int err;

	err = ftrace_decode_take(td->decode, until_ns, recorder_take, td->r, &until_ns);
	if (err)
		return log_err(err, "cannot convert %s", td->path);
	now_ns = until_ns == UINT64_MAX ? fold->now_ns : until_ns;
	if (td->lost_until_ns > now_ns)
		now_ns = td->lost_until_ns;
	err = recorder_pass(td->r, until_ns, now_ns, td->lost, td->nr_cpus);
	if (err)
		return err;
	if (until_ns != UINT64_MAX && until_ns < td->sample_ns)
		return 0;
	td->sample_ns = until_ns + SAMPLE_NS;
	return sample(td);
}

static int convert(struct tracedat *td)
{
	uint32_t i;
	int err = read_ahead(td);

	if (err)
		return log_err(err, "cannot read %s", td->path);
	td->sample_ns = td->start_ns;
	while (!err && next_window(td)) {
		for (i = 0; i < td->nr_cpus && !err; i++)
			err = take_cpu(td, i);
		if (err)
			log_err(err, "cannot convert %s", td->path);
		else
			err = hand_on(td, td->window_ns);
	}
	if (!err)
		err = hand_on(td, UINT64_MAX);
	/* 1: as large as it may be, and ended */
	if (err >= 0)
		err = recorder_finish(td->r);
	if (td->lost_unknown)
		log_say(0, "%s does not tell how many events were lost: a gap counts as one",
			td->path);
	return err;
}

/* In the child: the recording goes to standard output. */
static int convert_all(const char *path, int fd)
{
	struct tracedat td = { .path = path, .info = { .kernel = "unknown", .wfi = "",
						       .backend = "trace-cmd",
						       .hooks_wanted = FT_NR_KINDS } };
	const struct model_names names = { .ctx = &td, .vm_name = vm_name };
	const struct recorder_opts opts = { .path = "-", .filter.vcpu = -1 };
	struct recorder_host host;
	int err;

	err = open_input(&td, fd);
	if (!err)
		err = open_events(&td);
	if (!err) {
		td.start_ns = tracecmd_get_first_ts(td.in);
		describe(&td, &host);
		err = recorder_new(&opts, &td.r);
	}
	if (!err)
		err = recorder_begin(td.r, &host, &names);
	if (!err)
		err = convert(&td);
	recorder_free(td.r);
	close_all(&td);
	return err;
}

/* 0, or -errno where the child did not say why. */
static int wait_for(pid_t pid, const char *path)
{
	int status;

	while (waitpid(pid, &status, 0) < 0) {
		if (errno != EINTR)
			return log_err(-errno, "cannot convert %s", path);
	}
	if (WIFSIGNALED(status))
		return log_say(-EBADMSG, "cannot read %s: it is damaged (libtracecmd broke down "
			       "over it: %s)", path, strsignal(WTERMSIG(status)));
	return WEXITSTATUS(status) ? -EINVAL : 0;
}

int tracedat_to_recording(const char *path, int fd, int *ret_fd)
{
	const char *dir;
	auto_close int to = util_temp_file(&dir);
	pid_t pid;
	int err;

	if (to < 0)
		return log_err(to, "cannot make a temporary file in %s to convert %s into (TMPDIR "
			       "names another folder)", dir, path);
	pid = fork();
	if (pid < 0)
		return log_err(-errno, "cannot convert %s", path);
	if (!pid) {
		if (dup2(to, STDOUT_FILENO) < 0)
			_exit(log_err(-errno, "cannot convert %s", path) ? 1 : 0);
		_exit(convert_all(path, fd) ? 1 : 0);
	}
	err = wait_for(pid, path);
	if (err)
		return err;
	if (lseek(to, 0, SEEK_SET) < 0)
		return log_err(-errno, "cannot read what %s was converted into", path);
	*ret_fd = TAKE_FD(to);
	return 0;
}
