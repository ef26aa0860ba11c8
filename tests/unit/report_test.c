// SPDX-License-Identifier: GPL-2.0
/*
 * Reports, held against made-up traffic that counts by itself: all of a recording, windows
 * of it that add up, several files, stories and moves that were found by looking at every
 * record, VMs that end, records that were lost, chunks that cannot be read.
 */
#include "report.h"
#include "scene.h"
#include "unit.h"

#include <unistd.h>

#define MAX_RECORDS	300000U

/* Every record, in order: the truth that stories and moves are looked up in. */
struct log {
	struct g4_rec *recs;
	uint32_t nr;
	uint64_t lose_from, lose_to, count;	/* numbers of records that are dropped */
	uint64_t lost[SCENE_CPUS];
};

static const struct traffic_opts busy = { .nr_vms = 3, .nr_vcpus = 4, .nr_cpus = SCENE_CPUS,
					  .seed = 11, .step_ns = 20000 };
static const struct traffic_opts slow = { .nr_vms = 2, .nr_vcpus = 3, .nr_cpus = SCENE_CPUS,
					  .seed = 5, .step_ns = 1000000 };
static const struct report_opts plain = { .filter.vcpu = -1, .nr_worst = 10, .per_vpe = true };

static bool see(void *ctx, const struct g4_rec *rec)
{
	struct log *log = ctx;
	uint64_t nr = log->count++;

	if (nr >= log->lose_from && nr < log->lose_to) {
		log->lost[rec->pcpu]++;
		return true;
	}
	assert_true(log->nr < MAX_RECORDS);
	log->recs[log->nr++] = *rec;
	return false;
}

static void begin(struct scene *s, const struct traffic_opts *opts, struct log *log)
{
	scene_begin(s, opts, "lab");
	if (log) {
		*log = (struct log){ .recs = calloc(MAX_RECORDS, sizeof(struct g4_rec)) };
		assert_non_null(log->recs);
		s->see = see;
		s->ctx = log;
	}
}

/* The report of all files of a scene. */
static void make(const struct scene *s, const struct report_opts *opts, struct report *r)
{
	struct rec_play plays[SCENE_MAX_FILES], *list[SCENE_MAX_FILES];
	uint32_t i;

	for (i = 0; i < s->nr_files; i++) {
		scene_play(s, i, &plays[i]);
		list[i] = &plays[i];
	}
	assert_int_equal(report_init(r, opts, list, s->nr_files), 0);
	for (i = 0; i < s->nr_files; i++)
		assert_int_equal(report_add(r, &plays[i]), 0);
	assert_int_equal(report_finish(r), 0);
	for (i = 0; i < s->nr_files; i++)
		rec_play_close(&plays[i]);
}

static const struct report_vpe *vpe_of(const struct report *r, uint64_t vpe)
{
	uint32_t i;

	for (i = 0; i < r->nr_vpes; i++) {
		if (r->vpes[i]->vpe == vpe)
			return r->vpes[i];
	}
	return NULL;
}

static const struct report_vm *vm_of(const struct report *r, uint64_t kvm)
{
	uint32_t i;

	for (i = 0; i < r->nr_vms; i++) {
		if (r->vms[i]->kvm == kvm)
			return r->vms[i];
	}
	return NULL;
}

/* --- all of it --- */

