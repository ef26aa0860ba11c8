// SPDX-License-Identifier: GPL-2.0
/*
 * Takes recordings apart and puts them together; see rec_image.h. It shares no code with
 * the reader that it tests, but the names of rec_format.h.
 */
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "rec_image.h"

void image_chunk_free(struct image_chunk *c)
{
	unsigned int i;

	if (!c)
		return;
	for (i = 0; i < c->nr; i++)
		free(c->parts[i].p);
	free(c);
}

void image_clear(struct image *im)
{
	unsigned int i;

	for (i = 0; i < im->nr; i++)
		image_chunk_free(im->chunks[i]);
	memset(im, 0, sizeof(*im));
}

struct image_chunk *image_copy(const struct image_chunk *from)
{
	struct image_chunk *c = malloc(sizeof(*c));
	unsigned int i;

	if (!c)
		abort();
	*c = *from;
	for (i = 0; i < c->nr; i++) {
		c->parts[i].p = malloc(c->parts[i].len + 1);
		if (!c->parts[i].p)
			abort();
		memcpy(c->parts[i].p, from->parts[i].p, c->parts[i].len);
	}
	return c;
}

/* What does not inflate stays as it is. */
static void read_part(struct image_part *part, const uint8_t *from, size_t len)
{
	uLongf got = part->h.raw_len;

	part->zlib = part->h.coding == REC_ZLIB && got && got <= IMAGE_PART_MAX;
	part->p = malloc((part->zlib ? got : len) + 1);
	if (!part->p)
		abort();
	if (part->zlib && uncompress(part->p, &got, from, len) == Z_OK) {
		part->len = got;
		return;
	}
	free(part->p);
	part->p = malloc(len + 1);
	if (!part->p)
		abort();
	part->zlib = false;
	memcpy(part->p, from, len);
	part->len = len;
}

static void read_parts(struct image_chunk *c, const uint8_t *from, size_t len)
{
	struct image_part *part;
	size_t disk_len;

	while (len >= sizeof(part->h) && c->nr < IMAGE_PARTS) {
		part = &c->parts[c->nr++];
		memcpy(&part->h, from, sizeof(part->h));
		from += sizeof(part->h);
		len -= sizeof(part->h);
		disk_len = part->h.disk_len < len ? part->h.disk_len : len;
		read_part(part, from, disk_len);
		from += disk_len;
		len -= disk_len;
	}
}

bool image_parse(struct image *im, const uint8_t *data, size_t size)
{
	struct rec_chunk_header h;
	struct image_chunk *c;
	size_t at = sizeof(im->h), len;

	memset(im, 0, sizeof(*im));
	if (size < at + sizeof(h))
		return false;
	memcpy(&im->h, data, sizeof(im->h));
	while (size - at >= sizeof(h) && im->nr < IMAGE_CHUNKS) {
		memcpy(&h, data + at, sizeof(h));
		if (h.magic != REC_CHUNK_MAGIC) {
			at++;
			continue;
		}
		at += sizeof(h);
		len = h.body_len < size - at ? h.body_len : size - at;
		if (h.kind == REC_CHUNK_INDEX) {
			im->index = true;
		} else {
			c = calloc(1, sizeof(*c));
			if (!c)
				abort();
			c->h = h;
			read_parts(c, data + at, len);
			im->chunks[im->nr++] = c;
		}
		at += len;
	}
	return im->nr != 0;
}

uint32_t image_records(const struct image_chunk *c)
{
	uint32_t nr = 0;
	unsigned int i;
	size_t k;

	for (i = 0; i < c->nr; i++) {
		for (k = 0; c->parts[i].h.id == REC_OPS && k < c->parts[i].len; k++)
			nr += (c->parts[i].p[k] & 0xf) != REC_OP_SPECIAL;
	}
	return nr;
}

struct out {
	uint8_t *to;
	size_t len, room;
};

static bool put(struct out *o, const void *from, size_t len)
{
	if (len > o->room - o->len)
		return false;
	memcpy(o->to + o->len, from, len);
	o->len += len;
	return true;
}

