/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What outputs need besides the model, and the outputs themselves. Each writes
 * one refresh to a stream. They read the model and nothing else.
 */
#ifndef GICV4TOP_OUT_H
#define GICV4TOP_OUT_H

#include <errno.h>
#include <stdio.h>

#include "columns.h"
#include "model.h"

struct out_info {
	const char *kernel;
	const char *gic;		/* "4.0", "4.1", or NULL: not known */
	const char *wfi;		/* "trap", "notrap", "auto" */
	const char *backend;		/* "fentry", "kprobe", "tracepoint" */
	unsigned int hooks_attached, hooks_wanted;
	const char *pmu_event;		/* as perf writes it, or NULL: not counted */
	uint32_t nr_agents;		/* of guests, connected now */
	const char *gic_pmu;		/* its name, or NULL: there is none */
	uint64_t gic_vlpis;		/* it has counted, on the whole host */
	bool cost_known;
	uint64_t bpf_ns_per_s;		/* all CPUs together */
	uint64_t own_ns_per_s;		/* CPU time of this process */
	char clock[24];			/* "HH:MM:SS"; not known of a recording: "+12.345s" */
};

struct out_opts {
	struct column_list columns;
	bool detail;			/* vPEs and VLPIs too */
	unsigned int dropped;		/* columns that the terminal has no room for */
};

/* Ends a refresh: 0, or -errno if this write or an earlier one failed. */
static inline int out_end(FILE *f)
{
	if (fflush(f))
		return -errno;
	return ferror(f) ? -EIO : 0;
}

/* A table for people. Returns 0 or -errno of the write. */
int out_text(FILE *f, const struct model *m, const struct out_info *info,
	     const struct out_opts *opts);

/* One JSON object, one line. 0, -ENOMEM or -errno of the write. */
int out_json(FILE *f, const struct model *m, const struct out_info *info,
	     const struct out_opts *opts);

/* @text as one field of CSV, quoted where it must be. */
void out_csv_text(FILE *f, const char *text);

/* Rows of the chosen columns; @header: the line of names before them. */
int out_csv(FILE *f, const struct model *m, const struct out_opts *opts, bool header);

#endif
