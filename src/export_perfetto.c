// SPDX-License-Identifier: GPL-2.0
/*
 * Records into tracks; see export_perfetto.h. Everything is written in the order of
 * records: a slice's begin, then the arrow that binds to it. So arrows begin with each
 * useful doorbell, answered or not.
 */
#include <errno.h>
#include <stdlib.h>

#include "perfetto_tracks.h"

static const char *const kinds[G4_NR_DB + 1] = { "useful", "late", "spurious", "spurious" };

/* --- records --- */

/* An instant on a track of its own time. */
static void instant(struct tracks *e, struct vpe_track *v, uint64_t ts_ns, const char *name,
		    const char *key, uint64_t value)
{
	trace_event(&e->t, 'i', v->track, track_forward(&v->last_ns, ts_ns), "event", name);
	if (key)
		trace_number(&e->t, key, value);
	trace_done(&e->t);
}

static void load(struct tracks *e, struct vpe_track *v, const struct g4_rec *rec,
		 uint64_t latency_ns)
{
	struct cpu_track *cpu;
	uint64_t ts_ns;

	track_end_residency(e, v, rec->ts_ns, "another load: its put was not seen");
	cpu = track_cpu(e, rec->pcpu);
	if (!cpu)
		return;
	track_end_doorbell(e, rec->pcpu, rec->ts_ns);
	if (cpu->resident)
		track_end_residency(e, cpu->resident, rec->ts_ns,
			      "another vPE there: its put was not seen");
	ts_ns = track_forward(&cpu->last_ns, rec->ts_ns);
	trace_event(&e->t, 'B', track_cpu_place(rec->pcpu), ts_ns, "residency", v->label);
	if (latency_ns)
		trace_number(&e->t, "ns since the doorbell", latency_ns);
	if (rec->flags & G4_RECF_COUNTED)
		trace_text(&e->t, "a VLPI was pending", "yes");
	trace_done(&e->t);
	if (rec->arg_ns && rec->arg_ns == v->called_ns) {
		trace_flow(&e->t, 'f', track_cpu_place(rec->pcpu), ts_ns, v->flow);
		v->called_ns = 0;
	}
	cpu->resident = v;
	v->pcpu = rec->pcpu;
}

static void doorbell(struct tracks *e, struct vpe_track *v, const struct g4_rec *rec)
{
	struct cpu_track *cpu = track_cpu(e, rec->pcpu);
	uint32_t kind = rec->flags & G4_RECF_KIND;
	char name[LABEL_LEN + 32];
	uint64_t ts_ns;

	if (!cpu)
		return;
	track_end_own_doorbell(e, v, rec->ts_ns);
	track_end_doorbell(e, rec->pcpu, rec->ts_ns);
	snprintf(name, sizeof(name), "doorbell of %s", v->label);
	ts_ns = track_forward(&cpu->last_ns, rec->ts_ns);
	trace_event(&e->t, 'B', track_cpu_place(rec->pcpu), ts_ns, "doorbell", name);
	trace_text(&e->t, "kind", kinds[kind]);
	trace_done(&e->t);
	cpu->doorbell = v;
	v->doorbell_pcpu = rec->pcpu;
	if (kind != G4_DB_USEFUL)
		return;
	v->called_ns = rec->ts_ns;
	v->flow = ++e->nr_flows;
	trace_flow(&e->t, 's', track_cpu_place(rec->pcpu), ts_ns, v->flow);
}

static void on_event(void *ctx, struct fold_vpe *fv, const struct g4_rec *rec,
		     uint64_t latency_ns)
{
	struct tracks *e = ctx;
	struct vpe_track *v = track_vpe(e, fv, rec->ts_ns);

	if (!v)
		return;
	if (rec->type == G4_REC_VPE_PUT)
		track_end_residency(e, v, rec->ts_ns, rec->flags & G4_RECF_DOORBELL ?
			      "put, a doorbell requested" : "put");
	else if (rec->type == G4_REC_VPE_LOAD)
		load(e, v, rec, latency_ns);
	else if (rec->type == G4_REC_DOORBELL)
		doorbell(e, v, rec);
	else if (rec->type == G4_REC_DOORBELL_DONE)
		track_end_own_doorbell(e, v, rec->ts_ns);
	track_enter(e, v, g4_vpe_state_at(&fv->v), rec->ts_ns);
	if (rec->type == G4_REC_DOORBELL && (rec->flags & G4_RECF_KIND) == G4_DB_USEFUL)
		trace_flow(&e->t, 't', v->track, track_forward(&v->last_ns, rec->ts_ns), v->flow);
	else if (rec->type == G4_REC_SLEEP)
		instant(e, v, rec->ts_ns, "sleeps", NULL, 0);
	else if (rec->type == G4_REC_WAKE)
		instant(e, v, rec->ts_ns, "runs again", NULL, 0);
	else if (rec->type == G4_REC_GUEST_ENTRY)
		instant(e, v, rec->ts_ns, "guest entry", rec->arg_ns ? "Dirty wait, ns" : NULL,
			rec->arg_ns);
	else if (rec->type == G4_REC_VMOVP)
		instant(e, v, rec->ts_ns, "VMOVP", "ns", rec->arg_ns);
	else if (rec->type == G4_REC_VPE_PUT_DONE && rec->flags & G4_RECF_PENDING_LAST)
		instant(e, v, rec->ts_ns, "left with a VLPI pending", NULL, 0);
}

