// SPDX-License-Identifier: GPL-2.0
/* Writes the columns of a chunk; see rec_enc.h, rec_format.h and gicv4top-recording(5). */
#include "rec_enc.h"

#define NO_CPU	UINT32_MAX

static struct rec_buf *section(struct rec_enc *e, enum rec_section id)
{
	return &e->sections[id];
}

int rec_enc_init(struct rec_enc *e, uint32_t nr_cpus)
{
	*e = (struct rec_enc){ .nr_cpus = nr_cpus, .ref = REC_NO_REF };
	e->cpu_records = calloc((size_t)nr_cpus + 1, sizeof(*e->cpu_records));
	return e->cpu_records ? 0 : -ENOMEM;
}

void rec_enc_clear(struct rec_enc *e)
{
	unsigned int i;

	for (i = 0; i < REC_NR_SECTIONS; i++)
		free(e->sections[i].p);
	free(e->refs);
	free(e->cpu_records);
	memset(e, 0, sizeof(*e));
}

void rec_enc_begin(struct rec_enc *e, uint64_t base_ns)
{
	unsigned int i;

	for (i = 0; i < REC_NR_SECTIONS; i++) {
		e->sections[i].len = 0;
		e->sections[i].failed = false;
		e->counts[i] = 0;
	}
	e->nr_vms = 0;
	e->nr_vpes = 0;
	e->ref = REC_NO_REF;
	e->base_ns = e->now_ns = e->last_ns = base_ns;
	e->nr_records = 0;
	e->failed = false;
	memset(e->cpu_records, 0, e->nr_cpus * sizeof(*e->cpu_records));
}

size_t rec_enc_size(const struct rec_enc *e)
{
	size_t size = 0;
	unsigned int i;

	for (i = 0; i < REC_NR_SECTIONS; i++)
		size += e->sections[i].len;
	return size;
}

/* A time near the chunk's begin. */
static void put_time(struct rec_enc *e, struct rec_buf *b, uint64_t ts_ns)
{
	rec_put(b, rec_zigzag((int64_t)(ts_ns - e->base_ns)));
}

/* The same for a time that may be none: 0. */
static void put_time_or_none(struct rec_enc *e, struct rec_buf *b, uint64_t ts_ns)
{
	rec_put(b, ts_ns ? 1 : 0);
	if (ts_ns)
		put_time(e, b, ts_ns);
}

uint32_t rec_enc_vm(struct rec_enc *e, const struct g4_vm *vm, const char *name)
{
	struct rec_buf *b = section(e, REC_VMS);

	rec_put_u64(b, vm->kvm);
	put_time(e, b, vm->birth_ns);
	rec_put(b, vm->pid);
	rec_put(b, vm->nr_vcpus);
	rec_put(b, vm->nr_lpis);
	rec_put(b, vm->walked);
	rec_put_text(b, name);
	e->counts[REC_VMS]++;
	return e->nr_vms++;
}

static bool grow_refs(struct rec_enc *e)
{
	uint32_t room = e->room_refs ? e->room_refs * 2 : 64;
	struct rec_enc_ref *refs;

	if (e->nr_vpes < e->room_refs)
		return true;
	refs = reallocarray(e->refs, room, sizeof(*refs));
	if (!refs) {
		e->failed = true;
		return false;
	}
	e->refs = refs;
	e->room_refs = room;
	return true;
}

uint32_t rec_enc_vpe(struct rec_enc *e, const struct g4_vpe *v, uint32_t vm_ref, bool born)
{
	const struct rec_enc_ref none = { .pcpu = NO_CPU };
	struct rec_buf *b = section(e, REC_VPES);

	if (!grow_refs(e))
		return REC_NO_REF;
	rec_put_u64(b, v->vpe);
	rec_put(b, vm_ref);
	rec_put(b, born);
	if (!born) {
		rec_put(b, v->vcpu);
		rec_put(b, v->vpe_id);
		rec_put(b, v->doorbell_irq);
		rec_put(b, v->lr.tid);
		put_time(e, b, v->birth_ns);
		rec_put(b, v->run.state);
		rec_put(b, v->run.flags);
		put_time(e, b, v->run.since_ns);
		put_time_or_none(e, b, v->run.woke_ns);
		put_time_or_none(e, b, v->run.entry_db_ns);
		put_time_or_none(e, b, v->db.called_ns);
		put_time_or_none(e, b, v->db.any_ns);
		rec_put(b, v->run.pcpu);
		rec_put(b, v->db.last_pcpu);
		rec_put(b, v->db.last_kind);
	}
	e->refs[e->nr_vpes] = born ? none : (struct rec_enc_ref){ v->run.pcpu, v->db.called_ns };
	e->counts[REC_VPES]++;
	return e->nr_vpes++;
}

