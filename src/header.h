/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The lines above a table: what the host is, what is on it, and how far the
 * figures can be trusted. One text for batch output and the live view.
 */
#ifndef GICV4TOP_HEADER_H
#define GICV4TOP_HEADER_H

#include <stddef.h>

#include "model.h"
#include "out.h"

/* Each writes one line without its end, cut at @size; 80 columns hold it as a rule. */
void header_host(char *buf, size_t size, const struct out_info *info);
void header_counts(char *buf, size_t size, const struct model *m, const struct out_info *info);
void header_losses(char *buf, size_t size, const struct model *m);
void header_cost(char *buf, size_t size, const struct out_info *info);

#endif
