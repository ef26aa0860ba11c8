// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the meaning of ftrace's events; see ftrace_judge.h. Each function mirrors that of
 * bpf/ that handles the same hook, in the order in which that one looks at things. What
 * BPF reads from its maps is read from the fold here.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ftrace_judge.h"

#define MIN_LPI		8192U
#define TASK_RUNNING	0U

int ft_judge_init(struct ft_judge *j)
{
	const struct fold_opts opts = { .hists = false };

	memset(j, 0, sizeof(*j));
	j->calls = calloc(FT_NR_CALLS, sizeof(*j->calls));
	if (j->calls && !fold_init(&j->fold, &opts))
		return 0;
	ft_judge_clear(j);
	return -ENOMEM;
}

void ft_judge_clear(struct ft_judge *j)
{
	if (j->fold.vm_hash)
		fold_clear(&j->fold);
	free(j->calls);
	memset(j, 0, sizeof(*j));
}

void ft_judge_gap(struct ft_judge *j, bool begin, uint64_t ts_ns)
{
	fold_gap(&j->fold, begin, ts_ns);
}

static int emit(struct ft_judge *j, const struct g4_rec *rec)
{
	int err;

	j->fn(j->ctx, rec);
	err = fold_record(&j->fold, rec, NULL);
	fold_bury(&j->fold);
	return err;
}

static struct g4_rec_long long_of(const struct ft_event *ev, uint8_t type)
{
	return (struct g4_rec_long){
		.r.ts_ns = ev->ts_ns, .r.type = type, .r.pcpu = (uint16_t)ev->cpu,
		.kvm = ev->v[FT_F_KVM],
	};
}

static int emit_vpe(struct ft_judge *j, const struct ft_event *ev, const struct g4_vpe *v,
		    const struct g4_rec *what)
{
	struct g4_rec rec = *what;

	rec.ts_ns = ev->ts_ns;
	rec.vpe = v->vpe;
	rec.vcpu = v->vcpu;
	rec.pcpu = (uint16_t)ev->cpu;
	return emit(j, &rec);
}

/* The VM of an event that tells its pid: announced where it is not known yet. */
static int meet_vm(struct ft_judge *j, const struct ft_event *ev)
{
	uint32_t pid = (uint32_t)ev->v[FT_F_PID];
	struct fold_vm *fvm = fold_find_vm(&j->fold, ev->v[FT_F_KVM]);
	struct g4_rec_long rec;
	int err = 0;

	if (fvm && fvm->vm.pid == pid)
		return 0;
	/* its end was not seen, and its address has been used again */
	if (fvm && fvm->vm.pid) {
		rec = long_of(ev, G4_REC_VM_GONE);
		err = emit(j, &rec.r);
	}
	rec = long_of(ev, G4_REC_VM_NEW);
	rec.pid = pid;
	rec.nr = (uint32_t)ev->v[FT_F_NR];
	return err ? err : emit(j, &rec.r);
}

/* As the event tells it; @flags: its state, and whether its birth was seen. */
static int announce_vpe(struct ft_judge *j, const struct ft_event *ev, uint8_t flags,
			uint32_t tid)
{
	struct g4_rec_long rec = long_of(ev, G4_REC_VPE_NEW);
	int err = meet_vm(j, ev);

	rec.r.vpe = ev->v[FT_F_VPE];
	rec.r.vcpu = (uint32_t)ev->v[FT_F_VCPU];
	rec.r.flags = flags;
	rec.irq = (uint32_t)ev->v[FT_F_IRQ];
	rec.nr = tid;
	rec.vpe_id = (uint16_t)ev->v[FT_F_ID];
	return err ? err : emit(j, &rec.r);
}

/* The vPE of an event that tells whose it is. 0 or -ENOMEM. */
static int meet_vpe(struct ft_judge *j, const struct ft_event *ev, uint32_t tid,
		    struct fold_vpe **ret_fv)
{
	struct fold_vpe *fv = fold_find_vpe(&j->fold, ev->v[FT_F_VPE]);
	int err;

	if (!fv || fv->v.kvm != ev->v[FT_F_KVM] || fv->v.vcpu != (uint32_t)ev->v[FT_F_VCPU]) {
		err = announce_vpe(j, ev, G4_VPE_UNKNOWN, tid);
		if (err)
			return err;
		fv = fold_find_vpe(&j->fold, ev->v[FT_F_VPE]);
	}
	*ret_fv = fv;
	return fv ? 0 : -ENOMEM;
}

