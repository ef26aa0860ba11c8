/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The vPE state machine in user space: takes records one by one and keeps VMs, vPEs
 * and LPIs as the BPF programs keep theirs, so that at any moment a snapshot can be
 * had that is what a live session would have read then. The recorder folds what it
 * writes (each chunk of a recording begins with the state so far), readers fold what
 * they read. Pure: no files, no clock, no kernel.
 *
 * Where records were lost nothing is known: between fold_gap(begin) and fold_gap(end)
 * events count, but the time is unknown time, and no span that touches it is measured.
 */
#ifndef GICV4TOP_FOLD_H
#define GICV4TOP_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model.h"
#include "snapshot.h"

struct fold_vm {
	struct g4_vm vm;
	char name[MODEL_NAME_LEN];
	bool gone;
	uint64_t gone_ns;
	uint32_t nr_vpes;		/* of them that are not gone */
	struct fold_vm *next;		/* in its hash bucket */
	uint64_t mark;			/* its user's, with @ref: see rec_write.c */
	uint32_t ref;
	uint32_t nr;			/* of all VMs ever, from 0 */
};

struct fold_vpe {
	struct g4_vpe v;
	struct fold_vm *vm;
	struct g4_vpe_hists *hists;	/* NULL: not kept, or nothing happened yet */
	bool gone;
	uint32_t last_pcpu;		/* of its last load; UINT32_MAX: none yet */
	uint64_t cpu_changes;		/* loads on another CPU than the load before */
	struct fold_vpe *next;
	uint64_t mark;
	uint32_t ref;
	uint32_t nr;
	void *extra;			/* of whoever watches; freed with it by free() */
};

struct fold_vlpi {
	uint32_t host_irq;
	struct g4_vlpi v;
	char device[MODEL_DEVICE_LEN];	/* "" not known */
	struct fold_vlpi *next;
};

struct fold_opts {
	bool hists;			/* keep histograms of each vPE */
	bool keep;			/* VMs and vPEs that have gone stay in snapshots */
};

/* What is sampled, not recorded event by event; see sample.h. */
struct sample;

struct fold {
	struct fold_opts opts;
	struct fold_vm **vms, **vm_hash;	/* owned; in order of birth */
	struct fold_vpe **vpes, **vpe_hash;
	struct fold_vlpi **vlpi_hash;
	uint32_t nr_vms, nr_vpes, nr_vlpis;
	uint32_t room_vms, room_vpes, room_hash;
	struct fold_vm *dead_vms;	/* until fold_bury() */
	struct fold_vpe *dead_vpes;
	uint32_t gaps;			/* open ones */
	uint64_t now_ns;		/* of the last record */
	uint64_t nr_records;
	uint64_t nr_gaps;		/* that have begun */
	uint64_t gap_ns, gap_since_ns;	/* time in gaps that have ended; begin of the open one */
	struct sample *sample;		/* the last one: owned */
	bool failed;			/* out of memory: what it knows is not whole */
};

int fold_init(struct fold *f, const struct fold_opts *opts);
void fold_clear(struct fold *f);

struct fold_vm *fold_find_vm(const struct fold *f, uint64_t kvm);
struct fold_vpe *fold_find_vpe(const struct fold *f, uint64_t vpe);
struct fold_vlpi *fold_find_vlpi(const struct fold *f, uint32_t host_irq);

/* The one that is there, or a new one (NULL: out of memory). */
struct fold_vm *fold_get_vm(struct fold *f, uint64_t kvm);
struct fold_vpe *fold_get_vpe(struct fold *f, uint64_t vpe, uint64_t kvm);

/*
 * What has gone stays in memory until this: pointers to it are good up to here. (With
 * opts.keep nothing is ever freed.)
 */
void fold_bury(struct fold *f);

/* Puts @fv's vPE in the place of whatever had its address. */
struct fold_vpe *fold_new_vpe(struct fold *f, const struct g4_rec_long *rec);

/* A VLPI as it is; its device may be NULL: not known. 0 or -ENOMEM. */
int fold_set_vlpi(struct fold *f, uint32_t host_irq, const struct g4_vlpi *vlpi,
		  const char *device);

/* Drops all VLPIs; VMs and vPEs stay. */
void fold_drop_vlpis(struct fold *f);

/*
 * A record of a vPE (types below G4_REC_LONG but software LPIs). Returns the doorbell
 * latency where it is a load that answers a doorbell, else 0.
 */
uint64_t fold_event(struct fold *f, struct fold_vpe *fv, const struct g4_rec *rec);

/* A software LPI of @fvm. */
void fold_sw_lpi(struct fold *f, struct fold_vm *fvm, uint64_t ts_ns);

/* A rare record; the device of a VLPI may be NULL. 0 or -ENOMEM. */
int fold_long(struct fold *f, const struct g4_rec_long *rec, const char *device);

/* Any record, found by its addresses. 0 or -ENOMEM. */
int fold_record(struct fold *f, const struct g4_rec *rec, const char *device);

/* Records are missing from @ts_ns on, or again there. */
void fold_gap(struct fold *f, bool begin, uint64_t ts_ns);

/* Takes @sample over (freed with sample_free()). */
void fold_sample(struct fold *f, struct sample *sample);

/* Which vPEs' histograms a snapshot has. */
enum fold_hists { FOLD_NO_HISTS, FOLD_HISTS_OF, FOLD_ALL_HISTS };

/*
 * The state as a reading at @now_ns, which is no earlier than the last record. @which,
 * @kvm: whose histograms are copied into it. Losses are those of the last sample. 0 or
 * -ENOMEM, @ret_snap cleared then.
 */
int fold_snapshot(const struct fold *f, uint64_t now_ns, enum fold_hists which, uint64_t kvm,
		  struct snapshot *ret_snap);

/* Empties all histograms: what they hold begins now. */
void fold_reset_hists(struct fold *f);

#endif
