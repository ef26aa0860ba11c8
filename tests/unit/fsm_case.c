// SPDX-License-Identifier: GPL-2.0
/*
 * Running, judging, inventing and predicting sequences of vPE events. The
 * prediction (fsm_predict()) is written from the description in vpe_fsm.h's
 * opening comment, with flags where vpe_fsm.h compares times, so that one
 * mistake is unlikely to be in both.
 */
#include "fsm_case.h"
#include "unit.h"

static const char *const state_names[] = {
	"unknown", "preempted", "resident", "blocked", "woken",
};

static const char *const kind_names[] = { "useful", "late", "spurious" };

static const char *const hist_names[] = {
	"PREEMPTED", "RESIDENT", "BLOCKED", "DB", "DB_WAKE", "DB_SCHED", "DB_ENTRY", "VMOVP",
	"DIRTY",
};
_Static_assert(UNIT_ARRAY_SIZE(hist_names) == G4_NR_VPE_HISTS, "a name a histogram");
_Static_assert(UNIT_ARRAY_SIZE(state_names) == G4_NR_VPE_STATES, "a name a state");
_Static_assert(UNIT_ARRAY_SIZE(kind_names) == G4_NR_DB, "a name a kind");

__u32 fsm_nr_events(const struct fsm_event *ev)
{
	__u32 nr = 0;

	while (ev[nr].op != FSM_END)
		nr++;
	return nr;
}

void fsm_run(const struct fsm_event *ev, __u32 nr, struct fsm_result *ret, __u64 *ret_steps)
{
	__u64 step;
	__u32 i;

	memset(ret, 0, sizeof(*ret));
	for (i = 0; i < nr; i++) {
		step = fsm_step(&ret->vpe, &ret->hists, &ev[i]);
		if (ret_steps)
			ret_steps[i] = step;
	}
}

__u64 fsm_ended_ns(const struct g4_vpe *v)
{
	__u64 sum = 0;
	int i;

	for (i = 0; i < G4_NR_VPE_STATES; i++)
		sum += v->run.in_ns[i];
	return sum;
}

/* 1 when @got is not @want, after saying so. */
static unsigned int differs(__u64 got, __u64 want, const char *what, const char *which)
{
	if (got == want)
		return 0;
	unit_say("%s%s%s is %llu, not %llu", what, which ? " " : "", which ? which : "",
		 (unsigned long long)got, (unsigned long long)want);
	return 1;
}

/* Everything but the histograms. */
static unsigned int judge_vpe(const struct fsm_want *want, const struct g4_vpe *v)
{
	unsigned int bad = 0, i;

	bad += differs(g4_vpe_state_at(v), want->state, "state", NULL);
	bad += differs(v->run.pcpu, want->pcpu, "pcpu", NULL);
	bad += differs(v->run.since_ns, want->since_ns, "since_ns", NULL);
	bad += differs(v->run.loads, want->loads, "loads", NULL);
	bad += differs(v->run.puts, want->puts, "puts", NULL);
	bad += differs(v->run.blocks, want->blocks, "blocks", NULL);
	bad += differs(v->run.sleeps, want->sleeps, "sleeps", NULL);
	bad += differs(v->run.illegal, want->illegal, "illegal", NULL);
	bad += differs(v->run.moves, 0, "moves", NULL);
	bad += differs(v->run.pending_last + v->db.pending_last, want->pending_last,
		       "pending_last", NULL);
	bad += differs(v->seq, 2 * (want->loads + want->puts), "seq", NULL);
	for (i = 0; i < G4_NR_VPE_STATES; i++)
		bad += differs(v->run.in_ns[i], want->in_ns[i], "time", state_names[i]);
	for (i = 0; i < G4_NR_DB; i++)
		bad += differs(v->db.count[i], want->db[i], "doorbells", kind_names[i]);
	bad += differs(fsm_ended_ns(v) + g4_span(v->run.since_ns, want->since_ns),
		       want->since_ns - v->birth_ns, "sum of all times", NULL);
	return bad;
}

static unsigned int judge_hist(const __u64 *values, const struct g4_hist *got, const char *name)
{
	struct g4_hist want = {};
	unsigned int bad = 0;
	int i;

	for (i = 0; i < FSM_CASE_VALUES && values[i]; i++)
		g4_hist_add(&want, values[i]);
	bad += differs(got->count, want.count, "count of", name);
	bad += differs(got->sum, want.sum, "sum of", name);
	bad += differs(got->min, want.min, "min of", name);
	bad += differs(got->max, want.max, "max of", name);
	if (!bad && memcmp(got, &want, sizeof(want))) {
		unit_say("buckets of %s are not those of its values", name);
		bad++;
	}
	return bad;
}