static void same_vpe(const struct report_vpe *got, const struct g4_vpe *v,
		     const struct g4_vpe_hists *h, uint64_t end_ns)
{
	static const struct g4_vpe_hists none;
	uint64_t in_ns[G4_NR_VPE_STATES];

	memcpy(in_ns, v->run.in_ns, sizeof(in_ns));
	in_ns[v->run.state] += end_ns - v->run.since_ns;
	ck_u64(got->sums.n[RC_LOADS], v->run.loads);
	ck_u64(got->sums.n[RC_PUTS], v->run.puts);
	ck_u64(got->sums.n[RC_MOVES], v->run.moves);
	ck_u64(got->sums.n[RC_BLOCKS], v->run.blocks);
	ck_u64(got->sums.n[RC_SLEEPS], v->run.sleeps);
	ck_u64(got->sums.n[RC_PENDING_LAST], v->run.pending_last + v->db.pending_last);
	ck_u64(got->sums.n[RC_ILLEGAL], v->run.illegal);
	ck_u64(got->sums.n[RC_USEFUL], v->db.count[G4_DB_USEFUL]);
	ck_u64(got->sums.n[RC_LATE], v->db.count[G4_DB_LATE]);
	ck_u64(got->sums.n[RC_SPURIOUS], v->db.count[G4_DB_SPURIOUS]);
	ck_u64(got->sums.n[RC_RESIDENT_NS], in_ns[G4_VPE_RESIDENT]);
	ck_u64(got->sums.n[RC_BLOCKED_NS], in_ns[G4_VPE_BLOCKED]);
	ck_u64(got->sums.n[RC_PREEMPTED_NS], in_ns[G4_VPE_PREEMPTED]);
	ck_u64(got->sums.n[RC_UNKNOWN_NS], in_ns[G4_VPE_UNKNOWN]);
	ck_u64(got->sums.n[RC_SEEN_NS], end_ns - v->birth_ns);
	ck_u64(got->sums.db_max_ns, h->h[G4_H_DB].max);
	assert_memory_equal(got->hists ? got->hists : &none, h, sizeof(*h));
}

static void same_vm(const struct report *r, const struct g4_vm *vm)
{
	const struct report_vm *got = vm_of(r, vm->kvm);
	struct g4_hist h;

	assert_non_null(got);
	ck_u64(got->sums.n[RC_MAPS], vm->maps);
	ck_u64(got->sums.n[RC_UNMAPS], vm->unmaps);
	ck_u64(got->sums.n[RC_SW_LPIS], vm->sw_lpis);
	ck_u64(got->pid, vm->pid);
	ck_u64(got->nr_vcpus, vm->nr_vcpus);
	assert_true(report_hist(r, got, NULL, MODEL_H_DOORBELL, &h));
	assert_memory_equal(&h, &vm->doorbell_ns, sizeof(h));
	assert_true(report_hist(r, got, NULL, MODEL_H_MAP, &h));
	assert_memory_equal(&h, &vm->map_ns, sizeof(h));
}

static void same_as_traffic(const struct report *r, const struct scene *s,
			    const struct traffic_opts *opts)
{
	uint64_t end_ns = r->to_ns - SCENE_REAL_NS + s->begin_ns;
	const struct report_vpe *got;
	uint32_t i;

	for (i = 0; i < traffic_nr_vpes(s->t); i++) {
		got = vpe_of(r, traffic_vpe(s->t, i)->vpe);
		assert_non_null(got);
		same_vpe(got, traffic_vpe(s->t, i), traffic_hists(s->t, i), end_ns);
	}
	for (i = 0; i < opts->nr_vms; i++)
		same_vm(r, traffic_vm(s->t, i));
}

static void a_report_has_every_count_and_histogram_of_the_traffic(void **state)
{
	struct report r;
	struct scene s;

	(void)state;
	begin(&s, &busy, NULL);
	scene_run(&s, 50000);
	scene_end(&s);
	make(&s, &plain, &r);
	same_as_traffic(&r, &s, &busy);
	ck_u64(r.nr_records, traffic_records(s.t));
	ck_u64(r.losses.recorded, traffic_records(s.t));
	assert_false(report_has_losses(&r));
	ck_str(r.vms[1]->name, "vm-1");
	ck_u64(r.begin_ns, SCENE_REAL_NS + (r.from_ns - SCENE_REAL_NS));
	assert_true(r.nr_cells >= 20 && r.nr_cells <= 60);
	report_clear(&r);
	scene_free(&s);
}

/* --- parts that add up --- */

static void cells_add_up(const struct report *r, const struct report_sums *cells,
			 const struct report_sums *sums, unsigned int nr)
{
	struct report_sums sum = { .db_max_ns = 0 };
	unsigned int i;
	uint32_t k;

	for (k = 0; k < r->nr_cells; k++) {
		for (i = 0; i < RC_NR; i++)
			sum.n[i] += cells[k].n[i];
		if (cells[k].db_max_ns > sum.db_max_ns)
			sum.db_max_ns = cells[k].db_max_ns;
	}
	for (i = 0; i < nr; i++)
		ck_u64(sum.n[i], sums->n[i]);
	ck_u64(sum.db_max_ns, sums->db_max_ns);
}

