/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Plays a recording: folds its records in order of time, so that at any moment of it
 * the state is there, and lets somebody watch each. What cannot be read leaves time of
 * which nothing is known, as lost records do.
 */
#ifndef GICV4TOP_REC_PLAY_H
#define GICV4TOP_REC_PLAY_H

#include "fold.h"
#include "rec_dec.h"
#include "rec_read.h"

#define REC_META_LEN	128U

/* Who watches; each may be NULL. They are called after the fold has taken it. */
struct rec_watch {
	/* @latency_ns: of a load that answers a doorbell, else 0 */
	void (*event)(void *ctx, struct fold_vpe *fv, const struct g4_rec *rec,
		      uint64_t latency_ns);
	void (*rare)(void *ctx, const struct g4_rec_long *rec, const char *text);
	void (*gap)(void *ctx, bool begin, uint64_t ts_ns);	/* of lost records, or a hole */
	void (*sample)(void *ctx, const struct sample *s);
	/* behind something that was skipped: a key chunk's counts take the place of the
	 * fold's (false: now they will, true: now they have) */
	void (*rebase)(void *ctx, bool done);
	void *ctx;
};

struct rec_info {			/* about the host, from the first chunk that can be read */
	char host[REC_META_LEN], kernel[REC_META_LEN], machine[REC_META_LEN];
	char gic[16], wfi[16], backend[16], version[32], pmu_event[32], gic_pmu[64];
	uint32_t hooks_attached, hooks_wanted;
	uint32_t figures;		/* HOOK_FIG_* */
	uint32_t nr_cpus;
	uint64_t start_ns, start_real_ns;	/* its begin; CLOCK_MONOTONIC, _REALTIME or 0 */
	uint64_t first_ns, last_ns;	/* of all chunks */
	uint64_t nr_records, nr_lost;	/* by its index */
};

struct rec_play {
	struct rec_file file;
	struct rec_damage found;	/* when it was opened, before any chunk was read */
	struct rec_info info;
	struct fold fold;
	struct rec_watch watch;
	struct rec_chunk chunk;
	struct rec_dec dec;
	bool in_chunk;			/* @dec has records left */
	uint32_t left;			/*  so many, by its header */
	bool pending;			/* @out is the next record, not yet taken */
	struct rec_out out;
	uint32_t next;			/* index of the chunk behind this one */
	uint64_t next_seq;		/* its number, if none is missing */
	bool lost_thread;		/* something was passed over since the last chunk */
	bool want_key;			/*  and not even the counts are whole since then */
	struct fold_vpe **vpes;		/* of the chunk's refs; owned */
	struct fold_vm **vms;
	uint64_t mark;			/* of what the chunk names */
	uint64_t played;		/* records */
	uint64_t lost;			/* records lost while it was made, as far as played */
	uint64_t *lost_cpus, *played_cpus;	/* of each CPU (info.nr_cpus), in chunks begun */
};

/*
 * Opens the recording on @fd, which it takes over. 0 and a verdict, or -errno;
 * rec_play_close() in any case.
 */
int rec_play_open(struct rec_play *p, int fd, const struct fold_opts *opts,
		  enum rec_verdict *ret_verdict);
void rec_play_close(struct rec_play *p);

/* Folds all records of up to and with @ts_ns. 0 or -errno: not read, or out of memory. */
int rec_play_until(struct rec_play *p, uint64_t ts_ns);

/* Whether nothing is left. */
bool rec_play_at_end(const struct rec_play *p);

/*
 * Goes to a place from which @ts_ns can be reached: the begin, or with @counts_only the
 * last key chunk before it (histograms of vPEs hold only what comes from then on).
 */
int rec_play_seek(struct rec_play *p, uint64_t ts_ns, bool counts_only);

#endif
