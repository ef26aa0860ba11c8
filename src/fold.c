// SPDX-License-Identifier: GPL-2.0
/*
 * Owns VMs, vPEs and LPIs made from records; see fold.h. It mirrors what the programs
 * in bpf/ do with their maps (mapping.bpf.h: births, ends, VLPIs; inject.bpf.h), and
 * calls the same vpe_fsm.h for the rest.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fold.h"
#include "sample.h"

#define HASH_MIN	64U
#define NO_CPU		UINT32_MAX

void sample_free(struct sample *s)
{
	if (!s)
		return;
	free(s->vms);
	free(s->lrs);
	free(s->direct);
	free(s->lpis);
	free(s);
}

/* Kernel addresses differ in their middle bits. */
static uint32_t hash_of(uint64_t key, uint32_t room)
{
	key ^= key >> 33;
	key *= 0xff51afd7ed558ccdULL;
	key ^= key >> 33;
	return (uint32_t)key & (room - 1);
}

int fold_init(struct fold *f, const struct fold_opts *opts)
{
	*f = (struct fold){ .opts = *opts, .room_hash = HASH_MIN };
	f->vm_hash = calloc(HASH_MIN, sizeof(struct fold_vm *));
	f->vpe_hash = calloc(HASH_MIN, sizeof(struct fold_vpe *));
	f->vlpi_hash = calloc(HASH_MIN, sizeof(struct fold_vlpi *));
	if (f->vm_hash && f->vpe_hash && f->vlpi_hash)
		return 0;
	fold_clear(f);
	return -ENOMEM;
}

static void free_vpe(struct fold_vpe *fv)
{
	free(fv->hists);
	free(fv->extra);
	free(fv);
}

void fold_drop_vlpis(struct fold *f)
{
	struct fold_vlpi *lpi, *next;
	uint32_t i;

	for (i = 0; f->vlpi_hash && i < f->room_hash; i++) {
		for (lpi = f->vlpi_hash[i]; lpi; lpi = next) {
			next = lpi->next;
			free(lpi);
		}
		f->vlpi_hash[i] = NULL;
	}
	f->nr_vlpis = 0;
}

void fold_clear(struct fold *f)
{
	uint32_t i;

	fold_drop_vlpis(f);
	fold_bury(f);
	for (i = 0; i < f->nr_vpes; i++)
		free_vpe(f->vpes[i]);
	for (i = 0; i < f->nr_vms; i++)
		free(f->vms[i]);
	free(f->vms);
	free(f->vpes);
	free(f->vm_hash);
	free(f->vpe_hash);
	free(f->vlpi_hash);
	sample_free(f->sample);
	memset(f, 0, sizeof(*f));
}

struct fold_vm *fold_find_vm(const struct fold *f, uint64_t kvm)
{
	struct fold_vm *fvm = f->vm_hash[hash_of(kvm, f->room_hash)];

	while (fvm && fvm->vm.kvm != kvm)
		fvm = fvm->next;
	return fvm;
}

struct fold_vpe *fold_find_vpe(const struct fold *f, uint64_t vpe)
{
	struct fold_vpe *fv = f->vpe_hash[hash_of(vpe, f->room_hash)];

	while (fv && fv->v.vpe != vpe)
		fv = fv->next;
	return fv;
}

struct fold_vlpi *fold_find_vlpi(const struct fold *f, uint32_t host_irq)
{
	struct fold_vlpi *lpi = f->vlpi_hash[hash_of(host_irq, f->room_hash)];

	while (lpi && lpi->host_irq != host_irq)
		lpi = lpi->next;
	return lpi;
}

#define HASH_PUT(table, room, item, key) do {					\
		uint32_t at_ = hash_of(key, room);				\
		(item)->next = (table)[at_];					\
		(table)[at_] = (item);						\
	} while (0)

