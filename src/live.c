// SPDX-License-Identifier: GPL-2.0
/*
 * Owns a live session and what is known of its host, and hands both out as a
 * source: readings, names from /proc and /sys, and what it all costs.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "drain.h"
#include "gicpmu.h"
#include "live.h"
#include "log.h"
#include "names.h"
#include "util.h"

#define NS_PER_S	1000000000ULL

struct live {
	struct source source;		/* must be the first */
	struct host host;
	struct session *session;
	struct direct *direct;		/* NULL: nobody asks for it */
	struct gicpmu *gicpmu;		/* NULL: not on this host */
	uint64_t own_ns, read_ns;	/* our CPU time, and the time, at the last reading */
	uint64_t window_ns, run_ns;	/* start of the window, and the programs' time then */
	struct recorder *recorder;	/* NULL: nothing is recorded */
	uint64_t *lost;			/* records, by CPU */
};

#define PUMP_NS		20000000ULL	/* how often rings are emptied */

static struct live *live_of(struct source *s)
{
	return (struct live *)s;
}

static uint64_t cpu_time_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * NS_PER_S + (uint64_t)ts.tv_nsec;
}

static void thread_ended(void *ctx, uint64_t vpe)
{
	session_forget_thread(ctx, vpe);
}

static int read_all(struct live *l, struct snapshot *ret_snap)
{
	int err;

	if (!l->direct)
		return session_read(l->session, ret_snap);
	direct_pump(l->direct);
	err = session_read(l->session, ret_snap);
	if (!err)
		err = direct_read(l->direct, ret_snap, &l->source.names, thread_ended, l->session);
	l->source.info.nr_agents = direct_nr_guests(l->direct);
	/* a PMU that cannot be read any more has no figure any more */
	if (l->gicpmu && gicpmu_read(l->gicpmu, &l->source.info.gic_vlpis))
		l->source.info.gic_pmu = NULL;
	return err;
}

/* @end: all that there is, however young. */
static int pump(struct live *l, bool end)
{
	return drain_into(l->session, l->recorder, l->lost, end);
}

static int live_pump(struct source *s)
{
	return pump(live_of(s), false);
}

static int live_finish(struct source *s)
{
	struct live *l = live_of(s);
	int err = pump(l, true);

	return err < 0 ? err : recorder_finish(l->recorder);
}

static int live_read(struct source *s, struct snapshot *ret_snap)
{
	struct live *l = live_of(s);
	uint64_t own_ns = cpu_time_ns(), now_ns = util_now_ns();
	time_t now = time(NULL);
	struct tm tm;
	int err;

	if (now_ns > l->read_ns)
		s->info.own_ns_per_s = (own_ns - l->own_ns) * NS_PER_S / (now_ns - l->read_ns);
	l->own_ns = own_ns;
	l->read_ns = now_ns;
	localtime_r(&now, &tm);
	strftime(s->info.clock, sizeof(s->info.clock), "%H:%M:%S", &tm);
	err = read_all(l, ret_snap);
	if (!err && l->recorder)
		err = recorder_sample(l->recorder, ret_snap, &s->info);
	return err;
}

static void live_measure(struct source *s, bool on)
{
	struct live *l = live_of(s);
	uint64_t now_ns;

	if (on) {
		l->window_ns = session_cost_begin(l->session) ? 0 : util_now_ns();
		l->run_ns = session_run_ns(l->session);
		return;
	}
	now_ns = util_now_ns();
	s->info.cost_known = l->window_ns && now_ns > l->window_ns;
	if (s->info.cost_known)
		s->info.bpf_ns_per_s = (session_run_ns(l->session) - l->run_ns) * NS_PER_S /
				       (now_ns - l->window_ns);
	session_cost_end(l->session);
	l->window_ns = 0;
}

static void live_focus(struct source *s, uint64_t kvm)
{
	session_focus(live_of(s)->session, kvm);
}

static void live_free(struct source *s)
{
	struct live *l = live_of(s);

	recorder_free(l->recorder);
	free(l->lost);
	session_free(l->session);
	direct_free(l->direct);
	gicpmu_free(l->gicpmu);
	host_clear(&l->host);
	free(l);
}

static void live_freep(struct live **l)
{
	if (*l)
		live_free(&(*l)->source);
}

#define auto_live __attribute__((cleanup(live_freep)))

