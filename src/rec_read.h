/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Opens a recording and hands out its chunks, whole or not at all. What is damaged is
 * passed over and counted: nothing of a chunk whose sums do not agree is ever used.
 * Holds one chunk at a time, and 48 bytes for each that there is.
 */
#ifndef GICV4TOP_REC_READ_H
#define GICV4TOP_REC_READ_H

#include "rec_buf.h"
#include "rec_format.h"

/* What was not as it should be; all zero: nothing. */
struct rec_damage {
	bool header;			/* the file's header: read all the same */
	bool no_index;			/* its end is missing: made anew from the chunks */
	uint64_t skipped_bytes;		/* that belong to no whole chunk, */
	uint64_t skipped_chunks;	/*  chunks that were there but not whole, or missing, */
	uint64_t skipped_records;	/*  records in them, where that is known */
};

struct rec_file {
	int fd;				/* owned */
	uint64_t size, file_id;
	uint16_t major, minor;
	struct rec_index_entry *index;	/* owned */
	uint32_t nr;
	struct rec_damage damage;
};

struct rec_chunk {
	struct rec_chunk_header h;
	struct rec_view views[REC_NR_SECTIONS];
	uint32_t counts[REC_NR_SECTIONS];
	struct rec_buf body, raw;	/* owned */
};

enum rec_verdict {
	REC_GOOD,
	REC_FOREIGN,			/* no recording at all */
	REC_NEWER,			/* of a format that this does not know */
	REC_EMPTY,			/* a recording without a whole chunk */
};

/*
 * Takes @fd over. 0 and a verdict: only with REC_GOOD there is something to read. -errno
 * where the file cannot be read. rec_file_close() in any case.
 */
int rec_file_open(struct rec_file *rf, int fd, enum rec_verdict *ret_verdict);
void rec_file_close(struct rec_file *rf);

/*
 * Chunk @i (below rf->nr) into @c, whose views last until the next. -EBADMSG: it is
 * damaged (rec_file_skip() counts it), else -errno.
 */
int rec_file_chunk(struct rec_file *rf, uint32_t i, struct rec_chunk *c);
void rec_file_skip(struct rec_file *rf, uint32_t i);
void rec_chunk_clear(struct rec_chunk *c);

/* The last chunk that begins at or before @ts_ns and has all of @flags; 0 where none has. */
uint32_t rec_file_find(const struct rec_file *rf, uint64_t ts_ns, uint32_t flags);

/* The value of KEY in a chunk's META text, printable, in @buf (cut), or false. */
bool rec_chunk_meta(const struct rec_chunk *c, const char *key, char *buf, size_t size);

static inline bool rec_is_damaged(const struct rec_damage *d)
{
	return d->header || d->no_index || d->skipped_bytes || d->skipped_chunks;
}

#endif
