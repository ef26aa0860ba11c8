// SPDX-License-Identifier: GPL-2.0
/* Owns the table of vPE columns: what stands below a VM. */
#include <string.h>

#include "columns_priv.h"
#include "hooks.h"
#include "util.h"

static struct cell get_vcpu(const struct model *m, const struct row *row)
{
	(void)m;
	return cell_number(CELL_COUNT, row->vpe->vcpu);
}

static struct cell get_vpe_id(const struct model *m, const struct row *row)
{
	(void)m;
	return cell_number(CELL_COUNT, row->vpe->vpe_id);
}

static struct cell get_state(const struct model *m, const struct row *row)
{
	(void)m;
	return cell_text(model_state_name(row->vpe->state));
}

static struct cell get_state_ns(const struct model *m, const struct row *row)
{
	(void)m;
	return cell_number(CELL_NS, (double)row->vpe->state_ns);
}

static struct cell get_pcpu(const struct model *m, const struct row *row)
{
	(void)m;
	return row->vpe->pcpu_known ? cell_number(CELL_COUNT, row->vpe->pcpu) : cell_na();
}

static struct cell get_doorbell_irq(const struct model *m, const struct row *row)
{
	(void)m;
	return row->vpe->doorbell_irq ? cell_number(CELL_COUNT, row->vpe->doorbell_irq) :
					cell_na();
}

static struct cell get_doorbell_cpu(const struct model *m, const struct row *row)
{
	(void)m;
	return row->vpe->doorbell_cpu >= 0 ? cell_number(CELL_COUNT, row->vpe->doorbell_cpu) :
					     cell_na();
}

static struct cell get_vlpis(const struct model *m, const struct row *row)
{
	(void)m;
	return cell_number(CELL_COUNT, row->vpe->nr_vlpis);
}

static struct cell get_sleeps(const struct model *m, const struct row *row)
{
	return m->figures & HOOK_FIG_SLEEPS ?
		columns_rate(row->vpe->delta.sleeps, row->vm->interval_ns) : cell_na();
}

static struct cell get_pending_last(const struct model *m, const struct row *row)
{
	(void)m;
	return columns_rate(row->vpe->delta.pending_last, row->vm->interval_ns);
}

static struct cell get_dirty_p99(const struct model *m, const struct row *row)
{
	return m->figures & HOOK_FIG_DIRTY ?
		columns_latency(&row->vpe->dirty, row->vpe->dirty.p99) : cell_na();
}

static const struct column table[] = {
	{ "vcpu", "VCPU", 4, true, 0, "vCPU's number", get_vcpu },
	{ "vpe", "VPE", 5, true, 5, "vPE id of the ITS", get_vpe_id },
	{ "state", "STATE", -9, true, 0, "resident, preempted, blocked, woken or unknown",
	  get_state },
	{ "for", "FOR", 6, true, 0, "for how long, at least", get_state_ns },
	{ "cpu", "CPU", 3, true, 0, "physical CPU of the last residency change", get_pcpu },
	{ "dbirq", "DBIRQ", 5, true, 0, "host irq of the doorbell", get_doorbell_irq },
	{ "dbcpu", "DBCPU", 5, true, 0, "physical CPU that the doorbell is routed to",
	  get_doorbell_cpu },
	{ "vlpis", "VLPI", 4, true, 4, "LPIs that are delivered directly to it", get_vlpis },
	{ "res", "RES%", 5, true, 0, "time resident", columns_get_resident },
	{ "blk", "BLK%", 5, true, 0, "time blocked", columns_get_blocked },
	{ "pre", "PRE%", 5, true, 0, "time preempted", columns_get_preempted },
	{ "unk", "UNK%", 5, false, 0, "time whose state is not known", columns_get_unknown },
	{ "load", "LOAD/s", 6, true, 1, "made resident", columns_get_loads },
	{ "move", "MOVE/s", 6, true, 3, "moved to another CPU (VMOVP)", columns_get_moves },
	{ "db", "DB/s", 6, true, 0, "doorbells", columns_get_doorbells },
	{ "useful", "USEFUL", 6, true, 6, "doorbells/s that woke it", columns_get_useful },
	{ "late", "LATE", 6, true, 7, "doorbells/s while resident or waking", columns_get_late },
	{ "spur", "SPUR", 6, true, 8, "doorbells/s that nobody had asked for",
	  columns_get_spurious },
	{ "direct", "DIRECT/s", 8, true, 2, "LPIs delivered with no host software",
	  columns_get_direct },
	{ "dirsrc", "SOURCE", -6, false, 0, "who counts direct deliveries",
	  columns_get_direct_source },
	{ "direrr", "DIRERR", 6, false, 0, "by how much their count may be wrong",
	  columns_get_direct_error },
	{ "sleep", "SLEEP/s", 7, false, 0, "times its thread really slept", get_sleeps },
	{ "pend", "PEND/s", 6, false, 0, "puts after which a VLPI was pending (pending_last)",
	  get_pending_last },
	{ "p50", "DBp50", 6, true, 2, "doorbell latency, median", columns_get_db_p50 },
	{ "p90", "DBp90", 6, false, 0, "doorbell latency, 90th percentile", columns_get_db_p90 },
	{ "p99", "DBp99", 6, true, 1, "doorbell latency, 99th percentile", columns_get_db_p99 },
	{ "max", "DBmax", 6, false, 0, "doorbell latency, longest", columns_get_db_max },
	{ "dirty99", "DIRTYp99", 8, false, 0, "pending-table wait, 99th percentile",
	  get_dirty_p99 },
	{ "illegal", "ILLEGAL", 7, false, 0, "loads while resident, puts while not",
	  columns_get_illegal },
};

_Static_assert(ARRAY_SIZE(table) <= COLUMNS_MAX, "a list must hold all columns");

const struct column_set columns_vpe = { .columns = table, .nr = ARRAY_SIZE(table),
					.natural = "vcpu" };
