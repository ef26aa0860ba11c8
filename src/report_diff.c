// SPDX-License-Identifier: GPL-2.0
/* Compares two reports; see report_diff.h, which says by which test. Pure. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hist.h"
#include "hooks.h"
#include "report_diff.h"

static const struct {
	const char *key, *header;
	enum report_count count;
	uint32_t figure;
} rates[DIFF_NR_RATES] = {
	[DIFF_LOADS] = { "loads", "LOAD/s", RC_LOADS, 0 },
	[DIFF_PUTS] = { "puts", "PUT/s", RC_PUTS, 0 },
	[DIFF_BLOCKS] = { "blocks", "BLOCK/s", RC_BLOCKS, 0 },
	[DIFF_MOVES] = { "moves", "MOVE/s", RC_MOVES, HOOK_FIG_MOVES },
	[DIFF_CPU_CHANGES] = { "cpu_changes", "CPUCHANGE/s", RC_CPU_CHANGES, 0 },
	[DIFF_USEFUL] = { "useful", "USEFUL/s", RC_USEFUL, 0 },
	[DIFF_LATE] = { "late", "LATE/s", RC_LATE, 0 },
	[DIFF_SPURIOUS] = { "spurious", "SPUR/s", RC_SPURIOUS, 0 },
	[DIFF_SW_LPIS] = { "sw_lpis", "SWLPI/s", RC_SW_LPIS, HOOK_FIG_SW_LPIS },
	[DIFF_MAPS] = { "maps", "MAP/s", RC_MAPS, 0 },
	[DIFF_UNMAPS] = { "unmaps", "UNMAP/s", RC_UNMAPS, 0 },
};

static const struct {
	const char *text, *key;
	unsigned int per_10000;
} ranks[DIFF_NR_RANKS] = {
	[DIFF_P50] = { "p50", "p50", 5000 },
	[DIFF_P90] = { "p90", "p90", 9000 },
	[DIFF_P99] = { "p99", "p99", 9900 },
	[DIFF_P999] = { "p99.9", "p999", 9990 },
};

const char *diff_rate_key(enum diff_rate rate)
{
	return rates[rate].key;
}

const char *diff_rate_header(enum diff_rate rate)
{
	return rates[rate].header;
}

const char *diff_rank_text(enum diff_rank rank)
{
	return ranks[rank].text;
}

const char *diff_rank_key(enum diff_rank rank)
{
	return ranks[rank].key;
}

/* --- the test --- */

/* Bound of a Poisson count: Wilson and Hilferty's cube, good to a part in a thousand. */
static double poisson_bound(double n, double z)
{
	double root = 1 - 1 / (9 * n) + z / (3 * sqrt(n));

	return root > 0 ? n * root * root * root : 0;
}

void diff_estimate_rate(uint64_t count, uint64_t ns, struct diff_estimate *ret)
{
	double secs = (double)ns / 1e9;

	*ret = (struct diff_estimate){ .known = ns != 0 };
	if (!ns)
		return;
	ret->value = (double)count / secs;
	ret->low = count ? poisson_bound((double)count, -DIFF_Z) / secs : 0;
	ret->high = poisson_bound((double)count + 1, DIFF_Z) / secs;
}

/* Bucket of the value of rank @rank (1 is the lowest). */
static unsigned int bucket_of(const struct g4_hist *h, uint64_t rank)
{
	uint64_t seen = 0;
	unsigned int i;

	for (i = 0; i < G4_HIST_BUCKETS - 1; i++) {
		seen += h->bucket[i];
		if (seen >= rank)
			break;
	}
	return i;
}

static double low_of(const struct g4_hist *h, uint64_t rank)
{
	uint64_t low = g4_hist_low(bucket_of(h, rank));

	return (double)(low < h->min ? h->min : low);
}

static double high_of(const struct g4_hist *h, uint64_t rank)
{
	unsigned int bucket = bucket_of(h, rank);
	uint64_t high = bucket + 1 < G4_HIST_BUCKETS ? g4_hist_low(bucket + 1) - 1 : h->max;

	return (double)(high > h->max ? h->max : high);
}

void diff_estimate_rank(const struct g4_hist *h, unsigned int per_10000,
			struct diff_estimate *ret)
{
	double n = (double)h->count, p = per_10000 / 10000.0;
	double spread = DIFF_Z * sqrt(n * p * (1 - p));
	double low = floor(n * p - spread), high = ceil(n * p + spread) + 1;

	*ret = (struct diff_estimate){ .known = h->count != 0 };
	if (!h->count)
		return;
	ret->value = (double)hist_percentile(h, per_10000);
	ret->low = low >= 1 ? low_of(h, (uint64_t)low) : 0;
	ret->high = high <= n ? high_of(h, (uint64_t)high) : (double)INFINITY;
}

void diff_compare(struct diff_figure *f)
{
	const struct diff_estimate *a = &f->side[0], *b = &f->side[1];

	f->has_change = a->known && b->known && a->value > 0;
	f->change_pct = f->has_change ? 100 * (b->value - a->value) / a->value : 0;
	f->exceeds = a->known && b->known && (a->low > b->high || b->low > a->high);
}

