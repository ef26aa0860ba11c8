// SPDX-License-Identifier: GPL-2.0
/*
 * Reads the columns of a chunk; see rec_dec.h, and rec_enc.c for who wrote them. The hot
 * path is rec_dec_next() for events: a byte of op, a time, seldom anything else.
 */
#include "rec_dec.h"

static uint64_t get_time(const struct rec_dec *d, struct rec_view *v)
{
	return d->base_ns + (uint64_t)rec_unzigzag(rec_get(v));
}

static uint64_t get_time_or_none(const struct rec_dec *d, struct rec_view *v)
{
	return rec_get(v) ? get_time(d, v) : 0;
}

static int read_vms(struct rec_dec *d)
{
	struct rec_view *v = &d->views[REC_VMS];
	uint32_t room = (uint32_t)((v->end - v->p) / 14) + 1;
	struct rec_dec_vm *vm;

	if (room > REC_MAX_VMS)
		room = REC_MAX_VMS;
	d->vms = calloc(room, sizeof(*d->vms));
	if (!d->vms)
		return -ENOMEM;
	while (v->p < v->end && !v->bad && d->nr_vms < room) {
		vm = &d->vms[d->nr_vms++];
		vm->vm.kvm = rec_get_u64(v);
		vm->vm.birth_ns = get_time(d, v);
		vm->vm.pid = rec_get_u32(v);
		vm->vm.nr_vcpus = rec_get_u32(v);
		vm->vm.nr_lpis = rec_get_u32(v);
		vm->vm.walked = rec_get_u32(v);
		rec_get_text(v, vm->name, sizeof(vm->name));
	}
	return v->bad || v->p < v->end ? -EBADMSG : 0;
}

static void read_vpe_state(struct rec_dec *d, struct rec_view *v, struct g4_vpe *vpe)
{
	vpe->vcpu = rec_get_u32(v);
	vpe->vpe_id = (uint16_t)rec_get(v);
	vpe->doorbell_irq = rec_get_u32(v);
	vpe->lr.tid = rec_get_u32(v);
	vpe->birth_ns = get_time(d, v);
	vpe->run.state = rec_get_u32(v);
	vpe->run.flags = rec_get_u32(v) & G4_RUN_SEEN;
	vpe->run.since_ns = get_time(d, v);
	vpe->run.woke_ns = get_time_or_none(d, v);
	vpe->run.entry_db_ns = get_time_or_none(d, v);
	vpe->db.called_ns = get_time_or_none(d, v);
	vpe->db.any_ns = get_time_or_none(d, v);
	vpe->run.pcpu = rec_get_u32(v);
	vpe->db.last_pcpu = rec_get_u32(v);
	vpe->db.last_kind = rec_get_u32(v);
	if (vpe->run.state > G4_VPE_BLOCKED || vpe->db.last_kind > G4_NR_DB)
		v->bad = true;
}

static int read_vpes(struct rec_dec *d)
{
	struct rec_view *v = &d->views[REC_VPES];
	uint32_t room = (uint32_t)((v->end - v->p) / 10) + 1;
	struct rec_dec_vpe *vpe;

	if (room > REC_MAX_VPES)
		room = REC_MAX_VPES;
	d->vpes = calloc(room, sizeof(*d->vpes));
	d->refs = calloc(room, sizeof(*d->refs));
	if (!d->vpes || !d->refs)
		return -ENOMEM;
	while (v->p < v->end && !v->bad && d->nr_vpes < room) {
		vpe = &d->vpes[d->nr_vpes];
		vpe->v.vpe = rec_get_u64(v);
		vpe->vm_ref = rec_get_u32(v);
		vpe->born = rec_get(v) != 0;
		if (vpe->vm_ref >= d->nr_vms)
			return -EBADMSG;
		vpe->v.kvm = d->vms[vpe->vm_ref].vm.kvm;
		d->refs[d->nr_vpes].pcpu = UINT32_MAX;
		if (!vpe->born) {
			read_vpe_state(d, v, &vpe->v);
			d->refs[d->nr_vpes].pcpu = vpe->v.run.pcpu;
			d->refs[d->nr_vpes].called_ns = vpe->v.db.called_ns;
		}
		d->nr_vpes++;
	}
	return v->bad || v->p < v->end ? -EBADMSG : 0;
}

