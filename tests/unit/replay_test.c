// SPDX-License-Identifier: GPL-2.0
/*
 * Recordings as sources: at any moment of one, a reading is what the traffic that it is
 * of had counted then, however that moment was reached; and the model of it is the one
 * that somebody would have had who watched from the begin.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "hooks.h"
#include "moment.h"
#include "out.h"
#include "rec_format.h"
#include "rec_play.h"
#include "recorder.h"
#include "replay.h"
#include "traffic.h"
#include "unit.h"

#define NR_CPUS		4U
#define SEC		1000000000ULL
#define PASS_NS		20000000ULL
#define MAX_MOMENTS	64U
#define NR_VMS		2U
#define NR_VCPUS	3U
#define NR_VPES		(NR_VMS * NR_VCPUS)

struct truth {				/* what the traffic had counted at @ns */
	uint64_t ns;
	struct g4_vm vms[NR_VMS];
	struct g4_vpe vpes[NR_VPES];
	struct g4_vpe_hists hists[NR_VPES];
};

struct made {
	char dir[64], path[96];
	struct traffic *t;
	struct recorder *r;
	struct out_info info;
	struct model_names names;
	uint64_t sample_ns, pass_ns;
	uint64_t lost[NR_CPUS];
	bool losing;
	struct truth *moments;
	unsigned int nr;
};

static void take(void *ctx, const struct g4_rec *rec)
{
	struct made *m = ctx;

	if (m->losing && rec->type < G4_REC_LONG)
		m->lost[rec->pcpu]++;
	else
		recorder_take(m->r, rec);
}

static void sample(struct made *m, uint64_t now_ns)
{
	struct snapshot snap = { .now_ns = now_ns, .missed_known = true };
	struct snap_direct direct[NR_VCPUS];
	uint32_t i;

	for (i = 0; i < NR_VCPUS; i++)
		direct[i] = (struct snap_direct){
			.kvm = traffic_vm(m->t, 1)->kvm, .vcpu = i, .source = DIRECT_GUEST,
			.birth_ns = traffic_vpe(m->t, NR_VCPUS + i)->birth_ns,
			/* it speaks every third time only, and never evenly */
			.time_ns = now_ns / (3 * SEC) * (3 * SEC),
			.count = now_ns / (3 * SEC) * (now_ns / (3 * SEC)),
			.running_pct = 100,
		};
	snap.direct = direct;
	snap.nr_direct = NR_VCPUS;
	for (i = 0; i < NR_CPUS; i++)
		snap.loss.records += m->lost[i];
	assert_int_equal(recorder_sample(m->r, &snap, &m->info), 0);
	m->sample_ns = now_ns + SEC;
}

static void run_until(struct made *m, uint64_t until_ns)
{
	uint64_t now_ns;

	while ((now_ns = traffic_now_ns(m->t)) < until_ns) {
		traffic_run(m->t, 5, take, m);
		if (now_ns < m->pass_ns)
			continue;
		m->pass_ns = now_ns + PASS_NS;
		assert_int_equal(recorder_pass(m->r, now_ns, now_ns, m->lost, NR_CPUS), 0);
		if (now_ns >= m->sample_ns)
			sample(m, now_ns);
	}
}

static void remember(struct made *m)
{
	struct truth *now = &m->moments[m->nr++];
	uint32_t i;

	assert_true(m->nr <= MAX_MOMENTS);
	now->ns = traffic_now_ns(m->t);
	for (i = 0; i < NR_VMS; i++)
		now->vms[i] = *traffic_vm(m->t, i);
	for (i = 0; i < NR_VPES; i++) {
		now->vpes[i] = *traffic_vpe(m->t, i);
		now->hists[i] = *traffic_hists(m->t, i);
	}
}