static int load(struct ft_judge *j, const struct ft_event *ev)
{
	struct g4_rec rec = { .type = G4_REC_VPE_LOAD };
	struct fold_vpe *fv;
	int err;

	j->gic41 = ev->v[FT_F_GIC41];
	err = meet_vpe(j, ev, ev->tid, &fv);
	if (err)
		return err;
	if (g4_vpe_was_pending(&fv->v, (uint32_t)ev->v[FT_F_PENDING], j->gic41))
		rec.flags = G4_RECF_COUNTED;
	rec.arg_ns = g4_vpe_called_since(&fv->v, ev->ts_ns);
	return emit_vpe(j, ev, &fv->v, &rec);
}

static int put(struct ft_judge *j, const struct ft_event *ev)
{
	const struct g4_rec rec = { .type = G4_REC_VPE_PUT,
				    .flags = ev->v[FT_F_DB] & 0xff ? G4_RECF_DOORBELL : 0 };
	struct fold_vpe *fv;
	int err = meet_vpe(j, ev, ev->tid, &fv);

	return err ? err : emit_vpe(j, ev, &fv->v, &rec);
}

static struct fold_vpe *vpe_of_doorbell(const struct ft_judge *j, uint32_t irq)
{
	uint32_t i;

	for (i = 0; i < j->fold.nr_vpes; i++) {
		if (j->fold.vpes[i]->v.doorbell_irq == irq && !j->fold.vpes[i]->gone)
			return j->fold.vpes[i];
	}
	return NULL;
}

static int doorbell(struct ft_judge *j, const struct ft_event *ev)
{
	bool waking = ev->v[FT_F_TASK] && (uint32_t)ev->v[FT_F_TSTATE] == TASK_RUNNING;
	struct g4_rec rec = { .type = G4_REC_DOORBELL };
	struct fold_vpe *fv;
	uint32_t pending;
	int err = 0;

	if (ev->has) {
		j->gic41 = ev->v[FT_F_GIC41];
		err = meet_vpe(j, ev, 0, &fv);
	} else {
		fv = vpe_of_doorbell(j, (uint32_t)ev->v[FT_F_IRQ]);
		j->unmatched += !fv;
	}
	if (err || !fv)
		return err;
	/* a put that is not done has not asked the hardware yet */
	pending = ev->v[FT_F_PENDING] && !ev->v[FT_F_RESIDENT];
	rec.flags = (uint8_t)g4_vpe_doorbell_kind(&fv->v, waking);
	if (g4_vpe_was_pending(&fv->v, pending, j->gic41))
		rec.flags |= G4_RECF_COUNTED;
	return emit_vpe(j, ev, &fv->v, &rec);
}

/* Events that say nothing of a vPE that is not known. */
static int plain(struct ft_judge *j, const struct ft_event *ev, uint8_t type)
{
	const struct fold_vpe *fv = fold_find_vpe(&j->fold, ev->v[FT_F_VPE]);
	struct g4_rec rec = { .type = type };

	if (!fv)
		return 0;
	if (type == G4_REC_VMOVP) {
		rec.arg_ns = ev->v[FT_F_RET];
	} else if (type == G4_REC_WAKE) {
		rec.arg_ns = g4_vpe_called_since(&fv->v, ev->ts_ns);
		if (fv->v.run.woke_ns >= rec.arg_ns)
			rec.arg_ns = 0;
	}
	return emit_vpe(j, ev, &fv->v, &rec);
}

static int vpe_new(struct ft_judge *j, const struct ft_event *ev)
{
	const struct fold_vpe *fv = fold_find_vpe(&j->fold, ev->v[FT_F_VPE]);

	if (!ev->v[FT_F_VPE])
		return 0;
	if (fv && fv->v.kvm == ev->v[FT_F_KVM] && fv->v.run.flags & G4_RUN_SEEN)
		return 0;
	return announce_vpe(j, ev, G4_VPE_PREEMPTED | G4_RECF_SEEN, 0);
}

