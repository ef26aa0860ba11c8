// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the table of VM columns. To add one, add a getter and a row; its key is
 * an interface from then on: scripts name it.
 */
#include "columns_priv.h"
#include "hooks.h"
#include "util.h"

static struct cell get_name(const struct model *m, const struct row *row)
{
	(void)m;
	return cell_text(row->vm->name);
}

static struct cell get_pid(const struct model *m, const struct row *row)
{
	(void)m;
	return cell_number(CELL_COUNT, row->vm->pid);
}

static struct cell get_vcpus(const struct model *m, const struct row *row)
{
	(void)m;
	return cell_number(CELL_COUNT, row->vm->nr_vcpus);
}

static struct cell get_vlpis(const struct model *m, const struct row *row)
{
	(void)m;
	return cell_number(CELL_COUNT, row->vm->nr_vlpis);
}

static bool lpis_known(const struct model *m, const struct model_vm *vm)
{
	return (m->figures & HOOK_FIG_LPIS) && vm->lpis_known;
}

static struct cell get_lpis(const struct model *m, const struct row *row)
{
	return lpis_known(m, row->vm) ? cell_number(CELL_COUNT, row->vm->nr_lpis) : cell_na();
}

static struct cell get_forwarded(const struct model *m, const struct row *row)
{
	if (!lpis_known(m, row->vm) || !row->vm->nr_lpis)
		return cell_na();
	return cell_number(CELL_PERCENT, 100.0 * row->vm->nr_vlpis / row->vm->nr_lpis);
}

static struct cell get_sw_lpis(const struct model *m, const struct row *row)
{
	return m->figures & HOOK_FIG_SW_LPIS ?
		columns_rate(row->vm->sw_lpis_delta, row->vm->interval_ns) : cell_na();
}

static struct cell get_direct_share(const struct model *m, const struct row *row)
{
	double pct;

	return model_direct_share(m, row->vm, &pct) ? cell_number(CELL_PERCENT, pct) : cell_na();
}

static struct cell per_direct(const struct model *m, const struct row *row, uint64_t count)
{
	double ratio;

	return model_per_direct(m, row->vm, count, &ratio) ? cell_number(CELL_RATIO, ratio) :
							     cell_na();
}

static struct cell get_db_per_direct(const struct model *m, const struct row *row)
{
	return per_direct(m, row, model_doorbells(&row->vm->delta));
}

static struct cell get_moves_per_direct(const struct model *m, const struct row *row)
{
	return m->figures & HOOK_FIG_MOVES ? per_direct(m, row, row->vm->delta.moves) : cell_na();
}

static struct cell get_loads_per_direct(const struct model *m, const struct row *row)
{
	return per_direct(m, row, row->vm->delta.loads);
}

static struct cell get_map_p99(const struct model *m, const struct row *row)
{
	(void)m;
	return columns_latency(&row->vm->map, row->vm->map.p99);
}

static const struct column table[] = {
	{ "name", "VM", -12, true, 0, "guest's name, from its VMM's command line; else the "
	  "process's name", get_name },
	{ "pid", "PID", 7, true, 0, "process id of the VMM", get_pid },
	{ "vcpus", "VCPU", 4, true, 2, "vCPUs", get_vcpus },
	{ "vlpis", "VLPI", 5, true, 0, "LPIs that are delivered directly (forwarded)",
	  get_vlpis },
	{ "lpis", "LPI", 5, false, 0, "all LPIs the guest has mapped", get_lpis },
	{ "fwd", "FWD%", 5, true, 0, "VLPIs / all LPIs", get_forwarded },
	{ "res", "RES%", 5, true, 0, "time resident, mean over the vPEs", columns_get_resident },
	{ "blk", "BLK%", 5, true, 0, "time blocked: asleep, doorbell requested",
	  columns_get_blocked },
	{ "pre", "PRE%", 5, true, 0, "time preempted: not resident, no doorbell requested",
	  columns_get_preempted },
	{ "unk", "UNK%", 5, false, 0, "time whose state is not known", columns_get_unknown },
	{ "load", "LOAD/s", 7, true, 1, "vPEs made resident", columns_get_loads },
	{ "move", "MOVE/s", 7, true, 4, "vPEs moved to another CPU (VMOVP)", columns_get_moves },
	{ "db", "DB/s", 6, true, 0, "doorbells", columns_get_doorbells },
	{ "useful", "USEFUL", 6, true, 6, "doorbells/s that woke a blocked vPE",
	  columns_get_useful },
	{ "late", "LATE", 6, true, 7, "doorbells/s for a vPE that was resident or waking",
	  columns_get_late },
	{ "spur", "SPUR", 6, true, 8, "doorbells/s that nobody had asked for",
	  columns_get_spurious },
	{ "swlpi", "SWLPI/s", 7, true, 3, "LPIs injected by software", get_sw_lpis },
	{ "direct", "DIRECT/s", 8, true, 0, "LPIs delivered with no host software: "
	  "g as the guest's agent says, ~ estimated by the PMU", columns_get_direct },
	{ "dirsrc", "SOURCE", -6, false, 0, "who counts direct deliveries: guest, kernel or pmu",
	  columns_get_direct_source },
	{ "direrr", "DIRERR", 6, false, 0, "by how much the count of direct deliveries may be "
	  "wrong, since attach", columns_get_direct_error },
	{ "share", "DIR%", 5, false, 0, "direct / (direct + by software)", get_direct_share },
	{ "dbdir", "DB/DIR", 6, false, 0, "doorbells for each direct delivery", get_db_per_direct },
	{ "mvdir", "MV/DIR", 6, false, 0, "moves for each direct delivery", get_moves_per_direct },
	{ "lddir", "LD/DIR", 6, false, 0, "times made resident for each direct delivery",
	  get_loads_per_direct },
	{ "p50", "DBp50", 7, true, 5, "doorbell latency, median, since attach",
	  columns_get_db_p50 },
	{ "p90", "DBp90", 7, false, 0, "doorbell latency, 90th percentile", columns_get_db_p90 },
	{ "p99", "DBp99", 7, true, 0, "doorbell latency, 99th percentile", columns_get_db_p99 },
	{ "max", "DBmax", 7, false, 0, "doorbell latency, longest", columns_get_db_max },
	{ "map99", "MAPp99", 7, false, 0, "time to map a VLPI, 99th percentile", get_map_p99 },
	{ "illegal", "ILLEGAL", 7, false, 0, "loads while resident, puts while not, since attach",
	  columns_get_illegal },
};

_Static_assert(ARRAY_SIZE(table) <= COLUMNS_MAX, "a list must hold all columns");

const struct column_set columns_vm = { .columns = table, .nr = ARRAY_SIZE(table),
					.natural = "pid" };
