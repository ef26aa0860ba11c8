// SPDX-License-Identifier: GPL-2.0
/*
 * JSON of a refresh, schema 1: names are an interface, they may be added to
 * but not changed. Counters are totals since attach, *_pct and *_per_s are of
 * the interval, a figure that is not known is null.
 */
#include <errno.h>
#include "hooks.h"
#include "json.h"
#include "out.h"

static struct json_object *vlpi_list(const struct model *m, const struct model_vpe *vpe)
{
	struct json_object *list = json_object_new_array(), *o;
	const struct model_vlpi *v;
	uint32_t i;

	for (i = 0; i < vpe->nr_listed; i++) {
		v = &m->vlpis[vpe->first_vlpi + i];
		o = json_object_new_object();
		js_put(o, "vintid", js_count(v->vintid));
		js_put(o, "host_irq", js_count_if(v->forwarded, v->host_irq));
		js_put(o, "device", js_text(v->device));
		js_put(o, "devid", js_count_if(v->ids_known, v->devid));
		js_put(o, "eventid", js_count_if(v->ids_known, v->eventid));
		js_put(o, "priority", js_count(v->priority));
		js_put(o, "enabled", json_object_new_boolean(v->enabled));
		js_put(o, "forwarded", json_object_new_boolean(v->forwarded));
		json_object_array_add(list, o);
	}
	return list;
}

/* What one source says; NULL: nothing. */
static struct json_object *direct_source(const struct model_direct *d, enum direct_source source)
{
	struct json_object *o;

	if (!d->known)
		return NULL;
	o = json_object_new_object();
	js_put(o, "count", js_count(d->count));
	js_put(o, "per_s", js_number_if(d->rated, d->per_s));
	js_put(o, "error", js_count(d->error));
	if (source == DIRECT_PMU)
		js_put(o, "running_pct", js_number(d->running_pct));
	return o;
}

/* The most trusted figure, and all that there are. */
static struct json_object *direct_object(const struct model *m,
					 const struct model_direct *direct)
{
	struct json_object *o = json_object_new_object(), *all = json_object_new_object();
	enum direct_source from = model_direct_from(m, direct), source;

	js_put(o, "count", js_count_if(from, direct[from].count));
	js_put(o, "per_s", js_number_if(from && direct[from].rated, direct[from].per_s));
	js_put(o, "source", js_text(model_direct_name(from)));
	js_put(o, "error", js_count_if(from, direct[from].error));
	for (source = DIRECT_GUEST; source < DIRECT_NR; source++)
		js_put(all, model_direct_name(source), direct_source(&direct[source], source));
	js_put(o, "sources", all);
	return o;
}

/* Of a VM also how much of its LPIs that is, and what each of them costs the host. */
static struct json_object *vm_direct_object(const struct model *m, const struct model_vm *vm)
{
	struct json_object *o = direct_object(m, vm->direct);
	double pct = 0, db = 0, moves = 0, loads = 0;
	bool share = model_direct_share(m, vm, &pct);
	bool per = model_per_direct(m, vm, model_doorbells(&vm->delta), &db) &&
		   model_per_direct(m, vm, vm->delta.moves, &moves) &&
		   model_per_direct(m, vm, vm->delta.loads, &loads);

	js_put(o, "share_pct", js_number_if(share, pct));
	js_put(o, "doorbells_per_direct", js_number_if(per, db));
	js_put(o, "moves_per_direct", js_number_if(per && m->figures & HOOK_FIG_MOVES, moves));
	js_put(o, "loads_per_direct", js_number_if(per, loads));
	return o;
}

static struct json_object *vpe_object(const struct model *m, const struct model_vpe *vpe)
{
	struct json_object *o = json_object_new_object();

