// SPDX-License-Identifier: GPL-2.0
/*
 * From agents' reports to direct deliveries; see direct_guest.h. Pure.
 *
 * An MSI's row has the DeviceID and EventID that the guest gave its ITS, and the host
 * knows which of those are mapped as VLPIs. A row that was a VLPI before and is the
 * same one now was direct in between; one that is a software LPI now and was one before
 * was not. Of any other it cannot be said: it goes to the figure's error.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "direct_guest.h"
#include "util.h"

#define NS_PER_S	1000000000ULL
#define SLACK_NS	(NS_PER_S / 10)
#define SILENT_NS	(5 * NS_PER_S)	/* longer without a report: no figure */
#define SILENT_TURNS	3		/*  or so many times what is between its reports, */
#define SILENT_MAX_NS	(60 * NS_PER_S)	/*  but never longer than this */

enum verdict { NOT_JUDGED, NOT_KNOWN, SOFTWARE, FORWARDED };

/* What has been counted for one guest. */
struct figures {
	uint64_t birth_ns;		/* of the VM that it was counted for */
	uint64_t boots, guest_ns;	/* guest.counts as they were counted last */
	uint64_t heard_ns, between_ns;
	uint64_t time_ns;		/* the source's time, over reboots */
	uint32_t nr_cpus;
	struct {
		uint64_t count, error;
	} cpu[];
};

/* An LPI of a VM that has an agent. */
struct lpi {
	uint64_t kvm;
	uint32_t devid, eventid;
	enum verdict verdict;
	uint64_t mapped_ns;
};

struct lpis {
	struct lpi *list;
	uint32_t nr;
};

static int by_ids(const void *a, const void *b)
{
	const struct lpi *x = a, *y = b;

	if (x->kvm != y->kvm)
		return x->kvm < y->kvm ? -1 : 1;
	if (x->devid != y->devid)
		return x->devid < y->devid ? -1 : 1;
	return x->eventid < y->eventid ? -1 : x->eventid > y->eventid;
}

static bool is_guests(const struct guests *g, uint64_t kvm)
{
	uint32_t i;

	for (i = 0; i < g->nr; i++) {
		if (g->list[i]->kvm == kvm)
			return true;
	}
	return false;
}

static int list_lpis(const struct guests *g, const struct snapshot *snap, struct lpis *lpis)
{
	const struct snap_vlpi *v;
	uint64_t last = 0;
	bool wanted = false;
	uint32_t i;

	lpis->list = calloc((size_t)snap->nr_vlpis + 1, sizeof(*lpis->list));
	if (!lpis->list)
		return -ENOMEM;
	for (i = 0; i < snap->nr_vlpis; i++) {
		v = &snap->vlpis[i];
		if (v->v.kvm != last) {
			last = v->v.kvm;
			wanted = is_guests(g, last);
		}
		if (!wanted || !(v->v.flags & G4_VLPI_IDS))
			continue;
		lpis->list[lpis->nr++] = (struct lpi){
			.kvm = v->v.kvm,
			.devid = v->v.devid,
			.eventid = v->v.eventid,
			.verdict = v->software ? SOFTWARE : FORWARDED,
			.mapped_ns = v->v.mapped_ns,
		};
	}
	qsort(lpis->list, lpis->nr, sizeof(*lpis->list), by_ids);
	return 0;
}

/* The host's word on a row; @ret_ns: since when it is so. */
static enum verdict judge(const struct lpis *lpis, uint64_t kvm, const struct guest_row *row,
			  uint64_t *ret_ns)
{
	const struct lpi wanted = { .kvm = kvm, .devid = row->devid, .eventid = row->eventid };
	const struct lpi *lpi;

	*ret_ns = 0;
	if (!row->ids_known || !lpis->nr)
		return NOT_KNOWN;
	lpi = bsearch(&wanted, lpis->list, lpis->nr, sizeof(*lpis->list), by_ids);
	if (!lpi)
		return NOT_KNOWN;
	*ret_ns = lpi->mapped_ns;
	return lpi->verdict;
}

static void count_row(struct figures *f, struct guest_row *row, uint32_t nr_cpus,
		      enum verdict now, uint64_t since_ns)
{
	bool settled = row->verdict == now && row->verdict_ns == since_ns && now > NOT_KNOWN;
	uint64_t delta;
	uint32_t cpu;

	for (cpu = 0; cpu < nr_cpus; cpu++) {
		delta = row->seen[cpu] - row->taken[cpu];
		row->taken[cpu] = row->seen[cpu];
		if (settled && now == FORWARDED)
			f->cpu[cpu].count += delta;
		else if (!settled)
			f->cpu[cpu].error += delta;
	}
	row->verdict = now;
	row->verdict_ns = since_ns;
}

static bool plausible(uint64_t guest_ns, uint64_t host_ns)
{
	return guest_ns && guest_ns < host_ns * 2 + SLACK_NS && host_ns < guest_ns * 2 + SLACK_NS;
}

/*
 * The guest's clock says how long it counted, since its reports wait for us for
 * unknown times; ours, where the two are too far apart, or it has booted meanwhile.
 */
static void advance(struct figures *f, const struct guest *guest)
{
	uint64_t host_ns = guest->heard_ns - f->heard_ns;
	uint64_t guest_ns = f->boots == guest->counts.nr_boots && f->guest_ns ?
		guest->counts.time_ns - f->guest_ns : 0;

	if (f->heard_ns) {
		f->between_ns = plausible(guest_ns, host_ns) ? guest_ns : host_ns;
		f->time_ns += f->between_ns;
	}
	f->heard_ns = guest->heard_ns;
	f->guest_ns = guest->counts.time_ns;
	f->boots = guest->counts.nr_boots;
}

