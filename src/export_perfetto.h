/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A recording as a trace for the Perfetto UI: who was resident on each physical CPU, the
 * states of each vPE, doorbells as arrows to the residency that answers them. It is
 * written while the recording plays: its length costs no memory.
 *
 *	process			threads			on them
 *	physical CPUs		a CPU each		residencies, doorbells' handlers
 *	a VM each		a vPE each, "LPIs"	states; moves, sleeps; maps
 *	recording		lost records		time of which nothing is known
 */
#ifndef GICV4TOP_EXPORT_PERFETTO_H
#define GICV4TOP_EXPORT_PERFETTO_H

#include <stdio.h>

#include "rec_play.h"

struct export_perfetto_opts {
	uint64_t from_ns, to_ns;	/* of the recording; 0 and UINT64_MAX: all */
	/* which VMs (@vcpu: UINT32_MAX) and vCPUs; NULL: all */
	bool (*wants)(void *ctx, const struct fold_vm *vm, uint32_t vcpu);
	void *ctx;
};

/*
 * Plays @p, which was just opened or brought back to its begin (its watch is taken), and
 * writes all of it to @f. @opts may be NULL. 0, or -errno of reading, writing or memory.
 */
int export_perfetto_write(struct rec_play *p, FILE *f, const struct export_perfetto_opts *opts);

#endif