/* Twice the room, where the chains have grown; on failure they just stay long. */
static void grow_hash(struct fold *f)
{
	uint32_t most = f->nr_vpes > f->nr_vlpis ? f->nr_vpes : f->nr_vlpis, room, i;
	struct fold_vpe **vpe_hash;
	struct fold_vlpi **vlpi_hash, *lpi, *next;
	struct fold_vm **vm_hash;

	if (most < f->nr_vms)
		most = f->nr_vms;
	if (most < f->room_hash || f->room_hash >= 1U << 24)
		return;
	room = f->room_hash * 4;
	vm_hash = calloc(room, sizeof(struct fold_vm *));
	vpe_hash = calloc(room, sizeof(struct fold_vpe *));
	vlpi_hash = calloc(room, sizeof(struct fold_vlpi *));
	if (!vm_hash || !vpe_hash || !vlpi_hash) {
		free(vm_hash);
		free(vpe_hash);
		free(vlpi_hash);
		return;
	}
	for (i = 0; i < f->nr_vms; i++) {
		if (!f->vms[i]->gone)
			HASH_PUT(vm_hash, room, f->vms[i], f->vms[i]->vm.kvm);
	}
	for (i = 0; i < f->nr_vpes; i++) {
		if (!f->vpes[i]->gone)
			HASH_PUT(vpe_hash, room, f->vpes[i], f->vpes[i]->v.vpe);
	}
	for (i = 0; i < f->room_hash; i++) {
		for (lpi = f->vlpi_hash[i]; lpi; lpi = next) {
			next = lpi->next;
			HASH_PUT(vlpi_hash, room, lpi, lpi->host_irq);
		}
	}
	free(f->vm_hash);
	free(f->vpe_hash);
	free(f->vlpi_hash);
	f->vm_hash = vm_hash;
	f->vpe_hash = vpe_hash;
	f->vlpi_hash = vlpi_hash;
	f->room_hash = room;
}

/* Room for one more in an array of pointers. 0 or -ENOMEM. */
static int grow_list(void ***list, uint32_t nr, uint32_t *room)
{
	uint32_t more = *room ? *room * 2 : 16;
	void **new;

	if (nr < *room)
		return 0;
	new = reallocarray(*list, more, sizeof(void *));
	if (!new)
		return -ENOMEM;
	*list = new;
	*room = more;
	return 0;
}

struct fold_vm *fold_get_vm(struct fold *f, uint64_t kvm)
{
	struct fold_vm *fvm = fold_find_vm(f, kvm);

	if (fvm)
		return fvm;
	if (grow_list((void ***)&f->vms, f->nr_vms, &f->room_vms))
		return NULL;
	fvm = calloc(1, sizeof(*fvm));
	if (!fvm)
		return NULL;
	fvm->vm.kvm = kvm;
	fvm->vm.birth_ns = f->now_ns;
	fvm->nr = f->nr_vms;
	f->vms[f->nr_vms++] = fvm;
	HASH_PUT(f->vm_hash, f->room_hash, fvm, kvm);
	grow_hash(f);
	return fvm;
}

struct fold_vpe *fold_get_vpe(struct fold *f, uint64_t vpe, uint64_t kvm)
{
	struct fold_vpe *fv = fold_find_vpe(f, vpe);
	struct fold_vm *fvm;

	if (fv)
		return fv;
	fvm = fold_get_vm(f, kvm);
	if (!fvm || grow_list((void ***)&f->vpes, f->nr_vpes, &f->room_vpes))
		return NULL;
	fv = calloc(1, sizeof(*fv));
	if (!fv)
		return NULL;
	fv->v.vpe = vpe;
	fv->v.kvm = kvm;
	fv->vm = fvm;
	fv->last_pcpu = NO_CPU;
	fv->nr = f->nr_vpes;
	g4_vpe_init(&fv->v, f->now_ns, G4_VPE_UNKNOWN);
	f->vpes[f->nr_vpes++] = fv;
	fvm->nr_vpes++;
	HASH_PUT(f->vpe_hash, f->room_hash, fv, vpe);
	grow_hash(f);
	return fv;
}