static void begin_as(struct made *m, uint64_t max_bytes, bool elsewhere)
{
	const struct traffic_opts traffic = { .nr_vms = NR_VMS, .nr_vcpus = NR_VCPUS,
					      .nr_cpus = NR_CPUS, .seed = 11, .step_ns = 400000 };
	struct recorder_host host = { .info = &m->info, .machine = "aarch64",
				      .figures = UINT32_MAX, .nr_cpus = NR_CPUS,
				      .elsewhere = elsewhere };
	struct recorder_opts opts = { .path = m->path, .filter.vcpu = -1,
				      .max_bytes = max_bytes, .rotate = max_bytes ? 3 : 0 };

	memset(m, 0, sizeof(*m));
	m->info = (struct out_info){ .kernel = "6.12-test", .gic = "4.1", .wfi = "auto",
				     .backend = "kprobe", .hooks_attached = 18,
				     .hooks_wanted = 19, .cost_known = true,
				     .bpf_ns_per_s = 1000000, .own_ns_per_s = 2000000 };
	snprintf(m->dir, sizeof(m->dir), "/tmp/gicv4top-replay.XXXXXX");
	assert_non_null(mkdtemp(m->dir));
	snprintf(m->path, sizeof(m->path), "%s/file", m->dir);
	m->moments = calloc(MAX_MOMENTS, sizeof(*m->moments));
	m->t = traffic_new(&traffic);
	assert_true(m->moments && m->t);
	traffic_names(&m->names);
	host.start_ns = traffic_now_ns(m->t);
	assert_int_equal(recorder_new(&opts, &m->r), 0);
	assert_int_equal(recorder_begin(m->r, &host, &m->names), 0);
	traffic_begin(m->t, take, m);
}

static void begin(struct made *m)
{
	begin_as(m, 0, false);
}

static void finish(struct made *m)
{
	assert_int_equal(recorder_pass(m->r, UINT64_MAX, traffic_now_ns(m->t), m->lost, NR_CPUS),
			 0);
	assert_int_equal(recorder_finish(m->r), 0);
}

static void end(struct made *m)
{
	char command[128];

	recorder_free(m->r);
	traffic_free(m->t);
	free(m->moments);
	snprintf(command, sizeof(command), "rm -rf '%s'", m->dir);
	assert_int_equal(system(command), 0);
}

/* Twenty seconds, in the middle of which VM 0 ends and another begins. */
static void make(struct made *m)
{
	uint64_t start_ns;
	unsigned int i;

	begin(m);
	start_ns = traffic_now_ns(m->t);
	for (i = 1; i <= 40; i++) {
		run_until(m, start_ns + i * SEC / 2);
		remember(m);
		if (i == 19) {
			traffic_restart_vm(m->t, 0, take, m);
			remember(m);
		}
	}
	finish(m);
}

static struct source *open_it(const struct made *m, bool hists)
{
	const struct replay_opts opts = { .hists = hists };
	struct source *s;

	assert_int_equal(replay_open(m->path, &opts, &s), 0);
	return s;
}

static const struct snap_vpe *find_vpe(const struct snapshot *snap, uint64_t vpe)
{
	uint32_t i;

	for (i = 0; i < snap->nr_vpes; i++) {
		if (snap->vpes[i].v.vpe == vpe)
			return &snap->vpes[i];
	}
	return NULL;
}

static const struct g4_vm *find_vm(const struct snapshot *snap, uint64_t kvm)
{
	uint32_t i;

	for (i = 0; i < snap->nr_vms; i++) {
		if (snap->vms[i].kvm == kvm)
			return &snap->vms[i];
	}
	return NULL;
}

/* @whose: of which VM the reading has histograms. */
static void same_vpe(const struct snapshot *snap, const struct truth *then, uint32_t i,
		     uint64_t whose)
{
	const struct snap_vpe *sv = find_vpe(snap, then->vpes[i].vpe);
	struct g4_vpe got, want = then->vpes[i];

	assert_non_null(sv);
	got = sv->v;
	got.seq = want.seq = 0;
	got.vm_slot = want.vm_slot = 0;
	assert_memory_equal(&got, &want, sizeof(got));
	ck_u64(sv->now_ns, then->ns);
	ck_true(!sv->hists == (whose != SOURCE_FOCUS_ALL && whose != want.kvm));
	if (sv->hists)
		assert_memory_equal(sv->hists, &then->hists[i], sizeof(*sv->hists));
}

