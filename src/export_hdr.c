// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the encoding: HdrHistogram's V2 (counts as ZigZag LEB128 numbers, runs of zeros as
 * negative ones, in a zlib stream, in base64), of integers with three significant digits.
 *
 * Our buckets are wider than its own. Each value is put where hist_percentile() has it, in
 * the middle of its bucket; but the shortest and the longest are known exactly, and one
 * value each is put there. Counts are exact, and every value is in the bucket that it was
 * counted in.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <zlib.h>

#include "export_hdr.h"
#include "rec_buf.h"

#define DIGITS		3
#define HALF_BITS	10U		/* half of the values with a cell of their own: 1024 */
#define HALF		(1U << HALF_BITS)
#define COOKIE		0x1c849313U	/* V2, counts of variable length */
#define COOKIE_ZLIB	0x1c849314U
#define NS_PER_S	1000000000.0
#define NS_PER_UNIT	1000000.0	/* the column of maxima is in ms, as its tools write it */

static void put_be32(struct rec_buf *b, uint32_t v)
{
	const uint8_t bytes[] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8),
				  (uint8_t)v };

	rec_put_bytes(b, bytes, sizeof(bytes));
}

static void put_be64(struct rec_buf *b, uint64_t v)
{
	put_be32(b, (uint32_t)(v >> 32));
	put_be32(b, (uint32_t)v);
}

/* "LEB128-64b9B": as others, but the ninth byte has eight bits. */
static void put_zigzag(struct rec_buf *b, int64_t value)
{
	uint64_t v = rec_zigzag(value);
	uint8_t bytes[9];
	unsigned int nr = 0;

	while (v >= 0x80 && nr < 8) {
		bytes[nr++] = (uint8_t)(v | 0x80);
		v >>= 7;
	}
	bytes[nr++] = (uint8_t)v;
	rec_put_bytes(b, bytes, nr);
}

/* Cell of a value. */
static uint64_t cell_of(uint64_t value)
{
	uint32_t bit = g4_log2(value | (2 * HALF - 1)), bucket = bit - HALF_BITS;

	return ((uint64_t)bucket + 1) * HALF + (value >> bucket) - HALF;
}

/* Cells are written in order: one that is met again adds to itself. */
struct cells {
	struct rec_buf *to;
	uint64_t next;			/* the cell behind the last one written */
	uint64_t open, count;		/* the one that is being counted, and not written */
};

static void close_cell(struct cells *c)
{
	uint64_t zeros = c->open - c->next;

	if (!c->count)
		return;
	if (zeros)
		put_zigzag(c->to, zeros == 1 ? 0 : -(int64_t)zeros);
	put_zigzag(c->to, (int64_t)c->count);
	c->next = c->open + 1;
	c->count = 0;
}

static void count_at(struct cells *c, uint64_t value, uint64_t count)
{
	uint64_t cell = cell_of(value);

	if (!count)
		return;
	if (cell != c->open)
		close_cell(c);
	c->open = cell;
	c->count += count;
}

/* Where hist_percentile() has what bucket @i holds. */
static uint64_t middle_of(const struct g4_hist *h, unsigned int i)
{
	uint64_t low = g4_hist_low(i), value;

	if (i == G4_HIST_BUCKETS - 1)
		return h->max;
	value = low + (g4_hist_low(i + 1) - 1 - low) / 2;
	if (value < h->min)
		value = h->min;
	return value > h->max ? h->max : value;
}

static void put_counts(struct rec_buf *b, const struct g4_hist *h)
{
	struct cells c = { .to = b };
	unsigned int i, first = 0, last = G4_HIST_BUCKETS - 1;
	uint64_t count;

	while (first < last && !h->bucket[first])
		first++;
	while (last > first && !h->bucket[last])
		last--;
	for (i = first; i <= last; i++) {
		count = h->bucket[i];
		if (i == first && count && g4_hist_index(h->min) == i) {
			count_at(&c, h->min, 1);
			count--;
		}
		if (i != last || !count || g4_hist_index(h->max) != i) {
			count_at(&c, middle_of(h, i), count);
			continue;
		}
		count_at(&c, middle_of(h, i), count - 1);
		count_at(&c, h->max, 1);
	}
	close_cell(&c);
}

/* The histogram as its tools have it in memory, before compression. */
static void put_hist(struct rec_buf *b, const struct g4_hist *h)
{
	const double ratio = 1;
	uint64_t bits, highest = 2 * HALF;
	unsigned int i;
	uint32_t len;
	size_t at;

	/* the range is a power of two that holds the longest */
	while (highest <= h->max && highest < 1ULL << 62)
		highest *= 2;
	memcpy(&bits, &ratio, sizeof(bits));
	put_be32(b, COOKIE);
	at = b->len;
	put_be32(b, 0);			/* length of the counts: filled in below */
	put_be32(b, 0);			/* normalizing index offset */
	put_be32(b, DIGITS);
	put_be64(b, 1);			/* lowest discernible value */
	put_be64(b, highest - 1);
	put_be64(b, bits);
	len = (uint32_t)b->len;
	put_counts(b, h);
	if (b->failed)
		return;
	len = (uint32_t)b->len - len;
	for (i = 0; i < 4; i++)
		b->p[at + i] = (uint8_t)(len >> (24 - 8 * i));
}

