// SPDX-License-Identifier: GPL-2.0
/*
 * Chunks into a file; see rec_write.h. A chunk is begun by its first record. It is a key
 * chunk, with the whole state in front, where it is the first and then now and again: as
 * often as costs little against the records in between.
 */
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "rec_write.h"
#include "util.h"

#define KEY_NS		10000000000ULL	/* at least so far apart, */
#define KEY_LATE_NS	300000000000ULL	/*  at most so far, */
#define KEY_RATIO	8U		/*  in between when it is so much less than the rest */
#define SMALL		64U		/* bytes that are not worth compressing */
#define FULL		(1U << 18)	/* records of a chunk: far from what readers refuse */

struct rec_writer {
	struct rec_writer_opts opts;
	uint64_t file_id, seq, offset;
	struct rec_enc enc;
	bool open, key, gap, in_gap;
	uint32_t born_ref;		/* of the vPE whose birth was written last */
	uint64_t mark;			/* of this chunk, in fold_vm.mark and fold_vpe.mark */
	uint64_t key_ns, key_offset, key_size;	/* of the last key chunk */
	uint64_t *lost, *lost_before;	/* by CPU: now, and at the last chunk's end */
	uint64_t nr_records;
	struct rec_buf body;
	z_stream z;
	bool z_ready;
	struct rec_index_entry *index;
	size_t nr_index, room_index;
};

/* Header and body as one thing: it is there or it is not, as far as that can be had. */
static int write_chunk(struct rec_writer *w, struct rec_chunk_header *h)
{
	struct stat st;
	int err;

	h->magic = REC_CHUNK_MAGIC;
	h->header_len = sizeof(*h);
	h->seq = w->seq;
	h->file_id = w->file_id;
	h->body_len = (uint32_t)(w->body.len - sizeof(*h));
	h->body_crc = (uint32_t)crc32(0, w->body.p + sizeof(*h), h->body_len);
	h->crc = (uint32_t)crc32(0, (const void *)h, offsetof(struct rec_chunk_header, crc));
	memcpy(w->body.p, h, sizeof(*h));
	err = util_write_all(w->opts.fd, w->body.p, w->body.len);
	if (err) {
		if (!fstat(w->opts.fd, &st) && S_ISREG(st.st_mode) &&
		    !ftruncate(w->opts.fd, (off_t)w->offset))
			lseek(w->opts.fd, (off_t)w->offset, SEEK_SET);
		return err;
	}
	w->offset += w->body.len;
	w->seq++;
	return 0;
}

static int write_header(struct rec_writer *w)
{
	struct rec_file_header h = { .major = REC_MAJOR, .minor = REC_MINOR,
				     .header_len = sizeof(h), .file_id = w->file_id };
	int err;

	memcpy(h.magic, REC_MAGIC, sizeof(h.magic));
	h.crc = (uint32_t)crc32(0, (const void *)&h, offsetof(struct rec_file_header, crc));
	err = util_write_all(w->opts.fd, &h, sizeof(h));
	w->offset = sizeof(h);
	return err;
}

void rec_writer_free(struct rec_writer *w)
{
	if (!w)
		return;
	if (w->z_ready)
		deflateEnd(&w->z);
	rec_enc_clear(&w->enc);
	free(w->lost);
	free(w->lost_before);
	free(w->body.p);
	free(w->index);
	free(w);
}

static void writer_freep(struct rec_writer **w)
{
	rec_writer_free(*w);
}

int rec_writer_new(const struct rec_writer_opts *opts, struct rec_writer **ret_w)
{
	__attribute__((cleanup(writer_freep))) struct rec_writer *w = calloc(1, sizeof(*w));
	static uint64_t marks;
	int err;

	if (!w)
		return -ENOMEM;
	w->opts = *opts;
	/* no two chunks of any writer share a mark: a fold may be written to two files */
	w->mark = ++marks << 40;
	if (getrandom(&w->file_id, sizeof(w->file_id), 0) != (ssize_t)sizeof(w->file_id))
		return -EIO;
	err = rec_enc_init(&w->enc, opts->nr_cpus);
	if (err)
		return err;
	w->lost = calloc((size_t)opts->nr_cpus + 1, sizeof(*w->lost));
	w->lost_before = calloc((size_t)opts->nr_cpus + 1, sizeof(*w->lost_before));
	if (!w->lost || !w->lost_before ||
	    deflateInit(&w->z, opts->level ? opts->level : Z_BEST_SPEED) != Z_OK)
		return -ENOMEM;
	w->z_ready = true;
	if (opts->lost) {
		memcpy(w->lost, opts->lost, opts->nr_cpus * sizeof(*w->lost));
		memcpy(w->lost_before, opts->lost, opts->nr_cpus * sizeof(*w->lost));
	}
	err = write_header(w);
	if (err)
		return err;
	*ret_w = TAKE_PTR(w);
	return 0;
}