static void read_hist(struct rec_view *v, struct g4_hist *h)
{
	uint32_t nr = rec_get_count(v, 2), bucket = 0, i;

	if (!nr)
		return;
	h->sum = rec_get(v);
	h->min = rec_get(v);
	h->max = rec_get(v);
	for (i = 0; i < nr && !v->bad; i++) {
		bucket += rec_get_u32(v);
		if (bucket >= G4_HIST_BUCKETS) {
			v->bad = true;
			return;
		}
		h->bucket[bucket] = rec_get(v);
		h->count += h->bucket[bucket];
	}
}

static void read_vm_counts(struct rec_view *v, struct g4_vm *vm)
{
	vm->sw_lpis = rec_get(v);
	vm->maps = rec_get(v);
	vm->unmaps = rec_get(v);
	vm->vlpi_moves = rec_get(v);
	vm->props = rec_get(v);
	vm->forward_set = rec_get(v);
	vm->forward_unset = rec_get(v);
	read_hist(v, &vm->doorbell_ns);
	read_hist(v, &vm->map_ns);
}

static void read_vpe_counts(struct rec_view *v, struct g4_vpe *vpe)
{
	unsigned int i;

	for (i = 0; i < G4_VPE_WOKEN; i++)
		vpe->run.in_ns[i] = rec_get(v);
	vpe->run.loads = rec_get(v);
	vpe->run.puts = rec_get(v);
	vpe->run.blocks = rec_get(v);
	vpe->run.sleeps = rec_get(v);
	vpe->run.pending_last = rec_get(v);
	vpe->run.illegal = rec_get(v);
	vpe->run.moves = rec_get(v);
	for (i = 0; i < G4_NR_DB; i++)
		vpe->db.count[i] = rec_get(v);
	vpe->db.pending_last = rec_get(v);
	vpe->lr.taken = rec_get(v);
	vpe->lr.lpis = rec_get(v);
}

static int read_direct(struct rec_dec *d, struct rec_view *v, struct sample *s)
{
	struct snap_direct *direct;
	uint32_t i;

	s->nr_direct = rec_get_count(v, 22);
	s->direct = calloc((size_t)s->nr_direct + 1, sizeof(*s->direct));
	if (!s->direct)
		return -ENOMEM;
	for (i = 0; i < s->nr_direct; i++) {
		direct = &s->direct[i];
		direct->kvm = rec_get_u64(v);
		direct->birth_ns = get_time(d, v);
		direct->vcpu = rec_get_u32(v);
		direct->source = rec_get_u32(v);
		direct->time_ns = get_time(d, v);
		direct->count = rec_get(v);
		direct->error = rec_get(v);
		rec_get_bytes(v, &direct->running_pct, sizeof(direct->running_pct));
	}
	return 0;
}

static int read_sw_lpis(struct rec_view *v, struct sample *s)
{
	struct snap_vlpi *lpi;
	uint32_t i;

	s->nr_lpis = rec_get_count(v, 21);
	s->lpis = calloc((size_t)s->nr_lpis + 1, sizeof(*s->lpis));
	if (!s->lpis)
		return -ENOMEM;
	for (i = 0; i < s->nr_lpis; i++) {
		lpi = &s->lpis[i];
		lpi->software = true;
		lpi->v.kvm = rec_get_u64(v);
		lpi->v.vpe = rec_get_u64(v);
		lpi->v.vintid = rec_get_u32(v);
		lpi->v.devid = rec_get_u32(v);
		lpi->v.eventid = rec_get_u32(v);
		lpi->v.prop = (uint8_t)rec_get(v);
		lpi->v.flags = (uint8_t)rec_get(v);
	}
	return 0;
}