/* Out of the hash: its address may be used again. */
static void unhash_vpe(struct fold *f, const struct fold_vpe *fv)
{
	struct fold_vpe **at = &f->vpe_hash[hash_of(fv->v.vpe, f->room_hash)];

	while (*at && *at != fv)
		at = &(*at)->next;
	if (*at)
		*at = fv->next;
}

/* Counts of a vPE that has gone stay, for who keeps them. */
static void vpe_gone(struct fold *f, struct fold_vpe *fv, uint64_t ts_ns)
{
	struct fold_vpe *last;

	unhash_vpe(f, fv);
	fv->vm->nr_vpes--;
	fv->gone = true;
	if (f->opts.keep) {
		/* the span under way ends here */
		g4_vpe_enter(&fv->v, NULL, ts_ns, G4_VPE_UNKNOWN, fv->v.run.state);
		return;
	}
	last = f->vpes[--f->nr_vpes];
	last->nr = fv->nr;
	f->vpes[fv->nr] = last;
	fv->next = f->dead_vpes;
	f->dead_vpes = fv;
}

static void vm_gone(struct fold *f, struct fold_vm *fvm, uint64_t ts_ns)
{
	struct fold_vm **at = &f->vm_hash[hash_of(fvm->vm.kvm, f->room_hash)], *last;
	uint32_t i;

	/* the ends of its vPEs may have been lost */
	for (i = f->nr_vpes; fvm->nr_vpes && i-- > 0;) {
		if (f->vpes[i]->vm == fvm && !f->vpes[i]->gone)
			vpe_gone(f, f->vpes[i], ts_ns);
	}
	while (*at && *at != fvm)
		at = &(*at)->next;
	if (*at)
		*at = fvm->next;
	fvm->gone = true;
	fvm->gone_ns = ts_ns;
	if (f->opts.keep)
		return;
	last = f->vms[--f->nr_vms];
	last->nr = fvm->nr;
	f->vms[fvm->nr] = last;
	fvm->next = f->dead_vms;
	f->dead_vms = fvm;
}

void fold_bury(struct fold *f)
{
	struct fold_vpe *fv;
	struct fold_vm *fvm;

	while ((fv = f->dead_vpes)) {
		f->dead_vpes = fv->next;
		free_vpe(fv);
	}
	while ((fvm = f->dead_vms)) {
		f->dead_vms = fvm->next;
		free(fvm);
	}
}

/* From @ts_ns on nothing is known of it. */
static void lose_sight(struct g4_vpe *v, uint64_t ts_ns)
{
	g4_vpe_enter(v, NULL, ts_ns, G4_VPE_UNKNOWN, v->run.state);
	v->run.flags = 0;
	v->run.entry_db_ns = 0;
	v->db.last_kind = G4_NR_DB;
}

struct fold_vpe *fold_new_vpe(struct fold *f, const struct g4_rec_long *rec)
{
	struct fold_vpe *fv = fold_find_vpe(f, rec->r.vpe);
	uint32_t state = rec->r.flags & G4_RECF_STATE;

	/* born again without an event in between: what a walk had met half made */
	if (fv && (fv->v.run.loads || fv->v.run.puts || fv->v.kvm != rec->kvm)) {
		vpe_gone(f, fv, rec->r.ts_ns);
		fv = NULL;
	}
	if (!fv)
		fv = fold_get_vpe(f, rec->r.vpe, rec->kvm);
	if (!fv)
		return NULL;
	fv->v.vcpu = rec->r.vcpu;
	fv->v.vpe_id = rec->vpe_id;
	fv->v.doorbell_irq = rec->irq;
	fv->v.lr.tid = rec->nr;
	if (rec->r.flags & G4_RECF_SEEN)
		g4_vpe_create(&fv->v, rec->r.ts_ns);
	else
		g4_vpe_init(&fv->v, rec->r.ts_ns,
			    state <= G4_VPE_BLOCKED ? state : G4_VPE_UNKNOWN);
	if (f->gaps)
		lose_sight(&fv->v, rec->r.ts_ns);
	return fv;
}