	js_put(o, "vcpu", js_count(vpe->vcpu));
	js_put(o, "vpe_id", js_count(vpe->vpe_id));
	js_put(o, "state", js_text(model_state_name(vpe->state)));
	js_put(o, "state_ns", js_count(vpe->state_ns));
	js_put(o, "pcpu", js_count_if(vpe->pcpu_known, vpe->pcpu));
	js_put(o, "doorbell_irq", js_count(vpe->doorbell_irq));
	js_put(o, "doorbell_cpu", js_count_if(vpe->doorbell_cpu >= 0, (uint64_t)vpe->doorbell_cpu));
	js_put(o, "vlpis", js_count(vpe->nr_vlpis));
	js_put_shares(o, vpe->wall_ns, &vpe->shares);
	js_put(o, "resident_ns", js_count(vpe->in_ns[G4_VPE_RESIDENT]));
	js_put(o, "blocked_ns", js_count(vpe->in_ns[G4_VPE_BLOCKED]));
	js_put(o, "preempted_ns", js_count(vpe->in_ns[G4_VPE_PREEMPTED]));
	js_put(o, "unknown_ns", js_count(vpe->in_ns[G4_VPE_UNKNOWN]));
	js_put(o, "wall_ns", js_count(vpe->wall_ns));
	js_put_counts(o, m->figures, &vpe->total);
	js_put(o, "direct", direct_object(m, vpe->direct));
	js_put(o, "lr_taken", js_count_if(m->figures & HOOK_FIG_TAKEN, vpe->lr_taken));
	js_put(o, "lr_lpis", js_count_if(m->figures & HOOK_FIG_TAKEN, vpe->lr_lpis));
	js_put(o, "doorbell_ns", vpe->hists ? js_latency(&vpe->doorbell) : NULL);
	js_put(o, "dirty_ns", vpe->hists && (m->figures & HOOK_FIG_DIRTY) ?
	    js_latency(&vpe->dirty) : NULL);
	js_put(o, "vlpi_list", vlpi_list(m, vpe));
	return o;
}


static struct json_object *vm_object(const struct model *m, const struct model_vm *vm,
				     const struct out_opts *opts)
{
	struct json_object *o = json_object_new_object(), *list;
	bool lpis = (m->figures & HOOK_FIG_LPIS) && vm->lpis_known;
	uint32_t i;

	js_put(o, "pid", js_count(vm->pid));
	js_put(o, "name", js_text(vm->name));
	js_put(o, "vcpus", js_count(vm->nr_vcpus));
	js_put(o, "vlpis", js_count(vm->nr_vlpis));
	js_put(o, "lpis", js_count_if(lpis, vm->nr_lpis));
	js_put(o, "forwarded_pct", js_number_if(lpis && vm->nr_lpis,
					  100.0 * vm->nr_vlpis / (vm->nr_lpis ? vm->nr_lpis : 1)));
	js_put_shares(o, vm->nr_vpes, &vm->shares);
	js_put_counts(o, m->figures, &vm->total);
	js_put(o, "maps", js_count(vm->maps));
	js_put(o, "unmaps", js_count(vm->unmaps));
	js_put(o, "vlpi_moves", js_count(vm->vlpi_moves));
	js_put(o, "props", js_count_if(m->figures & HOOK_FIG_PROPS, vm->props));
	js_put(o, "forward_set", js_count_if(m->figures & HOOK_FIG_FORWARD, vm->forward_set));
	js_put(o, "forward_unset", js_count_if(m->figures & HOOK_FIG_FORWARD, vm->forward_unset));
	js_put(o, "sw_lpis", js_count_if(m->figures & HOOK_FIG_SW_LPIS, vm->sw_lpis));
	js_put(o, "direct", vm_direct_object(m, vm));
	js_put(o, "doorbell_ns", js_latency(&vm->doorbell));
	js_put(o, "map_ns", js_latency(&vm->map));
	if (!opts->detail)
		return o;
	list = json_object_new_array();
	for (i = 0; i < vm->nr_vpes; i++)
		json_object_array_add(list, vpe_object(m, &m->vpes[vm->first_vpe + i]));
	js_put(o, "vpes", list);
	return o;
}

int out_json(FILE *f, const struct model *m, const struct out_info *info,
	     const struct out_opts *opts)
{
	struct json_object *root = js_begin(m, info), *vms, *cost;
	uint32_t i;

	if (!root)
		return -ENOMEM;
	cost = json_object_new_object();
	js_put(cost, "bpf_ns_per_s", js_count_if(info->cost_known, info->bpf_ns_per_s));
	js_put(cost, "own_ns_per_s", js_count_if(info->cost_known, info->own_ns_per_s));
	js_put(root, "cost", cost);
	vms = json_object_new_array();
	for (i = 0; i < m->nr_vms; i++) {
		if (!m->vms[i].hidden)
			json_object_array_add(vms, vm_object(m, &m->vms[i], opts));
	}
	js_put(root, "vms", vms);

	return js_write(root, f);
}
