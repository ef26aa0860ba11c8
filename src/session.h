/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A live session: the BPF object loaded, attached and read. Nothing is pinned;
 * when the process ends, however it ends, the kernel takes all of it back.
 */
#ifndef GICV4TOP_SESSION_H
#define GICV4TOP_SESSION_H

#include "host.h"
#include "hooks.h"
#include "snapshot.h"

struct session;

struct session_opts {
	enum hook_backend backend;
	bool detail;		/* HOOK_DETAIL rows, and histograms of each vPE */
	bool taken;		/* HOOK_DIRECT rows: interrupts taken by list register */
	bool dirty;		/* time Dirty waits, also without @detail */
	uint32_t no_figures;	/* HOOK_FIG_* that a recording of these is without */
	uint32_t records;	/* of which types (1 << enum g4_rec_type); 0: of all */
	uint32_t focus_vpes;	/* without @detail: how many session_focus() can serve */
	uint32_t ring_bytes;	/* a CPU, power of two; 0: no records */
	uint32_t max_vms, max_vpes, max_vlpis;	/* 0: sized for the host */
};

/* Loads and attaches; @host must have been scouted. 0 or -errno, having said why. */
int session_open(const struct host *host, const struct session_opts *opts,
		 struct session **ret_session);
void session_free(struct session *s);

/* What was attached; borrowed. Rows that failed to attach say so. */
const struct hook_plan *session_plan(const struct session *s);

/*
 * From the second session_read() on, keeps histograms of the vPEs of VM @kvm
 * (g4_vm.kvm; 0: of none any more), as far as opts.focus_vpes goes. With
 * opts.detail all vPEs have theirs, and this does nothing.
 */
void session_focus(struct session *s, uint64_t kvm);

/*
 * The thread that ran this vPE (g4_vpe.vpe) has ended: from its next load on its
 * tid is that of the thread then.
 */
void session_forget_thread(struct session *s, uint64_t vpe);

/* Reads all counters into @snap (cleared first). 0 or -errno, having said why. */
int session_read(struct session *s, struct snapshot *snap);

/*
 * Time our programs have run so far, in ns, on all CPUs. It grows only while
 * session_cost_begin() .. session_cost_end() let the kernel measure it.
 */
int session_cost_begin(struct session *s);
void session_cost_end(struct session *s);
uint64_t session_run_ns(const struct session *s);

/*
 * Hands all records that wait to @fn, CPU by CPU (from G4_REC_LONG on they are struct
 * g4_rec_long); returns how many, or -errno.
 */
int session_drain(struct session *s, void (*fn)(void *ctx, const struct g4_rec *rec), void *ctx);

/* CPUs that there may be, and of each the records lost since the start. 0 or -errno. */
uint32_t session_nr_cpus(const struct session *s);
int session_lost_records(struct session *s, uint64_t *ret_lost_by_cpu);

#endif
