/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The model's making, for its files only: model.c (VMs, and the whole), model_vpe.c
 * (vPEs), model_lpi.c (LPIs). The vPEs are filled first: LPIs find theirs among them.
 */
#ifndef GICV4TOP_MODEL_PRIV_H
#define GICV4TOP_MODEL_PRIV_H

#include "model.h"

/*
 * Makes @order sort the @nr @items of @size bytes by @cmp. Snapshots list the
 * same things in the same order as long as none comes or goes: then the order
 * of the time before is right, and only looked at. 0 or -ENOMEM.
 */
int model_order(struct model_order *order, const void *items, uint32_t nr, size_t size,
		int (*cmp)(const void *a, const void *b));

struct model_latency model_latency_of(const struct g4_hist *h);
void model_counts_add(struct model_counts *to, const struct model_counts *c);
/* Since @before; a counter that is smaller now was begun anew: all of it is new. */
uint64_t model_grown(uint64_t now, uint64_t before);

/* @m's vPEs, which must have room, sorted by VM and vCPU. 0 or -ENOMEM. */
int model_fill_vpes(struct model *m, const struct snapshot *snap,
		    const struct model_filter *filter, const struct model *old);

/* The vPEs' part of model_borrow(). */
bool model_borrow_vpes(struct model *m, const struct snapshot *snap);

/* Of each vPE, then of each VM: all of its vPEs that are in @m must be known to a source. */
void model_fill_direct(struct model *m, const struct snapshot *snap, const struct model *old);

/* @old's vPE that is the same as @vpe, found by VM and vCPU, or NULL. */
const struct model_vpe *model_same_vpe(const struct model *old, const struct model_vpe *vpe,
				       uint32_t hint);

/* @m's vPE of this VM and vCPU, or NULL. */
struct model_vpe *model_find_vpe(const struct model *m, uint64_t kvm, uint32_t vcpu);

/* @m's LPIs, which must have room, by VM, vPE and vINTID; vPEs learn theirs. 0 or -ENOMEM. */
int model_fill_vlpis(struct model *m, const struct snapshot *snap);

/*
 * VLPIs of each VM, those too whose vPE is not known; of one vCPU where that
 * is asked for (its LPIs nobody counts). Leaves the VMs in any order.
 */
void model_count_vlpis(struct model *m, bool one_vcpu);

/*
 * The same VLPI's device in the model @old, "" if not known: asking again costs a
 * system call or three. Borrowed.
 */
const char *model_known_device(const struct model *old, const struct model_vlpi *v);

#endif
