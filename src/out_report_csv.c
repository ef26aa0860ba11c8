// SPDX-License-Identifier: GPL-2.0
/*
 * CSV of a report after RFC 4180, one table at a time. Every row begins with the host, and
 * names its VM; the vCPU is empty in rows of VMs. What is not known is an empty field.
 */
#include "hooks.h"
#include "out_report.h"

#define ULL(n)	((unsigned long long)(n))

static void put_count(FILE *f, bool known, uint64_t count)
{
	fputc(',', f);
	if (known)
		fprintf(f, "%llu", ULL(count >> 63 ? 0 : count));
}

static void put_percent(FILE *f, bool known, double percent)
{
	fputc(',', f);
	if (known)
		fprintf(f, "%.3f", percent);
}

/* Whose row it is; NULL: the host's, all VMs together, which has no pid either. */
static void put_who(FILE *f, const struct report *r, const struct report_vm *vm,
		    const struct report_vpe *vpe)
{
	out_csv_text(f, r->info.host);
	put_count(f, vm, vm ? vm->pid : 0);
	fputc(',', f);
	out_csv_text(f, vm ? vm->name : "");
	put_count(f, vpe, vpe ? vpe->vcpu : 0);
}

/* --- counts, in the order of these names --- */

static void print_names(FILE *f)
{
	unsigned int i;

	fputs(",seen_ns,loads,puts,moves,blocks,sleeps,pending_last,illegal,useful,late,spurious",
	      f);
	for (i = 0; i < out_report_nr_counts; i++)
		fprintf(f, ",%s", out_report_counts[i].key);
	fputs(",direct,direct_source,resident_pct,blocked_pct,preempted_pct,unknown_pct", f);
}

static void put_direct(FILE *f, const struct report *r, const struct report_sums *s,
		       const struct report_direct *direct)
{
	enum direct_source source = direct ? report_direct_from(r, direct) : DIRECT_NONE;

	put_count(f, source, s->n[RC_DIRECT + source]);
	fprintf(f, ",%s", source ? model_direct_name(source) : "");
}

static void put_sums(FILE *f, const struct report *r, const struct report_sums *s,
		     const struct report_direct *direct, bool of_vm)
{
	static const struct out_count first[] = {
		{ "", RC_SEEN_NS, 0, false }, { "", RC_LOADS, 0, false },
		{ "", RC_PUTS, 0, false }, { "", RC_MOVES, HOOK_FIG_MOVES, false },
		{ "", RC_BLOCKS, 0, false }, { "", RC_SLEEPS, HOOK_FIG_SLEEPS, false },
		{ "", RC_PENDING_LAST, 0, false }, { "", RC_ILLEGAL, 0, false },
		{ "", RC_USEFUL, 0, false }, { "", RC_LATE, 0, false },
		{ "", RC_SPURIOUS, 0, false },
	};
	const struct model_shares shares = report_shares(s);
	const struct out_count *c;
	unsigned int i;
	bool seen = s->n[RC_SEEN_NS], known = seen && shares.unknown < 99.9995;

	for (i = 0; i < sizeof(first) / sizeof(first[0]); i++)
		put_count(f, !first[i].figure || r->info.figures & first[i].figure,
			  s->n[first[i].count]);
	for (i = 0; i < out_report_nr_counts; i++) {
		c = &out_report_counts[i];
		put_count(f, (of_vm || !c->of_vm) && (!c->figure || r->info.figures & c->figure),
			  s->n[c->count]);
	}
	put_direct(f, r, s, direct);
	put_percent(f, known, shares.resident);
	put_percent(f, known, shares.blocked);
	put_percent(f, known, shares.preempted);
	put_percent(f, seen, shares.unknown);
}

/* --- summary --- */

static void summary_row(FILE *f, const struct report *r, const struct report_vm *vm,
			const struct report_vpe *vpe)
{
	const struct model_latency db = out_report_latency(r, vm, vpe);

	put_who(f, r, vm, vpe);
	put_sums(f, r, vpe ? &vpe->sums : &vm->sums, vpe ? vpe->direct : vm->direct, !vpe);
	put_count(f, true, db.count);
	put_count(f, db.count, db.p50);
	put_count(f, db.count, db.p90);
	put_count(f, db.count, db.p99);
	put_count(f, db.count, db.max);
	fputs("\r\n", f);
}

/* --- timeline --- */