/* One op: its time and CPU, and whose it is. @flags: REC_OPF_0 and _1. */
static void put_op(struct rec_enc *e, enum rec_op op, uint8_t flags, const struct g4_rec *rec,
		   uint32_t ref)
{
	uint8_t byte = (uint8_t)op | flags;
	uint64_t ts_ns = rec->ts_ns;

	if (ref != REC_NO_REF && ref != e->ref) {
		byte |= REC_OPF_REF;
		rec_put_fast(section(e, REC_REFS), ref);
		e->ref = ref;
	}
	if (ref != REC_NO_REF && e->refs[ref].pcpu != rec->pcpu) {
		byte |= REC_OPF_PCPU;
		rec_put_fast(section(e, REC_PCPUS), rec->pcpu);
		e->refs[ref].pcpu = rec->pcpu;
	}
	e->sections[REC_OPS].p[e->sections[REC_OPS].len++] = byte;
	rec_put_fast(section(e, REC_TIMES), ts_ns - e->now_ns);
	e->now_ns = ts_ns;
	if (ts_ns > e->last_ns)
		e->last_ns = ts_ns;
	e->nr_records++;
	if (rec->pcpu < e->nr_cpus)
		e->cpu_records[rec->pcpu]++;
}

/* An op that is no record, or of no vPE and no CPU. */
static void put_special(struct rec_enc *e, enum rec_special special, uint64_t arg)
{
	e->sections[REC_OPS].p[e->sections[REC_OPS].len++] =
		(uint8_t)(REC_OP_SPECIAL | (unsigned int)special << 4);
	rec_put_fast(special == REC_BACK ? section(e, REC_ARGS) : section(e, REC_TIMES), arg);
}

/* Room for an op and a REC_BACK before it; false: there is none, and the chunk has failed. */
static bool begin_op(struct rec_enc *e, uint64_t ts_ns)
{
	if (!rec_room(section(e, REC_OPS), 2) || !rec_room(section(e, REC_TIMES), REC_VARINT_MAX) ||
	    !rec_room(section(e, REC_REFS), REC_VARINT_MAX) ||
	    !rec_room(section(e, REC_PCPUS), REC_VARINT_MAX) ||
	    !rec_room(section(e, REC_ARGS), 2 * REC_VARINT_MAX)) {
		e->failed = true;
		return false;
	}
	if (ts_ns < e->now_ns) {
		put_special(e, REC_BACK, e->now_ns - ts_ns);
		e->now_ns = ts_ns;
	}
	return true;
}

static void put_arg(struct rec_enc *e, uint64_t arg)
{
	rec_put_fast(section(e, REC_ARGS), arg);
}

/* A load or a wake-up: the doorbell that it answers is mostly the last useful one. */
static void put_answer(struct rec_enc *e, enum rec_op op, enum rec_op op_arg, uint8_t flags,
		       const struct g4_rec *rec, uint32_t ref)
{
	if (!rec->arg_ns) {
		put_op(e, op, flags, rec, ref);
	} else if (rec->arg_ns == e->refs[ref].called_ns) {
		put_op(e, op, flags | REC_OPF_0, rec, ref);
	} else {
		put_op(e, op_arg, flags, rec, ref);
		put_arg(e, rec_zigzag((int64_t)(rec->ts_ns - rec->arg_ns)));
	}
}

static void put_doorbell(struct rec_enc *e, const struct g4_rec *rec, uint32_t ref)
{
	uint8_t kind = rec->flags & G4_RECF_KIND;

	put_op(e, rec->flags & G4_RECF_COUNTED ? REC_OP_DOORBELL_COUNTED : REC_OP_DOORBELL,
	       (uint8_t)(kind << 4), rec, ref);
	if (kind == G4_DB_USEFUL)
		e->refs[ref].called_ns = rec->ts_ns;
}

