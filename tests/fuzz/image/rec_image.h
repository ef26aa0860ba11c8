/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A small recording taken apart: its chunks, their sections inflated, to be changed and
 * put together again with sums and lengths that agree. A fuzzer that flips bytes of a
 * file would only ever meet the check of its sums.
 */
#ifndef TESTS_FUZZ_REC_IMAGE_H
#define TESTS_FUZZ_REC_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rec_format.h"

#define IMAGE_CHUNKS	24U
#define IMAGE_PARTS	20U
#define IMAGE_PART_MAX	(1U << 16)	/* bytes of a section */

struct image_part {
	struct rec_section_header h;	/* lengths and coding are made anew */
	bool zlib;
	uint8_t *p;			/* owned */
	size_t len;
	int32_t lie;			/* added to raw_len: what it says is not so */
};

struct image_chunk {
	struct rec_chunk_header h;
	struct image_part parts[IMAGE_PARTS];
	unsigned int nr;
};

struct image {
	struct rec_file_header h;
	struct image_chunk *chunks[IMAGE_CHUNKS];	/* owned */
	unsigned int nr;
	bool index;			/* it has one, and a footer */
};

/* False: nothing in @data could be read as a recording. image_clear() in any case. */
bool image_parse(struct image *im, const uint8_t *data, size_t size);
void image_clear(struct image *im);

/* A chunk's copy, with memory of its own. */
struct image_chunk *image_copy(const struct image_chunk *from);
void image_chunk_free(struct image_chunk *c);

/* Records that the ops of @c are. */
uint32_t image_records(const struct image_chunk *c);

/* Into @to; its length, or 0 where it has no room. */
size_t image_build(const struct image *im, uint8_t *to, size_t room);

#endif
