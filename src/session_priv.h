/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A session's insides, for its two files: session.c makes, attaches and frees
 * it, session_read.c reads it. (tests/bench fills one with made-up VMs.)
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
	uint64_t remaps;	/* VLPIs mapped and unmapped */
};

struct lent {			/* histograms that a vPE slot has for the time being */
	uint64_t vpe, birth_ns;	/* 0: nobody has them */
	uint32_t slot;
};

struct drain {
	void (*fn)(void *ctx, const struct g4_rec *rec);
	void *ctx;
};

struct session {
	struct gicv4top *skel;		/* only session.c looks into it */
	struct bpf_object *obj;		/* the same object; borrowed from @skel */
	struct bpf_map *vlpi_map, *lpi_map, *loss_map;	/* borrowed likewise */
	struct bpf_program *walk;	/* borrowed likewise */
	struct hook_plan plan;
	struct bpf_link **links;	/* LINKS_PER_HOOK a row, NULL where none */
	struct mapped vms, vpes, hists;
	uint32_t max_vms, max_vpes, max_vlpis, max_hists;
	struct walked *walked;		/* one a VM slot */
	struct snap_vlpi *lpis;		/* as last read, and what of VMs told then that */
	uint32_t nr_lpis;		/*  they may have changed, and when that changed */
	uint64_t lpis_mark, lpis_changed_ns, lpis_read_ns;
	struct lent *lent;		/* one a slot of @hists; NULL: vPEs own theirs */
	uint64_t focus, focused;	/* VM asked for; VM that has the histograms */
	struct g4_loss *loss_cpus;	/* one a possible CPU */
	int nr_cpus;
	int stats_fd;
	int *ring_fds;
	struct ring_buffer *rings;
	struct drain drain;		/* where records go, during session_drain() */
};

/*
 * Loads @s->plan's programs and makes all maps; with an empty plan the maps only.
 * 0 or -errno, having said why; session_free() frees what was made either way.
 */
int session_load(struct session *s, const struct host *host, const struct session_opts *opts);

#endif