void fold_gap(struct fold *f, bool begin, uint64_t ts_ns)
{
	uint32_t i;

	if (begin && !f->gaps++) {
		f->nr_gaps++;
		f->gap_since_ns = ts_ns;
	} else if (!begin && f->gaps && !--f->gaps) {
		f->gap_ns += g4_span(f->gap_since_ns, ts_ns);
	}
	for (i = 0; i < f->nr_vpes; i++) {
		if (!f->vpes[i]->gone)
			lose_sight(&f->vpes[i]->v, ts_ns);
	}
	if (ts_ns > f->now_ns)
		f->now_ns = ts_ns;
}

static struct g4_vpe_hists *hists_of(struct fold *f, struct fold_vpe *fv)
{
	if (!fv->hists && f->opts.hists) {
		fv->hists = calloc(1, sizeof(*fv->hists));
		if (!fv->hists)
			f->failed = true;
	}
	return fv->hists;
}

static uint64_t load(struct fold_vpe *fv, struct g4_vpe_hists *h, const struct g4_rec *rec)
{
	uint64_t latency = g4_vpe_load_as(&fv->v, h, rec->ts_ns, rec->pcpu,
					  rec->flags & G4_RECF_COUNTED, rec->arg_ns);

	if (fv->last_pcpu != rec->pcpu) {
		fv->cpu_changes += fv->last_pcpu != NO_CPU;
		fv->last_pcpu = rec->pcpu;
	}
	if (latency)
		g4_hist_add(&fv->vm->vm.doorbell_ns, latency);
	return latency;
}

static void dirty(struct g4_vpe_hists *h, const struct g4_rec *rec)
{
	if (rec->arg_ns)
		g4_vpe_hist_add(h, G4_H_DIRTY, rec->arg_ns);
}

uint64_t fold_event(struct fold *f, struct fold_vpe *fv, const struct g4_rec *rec)
{
	struct g4_vpe_hists *h = f->gaps ? NULL : hists_of(f, fv);
	uint64_t latency = 0;

	if (rec->ts_ns > f->now_ns)
		f->now_ns = rec->ts_ns;
	f->nr_records++;
	switch (rec->type) {
	case G4_REC_VPE_LOAD:
		/* the latency itself was measured where it happened */
		latency = load(fv, hists_of(f, fv), rec);
		break;
	case G4_REC_VPE_PUT:
		g4_vpe_put(&fv->v, h, rec->ts_ns, rec->pcpu, rec->flags & G4_RECF_DOORBELL);
		break;
	case G4_REC_VPE_PUT_DONE:
		dirty(hists_of(f, fv), rec);
		return 0;
	case G4_REC_DOORBELL:
		g4_vpe_doorbell_as(&fv->v, rec->ts_ns, rec->pcpu, rec->flags & G4_RECF_KIND,
				   rec->flags & G4_RECF_COUNTED);
		break;
	case G4_REC_DOORBELL_DONE:
		g4_vpe_doorbell_done(&fv->v, h, rec->ts_ns);
		break;
	case G4_REC_SLEEP:
		g4_vpe_sleep(&fv->v);
		break;
	case G4_REC_WAKE:
		g4_vpe_wake_as(&fv->v, hists_of(f, fv), rec->ts_ns, rec->arg_ns);
		break;
	case G4_REC_GUEST_ENTRY:
		g4_vpe_guest_entry(&fv->v, h, rec->ts_ns);
		dirty(hists_of(f, fv), rec);
		break;
	case G4_REC_VMOVP:
		fv->v.run.moves++;
		g4_vpe_hist_add(hists_of(f, fv), G4_H_VMOVP, rec->arg_ns);
		break;
	default:
		break;
	}
	if (f->gaps) {
		fv->v.run.state = G4_VPE_UNKNOWN;
		fv->v.run.flags = 0;
	}
	return latency;
}

