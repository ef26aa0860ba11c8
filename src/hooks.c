// SPDX-License-Identifier: GPL-2.0
/*
 * The hook table: the only place that names kernel functions. To add a hook,
 * write its programs in bpf/, add a row here, and, if a figure is lost without
 * it, a HOOK_FIG_* that the outputs honour.
 *
 * The best way that the running kernel has is taken, the same one for all
 * rows: two ways mixed would order events of one vPE differently. (Doorbells
 * are the exception among kprobes: an interrupt that comes while a kprobe's
 * handler runs would not be seen by a kprobe.) Entry
 * programs come before exit programs, so an exit never runs without its entry
 * having been seen.
 *
 * Contexts, symbols and versions of every row: irq-gic-v4.c,
 * irq-gic-v3-its.c, arch/arm64/kvm/vgic of Linux 6.1 to 7.3. No kretprobe is
 * set on a function that sleeps: their number of instances is limited.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "hooks.h"
#include "util.h"

static const struct hook hook_table[] = {
	{ "vPE load", "its_make_vpe_resident", "gicv4:vpe_resident", HOOK_NEEDED, 0,
	  .fexit = "load_fexit", .kprobe = "load_kprobe", .kretprobe = "load_kretprobe",
	  .ftrace = "load", .ftrace_ret = "load_ret" },
	{ "vPE put", "its_make_vpe_non_resident", "gicv4:vpe_nonresident", HOOK_NEEDED, 0,
	  .fentry = "put_fentry", .kprobe = "put_kprobe", .ftrace = "put" },
	{ "vPE put's end", "its_make_vpe_non_resident", NULL, HOOK_DETAIL, HOOK_FIG_DIRTY, true,
	  .fexit = "put_fexit", .kretprobe = "put_kretprobe" },
	{ "doorbell", "vgic_v4_doorbell_handler", "kvm:vgic_v4_doorbell", HOOK_NEEDED, 0,
	  .event = "irq:irq_handler_entry", .event_exit = "irq:irq_handler_exit",
	  .fentry = "doorbell_fentry", .fexit = "doorbell_fexit",
	  .event_prog = "doorbell_event", .event_exit_prog = "doorbell_exit_event",
	  .ftrace = "doorbell", .ftrace_ret = "doorbell_ret" },
	{ "vPE creation", "its_vpe_irq_domain_activate", "kvm:vgic_v4_vpe_alloc", HOOK_NEEDED, 0,
	  .fentry = "vpe_new_fentry", .kprobe = "vpe_new_kprobe",
	  .ftrace = "vpe_new" },
	{ "vPE removal", "its_free_vcpu_irqs", "kvm:vgic_v4_vpe_free", HOOK_NEEDED, 0,
	  .fentry = "vpes_gone_fentry", .kprobe = "vpes_gone_kprobe",
	  .ftrace = "vpes_gone" },
	{ "VM end", "kvm_vgic_destroy", NULL, HOOK_NEEDED, 0,
	  .fentry = "vm_gone_fentry", .kprobe = "vm_gone_kprobe",
	  .ftrace = "vm_gone" },
	{ "VLPI map", "its_map_vlpi", "kvm:vgic_v4_map", HOOK_NEEDED, 0,
	  .fentry = "map_fentry", .fexit = "map_fexit",
	  .kprobe = "map_kprobe", .kretprobe = "map_kretprobe",
	  .ftrace = "map", .ftrace_ret = "map_ret" },
	{ "VLPI unmap", "its_unmap_vlpi", "kvm:vgic_v4_unmap", HOOK_NEEDED, 0,
	  .fentry = "unmap_fentry", .kprobe = "unmap_kprobe", .ftrace = "unmap" },
	{ "forwarding set", "kvm_vgic_v4_set_forwarding", NULL, HOOK_OPTIONAL, HOOK_FIG_FORWARD,
	  .fentry = "forward_set_fentry", .kprobe = "forward_set_kprobe",
	  .ftrace = "forward_set" },
	{ "forwarding unset", "kvm_vgic_v4_unset_forwarding", NULL, HOOK_OPTIONAL,
	  HOOK_FIG_FORWARD,
	  .fentry = "forward_unset_fentry", .kprobe = "forward_unset_kprobe",
	  .ftrace = "forward_unset" },
	{ "VLPI property", "its_prop_update_vlpi", "kvm:vgic_v4_prop", HOOK_OPTIONAL,
	  HOOK_FIG_PROPS, .fentry = "prop_fentry", .kprobe = "prop_kprobe",
	  .ftrace = "prop" },
	{ "guest ITS commands", "vgic_its_process_commands", NULL, HOOK_OPTIONAL, HOOK_FIG_LPIS,
	  .fentry = "its_commands_fentry", .kprobe = "its_commands_kprobe" },
	{ "software LPI", "vgic_queue_irq_unlock", "kvm:vgic_lpi_inject", HOOK_OPTIONAL,
	  HOOK_FIG_SW_LPIS, .fentry = "queue_fentry", .kprobe = "queue_kprobe",
	  .ftrace = "sw_lpi" },
	{ "LPI configuration", "update_lpi_config", NULL, HOOK_OPTIONAL, HOOK_FIG_LPI_CONFIG,
	  .fentry = "lpi_config_fentry", .kprobe = "lpi_config_kprobe",
	  .ftrace = "lpi_config" },
	{ "list register filled", "vgic_v3_populate_lr", NULL, HOOK_DIRECT, HOOK_FIG_TAKEN,
	  .fexit = "filled_fexit", .kprobe = "filled_kprobe", .kretprobe = "filled_kretprobe" },
	{ "list registers folded", "vgic_v3_fold_lr_state", NULL, HOOK_DIRECT, HOOK_FIG_TAKEN,
	  .fentry = "fold_fentry", .kprobe = "fold_kprobe" },
	{ "guest entry", "its_commit_vpe", "gicv4:vpe_commit", HOOK_OPTIONAL, HOOK_FIG_ENTRY,
	  .fexit = "commit_fexit", .kprobe = "commit_kprobe", .kretprobe = "commit_kretprobe",
	  .ftrace = "commit", .ftrace_ret = "commit_ret" },
	{ "vCPU block", "kvm_arch_vcpu_blocking", NULL, HOOK_OPTIONAL, HOOK_FIG_SLEEPS,
	  .fentry = "sleep_fentry", .kprobe = "sleep_kprobe",
	  .ftrace = "sleep" },
	{ "vCPU wake-up", "kvm_arch_vcpu_unblocking", NULL, HOOK_OPTIONAL, HOOK_FIG_SCHED,
	  .fentry = "wake_fentry", .kprobe = "wake_kprobe",
	  .ftrace = "wake" },
	{ "ITS command to a vPE", "its_send_single_vcommand", "gicv4:its_vcmd", HOOK_OPTIONAL,
	  HOOK_FIG_MOVES, .fentry = "vcommand_fentry", .fexit = "vcommand_fexit",
	  .kprobe = "vcommand_kprobe", .kretprobe = "vcommand_kretprobe",
	  .ftrace = "vcmd", .ftrace_ret = "vcmd_ret" },
	{ "VMOVP", "its_build_vmovp_cmd", "gicv4:vpe_move", HOOK_OPTIONAL, HOOK_FIG_MOVES,
	  .fentry = "vmovp_fentry", .kprobe = "vmovp_kprobe",
	  .ftrace = "vmovp" },
	{ "Dirty wait in a put", "read_vpend_dirty_clear", NULL, HOOK_DETAIL, HOOK_FIG_DIRTY,
	  .fentry = "dirty_fentry", .fexit = "dirty_fexit",
	  .kprobe = "dirty_kprobe", .kretprobe = "dirty_kretprobe" },
	{ "Dirty wait at guest entry", "its_wait_vpt_parse_complete", NULL, HOOK_DETAIL,
	  HOOK_FIG_DIRTY, .fentry = "parse_fentry", .fexit = "parse_fexit",
	  .kprobe = "parse_kprobe", .kretprobe = "parse_kretprobe" },
};

static const char *const backend_names[] = {
	[HOOK_AUTO] = "auto",
	[HOOK_TRACEPOINT] = "tracepoint",
	[HOOK_FENTRY] = "fentry",
	[HOOK_KPROBE] = "kprobe",
	[HOOK_EVENT] = "event",
	[HOOK_NONE] = "none",
};

const char *hooks_backend_name(enum hook_backend backend)
{
	return backend_names[backend];
}

int hooks_backend_parse(const char *name, enum hook_backend *ret_backend)
{
	unsigned int i;

	for (i = HOOK_AUTO; i <= HOOK_KPROBE; i++) {
		if (!strcmp(name, backend_names[i])) {
			*ret_backend = i;
			return 0;
		}
	}
	return -EINVAL;
}

const char *hooks_target(const struct hook_choice *choice)
{
	return choice->backend == HOOK_EVENT ? choice->hook->event : choice->hook->function;
}

void hooks_programs(const struct hook_choice *choice, const char **ret_entry,
		    const char **ret_exit)
{
	const struct hook *hook = choice->hook;

	*ret_entry = NULL;
	*ret_exit = NULL;
	if (choice->backend == HOOK_FENTRY) {
		*ret_entry = hook->fentry;
		*ret_exit = hook->fexit;
	} else if (choice->backend == HOOK_KPROBE) {
		*ret_entry = hook->kprobe;
		*ret_exit = hook->kretprobe;
	} else if (choice->backend == HOOK_EVENT) {
		*ret_entry = hook->event_prog;
		*ret_exit = hook->event_exit_prog;
	}
}

const struct hook *hooks_of_ftrace(const char *event, bool *ret_is_return)
{
	const struct hook *hook;

	for (hook = hook_table; hook < hook_table + ARRAY_SIZE(hook_table); hook++) {
		if (hook->ftrace && !strcmp(hook->ftrace, event)) {
			*ret_is_return = false;
			return hook;
		}
		if (hook->ftrace_ret && !strcmp(hook->ftrace_ret, event)) {
			*ret_is_return = true;
			return hook;
		}
	}
	return NULL;
}

const char *hooks_trial_function(void)
{
	return "its_free_vcpu_irqs";
}

/* Why @hook cannot be attached by @backend, or NULL if it can. */
static const char *hook_obstacle(const struct hook_facts *facts, const struct hook *hook,
				 enum hook_backend backend)
{
	switch (backend) {
	case HOOK_FENTRY:
		if (!facts->fentry_works)
			return "this kernel cannot attach fentry (no direct calls, needs 6.4+)";
		if (!facts->has_btf_func(facts->ctx, hook->function))
			return "not one traceable function of this kernel's BTF";
		return NULL;
	case HOOK_EVENT:
		if (!facts->has_tracepoint(facts->ctx, hook->event))
			return "this kernel lacks the tracepoint";
		return NULL;
	case HOOK_KPROBE:
		if (!facts->has_kprobe_func(facts->ctx, hook->function))
			return "no such function to probe in this kernel";
		return NULL;
	case HOOK_TRACEPOINT:
		if (!hook->tracepoint || !facts->has_tracepoint(facts->ctx, hook->tracepoint))
			return "this kernel lacks gicv4top's tracepoint for it";
		return "this gicv4top does not read the tracepoint yet";
	default:
		return "no way chosen";
	}
}

