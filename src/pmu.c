// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the perf events of vCPU threads; see pmu.h. One event a thread, in guest mode
 * only, EL1 only (perf's ":Gk"): there the hardware filters by itself, KVM need not
 * switch anything at guest entry.
 */
#include <errno.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "pmu.h"
#include "util.h"

#define READS_MAX	1024U	/* threads a refresh; each read may interrupt another CPU */

struct thread {
	uint64_t vpe, birth_ns;
	uint32_t tid;
	int fd;				/* -1: no event */
	uint64_t ended, ended_counted;	/* events of threads that have ended: scaled, real */
	uint64_t taken_base;		/* through list registers while no event was open */
	uint64_t taken_closed;		/* g4_vpe_lr.taken when the last event was closed */
	struct snap_direct sample;
	bool known;			/* @sample is one */
	bool seen;			/* in the present snapshot */
};

struct pmu {
	uint64_t event;
	struct thread *threads;		/* by vPE */
	uint32_t nr, next;		/* @next: whose turn it is to be read */
	int err;			/* of the last event that could not be opened */
};

int pmu_open(uint64_t event, struct pmu **ret_pmu)
{
	struct pmu *p = calloc(1, sizeof(*p));

	if (!p)
		return -ENOMEM;
	p->event = event;
	*ret_pmu = p;
	return 0;
}

void pmu_free(struct pmu *p)
{
	uint32_t i;

	if (!p)
		return;
	for (i = 0; i < p->nr; i++)
		util_closep(&p->threads[i].fd);
	free(p->threads);
	free(p);
}

const char *pmu_trouble(const struct pmu *p)
{
	switch (-p->err) {
	case 0:
		return NULL;
	case EMFILE:
	case ENFILE:
		return "too many open files: raise the limit (ulimit -n)";
	case EACCES:
	case EPERM:
		return "no permission: run as root, or with CAP_PERFMON";
	case ESRCH:
		return "vCPU threads are not visible here: run in the host's pid namespace";
	default:
		return strerror(-p->err);
	}
}

static int open_event(uint64_t event, uint32_t tid)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_RAW,
		.size = sizeof(attr),
		.config = event,
		.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING,
		.exclude_host = 1,
		.exclude_user = 1,
		.exclude_hv = 1,
	};
	long fd = syscall(SYS_perf_event_open, &attr, (pid_t)tid, -1, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : (int)fd;
}

static int by_vpe(const void *a, const void *b)
{
	const struct thread *x = a, *y = b;

	return x->vpe < y->vpe ? -1 : x->vpe > y->vpe;
}

static struct thread *find_thread(const struct pmu *p, uint64_t vpe, uint32_t nr)
{
	const struct thread wanted = { .vpe = vpe };

	return nr ? bsearch(&wanted, p->threads, nr, sizeof(*p->threads), by_vpe) : NULL;
}

/* Threads of vPEs that came are added, of those that went closed and left out. */
static int follow_vpes(struct pmu *p, const struct snapshot *snap)
{
	uint32_t i, nr = p->nr, left = 0;
	struct thread *t;

	t = reallocarray(p->threads, (size_t)nr + snap->nr_vpes + 1, sizeof(*t));
	if (!t)
		return -ENOMEM;
	p->threads = t;
	for (i = 0; i < nr; i++)
		p->threads[i].seen = false;
	for (i = 0; i < snap->nr_vpes; i++) {
		t = find_thread(p, snap->vpes[i].v.vpe, nr);
		if (t && t->birth_ns == snap->vpes[i].v.birth_ns)
			t->seen = true;
		else
			p->threads[p->nr++] = (struct thread){
				.vpe = snap->vpes[i].v.vpe,
				.birth_ns = snap->vpes[i].v.birth_ns,
				.fd = -1,
				.seen = true,
			};
	}
	for (i = 0; i < p->nr; i++) {
		if (p->threads[i].seen)
			p->threads[left++] = p->threads[i];
		else
			util_closep(&p->threads[i].fd);
	}
	p->nr = left;
	if (left)
		qsort(p->threads, left, sizeof(*p->threads), by_vpe);
	return 0;
}

static int read_event(const struct thread *t, struct pmu_reading *r)
{
	ssize_t n = read(t->fd, r, sizeof(*r));

	if (n == (ssize_t)sizeof(*r))
		return 0;
	return n < 0 ? -errno : -EIO;	/* the kernel gave the event up */
}

/* Not by poll(2): an event without a ring buffer always tells of a hang-up. */
static bool has_ended(const struct thread *t)
{
	return kill((pid_t)t->tid, 0) && errno == ESRCH;
}

