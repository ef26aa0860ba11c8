/* SPDX-License-Identifier: GPL-2.0 */
/* A report, written as people and programs read it; and two reports, compared. */
#ifndef GICV4TOP_OUT_REPORT_H
#define GICV4TOP_OUT_REPORT_H

#include "out_hist.h"
#include "report.h"

struct report_diff;

/* Tables for people, 80 columns. @opts: histograms, and whether of each vPE. 0 or -errno. */
int out_report_text(FILE *f, const struct report *r, const struct hist_opts *opts);

/* One object, one line. 0, -ENOMEM or -errno of the write. */
int out_report_json(FILE *f, const struct report *r, const struct hist_opts *opts);

enum report_table { REPORT_SUMMARY, REPORT_TIMELINE, REPORT_HIST, REPORT_WORST, REPORT_NR_TABLES };

/* "summary", "timeline", "hist", "worst". */
const char *out_report_table(enum report_table table);

/* Rows of one table; @header: the line of names before them. 0 or -errno of the write. */
int out_report_csv(FILE *f, const struct report *r, const struct hist_opts *opts,
		   enum report_table table, bool header);

/* @names: what to call the two. */
int out_diff_text(FILE *f, const struct report_diff *d, const char *const names[2],
		  const struct hist_opts *opts);
int out_diff_json(FILE *f, const struct report_diff *d, const char *const names[2],
		  const struct hist_opts *opts);

/* --- what the outputs share: out_report.c --- */

/* What a report says of its host, as the header of top has it. */
struct out_info out_report_info(const struct report *r);

/* Its losses as a model has them, for header_losses() and js_losses(). */
struct model out_report_losses(const struct report *r);

struct model_latency out_report_latency(const struct report *r, const struct report_vm *vm,
					const struct report_vpe *vpe);

/* A count of JSON and CSV, beside those of js_put_counts(). */
struct out_count {
	const char *key;
	enum report_count count;
	uint32_t figure;		/* HOOK_FIG_* it needs, or 0 */
	bool of_vm;			/* not of vPEs */
};

extern const struct out_count out_report_counts[];
extern const unsigned int out_report_nr_counts;

/* What a record of a story was: "vCPU thread runs". NULL: nothing to tell. */
const char *out_report_step(const struct report_step *step);
const char *out_report_step_key(const struct report_step *step);	/* "wake" */

#endif
