// SPDX-License-Identifier: GPL-2.0
/*
 * How libFuzzer changes a recording: one to four changes inside sections, headers or the
 * order of chunks, and all sums made to agree again; now and then plain bytes of the
 * file, which is damage. The same seed makes the same changes.
 */
#include <stdlib.h>
#include <string.h>

#include "rec_image.h"

#define GROW	48U

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t size_a, const uint8_t *b, size_t size_b,
				 uint8_t *out, size_t max_size, unsigned int seed);

static uint64_t rng;

static uint32_t draw(uint32_t below)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return below ? (uint32_t)(rng * 0x2545f4914f6cdd1dULL >> 33) % below : 0;
}

/* Numbers at which readers stumble. */
static uint64_t odd_number(void)
{
	static const uint64_t odd[] = {
		0, 1, 2, 3, 4, 5, 6, 7, 15, 16, 63, 64, 127, 128, 255, 256, 4095, 65535, 65536,
		INT32_MAX, UINT32_MAX - 1, UINT32_MAX, 1ULL << 32, 1ULL << 40, INT64_MAX,
		1ULL << 63, UINT64_MAX - 1, UINT64_MAX,
	};

	return draw(4) ? odd[draw(sizeof(odd) / sizeof(odd[0]))] : (uint64_t)draw(1000000);
}

static uint64_t odd_time(uint64_t ns)
{
	return draw(2) ? odd_number() : ns + draw(2000000000) - 1000000000;
}

static size_t put_varint(uint8_t *to, uint64_t v)
{
	size_t len = 0;

	for (; v >= 0x80; v >>= 7)
		to[len++] = (uint8_t)(v | 0x80);
	to[len++] = (uint8_t)v;
	return len;
}

/* Another number in the place of one: what follows is read as before. */
static void change_varint(struct image_part *part)
{
	uint8_t with[10], *to;
	size_t len = put_varint(with, odd_number()), at, end;

	if (!part->len)
		return;
	at = draw((uint32_t)part->len);
	while (at && part->p[at - 1] & 0x80)
		at--;
	for (end = at; end < part->len && part->p[end] & 0x80; end++)
		;
	end += end < part->len;
	to = malloc(part->len + len + 1);
	if (!to)
		abort();
	memcpy(to, part->p, at);
	memcpy(to + at, with, len);
	memcpy(to + at + len, part->p + end, part->len - end);
	part->len = at + len + (part->len - end);
	free(part->p);
	part->p = to;
}

static void change_bytes(struct image_part *part)
{
	part->p = realloc(part->p, part->len + GROW);
	if (!part->p)
		abort();
	part->len = LLVMFuzzerMutate(part->p, part->len, part->len + GROW);
}

/* An op by another, or by one more or less of the same column. */
static void change_op(struct image_part *part)
{
	if (part->len)
		part->p[draw((uint32_t)part->len)] = (uint8_t)(draw(16) << 4 | draw(16));
}

static void change_part(struct image_part *part)
{
	switch (draw(12)) {
	case 0: case 1: case 2: case 3:
		change_varint(part);
		break;
	case 4: case 5:
		if (part->h.id == REC_OPS)
			change_op(part);
		else
			change_varint(part);
		break;
	case 6:
		part->zlib = !part->zlib;
		break;
	case 7:
		if (!draw(4))
			part->lie = (int32_t)odd_number();
		break;
	case 8:
		if (!draw(8))
			part->h.id = (uint8_t)draw(16);
		part->h.count = (uint32_t)odd_number();
		break;
	default:
		change_bytes(part);
	}
}

static void store_parts(struct image_chunk *c)
{
	unsigned int i;

	for (i = 0; i < c->nr; i++)
		c->parts[i].zlib = false;
}