/* Room for @nr CPUs; what was counted for others stays with the VM's vCPUs. */
static struct figures *figures_of(struct guest *guest, uint64_t birth_ns, uint32_t nr)
{
	struct figures *f = guest->figures, *new;

	if (f && f->birth_ns == birth_ns && f->nr_cpus >= nr)
		return f;
	new = calloc(1, sizeof(*new) + nr * sizeof(new->cpu[0]));
	if (!new)
		return NULL;
	if (f && f->birth_ns == birth_ns)
		memcpy(new, f, sizeof(*f) + f->nr_cpus * sizeof(f->cpu[0]));
	new->birth_ns = birth_ns;
	new->nr_cpus = nr;
	free(f);
	guest->figures = new;
	return new;
}

static int count_guest(struct guest *guest, const struct g4_vm *vm, const struct lpis *lpis)
{
	struct figures *f = figures_of(guest, vm->birth_ns, guest->counts.nr_cpus);
	enum verdict verdict;
	uint64_t since_ns;
	uint32_t i;

	if (!f)
		return -ENOMEM;
	if (!guest->counts.between || !guest->counts.based || f->heard_ns == guest->heard_ns ||
	    guest->heard_ns < vm->birth_ns)	/* of another VM of this name */
		return 0;
	/* whose they were is not known any more */
	f->cpu[0].error += guest->counts.dropped;
	guest->counts.dropped = 0;
	for (i = 0; i < guest->counts.nr_rows; i++) {
		verdict = judge(lpis, vm->kvm, &guest->counts.rows[i], &since_ns);
		count_row(f, &guest->counts.rows[i], guest->counts.nr_cpus, verdict, since_ns);
	}
	advance(f, guest);
	return 0;
}

static bool is_silent(const struct figures *f, uint64_t now_ns)
{
	uint64_t patience = f->between_ns * SILENT_TURNS;

	if (patience > SILENT_MAX_NS)
		patience = SILENT_MAX_NS;
	if (patience < SILENT_NS)
		patience = SILENT_NS;
	return !f->heard_ns || now_ns > f->heard_ns + patience;
}

static int add_samples(struct snapshot *snap, const struct g4_vm *vm, const struct figures *f)
{
	struct snap_direct *list;
	const struct g4_vpe *v;
	uint32_t i;

	list = reallocarray(snap->direct, (size_t)snap->nr_direct + snap->nr_vpes + 1,
			    sizeof(*list));
	if (!list)
		return -ENOMEM;
	snap->direct = list;
	for (i = 0; i < snap->nr_vpes; i++) {
		v = &snap->vpes[i].v;
		if (v->kvm != vm->kvm)
			continue;
		list[snap->nr_direct++] = (struct snap_direct){
			.kvm = vm->kvm,
			.birth_ns = v->birth_ns,
			.vcpu = v->vcpu,
			.source = DIRECT_GUEST,
			.time_ns = f->time_ns,
			.count = v->vcpu < f->nr_cpus ? f->cpu[v->vcpu].count : 0,
			.error = v->vcpu < f->nr_cpus ? f->cpu[v->vcpu].error : 0,
			.running_pct = 100,
		};
	}
	return 0;
}

static bool is_its_vm(const struct guest *guest, const struct g4_vm *vm,
		      const struct model_names *names)
{
	char name[MODEL_NAME_LEN] = "";

	switch (guest->by) {
	case GUEST_BY_PID:
		return vm->pid == guest->number;
	case GUEST_BY_CID:
		return names->vm_cid && names->vm_cid(names->ctx, vm->pid) == guest->number;
	default:
		if (names->vm_name)
			names->vm_name(names->ctx, vm->pid, name, sizeof(name));
		return !strcmp(name, guest->vm);
	}
}

/*
 * The VM that an agent speaks for, or NULL. Names and CIDs are looked up once; where two
 * VMs claim one, neither has it.
 */
static const struct g4_vm *vm_of(struct guest *guest, const struct snapshot *snap,
				 const struct model_names *names)
{
	const struct figures *f = guest->figures;
	const struct g4_vm *found = NULL;
	uint32_t i;

	for (i = 0; i < snap->nr_vms; i++) {
		if (snap->vms[i].kvm == guest->kvm && f && snap->vms[i].birth_ns == f->birth_ns)
			return &snap->vms[i];
	}
	guest->kvm = 0;
	for (i = 0; i < snap->nr_vms; i++) {
		if (!is_its_vm(guest, &snap->vms[i], names))
			continue;
		if (found)
			return NULL;
		found = &snap->vms[i];
	}
	guest->kvm = found ? found->kvm : 0;
	return found;
}

int direct_guest_read(struct guests *g, struct snapshot *snap, const struct model_names *names)
{
	const struct g4_vm *vm;
	struct guest *guest;
	struct lpis lpis = { 0 };
	uint32_t i;
	int err;

	for (i = g->nr; i--; ) {
		guest = g->list[i];
		/* its VM is gone, was never one of ours, or is yet to come */
		if (!vm_of(guest, snap, names) && guests_is_stray(guest, snap->now_ns))
			guests_forget(g, i);
	}
	err = list_lpis(g, snap, &lpis);
	for (i = 0; !err && i < g->nr; i++) {
		guest = g->list[i];
		vm = vm_of(guest, snap, names);
		if (!vm)
			continue;
		err = count_guest(guest, vm, &lpis);
		if (!err && !is_silent(guest->figures, snap->now_ns))
			err = add_samples(snap, vm, guest->figures);
	}
	free(lpis.list);
	return err;
}