static void the_parts_of_a_timeline_add_up(void **state)
{
	struct report_opts opts = plain;
	struct report r;
	struct scene s;
	uint32_t i;

	(void)state;
	begin(&s, &busy, NULL);
	scene_run(&s, 20000);
	scene_restart_vm(&s, 1);
	scene_run(&s, 10000);
	scene_end(&s);
	for (opts.interval_ns = 0; opts.interval_ns < 4000; opts.interval_ns += 3999) {
		make(&s, &opts, &r);
		assert_true(!opts.interval_ns == !r.coarser);
		assert_true(r.nr_cells <= REPORT_MAX_CELLS);
		for (i = 0; i < r.nr_vms; i++)
			cells_add_up(&r, r.vms[i]->cells, &r.vms[i]->sums, RC_NR);
		for (i = 0; i < r.nr_vpes; i++)
			cells_add_up(&r, r.vpes[i]->cells, &r.vpes[i]->sums, RC_NR);
		cells_add_up(&r, r.cells, &r.total, RC_NR);
		ck_u64(r.total.n[RC_SEEN_NS], r.to_ns - r.from_ns);
		report_clear(&r);
	}
	scene_free(&s);
}

static void add_hists(struct g4_vpe_hists *to, const struct g4_vpe_hists *from)
{
	unsigned int i, k;

	for (i = 0; from && i < G4_NR_VPE_HISTS; i++) {
		to->h[i].count += from->h[i].count;
		to->h[i].sum += from->h[i].sum;
		for (k = 0; k < G4_HIST_BUCKETS; k++)
			to->h[i].bucket[k] += from->h[i].bucket[k];
		if (from->h[i].max > to->h[i].max)
			to->h[i].max = from->h[i].max;
		if (from->h[i].count && (!to->h[i].min || from->h[i].min < to->h[i].min))
			to->h[i].min = from->h[i].min;
	}
}

/* Sums of a vPE over several windows. */
struct sum {
	struct report_sums sums;
	struct g4_vpe_hists hists;
};

static void check_sums(const struct report *whole, const struct sum *sums, uint64_t records)
{
	static const struct g4_vpe_hists none;
	unsigned int i;
	uint32_t k;

	ck_u64(records, whole->nr_records);
	for (k = 0; k < whole->nr_vpes; k++) {
		for (i = 0; i < RC_NR; i++)
			ck_u64(sums[k].sums.n[i], whole->vpes[k]->sums.n[i]);
		assert_memory_equal(&sums[k].hists, whole->vpes[k]->hists ?
				    whole->vpes[k]->hists : &none, sizeof(none));
	}
}

static void windows_add_up(const struct scene *s, const struct report *whole, uint64_t step_ns)
{
	struct sum *sums = calloc(whole->nr_vpes, sizeof(*sums));
	uint64_t span_ns = whole->to_ns - whole->from_ns, at_ns, records = 0;
	struct report_opts opts = plain;
	const struct report_vpe *rv;
	struct report r;
	unsigned int i;
	uint32_t k;

	assert_non_null(sums);
	for (at_ns = 0; at_ns < span_ns; at_ns += step_ns) {
		opts.from = (struct when){ WHEN_SINCE, at_ns };
		opts.to = (struct when){ WHEN_SINCE, at_ns + step_ns };
		make(s, &opts, &r);
		records += r.nr_records;
		for (k = 0; k < whole->nr_vpes; k++) {
			rv = vpe_of(&r, whole->vpes[k]->vpe);
			if (!rv)
				continue;
			for (i = 0; i < RC_NR; i++)
				sums[k].sums.n[i] += rv->sums.n[i];
			add_hists(&sums[k].hists, rv->hists);
		}
		report_clear(&r);
	}
	check_sums(whole, sums, records);
	free(sums);
}

static void windows_of_any_length_add_up_to_the_whole(void **state)
{
	static const uint64_t parts[] = { 2, 3, 17, 101 };
	struct report whole;
	struct scene s;
	size_t i;

	(void)state;
	begin(&s, &slow, NULL);	/* long enough for several key chunks */
	scene_run(&s, 20000);
	scene_restart_vm(&s, 0);
	scene_run(&s, 20000);
	scene_end(&s);
	make(&s, &plain, &whole);
	for (i = 0; i < UNIT_ARRAY_SIZE(parts); i++)
		windows_add_up(&s, &whole, (whole.to_ns - whole.from_ns) / parts[i]);
	report_clear(&whole);
	scene_free(&s);
}

