/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Recordings in memory, for tests of what reads them: made-up traffic goes through the
 * writer alone (no recorder, no clock), each record also to whoever wants to count by
 * itself. A scene is several files after each other, as --rotate leaves them.
 */
#ifndef GICV4TOP_TESTS_SCENE_H
#define GICV4TOP_TESTS_SCENE_H

#include "rec_play.h"
#include "rec_write.h"
#include "traffic.h"

#define SCENE_CPUS	4U
#define SCENE_REAL_NS	1795500000000000000ULL	/* wall clock at the traffic's begin */
#define SCENE_MAX_FILES	4U

struct scene {
	struct traffic *t;
	struct fold fold;
	struct rec_writer *w;
	int fds[SCENE_MAX_FILES];
	uint32_t nr_files;
	const char *host;
	char meta[512];
	uint64_t chunk_records;		/* a chunk has so many */
	uint64_t in_chunk, begin_ns;
	/* sees each record before it is written; may drop it (true) */
	bool (*see)(void *ctx, const struct g4_rec *rec);
	void *ctx;
};

/* Everything is checked by abort(): a test helper. */
void scene_begin(struct scene *s, const struct traffic_opts *opts, const char *host);
void scene_run(struct scene *s, uint64_t events);
void scene_restart_vm(struct scene *s, uint32_t vm);
void scene_flush(struct scene *s);		/* ends the chunk */
void scene_next_file(struct scene *s);		/* ends the file, begins another */
void scene_end(struct scene *s);		/* ends the last file */
void scene_free(struct scene *s);

/* Opens file @i for reading. */
void scene_play(const struct scene *s, uint32_t i, struct rec_play *p);

#endif