/* --- VMs --- */

static void name_of(const struct report_vm *vm, char *buf)
{
	if (vm->name[0])
		snprintf(buf, MODEL_NAME_LEN, "%s", vm->name);
	else
		snprintf(buf, MODEL_NAME_LEN, "pid %u", vm->pid);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct diff_vm *)a)->name, ((const struct diff_vm *)b)->name);
}

/* The names of both, each once. */
static int list_names(struct report_diff *d)
{
	const struct report_vm *vm;
	unsigned int side;
	uint32_t i, nr = 0;

	d->vms = calloc((size_t)d->side[0]->nr_vms + d->side[1]->nr_vms + 1, sizeof(*d->vms));
	if (!d->vms)
		return -ENOMEM;
	for (side = 0; side < 2; side++) {
		for (i = 0; i < d->side[side]->nr_vms; i++) {
			vm = d->side[side]->vms[i];
			if (!vm->hidden)
				name_of(vm, d->vms[nr++].name);
		}
	}
	qsort(d->vms, nr, sizeof(*d->vms), by_name);
	for (i = 0; i < nr; i++) {
		if (!i || strcmp(d->vms[i].name, d->vms[d->nr_vms - 1].name))
			d->vms[d->nr_vms++] = d->vms[i];
	}
	return 0;
}

/* What one side has of a name: several VMs of it are taken together. */
struct pool {
	struct report_sums sums;
	struct g4_hist hists[MODEL_NR_HISTS];
	bool kept[MODEL_NR_HISTS];
};

static void fill_pool(const struct report *r, const char *name, struct diff_vm *vm,
		      unsigned int side, struct pool *pool)
{
	char own[MODEL_NAME_LEN];
	struct g4_hist h;
	unsigned int which;
	uint32_t i;

	memset(pool, 0, sizeof(*pool));
	for (i = 0; i < r->nr_vms; i++) {
		name_of(r->vms[i], own);
		if (r->vms[i]->hidden || strcmp(own, name))
			continue;
		vm->in[side] = true;
		vm->seen_ns[side] += r->vms[i]->sums.n[RC_SEEN_NS];
		for (which = 0; which < RC_NR; which++)
			pool->sums.n[which] += r->vms[i]->sums.n[which];
		for (which = 0; which < MODEL_NR_HISTS; which++) {
			if (!report_hist(r, r->vms[i], NULL, which, &h))
				continue;
			pool->kept[which] = true;
			hist_merge(&pool->hists[which], &h);
		}
	}
}

static void take_side(const struct report *r, struct diff_vm *vm, unsigned int side,
		      const struct pool *pool)
{
	unsigned int i, k;

	for (i = 0; i < DIFF_NR_RATES; i++) {
		if (vm->in[side] && (!rates[i].figure || r->info.figures & rates[i].figure))
			diff_estimate_rate(pool->sums.n[rates[i].count], vm->seen_ns[side],
					   &vm->rate[i].side[side]);
	}
	for (i = 0; i < MODEL_NR_HISTS; i++) {
		vm->hist[i].kept[side] = pool->kept[i];
		vm->hist[i].count[side] = pool->hists[i].count;
		vm->hist[i].max[side] = pool->hists[i].max;
		for (k = 0; k < DIFF_NR_RANKS; k++)
			diff_estimate_rank(&pool->hists[i], ranks[k].per_10000,
					   &vm->hist[i].rank[k].side[side]);
	}
}

static void compare_one(struct report_diff *d, struct diff_figure *f)
{
	diff_compare(f);
	d->nr_tested += f->side[0].known && f->side[1].known;
	d->nr_exceed += f->exceeds;
}

static void compare_vm(struct report_diff *d, struct diff_vm *vm, const bool *which)
{
	unsigned int i, k;

	for (i = 0; i < DIFF_NR_RATES; i++)
		compare_one(d, &vm->rate[i]);
	for (i = 0; i < MODEL_NR_HISTS; i++) {
		for (k = 0; which[i] && k < DIFF_NR_RANKS; k++)
			compare_one(d, &vm->hist[i].rank[k]);
	}
}

int report_diff(struct report_diff *d, const struct report *a, const struct report *b,
		const bool which[MODEL_NR_HISTS])
{
	struct pool *pool = malloc(sizeof(*pool));
	unsigned int side;
	uint32_t i;
	int err;

	*d = (struct report_diff){ .side = { a, b } };
	err = pool ? list_names(d) : -ENOMEM;
	for (i = 0; !err && i < d->nr_vms; i++) {
		for (side = 0; side < 2; side++) {
			fill_pool(d->side[side], d->vms[i].name, &d->vms[i], side, pool);
			take_side(d->side[side], &d->vms[i], side, pool);
		}
		compare_vm(d, &d->vms[i], which);
	}
	free(pool);
	return err;
}

void report_diff_clear(struct report_diff *d)
{
	free(d->vms);
	*d = (struct report_diff){ 0 };
}
