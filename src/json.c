// SPDX-License-Identifier: GPL-2.0
/* The parts of JSON that commands share; see json.h. */
#include <errno.h>
#include <stdio.h>

#include "hooks.h"
#include "json.h"

struct json_object *js_count(uint64_t value)
{
	return json_object_new_uint64(value);
}

struct json_object *js_count_if(bool known, uint64_t value)
{
	return known ? js_count(value) : NULL;
}

struct json_object *js_text(const char *value)
{
	return value && value[0] ? json_object_new_string(value) : NULL;
}

/* Three places: more would pretend. */
struct json_object *js_number(double value)
{
	char buf[40];

	snprintf(buf, sizeof(buf), "%.3f", value);
	return json_object_new_double_s(value, buf);
}

struct json_object *js_number_if(bool known, double value)
{
	return known ? js_number(value) : NULL;
}

struct json_object *js_latency(const struct model_latency *l)
{
	struct json_object *o = json_object_new_object();

	js_put(o, "count", js_count(l->count));
	js_put(o, "p50", js_count_if(l->count, l->p50));
	js_put(o, "p90", js_count_if(l->count, l->p90));
	js_put(o, "p99", js_count_if(l->count, l->p99));
	js_put(o, "max", js_count_if(l->count, l->max));
	return o;
}

void js_put_shares(struct json_object *o, bool known, const struct model_shares *s)
{
	bool seen = known && s->unknown < 99.9995;

	js_put(o, "resident_pct", js_number_if(seen, s->resident));
	js_put(o, "blocked_pct", js_number_if(seen, s->blocked));
	js_put(o, "preempted_pct", js_number_if(seen, s->preempted));
	js_put(o, "unknown_pct", js_number_if(known, s->unknown));
}

void js_put_counts(struct json_object *o, uint32_t figures, const struct model_counts *c)
{
	struct json_object *doorbells = json_object_new_object();

	js_put(o, "loads", js_count(c->loads));
	js_put(o, "puts", js_count(c->puts));
	js_put(o, "moves", js_count_if(figures & HOOK_FIG_MOVES, c->moves));
	js_put(o, "blocks", js_count(c->blocks));
	js_put(o, "sleeps", js_count_if(figures & HOOK_FIG_SLEEPS, c->sleeps));
	js_put(o, "pending_last", js_count(c->pending_last));
	js_put(o, "illegal", js_count(c->illegal));
	js_put(doorbells, "useful", js_count(c->doorbells[G4_DB_USEFUL]));
	js_put(doorbells, "late", js_count(c->doorbells[G4_DB_LATE]));
	js_put(doorbells, "spurious", js_count(c->doorbells[G4_DB_SPURIOUS]));
	js_put(o, "doorbells", doorbells);
}

struct json_object *js_losses(const struct model *m)
{
	struct json_object *o = json_object_new_object();

	js_put(o, "records", js_count(m->lost_records));
	js_put(o, "map_full", js_count(m->map_full));
	js_put(o, "unmatched", js_count(m->unmatched));
	js_put(o, "missed", js_count_if(m->missed_known, m->missed));
	return o;
}

struct json_object *js_host(const struct out_info *info)
{
	struct json_object *o = json_object_new_object();

	js_put(o, "kernel", js_text(info->kernel));
	js_put(o, "gic", js_text(info->gic));
	js_put(o, "wfi_trap", js_text(info->wfi));
	js_put(o, "backend", js_text(info->backend));
	js_put(o, "hooks_attached", js_count(info->hooks_attached));
	js_put(o, "hooks_wanted", js_count(info->hooks_wanted));
	js_put(o, "pmu_event", js_text(info->pmu_event));
	js_put(o, "agents", js_count(info->nr_agents));
	js_put(o, "gic_pmu", js_text(info->gic_pmu));
	js_put(o, "gic_vlpis", js_count_if(info->gic_pmu, info->gic_vlpis));
	return o;
}

struct json_object *js_begin(const struct model *m, const struct out_info *info)
{
	struct json_object *root = json_object_new_object();

	if (!root)
		return NULL;
	js_put(root, "schema", js_count(JSON_SCHEMA));
	js_put(root, "time_ns", js_count(m->now_ns));
	js_put(root, "interval_ns", js_count(m->interval_ns));
	js_put(root, "host", js_host(info));
	js_put(root, "losses", js_losses(m));
	return root;
}

int js_write(struct json_object *root, FILE *f)
{
	const char *line = json_object_to_json_string_ext(root, JSON_C_TO_STRING_PLAIN);
	int err = -ENOMEM;

	if (line) {
		fputs(line, f);
		fputc('\n', f);
		err = out_end(f);
	}
	json_object_put(root);
	return err;
}
