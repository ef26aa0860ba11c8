// SPDX-License-Identifier: GPL-2.0
/*
 * Makes the model from snapshots. VMs and vPEs are known by kernel address
 * and time of birth: an address alone may be used again. What was in the model
 * before gives the interval's deltas; what is new counts from its birth.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hist.h"
#include "model.h"

uint64_t model_doorbells(const struct model_counts *c)
{
	return c->doorbells[G4_DB_USEFUL] + c->doorbells[G4_DB_LATE] +
	       c->doorbells[G4_DB_SPURIOUS];
}

bool model_has_losses(const struct model *m)
{
	return m->lost_records || m->map_full || m->unmatched || m->missed;
}

const char *model_state_name(uint32_t state)
{
	static const char *const names[G4_NR_VPE_STATES] = {
		[G4_VPE_UNKNOWN] = "unknown",
		[G4_VPE_PREEMPTED] = "preempted",
		[G4_VPE_RESIDENT] = "resident",
		[G4_VPE_BLOCKED] = "blocked",
		[G4_VPE_WOKEN] = "woken",
	};

	return state < G4_NR_VPE_STATES ? names[state] : "unknown";
}

double model_rate(uint64_t delta, uint64_t interval_ns)
{
	return interval_ns ? (double)delta * 1e9 / (double)interval_ns : 0;
}

static struct model_latency latency_of(const struct g4_hist *h)
{
	return (struct model_latency){
		.count = h->count,
		.p50 = hist_percentile(h, 5000),
		.p90 = hist_percentile(h, 9000),
		.p99 = hist_percentile(h, 9900),
		.max = h->max,
	};
}

static struct model_counts counts_of(const struct g4_vpe *v)
{
	return (struct model_counts){
		.loads = v->run.loads,
		.puts = v->run.puts,
		.moves = v->run.moves,
		.blocks = v->run.blocks,
		.sleeps = v->run.sleeps,
		.pending_last = v->run.pending_last + v->db.pending_last,
		.illegal = v->run.illegal,
		.doorbells = { v->db.count[G4_DB_USEFUL], v->db.count[G4_DB_LATE],
			       v->db.count[G4_DB_SPURIOUS] },
	};
}

/* A counter that is smaller than before was begun anew: all of it is new. */
static uint64_t grown(uint64_t now, uint64_t before)
{
	return now >= before ? now - before : now;
}

static struct model_counts counts_since(const struct model_counts *now,
					const struct model_counts *before)
{
	static const struct model_counts none;
	struct model_counts d;
	unsigned int i;

	if (!before)
		before = &none;
	d.loads = grown(now->loads, before->loads);
	d.puts = grown(now->puts, before->puts);
	d.moves = grown(now->moves, before->moves);
	d.blocks = grown(now->blocks, before->blocks);
	d.sleeps = grown(now->sleeps, before->sleeps);
	d.pending_last = grown(now->pending_last, before->pending_last);
	d.illegal = grown(now->illegal, before->illegal);
	for (i = 0; i < G4_NR_DB; i++)
		d.doorbells[i] = grown(now->doorbells[i], before->doorbells[i]);
	return d;
}

static void counts_add(struct model_counts *to, const struct model_counts *c)
{
	unsigned int i;

	to->loads += c->loads;
	to->puts += c->puts;
	to->moves += c->moves;
	to->blocks += c->blocks;
	to->sleeps += c->sleeps;
	to->pending_last += c->pending_last;
	to->illegal += c->illegal;
	for (i = 0; i < G4_NR_DB; i++)
		to->doorbells[i] += c->doorbells[i];
}

/* When a woken vPE was first called. */
static uint64_t woken_since(const struct g4_vpe *v)
{
	uint64_t since = v->run.since_ns, db = v->db.called_ns, woke = v->run.woke_ns;

	if (db < since)
		return woke;
	return woke >= since && woke < db ? woke : db;
}

