// SPDX-License-Identifier: GPL-2.0
/*
 * Reader and fold joined; see rec_play.h. As long as no chunk is missing, what a chunk
 * says of the state at its begin is what the fold has anyway. Behind a hole it is taken
 * from there: state and times of the vPEs named in it, so that nothing is measured
 * across the hole; counts only from the next key chunk on.
 */
#include <stdio.h>

#include "rec_play.h"
#include "util.h"

#define MAX_CPUS	65536U

static uint64_t meta_u64(const struct rec_chunk *c, const char *key)
{
	char text[32];
	uint64_t value;

	if (!rec_chunk_meta(c, key, text, sizeof(text)) ||
	    util_parse_u64(text, 0, UINT64_MAX, &value))
		return 0;
	return value;
}

static void read_info(struct rec_play *p)
{
	const struct rec_chunk *c = &p->chunk;
	struct rec_info *i = &p->info;

	rec_chunk_meta(c, "host", i->host, sizeof(i->host));
	rec_chunk_meta(c, "kernel", i->kernel, sizeof(i->kernel));
	rec_chunk_meta(c, "machine", i->machine, sizeof(i->machine));
	rec_chunk_meta(c, "gic", i->gic, sizeof(i->gic));
	rec_chunk_meta(c, "wfi", i->wfi, sizeof(i->wfi));
	rec_chunk_meta(c, "backend", i->backend, sizeof(i->backend));
	rec_chunk_meta(c, "version", i->version, sizeof(i->version));
	rec_chunk_meta(c, "pmu_event", i->pmu_event, sizeof(i->pmu_event));
	rec_chunk_meta(c, "gic_pmu", i->gic_pmu, sizeof(i->gic_pmu));
	i->hooks_attached = (uint32_t)meta_u64(c, "hooks_attached");
	i->hooks_wanted = (uint32_t)meta_u64(c, "hooks_wanted");
	i->figures = (uint32_t)meta_u64(c, "figures");
	i->nr_cpus = (uint32_t)meta_u64(c, "cpus");
	i->start_ns = meta_u64(c, "start_ns");
	i->start_real_ns = meta_u64(c, "start_real_ns");
	if (i->nr_cpus > MAX_CPUS)
		i->nr_cpus = MAX_CPUS;
}

/* The first chunk that can be read tells about the host. */
static int find_info(struct rec_play *p)
{
	uint32_t i;
	int err = -EBADMSG;

	for (i = 0; i < p->file.nr && err == -EBADMSG; i++)
		err = rec_file_chunk(&p->file, i, &p->chunk);
	if (err)
		return err == -EBADMSG ? 0 : err;
	read_info(p);
	for (i = 0; i < p->file.nr; i++) {
		p->info.nr_records += p->file.index[i].nr_records;
		p->info.nr_lost += p->file.index[i].nr_lost;
		if (p->file.index[i].last_ns > p->info.last_ns)
			p->info.last_ns = p->file.index[i].last_ns;
	}
	p->info.first_ns = p->file.index[0].first_ns;
	if (!p->info.start_ns || p->info.start_ns > p->info.first_ns)
		p->info.start_ns = p->info.first_ns;
	return 0;
}

int rec_play_open(struct rec_play *p, int fd, const struct fold_opts *opts,
		  enum rec_verdict *ret_verdict)
{
	int err;

	memset(p, 0, sizeof(*p));
	err = rec_file_open(&p->file, fd, ret_verdict);
	if (err || *ret_verdict != REC_GOOD)
		return err;
	p->found = p->file.damage;
	err = find_info(p);
	if (err)
		return err;
	p->lost_cpus = calloc((size_t)p->info.nr_cpus + 1, sizeof(*p->lost_cpus));
	p->played_cpus = calloc((size_t)p->info.nr_cpus + 1, sizeof(*p->played_cpus));
	if (!p->lost_cpus || !p->played_cpus)
		return -ENOMEM;
	/* its first chunk, too, may tell of what was before */
	p->lost_thread = p->want_key = true;
	return fold_init(&p->fold, opts);
}