static int read_lists(struct rec_dec *d, struct rec_view *v, struct sample *s)
{
	uint32_t i;
	int err;

	s->nr_vms = rec_get_count(v, 11);
	s->vms = calloc((size_t)s->nr_vms + 1, sizeof(*s->vms));
	if (!s->vms)
		return -ENOMEM;
	for (i = 0; i < s->nr_vms; i++) {
		s->vms[i].kvm = rec_get_u64(v);
		s->vms[i].nr_vcpus = rec_get_u32(v);
		s->vms[i].nr_lpis = rec_get_u32(v);
		s->vms[i].walked = rec_get_u32(v);
	}
	s->nr_lrs = rec_get_count(v, 10);
	s->lrs = calloc((size_t)s->nr_lrs + 1, sizeof(*s->lrs));
	if (!s->lrs)
		return -ENOMEM;
	for (i = 0; i < s->nr_lrs; i++) {
		s->lrs[i].vpe = rec_get_u64(v);
		s->lrs[i].taken = rec_get(v);
		s->lrs[i].lpis = rec_get(v);
	}
	err = read_direct(d, v, s);
	return err ? err : read_sw_lpis(v, s);
}

static int read_sample(struct rec_dec *d, struct rec_view *v, struct sample **ret_sample)
{
	struct sample *s = calloc(1, sizeof(*s));
	uint64_t flags;
	int err;

	if (!s)
		return -ENOMEM;
	s->now_ns = get_time(d, v);
	s->real_ns = rec_get_u64(v);
	s->loss.records = rec_get(v);
	s->loss.vms_full = rec_get(v);
	s->loss.vpes_full = rec_get(v);
	s->loss.vlpis_full = rec_get(v);
	s->loss.unmatched = rec_get(v);
	s->missed = rec_get(v);
	flags = rec_get(v);
	s->missed_known = flags & 1;
	s->cost_known = flags & 2;
	s->has_lpis = flags & 4;
	s->bpf_ns_per_s = rec_get(v);
	s->own_ns_per_s = rec_get(v);
	s->nr_agents = rec_get_u32(v);
	err = read_lists(d, v, s);
	if (!err && v->bad)
		err = -EBADMSG;
	if (err) {
		sample_free(s);
		return err;
	}
	*ret_sample = s;
	return 0;
}

static int read_vlpis(struct rec_dec *d, struct rec_view *v)
{
	struct rec_dec_vlpi *vlpi;
	uint32_t i;

	d->state.nr_vlpis = rec_get_count(v, 24);
	d->state.vlpis = calloc((size_t)d->state.nr_vlpis + 1, sizeof(*d->state.vlpis));
	if (!d->state.vlpis)
		return -ENOMEM;
	for (i = 0; i < d->state.nr_vlpis; i++) {
		vlpi = &d->state.vlpis[i];
		vlpi->host_irq = rec_get_u32(v);
		vlpi->v.kvm = rec_get_u64(v);
		vlpi->v.vpe = rec_get_u64(v);
		vlpi->v.mapped_ns = get_time(d, v);
		vlpi->v.vintid = rec_get_u32(v);
		vlpi->v.devid = rec_get_u32(v);
		vlpi->v.eventid = rec_get_u32(v);
		vlpi->v.prop = (uint8_t)rec_get(v);
		vlpi->v.flags = (uint8_t)rec_get(v);
		rec_get_text(v, vlpi->device, sizeof(vlpi->device));
	}
	return 0;
}

/* Counts of VMs and vPEs stand in the order of REC_VMS and REC_VPES, of those not born. */
static int read_state(struct rec_dec *d)
{
	struct rec_view *v = &d->views[REC_STATE];
	uint32_t nr_vms = rec_get_u32(v), nr_vpes = rec_get_u32(v), i;
	int err;

	if (nr_vms > d->nr_vms || nr_vpes > d->nr_vpes)
		return -EBADMSG;
	for (i = 0; i < nr_vms; i++)
		read_vm_counts(v, &d->vms[i].vm);
	for (i = 0; i < nr_vpes; i++) {
		if (d->vpes[i].born)
			return -EBADMSG;
		read_vpe_counts(v, &d->vpes[i].v);
	}
	err = read_vlpis(d, v);
	if (err)
		return err;
	d->state.gaps = rec_get_u32(v);
	if (rec_get(v) && !v->bad)
		err = read_sample(d, v, &d->state.sample);
	if (!err && (v->bad || v->p != v->end))
		err = -EBADMSG;
	return err;
}

