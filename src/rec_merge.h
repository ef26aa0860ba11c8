/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Records come CPU by CPU; this puts them in order of time. A CPU's own records are
 * nearly in order: an interrupt's may lie before those of what it interrupted. Pure.
 */
#ifndef GICV4TOP_REC_MERGE_H
#define GICV4TOP_REC_MERGE_H

#include <stdint.h>

#include <gicv4top/wire.h>

struct rec_merge;

/* NULL: out of memory. */
struct rec_merge *rec_merge_new(uint32_t nr_cpus);
void rec_merge_free(struct rec_merge *m);

/* Copies a record (struct g4_rec_long from G4_REC_LONG on). 0 or -ENOMEM. */
int rec_merge_add(struct rec_merge *m, const struct g4_rec *rec);

/* How many wait. */
uint64_t rec_merge_waiting(const struct rec_merge *m);

/* Memory held for records, in bytes: it grows with what waits at once, not with time. */
uint64_t rec_merge_bytes(const struct rec_merge *m);

/*
 * Hands @fn all records of up to @until_ns, the earliest first, of one time those of the
 * lower CPU. Stops at the first error of @fn and returns it; what was handed out is gone.
 */
int rec_merge_take(struct rec_merge *m, uint64_t until_ns,
		   int (*fn)(void *ctx, const struct g4_rec *rec), void *ctx);

#endif