void rec_enc_event(struct rec_enc *e, const struct g4_rec *rec, uint32_t ref)
{
	uint8_t arg = rec->arg_ns ? REC_OPF_1 : 0;

	if (ref >= e->nr_vpes || !begin_op(e, rec->ts_ns))
		return;
	switch (rec->type) {
	case G4_REC_VPE_LOAD:
		put_answer(e, REC_OP_LOAD, REC_OP_LOAD_ARG,
			   rec->flags & G4_RECF_COUNTED ? REC_OPF_1 : 0, rec, ref);
		break;
	case G4_REC_VPE_PUT:
		put_op(e, REC_OP_PUT, rec->flags & G4_RECF_DOORBELL ? REC_OPF_0 : 0, rec, ref);
		break;
	case G4_REC_VPE_PUT_DONE:
		put_op(e, REC_OP_PUT_DONE,
		       (rec->flags & G4_RECF_PENDING_LAST ? REC_OPF_0 : 0) | arg, rec, ref);
		if (arg)
			put_arg(e, rec->arg_ns);
		break;
	case G4_REC_DOORBELL:
		put_doorbell(e, rec, ref);
		break;
	case G4_REC_DOORBELL_DONE:
		put_op(e, REC_OP_DOORBELL_DONE, 0, rec, ref);
		break;
	case G4_REC_SLEEP:
		put_op(e, REC_OP_SLEEP, 0, rec, ref);
		break;
	case G4_REC_WAKE:
		put_answer(e, REC_OP_WAKE, REC_OP_WAKE_ARG, 0, rec, ref);
		break;
	case G4_REC_GUEST_ENTRY:
		put_op(e, REC_OP_ENTRY, arg, rec, ref);
		if (arg)
			put_arg(e, rec->arg_ns);
		break;
	case G4_REC_VMOVP:
		put_op(e, REC_OP_VMOVP, 0, rec, ref);
		put_arg(e, rec->arg_ns);
		break;
	default:
		break;
	}
}

void rec_enc_sw_lpi(struct rec_enc *e, const struct g4_rec *rec, uint32_t vm_ref)
{
	if (!begin_op(e, rec->ts_ns))
		return;
	put_op(e, REC_OP_SW_LPI, 0, rec, REC_NO_REF);
	rec_put_fast(section(e, REC_REFS), vm_ref);
	/* its CPU is told in any case: it belongs to no vPE that had one before */
	rec_put_fast(section(e, REC_PCPUS), rec->pcpu);
}

void rec_enc_long(struct rec_enc *e, const struct g4_rec_long *rec, uint32_t ref,
		  const char *text)
{
	struct rec_buf *b = section(e, REC_LONGS);

	if (!begin_op(e, rec->r.ts_ns))
		return;
	put_op(e, REC_OP_LONG, 0, &rec->r, REC_NO_REF);
	rec_put(b, rec->r.type);
	rec_put(b, rec->r.flags);
	rec_put(b, rec->r.pcpu);
	rec_put(b, ref == REC_NO_REF ? 0 : (uint64_t)ref + 1);
	rec_put_u64(b, rec->r.vpe);
	rec_put_u64(b, rec->kvm);
	rec_put(b, rec->r.arg_ns);
	rec_put(b, rec->r.vcpu);
	rec_put(b, rec->irq);
	rec_put(b, rec->vintid);
	rec_put(b, rec->devid);
	rec_put(b, rec->eventid);
	rec_put(b, rec->pid);
	rec_put(b, rec->nr);
	rec_put(b, rec->vpe_id);
	rec_put(b, rec->prop);
	rec_put(b, rec->lpi_flags);
	rec_put_text(b, text);
	e->counts[REC_LONGS]++;
}

static void put_moment(struct rec_enc *e, enum rec_special special, uint64_t ts_ns)
{
	if (!begin_op(e, ts_ns))
		return;
	put_special(e, special, ts_ns - e->now_ns);
	e->now_ns = ts_ns;
	if (ts_ns > e->last_ns)
		e->last_ns = ts_ns;
}

void rec_enc_gap(struct rec_enc *e, bool begin, uint64_t ts_ns)
{
	put_moment(e, begin ? REC_GAP_BEGIN : REC_GAP_END, ts_ns);
}

static void put_direct(struct rec_enc *e, struct rec_buf *b, const struct snap_direct *d)
{
	rec_put_u64(b, d->kvm);
	put_time(e, b, d->birth_ns);
	rec_put(b, d->vcpu);
	rec_put(b, d->source);
	put_time(e, b, d->time_ns);
	rec_put(b, d->count);
	rec_put(b, d->error);
	rec_put_bytes(b, &d->running_pct, sizeof(d->running_pct));
}

static void put_lpi(struct rec_buf *b, const struct snap_vlpi *lpi)
{
	rec_put_u64(b, lpi->v.kvm);
	rec_put_u64(b, lpi->v.vpe);
	rec_put(b, lpi->v.vintid);
	rec_put(b, lpi->v.devid);
	rec_put(b, lpi->v.eventid);
	rec_put(b, lpi->v.prop);
	rec_put(b, lpi->v.flags);
}

