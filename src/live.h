/* SPDX-License-Identifier: GPL-2.0 */
/* The live host as a source of refreshes. */
#ifndef GICV4TOP_LIVE_H
#define GICV4TOP_LIVE_H

#include "direct.h"
#include "session.h"
#include "source.h"

/*
 * Looks at the host, loads and attaches. Hooks that cannot be had are told on
 * stderr. @direct: whom to ask for direct deliveries; NULL: nobody. 0 or -errno,
 * having said why; *ret_source is freed by source_free().
 */
int live_open(const struct session_opts *opts, const struct direct_opts *direct,
	      struct source **ret_source);

#endif