static const char *rare_name(uint8_t type)
{
	switch (type) {
	case G4_REC_VLPI_MAP:
		return "VLPI mapped";
	case G4_REC_VLPI_FOUND:
		return "VLPI found mapped";
	case G4_REC_VLPI_UNMAP:
		return "VLPI unmapped";
	case G4_REC_VLPI_PROP:
		return "VLPI property";
	case G4_REC_FORWARD_SET:
		return "forwarding asked for";
	case G4_REC_FORWARD_UNSET:
		return "forwarding given up";
	default:
		return NULL;
	}
}

static void vlpi(struct tracks *e, const struct g4_rec_long *rec, const char *device)
{
	const struct fold_vm *vm = fold_find_vm(&e->p->fold, rec->kvm);
	const char *name = rare_name(rec->r.type);
	struct vm_track *m;

	if (!name || !vm || !track_wants(e, vm, UINT32_MAX))
		return;
	m = track_vm(e, vm);
	if (!m)
		return;
	trace_event(&e->t, 'i', m->lpis, track_forward(&m->last_ns, rec->r.ts_ns), "event", name);
	trace_number(&e->t, "host irq", rec->irq);
	if (rec->vintid)
		trace_number(&e->t, "vINTID", rec->vintid);
	if (rec->r.type == G4_REC_VLPI_MAP)
		trace_number(&e->t, "ns", rec->r.arg_ns);
	if (device[0])
		trace_text(&e->t, "device", device);
	trace_done(&e->t);
}

static void on_rare(void *ctx, const struct g4_rec_long *rec, const char *text)
{
	struct fold_vpe *fv;
	struct tracks *e = ctx;
	struct vpe_track *v;

	switch (rec->r.type) {
	case G4_REC_VPE_NEW:
	case G4_REC_VPE_GONE:
		/* where its end was lost, what has its address now is another one */
		v = track_find_vpe(e, rec->r.vpe);
		if (v)
			track_vpe_gone(e, v, rec->r.ts_ns);
		fv = rec->r.type == G4_REC_VPE_NEW ? fold_find_vpe(&e->p->fold, rec->r.vpe) : NULL;
		v = fv ? track_vpe(e, fv, rec->r.ts_ns) : NULL;
		if (v)
			track_enter(e, v, g4_vpe_state_at(&fv->v), rec->r.ts_ns);
		break;
	case G4_REC_VM_GONE:
		track_vm_gone(e, rec->kvm, rec->r.ts_ns);
		break;
	default:
		vlpi(e, rec, text);
		break;
	}
}

static void on_gap(void *ctx, bool begin, uint64_t ts_ns)
{
	static const struct trace_track place = { RECORDING_PID, LOST_TID };
	struct tracks *e = ctx;
	struct vpe_track *v;
	uint32_t i;

	for (i = 0; i < HASH; i++) {
		for (v = e->vpes[i]; v; v = v->next) {
			track_end_residency(e, v, ts_ns, "lost records");
			track_end_own_doorbell(e, v, ts_ns);
			track_enter(e, v, G4_VPE_UNKNOWN, ts_ns);
		}
	}
	begin = e->p->fold.gaps != 0;
	if (begin == e->in_gap)
		return;
	e->in_gap = begin;
	trace_event(&e->t, begin ? 'B' : 'E', place, track_forward(&e->now_ns, ts_ns), "lost",
		    "records are missing");
	trace_done(&e->t);
}

