// SPDX-License-Identifier: GPL-2.0
/*
 * JSON of a report, schema 1: names that top and hist have mean the same here, but
 * counters are those of the window. A figure that is not known is null.
 */
#include <errno.h>

#include "hooks.h"
#include "json.h"
#include "out_report.h"

static struct json_object *flag(bool value)
{
	return json_object_new_boolean(value);
}

static struct json_object *host_object(const struct report *r)
{
	const struct out_info info = out_report_info(r);
	struct json_object *o = js_host(&info);

	js_put(o, "name", js_text(r->info.host));
	js_put(o, "machine", js_text(r->info.machine));
	return o;
}

static struct json_object *losses_object(const struct report *r)
{
	const struct model losses = out_report_losses(r);
	const struct report_losses *l = &r->losses;
	struct json_object *o = js_losses(&losses), *cpus = json_object_new_array(), *one;
	uint32_t cpu;

	js_put(o, "gaps", js_count(l->gaps));
	js_put(o, "gap_ns", js_count(l->gap_ns));
	js_put(o, "header_damaged", flag(l->damage.header));
	js_put(o, "skipped_chunks", js_count(l->damage.skipped_chunks));
	js_put(o, "skipped_records", js_count(l->damage.skipped_records));
	js_put(o, "skipped_bytes", js_count(l->damage.skipped_bytes));
	js_put(o, "ended_cleanly", flag(!l->damage.no_index));
	for (cpu = 0; cpu < r->info.nr_cpus; cpu++) {
		if (!l->cpu_recorded[cpu] && !l->cpu_lost[cpu])
			continue;
		one = json_object_new_object();
		js_put(one, "pcpu", js_count(cpu));
		js_put(one, "recorded", js_count(l->cpu_recorded[cpu]));
		js_put(one, "lost", js_count(l->cpu_lost[cpu]));
		json_object_array_add(cpus, one);
	}
	js_put(o, "cpus", cpus);
	return o;
}

/* --- counts of a VM, a vPE or a part of the time --- */

static void put_sums(struct json_object *o, const struct report *r, const struct report_sums *s,
		     bool of_vm)
{
	const struct model_counts counts = report_counts(s);
	const struct out_count *c;
	unsigned int i;

	js_put_counts(o, r->info.figures, &counts);
	for (i = 0; i < out_report_nr_counts; i++) {
		c = &out_report_counts[i];
		if (c->of_vm && !of_vm)
			continue;
		js_put(o, c->key, js_count_if(!c->figure || r->info.figures & c->figure,
					      s->n[c->count] >> 63 ? 0 : s->n[c->count]));
	}
}

static struct json_object *per_s(const struct report *r, const struct report_sums *s, bool of_vm)
{
	struct json_object *o = json_object_new_object();
	uint64_t ns = s->n[RC_SEEN_NS];
	uint32_t figures = r->info.figures;

	js_put(o, "loads", js_number_if(ns, model_rate(s->n[RC_LOADS], ns)));
	js_put(o, "puts", js_number_if(ns, model_rate(s->n[RC_PUTS], ns)));
	js_put(o, "moves", js_number_if(ns && figures & HOOK_FIG_MOVES,
					model_rate(s->n[RC_MOVES], ns)));
	js_put(o, "doorbells", js_number_if(ns, model_rate(report_doorbells(s), ns)));
	if (of_vm)
		js_put(o, "sw_lpis", js_number_if(ns && figures & HOOK_FIG_SW_LPIS,
						  model_rate(s->n[RC_SW_LPIS], ns)));
	return o;
}

static struct json_object *source_object(const struct report_direct *d, enum direct_source source)
{
	struct json_object *o;

	if (!d->known)
		return NULL;
	o = json_object_new_object();
	js_put(o, "count", js_count(d->count));
	js_put(o, "per_s", js_number_if(d->span_ns, model_rate(d->count, d->span_ns)));
	js_put(o, "error", js_count(d->error));
	if (source == DIRECT_PMU)
		js_put(o, "running_pct", js_number(d->running_pct));
	return o;
}

static struct json_object *direct_object(const struct report *r,
					 const struct report_direct *direct)
{
	struct json_object *o = json_object_new_object(), *all = json_object_new_object();
	enum direct_source from = report_direct_from(r, direct), source;
	const struct report_direct *d = &direct[from];

	js_put(o, "count", js_count_if(from, d->count));
	js_put(o, "per_s", js_number_if(from && d->span_ns, model_rate(d->count, d->span_ns)));
	js_put(o, "source", js_text(model_direct_name(from)));
	js_put(o, "error", js_count_if(from, d->error));
	for (source = DIRECT_GUEST; source < DIRECT_NR; source++)
		js_put(all, model_direct_name(source), source_object(&direct[source], source));
	js_put(o, "sources", all);
	return o;
}