static void same_as_then(struct source *s, const struct truth *then, uint64_t whose)
{
	struct snapshot snap = { 0 };
	uint32_t i;

	s->focus(s, whose);
	assert_int_equal(s->seek(s, then->ns), 0);
	assert_int_equal(s->read(s, &snap), 0);
	ck_u64(s->pos_ns, then->ns);
	ck_u64(snap.now_ns, then->ns);
	ck_u64(snap.nr_vms, NR_VMS);
	ck_u64(snap.nr_vpes, NR_VPES);
	for (i = 0; i < NR_VMS; i++) {
		assert_non_null(find_vm(&snap, then->vms[i].kvm));
		assert_memory_equal(find_vm(&snap, then->vms[i].kvm), &then->vms[i],
				    sizeof(then->vms[i]));
	}
	for (i = 0; i < NR_VPES; i++)
		same_vpe(&snap, then, i, whose);
	snapshot_clear(&snap);
}

static void every_moment_is_what_the_traffic_had_counted_then(void **state)
{
	struct made m;
	struct source *s;
	unsigned int i;

	(void)state;
	make(&m);
	s = open_it(&m, true);
	ck_u64(m.nr, 41);
	for (i = 0; i < m.nr; i++)
		same_as_then(s, &m.moments[i], SOURCE_FOCUS_ALL);
	ck_true(!s->incomplete);
	source_free(s);
	end(&m);
}

static void seeking_in_any_order_finds_the_same(void **state)
{
	struct made m;
	struct source *s;
	unsigned int i;

	(void)state;
	make(&m);
	s = open_it(&m, true);
	srand(3);
	for (i = 0; i < 60; i++) {
		const struct truth *then = &m.moments[(unsigned int)rand() % m.nr];

		same_as_then(s, then, i % 3 ? then->vms[i % 2].kvm : SOURCE_FOCUS_ALL);
	}
	source_free(s);
	end(&m);
}

static void it_tells_of_the_host_and_of_the_time_then(void **state)
{
	struct snapshot snap = { 0 };
	struct made m;
	struct source *s;
	char text[64];
	time_t then;

	(void)state;
	make(&m);
	s = open_it(&m, false);
	ck_str(s->info.kernel, "6.12-test");
	ck_str(s->info.gic, "4.1");
	ck_str(s->info.backend, "kprobe");
	ck_u64(s->info.hooks_attached, 18);
	ck_u64(s->figures, UINT32_MAX);
	ck_true(!s->info.gic_pmu && !s->info.pmu_event);
	assert_int_equal(s->read(s, &snap), 0);
	ck_true(!s->info.cost_known);		/* no sample yet */
	assert_int_equal(s->seek(s, s->first_ns + 5 * SEC), 0);
	assert_int_equal(s->read(s, &snap), 0);
	ck_true(s->info.cost_known);
	ck_u64(s->info.own_ns_per_s, 2000000);
	then = (time_t)((s->first_real_ns + 5 * SEC) / SEC);
	strftime(text, sizeof(text), "%H:%M:%S", localtime(&then));
	/* the clock was read again with each sample, some us later or earlier */
	ck_true(!strncmp(s->info.clock, text, 5));
	s->names.vm_name(s->names.ctx, traffic_vm(m.t, 1)->pid, text, sizeof(text));
	ck_str(text, "vm-1");
	s->names.device(s->names.ctx, 106, text, sizeof(text));
	ck_str(text, "0000:35:00.0");
	s->names.device(s->names.ctx, 99, text, sizeof(text));
	ck_str(text, "");
	snapshot_clear(&snap);
	source_free(s);
	end(&m);
}

