// SPDX-License-Identifier: GPL-2.0
/*
 * Two reports compared, as text and JSON. Both say by which test a change is more than
 * noise: figures without their test are opinions.
 */
#include <errno.h>
#include <math.h>

#include "cell.h"
#include "json.h"
#include "out_report.h"
#include "report_diff.h"

static void print_side(FILE *f, const struct report *r, const char *label, const char *name)
{
	char from[48], span[32];

	when_format_at(r->from_ns, r->begin_ns, r->clock, WHEN_FORM_DATE, from,
			   sizeof(from));
	when_format_span(r->to_ns - r->from_ns, span, sizeof(span));
	fprintf(f, "%s  %s\n   %s, kernel %s, %s, %s%s\n", label, name,
		r->info.host[0] ? r->info.host : "host n/a", r->info.kernel, from, span,
		report_has_losses(r) ? ", not whole" : "");
}

static void print_test(FILE *f)
{
	fprintf(f, "\nCHANGE is of B against A. * exceeds noise: the %d%% confidence intervals of\n"
		"both have no value in common. Percentiles: order statistics of rank\n"
		"n*p -+ %.3f*sqrt(n*p*(1-p)), with the whole bucket that each lies in. Rates: as\n"
		"Poisson counts. Longest (max): not tested.\n", DIFF_CONFIDENCE, DIFF_Z);
}

/* A row: both figures by @kind, change and verdict. */
static void print_figure(FILE *f, const char *name, const struct diff_figure *figure,
			 enum cell_kind kind)
{
	char text[2][32], change[32] = "";
	struct cell cell;
	unsigned int side;

	for (side = 0; side < 2; side++) {
		cell = figure->side[side].known ? cell_number(kind, figure->side[side].value) :
						  cell_na();
		cell_format(&cell, text[side], sizeof(text[side]));
	}
	if (figure->has_change)
		snprintf(change, sizeof(change), "%+.1f%%", figure->change_pct);
	fprintf(f, "    %-20s %12s %12s %10s%s\n", name, text[0], text[1], change,
		figure->exceeds ? " *" : "");
}

static void print_hist(FILE *f, const struct diff_vm *vm, enum model_hist which)
{
	const struct diff_hist *h = &vm->hist[which];
	struct diff_figure max = { 0 };
	unsigned int i;

	fprintf(f, "  %s: %s\n", model_hist_key(which), model_hist_meaning(which));
	fprintf(f, "    %-20s %12llu %12llu\n", "count", (unsigned long long)h->count[0],
		(unsigned long long)h->count[1]);
	for (i = 0; i < DIFF_NR_RANKS; i++)
		print_figure(f, diff_rank_text(i), &h->rank[i], CELL_NS);
	for (i = 0; i < 2; i++)
		max.side[i] = (struct diff_estimate){ .known = h->count[i],
						      .value = (double)h->max[i],
						      .high = (double)INFINITY };
	diff_compare(&max);
	print_figure(f, "max", &max, CELL_NS);
}

static void print_vm(FILE *f, const struct diff_vm *vm, const struct hist_opts *opts)
{
	unsigned int i;

	if (!vm->in[0] || !vm->in[1]) {
		fprintf(f, "\n%s: only in %s\n", vm->name, vm->in[0] ? "A" : "B");
		return;
	}
	fprintf(f, "\n%-24.24s %12s %12s %10s\n", vm->name, "A", "B", "CHANGE");
	for (i = 0; i < DIFF_NR_RATES; i++) {
		if (vm->rate[i].side[0].value > 0 || vm->rate[i].side[1].value > 0)
			print_figure(f, diff_rate_header(i), &vm->rate[i], CELL_RATE);
	}
	for (i = 0; i < MODEL_NR_HISTS; i++) {
		if (opts->which[i] && (vm->hist[i].count[0] || vm->hist[i].count[1] ||
				       opts->chosen))
			print_hist(f, vm, i);
	}
}

int out_diff_text(FILE *f, const struct report_diff *d, const char *const names[2],
		  const struct hist_opts *opts)
{
	uint32_t i;

	print_side(f, d->side[0], "A", names[0]);
	print_side(f, d->side[1], "B", names[1]);
	print_test(f);
	for (i = 0; i < d->nr_vms; i++)
		print_vm(f, &d->vms[i], opts);
	if (!d->nr_vms)
		fputs("\n(no VM in either)\n", f);
	fprintf(f, "\n%u of %u figures that both have changed by more than noise.\n\n",
		d->nr_exceed, d->nr_tested);
	return out_end(f);
}