/* With little memory: a fuzzer does it a thousand times a second. */
static size_t pack(const uint8_t *from, size_t len, uint8_t **ret_packed)
{
	z_stream z = { .next_in = (Bytef *)from, .avail_in = (uInt)len };
	size_t room;

	if (deflateInit2(&z, 1, Z_DEFLATED, 9, 1, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	room = deflateBound(&z, (uLong)len);
	*ret_packed = malloc(room);
	if (!*ret_packed)
		abort();
	z.next_out = *ret_packed;
	z.avail_out = (uInt)room;
	if (deflate(&z, Z_FINISH) != Z_STREAM_END)
		abort();
	deflateEnd(&z);
	return room - z.avail_out;
}

static bool put_part(struct out *o, const struct image_part *part)
{
	struct rec_section_header h = part->h;
	uint8_t *packed = NULL;
	size_t got = part->len;
	bool done;

	h.coding = part->zlib ? REC_ZLIB : part->h.coding == REC_ZLIB ? REC_STORED : part->h.coding;
	if (part->zlib)
		got = pack(part->p, part->len, &packed);
	h.disk_len = (uint32_t)got;
	h.raw_len = (uint32_t)part->len + (uint32_t)part->lie;
	done = put(o, &h, sizeof(h)) && put(o, packed ? packed : part->p, got);
	free(packed);
	return done;
}

/* Header and sums, over the body that stands behind @at. */
static void seal(struct out *o, size_t at, struct rec_chunk_header h, uint64_t file_id)
{
	h.magic = REC_CHUNK_MAGIC;
	h.header_len = sizeof(h);
	h.file_id = file_id;
	h.body_len = (uint32_t)(o->len - at - sizeof(h));
	h.body_crc = (uint32_t)crc32(0, o->to + at + sizeof(h), h.body_len);
	h.crc = (uint32_t)crc32(0, (const void *)&h, offsetof(struct rec_chunk_header, crc));
	memcpy(o->to + at, &h, sizeof(h));
}

static bool put_index(struct out *o, const struct rec_index_entry *index, unsigned int nr,
		      uint64_t file_id)
{
	const struct rec_chunk_header h = { .kind = REC_CHUNK_INDEX, .seq = nr,
					    .first_ns = nr ? index[0].first_ns : 0,
					    .last_ns = nr ? index[nr - 1].last_ns : 0 };
	struct rec_section_header s = { .id = REC_INDEX, .count = nr };
	struct rec_footer footer = { .index_offset = o->len, .file_id = file_id,
				     .magic = REC_FOOTER_MAGIC };
	size_t at = o->len;

	s.disk_len = s.raw_len = nr * (uint32_t)sizeof(*index);
	if (!put(o, &h, sizeof(h)) || !put(o, &s, sizeof(s)) || !put(o, index, s.raw_len))
		return false;
	seal(o, at, h, file_id);
	footer.crc = (uint32_t)crc32(0, (const void *)&footer, offsetof(struct rec_footer, crc));
	return put(o, &footer, sizeof(footer));
}

size_t image_build(const struct image *im, uint8_t *to, size_t room)
{
	struct rec_index_entry index[IMAGE_CHUNKS];
	struct out o = { .to = to, .room = room };
	const struct image_chunk *c;
	struct rec_file_header h = im->h;
	unsigned int i, k;
	size_t at;

	memcpy(h.magic, REC_MAGIC, sizeof(h.magic));
	h.crc = (uint32_t)crc32(0, (const void *)&h, offsetof(struct rec_file_header, crc));
	if (!put(&o, &h, sizeof(h)))
		return 0;
	for (i = 0; i < im->nr; i++) {
		c = im->chunks[i];
		at = o.len;
		if (!put(&o, &c->h, sizeof(c->h)))
			return 0;
		for (k = 0; k < c->nr; k++) {
			if (!put_part(&o, &c->parts[k]))
				return 0;
		}
		seal(&o, at, c->h, h.file_id);
		index[i] = (struct rec_index_entry){
			.seq = c->h.seq, .offset = at, .first_ns = c->h.first_ns,
			.last_ns = c->h.last_ns, .nr_records = c->h.nr_records,
			.nr_lost = c->h.nr_lost, .flags = c->h.flags,
			.len = (uint32_t)(o.len - at) };
	}
	return im->index && !put_index(&o, index, im->nr, h.file_id) ? 0 : o.len;
}