void fold_sw_lpi(struct fold *f, struct fold_vm *fvm, uint64_t ts_ns)
{
	if (ts_ns > f->now_ns)
		f->now_ns = ts_ns;
	f->nr_records++;
	fvm->vm.sw_lpis++;
}

int fold_set_vlpi(struct fold *f, uint32_t host_irq, const struct g4_vlpi *vlpi,
		  const char *device)
{
	struct fold_vlpi *lpi = fold_find_vlpi(f, host_irq);

	if (!lpi) {
		lpi = calloc(1, sizeof(*lpi));
		if (!lpi)
			return -ENOMEM;
		lpi->host_irq = host_irq;
		HASH_PUT(f->vlpi_hash, f->room_hash, lpi, host_irq);
		f->nr_vlpis++;
		grow_hash(f);
	}
	lpi->v = *vlpi;
	if (device && device[0]) {
		strncpy(lpi->device, device, sizeof(lpi->device) - 1);
		lpi->device[sizeof(lpi->device) - 1] = '\0';
	}
	return 0;
}

static void drop_vlpi(struct fold *f, uint32_t host_irq)
{
	struct fold_vlpi **at = &f->vlpi_hash[hash_of(host_irq, f->room_hash)], *lpi;

	while (*at && (*at)->host_irq != host_irq)
		at = &(*at)->next;
	lpi = *at;
	if (!lpi)
		return;
	*at = lpi->next;
	free(lpi);
	f->nr_vlpis--;
}

static int set_vlpi_from(struct fold *f, const struct g4_rec_long *rec, const char *device)
{
	const struct fold_vlpi *old = fold_find_vlpi(f, rec->irq);
	const struct g4_vlpi new = {
		.kvm = rec->kvm,
		.vpe = rec->r.vpe,
		.mapped_ns = old && !(rec->r.flags & G4_RECF_FIRST) ? old->v.mapped_ns :
			     rec->r.ts_ns,
		.vintid = rec->vintid,
		.devid = rec->devid,
		.eventid = rec->eventid,
		.prop = rec->prop,
		.flags = rec->lpi_flags,
	};

	return fold_set_vlpi(f, rec->irq, &new, device);
}

static int map_vlpi(struct fold *f, struct fold_vm *fvm, const struct g4_rec_long *rec,
		    const char *device)
{
	g4_hist_add(&fvm->vm.map_ns, rec->r.arg_ns ? rec->r.arg_ns : 1);
	if (rec->r.flags & G4_RECF_FIRST)
		fvm->vm.maps++;
	else if (rec->r.flags & G4_RECF_MOVED)
		fvm->vm.vlpi_moves++;
	return set_vlpi_from(f, rec, device);
}

static int vm_event(struct fold *f, struct fold_vm *fvm, const struct g4_rec_long *rec,
		    const char *device)
{
	struct fold_vlpi *lpi;

	switch (rec->r.type) {
	case G4_REC_VM_NEW:
		fvm->vm.birth_ns = rec->r.ts_ns;
		fvm->vm.pid = rec->pid;
		fvm->vm.nr_vcpus = rec->nr;
		return 0;
	case G4_REC_VLPI_MAP:
		return map_vlpi(f, fvm, rec, device);
	case G4_REC_VLPI_FOUND:
		return set_vlpi_from(f, rec, device);
	case G4_REC_VLPI_UNMAP:
		fvm->vm.unmaps += !(rec->r.flags & G4_RECF_UNCOUNTED);
		drop_vlpi(f, rec->irq);
		return 0;
	case G4_REC_VLPI_PROP:
		fvm->vm.props++;
		lpi = fold_find_vlpi(f, rec->irq);
		if (lpi)
			lpi->v.prop = rec->prop;
		return 0;
	case G4_REC_FORWARD_SET:
		fvm->vm.forward_set++;
		return 0;
	case G4_REC_FORWARD_UNSET:
		fvm->vm.forward_unset++;
		return 0;
	default:
		return 0;
	}
}