unsigned int fsm_judge(const struct fsm_want *want, const struct fsm_result *got)
{
	unsigned int bad = judge_vpe(want, &got->vpe), i;

	for (i = 0; i < G4_NR_VPE_HISTS; i++)
		bad += judge_hist(want->h[i], &got->hists.h[i], hist_names[i]);
	return bad;
}

unsigned int fsm_judge_oracle(const struct fsm_oracle *want, const struct fsm_result *got)
{
	unsigned int bad = judge_vpe(&want->want, &got->vpe), i;

	for (i = 0; i < G4_NR_VPE_HISTS; i++) {
		bad += differs(got->hists.h[i].count, want->nr_values[i], "count of",
			       hist_names[i]);
		bad += differs(got->hists.h[i].sum, want->sum[i], "sum of", hist_names[i]);
	}
	return bad;
}

__u64 fsm_random(__u64 *seed)
{
	*seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return *seed >> 33;
}

static __u16 legal_op(__u64 *seed, __u32 state, int woken)
{
	__u64 dice = fsm_random(seed) % 8;

	switch (state) {
	case G4_VPE_RESIDENT:
		return dice < 5 ? FSM_PUT : dice < 7 ? FSM_ENTRY : FSM_DOORBELL;
	case G4_VPE_BLOCKED:
		if (dice < 3)
			return FSM_DOORBELL;
		return dice < 5 ? FSM_LOAD : dice < 6 || woken ? FSM_SLEEP : FSM_WAKE;
	default:
		return dice < 7 ? FSM_LOAD : FSM_DOORBELL;
	}
}

static __u64 random_step(__u64 *seed, enum fsm_random_kind kind, __u64 now_ns)
{
	__u64 dice = fsm_random(seed), back = fsm_random(seed) % 500;

	if (kind == FSM_BAD_CLOCK && dice % 4 == 0)
		return now_ns > back ? now_ns - back : 0;
	if (kind == FSM_BAD_CLOCK && dice % 4 == 1)
		return now_ns;
	return now_ns + 1 + (dice % 64 ? dice % 5000 : dice << 12);
}

void fsm_random_events(__u64 *seed, enum fsm_random_kind kind, struct fsm_event *ret_ev, __u32 nr)
{
	__u32 state = fsm_random(seed) % G4_VPE_WOKEN, i;
	__u64 now_ns = 1000 + fsm_random(seed) % 1000;
	int handler_runs = 0, woken = 0, flag = 0;
	struct fsm_event *e;

	ret_ev[0] = (struct fsm_event){ now_ns, FSM_INIT, 0, state };
	if (fsm_random(seed) % 2) {
		ret_ev[0].op = FSM_CREATE;
		state = G4_VPE_PREEMPTED;
	}
	for (i = 1; i < nr; i++) {
		e = &ret_ev[i];
		now_ns = random_step(seed, kind, now_ns);
		e->at_ns = now_ns;
		e->pcpu = fsm_random(seed) % 4;
		e->arg = 0;
		if (kind == FSM_LEGAL)
			e->op = legal_op(seed, state, woken);
		else
			e->op = FSM_LOAD + fsm_random(seed) % (FSM_NR_OPS - FSM_LOAD);
		if (handler_runs && fsm_random(seed) % 2)
			e->op = FSM_DOORBELL_DONE;
		if (e->op == FSM_DOORBELL_DONE && !handler_runs)
			e->op = FSM_SLEEP;
		if (e->op == FSM_PUT)
			e->arg = fsm_random(seed) % 2;
		else if (e->op == FSM_DOORBELL && kind != FSM_LEGAL)
			e->arg = fsm_random(seed) % 4 == 0 ? FSM_WAKING : 0;
		/* as the kernel does: a put asks the hardware, a doorbell's handler sets it */
		if ((e->op == FSM_LOAD || e->op == FSM_DOORBELL) && flag)
			e->arg |= FSM_PENDING_LAST;
		if (e->op == FSM_PUT)
			flag = fsm_random(seed) % 2;
		else if (e->op == FSM_DOORBELL)
			flag = 1;

		if (e->op == FSM_DOORBELL || e->op == FSM_DOORBELL_DONE)
			handler_runs = e->op == FSM_DOORBELL;
		if (e->op == FSM_WAKE)
			woken = 1;
		if (e->op == FSM_LOAD || e->op == FSM_PUT) {
			woken = 0;
			state = e->op == FSM_LOAD ? G4_VPE_RESIDENT :
				e->arg ? G4_VPE_BLOCKED : G4_VPE_PREEMPTED;
		}
	}
}

/* What fsm_predict() remembers of a vPE; times are 0 where there is none. */
struct oracle_vpe {
	__u32 state;
	int seen;			/* the present span's begin was seen */
	int woken;			/* by anything, in the present span */
	int called;			/* by a doorbell of any kind, in the present span */
	__u64 since_ns;
	__u64 called_ns;		/* useful doorbell in the present span */
	__u64 to_enter_ns;		/* doorbell that the present residency answers */
	int ran;			/* the thread has run since that doorbell */
	__u64 handler_ns;		/* useful doorbell whose handler runs */
};

