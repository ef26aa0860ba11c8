// SPDX-License-Identifier: GPL-2.0
/*
 * The report for people, 80 columns wide: how far the figures can be trusted, then tables
 * of VMs, then how it went over time, then the details. What could not be measured is n/a.
 */
#include <string.h>

#include "bars.h"
#include "header.h"
#include "hooks.h"
#include "out_report.h"
#include "out_report_priv.h"
#include "util.h"

#define ROUTES_SHOWN	12U
#define ROUTE_BAR	30U

struct line {
	const struct report *r;
	const struct report_vm *vm;	/* NULL: all of them */
	const struct report_vpe *vpe;	/* NULL: the VM */
	const struct report_sums *sums;
	const struct report_direct *direct;
	struct model_shares shares;
	struct model_latency db;
};

struct field {
	const char *header;
	int width;
	struct cell (*get)(const struct line *l);
};

static struct cell rate_of(const struct report_sums *s, uint64_t count)
{
	return s->n[RC_SEEN_NS] ? cell_number(CELL_RATE, model_rate(count, s->n[RC_SEEN_NS])) :
				  cell_na();
}

static struct cell rate_if(const struct line *l, uint32_t figure, enum report_count count)
{
	return l->r->info.figures & figure ? rate_of(l->sums, l->sums->n[count]) : cell_na();
}

static struct cell share_of(const struct model_shares *shares, double percent)
{
	return shares->unknown >= 99.9995 ? cell_na() : cell_number(CELL_PERCENT, percent);
}

static struct cell latency_of(const struct line *l, uint64_t ns)
{
	return l->db.count ? cell_number(CELL_NS, (double)ns) : cell_na();
}

#define FIELD(name, expression)						\
	static struct cell get_##name(const struct line *l)		\
	{								\
		return expression;					\
	}

FIELD(pid, l->vm && !l->vpe ? cell_number(CELL_COUNT, l->vm->pid) : cell_text(""))
FIELD(resident, share_of(&l->shares, l->shares.resident))
FIELD(blocked, share_of(&l->shares, l->shares.blocked))
FIELD(preempted, share_of(&l->shares, l->shares.preempted))
FIELD(loads, rate_of(l->sums, l->sums->n[RC_LOADS]))
FIELD(moves, rate_if(l, HOOK_FIG_MOVES, RC_MOVES))
FIELD(doorbells, rate_of(l->sums, report_doorbells(l->sums)))
FIELD(sw_lpis, l->vpe ? cell_na() : rate_if(l, HOOK_FIG_SW_LPIS, RC_SW_LPIS))
FIELD(direct, out_report_direct(l->r, l->direct))
FIELD(useful, cell_number(CELL_COUNT, (double)l->sums->n[RC_USEFUL]))
FIELD(late, cell_number(CELL_COUNT, (double)l->sums->n[RC_LATE]))
FIELD(spurious, cell_number(CELL_COUNT, (double)l->sums->n[RC_SPURIOUS]))
FIELD(p50, latency_of(l, l->db.p50))
FIELD(p90, latency_of(l, l->db.p90))
FIELD(p99, latency_of(l, l->db.p99))
FIELD(max, latency_of(l, l->db.max))

static const struct field rate_fields[] = {
	{ "PID", 7, get_pid }, { "RES%", 5, get_resident }, { "BLK%", 5, get_blocked },
	{ "PRE%", 5, get_preempted }, { "LOAD/s", 7, get_loads }, { "MOVE/s", 7, get_moves },
	{ "DB/s", 7, get_doorbells }, { "SWLPI/s", 7, get_sw_lpis },
	{ "DIRECT/s", 8, get_direct },
};

static const struct field doorbell_fields[] = {
	{ "PID", 7, get_pid }, { "USEFUL", 9, get_useful }, { "LATE", 8, get_late },
	{ "SPUR", 8, get_spurious }, { "DBp50", 7, get_p50 }, { "DBp90", 7, get_p90 },
	{ "DBp99", 7, get_p99 }, { "DBmax", 7, get_max },
};

struct cell out_report_direct(const struct report *r, const struct report_direct *direct)
{
	static const char *const marks[DIRECT_NR] = {
		[DIRECT_GUEST] = "g", [DIRECT_KERNEL] = "k", [DIRECT_PMU] = "~",
	};
	enum direct_source source = direct ? report_direct_from(r, direct) : DIRECT_NONE;
	struct cell cell;

	if (!source || !direct[source].span_ns)
		return cell_na();
	cell = cell_number(CELL_RATE, model_rate(direct[source].count, direct[source].span_ns));
	cell.mark = marks[source];
	return cell;
}