/* As of a trace.dat: neither clock nor name of who converts it are those of the host. */
static void of_another_host_the_clock_is_how_far_it_is_from_the_begin(void **state)
{
	struct snapshot snap = { 0 };
	struct rec_play p;
	enum rec_verdict verdict;
	struct made m;
	struct source *s;

	(void)state;
	begin_as(&m, 0, true);
	run_until(&m, traffic_now_ns(m.t) + 10 * SEC);
	finish(&m);
	assert_int_equal(rec_play_open(&p, open(m.path, O_RDONLY | O_CLOEXEC),
				       &(struct fold_opts){ 0 }, &verdict), 0);
	ck_u64(verdict, REC_GOOD);
	ck_u64(p.info.start_real_ns, 0);
	ck_str(p.info.host, "");
	assert_int_equal(rec_play_until(&p, UINT64_MAX), 0);
	assert_non_null(p.fold.sample);
	ck_u64(p.fold.sample->real_ns, 0);
	rec_play_close(&p);
	s = open_it(&m, false);
	ck_u64(s->first_real_ns, 0);
	assert_int_equal(s->read(s, &snap), 0);
	ck_str(s->info.clock, "+0.000s");
	assert_int_equal(s->seek(s, s->first_ns + 5 * SEC + SEC / 2), 0);
	assert_int_equal(s->read(s, &snap), 0);
	ck_str(s->info.clock, "+5.500s");
	snapshot_clear(&snap);
	source_free(s);
	end(&m);
}

static void a_seek_stops_at_both_ends(void **state)
{
	struct made m;
	struct source *s;

	(void)state;
	make(&m);
	s = open_it(&m, false);
	ck_u64(s->pos_ns, s->first_ns);
	assert_int_equal(s->seek(s, UINT64_MAX), 0);
	ck_u64(s->pos_ns, s->last_ns);
	ck_true(s->last_ns >= traffic_now_ns(m.t) - PASS_NS);
	assert_int_equal(s->seek(s, 0), 0);
	ck_u64(s->pos_ns, s->first_ns);
	source_free(s);
	end(&m);
}

/* --- the model at a moment --- */

struct watcher {
	struct source *source;
	struct snapshot snap;
	struct model model;
	struct model_filter filter;
	char text[65536];
};

static void watch(struct watcher *w, const struct made *m)
{
	memset(w, 0, sizeof(*w));
	w->source = open_it(m, true);
	w->model.figures = w->source->figures;
	w->filter = (struct model_filter){ .vcpu = -1, .detail = true };
}

static void watch_end(struct watcher *w)
{
	source_free(w->source);
	snapshot_clear(&w->snap);
	model_clear(&w->model);
}

/* All that the model says, at @to_ns. */
static const char *shown(struct watcher *w, uint64_t to_ns, uint64_t interval_ns)
{
	const struct moment moment = { .source = w->source, .model = &w->model,
				       .filter = &w->filter, .interval_ns = interval_ns };
	const struct out_opts opts = { .detail = true };
	struct snapshot old;
	FILE *f;

	assert_int_equal(moment_go(&moment, to_ns, &w->snap), 0);
	w->source->focus(w->source, SOURCE_FOCUS_ALL);
	old = w->snap;
	w->snap = (struct snapshot){ 0 };
	assert_int_equal(w->source->read(w->source, &w->snap), 0);
	assert_int_equal(model_update(&w->model, &w->snap, &w->filter, &w->source->names), 0);
	snapshot_clear(&old);
	f = fmemopen(w->text, sizeof(w->text), "w");
	assert_non_null(f);
	assert_int_equal(out_json(f, &w->model, &w->source->info, &opts), 0);
	fclose(f);
	return w->text;
}

/* Jumps in random order show what a watcher from the begin was shown at each step. */
static void jumps_show_what_a_watcher_saw(const struct made *m, uint64_t interval_ns)
{
	struct watcher all, one;
	unsigned int i, k, nr;
	char *texts[128];
	uint64_t first_ns;

	watch(&all, m);
	watch(&one, m);
	first_ns = all.source->first_ns;
	nr = (unsigned int)((all.source->last_ns - first_ns) / interval_ns);
	nr = nr > 128 ? 128 : nr;
	for (i = 0; i < nr; i++)
		texts[i] = strdup(shown(&all, first_ns + i * interval_ns, interval_ns));
	srand(5);
	for (k = 0; k < 40; k++) {
		/* a jump, and a step or two behind it */
		i = k % 3 && k ? (i + 1) % nr : (unsigned int)rand() % nr;
		ck_str(shown(&one, first_ns + i * interval_ns, interval_ns), texts[i]);
	}
	for (i = 0; i < nr; i++)
		free(texts[i]);
	watch_end(&all);
	watch_end(&one);
}

