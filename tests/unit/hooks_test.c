// SPDX-License-Identifier: GPL-2.0
/*
 * The choice of hooks, on kernels that are made up: which functions and
 * tracepoints they have, and whether fentry works. Rows are found by what they
 * watch, so that no kernel function is named here.
 */
#include <errno.h>

#include "hooks.h"
#include "unit.h"

/* Activities (or all of them) that this kernel's functions do not serve. */
struct kernel {
	const char *no_btf, *no_kprobe;		/* functions, or NULL */
	const char *no_event;			/* tracepoint, or NULL */
	bool patched;				/* has gicv4top's own tracepoints */
};

static bool has_btf_func(const void *ctx, const char *function)
{
	const struct kernel *k = ctx;

	return !k->no_btf || strcmp(k->no_btf, function);
}

static bool has_kprobe_func(const void *ctx, const char *function)
{
	const struct kernel *k = ctx;

	return !k->no_kprobe || strcmp(k->no_kprobe, function);
}

static bool has_tracepoint(const void *ctx, const char *tracepoint)
{
	const struct kernel *k = ctx;

	if (!strncmp(tracepoint, "gicv4:", 6) || !strncmp(tracepoint, "kvm:vgic", 8))
		return k->patched;
	return !k->no_event || strcmp(k->no_event, tracepoint);
}

static void plan_for(const struct kernel *k, bool fentry_works, enum hook_backend wanted,
		     struct hook_plan *plan)
{
	const struct hook_facts facts = {
		.has_btf_func = has_btf_func,
		.has_kprobe_func = has_kprobe_func,
		.has_tracepoint = has_tracepoint,
		.ctx = k,
		.fentry_works = fentry_works,
	};

	ck_u64((uint64_t)-hooks_plan(&facts, wanted, plan), 0);
	ck_true(plan->nr > 0);
}

static const struct hook_choice *row(const struct hook_plan *plan, const char *activity)
{
	unsigned int i;

	for (i = 0; i < plan->nr; i++) {
		if (!strcmp(plan->choices[i].hook->activity, activity))
			return &plan->choices[i];
	}
	unit_say("no row \"%s\"", activity);
	fail();
	return NULL;
}

/* The function of a row, for a kernel that lacks it. */
static const char *function_of(const char *activity)
{
	const struct kernel whole = {};
	struct hook_plan plan;
	const char *function;

	plan_for(&whole, true, HOOK_AUTO, &plan);
	function = row(&plan, activity)->hook->function;
	hooks_plan_clear(&plan);
	return function;
}

static void a_kernel_with_fentry_gets_fentry_everywhere(void **state)
{
	const struct kernel whole = {};
	struct hook_plan plan;
	unsigned int i;

	(void)state;
	plan_for(&whole, true, HOOK_AUTO, &plan);
	ck_u64(plan.backend, HOOK_FENTRY);
	ck_u64(plan.figures, UINT32_MAX);
	ck_true(!plan.missing);
	for (i = 0; i < plan.nr; i++) {
		ck_u64(plan.choices[i].backend, HOOK_FENTRY);
		ck_true(!plan.choices[i].why);
		ck_str(hooks_target(&plan.choices[i]), plan.choices[i].hook->function);
	}
	hooks_plan_clear(&plan);
	ck_u64(plan.nr, 0);
}

static void a_kernel_without_fentry_gets_kprobes_and_events(void **state)
{
	const struct kernel whole = {};
	struct hook_plan plan;
	unsigned int i, nr_events = 0;

	(void)state;
	plan_for(&whole, false, HOOK_AUTO, &plan);
	ck_u64(plan.backend, HOOK_KPROBE);
	ck_u64(plan.figures, UINT32_MAX);
	ck_true(!plan.missing);
	for (i = 0; i < plan.nr; i++) {
		if (!plan.choices[i].hook->event) {
			ck_u64(plan.choices[i].backend, HOOK_KPROBE);
			continue;
		}
		nr_events++;
		ck_u64(plan.choices[i].backend, HOOK_EVENT);
		ck_str(hooks_target(&plan.choices[i]), plan.choices[i].hook->event);
	}
	ck_true(nr_events > 0);
	ck_u64(row(&plan, "doorbell")->backend, HOOK_EVENT);
	hooks_plan_clear(&plan);
}

static void every_choice_has_programs_of_its_own(void **state)
{
	static const enum hook_backend backends[] = { HOOK_FENTRY, HOOK_KPROBE };
	const struct kernel whole = {};
	const char *entry, *exit, *other_entry, *other_exit;
	struct hook_plan plan;
	unsigned int b, i, k;

	(void)state;
	for (b = 0; b < UNIT_ARRAY_SIZE(backends); b++) {
		plan_for(&whole, true, backends[b], &plan);
		for (i = 0; i < plan.nr; i++) {
			hooks_programs(&plan.choices[i], &entry, &exit);
			if (!entry && !exit)
				unit_say("row: %s", plan.choices[i].hook->activity);
			ck_true(entry || exit);
			for (k = 0; k < i; k++) {
				hooks_programs(&plan.choices[k], &other_entry, &other_exit);
				ck_true(!entry || !other_entry || strcmp(entry, other_entry));
				ck_true(!exit || !other_exit || strcmp(exit, other_exit));
				ck_true(!entry || !other_exit || strcmp(entry, other_exit));
			}
		}
		hooks_plan_clear(&plan);
	}
}

