/* SPDX-License-Identifier: GPL-2.0 */
/* Histograms of the model's VMs or vPEs, written as people and programs read them. */
#ifndef GICV4TOP_OUT_HIST_H
#define GICV4TOP_OUT_HIST_H

#include "model.h"
#include "out.h"

struct hist_opts {
	bool which[MODEL_NR_HISTS];	/* those asked for */
	bool chosen;			/* by the user: also what is empty is shown */
	bool per_vpe;
};

/*
 * Takes "key,key,..." for opts->which. 0, or -EINVAL with the word that is no histogram in
 * @bad.
 */
int out_hist_which(struct hist_opts *opts, const char *text, char *bad, size_t size);
void out_hist_which_help(FILE *f);

struct json_object;

/* One histogram: figures and bars; what JSON has of it; the end of a bucket's row in CSV. */
void out_hist_bars(FILE *f, const struct g4_hist *h);
struct json_object *out_hist_object(const struct g4_hist *h);
void out_hist_bucket(FILE *f, const char *key, const struct g4_hist *h, unsigned int bucket);

/* Bars with count, min, mean, percentiles and max. 0 or -errno of the write. */
int out_hist_text(FILE *f, const struct model *m, const struct out_info *info,
		  const struct hist_opts *opts);

/*
 * One object, one line. Buckets that are not empty, as [low, high, count], half
 * open; high is null for what has no bound. A histogram that is not kept is
 * null. 0, -ENOMEM or -errno of the write.
 */
int out_hist_json(FILE *f, const struct model *m, const struct out_info *info,
		  const struct hist_opts *opts);

/* A row a bucket that is not empty; @header: the line of names before them. */
int out_hist_csv(FILE *f, const struct model *m, const struct hist_opts *opts, bool header);

#endif
