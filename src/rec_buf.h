/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Bytes to be written, and bytes being read: numbers of variable length (7 bits a byte,
 * lowest first, the top bit: more follows), words and text. Reading beyond the end, or a
 * number that is none, sets @bad and gives 0: whoever reads looks at it once, at the end.
 */
#ifndef GICV4TOP_REC_BUF_H
#define GICV4TOP_REC_BUF_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

struct rec_buf {
	uint8_t *p;			/* owned */
	size_t len, room;
	bool failed;			/* out of memory: something is missing */
};

struct rec_view {
	const uint8_t *p, *end;		/* borrowed */
	bool bad;
};

#define REC_VARINT_MAX	10U

/* Makes room for @more bytes; false: there is none. */
static inline bool rec_room(struct rec_buf *b, size_t more)
{
	size_t room;
	uint8_t *p;

	if (b->len + more <= b->room)
		return true;
	room = (b->len + more) * 2 + 256;
	p = realloc(b->p, room);
	if (!p) {
		b->failed = true;
		return false;
	}
	b->p = p;
	b->room = room;
	return true;
}

/* Without asking for room: the caller has. */
static inline void rec_put_fast(struct rec_buf *b, uint64_t v)
{
	uint8_t *p = b->p + b->len;

	while (v >= 0x80) {
		*p++ = (uint8_t)(v | 0x80);
		v >>= 7;
	}
	*p++ = (uint8_t)v;
	b->len = (size_t)(p - b->p);
}

static inline void rec_put(struct rec_buf *b, uint64_t v)
{
	if (rec_room(b, REC_VARINT_MAX))
		rec_put_fast(b, v);
}

/* Small in either direction. */
static inline uint64_t rec_zigzag(int64_t v)
{
	return ((uint64_t)v << 1) ^ (v < 0 ? UINT64_MAX : 0);
}

static inline int64_t rec_unzigzag(uint64_t v)
{
	return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}

static inline void rec_put_bytes(struct rec_buf *b, const void *bytes, size_t len)
{
	if (!len || !rec_room(b, len))
		return;
	memcpy(b->p + b->len, bytes, len);
	b->len += len;
}

static inline void rec_put_u64(struct rec_buf *b, uint64_t v)
{
	rec_put_bytes(b, &v, sizeof(v));
}

static inline void rec_put_text(struct rec_buf *b, const char *text)
{
	size_t len = text ? strlen(text) : 0;

	rec_put(b, len);
	rec_put_bytes(b, text, len);
}

static inline uint64_t rec_get_slow(struct rec_view *v, uint64_t value, unsigned int shift)
{
	uint8_t byte;

	do {
		if (v->p == v->end || shift > 63) {
			v->bad = true;
			return 0;
		}
		byte = *v->p++;
		value |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
	} while (byte & 0x80);
	return value;
}

static inline uint64_t rec_get(struct rec_view *v)
{
	uint8_t byte;

	if (v->p == v->end) {
		v->bad = true;
		return 0;
	}
	byte = *v->p++;
	return byte & 0x80 ? rec_get_slow(v, byte & 0x7f, 7) : byte;
}

static inline uint32_t rec_get_u32(struct rec_view *v)
{
	uint64_t value = rec_get(v);

	if (value > UINT32_MAX)
		v->bad = true;
	return (uint32_t)value;
}

static inline void rec_get_bytes(struct rec_view *v, void *to, size_t len)
{
	if ((size_t)(v->end - v->p) < len) {
		v->bad = true;
		v->p = v->end;
		memset(to, 0, len);
		return;
	}
	memcpy(to, v->p, len);
	v->p += len;
}

static inline uint64_t rec_get_u64(struct rec_view *v)
{
	uint64_t value;

	rec_get_bytes(v, &value, sizeof(value));
	return value;
}

/* Printable text; what has more than @size - 1 bytes is bad. */
static inline void rec_get_text(struct rec_view *v, char *buf, size_t size)
{
	uint64_t len = rec_get(v);

	buf[0] = '\0';
	if (len >= size) {
		v->bad = true;
		return;
	}
	rec_get_bytes(v, buf, (size_t)len);
	util_copy_printable(buf, size, buf, v->bad ? 0 : (size_t)len);
}

/* How many things of at least @bytes each can still be in it: bounds a count from a file. */
static inline uint32_t rec_get_count(struct rec_view *v, size_t bytes)
{
	uint64_t nr = rec_get(v);

	if (nr > (size_t)(v->end - v->p) / bytes) {
		v->bad = true;
		return 0;
	}
	return (uint32_t)nr;
}

#endif