static int vpes_gone(struct ft_judge *j, const struct ft_event *ev)
{
	struct g4_rec_long rec = long_of(ev, G4_REC_VPE_GONE);
	const struct fold_vpe *fv;
	uint32_t i;
	int err = 0;

	/* from the end: who goes is replaced by the last */
	for (i = j->fold.nr_vpes; i-- > 0 && !err;) {
		fv = j->fold.vpes[i];
		if (fv->v.kvm != ev->v[FT_F_KVM])
			continue;
		rec.r.vpe = fv->v.vpe;
		rec.r.vcpu = fv->v.vcpu;
		err = emit(j, &rec.r);
	}
	return err;
}

/* Something about a VM; only if it is known. */
static int of_vm(struct ft_judge *j, const struct ft_event *ev, uint8_t type)
{
	struct g4_rec_long rec = long_of(ev, type);

	if (!fold_find_vm(&j->fold, ev->v[FT_F_KVM]))
		return 0;
	if (type != G4_REC_VM_GONE)
		rec.irq = (uint32_t)ev->v[FT_F_IRQ];
	return emit(j, &rec.r);
}

/* --- VLPIs --- */

static struct ft_call *call_of(struct ft_judge *j, uint32_t tid)
{
	uint32_t i;

	for (i = 0; i < FT_NR_CALLS; i++) {
		if (j->calls[i].tid == tid)
			return &j->calls[i];
	}
	return NULL;
}

static struct ft_call *call_get(struct ft_judge *j, uint32_t tid)
{
	struct ft_call *call = call_of(j, tid);

	if (!call)
		call = &j->calls[j->next_call++ % FT_NR_CALLS];
	if (call->tid != tid)
		*call = (struct ft_call){ .tid = tid };
	return call;
}

static int forward_set(struct ft_judge *j, const struct ft_event *ev)
{
	struct ft_call *call = call_get(j, ev->tid);
	int err = meet_vm(j, ev);

	call->has_ids = true;
	call->host_irq = (uint32_t)ev->v[FT_F_IRQ];
	call->devid = (uint32_t)ev->v[FT_F_DEVID];
	call->eventid = (uint32_t)ev->v[FT_F_EVENTID];
	return err ? err : of_vm(j, ev, G4_REC_FORWARD_SET);
}

static void map(struct ft_judge *j, const struct ft_event *ev)
{
	struct ft_call *call = call_get(j, ev->tid);

	call->in_map = true;
	call->map = *ev;
}

static int mapped(struct ft_judge *j, const struct ft_call *call, const struct ft_event *ret)
{
	const struct ft_event *ev = &call->map;
	struct g4_rec_long rec = long_of(ev, G4_REC_VLPI_MAP);
	const struct fold_vlpi *old;
	struct ft_event at = *ev;
	int err;

	at.ts_ns = ret->ts_ns;
	at.cpu = ret->cpu;
	err = meet_vm(j, &at);
	if (err)
		return err;
	rec.r.ts_ns = ret->ts_ns;
	rec.r.pcpu = (uint16_t)ret->cpu;
	rec.r.vpe = ev->v[FT_F_VPE];
	rec.r.arg_ns = g4_span(ev->ts_ns, ret->ts_ns);
	if (!rec.r.arg_ns)
		rec.r.arg_ns = 1;
	rec.irq = (uint32_t)ev->v[FT_F_IRQ];
	rec.vintid = (uint32_t)ev->v[FT_F_VINTID];
	rec.prop = (uint8_t)ev->v[FT_F_PROP];
	old = fold_find_vlpi(&j->fold, rec.irq);
	if (!old) {
		rec.r.flags = G4_RECF_FIRST;
	} else {
		if (old->v.vpe != rec.r.vpe)
			rec.r.flags = G4_RECF_MOVED;
		rec.devid = old->v.devid;
		rec.eventid = old->v.eventid;
		rec.lpi_flags = old->v.flags;
	}
	if (call->has_ids && call->host_irq == rec.irq) {
		rec.devid = call->devid;
		rec.eventid = call->eventid;
		rec.lpi_flags |= G4_VLPI_IDS;
	}
	return emit(j, &rec.r);
}

static int map_ret(struct ft_judge *j, const struct ft_event *ev)
{
	struct ft_call *call = ev->tid ? call_of(j, ev->tid) : NULL;
	int err = 0;

	if (!call || !call->in_map) {
		j->unmatched++;
		return 0;
	}
	if (!(uint32_t)ev->v[FT_F_RET])
		err = mapped(j, call, ev);
	call->tid = 0;
	return err;
}

