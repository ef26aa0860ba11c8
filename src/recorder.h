/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Makes a recording out of records as they come, whoever they come from: puts them in
 * order, folds them, writes them, and samples what is no event. Its owner brings the
 * records, the time, and what was lost.
 */
#ifndef GICV4TOP_RECORDER_H
#define GICV4TOP_RECORDER_H

#include "fold.h"
#include "out.h"

struct recorder;

struct recorder_opts {
	const char *path;		/* "-": standard output */
	bool force;			/* replace what is there */
	uint64_t max_bytes;		/* of a file, 0: no bound */
	unsigned int rotate;		/* files to keep; 0: stop at max_bytes */
	struct model_filter filter;	/* pid, name, vcpu: of whom */
};

/* What is told of the host in the recording. */
struct recorder_host {
	const struct out_info *info;
	const char *machine;
	uint32_t figures;		/* HOOK_FIG_* */
	uint64_t start_ns;		/* when counting began; CLOCK_MONOTONIC */
	bool elsewhere;			/* neither that host's name nor its wall clock is known */
	const char *hooks;		/* "activity: way target" lines, for people; or NULL */
	uint32_t nr_cpus;
};

/*
 * Makes the file, before anything is attached; one that it is to replace stays until
 * recorder_begin(). 0 or -errno, having said why.
 */
int recorder_new(const struct recorder_opts *opts, struct recorder **ret_r);

/*
 * The recording begins: before this nothing may be taken. @names must outlive it. 0 or
 * -errno, having said why.
 */
int recorder_begin(struct recorder *r, const struct recorder_host *host,
		   const struct model_names *names);

/* A record, for session_drain(); out of memory shows at the next pass. */
void recorder_take(void *r, const struct g4_rec *rec);

/*
 * What has been taken is complete up to @until_ns (all of it: UINT64_MAX); @now_ns: the
 * time; @lost_by_cpu: records lost so far, as read after the last was taken (or NULL:
 * nobody can tell). 0, 1: as large as it may be, and ended; or -errno, having said why: what is
 * written can be read.
 */
int recorder_pass(struct recorder *r, uint64_t until_ns, uint64_t now_ns,
		  const uint64_t *lost_by_cpu, uint32_t nr_cpus);

/*
 * Once a second: what @snap and @info have beside events. It is written when a pass
 * reaches its time. 0 or -errno, having said why.
 */
int recorder_sample(struct recorder *r, const struct snapshot *snap,
		    const struct out_info *info);

/* Ends the recording: behind a last recorder_pass(). 0 or -errno, having said why. */
int recorder_finish(struct recorder *r);
void recorder_free(struct recorder *r);	/* takes NULL */

struct recorder_figures {
	uint64_t bytes, records, lost;	/* of all files */
	unsigned int files;
};

void recorder_figures(const struct recorder *r, struct recorder_figures *ret_figures);

#endif
