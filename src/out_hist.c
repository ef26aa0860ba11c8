// SPDX-License-Identifier: GPL-2.0
/*
 * Histograms as text, JSON and CSV. Text joins buckets until a histogram is 16
 * rows at most; JSON and CSV give every bucket that is not empty.
 */
#include <errno.h>
#include <string.h>

#include "bars.h"
#include "cell.h"
#include "header.h"
#include "hist.h"
#include "json.h"
#include "out_hist.h"

#define TEXT_ROWS	16U
#define BAR_WIDTH	40U

static const struct {
	const char *text, *json;
	unsigned int per_10000;
} ranks[] = {
	{ "p50", "p50", 5000 }, { "p90", "p90", 9000 }, { "p99", "p99", 9900 },
	{ "p99.9", "p999", 9990 },
};

#define NR_RANKS	(sizeof(ranks) / sizeof(ranks[0]))

int out_hist_which(struct hist_opts *opts, const char *text, char *bad, size_t size)
{
	const char *end;
	unsigned int i;

	memset(opts->which, 0, sizeof(opts->which));
	for (;; text = end + 1) {
		end = text + strcspn(text, ",");
		snprintf(bad, size, "%.*s", (int)(end - text), text);
		for (i = 0; i < MODEL_NR_HISTS && strcmp(bad, model_hist_key(i)); i++)
			;
		if (i == MODEL_NR_HISTS)
			return -EINVAL;
		opts->which[i] = true;
		if (!*end)
			break;
	}
	opts->chosen = true;
	return 0;
}

void out_hist_which_help(FILE *f)
{
	unsigned int i;

	for (i = 0; i < MODEL_NR_HISTS; i++)
		fprintf(f, "  %-15s %s\n", model_hist_key(i), model_hist_meaning(i));
}

static double mean_of(const struct g4_hist *h)
{
	return (double)h->sum / (double)h->count;
}

static void print_figure(FILE *f, const char *name, double ns)
{
	char text[32];

	cell_format_ns(ns, text, sizeof(text));
	fprintf(f, "  %s %s", name, text);
}

void out_hist_bars(FILE *f, const struct g4_hist *h)
{
	char low[32], high[32], bar[BAR_WIDTH + 1];
	struct bar_row rows[TEXT_ROWS];
	unsigned int nr, i;
	uint64_t most = 0;

	fprintf(f, "    count %llu", (unsigned long long)h->count);
	if (!h->count) {
		fputc('\n', f);
		return;
	}
	print_figure(f, "min", (double)h->min);
	print_figure(f, "mean", mean_of(h));
	print_figure(f, "max", (double)h->max);
	fputs("\n  ", f);
	for (i = 0; i < NR_RANKS; i++)
		print_figure(f, ranks[i].text, (double)hist_percentile(h, ranks[i].per_10000));
	fputc('\n', f);
	nr = bars_rows(h, rows, TEXT_ROWS);
	for (i = 0; i < nr; i++)
		most = rows[i].count > most ? rows[i].count : most;
	for (i = 0; i < nr; i++) {
		cell_format_ns((double)rows[i].low, low, sizeof(low));
		cell_format_ns((double)rows[i].high, high, sizeof(high));
		bars_draw(rows[i].count, most, BAR_WIDTH, bar);
		fprintf(f, "    %7s .. %-7s %10llu |%-*s|\n", low,
			rows[i].high == UINT64_MAX ? "" : high,
			(unsigned long long)rows[i].count, (int)BAR_WIDTH, bar);
	}
}

static void print_all(FILE *f, const struct model *m, const struct model_vm *vm,
		      const struct model_vpe *vpe, const struct hist_opts *opts)
{
	struct g4_hist h;
	unsigned int i;
	bool any = false;

	fprintf(f, "\n%s (pid %u)", vm->name[0] ? vm->name : "n/a", vm->pid);
	if (vpe)
		fprintf(f, ", vCPU %u", vpe->vcpu);
	fputc('\n', f);
	for (i = 0; i < MODEL_NR_HISTS; i++) {
		if (!opts->which[i])
			continue;
		if (!model_hist(m, vm, vpe, i, &h)) {
			if (opts->chosen)
				fprintf(f, "  %s: n/a: %s\n", model_hist_key(i),
					model_hist_why_not(m, vm, vpe, i));
			continue;
		}
		if (!h.count && !opts->chosen)
			continue;
		any = true;
		fprintf(f, "  %s: %s\n", model_hist_key(i), model_hist_meaning(i));
		out_hist_bars(f, &h);
	}
	if (!any && !opts->chosen)
		fputs("  (nothing was measured)\n", f);
}

int out_hist_text(FILE *f, const struct model *m, const struct out_info *info,
		  const struct hist_opts *opts)
{
	const struct model_vm *vm;
	char line[256];
	uint32_t i, k;

	header_host(line, sizeof(line), info);
	fprintf(f, "%s\n", line);
	header_counts(line, sizeof(line), m, info);
	fprintf(f, "%s\n", line);
	header_losses(line, sizeof(line), m);
	fprintf(f, "%s\n", line);
	for (i = 0; i < m->nr_vms; i++) {
		vm = &m->vms[i];
		if (vm->hidden)
			continue;
		if (!opts->per_vpe)
			print_all(f, m, vm, NULL, opts);
		for (k = 0; opts->per_vpe && k < vm->nr_vpes; k++)
			print_all(f, m, vm, &m->vpes[vm->first_vpe + k], opts);
	}
	if (!m->nr_vms)
		fputs("(no VM)\n", f);
	fputc('\n', f);
	return out_end(f);
}