/* --- VMs and vPEs in the open chunk --- */

static uint32_t ref_vm(struct rec_writer *w, struct fold_vm *fvm)
{
	if (fvm->mark != w->mark) {
		fvm->ref = rec_enc_vm(&w->enc, &fvm->vm, fvm->name);
		fvm->mark = w->mark;
	}
	return fvm->ref;
}

static uint32_t ref_vpe(struct rec_writer *w, struct fold_vpe *fv)
{
	uint32_t vm_ref;

	if (fv->mark == w->mark)
		return fv->ref;
	vm_ref = ref_vm(w, fv->vm);
	fv->ref = rec_enc_vpe(&w->enc, &fv->v, vm_ref, false);
	fv->mark = w->mark;
	return fv->ref;
}

static bool key_is_due(const struct rec_writer *w, uint64_t ts_ns)
{
	uint64_t since = g4_span(w->key_ns, ts_ns);

	if (!w->key_size || since >= KEY_LATE_NS)
		return true;
	return since >= KEY_NS && w->offset - w->key_offset >= KEY_RATIO * w->key_size;
}

static void put_state(struct rec_writer *w, struct fold *f)
{
	const struct fold_vlpi *lpi;
	uint32_t i;

	for (i = 0; i < f->nr_vms; i++) {
		if (!f->vms[i]->gone)
			ref_vm(w, f->vms[i]);
	}
	for (i = 0; i < f->nr_vpes; i++) {
		if (!f->vpes[i]->gone)
			ref_vpe(w, f->vpes[i]);
	}
	rec_enc_state_begin(&w->enc);
	for (i = 0; i < f->nr_vms; i++) {
		if (!f->vms[i]->gone)
			rec_enc_vm_counts(&w->enc, &f->vms[i]->vm);
	}
	for (i = 0; i < f->nr_vpes; i++) {
		if (!f->vpes[i]->gone)
			rec_enc_vpe_counts(&w->enc, &f->vpes[i]->v);
	}
	rec_enc_nr_vlpis(&w->enc, f->nr_vlpis);
	for (i = 0; i < f->room_hash; i++) {
		for (lpi = f->vlpi_hash[i]; lpi; lpi = lpi->next)
			rec_enc_vlpi(&w->enc, lpi->host_irq, &lpi->v, lpi->device);
	}
	rec_enc_state_end(&w->enc, f->sample, f->gaps);
}

static void begin_chunk(struct rec_writer *w, struct fold *f, uint64_t ts_ns)
{
	if (w->open)
		return;
	w->open = true;
	w->mark++;
	w->gap = w->in_gap = f->gaps != 0;
	rec_enc_begin(&w->enc, ts_ns);
	w->key = key_is_due(w, ts_ns);
	if (!w->key)
		return;
	put_state(w, f);
	w->key_ns = ts_ns;
	w->key_offset = w->offset;
}

/* Ends a chunk that holds as much as one may, whatever its owner waits for. */
static int make_room(struct rec_writer *w, struct fold *f)
{
	return w->open && w->enc.nr_records >= FULL ? rec_writer_flush(w, f) : 0;
}

static int result(const struct rec_writer *w)
{
	return w->enc.failed ? -ENOMEM : 0;
}

/* A vPE that is born: its name in this chunk is a new one, whoever had its address before. */
static void put_birth(struct rec_writer *w, struct fold *f, const struct g4_rec_long *rec)
{
	const struct g4_vpe born = { .vpe = rec->r.vpe, .kvm = rec->kvm };
	struct fold_vm *fvm = fold_get_vm(f, rec->kvm);

	if (!fvm) {
		w->enc.failed = true;
		return;
	}
	w->born_ref = rec_enc_vpe(&w->enc, &born, ref_vm(w, fvm), true);
	rec_enc_long(&w->enc, rec, w->born_ref, NULL);
}

