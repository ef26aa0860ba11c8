/* SPDX-License-Identifier: GPL-2.0 */
/*
 * For the tables of columns only: getters that serve rows of VMs and of vPEs
 * alike (a vPE's row shows the vPE), and the cells they are made of.
 */
#ifndef GICV4TOP_COLUMNS_PRIV_H
#define GICV4TOP_COLUMNS_PRIV_H

#include "columns.h"

/* A rate needs an interval; the very first refresh of a new VM may have none. */
struct cell columns_rate(uint64_t delta, uint64_t interval_ns);

/* @ns of a latency that has been measured at all. */
struct cell columns_latency(const struct model_latency *l, uint64_t ns);

#define COLUMNS_GETTER(name) \
	struct cell columns_get_##name(const struct model *m, const struct row *row)

COLUMNS_GETTER(resident);
COLUMNS_GETTER(blocked);
COLUMNS_GETTER(preempted);
COLUMNS_GETTER(unknown);
COLUMNS_GETTER(loads);
COLUMNS_GETTER(moves);
COLUMNS_GETTER(doorbells);
COLUMNS_GETTER(useful);
COLUMNS_GETTER(late);
COLUMNS_GETTER(spurious);
COLUMNS_GETTER(db_p50);
COLUMNS_GETTER(db_p90);
COLUMNS_GETTER(db_p99);
COLUMNS_GETTER(db_max);
COLUMNS_GETTER(illegal);
COLUMNS_GETTER(direct);
COLUMNS_GETTER(direct_source);
COLUMNS_GETTER(direct_error);

#endif