static void count_hooks(struct source *s, const struct hook_plan *plan, bool detail,
			bool taken)
{
	unsigned int i;

	for (i = 0; i < plan->nr; i++) {
		if (plan->choices[i].hook->need == HOOK_DETAIL && !detail)
			continue;
		if (plan->choices[i].hook->need == HOOK_DIRECT && !taken)
			continue;
		s->info.hooks_wanted++;
		if (plan->choices[i].backend != HOOK_NONE)
			s->info.hooks_attached++;
		else
			log_say(0, "cannot watch %s (%s): %s; what depends on it is n/a",
				plan->choices[i].hook->activity, plan->choices[i].hook->function,
				plan->choices[i].why);
	}
	s->info.backend = hooks_backend_name(plan->backend);
	s->figures = plan->figures;
}

/* A line for each hook, for who reads the recording one day. */
static void describe_hooks(const struct hook_plan *plan, char *buf, size_t size)
{
	const struct hook_choice *c;
	size_t len = 0;
	unsigned int i;

	buf[0] = '\0';
	for (i = 0; i < plan->nr && len < size; i++) {
		c = &plan->choices[i];
		len += (size_t)snprintf(buf + len, size - len, "hook=%s: %s %s\n",
					c->hook->activity, hooks_backend_name(c->backend),
					c->backend == HOOK_NONE ? c->why : hooks_target(c));
	}
}

static int begin_recording(struct live *l, uint64_t start_ns, uint32_t missing)
{
	char hooks[4096];
	const struct recorder_host host = {
		.info = &l->source.info,
		.machine = l->host.machine,
		.figures = l->source.figures & ~missing,
		.start_ns = start_ns,
		.hooks = hooks,
		.nr_cpus = session_nr_cpus(l->session),
	};

	describe_hooks(session_plan(l->session), hooks, sizeof(hooks));
	l->lost = calloc(host.nr_cpus + 1, sizeof(*l->lost));
	if (!l->lost)
		return log_err(-ENOMEM, "cannot record");
	l->source.pump = live_pump;
	l->source.pump_ns = PUMP_NS;
	l->source.finish = live_finish;
	return recorder_begin(l->recorder, &host, &l->source.names);
}

static int open_sources(struct live *l, struct session_opts *opts,
			const struct direct_opts *direct)
{
	struct source *s = &l->source;
	int err;

	host_read(&l->host);
	err = host_require(&l->host);
	if (err)
		return err;
	if (direct) {
		err = direct_open(direct, &l->direct);
		if (err)
			return err;
		opts->taken = direct_needs_taken(l->direct);
	}
	err = session_open(&l->host, opts, &l->session);
	if (err)
		return err;
	if (opts->taken && !(session_plan(l->session)->figures & HOOK_FIG_TAKEN))
		direct_drop_pmu(l->direct);
	if (direct) {
		s->info.pmu_event = direct_event_name(l->direct);
		if (!gicpmu_open(GICPMU_DEVICES, &l->gicpmu))
			s->info.gic_pmu = gicpmu_name(l->gicpmu);
	}
	return 0;
}

int live_open_recorded(const struct session_opts *opts, const struct direct_opts *direct,
		       struct recorder *r, struct source **ret_source)
{
	auto_live struct live *l = calloc(1, sizeof(*l));
	struct session_opts session = *opts;
	uint64_t start_ns = util_now_ns();
	struct source *s;
	int err;

	if (!l) {
		recorder_free(r);
		return log_err(-ENOMEM, "cannot start");
	}
	s = &l->source;
	*s = (struct source){ .read = live_read, .measure = live_measure, .focus = live_focus,
			      .free = live_free };
	l->recorder = r;
	err = open_sources(l, &session, direct);
	if (err)
		return err;
	names_live(&s->names);
	count_hooks(s, session_plan(l->session), opts->detail || opts->dirty, session.taken);
	s->info.kernel = l->host.kernel;
	s->info.gic = host_gic_name(&l->host);
	s->info.wfi = host_wfi_name(&l->host);
	if (r) {
		err = begin_recording(l, start_ns, opts->no_figures);
		if (err)
			return err;
	}
	l->own_ns = cpu_time_ns();
	s->start_ns = l->read_ns = util_now_ns();
	l = NULL;
	*ret_source = s;
	return 0;
}

int live_open(const struct session_opts *opts, const struct direct_opts *direct,
	      struct source **ret_source)
{
	return live_open_recorded(opts, direct, NULL, ret_source);
}

int live_open_to(const struct session_opts *opts, const struct direct_opts *direct,
		 const char *path, struct source **ret_source)
{
	const struct recorder_opts rec = { .path = path, .filter.vcpu = -1 };
	struct session_opts session = *opts;
	struct recorder *r;
	int err;

	if (!path)
		return live_open(opts, direct, ret_source);
	session.ring_bytes = drain_ring_bytes();
	err = recorder_new(&rec, &r);
	return err ? err : live_open_recorded(&session, direct, r, ret_source);
}