static void a_jump_shows_what_who_watched_all_the_time_saw(void **state)
{
	struct made m;

	(void)state;
	make(&m);
	jumps_show_what_a_watcher_saw(&m, SEC);
	jumps_show_what_a_watcher_saw(&m, 2 * SEC);
	jumps_show_what_a_watcher_saw(&m, SEC / 5);
	end(&m);
}

static void what_stands_until_its_source_speaks_again_stands_after_a_jump(void **state)
{
	struct watcher w;
	struct made m;

	(void)state;
	make(&m);
	watch(&w, &m);
	shown(&w, w.source->first_ns + 11 * SEC, SEC / 5);
	ck_u64(w.model.nr_vms, 2);
	ck_true(w.model.vms[1].direct[DIRECT_GUEST].rated);
	ck_true(w.model.vms[1].direct[DIRECT_GUEST].per_s > 0);
	ck_true(!w.model.vms[0].direct[DIRECT_GUEST].known);
	watch_end(&w);
	end(&m);
}

static void another_reading_of_the_same_moment_brings_other_histograms(void **state)
{
	struct snapshot other = { 0 }, wrong = { 0 };
	struct watcher w;
	struct made m;
	uint32_t i;

	(void)state;
	make(&m);
	watch(&w, &m);
	shown(&w, w.source->first_ns + 5 * SEC, SEC);
	w.source->focus(w.source, w.model.vms[1].key);
	assert_int_equal(w.source->read(w.source, &other), 0);
	ck_true(model_borrow(&w.model, &other));
	for (i = 0; i < w.model.nr_vpes; i++) {
		ck_true(!w.model.vpes[i].hists == (w.model.vpes[i].kvm != w.model.vms[1].key));
		ck_true(w.model.vpes[i].delta.loads > 0);
		if (w.model.vpes[i].hists)
			assert_memory_equal(w.model.vpes[i].hists,
					    find_vpe(&other, w.model.vpes[i].key)->hists,
					    sizeof(struct g4_vpe_hists));
	}
	ck_true(w.model.vms[0].counted == find_vm(&other, w.model.vms[0].key));
	assert_int_equal(w.source->seek(w.source, w.source->pos_ns + SEC), 0);
	assert_int_equal(w.source->read(w.source, &wrong), 0);
	ck_true(!model_borrow(&w.model, &wrong));
	snapshot_clear(&wrong);
	snapshot_clear(&w.snap);
	w.snap = other;
	watch_end(&w);
	end(&m);
}

/* --- the recording as a whole --- */

static void as_a_whole_who_has_ended_is_still_there(void **state)
{
	const struct replay_opts opts = { .hists = true, .whole = true };
	struct snapshot snap = { 0 };
	const struct truth *before;
	struct source *s;
	struct made m;
	uint32_t i, k;

	(void)state;
	make(&m);
	before = &m.moments[18];		/* VM 0 ends behind it */
	assert_int_equal(replay_open(m.path, &opts, &s), 0);
	s->focus(s, SOURCE_FOCUS_ALL);
	assert_int_equal(s->seek(s, s->last_ns), 0);
	assert_int_equal(s->read(s, &snap), 0);
	ck_u64(snap.nr_vms, 3);
	ck_u64(snap.nr_vpes, 9);
	for (i = 0; i < snap.nr_vpes; i++)
		ck_u64(snap.vpes[i].v.vpe, i + 1);
	for (k = 0; k < snap.nr_vms; k++)
		ck_u64(snap.vms[k].kvm, k + 1);
	for (i = 0; i < NR_VCPUS; i++)
		assert_memory_equal(snap.vpes[i].hists, &before->hists[i],
				    sizeof(struct g4_vpe_hists));
	assert_memory_equal(&snap.vms[0].doorbell_ns, &before->vms[0].doorbell_ns,
			    sizeof(struct g4_hist));
	snapshot_clear(&snap);
	source_free(s);
	end(&m);
}

/* --- one of several files --- */

