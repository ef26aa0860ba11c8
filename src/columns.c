// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the table of VM columns. To add one, add a getter and a row; its key is
 * an interface from then on: scripts name it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "columns.h"
#include "hooks.h"
#include "util.h"

static const struct cell cell_na = { .kind = CELL_NA };

static struct cell text_cell(const char *text)
{
	return text[0] ? (struct cell){ .kind = CELL_TEXT, .text = text } : cell_na;
}

static struct cell number_cell(enum cell_kind kind, double value)
{
	return (struct cell){ .kind = kind, .value = value };
}

/* A rate needs an interval; the very first refresh of a new VM may have none. */
static struct cell rate_cell(const struct model_vm *vm, uint64_t delta)
{
	if (!vm->interval_ns)
		return cell_na;
	return number_cell(CELL_RATE, model_rate(delta, vm->interval_ns));
}

static struct cell get_name(const struct model *m, const struct model_vm *vm)
{
	(void)m;
	return text_cell(vm->name);
}

static struct cell get_pid(const struct model *m, const struct model_vm *vm)
{
	(void)m;
	return number_cell(CELL_COUNT, vm->pid);
}

static struct cell get_vcpus(const struct model *m, const struct model_vm *vm)
{
	(void)m;
	return number_cell(CELL_COUNT, vm->nr_vcpus);
}

static struct cell get_vlpis(const struct model *m, const struct model_vm *vm)
{
	(void)m;
	return number_cell(CELL_COUNT, vm->nr_vlpis);
}

static bool lpis_known(const struct model *m, const struct model_vm *vm)
{
	return (m->figures & HOOK_FIG_LPIS) && vm->lpis_known;
}

static struct cell get_lpis(const struct model *m, const struct model_vm *vm)
{
	return lpis_known(m, vm) ? number_cell(CELL_COUNT, vm->nr_lpis) : cell_na;
}

static struct cell get_forwarded(const struct model *m, const struct model_vm *vm)
{
	if (!lpis_known(m, vm) || !vm->nr_lpis)
		return cell_na;
	return number_cell(CELL_PERCENT, 100.0 * vm->nr_vlpis / vm->nr_lpis);
}

static struct cell share_cell(const struct model_vm *vm, double share)
{
	/* where no time at all was seen, 0 % would be a guess */
	if (!vm->nr_vpes || vm->shares.unknown >= 99.9995)
		return cell_na;
	return number_cell(CELL_PERCENT, share);
}

static struct cell get_resident(const struct model *m, const struct model_vm *vm)
{
	(void)m;
	return share_cell(vm, vm->shares.resident);
}

static struct cell get_blocked(const struct model *m, const struct model_vm *vm)
{
	(void)m;
	return share_cell(vm, vm->shares.blocked);
}

static struct cell get_preempted(const struct model *m, const struct model_vm *vm)
{
	(void)m;
	return share_cell(vm, vm->shares.preempted);
}

static struct cell get_unknown(const struct model *m, const struct model_vm *vm)
{
	(void)m;
	return vm->nr_vpes ? number_cell(CELL_PERCENT, vm->shares.unknown) : cell_na;
}

static struct cell get_loads(const struct model *m, const struct model_vm *vm)
{
	(void)m;
	return rate_cell(vm, vm->delta.loads);
}

static struct cell get_moves(const struct model *m, const struct model_vm *vm)
{
	return m->figures & HOOK_FIG_MOVES ? rate_cell(vm, vm->delta.moves) : cell_na;
}

static struct cell get_doorbells(const struct model *m, const struct model_vm *vm)
{
	(void)m;
	return rate_cell(vm, model_doorbells(&vm->delta));
}

static struct cell get_useful(const struct model *m, const struct model_vm *vm)
{
	(void)m;
	return rate_cell(vm, vm->delta.doorbells[G4_DB_USEFUL]);
}

static struct cell get_late(const struct model *m, const struct model_vm *vm)
{
	(void)m;
	return rate_cell(vm, vm->delta.doorbells[G4_DB_LATE]);
}

static struct cell get_spurious(const struct model *m, const struct model_vm *vm)
{
	(void)m;
	return rate_cell(vm, vm->delta.doorbells[G4_DB_SPURIOUS]);
}

static struct cell get_sw_lpis(const struct model *m, const struct model_vm *vm)
{
	return m->figures & HOOK_FIG_SW_LPIS ? rate_cell(vm, vm->sw_lpis_delta) : cell_na;
}

