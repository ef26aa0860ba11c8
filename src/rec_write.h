/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Writes a recording: chunks of records to a file or pipe, an index at its end. Every
 * chunk is whole when it is written, so whatever ends the writer costs only the chunk
 * that was open. Knows no clock: its owner says when a chunk is to end.
 */
#ifndef GICV4TOP_REC_WRITE_H
#define GICV4TOP_REC_WRITE_H

#include "fold.h"
#include "rec_enc.h"

struct rec_writer;

struct rec_writer_opts {
	int fd;				/* borrowed */
	const char *meta;		/* KEY=VALUE lines of every chunk; borrowed */
	uint32_t nr_cpus;
	const uint64_t *lost;		/* by CPU, before this file was begun; NULL: none */
	int level;			/* of zlib */
};

/* Writes the file's header. 0 or -errno of the write; *ret_w is freed by rec_writer_free(). */
int rec_writer_new(const struct rec_writer_opts *opts, struct rec_writer **ret_w);
void rec_writer_free(struct rec_writer *w);

/*
 * Each of these is called before @f folds the same thing: a chunk names VMs and vPEs as
 * they are before their first record in it. @text: a VM's name, a VLPI's device, or NULL.
 * -ENOMEM if the record was not taken; an error of the write where the chunk was full.
 */
int rec_writer_record(struct rec_writer *w, struct fold *f, const struct g4_rec *rec,
		      const char *text);
/* And this behind it, when @f has folded @rec: what is born by it has its name already. */
void rec_writer_folded(struct rec_writer *w, struct fold *f, const struct g4_rec *rec);
int rec_writer_gap(struct rec_writer *w, struct fold *f, bool begin, uint64_t ts_ns);
int rec_writer_sample(struct rec_writer *w, struct fold *f, const struct sample *s);

/* Records of each CPU that have been lost since the start, for the open chunk and later. */
void rec_writer_losses(struct rec_writer *w, const uint64_t *lost_by_cpu, uint32_t nr_cpus);

/*
 * Ends the open chunk and writes it; nothing where none is open. 0 or -errno: what a
 * failed write has left of the chunk is taken back where that is possible, and all
 * that was written before can be read.
 */
int rec_writer_flush(struct rec_writer *w, struct fold *f);

/* Flushes, and writes the index. */
int rec_writer_finish(struct rec_writer *w, struct fold *f);

/* Bytes written; records and losses in them; and bytes that wait in the open chunk. */
uint64_t rec_writer_bytes(const struct rec_writer *w);
uint64_t rec_writer_records(const struct rec_writer *w);
size_t rec_writer_open_bytes(const struct rec_writer *w);
uint64_t rec_writer_base_ns(const struct rec_writer *w);	/* of the open chunk; 0: none */

#endif
