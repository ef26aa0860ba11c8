// SPDX-License-Identifier: GPL-2.0
/*
 * The parts of the report's text that tell of time: the timeline, the stories of the worst
 * doorbells; and the histograms of each VM or vPE.
 */
#include <string.h>

#include "hooks.h"
#include "out_report.h"
#include "out_report_priv.h"

#define NS_PER_S	1000000000ULL
#define NS_PER_DAY	(86400 * NS_PER_S)

/* @text, cut or filled to @width characters of UTF-8 */
void out_report_left(FILE *f, const char *text, int width)
{
	for (; *text; text++) {
		if ((*text & 0xc0) != 0x80 && width-- == 0)
			return;
		fputc(*text, f);
	}
	fprintf(f, "%*s", width, "");
}

/* --- timeline --- */

static enum when_form form_of(const struct report *r)
{
	if (r->interval_ns % NS_PER_S)
		return WHEN_FORM_MILLIS;
	return r->to_ns - r->from_ns > NS_PER_DAY ? WHEN_FORM_DAY : WHEN_FORM_SECONDS;
}

static void print_rate(FILE *f, int width, bool known, uint64_t count, uint64_t ns)
{
	const struct cell cell = known && ns ? cell_number(CELL_RATE, model_rate(count, ns)) :
					       cell_na();
	char buf[32];

	cell_format(&cell, buf, sizeof(buf));
	fprintf(f, " %*s", width, buf);
}

static void print_ns(FILE *f, int width, uint64_t nr, double ns)
{
	const struct cell cell = nr ? cell_number(CELL_NS, ns) : cell_na();
	char buf[32];

	cell_format(&cell, buf, sizeof(buf));
	fprintf(f, " %*s", width, nr ? buf : "-");
}

static void print_share(FILE *f, const struct model_shares *shares, double percent)
{
	if (shares->unknown >= 99.9995)
		fprintf(f, " %5s", "n/a");
	else
		fprintf(f, " %5.1f", percent);
}

/* Direct deliveries of the source that is trusted most; samples lie up to a second apart. */
static void print_direct(FILE *f, const struct report *r, const struct report_sums *s,
			 const struct report_direct *direct)
{
	enum direct_source source = direct ? report_direct_from(r, direct) : DIRECT_NONE;

	print_rate(f, 8, source != DIRECT_NONE, s->n[RC_DIRECT + source], s->n[RC_SEEN_NS]);
}

static void print_cell(FILE *f, const struct report *r, uint32_t i,
		       const struct report_sums *s, const struct report_direct *direct)
{
	const struct model_shares shares = report_shares(s);
	uint64_t ns = s->n[RC_SEEN_NS];
	char when[48];

	when_format_at(report_cell_ns(r, i), r->begin_ns, r->clock, form_of(r), when,
			   sizeof(when));
	fprintf(f, "%c%-*s", r->cells[i].n[RC_GAP_NS] ? '!' : ' ', r->clock ? 12 : 14, when);
	print_rate(f, 7, true, s->n[RC_LOADS], ns);
	print_rate(f, 6, r->info.figures & HOOK_FIG_MOVES, s->n[RC_MOVES], ns);
	print_rate(f, 6, true, report_doorbells(s), ns);
	print_rate(f, 7, r->info.figures & HOOK_FIG_SW_LPIS, s->n[RC_SW_LPIS], ns);
	print_direct(f, r, s, direct);
	print_share(f, &shares, shares.resident);
	print_share(f, &shares, shares.blocked);
	print_ns(f, 6, s->n[RC_DB], s->n[RC_DB] ? (double)s->n[RC_DB_NS] / (double)s->n[RC_DB] : 0);
	print_ns(f, 6, s->n[RC_DB], (double)s->db_max_ns);
	fputc('\n', f);
}

/* From the first part that it was there in to the last. */
static void print_cells(FILE *f, const struct report *r, const struct report_sums *cells,
			const struct report_direct *direct)
{
	uint32_t first = 0, end = r->nr_cells, i;

	while (first < end && !cells[first].n[RC_SEEN_NS])
		first++;
	while (end > first && !cells[end - 1].n[RC_SEEN_NS])
		end--;
	fprintf(f, " %-*s  LOAD/s MOVE/s   DB/s SWLPI/s DIRECT/s  RES%%  BLK%% DBmean  DBmax\n",
		r->clock ? 12 : 14, "FROM");
	for (i = first; i < end; i++)
		print_cell(f, r, i, &cells[i], direct);
}

static uint32_t nr_shown(const struct report *r, const struct report_vm **ret_only)
{
	uint32_t i, nr = 0;

	for (i = 0; i < r->nr_vms; i++) {
		if (r->vms[i]->hidden)
			continue;
		*ret_only = r->vms[i];
		nr++;
	}
	return nr;
}

void out_report_timelines(FILE *f, const struct report *r)
{
	const struct report_vm *only = NULL;
	uint32_t shown = nr_shown(r, &only), i;
	char span[32];
	bool gaps = false;

	if (!shown)
		return;
	when_format_span(r->interval_ns, span, sizeof(span));
	for (i = 0; i < r->nr_cells; i++)
		gaps = gaps || r->cells[i].n[RC_GAP_NS];
	fprintf(f, "\nOver time, %s a row%s%s%s\n", span, shown > 1 ? ", all VMs together" : "",
		r->coarser ? " (--interval was too short for all of it)" : "",
		gaps ? "; ! where records are missing" : "");
	print_cells(f, r, r->cells, shown == 1 ? only->direct : NULL);
}

/* --- stories --- */