static void on_sample(void *ctx, const struct sample *s)
{
	const struct fold *f = &((struct tracks *)ctx)->p->fold;
	struct tracks *e = ctx;
	struct vm_track *m;
	uint32_t i;

	(void)s;
	for (i = 0; i < f->nr_vms; i++) {
		if (f->vms[i]->gone || !track_wants(e, f->vms[i], UINT32_MAX))
			continue;
		m = track_vm(e, f->vms[i]);
		if (!m)
			return;
		trace_event(&e->t, 'C', m->lpis, track_forward(&m->last_ns, f->now_ns), "count",
			    "software LPIs");
		trace_number(&e->t, "count", f->vms[i]->vm.sw_lpis);
		trace_done(&e->t);
	}
}

/* --- begin and end --- */

/* It was so before the trace begins. */
static void begin_resident(struct tracks *e, struct vpe_track *v, uint32_t pcpu, uint64_t ts_ns)
{
	struct cpu_track *cpu = pcpu <= UINT16_MAX ? track_cpu(e, pcpu) : NULL;

	if (!cpu || cpu->resident)
		return;
	trace_event(&e->t, 'B', track_cpu_place(pcpu), track_forward(&cpu->last_ns, ts_ns),
		    "residency", v->label);
	trace_text(&e->t, "begun", "before");
	trace_done(&e->t);
	cpu->resident = v;
	v->pcpu = pcpu;
}

/* What is there already has a state. */
static void begin(struct tracks *e, uint64_t from_ns)
{
	const struct fold *f = &e->p->fold;
	struct trace_track lost = { RECORDING_PID, LOST_TID };
	struct vpe_track *v;
	uint32_t i;

	trace_name_process(&e->t, RECORDING_PID, "recording", 0);
	trace_name_thread(&e->t, lost, "lost records", 0);
	trace_name_process(&e->t, CPUS_PID, "physical CPUs", 1);
	for (i = 0; i < f->nr_vpes; i++) {
		if (f->vpes[i]->gone)
			continue;
		v = track_vpe(e, f->vpes[i], from_ns);
		if (!v)
			continue;
		if (f->vpes[i]->v.run.state == G4_VPE_RESIDENT)
			begin_resident(e, v, f->vpes[i]->v.run.pcpu, from_ns);
		track_enter(e, v, g4_vpe_state_at(&f->vpes[i]->v), from_ns);
	}
	if (f->gaps)
		on_gap(e, true, from_ns);
}

static void end(struct tracks *e, uint64_t ts_ns)
{
	track_all_gone(e, ts_ns);
	if (e->in_gap) {
		trace_event(&e->t, 'E', (struct trace_track){ RECORDING_PID, LOST_TID },
			    track_forward(&e->now_ns, ts_ns), "lost", "records are missing");
		trace_done(&e->t);
	}
}

static int finish(struct tracks *e)
{
	const struct rec_info *i = &e->p->info;
	char lost[32];

	snprintf(lost, sizeof(lost), "%llu", (unsigned long long)e->p->lost);
	trace_end_events(&e->t);
	trace_other(&e->t, "host", i->host, true);
	trace_other(&e->t, "kernel", i->kernel, false);
	trace_other(&e->t, "machine", i->machine, false);
	trace_other(&e->t, "gic", i->gic, false);
	trace_other(&e->t, "gicv4top", i->version, false);
	trace_other(&e->t, "records lost", lost, false);
	return trace_end(&e->t);
}

int export_perfetto_write(struct rec_play *p, FILE *f, const struct export_perfetto_opts *opts)
{
	uint64_t from_ns = opts ? opts->from_ns : 0, to_ns = opts ? opts->to_ns : UINT64_MAX;
	struct tracks *e = calloc(1, sizeof(*e));
	int err, write_err;

	if (!e)
		return -ENOMEM;
	e->p = p;
	e->opts = opts;
	p->watch = (struct rec_watch){ .ctx = NULL };
	/* up to the begin nobody watches; of all of it that is what the first chunk knows */
	if (from_ns <= p->info.first_ns)
		from_ns = p->info.first_ns;
	err = rec_play_until(p, from_ns ? from_ns - 1 : 0);
	e->now_ns = from_ns;
	trace_begin(&e->t, f, p->info.start_ns);
	begin(e, from_ns);
	p->watch = (struct rec_watch){ .event = on_event, .rare = on_rare, .gap = on_gap,
				       .sample = on_sample, .ctx = e };
	if (!err)
		err = rec_play_until(p, to_ns);
	p->watch = (struct rec_watch){ .ctx = NULL };
	end(e, to_ns < p->fold.now_ns ? to_ns : p->fold.now_ns);
	write_err = finish(e);
	if (!err)
		err = e->failed ? -ENOMEM : write_err;
	free(e);
	return err;
}