/* null in place of an end where the bucket has none */
static struct json_object *bucket_array(const struct g4_hist *h, unsigned int i)
{
	struct json_object *bucket = json_object_new_array();
	const bool last = i + 1 >= G4_HIST_BUCKETS;

	json_object_array_add(bucket, js_count(g4_hist_low(i)));
	json_object_array_add(bucket, js_count_if(!last, last ? 0 : g4_hist_low(i + 1)));
	json_object_array_add(bucket, js_count(h->bucket[i]));
	return bucket;
}

struct json_object *out_hist_object(const struct g4_hist *h)
{
	struct json_object *o = json_object_new_object(), *buckets = json_object_new_array();
	unsigned int i;

	js_put(o, "count", js_count(h->count));
	js_put(o, "sum", js_count(h->sum));
	js_put(o, "min", js_count_if(h->count, h->min));
	js_put(o, "mean", js_number_if(h->count, h->count ? mean_of(h) : 0));
	for (i = 0; i < NR_RANKS; i++)
		js_put(o, ranks[i].json, js_count_if(h->count, hist_percentile(h,
							       ranks[i].per_10000)));
	js_put(o, "max", js_count_if(h->count, h->max));
	for (i = 0; i < G4_HIST_BUCKETS; i++) {
		if (h->bucket[i])
			json_object_array_add(buckets, bucket_array(h, i));
	}
	js_put(o, "buckets", buckets);
	return o;
}

static struct json_object *all_hists(const struct model *m, const struct model_vm *vm,
				     const struct model_vpe *vpe, const struct hist_opts *opts)
{
	struct json_object *o = json_object_new_object();
	struct g4_hist h;
	unsigned int i;

	for (i = 0; i < MODEL_NR_HISTS; i++) {
		if (opts->which[i])
			js_put(o, model_hist_key(i), model_hist(m, vm, vpe, i, &h) ?
			       out_hist_object(&h) : NULL);
	}
	return o;
}

static struct json_object *vm_object(const struct model *m, const struct model_vm *vm,
				     const struct hist_opts *opts)
{
	struct json_object *o = json_object_new_object(), *list, *one;
	const struct model_vpe *vpe;
	uint32_t i;

	js_put(o, "pid", js_count(vm->pid));
	js_put(o, "name", js_text(vm->name));
	js_put(o, "hists", all_hists(m, vm, NULL, opts));
	if (!opts->per_vpe)
		return o;
	list = json_object_new_array();
	for (i = 0; i < vm->nr_vpes; i++) {
		vpe = &m->vpes[vm->first_vpe + i];
		one = json_object_new_object();
		js_put(one, "vcpu", js_count(vpe->vcpu));
		js_put(one, "vpe_id", js_count(vpe->vpe_id));
		js_put(one, "hists", all_hists(m, vm, vpe, opts));
		json_object_array_add(list, one);
	}
	js_put(o, "vpes", list);
	return o;
}

int out_hist_json(FILE *f, const struct model *m, const struct out_info *info,
		  const struct hist_opts *opts)
{
	struct json_object *root = js_begin(m, info), *vms;
	uint32_t i;

	if (!root)
		return -ENOMEM;
	vms = json_object_new_array();
	for (i = 0; i < m->nr_vms; i++) {
		if (!m->vms[i].hidden)
			json_object_array_add(vms, vm_object(m, &m->vms[i], opts));
	}
	js_put(root, "vms", vms);
	return js_write(root, f);
}

void out_hist_bucket(FILE *f, const char *key, const struct g4_hist *h, unsigned int bucket)
{
	fprintf(f, "%s,%llu,", key, (unsigned long long)g4_hist_low(bucket));
	if (bucket + 1 < G4_HIST_BUCKETS)
		fprintf(f, "%llu", (unsigned long long)g4_hist_low(bucket + 1));
	fprintf(f, ",%llu\r\n", (unsigned long long)h->bucket[bucket]);
}

static void csv_hists(FILE *f, const struct model *m, const struct model_vm *vm,
		      const struct model_vpe *vpe, const struct hist_opts *opts)
{
	unsigned int i, bucket;
	struct g4_hist h;

	for (i = 0; i < MODEL_NR_HISTS; i++) {
		if (!opts->which[i] || !model_hist(m, vm, vpe, i, &h))
			continue;
		for (bucket = 0; bucket < G4_HIST_BUCKETS; bucket++) {
			if (!h.bucket[bucket])
				continue;
			fprintf(f, "%llu,%u,", (unsigned long long)m->now_ns, vm->pid);
			out_csv_text(f, vm->name);
			if (vpe)
				fprintf(f, ",%u", vpe->vcpu);
			else
				fputc(',', f);
			fputc(',', f);
			out_hist_bucket(f, model_hist_key(i), &h, bucket);
		}
	}
}

int out_hist_csv(FILE *f, const struct model *m, const struct hist_opts *opts, bool header)
{
	const struct model_vm *vm;
	uint32_t i, k;

	if (header)
		fputs("time_ns,pid,name,vcpu,hist,low_ns,high_ns,count\r\n", f);
	for (i = 0; i < m->nr_vms; i++) {
		vm = &m->vms[i];
		if (vm->hidden)
			continue;
		if (!opts->per_vpe)
			csv_hists(f, m, vm, NULL, opts);
		for (k = 0; opts->per_vpe && k < vm->nr_vpes; k++)
			csv_hists(f, m, vm, &m->vpes[vm->first_vpe + k], opts);
	}
	return out_end(f);
}
