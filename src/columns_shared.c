// SPDX-License-Identifier: GPL-2.0
/* Figures that VMs and vPEs both have; see columns_priv.h. */
#include "columns_priv.h"
#include "hooks.h"

struct cell columns_rate(uint64_t delta, uint64_t interval_ns)
{
	return interval_ns ? cell_number(CELL_RATE, model_rate(delta, interval_ns)) : cell_na();
}

struct cell columns_latency(const struct model_latency *l, uint64_t ns)
{
	return l->count ? cell_number(CELL_NS, (double)ns) : cell_na();
}

static const struct model_counts *delta(const struct row *row)
{
	return row->vpe ? &row->vpe->delta : &row->vm->delta;
}

static struct cell rate(const struct row *row, uint64_t count)
{
	return columns_rate(count, row->vm->interval_ns);
}

static const struct model_shares *shares(const struct row *row)
{
	return row->vpe ? &row->vpe->shares : &row->vm->shares;
}

static bool has_shares(const struct row *row)
{
	return row->vpe ? row->vpe->wall_ns : row->vm->nr_vpes;
}

static struct cell share(const struct row *row, double percent)
{
	/* where no time at all was seen, 0 % would be a guess */
	if (!has_shares(row) || shares(row)->unknown >= 99.9995)
		return cell_na();
	return cell_number(CELL_PERCENT, percent);
}

COLUMNS_GETTER(resident)
{
	(void)m;
	return share(row, shares(row)->resident);
}

COLUMNS_GETTER(blocked)
{
	(void)m;
	return share(row, shares(row)->blocked);
}

COLUMNS_GETTER(preempted)
{
	(void)m;
	return share(row, shares(row)->preempted);
}

COLUMNS_GETTER(unknown)
{
	(void)m;
	return has_shares(row) ? cell_number(CELL_PERCENT, shares(row)->unknown) : cell_na();
}

COLUMNS_GETTER(loads)
{
	(void)m;
	return rate(row, delta(row)->loads);
}

COLUMNS_GETTER(moves)
{
	return m->figures & HOOK_FIG_MOVES ? rate(row, delta(row)->moves) : cell_na();
}

COLUMNS_GETTER(doorbells)
{
	(void)m;
	return rate(row, model_doorbells(delta(row)));
}

COLUMNS_GETTER(useful)
{
	(void)m;
	return rate(row, delta(row)->doorbells[G4_DB_USEFUL]);
}

COLUMNS_GETTER(late)
{
	(void)m;
	return rate(row, delta(row)->doorbells[G4_DB_LATE]);
}

COLUMNS_GETTER(spurious)
{
	(void)m;
	return rate(row, delta(row)->doorbells[G4_DB_SPURIOUS]);
}

static const struct model_latency *doorbell(const struct row *row)
{
	return row->vpe ? &row->vpe->doorbell : &row->vm->doorbell;
}

COLUMNS_GETTER(db_p50)
{
	(void)m;
	return columns_latency(doorbell(row), doorbell(row)->p50);
}

COLUMNS_GETTER(db_p90)
{
	(void)m;
	return columns_latency(doorbell(row), doorbell(row)->p90);
}

COLUMNS_GETTER(db_p99)
{
	(void)m;
	return columns_latency(doorbell(row), doorbell(row)->p99);
}

COLUMNS_GETTER(db_max)
{
	(void)m;
	return columns_latency(doorbell(row), doorbell(row)->max);
}

COLUMNS_GETTER(illegal)
{
	(void)m;
	return cell_number(CELL_COUNT, (double)(row->vpe ? row->vpe->total.illegal :
						row->vm->total.illegal));
}
