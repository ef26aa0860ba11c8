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

static const struct model_direct *direct(const struct row *row)
{
	return row->vpe ? row->vpe->direct : row->vm->direct;
}

COLUMNS_GETTER(direct)
{
	static const char *const marks[DIRECT_NR] = {
		[DIRECT_GUEST] = "g", [DIRECT_KERNEL] = "k", [DIRECT_PMU] = "~",
	};
	enum direct_source source = model_direct_from(m, direct(row));
	struct cell cell;

	if (!source || !direct(row)[source].rated)
		return cell_na();
	cell = cell_number(CELL_RATE, direct(row)[source].per_s);
	cell.mark = marks[source];
	return cell;
}

COLUMNS_GETTER(direct_source)
{
	enum direct_source source = model_direct_from(m, direct(row));

	return source ? cell_text(model_direct_name(source)) : cell_na();
}

COLUMNS_GETTER(direct_error)
{
	enum direct_source source = model_direct_from(m, direct(row));

	return source ? cell_number(CELL_COUNT, (double)direct(row)[source].error) : cell_na();
}