static void leave_chunk(struct rec_play *p)
{
	if (p->pending && p->out.what == REC_IS_SAMPLE)
		sample_free(p->out.sample);
	p->out.sample = NULL;
	p->pending = false;
	p->in_chunk = false;
	rec_dec_clear(&p->dec);
	free(p->vpes);
	free(p->vms);
	p->vpes = NULL;
	p->vms = NULL;
}

void rec_play_close(struct rec_play *p)
{
	leave_chunk(p);
	rec_chunk_clear(&p->chunk);
	fold_clear(&p->fold);
	rec_file_close(&p->file);
	free(p->lost_cpus);
	free(p->played_cpus);
	memset(p, 0, sizeof(*p));
	p->file.fd = -1;
}

/* --- a chunk's begin --- */

static void read_cpus(struct rec_play *p)
{
	struct rec_view v = p->chunk.views[REC_CPUS];
	uint64_t cpu, records, lost;

	while (v.p < v.end && !v.bad) {
		cpu = rec_get(&v);
		records = rec_get(&v);
		lost = rec_get(&v);
		rec_get(&v);
		if (v.bad || cpu >= p->info.nr_cpus)
			continue;
		p->lost_cpus[cpu] += lost;
		p->played_cpus[cpu] += records;
	}
	p->lost += p->chunk.h.nr_lost;
}

/*
 * State and times of a vPE as the chunk has them; its counts too, of a key chunk. Else
 * all time up to the chunk's begin has been counted, that of the hole as unknown: what
 * is under way is only counted from there on, though it is measured whole.
 */
static void set_vpe(struct fold_vpe *fv, const struct g4_vpe *v, bool counts)
{
	const struct g4_vpe old = fv->v;
	unsigned int i;

	fv->v = *v;
	if (counts)
		return;
	memcpy(fv->v.run.in_ns, old.run.in_ns, sizeof(old.run.in_ns));
	fv->v.run.in_ns[v->run.state & 3] -= g4_span(v->run.since_ns, old.run.since_ns);
	fv->v.run.loads = old.run.loads;
	fv->v.run.puts = old.run.puts;
	fv->v.run.blocks = old.run.blocks;
	fv->v.run.sleeps = old.run.sleeps;
	fv->v.run.pending_last = old.run.pending_last;
	fv->v.run.illegal = old.run.illegal;
	fv->v.run.moves = old.run.moves;
	for (i = 0; i < G4_NR_DB; i++)
		fv->v.db.count[i] = old.db.count[i];
	fv->v.db.pending_last = old.db.pending_last;
	fv->v.lr.taken = old.lr.taken;
	fv->v.lr.lpis = old.lr.lpis;
}

/* Whoever watches need not know whether records were lost or cannot be read. */
static void gap(struct rec_play *p, bool begin, uint64_t ts_ns)
{
	fold_gap(&p->fold, begin, ts_ns);
	if (p->watch.gap)
		p->watch.gap(p->watch.ctx, begin, ts_ns);
}

/*
 * The hole is time of which nothing is known. It ends at the chunk's begin, but what was
 * under way then may have begun in it: the chunk knows since when.
 */
static void cross_hole(struct rec_play *p)
{
	uint64_t now_ns = p->fold.now_ns ? p->fold.now_ns : p->chunk.h.first_ns;

	while (p->fold.gaps)
		gap(p, false, now_ns);
	if (p->fold.nr_vpes || now_ns < p->chunk.h.first_ns) {
		gap(p, true, now_ns);
		gap(p, false, p->chunk.h.first_ns > now_ns ? p->chunk.h.first_ns : now_ns);
	}
	/* the begin of a gap that goes on was in the hole */
	if (p->chunk.h.flags & REC_CHUNK_IN_GAP)
		gap(p, true, p->chunk.h.first_ns);
}

/* The VM of the chunk's @ref, made if it is not there; NULL: no memory. */
static struct fold_vm *bind_vm(struct rec_play *p, uint32_t ref, bool counts)
{
	const struct rec_dec_vm *from = &p->dec.vms[ref];
	struct fold_vm *fvm = fold_find_vm(&p->fold, from->vm.kvm);
	bool new = !fvm;

