// SPDX-License-Identifier: GPL-2.0
/*
 * Reads chunks of a recording; see rec_read.h. Where the index at the end is missing or
 * wrong, chunks are found by their headers: by walking from one to the next, and, where
 * that leads nowhere, by looking for the next header that is one.
 */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "rec_read.h"
#include "util.h"

#define SEARCH		65536U
#define MAX_CHUNKS	(1U << 26)

/* Whole or not at all: -EBADMSG where the file ends before. */
static int read_at(const struct rec_file *rf, void *buf, size_t len, uint64_t offset)
{
	char *p = buf;
	ssize_t n;

	while (len) {
		n = pread(rf->fd, p, len, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			return -EBADMSG;
		p += n;
		offset += (uint64_t)n;
		len -= (size_t)n;
	}
	return 0;
}

static bool crc_is(const void *data, size_t len, uint32_t crc)
{
	return crc32(0, data, (uInt)len) == crc;
}

/* A header that can be one, of a body that the file has. */
static bool header_is_good(const struct rec_file *rf, const struct rec_chunk_header *h,
			   uint64_t offset)
{
	return h->magic == REC_CHUNK_MAGIC &&
	       crc_is(h, offsetof(struct rec_chunk_header, crc), h->crc) &&
	       h->header_len == sizeof(*h) && h->body_len <= REC_MAX_BODY &&
	       h->nr_records <= REC_MAX_RECORDS &&
	       (h->kind == REC_CHUNK_EVENTS || h->kind == REC_CHUNK_INDEX) &&
	       (!rf->file_id || h->file_id == rf->file_id) &&
	       offset + sizeof(*h) + h->body_len <= rf->size;
}

static int read_header(const struct rec_file *rf, uint64_t offset, struct rec_chunk_header *h)
{
	int err;

	if (offset + sizeof(*h) > rf->size)
		return -EBADMSG;
	err = read_at(rf, h, sizeof(*h), offset);
	if (err)
		return err;
	return header_is_good(rf, h, offset) ? 0 : -EBADMSG;
}

/* The first chunk at or behind @offset; -ENOENT: there is none. */
static int find_chunk(const struct rec_file *rf, uint64_t offset, uint64_t *ret_offset)
{
	auto_free uint8_t *buf = malloc(SEARCH);
	const uint32_t magic = REC_CHUNK_MAGIC;
	struct rec_chunk_header h;
	uint8_t *p, *end;
	size_t len;
	int err;

	if (!buf)
		return -ENOMEM;
	while (offset + sizeof(h) <= rf->size) {
		len = rf->size - offset < SEARCH ? (size_t)(rf->size - offset) : SEARCH;
		err = read_at(rf, buf, len, offset);
		if (err)
			return err;
		end = buf + len;
		for (p = buf; (p = memmem(p, (size_t)(end - p), &magic, sizeof(magic))); p++) {
			err = read_header(rf, offset + (uint64_t)(p - buf), &h);
			if (!err) {
				*ret_offset = offset + (uint64_t)(p - buf);
				return 0;
			}
			if (err != -EBADMSG)
				return err;
		}
		offset += len - sizeof(magic) + 1;
	}
	return -ENOENT;
}

struct index_room {
	uint32_t room;
};

static int add_entry(struct rec_file *rf, struct index_room *room, const struct rec_chunk_header *h,
		     uint64_t offset)
{
	struct rec_index_entry *index;

	if (rf->nr == MAX_CHUNKS)
		return -EFBIG;
	if (rf->nr == room->room) {
		room->room = room->room ? room->room * 2 : 256;
		index = reallocarray(rf->index, room->room, sizeof(*index));
		if (!index)
			return -ENOMEM;
		rf->index = index;
	}
	rf->index[rf->nr++] = rec_index_entry_of(h, offset);
	return 0;
}

/* Nothing but what ends a file. */
static bool is_footer(const struct rec_file *rf, uint64_t offset)
{
	struct rec_footer footer;

	return rf->size - offset == sizeof(footer) &&
	       !read_at(rf, &footer, sizeof(footer), offset) &&
	       footer.magic == REC_FOOTER_MAGIC;
}

/* Where chunks behind @offset may lie up to. */
static uint64_t end_of_chunks(const struct rec_file *rf, uint64_t offset)
{
	uint64_t footer = rf->size - sizeof(struct rec_footer);

	return rf->size > sizeof(struct rec_footer) && footer >= offset && is_footer(rf, footer) ?
	       footer : rf->size;
}

/* Of a recording whose end is missing: all chunks from @offset on. */
static int rebuild_index(struct rec_file *rf, uint64_t offset)
{
	struct rec_chunk_header h;
	struct index_room room = { 0 };
	uint64_t next;
	int err = 0;

	free(rf->index);
	rf->index = NULL;
	rf->nr = 0;
	rf->damage.skipped_bytes = 0;
	while (offset < rf->size) {
		if (is_footer(rf, offset))
			return 0;
		err = read_header(rf, offset, &h);
		if (err == -EBADMSG) {
			err = find_chunk(rf, offset + 1, &next);
			if (err == -ENOENT) {
				rf->damage.skipped_bytes += end_of_chunks(rf, offset) - offset;
				return 0;
			}
			if (err)
				return err;
			rf->damage.skipped_bytes += next - offset;
			offset = next;
			continue;
		}
		if (err)
			return err;
		rf->file_id = h.file_id;
		/* an index without its footer: what it says is made anew */
		if (h.kind == REC_CHUNK_EVENTS)
			err = add_entry(rf, &room, &h, offset);
		if (err)
			return err;
		offset += sizeof(h) + h.body_len;
	}
	return 0;
}

static int inflate_section(const uint8_t *from, size_t len, uint8_t *to, size_t raw_len)
{
	uLongf got = raw_len;

	if (uncompress(to, &got, from, len) != Z_OK || got != raw_len)
		return -EBADMSG;
	return 0;
}

/* Where each section lies, and how much room they take inflated. */
static int plan_sections(struct rec_chunk *c, struct rec_section_header *sections,
			 size_t *offsets, size_t *ret_raw)
{
	struct rec_section_header h;
	size_t at = 0, raw = 0;

	memset(sections, 0, sizeof(*sections) * REC_NR_SECTIONS);
	while (at < c->h.body_len) {
		if (c->h.body_len - at < sizeof(h))
			return -EBADMSG;
		memcpy(&h, c->body.p + at, sizeof(h));
		at += sizeof(h);
		if (h.disk_len > c->h.body_len - at || h.raw_len > REC_MAX_RAW ||
		    (h.coding == REC_STORED && h.disk_len != h.raw_len) || h.coding > REC_ZLIB)
			return -EBADMSG;
		/* a later minor version may have sections that this one passes over */
		if (h.id >= REC_META && h.id < REC_NR_SECTIONS) {
			if (sections[h.id].id)
				return -EBADMSG;
			sections[h.id] = h;
			offsets[h.id] = at;
			raw += h.raw_len;
		}
		at += h.disk_len;
	}
	*ret_raw = raw;
	return raw > REC_MAX_RAW ? -EBADMSG : 0;
}

static int open_sections(struct rec_chunk *c)
{
	struct rec_section_header sections[REC_NR_SECTIONS];
	size_t offsets[REC_NR_SECTIONS], raw;
	const uint8_t *at;
	unsigned int id;
	int err;

	err = plan_sections(c, sections, offsets, &raw);
	if (err)
		return err;
	c->raw.len = 0;
	if (!rec_room(&c->raw, raw + 1))
		return -ENOMEM;
	for (id = REC_META; id < REC_NR_SECTIONS; id++) {
		at = sections[id].id ? c->body.p + offsets[id] : c->body.p;
		c->counts[id] = sections[id].count;
		if (sections[id].coding == REC_ZLIB) {
			err = inflate_section(at, sections[id].disk_len, c->raw.p + c->raw.len,
					      sections[id].raw_len);
			if (err)
				return err;
			at = c->raw.p + c->raw.len;
			c->raw.len += sections[id].raw_len;
		}
		c->views[id] = (struct rec_view){ .p = at, .end = at + sections[id].raw_len };
	}
	return 0;
}

static int read_chunk(struct rec_file *rf, uint64_t offset, struct rec_chunk *c)
{
	int err = read_header(rf, offset, &c->h);

	if (err)
		return err;
	c->body.len = 0;
	c->body.failed = false;
	c->raw.failed = false;
	if (!rec_room(&c->body, (size_t)c->h.body_len + 1))
		return -ENOMEM;
	err = read_at(rf, c->body.p, c->h.body_len, offset + sizeof(c->h));
	if (err)
		return err;
	if (!crc_is(c->body.p, c->h.body_len, c->h.body_crc))
		return -EBADMSG;
	return open_sections(c);
}

int rec_file_chunk(struct rec_file *rf, uint32_t i, struct rec_chunk *c)
{
	int err = read_chunk(rf, rf->index[i].offset, c);

	if (err)
		return err;
	return c->h.kind == REC_CHUNK_EVENTS && c->h.seq == rf->index[i].seq ? 0 : -EBADMSG;
}

void rec_file_skip(struct rec_file *rf, uint32_t i)
{
	rf->damage.skipped_chunks++;
	rf->damage.skipped_records += rf->index[i].nr_records;
}

void rec_chunk_clear(struct rec_chunk *c)
{
	free(c->body.p);
	free(c->raw.p);
	memset(c, 0, sizeof(*c));
}

/* Entries that follow each other as chunks in a file do. */
static bool index_is_good(const struct rec_file *rf, uint64_t first, uint64_t index_offset)
{
	uint64_t offset = first;
	uint32_t i;

	for (i = 0; i < rf->nr; i++) {
		if (rf->index[i].offset != offset || rf->index[i].seq != i)
			return false;
		offset += rf->index[i].len;
	}
	return offset == index_offset;
}

/* The index at the file's end. -EBADMSG: it is not there, or wrong. */
static int load_index(struct rec_file *rf, uint64_t first)
{
	struct rec_chunk c = { 0 };
	struct rec_footer footer;
	const struct rec_view *v;
	int err;

	if (rf->size < first + sizeof(footer))
		return -EBADMSG;
	err = read_at(rf, &footer, sizeof(footer), rf->size - sizeof(footer));
	if (err)
		return err;
	if (footer.magic != REC_FOOTER_MAGIC || footer.file_id != rf->file_id ||
	    !crc_is(&footer, offsetof(struct rec_footer, crc), footer.crc) ||
	    footer.index_offset < first || footer.index_offset > rf->size - sizeof(footer))
		return -EBADMSG;
	err = read_chunk(rf, footer.index_offset, &c);
	v = &c.views[REC_INDEX];
	if (!err && (c.h.kind != REC_CHUNK_INDEX ||
		     (size_t)(v->end - v->p) % sizeof(*rf->index) ||
		     footer.index_offset + sizeof(c.h) + c.h.body_len + sizeof(footer) != rf->size))
		err = -EBADMSG;
	if (!err) {
		rf->nr = (uint32_t)((size_t)(v->end - v->p) / sizeof(*rf->index));
		rf->index = malloc((size_t)rf->nr * sizeof(*rf->index) + 1);
		err = rf->index ? 0 : -ENOMEM;
	}
	if (!err) {
		memcpy(rf->index, v->p, (size_t)(v->end - v->p));
		if (!index_is_good(rf, first, footer.index_offset))
			err = -EBADMSG;
	}
	rec_chunk_clear(&c);
	return err;
}

/* The file's header. 0 and the offset of what follows it. */
static int read_file_header(struct rec_file *rf, uint64_t *ret_first, enum rec_verdict *verdict)
{
	struct rec_file_header h = { .header_len = 0 };
	struct rec_chunk_header chunk;
	bool good;
	int err;

	*ret_first = sizeof(h);
	if (rf->size < sizeof(h)) {
		/* too short for anything; is it the begin of one? */
		err = rf->size ? read_at(rf, &h, rf->size, 0) : 0;
		*verdict = !err && rf->size >= sizeof(h.magic) &&
			   !memcmp(h.magic, REC_MAGIC, sizeof(h.magic)) ? REC_EMPTY : REC_FOREIGN;
		return err;
	}
	err = read_at(rf, &h, sizeof(h), 0);
	if (err)
		return err;
	good = !memcmp(h.magic, REC_MAGIC, sizeof(h.magic)) &&
	       crc_is(&h, offsetof(struct rec_file_header, crc), h.crc);
	if (!good) {
		/* damaged, if chunks follow; else something else */
		err = read_header(rf, sizeof(h), &chunk);
		if (err && err != -EBADMSG)
			return err;
		*verdict = err ? REC_FOREIGN : REC_GOOD;
		if (err && !memcmp(h.magic, REC_MAGIC, sizeof(h.magic)))
			*verdict = REC_EMPTY;
		rf->damage.header = true;
		rf->file_id = err ? 0 : chunk.file_id;
		return 0;
	}
	rf->major = h.major;
	rf->minor = h.minor;
	rf->file_id = h.file_id;
	if (h.header_len >= sizeof(h) && h.header_len <= rf->size)
		*ret_first = h.header_len;
	*verdict = h.major == REC_MAJOR ? REC_GOOD : REC_NEWER;
	return 0;
}

/* Chunks whose numbers are missing in between. */
static void count_missing(struct rec_file *rf)
{
	uint64_t expected = 0;
	uint32_t i;

	for (i = 0; i < rf->nr; i++) {
		if (rf->index[i].seq > expected)
			rf->damage.skipped_chunks += rf->index[i].seq - expected;
		expected = rf->index[i].seq + 1;
	}
}

int rec_file_open(struct rec_file *rf, int fd, enum rec_verdict *ret_verdict)
{
	uint64_t first;
	struct stat st;
	int err;

	*rf = (struct rec_file){ .fd = fd };
	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -ESPIPE;
	rf->size = (uint64_t)st.st_size;
	err = read_file_header(rf, &first, ret_verdict);
	if (err || *ret_verdict != REC_GOOD)
		return err;
	err = load_index(rf, first);
	if (err == -EBADMSG) {
		rf->damage.no_index = true;
		err = rebuild_index(rf, first);
		count_missing(rf);
	}
	if (!err && !rf->nr)
		*ret_verdict = REC_EMPTY;
	return err;
}

void rec_file_close(struct rec_file *rf)
{
	util_closep(&rf->fd);
	free(rf->index);
	*rf = (struct rec_file){ .fd = -1 };
}

uint32_t rec_file_find(const struct rec_file *rf, uint64_t ts_ns, uint32_t flags)
{
	uint32_t low = 0, high = rf->nr, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (rf->index[mid].first_ns <= ts_ns)
			low = mid + 1;
		else
			high = mid;
	}
	while (low > 0 && (rf->index[low - 1].flags & flags) != flags)
		low--;
	return low ? low - 1 : 0;
}

bool rec_chunk_meta(const struct rec_chunk *c, const char *key, char *buf, size_t size)
{
	const char *p = (const char *)c->views[REC_META].p;
	const char *end = (const char *)c->views[REC_META].end, *line_end;
	size_t key_len = strlen(key), len;

	for (; p < end; p = line_end + 1) {
		line_end = memchr(p, '\n', (size_t)(end - p));
		if (!line_end)
			line_end = end;
		len = (size_t)(line_end - p);
		if (len <= key_len || memcmp(p, key, key_len) || p[key_len] != '=')
			continue;
		len -= key_len + 1;
		util_copy_printable(buf, size, p + key_len + 1, len);
		return true;
	}
	return false;
}