static void change_chunk(struct image_chunk *c)
{
	struct image_part part;

	switch (draw(10)) {
	case 0:
		c->h.flags ^= (uint8_t)(1U << draw(3));
		break;
	case 1:
		c->h.nr_records = (uint32_t)odd_number();
		break;
	case 2:
		c->h.nr_lost = (uint32_t)odd_number();
		break;
	case 3:
		c->h.first_ns = odd_time(c->h.first_ns);
		break;
	case 4:
		c->h.last_ns = odd_time(c->h.last_ns);
		break;
	case 5:
		c->h.seq = draw(2) ? c->h.seq + draw(4) - 2 : odd_number();
		break;
	case 6:
		if (c->nr > 1 && !draw(4)) {
			free(c->parts[--c->nr].p);
		} else if (c->nr > 1) {
			part = c->parts[0];
			c->parts[0] = c->parts[c->nr - 1];
			c->parts[c->nr - 1] = part;
		}
		break;
	default:
		if (!c->h.nr_records)
			c->h.nr_records = image_records(c);
	}
}

static void change_order(struct image *im)
{
	unsigned int i = draw(im->nr), k = draw(im->nr);
	struct image_chunk *c = im->chunks[i];

	switch (draw(4)) {
	case 0:
		if (im->nr > 1) {
			image_chunk_free(c);
			im->chunks[i] = im->chunks[--im->nr];
		}
		break;
	case 1:
		if (im->nr < IMAGE_CHUNKS)
			im->chunks[im->nr++] = image_copy(c);
		break;
	case 2:
		im->chunks[i] = im->chunks[k];
		im->chunks[k] = c;
		break;
	default:
		im->index = !im->index;
	}
	for (i = 0; i < im->nr && draw(2); i++)
		im->chunks[i]->h.seq = i;
}

static void change_file(struct image *im)
{
	uint32_t which = draw(16);

	if (which == 0)
		im->h.major = (uint16_t)draw(3);
	else if (which == 1)
		im->h.minor = (uint16_t)draw(3);
	else if (which == 2)
		im->h.header_len = (uint32_t)odd_number();
	else
		im->h.file_id = which < 14 ? im->h.file_id ^ draw(2048) : odd_number();
}

static void change_image(struct image *im)
{
	struct image_chunk *c = im->chunks[draw(im->nr)];
	uint32_t which = draw(32);

	if (which < 2) {
		change_order(im);
	} else if (which < 3) {
		change_file(im);
	} else if (which < 6 || !c->nr) {
		change_chunk(c);
	} else {
		change_part(&c->parts[draw(c->nr)]);
		/* the reader takes no more of it than the header says */
		if (draw(16))
			c->h.nr_records = image_records(c);
	}
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed)
{
	struct image im;
	size_t len = 0;
	uint32_t changes;

	rng = (uint64_t)seed << 1 | 1;
	draw(2);
	if (!draw(24) || !image_parse(&im, data, size))
		return LLVMFuzzerMutate(data, size, max_size);
	/* compressed ones are slow, and nothing is to be found in zlib */
	for (changes = 0; draw(2) && changes < im.nr; changes++)
		store_parts(im.chunks[changes]);
	for (changes = 1 + draw(4); changes; changes--)
		change_image(&im);
	len = image_build(&im, data, max_size);
	image_clear(&im);
	if (!len)	/* it has grown too large, and @data is half written */
		len = size < max_size ? size : max_size;
	return len;
}

/* Chunks of one among those of another, or a section by its like. */
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t size_a, const uint8_t *b, size_t size_b,
				 uint8_t *out, size_t max_size, unsigned int seed)
{
	struct image x, y = { .nr = 0 };
	struct image_chunk *from, *to, *copy;
	unsigned int i, k;
	size_t len = 0;

	rng = (uint64_t)seed << 1 | 1;
	draw(2);
	if (image_parse(&x, a, size_a) && image_parse(&y, b, size_b)) {
		from = y.chunks[draw(y.nr)];
		to = x.chunks[draw(x.nr)];
		copy = image_copy(from);
		if (draw(2) && x.nr < IMAGE_CHUNKS) {
			copy->h.seq = x.nr;
			x.chunks[x.nr++] = copy;
		} else {
			for (i = 0; i < to->nr; i++) {
				for (k = 0; k < copy->nr; k++) {
					struct image_part part = to->parts[i];

					if (part.h.id != copy->parts[k].h.id || draw(2))
						continue;
					to->parts[i] = copy->parts[k];
					copy->parts[k] = part;
				}
			}
			to->h.nr_records = image_records(to);
			image_chunk_free(copy);
		}
		len = image_build(&x, out, max_size);
	}
	image_clear(&x);
	image_clear(&y);
	return len;
}