	if (new)
		fvm = fold_get_vm(&p->fold, from->vm.kvm);
	if (fvm && (new || counts))
		fvm->vm = from->vm;
	if (fvm && new)
		memcpy(fvm->name, from->name, sizeof(fvm->name));
	p->vms[ref] = fvm;
	return fvm;
}

/*
 * Who is born in this chunk is not there yet, and another may have the address until then:
 * these are found by their addresses when they are spoken of.
 */
static int bind_vms(struct rec_play *p, bool counts)
{
	const struct rec_dec_vm *from;
	struct fold_vm *fvm;
	uint32_t i;

	p->vms = calloc((size_t)p->dec.nr_vms + 1, sizeof(struct fold_vm *));
	if (!p->vms)
		return -ENOMEM;
	for (i = 0; i < p->dec.nr_vms; i++) {
		from = &p->dec.vms[i];
		if (from->vm.birth_ns > p->chunk.h.first_ns)
			continue;
		fvm = bind_vm(p, i, counts);
		if (!fvm)
			return -ENOMEM;
		/* a name may have become known since */
		if (from->name[0])
			memcpy(fvm->name, from->name, sizeof(fvm->name));
	}
	return 0;
}

/* The vPE of the chunk's @ref, made if it is not there; NULL: no memory. */
static struct fold_vpe *bind_vpe(struct rec_play *p, uint32_t ref, bool state, bool counts)
{
	const struct rec_dec_vpe *from = &p->dec.vpes[ref];
	struct fold_vpe *fv = fold_find_vpe(&p->fold, from->v.vpe);
	bool new = !fv;

	if (new)
		fv = fold_get_vpe(&p->fold, from->v.vpe, from->v.kvm);
	if (fv && (new || state) && !from->born)
		set_vpe(fv, &from->v, counts);
	p->vpes[ref] = fv;
	return fv;
}

static int bind_vpes(struct rec_play *p, bool state, bool counts)
{
	const struct rec_dec_vpe *from;
	uint32_t i;

	p->vpes = calloc((size_t)p->dec.nr_vpes + 1, sizeof(struct fold_vpe *));
	if (!p->vpes)
		return -ENOMEM;
	for (i = 0; i < p->dec.nr_vpes; i++) {
		from = &p->dec.vpes[i];
		if (from->born || from->v.birth_ns > p->chunk.h.first_ns)
			continue;
		if (!bind_vpe(p, i, state || counts, counts))
			return -ENOMEM;
	}
	return 0;
}

/* VMs and vPEs that a key chunk does not name are not there any more. */
static void drop_unnamed(struct rec_play *p)
{
	struct g4_rec_long gone = { .r.ts_ns = p->chunk.h.first_ns };
	uint64_t records = p->fold.nr_records;
	uint32_t i;

	p->mark++;
	for (i = 0; i < p->dec.nr_vms; i++) {
		if (p->vms[i])
			p->vms[i]->mark = p->mark;
	}
	for (i = 0; i < p->dec.nr_vpes; i++) {
		if (p->vpes[i])
			p->vpes[i]->mark = p->mark;
	}
	gone.r.type = G4_REC_VPE_GONE;
	for (i = p->fold.nr_vpes; i-- > 0;) {
		if (p->fold.vpes[i]->gone || p->fold.vpes[i]->mark == p->mark)
			continue;
		gone.r.vpe = p->fold.vpes[i]->v.vpe;
		fold_long(&p->fold, &gone, NULL);
	}
	gone.r.type = G4_REC_VM_GONE;
	for (i = p->fold.nr_vms; i-- > 0;) {
		if (p->fold.vms[i]->gone || p->fold.vms[i]->mark == p->mark)
			continue;
		gone.kvm = p->fold.vms[i]->vm.kvm;
		fold_long(&p->fold, &gone, NULL);
	}
	p->fold.nr_records = records;
}