static void a_window_has_its_first_instant_and_not_its_last(void **state)
{
	struct report_opts opts = plain;
	struct report r;
	struct scene s;
	struct log log;
	uint32_t i, nr = 0;

	(void)state;
	begin(&s, &busy, &log);
	scene_run(&s, 5000);
	scene_end(&s);
	/* what was before log.recs was the births; times of records themselves */
	opts.from = (struct when){ WHEN_SINCE,
		log.recs[1000].ts_ns + SCENE_REAL_NS - s.begin_ns };
	opts.to = (struct when){ WHEN_SINCE,
		log.recs[3000].ts_ns + SCENE_REAL_NS - s.begin_ns };
	opts.from.kind = opts.to.kind = WHEN_WALL;
	/* a border of the timeline on a record, too */
	opts.interval_ns = log.recs[2000].ts_ns - log.recs[1000].ts_ns;
	make(&s, &opts, &r);
	for (i = 0; i < log.nr; i++)
		nr += log.recs[i].ts_ns >= log.recs[1000].ts_ns &&
		      log.recs[i].ts_ns < log.recs[3000].ts_ns;
	ck_u64(r.nr_records, nr);
	for (i = 1000, nr = 0; i < log.nr && log.recs[i].ts_ns < log.recs[2000].ts_ns; i++)
		nr += log.recs[i].type == G4_REC_VPE_LOAD;
	ck_u64(r.cells[0].n[RC_LOADS], nr);
	report_clear(&r);
	free(log.recs);
	scene_free(&s);
}

static void files_of_a_host_that_follow_each_other_are_one_timeline(void **state)
{
	struct report r;
	struct scene s;

	(void)state;
	begin(&s, &busy, NULL);
	scene_run(&s, 20000);
	scene_next_file(&s);
	scene_run(&s, 7000);
	scene_next_file(&s);
	scene_run(&s, 20000);
	scene_end(&s);
	make(&s, &plain, &r);
	ck_u64(r.nr_recordings, 3);
	ck_u64(r.nr_vms, busy.nr_vms);
	ck_u64(r.nr_vpes, busy.nr_vms * busy.nr_vcpus);
	ck_u64(r.nr_records, traffic_records(s.t));
	/* time between two files was not recorded: all but that is the traffic's */
	ck_u64(r.total.n[RC_LOADS] - r.total.n[RC_PUTS] < r.nr_vpes, 1);
	cells_add_up(&r, r.cells, &r.total, RC_NR);
	{
		uint64_t loads = 0, got = 0;
		uint32_t i;

		for (i = 0; i < traffic_nr_vpes(s.t); i++) {
			const struct report_vpe *rv = vpe_of(&r, traffic_vpe(s.t, i)->vpe);

			loads += traffic_vpe(s.t, i)->run.loads;
			got += rv->sums.n[RC_LOADS];
			assert_memory_equal(rv->hists, traffic_hists(s.t, i), sizeof(*rv->hists));
		}
		ck_u64(got, loads);
	}
	report_clear(&r);
	scene_free(&s);
}

/* --- stories and moves --- */

struct answer {
	uint64_t latency_ns, load_ns;
	uint32_t at;			/* in the log */
};

static int by_latency(const void *a, const void *b)
{
	const struct answer *x = a, *y = b;

	if (x->latency_ns != y->latency_ns)
		return x->latency_ns > y->latency_ns ? -1 : 1;
	return x->load_ns < y->load_ns ? -1 : x->load_ns > y->load_ns;
}

/* The record of @vpe before or behind @at that has @type; 0: none. */
static uint32_t find(const struct log *log, uint32_t at, int step, uint8_t type)
{
	uint64_t vpe = log->recs[at].vpe;
	uint32_t i;

	for (i = at + (uint32_t)step; i < log->nr; i += (uint32_t)step) {
		if (log->recs[i].vpe == vpe && log->recs[i].type == type)
			return i;
	}
	return 0;
}

