// SPDX-License-Identifier: GPL-2.0
/*
 * Owns a report from its window to its end: the rows of VMs and vPEs, which several
 * recordings may add to, and the timeline's parts. See report.h; report_play.c plays.
 *
 * Two recordings of one boot know the same VM by its kernel address and pid: an address
 * alone may be used again, so a row whose VM has ended is never added to.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report_priv.h"

#define NS_PER_MS	1000000ULL
#define MAX_CELLS_ALL	(1U << 18)	/* of all rows together: 60 MB */
#define MIN_CELLS	16U
#define MAX_ROUTES	(1U << 16)
#define ROWS_WANTED	60U

static uint64_t offset_of(const struct rec_play *p, bool clock)
{
	return clock ? p->info.start_real_ns - p->info.start_ns : 0;
}

uint64_t report_begins(const struct rec_play *p)
{
	return p->info.first_ns + offset_of(p, p->info.start_real_ns);
}

uint64_t report_ends(const struct rec_play *p)
{
	return p->info.last_ns + 1 + offset_of(p, p->info.start_real_ns);
}

/* Few enough rows to read, at borders that people like. */
static uint64_t pick_interval(uint64_t span_ns)
{
	static const uint64_t ms[] = {
		1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 30000, 60000,
		120000, 300000, 600000, 1800000, 3600000, 7200000, 21600000, 43200000, 86400000,
	};
	uint64_t ns;
	size_t i;

	for (i = 0; i < sizeof(ms) / sizeof(ms[0]); i++) {
		ns = ms[i] * NS_PER_MS;
		if (span_ns <= ROWS_WANTED * ns)
			return ns;
	}
	while (span_ns / ROWS_WANTED >= ns)
		ns *= 2;
	return ns;
}

static void plan_timeline(struct report *r)
{
	uint64_t span_ns = r->to_ns - r->from_ns;

	r->interval_ns = r->opts.interval_ns ? r->opts.interval_ns : pick_interval(span_ns);
	while ((span_ns - 1) / r->interval_ns >= REPORT_MAX_CELLS) {
		r->interval_ns *= 2;
		r->coarser = true;
	}
	r->nr_cells = (uint32_t)((span_ns - 1) / r->interval_ns + 1);
}

static int plan_window(struct report *r)
{
	int err = 0;

	r->from_ns = r->begin_ns;
	r->to_ns = r->end_ns;
	if (r->opts.from.kind)
		err = when_resolve(&r->opts.from, r->begin_ns, r->end_ns, r->clock,
					  &r->from_ns);
	/* a time of day is the first one behind the window's begin */
	if (!err && r->opts.to.kind)
		err = when_resolve(&r->opts.to, r->opts.to.kind == WHEN_OF_DAY ?
					  r->from_ns : r->begin_ns, r->end_ns, r->clock,
					  &r->to_ns);
	if (err)
		return err;
	if (r->opts.from.kind && r->opts.to.kind && r->from_ns >= r->to_ns)
		return -ERANGE;
	if (r->from_ns < r->begin_ns)
		r->from_ns = r->begin_ns;
	if (r->to_ns > r->end_ns)
		r->to_ns = r->end_ns;
	return r->from_ns < r->to_ns ? 0 : -ENODATA;
}

