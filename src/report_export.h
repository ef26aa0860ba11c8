/* SPDX-License-Identifier: GPL-2.0 */
/* What report writes for other programs: a trace for the Perfetto UI, a log of HdrHistogram. */
#ifndef GICV4TOP_REPORT_EXPORT_H
#define GICV4TOP_REPORT_EXPORT_H

#include "out_hist.h"
#include "report.h"

struct report_exports {
	const char *perfetto, *hdr;	/* paths ("-": standard output), or NULL */
};

/*
 * Writes what @exports asks for of the recording @input, in @opts' window and of whom its
 * filter leaves. Files that are there already are left alone. @ret_lost: something was lost
 * or skipped. 0 or -errno, having said why.
 */
int report_export(const struct report_exports *exports, const char *input,
		  const struct report_opts *opts, const struct hist_opts *hists, bool *ret_lost);

#endif