static void check_story(const struct log *log, const struct report_story *story,
			const struct answer *answer, uint64_t offset_ns)
{
	uint32_t put = find(log, answer->at, -1, G4_REC_VPE_PUT), i, at = put;
	uint32_t entry = find(log, answer->at, 1, G4_REC_GUEST_ENTRY);
	const struct g4_rec *rec;

	assert_true(story->whole);
	ck_u64(story->vpe->vpe, log->recs[answer->at].vpe);
	for (i = 0; i < story->nr_steps; i++) {
		rec = &log->recs[at];
		ck_u64(story->steps[i].type, rec->type);
		ck_u64(story->steps[i].ns, rec->ts_ns + offset_ns);
		ck_u64(story->steps[i].pcpu, rec->pcpu);
		ck_u64(story->steps[i].flags, rec->flags);
		ck_u64(story->steps[i].arg_ns, rec->arg_ns);
		for (at++; at < log->nr && log->recs[at].vpe != story->vpe->vpe; at++)
			;
	}
	/* from the put to the guest entry, nothing left out */
	ck_u64(at > entry, 1);
	ck_u64(story->steps[story->nr_steps - 1].type, G4_REC_GUEST_ENTRY);
}

static void the_worst_doorbells_have_their_whole_stories(void **state)
{
	struct answer *answers = calloc(MAX_RECORDS, sizeof(*answers));
	struct report_opts opts = plain;
	uint64_t offset_ns;
	struct report r;
	struct scene s;
	struct log log;
	uint32_t i, nr = 0;

	(void)state;
	begin(&s, &busy, &log);
	scene_run(&s, 50000);
	scene_end(&s);
	offset_ns = SCENE_REAL_NS - s.begin_ns;
	for (i = 0; i < log.nr; i++) {
		const struct g4_rec *rec = &log.recs[i];

		if (rec->type == G4_REC_VPE_LOAD && rec->arg_ns)
			answers[nr++] = (struct answer){ rec->ts_ns - rec->arg_ns, rec->ts_ns, i };
	}
	qsort(answers, nr, sizeof(*answers), by_latency);
	for (opts.nr_worst = 0; opts.nr_worst <= 300; opts.nr_worst += 100) {
		make(&s, &opts, &r);
		ck_u64(r.nr_stories, opts.nr_worst);
		for (i = 0; i < r.nr_stories; i++) {
			ck_u64(r.stories[i].latency_ns, answers[i].latency_ns);
			check_story(&log, &r.stories[i], &answers[i], offset_ns);
		}
		report_clear(&r);
	}
	free(answers);
	free(log.recs);
	scene_free(&s);
}

static void moves_between_cpus_are_those_of_the_loads(void **state)
{
	uint64_t want[SCENE_CPUS][SCENE_CPUS] = { { 0 } }, changes = 0;
	uint32_t last[64], i, k;
	struct report r;
	struct scene s;
	struct log log;

	(void)state;
	memset(last, 0xff, sizeof(last));
	begin(&s, &busy, &log);
	scene_run(&s, 50000);
	scene_end(&s);
	for (i = 0; i < log.nr; i++) {
		const struct g4_rec *rec = &log.recs[i];

		if (rec->type != G4_REC_VPE_LOAD)
			continue;
		for (k = 0; traffic_vpe(s.t, k)->vpe != rec->vpe; k++)
			;
		if (last[k] != UINT32_MAX && last[k] != rec->pcpu) {
			want[last[k]][rec->pcpu]++;
			changes++;
		}
		last[k] = rec->pcpu;
	}
	make(&s, &plain, &r);
	ck_u64(r.total.n[RC_CPU_CHANGES], changes);
	ck_u64(r.nr_routes, SCENE_CPUS * (SCENE_CPUS - 1));
	for (i = 0; i < r.nr_routes; i++) {
		ck_u64(r.routes[i].count, want[r.routes[i].from][r.routes[i].to]);
		assert_true(!i || r.routes[i].count <= r.routes[i - 1].count);
	}
	report_clear(&r);
	free(log.recs);
	scene_free(&s);
}

/* --- who is in it --- */

