/* SPDX-License-Identifier: GPL-2.0 */
/* A recording as a source of refreshes. */
#ifndef GICV4TOP_REPLAY_H
#define GICV4TOP_REPLAY_H

#include "source.h"

struct replay_opts {
	bool hists;			/* keep histograms of each vPE */
	bool no_direct;			/* leave out who counted direct deliveries */
	/*
	 * The recording as a whole: VMs and vPEs that have ended stay, keys are unique in
	 * all of it, and histograms begin where it begins.
	 */
	bool whole;
};

/*
 * Opens the recording @path, at its begin. 0 or -errno, having said why; *ret_source is
 * freed by source_free(), which tells what of it was lost or could not be read.
 */
int replay_open(const char *path, const struct replay_opts *opts, struct source **ret_source);

#endif
