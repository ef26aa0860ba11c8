// SPDX-License-Identifier: GPL-2.0
/*
 * The guest's agent, played by the VMM: it reads the counters that the guest keeps in shared
 * memory and reports them by the protocol of gicv4top's guest agents (src/guest_proto.h, whose
 * second writer this is, on purpose without a line of it).
 *
 * Nothing here may disturb the load, so nothing waits. What the receiver does not take stays in
 * @text, and until it is gone no new report is made: counts are totals, so the next one that is
 * made has all. A receiver that has closed is told once on stderr, and never called again.
 */
#include "agent.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "opts.h"
#include "sig.h"
#include "vm.h"

#define PROTO_VERSION	1
#define LISTEN_NS	(30 * NSEC_PER_SEC)	/* for somebody to listen */
#define LINE_BYTES	161	/* the longest line that is allowed, and its newline */

struct agent {
	const struct opts *o;		/* borrowed, like the next two */
	const struct vg_dev *devs;
	const struct vm *vm;
	int fd;				/* -1: the receiver has closed */
	uint64_t due_ns;
	uint64_t seq;			/* of the last report */
	uint64_t told[VG_MAX_VCPUS][VG_MAX_DEVS];
	char *text;			/* owned; what is being sent */
	size_t max, len, sent;
};

static void agent_freep(struct agent **a)
{
	if (!*a)
		return;
	fd_close(&(*a)->fd);
	free((*a)->text);
	free(*a);
}

__attribute__((format(printf, 2, 3)))
static void put(struct agent *a, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	/* agent_start() made room for every line that a report can have */
	a->len += vsnprintf(a->text + a->len, a->max - a->len, fmt, ap);
	va_end(ap);
}

/* A boot of the guest is a run of vlpigen. */
static void put_hello(struct agent *a)
{
	put(a, "gicv4top-agent %d %x-%" PRIx64 " %u\n", PROTO_VERSION, (unsigned int)getpid(),
	    mono_ns(), a->o->nr_vcpus);
}

/* All at once and never again: nothing of them changes as long as the guest lives. */
static void put_rows(struct agent *a)
{
	uint32_t i;

	for (i = 0; i < a->o->nr_devs; i++)
		put(a, "row %u %u %u edu%u\n", a->devs[i].vintid, a->devs[i].devid,
		    a->devs[i].eventid, i);
}

static void put_counts(struct agent *a)
{
	const struct vg_vcpu *vcpus = vm_shared(a->vm)->vcpus;
	uint32_t v, i;
	uint64_t n;

	for (v = 0; v < a->o->nr_vcpus; v++) {
		for (i = 0; i < a->o->nr_devs; i++) {
			n = __atomic_load_n(&vcpus[v].lpi[i], __ATOMIC_RELAXED);
			if (n == a->told[v][i])
				continue;
			a->told[v][i] = n;
			put(a, "n %u %u %" PRIu64 "\n", a->devs[i].vintid, v, n);
		}
	}
}

/* The guest has no other clock than its counter. */
static uint64_t guest_ns(const struct agent *a)
{
	int64_t lo, hi;

	vm_counter_offset(a->vm, &lo, &hi);
	return (unsigned __int128)(counter_read() - (uint64_t)lo) * NSEC_PER_SEC / counter_hz();
}

/* Whether all that was to be sent is on its way. */
static bool push(struct agent *a)
{
	ssize_t n;

	while (a->sent < a->len) {
		n = send(a->fd, a->text + a->sent, a->len - a->sent,
			 MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n >= 0) {
			a->sent += n;
			continue;
		}
		if (errno != EAGAIN && errno != EINTR) {
			log_err(-errno, "cannot report to %s any more", a->o->agent_path);
			fd_close(&a->fd);
		}
		return false;
	}
	return true;
}

void agent_report(struct agent *a)
{
	uint64_t looked_ns;

	if (!a || a->fd < 0 || !push(a))
		return;
	a->len = a->sent = 0;
	looked_ns = guest_ns(a);	/* before: all that was taken by then is in the counts */
	if (!a->seq) {
		put_hello(a);
		put_rows(a);
	}
	put_counts(a);
	put(a, "end %" PRIu64 " %" PRIu64 "\n", ++a->seq, looked_ns);
	push(a);
}

void agent_tick(struct agent *a, uint64_t now_ns)
{
	if (!a || now_ns < a->due_ns)
		return;
	a->due_ns = now_ns + AGENT_GAP_NS;
	agent_report(a);
}

/* Only looks: a SIGUSR1 that comes early stays pending for who waits for it. */
static bool asked_to_end(void)
{
	sigset_t set;

	return !sigpending(&set) && (sigismember(&set, SIGTERM) || sigismember(&set, SIGINT));
}

static int try_connect(int fd, const char *path)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	strcpy(addr.sun_path, path);
	return connect(fd, (const struct sockaddr *)&addr, sizeof(addr)) ? -errno : 0;
}

static int connect_to(const char *path, int *ret_fd)
{
	const uint64_t end_ns = mono_ns() + LISTEN_NS;
	auto_fd fd = -1;
	int err;

	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return log_err(-errno, "cannot make a socket for the agent");
	while ((err = try_connect(fd, path))) {
		/* no socket there yet; a stale one; one whose queue is full */
		if (err != -ENOENT && err != -ECONNREFUSED && err != -EAGAIN)
			return log_err(err, "cannot report to %s", path);
		if (mono_ns() > end_ns)
			return log_err(err, "nobody listens at %s within 30 s", path);
		if (asked_to_end())
			return -ECANCELED;
		sig_wait_none(mono_ns() + NSEC_PER_SEC / 10);
	}
	*ret_fd = TAKE_FD(fd);
	return 0;
}

int agent_start(const struct opts *o, const struct vg_dev *devs, const struct vm *vm,
		struct agent **ret_agent)
{
	__attribute__((cleanup(agent_freep))) struct agent *a = NULL;
	int err;

	a = calloc(1, sizeof(*a));
	if (!a)
		return -ENOMEM;
	a->o = o;
	a->devs = devs;
	a->vm = vm;
	a->fd = -1;
	/* hello, end; of each device a row and a count a vCPU */
	a->max = (2 + (size_t)o->nr_devs * (1 + o->nr_vcpus)) * LINE_BYTES;
	a->text = malloc(a->max);
	if (!a->text)
		return -ENOMEM;
	err = connect_to(o->agent_path, &a->fd);
	if (err)
		return err;
	agent_tick(a, mono_ns());
	*ret_agent = TAKE_PTR(a);
	return 0;
}

void agent_stop(struct agent *a)
{
	agent_report(a);
	agent_freep(&a);
}