/* --- JSON --- */

static struct json_object *estimate_object(const struct diff_estimate *e)
{
	struct json_object *o;

	if (!e->known)
		return NULL;
	o = json_object_new_object();
	js_put(o, "value", js_number(e->value));
	js_put(o, "low", js_number(e->low));
	js_put(o, "high", js_number_if(isfinite(e->high), e->high));
	return o;
}

static struct json_object *figure_object(const struct diff_figure *f)
{
	struct json_object *o = json_object_new_object();
	bool tested = f->side[0].known && f->side[1].known;

	js_put(o, "a", estimate_object(&f->side[0]));
	js_put(o, "b", estimate_object(&f->side[1]));
	js_put(o, "change_pct", js_number_if(f->has_change, f->change_pct));
	js_put(o, "exceeds_noise", tested ? json_object_new_boolean(f->exceeds) : NULL);
	return o;
}

static struct json_object *hist_object(const struct diff_hist *h)
{
	static const char *const sides[] = { "a", "b" };
	struct json_object *o = json_object_new_object(), *count = json_object_new_object();
	struct json_object *max = json_object_new_object();
	unsigned int i;

	for (i = 0; i < 2; i++) {
		js_put(count, sides[i], js_count_if(h->kept[i], h->count[i]));
		js_put(max, sides[i], js_count_if(h->count[i], h->max[i]));
	}
	js_put(o, "count", count);
	for (i = 0; i < DIFF_NR_RANKS; i++)
		js_put(o, diff_rank_key(i), figure_object(&h->rank[i]));
	js_put(o, "max", max);
	return o;
}

static struct json_object *vm_object(const struct diff_vm *vm, const struct hist_opts *opts)
{
	struct json_object *o = json_object_new_object(), *part;
	unsigned int i;

	js_put(o, "name", js_text(vm->name));
	js_put(o, "in_a", json_object_new_boolean(vm->in[0]));
	js_put(o, "in_b", json_object_new_boolean(vm->in[1]));
	part = json_object_new_object();
	for (i = 0; i < DIFF_NR_RATES; i++)
		js_put(part, diff_rate_key(i), figure_object(&vm->rate[i]));
	js_put(o, "per_s", part);
	part = json_object_new_object();
	for (i = 0; i < MODEL_NR_HISTS; i++) {
		if (opts->which[i])
			js_put(part, model_hist_key(i), hist_object(&vm->hist[i]));
	}
	js_put(o, "hists", part);
	return o;
}

static struct json_object *side_object(const struct report *r, const char *name)
{
	struct json_object *o = json_object_new_object();

	js_put(o, "file", js_text(name));
	js_put(o, "host", js_text(r->info.host));
	js_put(o, "kernel", js_text(r->info.kernel));
	js_put(o, "from_real_ns", js_count_if(r->clock, r->from_ns));
	js_put(o, "interval_ns", js_count(r->total.n[RC_SEEN_NS]));
	js_put(o, "records", js_count(r->nr_records));
	js_put(o, "lost_records", js_count(r->losses.lost));
	return o;
}

int out_diff_json(FILE *f, const struct report_diff *d, const char *const names[2],
		  const struct hist_opts *opts)
{
	struct json_object *root = json_object_new_object(), *part;
	uint32_t i;

	if (!root)
		return -ENOMEM;
	js_put(root, "schema", js_count(JSON_SCHEMA));
	js_put(root, "a", side_object(d->side[0], names[0]));
	js_put(root, "b", side_object(d->side[1], names[1]));
	part = json_object_new_object();
	js_put(part, "exceeds_noise", js_text("the confidence intervals of a and b have no value "
					      "in common"));
	js_put(part, "confidence_pct", js_count(DIFF_CONFIDENCE));
	js_put(part, "percentiles", js_text("order statistics of rank n*p -+ z*sqrt(n*p*(1-p)), "
					    "with the whole bucket that each lies in"));
	js_put(part, "rates", js_text("Poisson counts"));
	js_put(part, "z", js_number(DIFF_Z));
	js_put(part, "tested", js_count(d->nr_tested));
	js_put(part, "exceed", js_count(d->nr_exceed));
	js_put(root, "test", part);
	part = json_object_new_array();
	for (i = 0; i < d->nr_vms; i++)
		json_object_array_add(part, vm_object(&d->vms[i], opts));
	js_put(root, "vms", part);
	return js_write(root, f);
}
