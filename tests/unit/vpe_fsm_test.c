// SPDX-License-Identifier: GPL-2.0
/*
 * The vPE state machine, natively: the cases of fsm_cases.h and fsm_db_cases.h
 * (the BPF test runs the same ones), and what must be true of any sequence.
 */
#include <pthread.h>

#include "fsm_db_cases.h"
#include "unit.h"

#define NR_CASES	(UNIT_ARRAY_SIZE(fsm_cases) + UNIT_ARRAY_SIZE(fsm_db_cases))
#define NR_SEQUENCES	100000
#define NR_EVENTS	40

static void run_case(void **state)
{
	const struct fsm_case *c = *state;
	struct fsm_result got;

	fsm_run(c->ev, fsm_nr_events(c->ev), &got, NULL);
	if (fsm_judge(&c->want, &got))
		fail();
}

static void no_case_needs_histograms(void **state)
{
	const struct fsm_case *c;
	struct fsm_result got;
	struct g4_vpe bare;
	size_t i;
	__u32 e;

	(void)state;
	for (i = 0; i < NR_CASES; i++) {
		c = i < UNIT_ARRAY_SIZE(fsm_cases) ? &fsm_cases[i] :
			&fsm_db_cases[i - UNIT_ARRAY_SIZE(fsm_cases)];
		fsm_run(c->ev, fsm_nr_events(c->ev), &got, NULL);
		memset(&bare, 0, sizeof(bare));
		for (e = 0; c->ev[e].op != FSM_END; e++)
			fsm_step(&bare, NULL, &c->ev[e]);
		if (memcmp(&bare, &got.vpe, sizeof(bare))) {
			unit_say("case: %s", c->name);
			fail();
		}
	}
}

static void say_events(const struct fsm_event *ev, __u32 nr)
{
	static const char *const names[FSM_NR_OPS] = {
		"end", "found", "born", "load", "put", "doorbell", "doorbell done", "sleep",
		"wake", "entry",
	};
	__u32 i;

	for (i = 0; i < nr; i++)
		unit_say("%3u: %llu %s %u", i, (unsigned long long)ev[i].at_ns,
			 names[ev[i].op], ev[i].arg);
}

/* Whatever the order: no time is lost or invented, and a reader is never held off. */
static void times_add_up_after_every_event(void **state)
{
	struct fsm_event ev[NR_EVENTS];
	__u64 seed = 1, ended;
	struct g4_vpe v;
	__u32 i;
	int n;

	(void)state;
	for (n = 0; n < NR_SEQUENCES; n++) {
		fsm_random_events(&seed, FSM_ANYTHING, ev, NR_EVENTS);
		memset(&v, 0, sizeof(v));
		for (i = 0; i < NR_EVENTS; i++) {
			fsm_step(&v, NULL, &ev[i]);
			ended = fsm_ended_ns(&v);
			if (ended + (ev[i].at_ns - v.run.since_ns) == ev[i].at_ns - v.birth_ns &&
			    !(v.seq & 1) && !v.run.in_ns[G4_VPE_WOKEN])
				continue;
			unit_say("sum of ended spans: %llu, seq: %llu", (unsigned long long)ended,
				 (unsigned long long)v.seq);
			say_events(ev, i + 1);
			fail();
		}
	}
}

static void judge_random(enum fsm_random_kind kind, __u64 seed, int nr_sequences)
{
	struct fsm_event ev[NR_EVENTS];
	static struct fsm_result got;
	struct fsm_oracle want;
	int n;

	for (n = 0; n < nr_sequences; n++) {
		fsm_random_events(&seed, kind, ev, NR_EVENTS);
		fsm_run(ev, NR_EVENTS, &got, NULL);
		fsm_predict(ev, NR_EVENTS, &want);
		if (fsm_judge_oracle(&want, &got)) {
			say_events(ev, NR_EVENTS);
			fail();
		}
	}
}

static void any_order_gives_what_a_second_implementation_says(void **state)
{
	(void)state;
	judge_random(FSM_ANYTHING, 2, 40000);
}

static void legal_orders_give_what_a_second_implementation_says(void **state)
{
	(void)state;
	judge_random(FSM_LEGAL, 3, 40000);
}