static void a_vm_that_ends_stays_with_what_it_had(void **state)
{
	struct g4_vpe_hists hists;
	struct report r;
	struct scene s;
	struct g4_vpe v;
	uint64_t kvm;

	(void)state;
	begin(&s, &busy, NULL);
	scene_run(&s, 20000);
	v = *traffic_vpe(s.t, busy.nr_vcpus + 2);
	hists = *traffic_hists(s.t, busy.nr_vcpus + 2);
	kvm = v.kvm;
	scene_restart_vm(&s, 1);
	scene_run(&s, 20000);
	scene_end(&s);
	make(&s, &plain, &r);
	ck_u64(r.nr_vms, busy.nr_vms + 1);
	assert_true(vm_of(&r, kvm)->gone);
	ck_u64(vm_of(&r, kvm)->nr_vlpis, 0);
	ck_u64(vm_of(&r, kvm)->nr_vpes, busy.nr_vcpus);
	ck_u64(vpe_of(&r, v.vpe)->sums.n[RC_LOADS], v.run.loads);
	assert_memory_equal(vpe_of(&r, v.vpe)->hists, &hists, sizeof(hists));
	assert_true(vm_of(&r, kvm)->sums.n[RC_SEEN_NS] < r.to_ns - r.from_ns);
	same_as_traffic(&r, &s, &busy);
	report_clear(&r);
	scene_free(&s);
}

static void what_ended_before_the_window_is_not_in_it(void **state)
{
	struct report_opts opts = plain;
	struct report r;
	struct scene s;
	uint64_t kvm;

	(void)state;
	begin(&s, &busy, NULL);
	scene_run(&s, 20000);
	kvm = traffic_vm(s.t, 1)->kvm;
	scene_restart_vm(&s, 1);
	opts.from = (struct when){ WHEN_SINCE,
					  traffic_now_ns(s.t) - s.begin_ns };
	scene_run(&s, 20000);
	scene_end(&s);
	make(&s, &opts, &r);
	ck_u64(r.nr_vms, busy.nr_vms);
	assert_null(vm_of(&r, kvm));
	report_clear(&r);
	scene_free(&s);
}

static void filters_leave_out_vms_and_vcpus(void **state)
{
	struct report_opts opts = plain;
	struct report r;
	struct scene s;
	uint32_t i;

	(void)state;
	begin(&s, &busy, NULL);
	scene_run(&s, 30000);
	scene_end(&s);
	opts.filter.name = "vm-2";
	opts.filter.vcpu = 3;
	make(&s, &opts, &r);
	ck_u64(r.nr_vms, busy.nr_vms);
	for (i = 0; i < r.nr_vms; i++) {
		ck_u64(r.vms[i]->hidden, strcmp(r.vms[i]->name, "vm-2") != 0);
		ck_u64(r.vms[i]->nr_vpes, 1);
	}
	ck_u64(r.total.n[RC_LOADS], traffic_vpe(s.t, 2 * busy.nr_vcpus + 3)->run.loads);
	ck_u64(r.nr_stories, 10);
	for (i = 0; i < r.nr_stories; i++) {
		ck_u64(r.stories[i].vpe->vcpu, 3);
		ck_str(r.stories[i].vpe->vm->name, "vm-2");
	}
	report_clear(&r);
	scene_free(&s);
}

/* --- what is missing --- */

static void lost_records_are_counted_by_cpu_and_leave_unknown_time(void **state)
{
	uint64_t lost = 0, gap_ns, gaps = 0, sum = 0;
	struct report r;
	struct scene s;
	struct log log;
	uint32_t i;

	(void)state;
	begin(&s, &busy, &log);
	scene_run(&s, 10000);
	scene_flush(&s);
	log.lose_from = log.count;
	log.lose_to = log.count + 500;
	gap_ns = traffic_now_ns(s.t);
	/* what a recorder would write: from the last pass before to the first behind */
	assert_int_equal(rec_writer_gap(s.w, &s.fold, true, gap_ns), 0);
	fold_gap(&s.fold, true, gap_ns);
	while (log.count < log.lose_to)
		scene_run(&s, 1);
	rec_writer_losses(s.w, log.lost, SCENE_CPUS);
	assert_int_equal(rec_writer_gap(s.w, &s.fold, false, traffic_now_ns(s.t)), 0);
	fold_gap(&s.fold, false, traffic_now_ns(s.t));
	gap_ns = traffic_now_ns(s.t) - gap_ns;
	scene_run(&s, 10000);
	scene_end(&s);
	make(&s, &plain, &r);
	for (i = 0; i < SCENE_CPUS; i++) {
		ck_u64(r.losses.cpu_lost[i], log.lost[i]);
		lost += log.lost[i];
	}
	ck_u64(r.losses.lost, lost);
	ck_u64(r.losses.lost + r.losses.recorded, traffic_records(s.t));
	ck_u64(r.losses.gaps, 1);
	ck_u64(r.losses.gap_ns, gap_ns);
	assert_true(report_has_losses(&r));
	for (i = 0; i < r.nr_cells; i++) {
		gaps += r.cells[i].n[RC_GAP_NS] != 0;
		sum += r.cells[i].n[RC_GAP_NS];
	}
	assert_true(gaps >= 1 && gaps < r.nr_cells);
	ck_u64(sum, gap_ns);
	/* each vPE was out of sight for as long, at least */
	for (i = 0; i < r.nr_vpes; i++)
		assert_true(r.vpes[i]->sums.n[RC_UNKNOWN_NS] >= gap_ns);
	report_clear(&r);
	free(log.recs);
	scene_free(&s);
}