/* No source counts direct deliveries yet: see the figure's definition. */
static struct cell get_direct(const struct model *m, const struct model_vm *vm)
{
	(void)m;
	(void)vm;
	return cell_na;
}

static struct cell latency_cell(const struct model_latency *l, uint64_t ns)
{
	return l->count ? number_cell(CELL_NS, (double)ns) : cell_na;
}

static struct cell get_db_p50(const struct model *m, const struct model_vm *vm)
{
	(void)m;
	return latency_cell(&vm->doorbell, vm->doorbell.p50);
}

static struct cell get_db_p90(const struct model *m, const struct model_vm *vm)
{
	(void)m;
	return latency_cell(&vm->doorbell, vm->doorbell.p90);
}

static struct cell get_db_p99(const struct model *m, const struct model_vm *vm)
{
	(void)m;
	return latency_cell(&vm->doorbell, vm->doorbell.p99);
}

static struct cell get_db_max(const struct model *m, const struct model_vm *vm)
{
	(void)m;
	return latency_cell(&vm->doorbell, vm->doorbell.max);
}

static struct cell get_map_p99(const struct model *m, const struct model_vm *vm)
{
	(void)m;
	return latency_cell(&vm->map, vm->map.p99);
}

static struct cell get_illegal(const struct model *m, const struct model_vm *vm)
{
	(void)m;
	return number_cell(CELL_COUNT, (double)vm->total.illegal);
}

static const struct column column_table[] = {
	{ "name", "VM", -12, true, 0, "guest's name, from its VMM's command line; else the "
	  "process's name", get_name },
	{ "pid", "PID", 7, true, 0, "process id of the VMM", get_pid },
	{ "vcpus", "VCPU", 4, true, 2, "vCPUs", get_vcpus },
	{ "vlpis", "VLPI", 5, true, 0, "LPIs that are delivered directly (forwarded)", get_vlpis },
	{ "lpis", "LPI", 5, false, 0, "all LPIs the guest has mapped", get_lpis },
	{ "fwd", "FWD%", 5, true, 0, "VLPIs / all LPIs", get_forwarded },
	{ "res", "RES%", 5, true, 0, "time resident, mean over the vPEs", get_resident },
	{ "blk", "BLK%", 5, true, 0, "time blocked: asleep, doorbell requested", get_blocked },
	{ "pre", "PRE%", 5, true, 0, "time preempted: not resident, no doorbell requested",
	  get_preempted },
	{ "unk", "UNK%", 5, false, 0, "time whose state is not known", get_unknown },
	{ "load", "LOAD/s", 7, true, 1, "vPEs made resident", get_loads },
	{ "move", "MOVE/s", 7, true, 4, "vPEs moved to another CPU (VMOVP)", get_moves },
	{ "db", "DB/s", 6, true, 0, "doorbells", get_doorbells },
	{ "useful", "USEFUL", 6, true, 6, "doorbells/s that woke a blocked vPE", get_useful },
	{ "late", "LATE", 6, true, 7, "doorbells/s for a vPE that was resident or waking",
	  get_late },
	{ "spur", "SPUR", 6, true, 8, "doorbells/s that nobody had asked for", get_spurious },
	{ "swlpi", "SWLPI/s", 7, true, 3, "LPIs injected by software", get_sw_lpis },
	{ "direct", "DIRECT/s", 8, true, 0, "LPIs delivered with no host software", get_direct },
	{ "p50", "DBp50", 7, true, 5, "doorbell latency, median, since attach", get_db_p50 },
	{ "p90", "DBp90", 7, false, 0, "doorbell latency, 90th percentile", get_db_p90 },
	{ "p99", "DBp99", 7, true, 0, "doorbell latency, 99th percentile", get_db_p99 },
	{ "max", "DBmax", 7, false, 0, "doorbell latency, longest", get_db_max },
	{ "map99", "MAPp99", 7, false, 0, "time to map a VLPI, 99th percentile", get_map_p99 },
	{ "illegal", "ILLEGAL", 7, false, 0, "loads while resident, puts while not, since attach",
	  get_illegal },
};

_Static_assert(ARRAY_SIZE(column_table) <= COLUMNS_MAX, "a list must hold all columns");

const struct column *columns_find(const char *key)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(column_table); i++) {
		if (!strcmp(column_table[i].key, key))
			return &column_table[i];
	}
	return NULL;
}

