/* SPDX-License-Identifier: GPL-2.0 */
/* The live host as a source of refreshes. */
#ifndef GICV4TOP_LIVE_H
#define GICV4TOP_LIVE_H

#include "direct.h"
#include "recorder.h"
#include "session.h"
#include "source.h"

/*
 * Looks at the host, loads and attaches. Hooks that cannot be had are told on
 * stderr. @direct: whom to ask for direct deliveries; NULL: nobody. 0 or -errno,
 * having said why; *ret_source is freed by source_free().
 */
int live_open(const struct session_opts *opts, const struct direct_opts *direct,
	      struct source **ret_source);

/*
 * The same, with all events into @r (taken over, freed in any case), which has made its
 * file. opts.ring_bytes must be set: drain_ring_bytes().
 */
int live_open_recorded(const struct session_opts *opts, const struct direct_opts *direct,
		       struct recorder *r, struct source **ret_source);

/*
 * The same for who shows the host and records it meanwhile (--record PATH); a @path of
 * NULL: live_open().
 */
int live_open_to(const struct session_opts *opts, const struct direct_opts *direct,
		 const char *path, struct source **ret_source);

#endif