static void ck_first_screen_has_no_rates(const struct made *m)
{
	struct watcher w;
	uint32_t i;

	watch(&w, m);
	shown(&w, w.source->first_ns, SEC);
	ck_u64(w.model.nr_vms, NR_VMS);
	for (i = 0; i < NR_VMS; i++) {
		ck_true(w.model.vms[i].total.loads > 100);
		ck_u64(w.model.vms[i].interval_ns, 0);
		ck_u64(w.model.vms[i].delta.loads, 0);
	}
	watch_end(&w);
}

/* Counts are since the recorder began, histograms of vPEs since the file did. */
static void the_next_of_several_files_goes_on_counting(void **state)
{
	const struct replay_opts whole = { .hists = true, .whole = true };
	struct snapshot snap = { 0 };
	const struct truth *last;
	uint64_t start_ns, nr = 0;
	struct made m;
	struct source *s;
	unsigned int i;

	(void)state;
	begin_as(&m, 150000, false);
	start_ns = traffic_now_ns(m.t);
	for (i = 1; i <= 40; i++) {
		run_until(&m, start_ns + i * SEC / 2);
		remember(&m);
	}
	finish(&m);
	s = open_it(&m, false);
	ck_true(s->first_ns > start_ns + 3 * SEC && s->last_ns > start_ns + 19 * SEC);
	for (i = 0; i < m.nr; i++) {
		if (m.moments[i].ns < s->first_ns)
			continue;
		assert_int_equal(s->seek(s, m.moments[i].ns), 0);
		assert_int_equal(s->read(s, &snap), 0);
		assert_memory_equal(find_vm(&snap, m.moments[i].vms[1].kvm), &m.moments[i].vms[1],
				    sizeof(struct g4_vm));
		same_vpe(&snap, &m.moments[i], 4, 0);
		nr++;
	}
	ck_true(nr > 2 && nr < m.nr - 2);
	source_free(s);
	ck_first_screen_has_no_rates(&m);
	/* as a whole, histograms are those of the file */
	last = &m.moments[m.nr - 1];
	assert_int_equal(replay_open(m.path, &whole, &s), 0);
	s->focus(s, SOURCE_FOCUS_ALL);
	assert_int_equal(s->seek(s, s->last_ns), 0);
	assert_int_equal(s->read(s, &snap), 0);
	for (i = 0, nr = 0; i < snap.nr_vpes; i++)
		nr += snap.vpes[i].v.kvm == 1 ? snap.vpes[i].hists->h[G4_H_DB].count : 0;
	ck_u64(snap.vms[0].doorbell_ns.count, nr);
	ck_true(nr > 0 && nr < last->vms[0].doorbell_ns.count);
	snapshot_clear(&snap);
	source_free(s);
	end(&m);
}

/* --- losses and damage --- */

static void losses_are_told_from_where_they_are_on(void **state)
{
	struct snapshot snap = { 0 };
	uint64_t start_ns, lost = 0;
	struct made m;
	struct source *s;
	uint32_t i;

	(void)state;
	begin(&m);
	start_ns = traffic_now_ns(m.t);
	run_until(&m, start_ns + 3 * SEC);
	m.losing = true;
	run_until(&m, start_ns + 3 * SEC + SEC / 10);
	m.losing = false;
	run_until(&m, start_ns + 8 * SEC);
	finish(&m);
	for (i = 0; i < NR_CPUS; i++)
		lost += m.lost[i];
	ck_true(lost > 0);
	s = open_it(&m, false);
	assert_int_equal(s->seek(s, start_ns + 2 * SEC), 0);
	assert_int_equal(s->read(s, &snap), 0);
	ck_u64(snap.loss.records, 0);
	assert_int_equal(s->seek(s, start_ns + 6 * SEC), 0);
	assert_int_equal(s->read(s, &snap), 0);
	ck_u64(snap.loss.records, lost);
	ck_true(s->incomplete);
	snapshot_clear(&snap);
	source_free(s);
	end(&m);
}

static void flip(const char *path, off_t offset)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	uint8_t byte;

	assert_true(fd >= 0);
	assert_int_equal(pread(fd, &byte, 1, offset), 1);
	byte ^= 0x40;
	assert_int_equal(pwrite(fd, &byte, 1, offset), 1);
	close(fd);
}

