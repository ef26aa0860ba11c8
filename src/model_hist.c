// SPDX-License-Identifier: GPL-2.0
/*
 * The model's histograms by name: which counter each is, and what it takes to
 * have it. A VM's are the sum of its vPEs', but for two that it has itself.
 */
#include <string.h>

#include "hist.h"
#include "hooks.h"
#include "model.h"

struct hist_word {
	const char *key, *meaning;
	int of_vpe;			/* enum g4_vpe_hist; -1: VMs have it */
	uint32_t figure;		/* HOOK_FIG_* it needs, or 0 */
};

static const struct hist_word hist_words[MODEL_NR_HISTS] = {
	[MODEL_H_DOORBELL] = { "doorbell", "doorbell to resident", G4_H_DB, 0 },
	[MODEL_H_DB_WAKE] = { "doorbell-wake", "doorbell to wake-up issued", G4_H_DB_WAKE, 0 },
	[MODEL_H_DB_SCHED] = { "doorbell-sched", "doorbell to vCPU thread running",
			       G4_H_DB_SCHED, HOOK_FIG_SCHED },
	[MODEL_H_DB_ENTRY] = { "doorbell-entry", "doorbell to guest entry", G4_H_DB_ENTRY,
			       HOOK_FIG_ENTRY },
	[MODEL_H_RESIDENT] = { "residency", "time resident", G4_H_RESIDENT, 0 },
	[MODEL_H_BLOCKED] = { "blocked", "time blocked", G4_H_BLOCKED, 0 },
	[MODEL_H_PREEMPTED] = { "preempted", "time preempted", G4_H_PREEMPTED, 0 },
	[MODEL_H_MAP] = { "map", "mapping a VLPI", -1, 0 },
	[MODEL_H_VMOVP] = { "vmovp", "moving a vPE (VMOVP)", G4_H_VMOVP, HOOK_FIG_MOVES },
	[MODEL_H_DIRTY] = { "dirty", "waiting for the pending table", G4_H_DIRTY,
			    HOOK_FIG_DIRTY },
};

const char *model_hist_key(enum model_hist which)
{
	return hist_words[which].key;
}

const char *model_hist_meaning(enum model_hist which)
{
	return hist_words[which].meaning;
}

int model_hist_of_vpe(enum model_hist which)
{
	return hist_words[which].of_vpe;
}

uint32_t model_hist_figure(enum model_hist which)
{
	return hist_words[which].figure;
}

/* What a VM has without its vPEs' histograms. */
static const struct g4_hist *own_hist(const struct model_vm *vm, enum model_hist which)
{
	if (which == MODEL_H_DOORBELL)
		return &vm->counted->doorbell_ns;
	return which == MODEL_H_MAP ? &vm->counted->map_ns : NULL;
}

const char *model_hist_why_not(const struct model *m, const struct model_vm *vm,
			       const struct model_vpe *vpe, enum model_hist which)
{
	const struct hist_word *word = &hist_words[which];

	if (word->figure && !(m->figures & word->figure))
		return word->figure == HOOK_FIG_DIRTY ?
			"measured only with --detail, where the kernel has the function" :
			"its hook is not attached (gicv4top check tells why)";
	if (vpe && word->of_vpe < 0)
		return "counted for the VM as a whole";
	if (!vm->nr_vpes)
		return "this VM has no vPE";
	return "kept while this VM is looked at: from the next refresh on";
}

bool model_hist(const struct model *m, const struct model_vm *vm, const struct model_vpe *vpe,
		enum model_hist which, struct g4_hist *ret_hist)
{
	const struct hist_word *word = &hist_words[which];
	const struct model_vpe *one;
	uint32_t i;

	if (word->figure && !(m->figures & word->figure))
		return false;
	memset(ret_hist, 0, sizeof(*ret_hist));
	if (!vpe && own_hist(vm, which)) {
		*ret_hist = *own_hist(vm, which);
		return true;
	}
	if (word->of_vpe < 0 || (vpe && !vpe->hists))
		return false;
	if (vpe) {
		*ret_hist = vpe->hists->h[word->of_vpe];
		return true;
	}
	for (i = 0; i < vm->nr_vpes; i++) {
		one = &m->vpes[vm->first_vpe + i];
		if (!one->hists)
			return false;
		hist_merge(ret_hist, &one->hists->h[word->of_vpe]);
	}
	return vm->nr_vpes != 0;
}