int rec_dec_begin(struct rec_dec *d, const struct rec_view *views, uint64_t base_ns, bool key)
{
	int err;

	memset(d, 0, sizeof(*d));
	memcpy(d->views, views, sizeof(d->views));
	d->base_ns = d->now_ns = base_ns;
	d->ref = REC_NO_REF;
	d->key = key;
	err = read_vms(d);
	if (!err)
		err = read_vpes(d);
	if (!err && key)
		err = read_state(d);
	return err;
}

void rec_dec_clear(struct rec_dec *d)
{
	free(d->refs);
	free(d->vms);
	free(d->vpes);
	free(d->state.vlpis);
	sample_free(d->state.sample);
	memset(d, 0, sizeof(*d));
}

static int next_long(struct rec_dec *d, struct rec_out *out)
{
	struct rec_view *v = &d->views[REC_LONGS];
	struct g4_rec_long *l = &out->l;
	uint64_t ref;

	l->r.ts_ns = out->r.ts_ns;
	l->r.type = (uint8_t)rec_get(v);
	l->r.flags = (uint8_t)rec_get(v);
	l->r.pcpu = (uint16_t)rec_get(v);
	ref = rec_get(v);
	l->r.vpe = rec_get_u64(v);
	l->kvm = rec_get_u64(v);
	l->r.arg_ns = rec_get(v);
	l->r.vcpu = rec_get_u32(v);
	l->irq = rec_get_u32(v);
	l->vintid = rec_get_u32(v);
	l->devid = rec_get_u32(v);
	l->eventid = rec_get_u32(v);
	l->pid = rec_get_u32(v);
	l->nr = rec_get_u32(v);
	l->vpe_id = (uint16_t)rec_get(v);
	l->prop = (uint8_t)rec_get(v);
	l->lpi_flags = (uint8_t)rec_get(v);
	rec_get_text(v, out->text, sizeof(out->text));
	if (v->bad || ref > d->nr_vpes || l->r.type < G4_REC_LONG ||
	    (l->r.type == G4_REC_VPE_NEW) != (ref != 0))
		return -EBADMSG;
	out->what = REC_IS_LONG;
	out->ref = ref ? (uint32_t)ref - 1 : REC_NO_REF;
	out->r.type = l->r.type;
	out->r.flags = l->r.flags;
	out->r.pcpu = l->r.pcpu;
	return 0;
}

static int next_special(struct rec_dec *d, uint8_t op, struct rec_out *out)
{
	struct rec_view *times = &d->views[REC_TIMES], *args = &d->views[REC_ARGS];
	enum rec_special special = (enum rec_special)(op >> 4 & 3);

	if (special == REC_BACK) {
		d->now_ns -= rec_get(args);
		return args->bad ? -EBADMSG : 0;
	}
	d->now_ns += rec_get(times);
	out->r = (struct g4_rec){ .ts_ns = d->now_ns };
	if (times->bad)
		return -EBADMSG;
	switch (special) {
	case REC_GAP_BEGIN:
		out->what = REC_IS_GAP_BEGIN;
		return 0;
	case REC_GAP_END:
		out->what = REC_IS_GAP_END;
		return 0;
	default:
		out->what = REC_IS_SAMPLE;
		return read_sample(d, &d->views[REC_SAMPLES], &out->sample);
	}
}