static off_t size_of(const char *path)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	return st.st_size;
}

static void a_damaged_chunk_is_a_loss_from_there_on(void **state)
{
	struct snapshot snap = { 0 };
	struct made m;
	struct source *s;

	(void)state;
	make(&m);
	flip(m.path, size_of(m.path) / 2);
	s = open_it(&m, true);
	same_as_then(s, &m.moments[5], SOURCE_FOCUS_ALL);
	assert_int_equal(s->seek(s, s->last_ns), 0);
	assert_int_equal(s->read(s, &snap), 0);
	ck_true(snap.loss.records > 10);
	ck_true(s->incomplete);
	/* back at the begin, nothing is missing yet; that it is damaged is remembered */
	same_as_then(s, &m.moments[5], SOURCE_FOCUS_ALL);
	assert_int_equal(s->read(s, &snap), 0);
	ck_u64(snap.loss.records, 0);
	ck_true(s->incomplete);
	snapshot_clear(&snap);
	source_free(s);
	end(&m);
}

static void what_is_left_of_a_cut_recording_is_what_it_was(void **state)
{
	struct snapshot snap = { 0 };
	struct made m;
	struct source *s;

	(void)state;
	make(&m);
	assert_int_equal(truncate(m.path, size_of(m.path) / 2), 0);
	s = open_it(&m, true);
	ck_true(s->incomplete);
	ck_true(s->last_ns < m.moments[30].ns && s->last_ns > m.moments[10].ns);
	same_as_then(s, &m.moments[9], SOURCE_FOCUS_ALL);
	/* how much is missing is not known, but that something is, is: from its end on */
	assert_int_equal(s->seek(s, s->last_ns - 1), 0);
	assert_int_equal(s->read(s, &snap), 0);
	ck_u64(snap.loss.records, 0);
	assert_int_equal(s->seek(s, s->last_ns), 0);
	assert_int_equal(s->read(s, &snap), 0);
	ck_u64(snap.loss.records, 1);
	snapshot_clear(&snap);
	same_as_then(s, &m.moments[2], SOURCE_FOCUS_ALL);
	source_free(s);
	end(&m);
}

/* --- who has the address of another --- */

static void put_vm(struct recorder *r, uint8_t type, uint64_t ts_ns)
{
	const struct g4_rec_long rec = { .r = { .ts_ns = ts_ns, .type = type }, .kvm = 0x1000,
					 .pid = 77, .nr = 1 };

	recorder_take(r, &rec.r);
}

static void put_vpe(struct recorder *r, uint8_t type, uint64_t ts_ns)
{
	const struct g4_rec_long rec = {
		.r = { .ts_ns = ts_ns, .type = type, .vpe = 0x2000,
		       .flags = G4_VPE_PREEMPTED | G4_RECF_SEEN },
		.kvm = 0x1000, .irq = 50,
	};

	recorder_take(r, &rec.r);
}

static void put(struct recorder *r, uint8_t type, uint64_t ts_ns)
{
	const struct g4_rec rec = { .ts_ns = ts_ns, .type = type,
				    .vpe = type == G4_REC_SW_LPI ? 0 : 0x2000,
				    .arg_ns = type == G4_REC_SW_LPI ? 0x1000 : 0 };

	recorder_take(r, &rec);
}

/* Two VMs after each other at the same addresses, @nr loads and software LPIs each. */
static void put_life(struct recorder *r, uint64_t from_ns, unsigned int nr)
{
	unsigned int i;

	put_vm(r, G4_REC_VM_NEW, from_ns);
	put_vpe(r, G4_REC_VPE_NEW, from_ns + 1);
	for (i = 0; i < nr; i++) {
		put(r, G4_REC_VPE_LOAD, from_ns + 10 + 10 * i);
		put(r, G4_REC_SW_LPI, from_ns + 12 + 10 * i);
		put(r, G4_REC_VPE_PUT, from_ns + 15 + 10 * i);
	}
}