static struct json_object *hists_object(const struct report *r, const struct report_vm *vm,
					const struct report_vpe *vpe,
					const struct hist_opts *opts)
{
	struct json_object *o = json_object_new_object();
	struct g4_hist h;
	unsigned int i;

	for (i = 0; i < MODEL_NR_HISTS; i++) {
		if (opts->which[i])
			js_put(o, model_hist_key(i), report_hist(r, vm, vpe, i, &h) ?
			       out_hist_object(&h) : NULL);
	}
	return o;
}

/* --- timeline --- */

static struct json_object *cell_object(const struct report *r, uint32_t i,
				       const struct report_sums *s, bool of_vm)
{
	struct json_object *o = json_object_new_object(), *db = json_object_new_object();
	const struct model_shares shares = report_shares(s);
	uint64_t from_ns = report_cell_ns(r, i), nr = s->n[RC_DB];

	js_put(o, "from_real_ns", js_count_if(r->clock, from_ns));
	js_put(o, "from_ns", js_count(from_ns - r->begin_ns));
	js_put(o, "interval_ns", js_count(report_cell_ns(r, i + 1) - from_ns));
	js_put(o, "seen_ns", js_count(s->n[RC_SEEN_NS]));
	js_put_shares(o, s->n[RC_SEEN_NS], &shares);
	put_sums(o, r, s, of_vm);
	js_put(db, "count", js_count(nr));
	js_put(db, "mean", js_number_if(nr, nr ? (double)s->n[RC_DB_NS] / (double)nr : 0));
	js_put(db, "max", js_count_if(nr, s->db_max_ns));
	js_put(o, "doorbell_ns", db);
	return o;
}

static struct json_object *timeline(const struct report *r, const struct report_sums *cells,
				    bool of_vm, bool of_host)
{
	struct json_object *list = json_object_new_array(), *o;
	uint32_t i;

	for (i = 0; cells && i < r->nr_cells; i++) {
		o = cell_object(r, i, &cells[i], of_vm);
		if (of_host)
			js_put(o, "gap_ns", js_count(cells[i].n[RC_GAP_NS]));
		json_object_array_add(list, o);
	}
	return list;
}

/* --- VMs and vPEs --- */

static struct json_object *vpe_object(const struct report *r, const struct report_vpe *vpe,
				      const struct hist_opts *opts)
{
	struct json_object *o = json_object_new_object();
	const struct model_latency db = out_report_latency(r, vpe->vm, vpe);
	const struct model_shares shares = report_shares(&vpe->sums);

	js_put(o, "vcpu", js_count(vpe->vcpu));
	js_put(o, "vpe_id", js_count(vpe->vpe_id));
	js_put(o, "state", js_text(vpe->gone ? NULL : model_state_name(vpe->state)));
	js_put(o, "pcpu", js_count_if(vpe->pcpu_known, vpe->pcpu));
	js_put(o, "doorbell_irq", js_count(vpe->doorbell_irq));
	js_put(o, "ended", flag(vpe->gone));
	js_put(o, "seen_ns", js_count(vpe->sums.n[RC_SEEN_NS]));
	js_put_shares(o, vpe->sums.n[RC_SEEN_NS], &shares);
	put_sums(o, r, &vpe->sums, false);
	js_put(o, "per_s", per_s(r, &vpe->sums, false));
	js_put(o, "direct", direct_object(r, vpe->direct));
	js_put(o, "doorbell_ns", js_latency(&db));
	js_put(o, "hists", hists_object(r, vpe->vm, vpe, opts));
	js_put(o, "timeline", timeline(r, vpe->cells, false, false));
	return o;
}

static struct json_object *vm_object(const struct report *r, const struct report_vm *vm,
				     const struct hist_opts *opts)
{
	struct json_object *o = json_object_new_object(), *list;
	const struct model_latency db = out_report_latency(r, vm, NULL);
	bool lpis = r->info.figures & HOOK_FIG_LPIS && vm->lpis_known && !vm->gone;
	uint32_t i;

	js_put(o, "pid", js_count(vm->pid));
	js_put(o, "name", js_text(vm->name));
	js_put(o, "vcpus", js_count(vm->nr_vcpus));
	js_put(o, "vlpis", js_count_if(!vm->gone, vm->nr_vlpis));
	js_put(o, "lpis", js_count_if(lpis, vm->nr_lpis));
	js_put(o, "forwarded_pct", js_number_if(lpis && vm->nr_lpis, vm->nr_lpis ?
						100.0 * vm->nr_vlpis / vm->nr_lpis : 0));
	js_put(o, "ended", flag(vm->gone));
	js_put(o, "seen_ns", js_count(vm->sums.n[RC_SEEN_NS]));
	js_put_shares(o, vm->nr_vpes, &vm->shares);
	put_sums(o, r, &vm->sums, true);
	js_put(o, "per_s", per_s(r, &vm->sums, true));
	js_put(o, "direct", direct_object(r, vm->direct));
	js_put(o, "doorbell_ns", js_latency(&db));
	js_put(o, "hists", hists_object(r, vm, NULL, opts));
	js_put(o, "timeline", timeline(r, vm->cells, true, false));
	if (!opts->per_vpe)
		return o;
	list = json_object_new_array();
	for (i = 0; i < vm->nr_vpes; i++)
		json_object_array_add(list, vpe_object(r, r->vpes[vm->first_vpe + i], opts));
	js_put(o, "vpes", list);
	return o;
}