static enum hook_backend best_backend(const struct hook_facts *facts, enum hook_backend wanted)
{
	if (wanted != HOOK_AUTO)
		return wanted;
	return facts->fentry_works ? HOOK_FENTRY : HOOK_KPROBE;
}

int hooks_plan(const struct hook_facts *facts, enum hook_backend wanted,
	       struct hook_plan *ret_plan)
{
	struct hook_plan plan = { .nr = ARRAY_SIZE(hook_table), .figures = UINT32_MAX };
	enum hook_backend way;
	struct hook_choice *c;
	unsigned int i;

	plan.choices = calloc(plan.nr, sizeof(*plan.choices));
	if (!plan.choices)
		return -ENOMEM;
	plan.backend = best_backend(facts, wanted);
	for (i = 0; i < plan.nr; i++) {
		c = &plan.choices[i];
		c->hook = &hook_table[i];
		way = plan.backend == HOOK_KPROBE && c->hook->event ? HOOK_EVENT : plan.backend;
		c->why = hook_obstacle(facts, c->hook, way);
		c->backend = c->why ? HOOK_NONE : way;
		if (!c->why)
			continue;
		plan.figures &= ~c->hook->figure;
		if (c->hook->need == HOOK_NEEDED && !plan.missing)
			plan.missing = c;
	}
	*ret_plan = plan;
	return 0;
}

void hooks_plan_clear(struct hook_plan *plan)
{
	free(plan->choices);
	memset(plan, 0, sizeof(*plan));
}