static void oracle_value(struct fsm_oracle *o, __u32 kind, __u64 ns)
{
	o->nr_values[kind]++;
	o->sum[kind] += ns;
}

/* The first one to come after a put that was seen tells what the hardware had said. */
static void oracle_pending(struct fsm_oracle *o, struct oracle_vpe *v, const struct fsm_event *e)
{
	if (e->arg & FSM_PENDING_LAST && v->seen && !v->called && v->state != G4_VPE_RESIDENT)
		o->want.pending_last++;
}

static void oracle_span(struct fsm_oracle *o, struct oracle_vpe *v, const struct fsm_event *e)
{
	static const int hist_of[G4_NR_VPE_STATES] = {
		[G4_VPE_PREEMPTED] = G4_H_PREEMPTED,
		[G4_VPE_RESIDENT] = G4_H_RESIDENT,
		[G4_VPE_BLOCKED] = G4_H_BLOCKED,
	};
	int fits = (e->op == FSM_PUT) == (v->state == G4_VPE_RESIDENT);
	__u64 ns = e->at_ns - v->since_ns;

	if (v->state == G4_VPE_UNKNOWN || !fits)
		o->want.in_ns[G4_VPE_UNKNOWN] += ns;
	else
		o->want.in_ns[v->state] += ns;
	if (!fits && v->seen)
		o->want.illegal++;
	if (fits && v->seen)
		oracle_value(o, hist_of[v->state], ns);

	if (e->op == FSM_LOAD)
		oracle_pending(o, v, e);
	v->to_enter_ns = 0;
	if (e->op == FSM_LOAD && v->called_ns) {
		oracle_value(o, G4_H_DB, e->at_ns - v->called_ns);
		v->to_enter_ns = v->called_ns;
	}
	v->called_ns = 0;
	v->woken = 0;
	v->called = 0;
	v->seen = 1;
	v->since_ns = e->at_ns;
	o->want.pcpu = e->pcpu;
	if (e->op == FSM_LOAD) {
		v->state = G4_VPE_RESIDENT;
		o->want.loads++;
	} else {
		v->state = e->arg ? G4_VPE_BLOCKED : G4_VPE_PREEMPTED;
		o->want.puts++;
		o->want.blocks += e->arg;
	}
}

static void oracle_doorbell(struct fsm_oracle *o, struct oracle_vpe *v, const struct fsm_event *e)
{
	oracle_pending(o, v, e);
	v->called = 1;
	v->handler_ns = 0;
	if (v->state == G4_VPE_PREEMPTED) {
		o->want.db[G4_DB_SPURIOUS]++;
	} else if (v->state == G4_VPE_RESIDENT || v->woken ||
		   e->arg & FSM_WAKING) {
		o->want.db[G4_DB_LATE]++;
	} else {
		o->want.db[G4_DB_USEFUL]++;
		v->called_ns = e->at_ns;
		v->ran = 0;
		v->handler_ns = e->at_ns;
		v->woken = 1;
	}
}

void fsm_predict(const struct fsm_event *ev, __u32 nr, struct fsm_oracle *ret)
{
	struct oracle_vpe v = { .state = ev[0].arg, .since_ns = ev[0].at_ns };
	__u32 i;

	memset(ret, 0, sizeof(*ret));
	if (ev[0].op == FSM_CREATE) {
		v.state = G4_VPE_PREEMPTED;
		v.seen = 1;
	}
	for (i = 1; i < nr; i++) {
		if (ev[i].op == FSM_LOAD || ev[i].op == FSM_PUT) {
			oracle_span(ret, &v, &ev[i]);
		} else if (ev[i].op == FSM_DOORBELL) {
			oracle_doorbell(ret, &v, &ev[i]);
		} else if (ev[i].op == FSM_DOORBELL_DONE && v.handler_ns) {
			oracle_value(ret, G4_H_DB_WAKE, ev[i].at_ns - v.handler_ns);
			v.handler_ns = 0;
		} else if (ev[i].op == FSM_SLEEP) {
			ret->want.sleeps++;
		} else if (ev[i].op == FSM_WAKE) {
			if (v.called_ns && !v.ran)	/* only the first time */
				oracle_value(ret, G4_H_DB_SCHED, ev[i].at_ns - v.called_ns);
			v.ran = 1;
			v.woken = 1;
		} else if (ev[i].op == FSM_ENTRY && v.to_enter_ns) {
			oracle_value(ret, G4_H_DB_ENTRY, ev[i].at_ns - v.to_enter_ns);
			v.to_enter_ns = 0;
		}
	}
	ret->want.state = v.state == G4_VPE_BLOCKED && v.woken ? G4_VPE_WOKEN : v.state;
	ret->want.since_ns = v.since_ns;
}