/* Flips a byte in the middle of chunk @i. */
static void damage(const struct scene *s, uint32_t i)
{
	struct rec_index_entry *e;
	struct rec_play p;
	char byte;

	scene_play(s, 0, &p);
	assert_true(i < p.file.nr);
	e = &p.file.index[i];
	assert_int_equal(pread(s->fds[0], &byte, 1, (off_t)(e->offset + e->len / 2)), 1);
	byte = (char)~byte;
	assert_int_equal(pwrite(s->fds[0], &byte, 1, (off_t)(e->offset + e->len / 2)), 1);
	rec_play_close(&p);
}

static void a_chunk_that_cannot_be_read_is_told_and_counts_come_back(void **state)
{
	uint64_t loads = 0, got = 0;
	struct report r;
	struct scene s;
	uint32_t i;

	(void)state;
	begin(&s, &slow, NULL);
	scene_run(&s, 60000);
	scene_end(&s);
	damage(&s, 3);
	make(&s, &plain, &r);
	ck_u64(r.losses.damage.skipped_chunks, 1);
	ck_u64(r.losses.damage.skipped_records, 2000);
	ck_u64(r.nr_records, traffic_records(s.t) - 2000);
	assert_true(report_has_losses(&r));
	/* a key chunk behind it knows what has happened in it */
	for (i = 0; i < traffic_nr_vpes(s.t); i++) {
		loads += traffic_vpe(s.t, i)->run.loads;
		got += vpe_of(&r, traffic_vpe(s.t, i)->vpe)->sums.n[RC_LOADS];
	}
	ck_u64(got, loads);
	report_clear(&r);
	scene_free(&s);
}

/* What a file says of its times is not to be believed. */
static void times_beyond_reason_end_in_a_report_all_the_same(void **state)
{
	static const uint64_t ends[] = { 1ULL << 62, 1ULL << 63, UINT64_MAX - 1 };
	struct report_opts opts = plain;
	struct rec_play p, *list = &p;
	struct report r;
	struct scene s;
	size_t i;

	(void)state;
	begin(&s, &slow, NULL);
	scene_run(&s, 3000);
	scene_end(&s);
	for (i = 0; i < 2 * UNIT_ARRAY_SIZE(ends); i++) {
		scene_play(&s, 0, &p);
		p.info.last_ns = ends[i / 2];
		p.info.start_real_ns = i % 2 ? 0 : p.info.start_real_ns;
		opts.interval_ns = i % 2;
		if (!report_init(&r, &opts, &list, 1)) {
			assert_true(r.nr_cells <= REPORT_MAX_CELLS);
			assert_true(r.from_ns < r.to_ns);
			assert_int_equal(report_add(&r, &p), 0);
			assert_int_equal(report_finish(&r), 0);
			ck_u64(r.nr_records, traffic_records(s.t));
		}
		report_clear(&r);
		rec_play_close(&p);
	}
	scene_free(&s);
}