static void legal_orders_have_a_latency_for_every_useful_doorbell_once_loaded(void **state)
{
	struct fsm_event ev[NR_EVENTS + 1];
	static struct fsm_result got;
	__u64 seed = 4, nr_useful = 0;
	int n;

	(void)state;
	for (n = 0; n < 40000; n++) {
		fsm_random_events(&seed, FSM_LEGAL, ev, NR_EVENTS);
		fsm_run(ev, NR_EVENTS, &got, NULL);
		ck_u64(got.vpe.run.illegal, 0);
		if (got.vpe.run.state != G4_VPE_RESIDENT) {
			ev[NR_EVENTS] = (struct fsm_event)LOAD(ev[NR_EVENTS - 1].at_ns + 1);
			fsm_step(&got.vpe, &got.hists, &ev[NR_EVENTS]);
		}
		ck_u64(got.hists.h[G4_H_DB].count, got.vpe.db.count[G4_DB_USEFUL]);
		nr_useful += got.vpe.db.count[G4_DB_USEFUL];
	}
	ck_true(nr_useful > 40000);
}

static void clocks_that_go_back_never_underflow(void **state)
{
	const __u64 too_long = 1ULL << 60;
	struct fsm_event ev[NR_EVENTS];
	static struct fsm_result got;
	__u64 seed = 5;
	int n, i;

	(void)state;
	for (n = 0; n < 40000; n++) {
		fsm_random_events(&seed, FSM_BAD_CLOCK, ev, NR_EVENTS);
		fsm_run(ev, NR_EVENTS, &got, NULL);
		ck_true(fsm_ended_ns(&got.vpe) < too_long);
		ck_u64(got.vpe.seq & 1, 0);
		for (i = 0; i < G4_NR_VPE_HISTS; i++)
			ck_true(got.hists.h[i].max < too_long && got.hists.h[i].sum < too_long);
	}
}

static void clocks_that_go_back_make_no_more_time_than_has_passed(void **state)
{
	struct fsm_event ev[NR_EVENTS];
	__u64 seed = 6, latest;
	struct g4_vpe v;
	int n, i;

	(void)state;
	for (n = 0; n < 40000; n++) {
		fsm_random_events(&seed, FSM_BAD_CLOCK, ev, NR_EVENTS);
		memset(&v, 0, sizeof(v));
		for (i = 0, latest = 0; i < NR_EVENTS; i++) {
			latest = ev[i].at_ns > latest ? ev[i].at_ns : latest;
			fsm_step(&v, NULL, &ev[i]);
			if (fsm_ended_ns(&v) <= latest - v.birth_ns)
				continue;
			unit_say("sum of ended spans: %llu", (unsigned long long)fsm_ended_ns(&v));
			say_events(ev, i + 1);
			fail();
		}
	}
}

static void one_load_or_put_bumps_seq_by_two(void **state)
{
	struct g4_vpe v = {};

	(void)state;
	g4_vpe_create(&v, 100);
	ck_u64(v.seq, 0);
	g4_vpe_load(&v, NULL, 150, 0, 0);
	ck_u64(v.seq, 2);
	g4_vpe_put(&v, NULL, 200, 0, 1);
	ck_u64(v.seq, 4);
	g4_vpe_doorbell(&v, 250, 0, 0, 0);
	ck_u64(v.seq, 4);
	g4_vpe_write_begin(&v);
	ck_u64(v.seq, 5);
	g4_vpe_write_end(&v);
	ck_u64(v.seq, 6);
}

static void steps_return_latency_and_kind(void **state)
{
	struct g4_vpe v = {};

	(void)state;
	g4_vpe_create(&v, 100);
	ck_u64(g4_vpe_doorbell(&v, 110, 3, 0, 0), G4_DB_SPURIOUS);
	ck_u64(v.db.last_pcpu, 3);
	ck_u64(v.db.last_kind, G4_DB_SPURIOUS);
	ck_u64(v.db.called_ns, 0);
	ck_u64(g4_vpe_load(&v, NULL, 150, 0, 0), 0);
	g4_vpe_put(&v, NULL, 200, 0, 1);
	ck_u64(g4_vpe_doorbell(&v, 250, 5, 0, 0), G4_DB_USEFUL);
	ck_u64(v.db.last_pcpu, 5);
	ck_u64(v.db.called_ns, 250);
	ck_u64(g4_vpe_doorbell(&v, 260, 5, 0, 0), G4_DB_LATE);
	ck_u64(v.db.called_ns, 250);
	ck_u64(g4_vpe_load(&v, NULL, 290, 0, 0), 40);
	ck_u64(v.run.entry_db_ns, 250);
	g4_vpe_guest_entry(&v, NULL, 300);
	ck_u64(v.run.entry_db_ns, 0);
}