/* --- the two tables of VMs --- */

static void print_fields(FILE *f, const struct field *fields, size_t nr, const struct line *l)
{
	struct cell cell;
	char buf[64];
	size_t i;

	for (i = 0; i < nr; i++) {
		cell = fields[i].get(l);
		cell_format(&cell, buf, sizeof(buf));
		/* the pid of a row that has none is no figure that is missing */
		if (cell.kind == CELL_NA && fields[i].get == get_pid)
			buf[0] = '\0';
		fprintf(f, " %*s", fields[i].width, buf);
	}
	fputc('\n', f);
}

static struct line line_of(const struct report *r, const struct report_vm *vm,
			   const struct report_vpe *vpe)
{
	struct line l = { .r = r, .vm = vm, .vpe = vpe };

	l.sums = vpe ? &vpe->sums : &vm->sums;
	l.direct = vpe ? vpe->direct : vm->direct;
	l.shares = vpe ? report_shares(&vpe->sums) : vm->shares;
	l.db = out_report_latency(r, vm, vpe);
	return l;
}

static void print_vm(FILE *f, const struct report *r, const struct report_vm *vm,
		     const struct hist_opts *opts, const struct field *fields, size_t nr)
{
	struct line l = line_of(r, vm, NULL);
	char name[32];
	uint32_t i;

	out_report_left(f, vm->name[0] ? vm->name : "n/a", 12);
	print_fields(f, fields, nr, &l);
	for (i = 0; opts->per_vpe && i < vm->nr_vpes; i++) {
		l = line_of(r, vm, r->vpes[vm->first_vpe + i]);
		snprintf(name, sizeof(name), "  vCPU %u", l.vpe->vcpu);
		out_report_left(f, name, 12);
		print_fields(f, fields, nr, &l);
	}
}

static void print_table(FILE *f, const struct report *r, const struct hist_opts *opts,
			const struct field *fields, size_t nr)
{
	uint32_t i, shown = 0;
	size_t k;

	out_report_left(f, "VM", 12);
	for (k = 0; k < nr; k++)
		fprintf(f, " %*s", fields[k].width, fields[k].header);
	fputc('\n', f);
	for (i = 0; i < r->nr_vms; i++) {
		if (r->vms[i]->hidden)
			continue;
		print_vm(f, r, r->vms[i], opts, fields, nr);
		shown++;
	}
	if (!shown)
		fputs(r->nr_vms ? "(no VM matches)\n" : "(no VM)\n", f);
}

/* --- the head --- */

static void print_count(FILE *f, uint64_t nr, const char *what)
{
	fprintf(f, "%llu %s%s", (unsigned long long)nr, what, nr == 1 ? "" : "s");
}

static void print_times(FILE *f, const struct report *r, const char *what, uint64_t from_ns,
			uint64_t to_ns)
{
	char from[48], to[48], span[32];

	when_format_at(from_ns, r->begin_ns, r->clock, WHEN_FORM_DATE, from, sizeof(from));
	when_format_at(to_ns, r->begin_ns, r->clock, WHEN_FORM_DATE, to, sizeof(to));
	when_format_span(to_ns - from_ns, span, sizeof(span));
	fprintf(f, "%s %s to %s (%s)\n", what, from, to, span);
}

/* What is shown of VMs, as the head of top counts them. */
static struct model shown_of(const struct report *r)
{
	struct model m = out_report_losses(r);
	uint32_t i;

	for (i = 0; i < r->nr_vms; i++) {
		if (r->vms[i]->hidden)
			continue;
		m.nr_vms++;
		m.nr_vpes += r->vms[i]->nr_vpes;
		m.nr_forwarded += r->vms[i]->gone ? 0 : r->vms[i]->nr_vlpis;
	}
	return m;
}

static void print_head(FILE *f, const struct report *r)
{
	const struct model m = shown_of(r);
	struct out_info info = out_report_info(r);
	char line[256];

	snprintf(info.clock, sizeof(info.clock), "report");
	header_host(line, sizeof(line), &info);
	fprintf(f, "%s\n", line);
	header_counts(line, sizeof(line), &m, &info);
	fprintf(f, "host %s;  %s\n", r->info.host[0] ? r->info.host : "n/a", line);
	print_times(f, r, "recorded", r->begin_ns, r->end_ns);
	if (r->from_ns != r->begin_ns || r->to_ns != r->end_ns)
		print_times(f, r, "of it   ", r->from_ns, r->to_ns);
	print_count(f, r->nr_records, "record");
	if (r->nr_recordings > 1) {
		fputs(" in ", f);
		print_count(f, r->nr_recordings, "recording");
	}
	header_losses(line, sizeof(line), &m);
	fprintf(f, ";  %s%s\n", line, !model_has_losses(&m) && report_has_losses(r) ?
		" while recording; see below" : "");
}