/* An op that is not of one vPE, or that seldom is. */
static int next_other(struct rec_dec *d, uint8_t op, struct rec_out *out)
{
	struct rec_view *times = &d->views[REC_TIMES], *refs = &d->views[REC_REFS];

	if ((op & 0xf) == REC_OP_SPECIAL)
		return next_special(d, op, out);
	d->now_ns += rec_get(times);
	out->r.ts_ns = d->now_ns;
	if (times->bad)
		return -EBADMSG;
	if ((op & 0xf) == REC_OP_LONG)
		return next_long(d, out);
	if ((op & 0xf) != REC_OP_SW_LPI)
		return -EBADMSG;
	out->what = REC_IS_SW_LPI;
	out->ref = rec_get_u32(refs);
	out->r.type = G4_REC_SW_LPI;
	out->r.flags = 0;
	out->r.arg_ns = 0;
	out->r.pcpu = (uint16_t)rec_get(&d->views[REC_PCPUS]);
	return refs->bad || d->views[REC_PCPUS].bad || out->ref >= d->nr_vms ? -EBADMSG : 0;
}

/*
 * What an op with its two flags says. A table, not a switch: the next op is hardly ever
 * foreseeable, so each jump that depends on it costs as much as all the rest of a record.
 */
enum arg_kind {
	ARG_NONE,
	ARG_CALLS,			/* none: a useful doorbell, which others may answer */
	ARG_CALLED,			/* the last useful doorbell's time */
	ARG_NS, ARG_AGO,		/* from REC_ARGS */
};

struct op_word {
	uint8_t type, flags, arg;	/* arg: enum arg_kind */
};

/* By op, and its flags: none, F0, F1, both. */
static const struct op_word op_words[16][4] = {
	[REC_OP_LOAD] = {
		{ G4_REC_VPE_LOAD, 0, ARG_NONE }, { G4_REC_VPE_LOAD, 0, ARG_CALLED },
		{ G4_REC_VPE_LOAD, G4_RECF_COUNTED, ARG_NONE },
		{ G4_REC_VPE_LOAD, G4_RECF_COUNTED, ARG_CALLED },
	},
	[REC_OP_LOAD_ARG] = {
		{ G4_REC_VPE_LOAD, 0, ARG_AGO }, { G4_REC_VPE_LOAD, 0, ARG_AGO },
		{ G4_REC_VPE_LOAD, G4_RECF_COUNTED, ARG_AGO },
		{ G4_REC_VPE_LOAD, G4_RECF_COUNTED, ARG_AGO },
	},
	[REC_OP_PUT] = {
		{ G4_REC_VPE_PUT, 0, ARG_NONE }, { G4_REC_VPE_PUT, G4_RECF_DOORBELL, ARG_NONE },
		{ G4_REC_VPE_PUT, 0, ARG_NONE }, { G4_REC_VPE_PUT, G4_RECF_DOORBELL, ARG_NONE },
	},
	[REC_OP_PUT_DONE] = {
		{ G4_REC_VPE_PUT_DONE, 0, ARG_NONE },
		{ G4_REC_VPE_PUT_DONE, G4_RECF_PENDING_LAST, ARG_NONE },
		{ G4_REC_VPE_PUT_DONE, 0, ARG_NS },
		{ G4_REC_VPE_PUT_DONE, G4_RECF_PENDING_LAST, ARG_NS },
	},
	[REC_OP_DOORBELL] = {
		{ G4_REC_DOORBELL, G4_DB_USEFUL, ARG_CALLS },
		{ G4_REC_DOORBELL, G4_DB_LATE, ARG_NONE },
		{ G4_REC_DOORBELL, G4_DB_SPURIOUS, ARG_NONE }, { G4_REC_DOORBELL, 3, ARG_NONE },
	},
	[REC_OP_DOORBELL_COUNTED] = {
		{ G4_REC_DOORBELL, G4_RECF_COUNTED | G4_DB_USEFUL, ARG_CALLS },
		{ G4_REC_DOORBELL, G4_RECF_COUNTED | G4_DB_LATE, ARG_NONE },
		{ G4_REC_DOORBELL, G4_RECF_COUNTED | G4_DB_SPURIOUS, ARG_NONE },
		{ G4_REC_DOORBELL, G4_RECF_COUNTED | 3, ARG_NONE },
	},
	[REC_OP_DOORBELL_DONE] = {
		{ G4_REC_DOORBELL_DONE, 0, ARG_NONE }, { G4_REC_DOORBELL_DONE, 0, ARG_NONE },
		{ G4_REC_DOORBELL_DONE, 0, ARG_NONE }, { G4_REC_DOORBELL_DONE, 0, ARG_NONE },
	},
	[REC_OP_SLEEP] = {
		{ G4_REC_SLEEP, 0, ARG_NONE }, { G4_REC_SLEEP, 0, ARG_NONE },
		{ G4_REC_SLEEP, 0, ARG_NONE }, { G4_REC_SLEEP, 0, ARG_NONE },
	},
	[REC_OP_WAKE] = {
		{ G4_REC_WAKE, 0, ARG_NONE }, { G4_REC_WAKE, 0, ARG_CALLED },
		{ G4_REC_WAKE, 0, ARG_NONE }, { G4_REC_WAKE, 0, ARG_CALLED },
	},
	[REC_OP_WAKE_ARG] = {
		{ G4_REC_WAKE, 0, ARG_AGO }, { G4_REC_WAKE, 0, ARG_AGO },
		{ G4_REC_WAKE, 0, ARG_AGO }, { G4_REC_WAKE, 0, ARG_AGO },
	},
	[REC_OP_ENTRY] = {
		{ G4_REC_GUEST_ENTRY, 0, ARG_NONE }, { G4_REC_GUEST_ENTRY, 0, ARG_NONE },
		{ G4_REC_GUEST_ENTRY, 0, ARG_NS }, { G4_REC_GUEST_ENTRY, 0, ARG_NS },
	},
	[REC_OP_VMOVP] = {
		{ G4_REC_VMOVP, 0, ARG_NS }, { G4_REC_VMOVP, 0, ARG_NS },
		{ G4_REC_VMOVP, 0, ARG_NS }, { G4_REC_VMOVP, 0, ARG_NS },
	},
};