static int pack(struct rec_buf *b, const struct rec_buf *from)
{
	uLongf len = compressBound(from->len);

	put_be32(b, COOKIE_ZLIB);
	if (!rec_room(b, 4 + len))
		return -ENOMEM;
	if (compress(b->p + b->len + 4, &len, from->p, from->len) != Z_OK)
		return -ENOMEM;
	put_be32(b, (uint32_t)len);
	b->len += len;
	return 0;
}

static void print_base64(FILE *f, const uint8_t *p, size_t len)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t word;
	size_t i, k;

	for (i = 0; i < len; i += 3) {
		word = (uint32_t)p[i] << 16;
		if (i + 1 < len)
			word |= (uint32_t)p[i + 1] << 8;
		if (i + 2 < len)
			word |= p[i + 2];
		for (k = 0; k < 4; k++)
			fputc(i + k <= len ? digits[word >> (18 - 6 * k) & 63] : '=', f);
	}
}

/* A tag ends at a comma, a line at its end. */
static void print_tag(FILE *f, const struct model *m, const struct model_vm *vm,
		      const struct model_vpe *vpe, enum model_hist which)
{
	const char *p = vm->name[0] ? vm->name : "VM";
	const struct model_vm *other;
	unsigned int same = 0, before = 0;
	unsigned char c;

	for (other = m->vms; other < m->vms + m->nr_vms; other++) {
		if (strcmp(other->name, vm->name))
			continue;
		same++;
		before += other < vm && other->pid == vm->pid;
	}
	fputs("Tag=", f);
	for (; *p; p++) {
		c = (unsigned char)*p;
		fputc(c <= ' ' || c == ',' || c == '"' || c == 0x7f ? '_' : c, f);
	}
	/* those of one name are told apart */
	if (same > 1 || !vm->name[0])
		fprintf(f, ":%u", vm->pid);
	if (before)
		fprintf(f, ":%u", before + 1);
	if (vpe)
		fprintf(f, "/%u", vpe->vcpu);
	fprintf(f, "/%s", model_hist_key(which));
}

static int print_line(FILE *f, const struct g4_hist *h, const struct export_hdr_window *w)
{
	struct rec_buf raw = { .p = NULL }, packed = { .p = NULL };
	int err;

	put_hist(&raw, h);
	err = raw.failed ? -ENOMEM : pack(&packed, &raw);
	if (!err) {
		fprintf(f, ",%.3f,%.3f,%.3f,", (double)w->from_ns / NS_PER_S,
			(double)(w->to_ns - w->from_ns) / NS_PER_S, (double)h->max / NS_PER_UNIT);
		print_base64(f, packed.p, packed.len);
		fputs("\n", f);
	}
	free(raw.p);
	free(packed.p);
	return err;
}

static int print_hists(FILE *f, const struct model *m, const struct model_vm *vm,
		       const struct model_vpe *vpe, const struct hist_opts *opts,
		       const struct export_hdr_window *w)
{
	struct g4_hist h;
	unsigned int i;
	int err = 0;

	for (i = 0; i < MODEL_NR_HISTS && !err; i++) {
		if (!opts->which[i] || !model_hist(m, vm, vpe, i, &h) || !h.count)
			continue;
		print_tag(f, m, vm, vpe, i);
		err = print_line(f, &h, w);
	}
	return err;
}

/* As HdrHistogram's own writer begins a log. */
static void print_header(FILE *f, const struct export_hdr_window *w)
{
	time_t seconds = (time_t)(w->origin_real_ns / 1000000000);
	unsigned int ms = (unsigned int)(w->origin_real_ns / 1000000 % 1000);
	char date[64] = "";
	struct tm tm;

	if (gmtime_r(&seconds, &tm))
		strftime(date, sizeof(date), "%a %b %d %H:%M:%S UTC %Y", &tm);
	fputs("#[gicv4top: nanoseconds; maxima in milliseconds]\n"
	      "#[Histogram log format version 1.3]\n", f);
	fprintf(f, "#[BaseTime: %lld.%03u (seconds since epoch)]\n", (long long)seconds, ms);
	fprintf(f, "#[StartTime: %lld.%03u (seconds since epoch), %s]\n", (long long)seconds, ms,
		date);
	fputs("\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\","
	      "\"Interval_Compressed_Histogram\"\n", f);
}

int export_hdr_write(FILE *f, const struct model *m, const struct hist_opts *opts,
		     const struct export_hdr_window *window)
{
	const struct model_vm *vm;
	uint32_t i, k;
	int err = 0;

	print_header(f, window);
	for (i = 0; i < m->nr_vms && !err; i++) {
		vm = &m->vms[i];
		if (vm->hidden)
			continue;
		if (!opts->per_vpe)
			err = print_hists(f, m, vm, NULL, opts, window);
		for (k = 0; opts->per_vpe && k < vm->nr_vpes && !err; k++)
			err = print_hists(f, m, vm, &m->vpes[vm->first_vpe + k], opts, window);
	}
	return err ? err : out_end(f);
}
