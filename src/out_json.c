// SPDX-License-Identifier: GPL-2.0
/*
 * JSON of a refresh, schema 1: names are an interface, they may be added to
 * but not changed. Counters are totals since attach, *_pct and *_per_s are of
 * the interval, a figure that is not known is null.
 */
#include <errno.h>
#include <json-c/json.h>

#include "hooks.h"
#include "out.h"

#define JSON_SCHEMA	1

static void put(struct json_object *o, const char *name, struct json_object *value)
{
	json_object_object_add(o, name, value);
}

static struct json_object *count(uint64_t value)
{
	return json_object_new_uint64(value);
}

/* NULL is JSON's null */
static struct json_object *count_if(bool known, uint64_t value)
{
	return known ? count(value) : NULL;
}

static struct json_object *text(const char *value)
{
	return value && value[0] ? json_object_new_string(value) : NULL;
}

/* Three places: more would pretend. */
static struct json_object *number(double value)
{
	char buf[40];

	snprintf(buf, sizeof(buf), "%.3f", value);
	return json_object_new_double_s(value, buf);
}

static struct json_object *number_if(bool known, double value)
{
	return known ? number(value) : NULL;
}

static struct json_object *latency(const struct model_latency *l)
{
	struct json_object *o = json_object_new_object();

	put(o, "count", count(l->count));
	put(o, "p50", count_if(l->count, l->p50));
	put(o, "p90", count_if(l->count, l->p90));
	put(o, "p99", count_if(l->count, l->p99));
	put(o, "max", count_if(l->count, l->max));
	return o;
}

static void put_shares(struct json_object *o, bool known, const struct model_shares *s)
{
	bool seen = known && s->unknown < 99.9995;

	put(o, "resident_pct", number_if(seen, s->resident));
	put(o, "blocked_pct", number_if(seen, s->blocked));
	put(o, "preempted_pct", number_if(seen, s->preempted));
	put(o, "unknown_pct", number_if(known, s->unknown));
}

static void put_counts(struct json_object *o, const struct model *m, const struct model_counts *c)
{
	struct json_object *doorbells = json_object_new_object();

	put(o, "loads", count(c->loads));
	put(o, "puts", count(c->puts));
	put(o, "moves", count_if(m->figures & HOOK_FIG_MOVES, c->moves));
	put(o, "blocks", count(c->blocks));
	put(o, "sleeps", count_if(m->figures & HOOK_FIG_SLEEPS, c->sleeps));
	put(o, "pending_last", count(c->pending_last));
	put(o, "illegal", count(c->illegal));
	put(doorbells, "useful", count(c->doorbells[G4_DB_USEFUL]));
	put(doorbells, "late", count(c->doorbells[G4_DB_LATE]));
	put(doorbells, "spurious", count(c->doorbells[G4_DB_SPURIOUS]));
	put(o, "doorbells", doorbells);
}

static struct json_object *vlpi_list(const struct model *m, const struct model_vpe *vpe)
{
	struct json_object *list = json_object_new_array(), *o;
	const struct model_vlpi *v;
	uint32_t i;

	for (i = 0; i < vpe->nr_listed; i++) {
		v = &m->vlpis[vpe->first_vlpi + i];
		o = json_object_new_object();
		put(o, "vintid", count(v->vintid));
		put(o, "host_irq", count_if(v->forwarded, v->host_irq));
		put(o, "device", text(v->device));
		put(o, "devid", count_if(v->ids_known, v->devid));
		put(o, "eventid", count_if(v->ids_known, v->eventid));
		put(o, "priority", count(v->priority));
		put(o, "enabled", json_object_new_boolean(v->enabled));
		put(o, "forwarded", json_object_new_boolean(v->forwarded));
		json_object_array_add(list, o);
	}
	return list;
}

static struct json_object *vpe_object(const struct model *m, const struct model_vpe *vpe)
{
	struct json_object *o = json_object_new_object();

	put(o, "vcpu", count(vpe->vcpu));
	put(o, "vpe_id", count(vpe->vpe_id));
	put(o, "state", text(model_state_name(vpe->state)));
	put(o, "state_ns", count(vpe->state_ns));
	put(o, "pcpu", count_if(vpe->pcpu_known, vpe->pcpu));
	put(o, "doorbell_irq", count(vpe->doorbell_irq));
	put(o, "doorbell_cpu", count_if(vpe->doorbell_cpu >= 0, (uint64_t)vpe->doorbell_cpu));
	put(o, "vlpis", count(vpe->nr_vlpis));
	put_shares(o, vpe->wall_ns, &vpe->shares);
	put(o, "resident_ns", count(vpe->in_ns[G4_VPE_RESIDENT]));
	put(o, "blocked_ns", count(vpe->in_ns[G4_VPE_BLOCKED]));
	put(o, "preempted_ns", count(vpe->in_ns[G4_VPE_PREEMPTED]));
	put(o, "unknown_ns", count(vpe->in_ns[G4_VPE_UNKNOWN]));
	put(o, "wall_ns", count(vpe->wall_ns));
	put_counts(o, m, &vpe->total);
	put(o, "doorbell_ns", vpe->hists ? latency(&vpe->doorbell) : NULL);
	put(o, "dirty_ns", vpe->hists && (m->figures & HOOK_FIG_DIRTY) ?
	    latency(&vpe->dirty) : NULL);
	put(o, "vlpi_list", vlpi_list(m, vpe));
	return o;
}