static int take_state(struct rec_play *p)
{
	const struct rec_dec_vlpi *vlpi;
	uint32_t i;
	int err;

	fold_drop_vlpis(&p->fold);
	for (i = 0; i < p->dec.state.nr_vlpis; i++) {
		vlpi = &p->dec.state.vlpis[i];
		err = fold_set_vlpi(&p->fold, vlpi->host_irq, &vlpi->v, vlpi->device);
		if (err)
			return err;
	}
	if (p->dec.state.sample) {
		fold_sample(&p->fold, p->dec.state.sample);
		p->dec.state.sample = NULL;
	}
	if (p->dec.state.gaps && !p->fold.gaps)
		gap(p, true, p->chunk.h.first_ns);
	return 0;
}

static int bind(struct rec_play *p)
{
	bool key = p->chunk.h.flags & REC_CHUNK_KEY;
	bool state = p->lost_thread, counts = p->want_key && key;
	int err;

	if (p->fold.now_ns < p->chunk.h.first_ns && !p->fold.nr_vms)
		p->fold.now_ns = p->chunk.h.first_ns;
	if (state)
		cross_hole(p);
	if (counts && p->watch.rebase)
		p->watch.rebase(p->watch.ctx, false);
	err = bind_vms(p, counts);
	if (!err)
		err = bind_vpes(p, state, counts);
	if (!err && counts) {
		drop_unnamed(p);
		err = take_state(p);
		p->want_key = false;
		if (!err && p->watch.rebase)
			p->watch.rebase(p->watch.ctx, true);
	}
	p->lost_thread = false;
	return err;
}

/*
 * The next chunk that can be read, if there is one; 0 also at the end. What follows
 * without a hole is not begun before its time: it names who is born in it.
 */
static int enter_chunk(struct rec_play *p, uint64_t ts_ns)
{
	const struct rec_file *rf = &p->file;
	int err;

	while (p->next < rf->nr) {
		uint32_t i = p->next;

		if (!p->lost_thread && rf->index[i].seq == p->next_seq &&
		    rf->index[i].first_ns > ts_ns)
			return 0;
		p->next++;
		if (rf->index[i].seq != p->next_seq)
			p->lost_thread = p->want_key = true;
		p->next_seq = rf->index[i].seq + 1;
		err = rec_file_chunk(&p->file, i, &p->chunk);
		if (!err)
			err = rec_dec_begin(&p->dec, p->chunk.views, p->chunk.h.first_ns,
					    p->chunk.h.flags & REC_CHUNK_KEY);
		if (err == -EBADMSG) {
			rec_dec_clear(&p->dec);
			rec_file_skip(&p->file, i);
			p->lost_thread = p->want_key = true;
			continue;
		}
		if (!err)
			err = bind(p);
		if (err)
			return err;
		read_cpus(p);
		p->in_chunk = true;
		p->left = p->chunk.h.nr_records;
		return 0;
	}
	return 0;
}

/* --- records --- */

static int take_rare(struct rec_play *p)
{
	const struct g4_rec_long *l = &p->out.l;
	struct fold_vpe *fv;
	struct fold_vm *fvm;
	int err = 0;

	if (l->r.type == G4_REC_VPE_NEW) {
		fv = fold_new_vpe(&p->fold, l);
		if (!fv)
			return -ENOMEM;
		p->vpes[p->out.ref] = fv;
		if (l->r.ts_ns > p->fold.now_ns)
			p->fold.now_ns = l->r.ts_ns;
		p->fold.nr_records++;
	} else {
		err = fold_long(&p->fold, l, p->out.text);
	}
	if (!err && l->r.type == G4_REC_VM_NEW && p->out.text[0]) {
		fvm = fold_find_vm(&p->fold, l->kvm);
		if (fvm)
			memcpy(fvm->name, p->out.text, sizeof(fvm->name));
	}
	if (!err && p->watch.rare)
		p->watch.rare(p->watch.ctx, l, p->out.text);
	return err;
}

/* Events of a vPE that is known by its birth alone, and was never born, are no recorder's. */
static int take_event(struct rec_play *p)
{
	struct fold_vpe *fv = p->vpes[p->out.ref];
	uint64_t latency;

	if (!fv && p->dec.vpes[p->out.ref].born)
		return -EBADMSG;
	if (!fv || fv->gone)
		fv = bind_vpe(p, p->out.ref, false, false);
	if (!fv)
		return -ENOMEM;
	p->out.r.vpe = fv->v.vpe;
	p->out.r.vcpu = fv->v.vcpu;
	latency = fold_event(&p->fold, fv, &p->out.r);
	if (p->watch.event)
		p->watch.event(p->watch.ctx, fv, &p->out.r, latency);
	return 0;
}