static void the_table_says_what_is_lost_with_each_row(void **state)
{
	const struct kernel whole = {};
	const struct hook *hook, *other;
	struct hook_plan plan;
	unsigned int i, k;

	(void)state;
	plan_for(&whole, true, HOOK_AUTO, &plan);
	for (i = 0; i < plan.nr; i++) {
		hook = plan.choices[i].hook;
		/* needed: all figures go; optional: the figure that goes is named */
		ck_u64(!hook->figure, hook->need == HOOK_NEEDED);
		ck_u64(hook->figure & (hook->figure - 1), 0);
		ck_u64(!hook->event, !hook->event_prog && !hook->event_exit_prog);
		for (k = 0; k < i; k++) {
			other = plan.choices[k].hook;
			ck_true(strcmp(hook->activity, other->activity));
			/* two rows may share a function: one its entry, one its exit */
			if (strcmp(hook->function, other->function))
				continue;
			ck_true(!hook->fentry || !other->fentry);
			ck_true(!hook->fexit || !other->fexit);
		}
	}
	hooks_plan_clear(&plan);
}

static void a_needed_hook_that_is_missing_is_told(void **state)
{
	const struct kernel lacking = { .no_btf = function_of("vPE creation"),
					.no_kprobe = function_of("VLPI map") };
	struct hook_plan plan;

	(void)state;
	plan_for(&lacking, true, HOOK_AUTO, &plan);
	assert_non_null(plan.missing);
	ck_str(plan.missing->hook->activity, "vPE creation");
	ck_u64(plan.missing->backend, HOOK_NONE);
	assert_non_null(plan.missing->why);
	ck_u64(plan.figures, UINT32_MAX);
	hooks_plan_clear(&plan);
	ck_true(!plan.missing);

	plan_for(&lacking, false, HOOK_AUTO, &plan);
	assert_non_null(plan.missing);
	ck_str(plan.missing->hook->activity, "VLPI map");
	hooks_plan_clear(&plan);
}

static void an_optional_hook_that_is_missing_takes_its_figure(void **state)
{
	static const struct { const char *activity; uint32_t figure; } rows[] = {
		{ "VMOVP", HOOK_FIG_MOVES }, { "ITS command to a vPE", HOOK_FIG_MOVES },
		{ "guest entry", HOOK_FIG_ENTRY }, { "vCPU wake-up", HOOK_FIG_SCHED },
		{ "vCPU block", HOOK_FIG_SLEEPS }, { "software LPI", HOOK_FIG_SW_LPIS },
		{ "guest ITS commands", HOOK_FIG_LPIS }, { "VLPI property", HOOK_FIG_PROPS },
		{ "forwarding set", HOOK_FIG_FORWARD }, { "forwarding unset", HOOK_FIG_FORWARD },
		{ "Dirty wait in a put", HOOK_FIG_DIRTY },
		{ "Dirty wait at guest entry", HOOK_FIG_DIRTY },
		{ "LPI configuration", HOOK_FIG_LPI_CONFIG },
	};
	struct kernel lacking = {};
	struct hook_plan plan;
	unsigned int fentry;
	size_t i;

	(void)state;
	for (i = 0; i < UNIT_ARRAY_SIZE(rows); i++) {
		lacking.no_btf = lacking.no_kprobe = function_of(rows[i].activity);
		for (fentry = 0; fentry < 2; fentry++) {
			plan_for(&lacking, fentry, HOOK_AUTO, &plan);
			if (plan.figures != ~rows[i].figure)
				unit_say("without %s", rows[i].activity);
			ck_u64(plan.figures, (uint32_t)~rows[i].figure);
			ck_true(!plan.missing);
			ck_u64(row(&plan, rows[i].activity)->backend, HOOK_NONE);
			assert_non_null(row(&plan, rows[i].activity)->why);
			ck_u64(row(&plan, "vPE load")->backend, plan.backend);
			hooks_plan_clear(&plan);
		}
	}
}

static void kprobes_do_not_help_a_kernel_without_the_doorbells_event(void **state)
{
	const struct kernel lacking = { .no_event = "irq:irq_handler_entry" };
	struct hook_plan plan;

	(void)state;
	plan_for(&lacking, false, HOOK_AUTO, &plan);
	assert_non_null(plan.missing);
	ck_str(plan.missing->hook->activity, "doorbell");
	hooks_plan_clear(&plan);
	plan_for(&lacking, true, HOOK_AUTO, &plan);
	ck_true(!plan.missing);
	hooks_plan_clear(&plan);
}