/*
 * Events and list registers are read one after the other, and a scaled count may fall:
 * what was delivered stays delivered, so the estimate never does.
 */
static void sample_thread(struct thread *t, const struct snap_vpe *sv, uint64_t now_ns)
{
	uint64_t events = t->ended, counted = t->ended_counted, scaled;
	uint64_t taken = t->fd >= 0 ? sv->v.lr.taken : t->taken_closed;
	uint64_t before = t->sample.count;
	struct pmu_reading r = { 0 };

	t->known = false;
	if (t->fd >= 0) {
		if (read_event(t, &r) || !pmu_scale(&r, &scaled))
			return;
		events += scaled;
		counted += r.value;
	}
	t->sample = (struct snap_direct){
		.kvm = sv->v.kvm,
		.birth_ns = sv->v.birth_ns,
		.vcpu = sv->v.vcpu,
		.source = DIRECT_PMU,
		.time_ns = now_ns,
		.running_pct = r.enabled ? 100.0 * (double)r.running / (double)r.enabled : 100,
	};
	t->known = pmu_estimate(events, counted, taken - t->taken_base,
				(uint32_t)__builtin_popcount(sv->v.lr.pending), &t->sample.count,
				&t->sample.error);
	if (t->sample.count < before) {
		t->sample.error += before - t->sample.count;
		t->sample.count = before;
	}
}

/* The event of a thread that has ended is read for the last time. */
static void close_thread(struct thread *t, const struct snap_vpe *sv)
{
	struct pmu_reading r;
	uint64_t scaled;

	t->taken_closed = sv->v.lr.taken;
	if (!read_event(t, &r) && pmu_scale(&r, &scaled)) {
		t->ended += scaled;
		t->ended_counted += r.value;
	}
	util_closep(&t->fd);
	t->fd = -1;
}

/* A vCPU whose thread has never run has taken nothing: that is a figure too. */
static void follow_thread(struct pmu *p, struct thread *t, const struct snap_vpe *sv,
			  void (*ended)(void *ctx, uint64_t vpe), void *ctx)
{
	if (t->fd >= 0 && has_ended(t)) {
		close_thread(t, sv);
		ended(ctx, t->vpe);
		return;			/* the snapshot still has the old one's id */
	}
	if (t->fd >= 0 || !sv->v.lr.tid || sv->v.lr.tid == t->tid)
		return;
	t->fd = open_event(p->event, sv->v.lr.tid);
	if (t->fd < 0) {
		/* gone already: its vPE meets the next one at a load */
		if (t->fd == -ESRCH && kill((pid_t)sv->v.lr.tid, 0) && errno == ESRCH)
			ended(ctx, t->vpe);
		else
			p->err = t->fd;
		t->fd = -1;
		return;
	}
	t->taken_base += sv->v.lr.taken - t->taken_closed;
	t->tid = sv->v.lr.tid;
}

/* From @next on, as many as a refresh may cost; the others keep their last sample. */
static bool is_its_turn(const struct pmu *p, uint32_t i)
{
	uint32_t behind = i >= p->next ? i - p->next : p->nr - p->next + i;

	return behind < READS_MAX;
}

int pmu_read(struct pmu *p, struct snapshot *snap, void (*ended)(void *ctx, uint64_t vpe),
	     void *ctx)
{
	struct snap_direct *list;
	struct thread *t;
	uint32_t i;

	if (follow_vpes(p, snap))
		return -ENOMEM;
	list = reallocarray(snap->direct, (size_t)snap->nr_direct + snap->nr_vpes + 1,
			    sizeof(*list));
	if (!list)
		return -ENOMEM;
	snap->direct = list;
	if (p->next >= p->nr)
		p->next = 0;
	p->err = 0;
	for (i = 0; i < snap->nr_vpes; i++) {
		t = find_thread(p, snap->vpes[i].v.vpe, p->nr);
		if (!t)
			continue;
		follow_thread(p, t, &snap->vpes[i], ended, ctx);
		if (t->fd < 0 && snap->vpes[i].v.lr.tid && snap->vpes[i].v.lr.tid != t->tid)
			t->known = false;	/* it runs, and cannot be counted */
		else if (is_its_turn(p, (uint32_t)(t - p->threads)) || !t->known)
			sample_thread(t, &snap->vpes[i], util_now_ns());
		if (t->known)
			list[snap->nr_direct++] = t->sample;
	}
	p->next += READS_MAX;
	return 0;
}
