/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which kernel functions are watched, and how. hooks.c holds the one table
 * that knows their names; a plan says what the running kernel offers of it.
 */
#ifndef GICV4TOP_HOOKS_H
#define GICV4TOP_HOOKS_H

#include <stdbool.h>
#include <stdint.h>

enum hook_backend {
	HOOK_AUTO,
	HOOK_TRACEPOINT,	/* gicv4top's own, where a kernel has them */
	HOOK_FENTRY,		/* fentry and fexit: BPF trampolines */
	HOOK_KPROBE,		/* kprobe and kretprobe */
	HOOK_EVENT,		/* a row's existing tracepoints, instead of kprobes */
	HOOK_NONE,		/* as a choice: nothing fits */
};

/* How badly a hook is missed. */
enum hook_need {
	HOOK_NEEDED,		/* without it gicv4top does not start */
	HOOK_OPTIONAL,		/* without it @figures are n/a */
	HOOK_DETAIL,		/* attached only when its figure is asked for */
	HOOK_DIRECT,		/* attached only where cores count interrupts (pmu.h) */
};

/* Figures that hang on an optional hook; bits of hook_plan.figures. */
#define HOOK_FIG_MOVES		(1U << 0)
#define HOOK_FIG_ENTRY		(1U << 1)
#define HOOK_FIG_SCHED		(1U << 2)
#define HOOK_FIG_SLEEPS		(1U << 3)
#define HOOK_FIG_SW_LPIS	(1U << 4)
#define HOOK_FIG_LPIS		(1U << 5)
#define HOOK_FIG_PROPS		(1U << 6)
#define HOOK_FIG_FORWARD	(1U << 7)
#define HOOK_FIG_DIRTY		(1U << 8)
#define HOOK_FIG_LPI_CONFIG	(1U << 9)
#define HOOK_FIG_TAKEN		(1U << 10)	/* by list register */

struct hook {
	const char *activity;
	const char *function;		/* kernel function */
	const char *tracepoint;		/* "system:event" of the patched kernel, or NULL */
	enum hook_need need;
	uint32_t figure;		/* HOOK_FIG_* or 0 */
	bool records;			/* HOOK_DETAIL: also wherever events are recorded */
	/* existing tracepoints that serve in place of kprobes, or NULL */
	const char *event, *event_exit;
	/* names of BPF programs, NULL where none is needed; event's by the same rule */
	const char *fentry, *fexit, *kprobe, *kretprobe, *event_prog, *event_exit_prog;
	/* names of ftrace_events.c's events at its entry and return, by the same rule */
	const char *ftrace, *ftrace_ret;
};

struct hook_choice {
	const struct hook *hook;
	enum hook_backend backend;	/* HOOK_NONE: cannot be attached */
	const char *why;		/* with HOOK_NONE: reason, static text */
};

struct hook_plan {
	struct hook_choice *choices;	/* owned; one a row of the table */
	unsigned int nr;
	enum hook_backend backend;	/* of the plan as a whole */
	uint32_t figures;		/* HOOK_FIG_* that can be had */
	const struct hook_choice *missing; /* first needed hook that cannot be had, or NULL */
};

/* What the kernel has, as hooks.c must know it; filled by host.c. */
struct hook_facts {
	/* 1 if @function is one BTF function that fentry may attach to */
	bool (*has_btf_func)(const void *ctx, const char *function);
	/* 1 if a kprobe can be set on @function */
	bool (*has_kprobe_func)(const void *ctx, const char *function);
	bool (*has_tracepoint)(const void *ctx, const char *tracepoint);
	const void *ctx;
	bool fentry_works;		/* direct calls, as tried by the scout */
};

/* Chooses for each row. Returns 0 or -ENOMEM; what cannot be had is in the plan. */
int hooks_plan(const struct hook_facts *facts, enum hook_backend wanted,
	       struct hook_plan *ret_plan);
void hooks_plan_clear(struct hook_plan *plan);

/* The row whose event of this name ftrace_events.c has, and whether it is its return; or NULL. */
const struct hook *hooks_of_ftrace(const char *event, bool *ret_is_return);

/* A cold function on which the scout may try fentry. */
const char *hooks_trial_function(void);

/* What a choice is attached to: the function, or its event. */
const char *hooks_target(const struct hook_choice *choice);

/* The entry and exit program of a choice; each may be NULL. */
void hooks_programs(const struct hook_choice *choice, const char **ret_entry,
		    const char **ret_exit);

const char *hooks_backend_name(enum hook_backend backend);
/* 0 or -EINVAL */
int hooks_backend_parse(const char *name, enum hook_backend *ret_backend);

#endif