static void kprobes_can_be_forced_where_fentry_works(void **state)
{
	const struct kernel whole = {};
	struct hook_plan plan;

	(void)state;
	plan_for(&whole, true, HOOK_KPROBE, &plan);
	ck_u64(plan.backend, HOOK_KPROBE);
	ck_u64(row(&plan, "vPE load")->backend, HOOK_KPROBE);
	ck_u64(row(&plan, "doorbell")->backend, HOOK_EVENT);
	ck_true(!plan.missing);
	hooks_plan_clear(&plan);
}

static void fentry_forced_where_it_does_not_work_is_refused_not_replaced(void **state)
{
	const struct kernel whole = {};
	struct hook_plan plan;
	unsigned int i;

	(void)state;
	plan_for(&whole, false, HOOK_FENTRY, &plan);
	ck_u64(plan.backend, HOOK_FENTRY);
	assert_non_null(plan.missing);
	ck_true(plan.missing == &plan.choices[0]);
	ck_true(strstr(plan.missing->why, "fentry") != NULL);
	for (i = 0; i < plan.nr; i++)
		ck_u64(plan.choices[i].backend, HOOK_NONE);
	hooks_plan_clear(&plan);
}

static void tracepoints_that_a_kernel_lacks_are_told(void **state)
{
	const struct kernel stock = {}, patched = { .patched = true };
	struct hook_plan plan;

	(void)state;
	plan_for(&stock, true, HOOK_TRACEPOINT, &plan);
	ck_u64(plan.backend, HOOK_TRACEPOINT);
	assert_non_null(plan.missing);
	ck_true(strstr(plan.missing->why, "this kernel lacks") != NULL);
	ck_u64(row(&plan, "vPE load")->backend, HOOK_NONE);
	hooks_plan_clear(&plan);
	/* the rows are there; programs for them come with the patched kernel */
	plan_for(&patched, true, HOOK_TRACEPOINT, &plan);
	if (plan.missing)
		ck_true(!strstr(row(&plan, "vPE load")->why, "this kernel lacks"));
	hooks_plan_clear(&plan);
}

static void backends_have_names_that_parse(void **state)
{
	static const enum hook_backend all[] = { HOOK_AUTO, HOOK_TRACEPOINT, HOOK_FENTRY,
						 HOOK_KPROBE };
	static const char *const bad[] = { "event", "none", "", "Fentry", "fentry ", "kprobes" };
	enum hook_backend backend;
	size_t i;

	(void)state;
	for (i = 0; i < UNIT_ARRAY_SIZE(all); i++) {
		backend = HOOK_NONE;
		ck_u64((uint64_t)hooks_backend_parse(hooks_backend_name(all[i]), &backend), 0);
		ck_u64(backend, all[i]);
	}
	for (i = 0; i < UNIT_ARRAY_SIZE(bad); i++) {
		backend = HOOK_NONE;
		ck_u64((uint64_t)-hooks_backend_parse(bad[i], &backend), EINVAL);
		ck_u64(backend, HOOK_NONE);
	}
	ck_str(hooks_backend_name(HOOK_EVENT), "event");
	ck_str(hooks_backend_name(HOOK_NONE), "none");
}

static void the_scouts_trial_is_on_a_cold_hook(void **state)
{
	static const char *const hot[] = { "vPE load", "vPE put", "doorbell", "guest entry",
					   "vCPU block", "vCPU wake-up", "software LPI" };
	size_t i;

	(void)state;
	assert_non_null(hooks_trial_function());
	for (i = 0; i < UNIT_ARRAY_SIZE(hot); i++)
		ck_true(strcmp(hooks_trial_function(), function_of(hot[i])));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		UNIT_TEST(a_kernel_with_fentry_gets_fentry_everywhere),
		UNIT_TEST(a_kernel_without_fentry_gets_kprobes_and_events),
		UNIT_TEST(every_choice_has_programs_of_its_own),
		UNIT_TEST(the_table_says_what_is_lost_with_each_row),
		UNIT_TEST(a_needed_hook_that_is_missing_is_told),
		UNIT_TEST(an_optional_hook_that_is_missing_takes_its_figure),
		UNIT_TEST(kprobes_do_not_help_a_kernel_without_the_doorbells_event),
		UNIT_TEST(kprobes_can_be_forced_where_fentry_works),
		UNIT_TEST(fentry_forced_where_it_does_not_work_is_refused_not_replaced),
		UNIT_TEST(tracepoints_that_a_kernel_lacks_are_told),
		UNIT_TEST(backends_have_names_that_parse),
		UNIT_TEST(the_scouts_trial_is_on_a_cold_hook),
	};

	return unit_main(tests, UNIT_ARRAY_SIZE(tests));
}