static void put_sample(struct rec_enc *e, struct rec_buf *b, const struct sample *s, bool lpis)
{
	uint32_t i;

	put_time(e, b, s->now_ns);
	rec_put_u64(b, s->real_ns);
	rec_put(b, s->loss.records);
	rec_put(b, s->loss.vms_full);
	rec_put(b, s->loss.vpes_full);
	rec_put(b, s->loss.vlpis_full);
	rec_put(b, s->loss.unmatched);
	rec_put(b, s->missed);
	rec_put(b, (uint64_t)s->missed_known | (uint64_t)s->cost_known << 1 |
		   (uint64_t)lpis << 2);
	rec_put(b, s->bpf_ns_per_s);
	rec_put(b, s->own_ns_per_s);
	rec_put(b, s->nr_agents);
	rec_put(b, s->nr_vms);
	for (i = 0; i < s->nr_vms; i++) {
		rec_put_u64(b, s->vms[i].kvm);
		rec_put(b, s->vms[i].nr_vcpus);
		rec_put(b, s->vms[i].nr_lpis);
		rec_put(b, s->vms[i].walked);
	}
	rec_put(b, s->nr_lrs);
	for (i = 0; i < s->nr_lrs; i++) {
		rec_put_u64(b, s->lrs[i].vpe);
		rec_put(b, s->lrs[i].taken);
		rec_put(b, s->lrs[i].lpis);
	}
	rec_put(b, s->nr_direct);
	for (i = 0; i < s->nr_direct; i++)
		put_direct(e, b, &s->direct[i]);
	rec_put(b, lpis ? s->nr_lpis : 0);
	for (i = 0; lpis && i < s->nr_lpis; i++)
		put_lpi(b, &s->lpis[i]);
}

void rec_enc_sample(struct rec_enc *e, const struct sample *s)
{
	put_moment(e, REC_SAMPLE, s->now_ns);
	put_sample(e, section(e, REC_SAMPLES), s, s->has_lpis);
	e->counts[REC_SAMPLES]++;
}

static void put_hist(struct rec_buf *b, const struct g4_hist *h)
{
	uint32_t i, nr = 0, last = 0;

	for (i = 0; i < G4_HIST_BUCKETS; i++)
		nr += h->bucket[i] != 0;
	rec_put(b, nr);
	if (!nr)
		return;
	rec_put(b, h->sum);
	rec_put(b, h->min);
	rec_put(b, h->max);
	for (i = 0; i < G4_HIST_BUCKETS; i++) {
		if (!h->bucket[i])
			continue;
		rec_put(b, i - last);
		rec_put(b, h->bucket[i]);
		last = i;
	}
}

void rec_enc_state_begin(struct rec_enc *e)
{
	rec_put(section(e, REC_STATE), e->nr_vms);
	rec_put(section(e, REC_STATE), e->nr_vpes);
}

void rec_enc_vm_counts(struct rec_enc *e, const struct g4_vm *vm)
{
	struct rec_buf *b = section(e, REC_STATE);

	rec_put(b, vm->sw_lpis);
	rec_put(b, vm->maps);
	rec_put(b, vm->unmaps);
	rec_put(b, vm->vlpi_moves);
	rec_put(b, vm->props);
	rec_put(b, vm->forward_set);
	rec_put(b, vm->forward_unset);
	put_hist(b, &vm->doorbell_ns);
	put_hist(b, &vm->map_ns);
}

void rec_enc_vpe_counts(struct rec_enc *e, const struct g4_vpe *v)
{
	struct rec_buf *b = section(e, REC_STATE);
	unsigned int i;

	for (i = 0; i < G4_VPE_WOKEN; i++)
		rec_put(b, v->run.in_ns[i]);
	rec_put(b, v->run.loads);
	rec_put(b, v->run.puts);
	rec_put(b, v->run.blocks);
	rec_put(b, v->run.sleeps);
	rec_put(b, v->run.pending_last);
	rec_put(b, v->run.illegal);
	rec_put(b, v->run.moves);
	for (i = 0; i < G4_NR_DB; i++)
		rec_put(b, v->db.count[i]);
	rec_put(b, v->db.pending_last);
	rec_put(b, v->lr.taken);
	rec_put(b, v->lr.lpis);
}

void rec_enc_nr_vlpis(struct rec_enc *e, uint32_t nr)
{
	rec_put(section(e, REC_STATE), nr);
}

void rec_enc_vlpi(struct rec_enc *e, uint32_t host_irq, const struct g4_vlpi *vlpi,
		  const char *device)
{
	struct rec_buf *b = section(e, REC_STATE);

	rec_put(b, host_irq);
	rec_put_u64(b, vlpi->kvm);
	rec_put_u64(b, vlpi->vpe);
	put_time(e, b, vlpi->mapped_ns);
	rec_put(b, vlpi->vintid);
	rec_put(b, vlpi->devid);
	rec_put(b, vlpi->eventid);
	rec_put(b, vlpi->prop);
	rec_put(b, vlpi->flags);
	rec_put_text(b, device);
}

void rec_enc_state_end(struct rec_enc *e, const struct sample *s, uint32_t gaps)
{
	struct rec_buf *b = section(e, REC_STATE);

	rec_put(b, gaps);
	rec_put(b, s != NULL);
	if (s)
		put_sample(e, b, s, true);
	e->counts[REC_STATE] = 1;
}