int report_init(struct report *r, const struct report_opts *opts, struct rec_play *const *plays,
		uint32_t nr)
{
	uint32_t i;
	int err;

	*r = (struct report){ .opts = *opts, .info = plays[0]->info, .clock = true,
			      .begin_ns = UINT64_MAX };
	for (i = 0; i < nr; i++) {
		r->clock = r->clock && plays[i]->info.start_real_ns;
		if (plays[i]->info.nr_cpus > r->info.nr_cpus)
			r->info.nr_cpus = plays[i]->info.nr_cpus;
	}
	for (i = 0; i < nr; i++) {
		const struct rec_info *info = &plays[i]->info;
		uint64_t offset = offset_of(plays[i], r->clock);

		/* a figure is known only where all of them know it */
		r->info.figures &= info->figures;
		if (info->first_ns + offset < r->begin_ns)
			r->begin_ns = info->first_ns + offset;
		if (info->last_ns + 1 + offset > r->end_ns)
			r->end_ns = info->last_ns + 1 + offset;
	}
	err = plan_window(r);
	if (err)
		return err;
	plan_timeline(r);
	if (r->opts.nr_worst > REPORT_MAX_WORST)
		r->opts.nr_worst = REPORT_MAX_WORST;
	r->stories = calloc((size_t)r->opts.nr_worst + 1, sizeof(*r->stories));
	r->losses.cpu_recorded = calloc((size_t)r->info.nr_cpus + 1, sizeof(uint64_t));
	r->losses.cpu_lost = calloc((size_t)r->info.nr_cpus + 1, sizeof(uint64_t));
	r->losses.missed_known = true;
	return r->stories && r->losses.cpu_recorded && r->losses.cpu_lost ? 0 : -ENOMEM;
}

void report_clear(struct report *r)
{
	uint32_t i;

	for (i = 0; i < r->nr_vms; i++) {
		free(r->vms[i]->cells);
		free(r->vms[i]);
	}
	for (i = 0; i < r->nr_vpes; i++) {
		free(r->vpes[i]->cells);
		free(r->vpes[i]->hists);
		free(r->vpes[i]);
	}
	free(r->vms);
	free(r->vpes);
	free(r->cells);
	free(r->stories);
	free(r->routes);
	free(r->losses.cpu_recorded);
	free(r->losses.cpu_lost);
	memset(r, 0, sizeof(*r));
}

uint64_t report_cell_ns(const struct report *r, uint32_t i)
{
	return i < r->nr_cells ? r->from_ns + i * r->interval_ns : r->to_ns;
}

/* --- rows --- */

/* A row of @size bytes at the end of a list of pointers; NULL: no memory. */
static void *add_row(void ***list, uint32_t *nr, uint32_t *room, size_t size)
{
	uint32_t more = *room ? *room * 2 : 16;
	void **new, *row;

	if (*nr == *room) {
		new = reallocarray(*list, more, sizeof(void *));
		if (!new)
			return NULL;
		*list = new;
		*room = more;
	}
	row = calloc(1, size);
	if (row)
		(*list)[(*nr)++] = row;
	return row;
}

struct report_vm *report_row_of_vm(struct report *r, const struct fold_vm *fvm)
{
	struct report_vm *rvm;
	uint32_t i;

	for (i = 0; r->nr_recordings && i < r->nr_vms; i++) {
		rvm = r->vms[i];
		if (rvm->kvm == fvm->vm.kvm && rvm->pid == fvm->vm.pid && !rvm->gone &&
		    rvm->taken <= r->nr_recordings) {
			rvm->taken = r->nr_recordings + 1;
			return rvm;
		}
	}
	rvm = add_row((void ***)&r->vms, &r->nr_vms, &r->room_vms, sizeof(*rvm));
	if (!rvm)
		return NULL;
	rvm->kvm = fvm->vm.kvm;
	rvm->pid = fvm->vm.pid;
	rvm->birth_ns = fvm->vm.birth_ns;
	rvm->taken = r->nr_recordings + 1;
	return rvm;
}

struct report_vpe *report_row_of_vpe(struct report *r, struct report_vm *rvm,
				     const struct fold_vpe *fv)
{
	struct report_vpe *rv;
	uint32_t i;

	for (i = 0; r->nr_recordings && i < r->nr_vpes; i++) {
		rv = r->vpes[i];
		if (rv->vm == rvm && rv->vpe == fv->v.vpe && rv->vcpu == fv->v.vcpu &&
		    !rv->gone && rv->taken <= r->nr_recordings) {
			rv->taken = r->nr_recordings + 1;
			return rv;
		}
	}
	rv = add_row((void ***)&r->vpes, &r->nr_vpes, &r->room_vpes, sizeof(*rv));
	if (!rv)
		return NULL;
	rv->vm = rvm;
	rv->vpe = fv->v.vpe;
	rv->vcpu = fv->v.vcpu;
	rv->birth_ns = fv->v.birth_ns;
	rv->taken = r->nr_recordings + 1;
	return rv;
}