static inline uint64_t arg_of(struct rec_dec *d, const struct op_word *word, uint64_t called_ns)
{
	uint64_t value;

	if (word->arg < ARG_NS)
		return word->arg == ARG_CALLED ? called_ns : 0;
	value = rec_get(&d->views[REC_ARGS]);
	return word->arg == ARG_NS ? value : d->now_ns - (uint64_t)rec_unzigzag(value);
}

int rec_dec_next(struct rec_dec *d, struct rec_out *out)
{
	struct rec_view *ops = &d->views[REC_OPS], *times = &d->views[REC_TIMES];
	const struct op_word *word;
	struct rec_enc_ref *known;
	uint8_t op;
	int err;

	out->what = REC_IS_END;
	for (;;) {
		if (ops->p == ops->end)
			return d->views[REC_ARGS].bad || d->views[REC_REFS].bad ||
			       d->views[REC_PCPUS].bad ? -EBADMSG : 0;
		op = *ops->p++;
		word = &op_words[op & 0xf][op >> 4 & 3];
		if (word->type)
			break;
		err = next_other(d, op, out);
		if (err || out->what != REC_IS_END)
			return err;
	}
	if (op & REC_OPF_REF)
		d->ref = rec_get_u32(&d->views[REC_REFS]);
	d->now_ns += rec_get(times);
	if (d->ref >= d->nr_vpes || times->bad)
		return -EBADMSG;
	known = &d->refs[d->ref];
	if (op & REC_OPF_PCPU)
		known->pcpu = (uint16_t)rec_get(&d->views[REC_PCPUS]);
	out->what = REC_IS_EVENT;
	out->ref = d->ref;
	out->r.ts_ns = d->now_ns;
	out->r.type = word->type;
	out->r.flags = word->flags;
	out->r.pcpu = (uint16_t)known->pcpu;
	out->r.arg_ns = arg_of(d, word, known->called_ns);
	known->called_ns = word->arg == ARG_CALLS ? d->now_ns : known->called_ns;
	return 0;
}
