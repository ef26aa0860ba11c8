/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Finds in the kernel's (or a trace.dat's) event formats where our events have their
 * fields, and takes them out of raw events. Nothing outside of an event is ever read.
 */
#ifndef GICV4TOP_FTRACE_FIELDS_H
#define GICV4TOP_FTRACE_FIELDS_H

#include "ftrace_decode.h"

struct tep_handle;
struct ft_fields;

/*
 * @group: whose events (NULL: all whose system begins with FTRACE_GROUP). Borrows @tep.
 * 0, -ENOMEM, or -ENOENT: there are none.
 */
int ft_fields_new(struct tep_handle *tep, const char *group, struct ft_fields **ret_fields);
void ft_fields_free(struct ft_fields *f);	/* takes NULL */

/* Which kinds there are. */
const bool *ft_fields_have(const struct ft_fields *f);

/* True: it is one of ours, in @ret_ev now, but for its time and CPU. */
bool ft_fields_decode(const struct ft_fields *f, void *data, size_t size,
		      struct ft_event *ret_ev);

#endif
