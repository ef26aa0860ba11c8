/* SPDX-License-Identifier: GPL-2.0 */
/* Parts of the report's text: out_report_text.c (tables), out_report_time.c (the rest). */
#ifndef GICV4TOP_OUT_REPORT_PRIV_H
#define GICV4TOP_OUT_REPORT_PRIV_H

#include "out_report.h"

/* A rate with a mark that says who counted; n/a where nobody has. */
struct cell out_report_direct(const struct report *r, const struct report_direct *direct);

/* @text, cut or filled to @width characters of UTF-8. */
void out_report_left(FILE *f, const char *text, int width);

/* How rates went over time; stories of the worst doorbells; each VM's histograms. */
void out_report_timelines(FILE *f, const struct report *r);
void out_report_stories(FILE *f, const struct report *r);
void out_report_details(FILE *f, const struct report *r, const struct hist_opts *opts);

#endif