static void who_begins_at_the_address_of_another_has_its_own_counts(void **state)
{
	struct snapshot snap = { 0 };
	uint64_t begin_ns;
	struct made m;
	struct source *s;

	(void)state;
	begin(&m);
	begin_ns = traffic_now_ns(m.t) + SEC;
	put_life(m.r, begin_ns, 5);
	/* the next chunk knows the first one, and ends with the second */
	assert_int_equal(recorder_pass(m.r, begin_ns + 100, begin_ns + 100, m.lost, NR_CPUS), 0);
	assert_int_equal(recorder_pass(m.r, begin_ns + 100, begin_ns + SEC, m.lost, NR_CPUS), 0);
	put(m.r, G4_REC_VPE_LOAD, begin_ns + 200);
	put_vpe(m.r, G4_REC_VPE_GONE, begin_ns + 210);
	put_vm(m.r, G4_REC_VM_GONE, begin_ns + 211);
	put_life(m.r, begin_ns + 1000, 3);
	finish(&m);
	s = open_it(&m, false);
	assert_int_equal(s->seek(s, begin_ns + 205), 0);
	assert_int_equal(s->read(s, &snap), 0);
	ck_u64(find_vpe(&snap, 0x2000)->v.run.loads, 6);
	ck_u64(find_vm(&snap, 0x1000)->sw_lpis, 5);
	assert_int_equal(s->seek(s, begin_ns + 500), 0);
	assert_int_equal(s->read(s, &snap), 0);
	ck_true(!find_vpe(&snap, 0x2000) && !find_vm(&snap, 0x1000));
	assert_int_equal(s->seek(s, s->last_ns), 0);
	assert_int_equal(s->read(s, &snap), 0);
	ck_u64(find_vpe(&snap, 0x2000)->v.run.loads, 3);
	ck_u64(find_vm(&snap, 0x1000)->sw_lpis, 3);
	snapshot_clear(&snap);
	source_free(s);
	end(&m);
}

static void nobody_is_there_before_its_birth(void **state)
{
	struct snapshot snap = { 0 };
	uint64_t begin_ns;
	struct made m;
	struct source *s;

	(void)state;
	begin(&m);
	begin_ns = traffic_now_ns(m.t);
	put_life(m.r, begin_ns + 1000, 3);
	finish(&m);
	s = open_it(&m, false);
	assert_int_equal(s->seek(s, begin_ns + 999), 0);
	assert_int_equal(s->read(s, &snap), 0);
	ck_u64(snap.nr_vms, 2);
	ck_u64(snap.nr_vpes, 6);
	assert_int_equal(s->seek(s, begin_ns + 1001), 0);
	assert_int_equal(s->read(s, &snap), 0);
	ck_u64(snap.nr_vms, 3);
	ck_u64(snap.nr_vpes, 7);
	snapshot_clear(&snap);
	source_free(s);
	end(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(every_moment_is_what_the_traffic_had_counted_then),
		UNIT_TEST(seeking_in_any_order_finds_the_same),
		UNIT_TEST(it_tells_of_the_host_and_of_the_time_then),
		UNIT_TEST(of_another_host_the_clock_is_how_far_it_is_from_the_begin),
		UNIT_TEST(a_seek_stops_at_both_ends),
		UNIT_TEST(a_jump_shows_what_who_watched_all_the_time_saw),
		UNIT_TEST(what_stands_until_its_source_speaks_again_stands_after_a_jump),
		UNIT_TEST(another_reading_of_the_same_moment_brings_other_histograms),
		UNIT_TEST(as_a_whole_who_has_ended_is_still_there),
		UNIT_TEST(the_next_of_several_files_goes_on_counting),
		UNIT_TEST(losses_are_told_from_where_they_are_on),
		UNIT_TEST(a_damaged_chunk_is_a_loss_from_there_on),
		UNIT_TEST(what_is_left_of_a_cut_recording_is_what_it_was),
		UNIT_TEST(who_begins_at_the_address_of_another_has_its_own_counts),
		UNIT_TEST(nobody_is_there_before_its_birth),
	};

	return unit_main(tests, UNIT_ARRAY_SIZE(tests));
}
