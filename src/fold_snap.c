// SPDX-License-Identifier: GPL-2.0
/* A fold's state as a snapshot, as a live session would have read it; see fold.h. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fold.h"
#include "sample.h"

static bool wants_hists(const struct fold_vpe *fv, enum fold_hists which, uint64_t kvm)
{
	return which == FOLD_ALL_HISTS || (which == FOLD_HISTS_OF && fv->v.kvm == kvm);
}

static int copy_vpes(const struct fold *f, uint64_t now_ns, enum fold_hists which, uint64_t kvm,
		     struct snapshot *snap)
{
	uint32_t i, nr_hists = 0;
	const struct fold_vpe *fv;
	struct snap_vpe *to;

	for (i = 0; i < f->nr_vpes; i++)
		nr_hists += wants_hists(f->vpes[i], which, kvm);
	snap->vpes = calloc((size_t)f->nr_vpes + 1, sizeof(*snap->vpes));
	snap->hists = calloc((size_t)nr_hists + 1, sizeof(*snap->hists));
	if (!snap->vpes || !snap->hists)
		return -ENOMEM;
	for (i = 0; i < f->nr_vpes; i++) {
		fv = f->vpes[i];
		to = &snap->vpes[snap->nr_vpes++];
		to->v = fv->v;
		to->now_ns = fv->gone ? fv->v.run.since_ns : now_ns;
		if (!wants_hists(fv, which, kvm))
			continue;
		to->hists = &snap->hists[snap->nr_hists++];
		if (fv->hists)
			*to->hists = *fv->hists;
	}
	return 0;
}

static int copy_vms(const struct fold *f, struct snapshot *snap)
{
	uint32_t i;

	snap->vms = calloc((size_t)f->nr_vms + 1, sizeof(*snap->vms));
	if (!snap->vms)
		return -ENOMEM;
	for (i = 0; i < f->nr_vms; i++)
		snap->vms[snap->nr_vms++] = f->vms[i]->vm;
	return 0;
}

static int copy_lpis(const struct fold *f, struct snapshot *snap)
{
	const struct sample *s = f->sample;
	const struct fold_vlpi *lpi;
	uint32_t i;

	snap->vlpis = calloc((size_t)f->nr_vlpis + (s ? s->nr_lpis : 0) + 1,
			     sizeof(*snap->vlpis));
	if (!snap->vlpis)
		return -ENOMEM;
	for (i = 0; i < f->room_hash; i++) {
		for (lpi = f->vlpi_hash[i]; lpi; lpi = lpi->next)
			snap->vlpis[snap->nr_vlpis++] = (struct snap_vlpi){
				.host_irq = lpi->host_irq,
				.v = lpi->v,
			};
	}
	for (i = 0; s && i < s->nr_lpis; i++)
		snap->vlpis[snap->nr_vlpis++] = s->lpis[i];
	return 0;
}

static int copy_sample(const struct fold *f, struct snapshot *snap)
{
	const struct sample *s = f->sample;

	snap->direct = calloc((size_t)(s ? s->nr_direct : 0) + 1, sizeof(*snap->direct));
	if (!snap->direct)
		return -ENOMEM;
	if (!s)
		return 0;
	if (s->nr_direct)
		memcpy(snap->direct, s->direct, s->nr_direct * sizeof(*s->direct));
	snap->nr_direct = s->nr_direct;
	snap->loss = s->loss;
	snap->missed = s->missed;
	snap->missed_known = s->missed_known;
	return 0;
}

int fold_snapshot(const struct fold *f, uint64_t now_ns, enum fold_hists which, uint64_t kvm,
		  struct snapshot *ret_snap)
{
	int err;

	snapshot_clear(ret_snap);
	ret_snap->now_ns = now_ns;
	err = copy_vms(f, ret_snap);
	if (!err)
		err = copy_vpes(f, now_ns, which, kvm, ret_snap);
	if (!err)
		err = copy_lpis(f, ret_snap);
	if (!err)
		err = copy_sample(f, ret_snap);
	if (err)
		snapshot_clear(ret_snap);
	return err;
}