/*
 * Time in each state with the present span up to @now_ns. A vPE copied just
 * before its clock was read has no future: the span is at least 0.
 */
static void times_of(const struct snap_vpe *sv, struct model_vpe *vpe)
{
	const struct g4_vpe *v = &sv->v;
	uint32_t state = v->run.state < G4_VPE_WOKEN ? v->run.state : G4_VPE_UNKNOWN;

	memcpy(vpe->in_ns, v->run.in_ns, sizeof(vpe->in_ns));
	vpe->in_ns[state] += g4_span(v->run.since_ns, sv->now_ns);
	vpe->wall_ns = g4_span(sv->since_ns ? sv->since_ns : v->birth_ns, sv->now_ns);
	vpe->state = g4_vpe_state_at(v);
	vpe->state_ns = g4_span(vpe->state == G4_VPE_WOKEN ? woken_since(v) : v->run.since_ns,
				sv->now_ns);
}

static struct model_shares shares_since(const struct model_vpe *now, const struct model_vpe *before)
{
	uint64_t in[G4_NR_VPE_STATES], wall = 0;
	unsigned int i;
	double all;

	for (i = 0; i < G4_NR_VPE_STATES; i++) {
		in[i] = before ? g4_span(before->in_ns[i], now->in_ns[i]) : now->in_ns[i];
		wall += in[i];
	}
	if (!wall)
		return (struct model_shares){ .unknown = 100 };
	all = (double)wall / 100;
	return (struct model_shares){
		.resident = (double)in[G4_VPE_RESIDENT] / all,
		.blocked = (double)in[G4_VPE_BLOCKED] / all,
		.preempted = (double)in[G4_VPE_PREEMPTED] / all,
		.unknown = (double)in[G4_VPE_UNKNOWN] / all,
	};
}

static int by_vm_and_vcpu(const void *a, const void *b)
{
	const struct model_vpe *x = a, *y = b;

	if (x->kvm != y->kvm)
		return x->kvm < y->kvm ? -1 : 1;
	return x->vcpu < y->vcpu ? -1 : x->vcpu > y->vcpu;
}

static int by_vpe_and_vintid(const void *a, const void *b)
{
	const struct model_vlpi *x = a, *y = b;

	if (x->vpe != y->vpe)
		return x->vpe < y->vpe ? -1 : 1;
	return x->vintid < y->vintid ? -1 : x->vintid > y->vintid;
}

static int by_pid(const void *a, const void *b)
{
	const struct model_vm *x = a, *y = b;

	if (x->pid != y->pid)
		return x->pid < y->pid ? -1 : 1;
	return x->key < y->key ? -1 : x->key > y->key;
}

/* The same vPE in the model before, or NULL: unknown, or another's address by now. */
static const struct model_vpe *find_vpe(const struct model *m, const struct g4_vpe *v)
{
	const struct model_vpe wanted = { .kvm = v->kvm, .vcpu = v->vcpu }, *vpe;

	if (!m->nr_vpes)
		return NULL;
	vpe = bsearch(&wanted, m->vpes, m->nr_vpes, sizeof(*m->vpes), by_vm_and_vcpu);
	return vpe && vpe->key == v->vpe && vpe->birth_ns == v->birth_ns ? vpe : NULL;
}

static const struct model_vm *find_vm(const struct model *m, const struct g4_vm *v)
{
	const struct model_vm wanted = { .pid = v->pid, .key = v->kvm }, *vm;

	if (!m->nr_vms)
		return NULL;
	vm = bsearch(&wanted, m->vms, m->nr_vms, sizeof(*m->vms), by_pid);
	return vm && vm->birth_ns == v->birth_ns ? vm : NULL;
}