static void cell_rows(FILE *f, const struct report *r, const struct report_vm *vm,
		      const struct report_vpe *vpe)
{
	const struct report_sums *cells = vpe ? vpe->cells : vm ? vm->cells : r->cells;
	const struct report_direct *direct = vpe ? vpe->direct : vm ? vm->direct : NULL;
	uint64_t from_ns;
	uint32_t i;

	for (i = 0; cells && i < r->nr_cells; i++) {
		from_ns = report_cell_ns(r, i);
		put_who(f, r, vm, vpe);
		put_count(f, r->clock, from_ns);
		put_count(f, true, from_ns - r->begin_ns);
		put_count(f, true, report_cell_ns(r, i + 1) - from_ns);
		put_sums(f, r, &cells[i], direct, !vpe);
		put_count(f, true, cells[i].n[RC_DB]);
		put_percent(f, cells[i].n[RC_DB], cells[i].n[RC_DB] ?
			    (double)cells[i].n[RC_DB_NS] / (double)cells[i].n[RC_DB] : 0);
		put_count(f, cells[i].n[RC_DB], cells[i].db_max_ns);
		put_count(f, !vm, cells[i].n[RC_GAP_NS]);
		fputs("\r\n", f);
	}
}

/* --- histograms --- */

static void hist_rows(FILE *f, const struct report *r, const struct report_vm *vm,
		      const struct report_vpe *vpe, const struct hist_opts *opts)
{
	unsigned int i, bucket;
	struct g4_hist h;

	for (i = 0; i < MODEL_NR_HISTS; i++) {
		if (!opts->which[i] || !report_hist(r, vm, vpe, i, &h))
			continue;
		for (bucket = 0; bucket < G4_HIST_BUCKETS; bucket++) {
			if (!h.bucket[bucket])
				continue;
			put_who(f, r, vm, vpe);
			fputc(',', f);
			out_hist_bucket(f, model_hist_key(i), &h, bucket);
		}
	}
}

/* --- the worst --- */

static void story_rows(FILE *f, const struct report *r)
{
	const struct report_story *s;
	uint64_t zero_ns;
	uint32_t i, k;

	for (i = 0; i < r->nr_stories; i++) {
		s = &r->stories[i];
		zero_ns = s->load_ns - s->latency_ns;
		for (k = 0; k < s->nr_steps; k++) {
			put_who(f, r, s->vpe->vm, s->vpe);
			fprintf(f, ",%u,%llu", i + 1, ULL(s->latency_ns));
			put_count(f, r->clock, zero_ns);
			fprintf(f, ",%llu,%s,%lld,%u\r\n", ULL(zero_ns - r->begin_ns),
				out_report_step_key(&s->steps[k]),
				(long long)(s->steps[k].ns - zero_ns), s->steps[k].pcpu);
		}
	}
}

static void print_header(FILE *f, enum report_table table)
{
	fputs("host,pid,name,vcpu", f);
	switch (table) {
	case REPORT_SUMMARY:
		print_names(f);
		fputs(",db_count,db_p50_ns,db_p90_ns,db_p99_ns,db_max_ns", f);
		break;
	case REPORT_TIMELINE:
		fputs(",from_real_ns,from_ns,interval_ns", f);
		print_names(f);
		fputs(",db_count,db_mean_ns,db_max_ns,gap_ns", f);
		break;
	case REPORT_HIST:
		fputs(",hist,low_ns,high_ns,count", f);
		break;
	default:
		fputs(",rank,latency_ns,doorbell_real_ns,doorbell_ns,event,offset_ns,pcpu", f);
		break;
	}
	fputs("\r\n", f);
}

static void print_rows(FILE *f, const struct report *r, const struct report_vm *vm,
		       const struct report_vpe *vpe, const struct hist_opts *opts,
		       enum report_table table)
{
	if (table == REPORT_SUMMARY)
		summary_row(f, r, vm, vpe);
	else if (table == REPORT_TIMELINE)
		cell_rows(f, r, vm, vpe);
	else
		hist_rows(f, r, vm, vpe, opts);
}

int out_report_csv(FILE *f, const struct report *r, const struct hist_opts *opts,
		   enum report_table table, bool header)
{
	const struct report_vm *vm;
	uint32_t i, k;

	if (header)
		print_header(f, table);
	if (table == REPORT_WORST) {
		story_rows(f, r);
		return out_end(f);
	}
	if (table == REPORT_TIMELINE)
		cell_rows(f, r, NULL, NULL);
	for (i = 0; i < r->nr_vms; i++) {
		vm = r->vms[i];
		if (vm->hidden)
			continue;
		print_rows(f, r, vm, NULL, opts, table);
		for (k = 0; opts->per_vpe && k < vm->nr_vpes; k++)
			print_rows(f, r, vm, r->vpes[vm->first_vpe + k], opts, table);
	}
	return out_end(f);
}