void columns_default(struct column_list *ret_list)
{
	unsigned int i;

	ret_list->nr = 0;
	for (i = 0; i < ARRAY_SIZE(column_table); i++) {
		if (column_table[i].by_default)
			ret_list->columns[ret_list->nr++] = &column_table[i];
	}
}

static unsigned int list_width(const struct column_list *list)
{
	unsigned int i, width = list->nr ? list->nr - 1 : 0;	/* a blank between two */

	for (i = 0; i < list->nr; i++)
		width += (unsigned int)abs(list->columns[i]->width);
	return width;
}

unsigned int columns_fit(struct column_list *list, unsigned int width)
{
	unsigned int i, worst, taken = 0;

	while (list_width(list) > width) {
		for (i = 1, worst = 0; i < list->nr; i++) {
			if (list->columns[i]->drop > list->columns[worst]->drop)
				worst = i;
		}
		if (!list->nr || !list->columns[worst]->drop)
			break;
		list->nr--;
		for (i = worst; i < list->nr; i++)
			list->columns[i] = list->columns[i + 1];
		taken++;
	}
	return taken;
}

int columns_parse(const char *text, struct column_list *ret_list, char *bad, size_t bad_size)
{
	struct column_list list = { .nr = 0 };
	const char *end;
	char key[32];

	for (;; text = end + 1) {
		end = text + strcspn(text, ",");
		snprintf(bad, bad_size, "%.*s", (int)(end - text), text);
		snprintf(key, sizeof(key), "%.*s", (int)(end - text), text);
		if (list.nr == COLUMNS_MAX)
			return -EINVAL;
		list.columns[list.nr] = columns_find(key);
		if (!list.columns[list.nr])
			return -EINVAL;
		list.nr++;
		if (!*end)
			break;
	}
	*ret_list = list;
	return 0;
}

void columns_help(FILE *f)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(column_table); i++)
		fprintf(f, "  %-8s %-9s %s%s\n", column_table[i].key, column_table[i].header,
			column_table[i].meaning,
			column_table[i].by_default ? "" : " (not by default)");
}

struct sort_by {
	const struct model *m;
	const struct column *column;
};

static int compare_vms(const void *a, const void *b, void *ctx)
{
	const struct sort_by *by = ctx;
	const struct cell x = by->column->get(by->m, a), y = by->column->get(by->m, b);
	const struct model_vm *vm_x = a, *vm_y = b;

	if (x.kind == CELL_NA || y.kind == CELL_NA) {
		if (x.kind != y.kind)
			return x.kind == CELL_NA ? 1 : -1;
	} else if (x.kind == CELL_TEXT && strcmp(x.text, y.text)) {
		return strcmp(x.text, y.text);
	} else if (x.value != y.value) {
		return x.value > y.value ? -1 : 1;
	}
	return vm_x->pid < vm_y->pid ? -1 : vm_x->pid > vm_y->pid;
}

void columns_sort(struct model *m, const struct column *column)
{
	struct sort_by by = { .m = m, .column = column };

	qsort_r(m->vms, m->nr_vms, sizeof(*m->vms), compare_vms, &by);
}

/* Four places that mean something, in the unit that fits. */
static void format_ns(double ns, char *buf, size_t size)
{
	static const char *const units[] = { "ns", "us", "ms", "s" };
	unsigned int unit = 0;

	while (ns >= 999.5 && unit + 1 < ARRAY_SIZE(units)) {
		ns /= 1000;
		unit++;
	}
	if (unit && ns < 9.995)
		snprintf(buf, size, "%.2f%s", ns, units[unit]);
	else if (unit && ns < 99.95)
		snprintf(buf, size, "%.1f%s", ns, units[unit]);
	else
		snprintf(buf, size, "%.0f%s", ns, units[unit]);
}

void columns_format(const struct cell *cell, char *buf, size_t size)
{
	switch (cell->kind) {
	case CELL_TEXT:
		snprintf(buf, size, "%s", cell->text);
		break;
	case CELL_COUNT:
		snprintf(buf, size, "%.0f", cell->value);
		break;
	case CELL_RATE:
		snprintf(buf, size, cell->value && cell->value < 9.95 ? "%.1f" : "%.0f",
			 cell->value);
		break;
	case CELL_PERCENT:
		snprintf(buf, size, "%.1f", cell->value);
		break;
	case CELL_NS:
		format_ns(cell->value, buf, size);
		break;
	default:
		snprintf(buf, size, "n/a");
	}
}