/* Index of the first vPE of VM @kvm, or of where it would stand. */
static uint32_t first_vpe_of(const struct model *m, uint64_t kvm)
{
	uint32_t low = 0, high = m->nr_vpes, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (m->vpes[mid].kvm < kvm)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* The same among VLPIs, by vPE. */
static uint32_t first_vlpi_of(const struct model *m, uint64_t vpe)
{
	uint32_t low = 0, high = m->nr_vlpis, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (m->vlpis[mid].vpe < vpe)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static void fill_vpe(struct model_vpe *vpe, const struct snap_vpe *sv,
		     const struct model *old)
{
	const struct model_vpe *before = find_vpe(old, &sv->v);

	*vpe = (struct model_vpe){
		.key = sv->v.vpe,
		.birth_ns = sv->v.birth_ns,
		.kvm = sv->v.kvm,
		.vcpu = sv->v.vcpu,
		.vpe_id = sv->v.vpe_id,
		.pcpu = sv->v.run.pcpu,
		.pcpu_known = sv->v.run.loads || sv->v.run.puts,
		.doorbell_irq = sv->v.doorbell_irq,
		.doorbell_cpu = -1,
		.hists = sv->hists,
		.total = counts_of(&sv->v),
	};
	times_of(sv, vpe);
	vpe->delta = counts_since(&vpe->total, before ? &before->total : NULL);
	vpe->shares = shares_since(vpe, before);
	if (sv->hists) {
		vpe->doorbell = latency_of(&sv->hists->h[G4_H_DB]);
		vpe->dirty = latency_of(&sv->hists->h[G4_H_DIRTY]);
	}
}

static void add_vpes(struct model *m, struct model_vm *vm)
{
	uint32_t i, nr = 0;

	vm->first_vpe = first_vpe_of(m, vm->key);
	for (i = vm->first_vpe; i < m->nr_vpes && m->vpes[i].kvm == vm->key; i++) {
		counts_add(&vm->total, &m->vpes[i].total);
		counts_add(&vm->delta, &m->vpes[i].delta);
		vm->nr_vpes++;
		if (!m->vpes[i].wall_ns)
			continue;
		vm->shares.resident += m->vpes[i].shares.resident;
		vm->shares.blocked += m->vpes[i].shares.blocked;
		vm->shares.preempted += m->vpes[i].shares.preempted;
		vm->shares.unknown += m->vpes[i].shares.unknown;
		nr++;
	}
	if (!nr) {
		vm->shares = (struct model_shares){ .unknown = 100 };
		return;
	}
	vm->shares.resident /= nr;
	vm->shares.blocked /= nr;
	vm->shares.preempted /= nr;
	vm->shares.unknown /= nr;
}

static void fill_vm(struct model *m, struct model_vm *vm, const struct g4_vm *v,
		    const struct model *old, uint64_t now_ns)
{
	const struct model_vm *before = find_vm(old, v);

	*vm = (struct model_vm){
		.key = v->kvm,
		.birth_ns = v->birth_ns,
		.pid = v->pid,
		.nr_vcpus = v->nr_vcpus,
		.nr_lpis = v->nr_lpis,
		.lpis_known = v->walked,
		.interval_ns = g4_span(before ? old->now_ns : v->birth_ns, now_ns),
		.maps = v->maps,
		.unmaps = v->unmaps,
		.vlpi_moves = v->vlpi_moves,
		.props = v->props,
		.forward_set = v->forward_set,
		.forward_unset = v->forward_unset,
		.sw_lpis = v->sw_lpis,
		.sw_lpis_delta = grown(v->sw_lpis, before ? before->sw_lpis : 0),
		.doorbell = latency_of(&v->doorbell_ns),
		.map = latency_of(&v->map_ns),
		.counted = v,
	};
	if (before)
		memcpy(vm->name, before->name, sizeof(vm->name));
	add_vpes(m, vm);
}

static int by_key(const void *a, const void *b)
{
	const struct model_vm *x = a, *y = b;

	return x->key < y->key ? -1 : x->key > y->key;
}

/*
 * VLPIs of each VM, those too whose vPE is not known; of one vCPU where that
 * is asked for (its LPIs nobody counts). Leaves the VMs in any order.
 */
static void count_vlpis(struct model *m, bool one_vcpu)
{
	struct model_vm *vm, wanted = { .key = 0 };
	uint32_t i, k;

	qsort(m->vms, m->nr_vms, sizeof(*m->vms), by_key);
	for (i = 0; i < m->nr_vlpis && m->nr_vms && !one_vcpu; i++) {
		if (!m->vlpis[i].forwarded)
			continue;
		wanted.key = m->vlpis[i].kvm;
		vm = bsearch(&wanted, m->vms, m->nr_vms, sizeof(*m->vms), by_key);
		if (vm)
			vm->nr_vlpis++;
	}
	for (i = 0; i < m->nr_vms; i++) {
		vm = &m->vms[i];
		for (k = 0; one_vcpu && k < vm->nr_vpes; k++)
			vm->nr_vlpis += m->vpes[vm->first_vpe + k].nr_vlpis;
		if (one_vcpu)
			vm->lpis_known = false;
		/* an LPI that was mapped after the walk: there are at least the VLPIs */
		if (vm->nr_lpis < vm->nr_vlpis)
			vm->nr_lpis = vm->nr_vlpis;
	}
}

/* VLPIs sorted by vPE; each vPE learns which are its own. */
static void fill_vlpis(struct model *m, const struct snapshot *snap)
{
	const struct g4_vlpi *v;
	uint32_t i, k;

	for (i = 0; i < snap->nr_vlpis; i++) {
		v = &snap->vlpis[i].v;
		m->vlpis[i] = (struct model_vlpi){
			.vpe = v->vpe,
			.kvm = v->kvm,
			.mapped_ns = v->mapped_ns,
			.forwarded = !snap->vlpis[i].software,
			.vintid = v->vintid,
			.host_irq = snap->vlpis[i].host_irq,
			.devid = v->devid,
			.eventid = v->eventid,
			.ids_known = v->flags & G4_VLPI_IDS,
			.enabled = v->prop & 1,
			.priority = v->prop & 0xfc,
		};
		m->nr_forwarded += m->vlpis[i].forwarded;
	}
	m->nr_vlpis = snap->nr_vlpis;
	qsort(m->vlpis, m->nr_vlpis, sizeof(*m->vlpis), by_vpe_and_vintid);
	for (i = 0; i < m->nr_vpes; i++) {
		m->vpes[i].first_vlpi = first_vlpi_of(m, m->vpes[i].key);
		for (k = m->vpes[i].first_vlpi;
		     k < m->nr_vlpis && m->vlpis[k].vpe == m->vpes[i].key; k++) {
			m->vpes[i].nr_listed++;
			m->vpes[i].nr_vlpis += m->vlpis[k].forwarded;
		}
	}
}

static void fill_vpes(struct model *m, const struct snapshot *snap,
		      const struct model_filter *filter, const struct model *old)
{
	uint32_t i;

	for (i = 0; i < snap->nr_vpes; i++) {
		if (filter->vcpu >= 0 && snap->vpes[i].v.vcpu != (uint64_t)filter->vcpu)
			continue;
		fill_vpe(&m->vpes[m->nr_vpes++], &snap->vpes[i], old);
	}
	qsort(m->vpes, m->nr_vpes, sizeof(*m->vpes), by_vm_and_vcpu);
}

/* The same VLPI's device in the model before: asking again costs a system call or three. */
static const char *known_device(const struct model *old, const struct model_vlpi *v)
{
	const struct model_vlpi *o;
	uint32_t i;

	for (i = first_vlpi_of(old, v->vpe); i < old->nr_vlpis; i++) {
		o = &old->vlpis[i];
		if (o->vpe != v->vpe)
			break;
		if (o->forwarded && o->host_irq == v->host_irq && o->mapped_ns == v->mapped_ns)
			return o->device;
	}
	return "";
}

bool model_hides(const struct model_filter *filter, const struct model_vm *vm)
{
	return (filter->pid && vm->pid != filter->pid) ||
	       (filter->name && !strstr(vm->name, filter->name));
}

static void name_vms(struct model *m, const struct model_filter *filter,
		     const struct model_names *names)
{
	struct model_vm *vm;
	uint32_t i;

	for (i = 0; i < m->nr_vms; i++) {
		vm = &m->vms[i];
		if (!vm->name[0] && names && names->vm_name)
			names->vm_name(names->ctx, vm->pid, vm->name, sizeof(vm->name));
		vm->hidden = model_hides(filter, vm);
	}
}

/* What is below VMs is looked up only where somebody looks: it costs system calls each. */
static void name_details(struct model *m, const struct model_filter *filter,
			 const struct model_names *names, const struct model *old)
{
	struct model_vlpi *vlpi;
	struct model_vpe *vpe;
	const char *known;
	uint32_t i;

	for (i = 0; i < m->nr_vpes && names->irq_cpu; i++) {
		vpe = &m->vpes[i];
		if (vpe->doorbell_irq && (filter->detail || vpe->kvm == filter->focus))
			vpe->doorbell_cpu = names->irq_cpu(names->ctx, vpe->doorbell_irq);
	}
	for (i = 0; i < m->nr_vlpis && names->device; i++) {
		vlpi = &m->vlpis[i];
		if (!vlpi->forwarded || !(filter->detail || vlpi->kvm == filter->focus))
			continue;
		known = known_device(old, vlpi);
		if (known != vlpi->device)
			snprintf(vlpi->device, sizeof(vlpi->device), "%s", known);
		if (!vlpi->device[0])
			names->device(names->ctx, vlpi->host_irq, vlpi->device,
				      sizeof(vlpi->device));
	}
}

void model_name_details(struct model *m, const struct model_filter *filter,
			const struct model_names *names)
{
	name_details(m, filter, names, m);
}

int model_update(struct model *m, const struct snapshot *snap, const struct model_filter *filter,
		 const struct model_names *names)
{
	struct model new = {
		.now_ns = snap->now_ns,
		.interval_ns = m->now_ns ? g4_span(m->now_ns, snap->now_ns) : 0,
		.figures = m->figures,
		.vms = calloc(snap->nr_vms + 1, sizeof(*new.vms)),
		.vpes = calloc(snap->nr_vpes + 1, sizeof(*new.vpes)),
		.vlpis = calloc(snap->nr_vlpis + 1, sizeof(*new.vlpis)),
		.lost_records = snap->loss.records,
		.map_full = snap->loss.vms_full + snap->loss.vpes_full + snap->loss.vlpis_full,
		.unmatched = snap->loss.unmatched,
		.missed = snap->missed,
		.missed_known = snap->missed_known,
	};
	uint32_t i;

	if (m->nr_vms)	/* columns_sort() may have reordered them: find_vm() wants by_pid */
		qsort(m->vms, m->nr_vms, sizeof(*m->vms), by_pid);
	if (!new.vms || !new.vpes || !new.vlpis) {
		model_clear(&new);
		return -ENOMEM;
	}
	fill_vpes(&new, snap, filter, m);
	fill_vlpis(&new, snap);
	for (i = 0; i < snap->nr_vms; i++)
		fill_vm(&new, &new.vms[new.nr_vms++], &snap->vms[i], m, snap->now_ns);
	count_vlpis(&new, filter->vcpu >= 0);
	qsort(new.vms, new.nr_vms, sizeof(*new.vms), by_pid);
	name_vms(&new, filter, names);
	if (names && (filter->detail || filter->focus))
		name_details(&new, filter, names, m);
	model_clear(m);
	*m = new;
	return 0;
}

void model_clear(struct model *m)
{
	free(m->vms);
	free(m->vpes);
	free(m->vlpis);
	m->vms = NULL;
	m->vpes = NULL;
	m->vlpis = NULL;
	m->nr_vms = 0;
	m->nr_vpes = 0;
	m->nr_vlpis = 0;
	m->nr_forwarded = 0;
}