int fold_long(struct fold *f, const struct g4_rec_long *rec, const char *device)
{
	struct fold_vpe *fv;
	struct fold_vm *fvm;

	if (rec->r.ts_ns > f->now_ns)
		f->now_ns = rec->r.ts_ns;
	f->nr_records++;
	switch (rec->r.type) {
	case G4_REC_VPE_NEW:
		return fold_new_vpe(f, rec) ? 0 : -ENOMEM;
	case G4_REC_VPE_GONE:
		fv = fold_find_vpe(f, rec->r.vpe);
		if (fv)
			vpe_gone(f, fv, rec->r.ts_ns);
		return 0;
	case G4_REC_VM_GONE:
		fvm = fold_find_vm(f, rec->kvm);
		if (fvm)
			vm_gone(f, fvm, rec->r.ts_ns);
		return 0;
	default:
		fvm = fold_get_vm(f, rec->kvm);
		return fvm ? vm_event(f, fvm, rec, device) : -ENOMEM;
	}
}

int fold_record(struct fold *f, const struct g4_rec *rec, const char *device)
{
	struct fold_vpe *fv;
	struct fold_vm *fvm;

	if (rec->type >= G4_REC_LONG)
		return fold_long(f, (const struct g4_rec_long *)rec, device);
	if (rec->type == G4_REC_SW_LPI) {
		fvm = fold_get_vm(f, rec->arg_ns);
		if (!fvm)
			return -ENOMEM;
		fold_sw_lpi(f, fvm, rec->ts_ns);
		return 0;
	}
	/* the kernel's record of its birth may have been lost: then it has no VM yet */
	fv = fold_get_vpe(f, rec->vpe, 0);
	if (!fv)
		return -ENOMEM;
	fold_event(f, fv, rec);
	return 0;
}

/* What a sample has beside what a snapshot takes from it: of VMs and list registers. */
void fold_sample(struct fold *f, struct sample *s)
{
	struct fold_vpe *fv;
	struct fold_vm *fvm;
	uint32_t i;

	for (i = 0; i < s->nr_vms; i++) {
		fvm = fold_find_vm(f, s->vms[i].kvm);
		if (!fvm)
			continue;
		fvm->vm.nr_vcpus = s->vms[i].nr_vcpus;
		fvm->vm.nr_lpis = s->vms[i].nr_lpis;
		fvm->vm.walked = s->vms[i].walked;
	}
	for (i = 0; i < s->nr_lrs; i++) {
		fv = fold_find_vpe(f, s->lrs[i].vpe);
		if (!fv)
			continue;
		fv->v.lr.taken = s->lrs[i].taken;
		fv->v.lr.lpis = s->lrs[i].lpis;
	}
	if (!s->has_lpis && f->sample) {
		free(s->lpis);
		s->lpis = f->sample->lpis;
		s->nr_lpis = f->sample->nr_lpis;
		f->sample->lpis = NULL;
	}
	sample_free(f->sample);
	f->sample = s;
	if (s->now_ns > f->now_ns)
		f->now_ns = s->now_ns;
}

void fold_reset_hists(struct fold *f)
{
	uint32_t i;

	for (i = 0; i < f->nr_vms; i++) {
		memset(&f->vms[i]->vm.doorbell_ns, 0, sizeof(struct g4_hist));
		memset(&f->vms[i]->vm.map_ns, 0, sizeof(struct g4_hist));
	}
	for (i = 0; i < f->nr_vpes; i++) {
		free(f->vpes[i]->hists);
		f->vpes[i]->hists = NULL;
	}
}