static int take_sw_lpi(struct rec_play *p)
{
	struct fold_vm *fvm = p->vms[p->out.ref];

	if (!fvm || fvm->gone)
		fvm = bind_vm(p, p->out.ref, false);
	if (!fvm)
		return -ENOMEM;
	fold_sw_lpi(&p->fold, fvm, p->out.r.ts_ns);
	return 0;
}

static int take_record(struct rec_play *p)
{
	int err;

	/* more than its header says cannot be: the index counts on it */
	if (!p->left)
		return -EBADMSG;
	if (p->out.what == REC_IS_EVENT)
		err = take_event(p);
	else if (p->out.what == REC_IS_LONG)
		err = take_rare(p);
	else
		err = take_sw_lpi(p);
	if (err)
		return err;
	p->left--;
	p->played++;
	return 0;
}

static int take(struct rec_play *p)
{
	struct sample *sample;

	switch (p->out.what) {
	case REC_IS_EVENT:
	case REC_IS_SW_LPI:
	case REC_IS_LONG:
		return take_record(p);
	case REC_IS_GAP_BEGIN:
	case REC_IS_GAP_END:
		gap(p, p->out.what == REC_IS_GAP_BEGIN, p->out.r.ts_ns);
		return 0;
	case REC_IS_SAMPLE:
		sample = p->out.sample;
		p->out.sample = NULL;
		fold_sample(&p->fold, sample);
		if (p->watch.sample)
			p->watch.sample(p->watch.ctx, sample);
		return 0;
	default:
		return 0;
	}
}

/* What is left of a chunk whose sums agree, and which is nonsense all the same. */
static void give_up_chunk(struct rec_play *p)
{
	p->file.damage.skipped_chunks++;
	p->file.damage.skipped_records += p->left;
	p->lost_thread = p->want_key = true;
	leave_chunk(p);
	fold_bury(&p->fold);
}

int rec_play_until(struct rec_play *p, uint64_t ts_ns)
{
	int err;

	for (;;) {
		if (!p->in_chunk) {
			err = enter_chunk(p, ts_ns);
			if (err || !p->in_chunk)
				return err ? err : p->fold.failed ? -ENOMEM : 0;
		}
		if (!p->pending) {
			err = rec_dec_next(&p->dec, &p->out);
			if (!err && p->out.what == REC_IS_END && p->left)
				err = -EBADMSG;
			if (!err && p->out.what == REC_IS_END) {
				leave_chunk(p);
				fold_bury(&p->fold);
				continue;
			}
			p->pending = !err;
		} else {
			err = 0;
		}
		if (!err && p->out.r.ts_ns > ts_ns)
			return p->fold.failed ? -ENOMEM : 0;
		p->pending = false;
		if (!err)
			err = take(p);
		if (err == -EBADMSG)
			give_up_chunk(p);
		else if (err)
			return err;
	}
}

bool rec_play_at_end(const struct rec_play *p)
{
	return !p->in_chunk && p->next >= p->file.nr;
}

int rec_play_seek(struct rec_play *p, uint64_t ts_ns, bool counts_only)
{
	const struct fold_opts opts = p->fold.opts;
	uint32_t nr_cpus = p->info.nr_cpus;

	leave_chunk(p);
	fold_clear(&p->fold);
	p->next = counts_only ? rec_file_find(&p->file, ts_ns, REC_CHUNK_KEY) : 0;
	/* what was skipped on the way is met again */
	p->next_seq = p->next ? p->file.index[p->next].seq : 0;
	p->lost_thread = p->want_key = true;
	p->file.damage = p->found;
	p->played = 0;
	p->lost = 0;
	if (nr_cpus) {
		memset(p->lost_cpus, 0, nr_cpus * sizeof(*p->lost_cpus));
		memset(p->played_cpus, 0, nr_cpus * sizeof(*p->played_cpus));
	}
	return fold_init(&p->fold, &opts);
}
