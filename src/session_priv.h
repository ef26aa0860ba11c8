/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A session's insides, for its two files only: session.c makes, attaches and
 * frees it, session_read.c reads it.
 */
#ifndef GICV4TOP_SESSION_PRIV_H
#define GICV4TOP_SESSION_PRIV_H

#include <bpf/libbpf.h>

#include "session.h"

#define LINKS_PER_HOOK	2

struct gicv4top;

struct mapped {
	void *mem;
	size_t len;
};

struct walked {			/* what the last walk of a VM slot was based on */
	uint64_t kvm;
	uint64_t its_cmds;
};

struct drain {
	void (*fn)(void *ctx, const struct g4_rec *rec);
	void *ctx;
};

struct session {
	struct gicv4top *skel;		/* only session.c looks into it */
	struct bpf_object *obj;		/* the same object; borrowed from @skel */
	struct bpf_map *vlpi_map, *loss_map;	/* borrowed likewise */
	struct bpf_program *walk;	/* borrowed likewise */
	struct hook_plan plan;
	struct bpf_link **links;	/* LINKS_PER_HOOK a row, NULL where none */
	struct mapped vms, vpes, hists;
	uint32_t max_vms, max_vpes, max_vlpis;
	struct walked *walked;		/* one a VM slot */
	struct g4_loss *loss_cpus;	/* one a possible CPU */
	int nr_cpus;
	int stats_fd;
	int *ring_fds;
	struct ring_buffer *rings;
	struct drain drain;		/* where records go, during session_drain() */
};

#endif