/* --- moves between CPUs --- */

static void print_moves(FILE *f, const struct report *r)
{
	uint64_t changes = r->total.n[RC_CPU_CHANGES], loads = r->total.n[RC_LOADS];
	char bar[ROUTE_BAR + 1];
	uint32_t i;

	fputs("\nMoves between CPUs\n  ", f);
	if (r->info.figures & HOOK_FIG_MOVES)
		print_count(f, r->total.n[RC_MOVES], "VMOVP");
	else
		fputs("VMOVPs n/a", f);
	fprintf(f, "; %llu of %llu loads (%.1f%%) on another CPU than the load before\n",
		(unsigned long long)changes, (unsigned long long)loads,
		loads ? 100.0 * (double)changes / (double)loads : 0);
	for (i = 0; i < r->nr_routes && i < ROUTES_SHOWN; i++) {
		if (!i)
			fputs("    FROM    TO      COUNT\n", f);
		bars_draw(r->routes[i].count, r->routes[0].count, ROUTE_BAR, bar);
		fprintf(f, "  %6u%6u %10llu %5.1f%% |%-*s|\n", r->routes[i].from,
			r->routes[i].to, (unsigned long long)r->routes[i].count,
			100.0 * (double)r->routes[i].count / (double)changes, (int)ROUTE_BAR, bar);
	}
	if (i < r->nr_routes)
		fprintf(f, "  and %u other pairs of CPUs\n", r->nr_routes - i);
}

/* --- what is missing --- */

static void print_cpus(FILE *f, const struct report *r)
{
	uint32_t cpu;

	if (!r->losses.lost)
		return;
	fputs("     CPU     RECORDED         LOST\n", f);
	for (cpu = 0; cpu < r->info.nr_cpus; cpu++) {
		if (!r->losses.cpu_lost[cpu])
			continue;
		fprintf(f, "  %6u %12llu %12llu\n", cpu,
			(unsigned long long)r->losses.cpu_recorded[cpu],
			(unsigned long long)r->losses.cpu_lost[cpu]);
	}
}

static void print_skipped(FILE *f, const struct rec_damage *damage)
{
	fputs("  not read: ", f);
	print_count(f, damage->skipped_chunks, "damaged chunk");
	fputs(" (", f);
	print_count(f, damage->skipped_records, "record");
	fputs("), ", f);
	print_count(f, damage->skipped_bytes, "byte");
	fputs(" of no whole chunk\n", f);
}

static void print_missing(FILE *f, const struct report *r)
{
	const struct report_losses *l = &r->losses;
	uint64_t made = l->lost + l->recorded;
	char span[32];

	if (!report_has_losses(r))
		return;
	when_format_span(l->gap_ns, span, sizeof(span));
	fputs("\nMissing\n", f);
	fprintf(f, "  lost while recording: %llu of %llu records; ",
		(unsigned long long)l->lost, (unsigned long long)made);
	print_count(f, l->gaps, "gap");
	fprintf(f, ", %s, are unknown time\n", span);
	print_cpus(f, r);
	fprintf(f, "  not seen: %llu table full, %llu unmatched, %s%llu programs not run\n",
		(unsigned long long)l->map_full, (unsigned long long)l->unmatched,
		l->missed_known ? "" : "at least ", (unsigned long long)l->missed);
	if (l->damage.header)
		fputs("  the file's header is damaged; the rest was read all the same\n", f);
	if (l->damage.skipped_chunks || l->damage.skipped_bytes)
		print_skipped(f, &l->damage);
	if (l->damage.no_index)
		fputs("  not ended cleanly: up to one second may be missing at the end\n", f);
}

int out_report_text(FILE *f, const struct report *r, const struct hist_opts *opts)
{
	print_head(f, r);
	fputs("\nRates and times\n", f);
	print_table(f, r, opts, rate_fields, ARRAY_SIZE(rate_fields));
	fputs("\nDoorbells, and from doorbell to resident\n", f);
	print_table(f, r, opts, doorbell_fields, ARRAY_SIZE(doorbell_fields));
	out_report_timelines(f, r);
	out_report_stories(f, r);
	print_moves(f, r);
	print_missing(f, r);
	out_report_details(f, r, opts);
	fputc('\n', f);
	return out_end(f);
}