void rec_writer_folded(struct rec_writer *w, struct fold *f, const struct g4_rec *rec)
{
	struct fold_vpe *fv;

	if (rec->type != G4_REC_VPE_NEW)
		return;
	fv = fold_find_vpe(f, rec->vpe);
	if (!fv)
		return;
	fv->mark = w->mark;
	fv->ref = w->born_ref;
}

static int put_long(struct rec_writer *w, struct fold *f, const struct g4_rec_long *rec,
		    const char *text)
{
	begin_chunk(w, f, rec->r.ts_ns);
	if (rec->r.type == G4_REC_VPE_NEW)
		put_birth(w, f, rec);
	else
		rec_enc_long(&w->enc, rec, REC_NO_REF, text);
	return result(w);
}

int rec_writer_record(struct rec_writer *w, struct fold *f, const struct g4_rec *rec,
		      const char *text)
{
	struct fold_vpe *fv;
	struct fold_vm *fvm;
	int err = make_room(w, f);

	if (err)
		return err;
	if (rec->type >= G4_REC_LONG)
		return put_long(w, f, (const struct g4_rec_long *)rec, text);
	if (rec->type == G4_REC_SW_LPI) {
		fvm = fold_get_vm(f, rec->arg_ns);
		if (!fvm)
			return -ENOMEM;
		begin_chunk(w, f, rec->ts_ns);
		rec_enc_sw_lpi(&w->enc, rec, ref_vm(w, fvm));
		return result(w);
	}
	fv = fold_get_vpe(f, rec->vpe, 0);
	if (!fv)
		return -ENOMEM;
	begin_chunk(w, f, rec->ts_ns);
	rec_enc_event(&w->enc, rec, ref_vpe(w, fv));
	return result(w);
}

int rec_writer_gap(struct rec_writer *w, struct fold *f, bool begin, uint64_t ts_ns)
{
	begin_chunk(w, f, ts_ns);
	w->gap = true;
	rec_enc_gap(&w->enc, begin, ts_ns);
	return result(w);
}

int rec_writer_sample(struct rec_writer *w, struct fold *f, const struct sample *s)
{
	begin_chunk(w, f, s->now_ns);
	rec_enc_sample(&w->enc, s);
	return result(w);
}

void rec_writer_losses(struct rec_writer *w, const uint64_t *lost_by_cpu, uint32_t nr_cpus)
{
	uint32_t cpu;

	for (cpu = 0; cpu < nr_cpus && cpu < w->opts.nr_cpus; cpu++)
		w->lost[cpu] = lost_by_cpu[cpu];
}

/* --- a chunk's end --- */

/* Compresses into the body; how many bytes, 0: it would save too little. */
static size_t compress_into(struct rec_writer *w, const struct rec_buf *from)
{
	size_t most = from->len - from->len / 8;

	if (from->len < SMALL || !rec_room(&w->body, most))
		return 0;
	deflateReset(&w->z);
	w->z.next_in = from->p;
	w->z.avail_in = (uInt)from->len;
	w->z.next_out = w->body.p + w->body.len;
	w->z.avail_out = (uInt)most;
	if (deflate(&w->z, Z_FINISH) != Z_STREAM_END)
		return 0;
	return most - w->z.avail_out;
}

static void put_section(struct rec_writer *w, enum rec_section id, const struct rec_buf *from,
			uint32_t count)
{
	struct rec_section_header h = { .id = (uint8_t)id, .raw_len = (uint32_t)from->len,
					.count = count };
	size_t at = w->body.len, len;

	if (!from->len)
		return;
	rec_put_bytes(&w->body, &h, sizeof(h));
	len = compress_into(w, from);
	h.coding = len ? REC_ZLIB : REC_STORED;
	h.disk_len = (uint32_t)(len ? len : from->len);
	if (len)
		w->body.len += len;
	else
		rec_put_bytes(&w->body, from->p, from->len);
	if (!w->body.failed)
		memcpy(w->body.p + at, &h, sizeof(h));
}

/* CPUs that have recorded or lost something; all losses of the chunk together. */
static uint64_t put_cpus(struct rec_writer *w)
{
	struct rec_buf *b = &w->enc.sections[REC_CPUS];
	uint64_t sum = 0, lost;
	uint32_t cpu;

	for (cpu = 0; cpu < w->opts.nr_cpus; cpu++) {
		lost = w->lost[cpu] - w->lost_before[cpu];
		if (!w->enc.cpu_records[cpu] && !w->lost[cpu])
			continue;
		rec_put(b, cpu);
		rec_put(b, w->enc.cpu_records[cpu]);
		rec_put(b, lost);
		rec_put(b, w->lost[cpu]);
		w->enc.counts[REC_CPUS]++;
		sum += lost;
	}
	return sum;
}

