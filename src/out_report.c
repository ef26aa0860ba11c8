// SPDX-License-Identifier: GPL-2.0
/* What the report's text, JSON and CSV have in common: words, and counts by name. */
#include "hooks.h"
#include "model_priv.h"
#include "out_report.h"
#include "util.h"

struct out_info out_report_info(const struct report *r)
{
	const struct rec_info *i = &r->info;

	return (struct out_info){
		.kernel = i->kernel,
		.gic = i->gic[0] ? i->gic : NULL,
		.wfi = i->wfi,
		.backend = i->backend,
		.hooks_attached = i->hooks_attached,
		.hooks_wanted = i->hooks_wanted,
		.pmu_event = i->pmu_event[0] ? i->pmu_event : NULL,
		.nr_agents = r->nr_agents,
	};
}

struct model out_report_losses(const struct report *r)
{
	return (struct model){
		.now_ns = r->last_mono_ns,
		.interval_ns = r->total.n[RC_SEEN_NS],
		.figures = r->info.figures,
		.lost_records = r->losses.lost,
		.map_full = r->losses.map_full,
		.unmatched = r->losses.unmatched,
		.missed = r->losses.missed,
		.missed_known = r->losses.missed_known,
	};
}

struct model_latency out_report_latency(const struct report *r, const struct report_vm *vm,
					const struct report_vpe *vpe)
{
	struct g4_hist h;

	report_hist(r, vm, vpe, MODEL_H_DOORBELL, &h);
	return model_latency_of(&h);
}

const char *out_report_table(enum report_table table)
{
	static const char *const names[REPORT_NR_TABLES] = {
		[REPORT_SUMMARY] = "summary", [REPORT_TIMELINE] = "timeline",
		[REPORT_HIST] = "hist", [REPORT_WORST] = "worst",
	};

	return table < REPORT_NR_TABLES ? names[table] : NULL;
}

const struct out_count out_report_counts[] = {
	{ "cpu_changes", RC_CPU_CHANGES, 0, false },
	{ "lr_taken", RC_LR_TAKEN, HOOK_FIG_TAKEN, false },
	{ "lr_lpis", RC_LR_LPIS, HOOK_FIG_TAKEN, false },
	{ "resident_ns", RC_RESIDENT_NS, 0, false },
	{ "blocked_ns", RC_BLOCKED_NS, 0, false },
	{ "preempted_ns", RC_PREEMPTED_NS, 0, false },
	{ "unknown_ns", RC_UNKNOWN_NS, 0, false },
	{ "maps", RC_MAPS, 0, true },
	{ "unmaps", RC_UNMAPS, 0, true },
	{ "vlpi_moves", RC_VLPI_MOVES, 0, true },
	{ "props", RC_PROPS, HOOK_FIG_PROPS, true },
	{ "forward_set", RC_FORWARD_SET, HOOK_FIG_FORWARD, true },
	{ "forward_unset", RC_FORWARD_UNSET, HOOK_FIG_FORWARD, true },
	{ "sw_lpis", RC_SW_LPIS, HOOK_FIG_SW_LPIS, true },
};

const unsigned int out_report_nr_counts = ARRAY_SIZE(out_report_counts);

const char *out_report_step_key(const struct report_step *step)
{
	static const char *const keys[G4_REC_LONG] = {
		[G4_REC_VPE_LOAD] = "load", [G4_REC_VPE_PUT] = "put",
		[G4_REC_VPE_PUT_DONE] = "put-done", [G4_REC_DOORBELL] = "doorbell",
		[G4_REC_DOORBELL_DONE] = "doorbell-done", [G4_REC_SLEEP] = "sleep",
		[G4_REC_WAKE] = "wake", [G4_REC_GUEST_ENTRY] = "entry",
		[G4_REC_VMOVP] = "vmovp",
	};

	return step->type < G4_REC_LONG ? keys[step->type] : NULL;
}

const char *out_report_step(const struct report_step *step)
{
	switch (step->type) {
	case G4_REC_VPE_PUT:
		return step->flags & G4_RECF_DOORBELL ? "leaves residency: blocked, doorbell "
			"requested" : "leaves residency: preempted";
	case G4_REC_VPE_PUT_DONE:
		return step->flags & G4_RECF_PENDING_LAST ? "a VLPI was pending when it left" :
			NULL;
	case G4_REC_SLEEP:
		return "vCPU thread sleeps";
	case G4_REC_DOORBELL:
		switch (step->flags & G4_RECF_KIND) {
		case G4_DB_USEFUL:
			return "doorbell fires: its handler runs";
		case G4_DB_LATE:
			return "doorbell, late";
		default:
			return "doorbell, spurious";
		}
	case G4_REC_DOORBELL_DONE:
		return "handler done: wake-up issued";
	case G4_REC_WAKE:
		return "vCPU thread runs";
	case G4_REC_VMOVP:
		return "vPE moved here (VMOVP)";
	case G4_REC_VPE_LOAD:
		return "resident";
	case G4_REC_GUEST_ENTRY:
		return "guest entry";
	default:
		return NULL;
	}
}
