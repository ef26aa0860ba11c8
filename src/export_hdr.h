/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Histograms as a log of HdrHistogram, format V2, which its own tools read: a line for
 * each histogram of the model that holds something, tagged NAME/KEY of a VM, and
 * NAME/VCPU/KEY of a vPE.
 */
#ifndef GICV4TOP_EXPORT_HDR_H
#define GICV4TOP_EXPORT_HDR_H

#include <stdio.h>

#include "out_hist.h"

struct export_hdr_window {
	uint64_t origin_real_ns;	/* CLOCK_REALTIME when counting could have begun */
	uint64_t from_ns, to_ns;	/* what the model's histograms hold, since then */
};

/* @opts->chosen has no meaning: what is empty has no line. 0, -ENOMEM or -errno of the write. */
int export_hdr_write(FILE *f, const struct model *m, const struct hist_opts *opts,
		     const struct export_hdr_window *window);

#endif