/* --- sums --- */

void report_sums_add(struct report_sums *to, const struct report_sums *from)
{
	unsigned int i;

	for (i = 0; i < RC_NR; i++)
		to->n[i] += from->n[i];
	if (from->db_max_ns > to->db_max_ns)
		to->db_max_ns = from->db_max_ns;
}

struct report_sums *report_cell(struct report *r, struct report_sums **cells, uint32_t cell)
{
	if (!*cells) {
		*cells = calloc(r->nr_cells, sizeof(**cells));
		r->nr_series += *cells != NULL;
	}
	return *cells && cell < r->nr_cells ? &(*cells)[cell] : NULL;
}

static void halve(struct report_sums *cells, uint32_t nr)
{
	uint32_t i;

	for (i = 0; cells && i < nr; i++) {
		if (i % 2) {
			report_sums_add(&cells[i / 2], &cells[i]);
			continue;
		}
		cells[i / 2] = cells[i];
	}
	for (i = (nr + 1) / 2; cells && i < nr; i++)
		memset(&cells[i], 0, sizeof(*cells));
}

/* Gives back what halving has freed; a smaller array that is not had is no harm. */
static void trim(struct report_sums **cells, uint32_t nr)
{
	struct report_sums *less = *cells ? reallocarray(*cells, nr, sizeof(**cells)) : NULL;

	if (less)
		*cells = less;
}

void report_coarsen(struct report *r)
{
	uint32_t i, nr;

	while ((uint64_t)r->nr_series * r->nr_cells > MAX_CELLS_ALL && r->nr_cells > MIN_CELLS) {
		nr = (r->nr_cells + 1) / 2;
		halve(r->cells, r->nr_cells);
		trim(&r->cells, nr);
		for (i = 0; i < r->nr_vms; i++) {
			halve(r->vms[i]->cells, r->nr_cells);
			trim(&r->vms[i]->cells, nr);
		}
		for (i = 0; i < r->nr_vpes; i++) {
			halve(r->vpes[i]->cells, r->nr_cells);
			trim(&r->vpes[i]->cells, nr);
		}
		r->nr_cells = nr;
		r->interval_ns *= 2;
		r->coarser = r->opts.interval_ns != 0;
	}
}

/* --- moves between CPUs: an open hash, until it is finished --- */

static struct report_route *find_route(struct report_route *routes, uint32_t room, uint32_t from,
				       uint32_t to)
{
	uint32_t i = (from * 0x9e3779b1U ^ to * 0x85ebca6bU) & (room - 1);

	while (routes[i].count && (routes[i].from != from || routes[i].to != to))
		i = (i + 1) & (room - 1);
	return &routes[i];
}

static bool grow_routes(struct report *r)
{
	uint32_t room = r->room_routes ? r->room_routes * 4 : 256, i;
	struct report_route *routes;

	if (r->room_routes >= MAX_ROUTES)
		return false;
	routes = calloc(room, sizeof(*routes));
	if (!routes)
		return false;
	for (i = 0; i < r->room_routes; i++) {
		if (r->routes[i].count)
			*find_route(routes, room, r->routes[i].from, r->routes[i].to) =
				r->routes[i];
	}
	free(r->routes);
	r->routes = routes;
	r->room_routes = room;
	return true;
}

void report_route(struct report *r, uint32_t from, uint32_t to, uint64_t count)
{
	struct report_route *route = NULL;

	if (r->room_routes)
		route = find_route(r->routes, r->room_routes, from, to);
	if (!route || (!route->count && r->nr_routes >= r->room_routes / 4 * 3)) {
		if (!grow_routes(r)) {
			r->other_routes += count;
			return;
		}
		route = find_route(r->routes, r->room_routes, from, to);
	}
	r->nr_routes += !route->count;
	route->from = from;
	route->to = to;
	route->count += count;
}