static struct json_object *direct_object(void)
{
	struct json_object *o = json_object_new_object();

	put(o, "count", NULL);
	put(o, "per_s", NULL);
	put(o, "source", NULL);
	return o;
}

static struct json_object *vm_object(const struct model *m, const struct model_vm *vm,
				     const struct out_opts *opts)
{
	struct json_object *o = json_object_new_object(), *list;
	bool lpis = (m->figures & HOOK_FIG_LPIS) && vm->lpis_known;
	uint32_t i;

	put(o, "pid", count(vm->pid));
	put(o, "name", text(vm->name));
	put(o, "vcpus", count(vm->nr_vcpus));
	put(o, "vlpis", count(vm->nr_vlpis));
	put(o, "lpis", count_if(lpis, vm->nr_lpis));
	put(o, "forwarded_pct", number_if(lpis && vm->nr_lpis,
					  100.0 * vm->nr_vlpis / (vm->nr_lpis ? vm->nr_lpis : 1)));
	put_shares(o, vm->nr_vpes, &vm->shares);
	put_counts(o, m, &vm->total);
	put(o, "maps", count(vm->maps));
	put(o, "unmaps", count(vm->unmaps));
	put(o, "vlpi_moves", count(vm->vlpi_moves));
	put(o, "props", count_if(m->figures & HOOK_FIG_PROPS, vm->props));
	put(o, "forward_set", count_if(m->figures & HOOK_FIG_FORWARD, vm->forward_set));
	put(o, "forward_unset", count_if(m->figures & HOOK_FIG_FORWARD, vm->forward_unset));
	put(o, "sw_lpis", count_if(m->figures & HOOK_FIG_SW_LPIS, vm->sw_lpis));
	put(o, "direct", direct_object());
	put(o, "doorbell_ns", latency(&vm->doorbell));
	put(o, "map_ns", latency(&vm->map));
	if (!opts->detail)
		return o;
	list = json_object_new_array();
	for (i = 0; i < vm->nr_vpes; i++)
		json_object_array_add(list, vpe_object(m, &m->vpes[vm->first_vpe + i]));
	put(o, "vpes", list);
	return o;
}

static struct json_object *losses_object(const struct model *m)
{
	struct json_object *o = json_object_new_object();

	put(o, "records", count(m->lost_records));
	put(o, "map_full", count(m->map_full));
	put(o, "unmatched", count(m->unmatched));
	put(o, "missed", count_if(m->missed_known, m->missed));
	return o;
}

static struct json_object *host_object(const struct out_info *info)
{
	struct json_object *o = json_object_new_object();

	put(o, "kernel", text(info->kernel));
	put(o, "gic", text(info->gic));
	put(o, "wfi_trap", text(info->wfi));
	put(o, "backend", text(info->backend));
	put(o, "hooks_attached", count(info->hooks_attached));
	put(o, "hooks_wanted", count(info->hooks_wanted));
	return o;
}

int out_json(FILE *f, const struct model *m, const struct out_info *info,
	     const struct out_opts *opts)
{
	struct json_object *root = json_object_new_object(), *vms, *cost;
	const char *line;
	uint32_t i;
	int err;

	if (!root)
		return -ENOMEM;
	put(root, "schema", count(JSON_SCHEMA));
	put(root, "time_ns", count(m->now_ns));
	put(root, "interval_ns", count(m->interval_ns));
	put(root, "host", host_object(info));
	put(root, "losses", losses_object(m));
	cost = json_object_new_object();
	put(cost, "bpf_ns_per_s", count_if(info->cost_known, info->bpf_ns_per_s));
	put(cost, "own_ns_per_s", count_if(info->cost_known, info->own_ns_per_s));
	put(root, "cost", cost);
	vms = json_object_new_array();
	for (i = 0; i < m->nr_vms; i++) {
		if (!m->vms[i].hidden)
			json_object_array_add(vms, vm_object(m, &m->vms[i], opts));
	}
	put(root, "vms", vms);

	line = json_object_to_json_string_ext(root, JSON_C_TO_STRING_PLAIN);
	if (!line) {
		json_object_put(root);
		return -ENOMEM;
	}
	fputs(line, f);
	fputc('\n', f);
	err = out_end(f);
	json_object_put(root);
	return err;
}