/* --- worst doorbells, moves --- */

static struct json_object *story_object(const struct report *r, const struct report_story *s)
{
	struct json_object *o = json_object_new_object(), *steps = json_object_new_array(), *one;
	uint64_t zero_ns = s->load_ns - s->latency_ns;
	uint32_t i;

	js_put(o, "latency_ns", js_count(s->latency_ns));
	js_put(o, "doorbell_real_ns", js_count_if(r->clock, zero_ns));
	js_put(o, "doorbell_ns", js_count(zero_ns - r->begin_ns));
	js_put(o, "pid", js_count(s->vpe->vm->pid));
	js_put(o, "name", js_text(s->vpe->vm->name));
	js_put(o, "vcpu", js_count(s->vpe->vcpu));
	js_put(o, "vpe_id", js_count(s->vpe->vpe_id));
	js_put(o, "whole", flag(s->whole));
	for (i = 0; i < s->nr_steps; i++) {
		one = json_object_new_object();
		js_put(one, "event", js_text(out_report_step_key(&s->steps[i])));
		js_put(one, "offset_ns", json_object_new_int64((int64_t)(s->steps[i].ns -
									  zero_ns)));
		js_put(one, "pcpu", js_count(s->steps[i].pcpu));
		js_put(one, "meaning", js_text(out_report_step(&s->steps[i])));
		json_object_array_add(steps, one);
	}
	js_put(o, "steps", steps);
	return o;
}

static struct json_object *cpu_moves(const struct report *r)
{
	struct json_object *o = json_object_new_object(), *list = json_object_new_array(), *one;
	uint32_t i;

	js_put(o, "cpu_changes", js_count(r->total.n[RC_CPU_CHANGES]));
	for (i = 0; i < r->nr_routes; i++) {
		one = json_object_new_object();
		js_put(one, "from", js_count(r->routes[i].from));
		js_put(one, "to", js_count(r->routes[i].to));
		js_put(one, "count", js_count(r->routes[i].count));
		json_object_array_add(list, one);
	}
	js_put(o, "routes", list);
	js_put(o, "other", js_count(r->other_routes));
	return o;
}

static void put_times(struct json_object *o, const struct report *r)
{
	js_put(o, "time_ns", js_count(r->last_mono_ns));
	js_put(o, "interval_ns", js_count(r->total.n[RC_SEEN_NS]));
	js_put(o, "begin_real_ns", js_count_if(r->clock, r->begin_ns));
	js_put(o, "end_real_ns", js_count_if(r->clock, r->end_ns));
	/* the window, since the begin */
	js_put(o, "from_ns", js_count(r->from_ns - r->begin_ns));
	js_put(o, "to_ns", js_count(r->to_ns - r->begin_ns));
	js_put(o, "records", js_count(r->nr_records));
	js_put(o, "recordings", js_count(r->nr_recordings));
}

int out_report_json(FILE *f, const struct report *r, const struct hist_opts *opts)
{
	struct json_object *root = json_object_new_object(), *list;
	uint32_t i;

	if (!root)
		return -ENOMEM;
	js_put(root, "schema", js_count(JSON_SCHEMA));
	put_times(root, r);
	js_put(root, "host", host_object(r));
	js_put(root, "losses", losses_object(r));
	js_put(root, "timeline", timeline(r, r->cells, true, true));
	list = json_object_new_array();
	for (i = 0; i < r->nr_stories; i++)
		json_object_array_add(list, story_object(r, &r->stories[i]));
	js_put(root, "worst", list);
	js_put(root, "cpu_moves", cpu_moves(r));
	list = json_object_new_array();
	for (i = 0; i < r->nr_vms; i++) {
		if (!r->vms[i]->hidden)
			json_object_array_add(list, vm_object(r, r->vms[i], opts));
	}
	js_put(root, "vms", list);
	return js_write(root, f);
}