static int of_vlpi(struct ft_judge *j, const struct ft_event *ev, uint8_t type)
{
	const struct fold_vlpi *lpi = fold_find_vlpi(&j->fold, (uint32_t)ev->v[FT_F_IRQ]);
	struct g4_rec_long rec = long_of(ev, type);

	if (!lpi || !fold_find_vm(&j->fold, lpi->v.kvm))
		return 0;
	rec.r.vpe = lpi->v.vpe;
	rec.kvm = lpi->v.kvm;
	rec.irq = lpi->host_irq;
	rec.vintid = lpi->v.vintid;
	rec.devid = lpi->v.devid;
	rec.eventid = lpi->v.eventid;
	rec.prop = type == G4_REC_VLPI_PROP ? (uint8_t)ev->v[FT_F_PROP] : lpi->v.prop;
	rec.lpi_flags = lpi->v.flags;
	return emit(j, &rec.r);
}

/* --- software LPIs --- */

static bool is_software_lpi(const struct ft_event *ev)
{
	return ev->v[FT_F_INTID] >= MIN_LPI && !ev->v[FT_F_HW];
}

static int sw_lpi(struct ft_judge *j, const struct ft_event *ev)
{
	const struct g4_rec rec = { .ts_ns = ev->ts_ns, .type = G4_REC_SW_LPI,
				    .arg_ns = ev->v[FT_F_KVM], .pcpu = (uint16_t)ev->cpu };
	struct fold_vm *fvm;
	int err;

	if (!is_software_lpi(ev))
		return 0;
	err = meet_vm(j, ev);
	fvm = fold_find_vm(&j->fold, ev->v[FT_F_KVM]);
	if (err || !fvm)
		return err;
	/* queued again because its configuration changed: no injection */
	if (fvm->vm.lpi_config_irq && fvm->vm.lpi_config_irq == ev->v[FT_F_LPI]) {
		fvm->vm.lpi_config_irq = 0;
		return 0;
	}
	return ev->v[FT_F_PENDING] ? emit(j, &rec) : 0;
}

static void lpi_config(struct ft_judge *j, const struct ft_event *ev)
{
	struct fold_vm *fvm = fold_find_vm(&j->fold, ev->v[FT_F_KVM]);

	if (fvm && is_software_lpi(ev))
		fvm->vm.lpi_config_irq = ev->v[FT_F_LPI];
}

static int rare(struct ft_judge *j, const struct ft_event *ev)
{
	switch (ev->kind) {
	case FT_VPE_NEW:
		return vpe_new(j, ev);
	case FT_VPES_GONE:
		return vpes_gone(j, ev);
	case FT_VM_GONE:
		return of_vm(j, ev, G4_REC_VM_GONE);
	case FT_MAP:
		map(j, ev);
		return 0;
	case FT_MAP_RET:
		return map_ret(j, ev);
	case FT_UNMAP:
		return of_vlpi(j, ev, G4_REC_VLPI_UNMAP);
	case FT_PROP:
		return of_vlpi(j, ev, G4_REC_VLPI_PROP);
	case FT_FORWARD_SET:
		return forward_set(j, ev);
	case FT_FORWARD_UNSET:
		return of_vm(j, ev, G4_REC_FORWARD_UNSET);
	case FT_SW_LPI:
		return sw_lpi(j, ev);
	case FT_LPI_CONFIG:
		lpi_config(j, ev);
		return 0;
	default:
		return 0;
	}
}

int ft_judge_event(struct ft_judge *j, const struct ft_event *ev)
{
	switch (ev->kind) {
	case FT_LOAD:
		return load(j, ev);
	case FT_PUT:
		return put(j, ev);
	case FT_DOORBELL:
		return doorbell(j, ev);
	case FT_DOORBELL_RET:
		return plain(j, ev, G4_REC_DOORBELL_DONE);
	case FT_COMMIT:
		return plain(j, ev, G4_REC_GUEST_ENTRY);
	case FT_SLEEP:
		return plain(j, ev, G4_REC_SLEEP);
	case FT_WAKE:
		return plain(j, ev, G4_REC_WAKE);
	case FT_VMOVP:
		return plain(j, ev, G4_REC_VMOVP);
	default:
		return rare(j, ev);
	}
}