static void print_offset(FILE *f, const struct report_step *step, uint64_t zero_ns)
{
	char buf[32];

	if (step->ns == zero_ns) {
		fprintf(f, "    %9s", "0");
		return;
	}
	cell_format_ns((double)(step->ns > zero_ns ? step->ns - zero_ns : zero_ns - step->ns),
		       buf + 1, sizeof(buf) - 1);
	buf[0] = step->ns > zero_ns ? '+' : '-';
	fprintf(f, "    %9s", buf);
}

static void print_story(FILE *f, const struct report *r, const struct report_story *s,
			uint32_t rank)
{
	uint64_t zero_ns = s->load_ns - s->latency_ns;
	char when[48], latency[32], arg[32];
	const struct report_step *step;
	const char *what;
	uint32_t i;

	when_format_at(zero_ns, r->begin_ns, r->clock, WHEN_FORM_MICROS, when, sizeof(when));
	cell_format_ns((double)s->latency_ns, latency, sizeof(latency));
	fprintf(f, "  %u. %s  %s (pid %u) vCPU %u, doorbell at %s\n", rank, latency,
		s->vpe->vm->name[0] ? s->vpe->vm->name : "n/a", s->vpe->vm->pid, s->vpe->vcpu,
		when);
	if (!s->whole)
		fputs("    (what came before it was not recorded, or is too long ago)\n", f);
	for (i = 0; i < s->nr_steps; i++) {
		step = &s->steps[i];
		what = out_report_step(step);
		if (!what)
			continue;
		print_offset(f, step, zero_ns);
		fprintf(f, "  CPU %-4u %s", step->pcpu, what);
		if (step->type == G4_REC_VMOVP) {
			cell_format_ns((double)step->arg_ns, arg, sizeof(arg));
			fprintf(f, ", took %s", arg);
		}
		fputc('\n', f);
	}
}

void out_report_stories(FILE *f, const struct report *r)
{
	uint32_t i;

	if (!r->nr_stories)
		return;
	fputs("\nThe worst doorbell latencies, and what happened\n", f);
	for (i = 0; i < r->nr_stories; i++)
		print_story(f, r, &r->stories[i], i + 1);
}

/* --- details of each VM --- */

static const char *why_not(const struct report *r, const struct report_vpe *vpe,
			   enum model_hist which)
{
	uint32_t figure = model_hist_figure(which);

	if (vpe && model_hist_of_vpe(which) < 0)
		return "counted for the VM as a whole";
	return figure && !(r->info.figures & figure) ? "its hook was not attached" : "";
}

static void print_hists(FILE *f, const struct report *r, const struct report_vm *vm,
			const struct report_vpe *vpe, const struct hist_opts *opts)
{
	struct g4_hist h;
	unsigned int i;
	bool any = false;

	for (i = 0; i < MODEL_NR_HISTS; i++) {
		if (!opts->which[i])
			continue;
		if (!report_hist(r, vm, vpe, i, &h)) {
			if (opts->chosen)
				fprintf(f, "  %s: n/a: %s\n", model_hist_key(i),
					why_not(r, vpe, i));
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

static void print_vm_line(FILE *f, const struct report *r, const struct report_vm *vm)
{
	const uint64_t *n = vm->sums.n;
	char span[32];

	when_format_span(n[RC_SEEN_NS], span, sizeof(span));
	fprintf(f, "\n%s (pid %u)", vm->name[0] ? vm->name : "n/a", vm->pid);
	if (r->opts.filter.vcpu >= 0)
		fprintf(f, ", vCPU %lld alone", (long long)r->opts.filter.vcpu);
	fprintf(f, ", there for %s%s\n", span, vm->gone ? ", ended" : "");
	fprintf(f, "  %u vCPUs; VLPIs: ", vm->nr_vcpus);
	if (vm->gone)
		fputs("none any more; ", f);
	else if (vm->lpis_known && r->info.figures & HOOK_FIG_LPIS)
		fprintf(f, "%u of %u LPIs at the end; ", vm->nr_vlpis, vm->nr_lpis);
	else
		fprintf(f, "%u at the end; ", vm->nr_vlpis);
	fprintf(f, "%llu mapped, %llu unmapped, %llu moved\n",
		(unsigned long long)n[RC_MAPS], (unsigned long long)n[RC_UNMAPS],
		(unsigned long long)n[RC_VLPI_MOVES]);
	if (n[RC_ILLEGAL])
		fprintf(f, "  %llu loads while resident or puts while not\n",
			(unsigned long long)n[RC_ILLEGAL]);
}

static void print_vpe(FILE *f, const struct report *r, const struct report_vm *vm,
		      const struct report_vpe *vpe, const struct hist_opts *opts)
{
	fprintf(f, "\n%s (pid %u), vCPU %u (vPE %u)\n", vm->name[0] ? vm->name : "n/a", vm->pid,
		vpe->vcpu, vpe->vpe_id);
	if (vpe->cells)
		print_cells(f, r, vpe->cells, vpe->direct);
	print_hists(f, r, vm, vpe, opts);
}

void out_report_details(FILE *f, const struct report *r, const struct hist_opts *opts)
{
	const struct report_vm *vm = NULL;
	uint32_t shown = nr_shown(r, &vm), i, k;

	for (i = 0; i < r->nr_vms; i++) {
		vm = r->vms[i];
		if (vm->hidden)
			continue;
		print_vm_line(f, r, vm);
		if (shown > 1 && vm->cells)
			print_cells(f, r, vm->cells, vm->direct);
		print_hists(f, r, vm, NULL, opts);
		/* a VM of one vPE has told it all */
		for (k = 0; opts->per_vpe && vm->nr_vpes > 1 && k < vm->nr_vpes; k++)
			print_vpe(f, r, vm, r->vpes[vm->first_vpe + k], opts);
	}
}
