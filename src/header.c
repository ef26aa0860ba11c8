// SPDX-License-Identifier: GPL-2.0
/* The words of the header; see header.h. Pure. */
#include <stdio.h>
#include <string.h>

#include "header.h"

void header_host(char *buf, size_t size, const struct out_info *info)
{
	snprintf(buf, size, "gicv4top %s  kernel %s  GICv%s  hooks %s %u/%u", info->clock,
		 info->kernel, info->gic ? info->gic : "4 (version not known)", info->backend,
		 info->hooks_attached, info->hooks_wanted);
}

static const char *wfi_words(const char *wfi)
{
	if (!strcmp(wfi, "trap"))
		return "trapped";
	if (!strcmp(wfi, "notrap"))
		return "not trapped: idle vPEs stay resident";
	if (!wfi[0])
		return "n/a";		/* a recording that does not tell */
	return "untrapped while alone on a CPU";
}

void header_counts(char *buf, size_t size, const struct model *m, const struct out_info *info)
{
	snprintf(buf, size, "%u VM%s, %u vPE%s, %u VLPI%s;  WFI %s", m->nr_vms,
		 m->nr_vms == 1 ? "" : "s", m->nr_vpes, m->nr_vpes == 1 ? "" : "s",
		 m->nr_forwarded, m->nr_forwarded == 1 ? "" : "s", wfi_words(info->wfi));
}

void header_losses(char *buf, size_t size, const struct model *m)
{
	if (model_has_losses(m))
		snprintf(buf, size, "LOST: %llu records, %llu map full, %llu unmatched, "
			 "%s%llu not run", (unsigned long long)m->lost_records,
			 (unsigned long long)m->map_full, (unsigned long long)m->unmatched,
			 m->missed_known ? "" : "at least ", (unsigned long long)m->missed);
	else
		snprintf(buf, size, "nothing lost%s",
			 m->missed_known ? "" : " that this kernel tells of");
}

void header_cost(char *buf, size_t size, const struct out_info *info)
{
	if (info->cost_known)
		snprintf(buf, size, "cost: BPF %.3f%%, gicv4top %.3f%% of a CPU",
			 (double)info->bpf_ns_per_s / 1e7, (double)info->own_ns_per_s / 1e7);
	else
		snprintf(buf, size, "cost: n/a");
}