static int add_index(struct rec_writer *w, const struct rec_chunk_header *h, uint64_t offset)
{
	size_t room = w->room_index ? w->room_index * 2 : 256;
	struct rec_index_entry *index;

	if (w->nr_index == w->room_index) {
		index = reallocarray(w->index, room, sizeof(*index));
		if (!index)
			return -ENOMEM;
		w->index = index;
		w->room_index = room;
	}
	w->index[w->nr_index++] = rec_index_entry_of(h, offset);
	return 0;
}

static void begin_body(struct rec_writer *w)
{
	static const struct rec_chunk_header none;

	w->body.len = 0;
	w->body.failed = false;
	rec_put_bytes(&w->body, &none, sizeof(none));
}

int rec_writer_flush(struct rec_writer *w, struct fold *f)
{
	struct rec_chunk_header h = { .kind = REC_CHUNK_EVENTS };
	uint64_t offset = w->offset;
	unsigned int id;
	int err;

	if (!w->open)
		return 0;
	w->open = false;
	h.flags = (w->key ? REC_CHUNK_KEY : 0) | (w->gap ? REC_CHUNK_GAP : 0) |
		  (w->in_gap ? REC_CHUNK_IN_GAP : 0);
	h.first_ns = w->enc.base_ns;
	h.last_ns = w->enc.last_ns;
	h.nr_records = w->enc.nr_records;
	h.nr_lost = (uint32_t)put_cpus(w);
	rec_put_bytes(&w->enc.sections[REC_META], w->opts.meta, strlen(w->opts.meta));
	begin_body(w);
	for (id = REC_META; id < REC_INDEX; id++) {
		if (w->enc.sections[id].failed)
			return -ENOMEM;
		put_section(w, id, &w->enc.sections[id], w->enc.counts[id]);
	}
	if (w->body.failed || w->enc.failed)
		return -ENOMEM;
	err = write_chunk(w, &h);
	if (err)
		return err;
	memcpy(w->lost_before, w->lost, w->opts.nr_cpus * sizeof(*w->lost));
	w->nr_records += h.nr_records;
	if (w->key)
		w->key_size = w->offset - offset;
	fold_bury(f);
	return add_index(w, &h, offset);
}

int rec_writer_finish(struct rec_writer *w, struct fold *f)
{
	struct rec_chunk_header h = { .kind = REC_CHUNK_INDEX };
	struct rec_footer footer = { .file_id = w->file_id, .magic = REC_FOOTER_MAGIC };
	struct rec_buf index = { .p = NULL };
	int err;

	/* a file in which nothing happened has the state all the same */
	if (!w->nr_index)
		begin_chunk(w, f, f->now_ns);
	err = rec_writer_flush(w, f);
	if (err)
		return err;
	index.p = (uint8_t *)w->index;
	index.len = w->nr_index * sizeof(*w->index);
	if (w->nr_index) {
		h.first_ns = w->index[0].first_ns;
		h.last_ns = w->index[w->nr_index - 1].last_ns;
	}
	footer.index_offset = w->offset;
	begin_body(w);
	put_section(w, REC_INDEX, &index, (uint32_t)w->nr_index);
	if (w->body.failed)
		return -ENOMEM;
	err = write_chunk(w, &h);
	if (err)
		return err;
	footer.crc = (uint32_t)crc32(0, (const void *)&footer, offsetof(struct rec_footer, crc));
	err = util_write_all(w->opts.fd, &footer, sizeof(footer));
	w->offset += sizeof(footer);
	return err;
}

uint64_t rec_writer_bytes(const struct rec_writer *w)
{
	return w->offset;
}

uint64_t rec_writer_records(const struct rec_writer *w)
{
	return w->nr_records + (w->open ? w->enc.nr_records : 0);
}

size_t rec_writer_open_bytes(const struct rec_writer *w)
{
	return w->open ? rec_enc_size(&w->enc) : 0;
}

uint64_t rec_writer_base_ns(const struct rec_writer *w)
{
	return w->open ? w->enc.base_ns : 0;
}