static void a_4_1_is_asked_only_by_a_put_with_doorbell(void **state)
{
	struct g4_vpe v = {};

	(void)state;
	g4_vpe_create(&v, 100);
	g4_vpe_load(&v, NULL, 150, 0, 0);
	g4_vpe_put(&v, NULL, 200, 0, 0);
	ck_u64(g4_vpe_was_pending(&v, 1, 0), 1);
	ck_u64(g4_vpe_was_pending(&v, 1, 1), 0);
	g4_vpe_load(&v, NULL, 250, 0, 0);
	g4_vpe_put(&v, NULL, 300, 0, 1);
	ck_u64(g4_vpe_was_pending(&v, 1, 1), 1);
	ck_u64(g4_vpe_was_pending(&v, 0, 1), 0);
}

#define NR_WRITES	300000

static void *write_residency(void *arg)
{
	struct g4_vpe *v = arg;
	__u64 i;

	for (i = 1; i <= NR_WRITES; i++) {
		g4_vpe_load(v, NULL, 1000 + 3 * i, 0, 0);
		g4_vpe_put(v, NULL, 1000 + 3 * i + 1, 0, i & 1);
	}
	return NULL;
}

static void a_reader_that_checks_seq_never_has_a_torn_copy(void **state)
{
	static struct g4_vpe v;
	struct g4_vpe copy;
	__u64 nr_copies = 0, seq;
	pthread_t writer;

	(void)state;
	g4_vpe_create(&v, 1000);
	ck_u64(pthread_create(&writer, NULL, write_residency, &v), 0);
	do {
		seq = __atomic_load_n(&v.seq, __ATOMIC_ACQUIRE);
		memcpy(&copy, &v, sizeof(copy));
		__atomic_thread_fence(__ATOMIC_ACQUIRE);
		if (seq & 1 || seq != __atomic_load_n(&v.seq, __ATOMIC_RELAXED))
			continue;
		nr_copies++;
		ck_u64(copy.run.loads + copy.run.puts, seq / 2);
		ck_u64(fsm_ended_ns(&copy), copy.run.since_ns - copy.birth_ns);
	} while (seq < 4 * NR_WRITES);
	pthread_join(writer, NULL);
	ck_true(nr_copies > 0);
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		UNIT_TEST(no_case_needs_histograms),
		UNIT_TEST(times_add_up_after_every_event),
		UNIT_TEST(any_order_gives_what_a_second_implementation_says),
		UNIT_TEST(legal_orders_give_what_a_second_implementation_says),
		UNIT_TEST(legal_orders_have_a_latency_for_every_useful_doorbell_once_loaded),
		UNIT_TEST(clocks_that_go_back_never_underflow),
		UNIT_TEST(clocks_that_go_back_make_no_more_time_than_has_passed),
		UNIT_TEST(one_load_or_put_bumps_seq_by_two),
		UNIT_TEST(steps_return_latency_and_kind),
		UNIT_TEST(a_4_1_is_asked_only_by_a_put_with_doorbell),
		UNIT_TEST(a_reader_that_checks_seq_never_has_a_torn_copy),
	};
	struct CMUnitTest tests[NR_CASES + UNIT_ARRAY_SIZE(others)];
	size_t i, nr = 0;

	for (i = 0; i < UNIT_ARRAY_SIZE(fsm_cases); i++)
		tests[nr++] = (struct CMUnitTest)UNIT_CASE(fsm_cases[i].name, run_case,
							   &fsm_cases[i]);
	for (i = 0; i < UNIT_ARRAY_SIZE(fsm_db_cases); i++)
		tests[nr++] = (struct CMUnitTest)UNIT_CASE(fsm_db_cases[i].name, run_case,
							   &fsm_db_cases[i]);
	memcpy(&tests[nr], others, sizeof(others));
	return unit_main(tests, nr + UNIT_ARRAY_SIZE(others));
}