static void a_window_that_begins_in_a_hole_never_counts_what_was_before(void **state)
{
	struct report_opts opts = plain;
	struct report want, got;
	struct rec_play p;
	struct scene s;
	uint64_t hole_ns;
	uint32_t i;

	(void)state;
	begin(&s, &slow, NULL);
	scene_run(&s, 60000);
	scene_end(&s);
	scene_play(&s, 0, &p);
	hole_ns = (p.file.index[3].first_ns + p.file.index[3].last_ns) / 2 - s.begin_ns;
	rec_play_close(&p);
	opts.from = (struct when){ WHEN_SINCE, hole_ns };
	make(&s, &opts, &want);
	damage(&s, 3);
	make(&s, &opts, &got);
	for (i = 0; i < want.nr_vpes; i++) {
		const struct report_vpe *rv = vpe_of(&got, want.vpes[i]->vpe);

		assert_non_null(rv);
		assert_true(rv->sums.n[RC_LOADS] <= want.vpes[i]->sums.n[RC_LOADS]);
		assert_true(rv->sums.n[RC_LOADS] + 2000 >= want.vpes[i]->sums.n[RC_LOADS]);
		assert_true(rv->hists->h[G4_H_DB].count <= want.vpes[i]->hists->h[G4_H_DB].count);
	}
	report_clear(&want);
	report_clear(&got);
	scene_free(&s);
}

static void direct_deliveries_are_what_a_source_counted_in_the_window(void **state)
{
	struct snap_direct direct[3];
	struct sample sample = { .direct = direct, .nr_direct = 3 };
	struct report_opts opts = plain;
	struct report r;
	struct scene s;
	uint32_t i, k;

	(void)state;
	begin(&s, &slow, NULL);
	for (i = 0; i < 10; i++) {
		scene_run(&s, 1000);
		for (k = 0; k < 3; k++)
			direct[k] = (struct snap_direct){
				.kvm = traffic_vpe(s.t, k)->kvm, .vcpu = k,
				.birth_ns = traffic_vpe(s.t, k)->birth_ns,
				.source = DIRECT_GUEST, .time_ns = i * 1000000000ULL,
				.count = 5000 + i * 100 * (k + 1), .running_pct = 100 };
		sample.now_ns = traffic_now_ns(s.t);
		assert_int_equal(rec_writer_sample(s.w, &s.fold, &sample), 0);
		if (i == 4)
			opts.from = (struct when){ WHEN_SINCE,
							  sample.now_ns + 1 - s.begin_ns };
	}
	scene_run(&s, 1000);
	scene_end(&s);
	make(&s, &plain, &r);
	assert_true(r.vms[0]->direct[DIRECT_GUEST].known);
	assert_false(r.vms[0]->direct[DIRECT_PMU].known);
	assert_false(r.vms[1]->direct[DIRECT_GUEST].known);
	ck_u64(r.vms[0]->direct[DIRECT_GUEST].count, 9 * (100 + 200 + 300));
	ck_u64(r.vms[0]->direct[DIRECT_GUEST].span_ns, 9000000000ULL);
	ck_u64(r.total.n[RC_DIRECT + DIRECT_GUEST], 9 * 600);
	report_clear(&r);
	make(&s, &opts, &r);
	ck_u64(r.vms[0]->direct[DIRECT_GUEST].count, 5 * 600);
	report_clear(&r);
	scene_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		UNIT_TEST(a_report_has_every_count_and_histogram_of_the_traffic),
		UNIT_TEST(the_parts_of_a_timeline_add_up),
		UNIT_TEST(windows_of_any_length_add_up_to_the_whole),
		UNIT_TEST(a_window_has_its_first_instant_and_not_its_last),
		UNIT_TEST(files_of_a_host_that_follow_each_other_are_one_timeline),
		UNIT_TEST(the_worst_doorbells_have_their_whole_stories),
		UNIT_TEST(moves_between_cpus_are_those_of_the_loads),
		UNIT_TEST(a_vm_that_ends_stays_with_what_it_had),
		UNIT_TEST(what_ended_before_the_window_is_not_in_it),
		UNIT_TEST(filters_leave_out_vms_and_vcpus),
		UNIT_TEST(lost_records_are_counted_by_cpu_and_leave_unknown_time),
		UNIT_TEST(a_chunk_that_cannot_be_read_is_told_and_counts_come_back),
		UNIT_TEST(times_beyond_reason_end_in_a_report_all_the_same),
		UNIT_TEST(a_window_that_begins_in_a_hole_never_counts_what_was_before),
		UNIT_TEST(direct_deliveries_are_what_a_source_counted_in_the_window),
	};

	return unit_main(tests, UNIT_ARRAY_SIZE(tests));
}
