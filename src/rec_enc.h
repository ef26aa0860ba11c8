/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Makes a chunk's sections out of records: a column of ops, and columns of what ops do
 * not say by themselves. What a reader can foresee is left out: the vPE, where it is
 * the one of the op before; the CPU, where it is the vPE's last one; the doorbell that a
 * load answers. VMs and vPEs are named once a chunk, with their state then, so that
 * every chunk can be read alone. Pure: memory only.
 */
#ifndef GICV4TOP_REC_ENC_H
#define GICV4TOP_REC_ENC_H

#include "rec_buf.h"
#include "rec_format.h"
#include "sample.h"

#include <gicv4top/wire.h>

#define REC_NO_REF	UINT32_MAX

struct rec_enc_ref {			/* what a reader knows of a vPE by now */
	uint32_t pcpu;
	uint64_t called_ns;
};

struct rec_enc {
	struct rec_buf sections[REC_NR_SECTIONS];
	uint32_t counts[REC_NR_SECTIONS];
	struct rec_enc_ref *refs;	/* of vPEs; owned */
	uint32_t room_refs;
	uint32_t nr_vms, nr_vpes;
	uint32_t ref;			/* of the op before */
	uint64_t base_ns, now_ns;	/* chunk's begin; time of the op before */
	uint64_t last_ns;		/* the latest time of all ops */
	uint32_t nr_records;
	uint32_t *cpu_records;		/* of this chunk, by CPU; owned */
	uint32_t nr_cpus;
	bool failed;			/* out of memory */
};

int rec_enc_init(struct rec_enc *e, uint32_t nr_cpus);
void rec_enc_clear(struct rec_enc *e);

/* A new chunk; all that was in @e is dropped. */
void rec_enc_begin(struct rec_enc *e, uint64_t base_ns);

/* Bytes so far, before compression. */
size_t rec_enc_size(const struct rec_enc *e);

/* Name a VM, or a vPE of the VM @vm_ref, as it is before the next record; return its ref. */
uint32_t rec_enc_vm(struct rec_enc *e, const struct g4_vm *vm, const char *name);
/* @born: it is not there yet: a record of its birth follows. */
uint32_t rec_enc_vpe(struct rec_enc *e, const struct g4_vpe *v, uint32_t vm_ref, bool born);

/* A record of vPE @ref, below G4_REC_LONG. */
void rec_enc_event(struct rec_enc *e, const struct g4_rec *rec, uint32_t ref);
void rec_enc_sw_lpi(struct rec_enc *e, const struct g4_rec *rec, uint32_t vm_ref);
/* @ref: of the vPE that is born by it, else REC_NO_REF. @text: VM's name, VLPI's device. */
void rec_enc_long(struct rec_enc *e, const struct g4_rec_long *rec, uint32_t ref,
		  const char *text);
void rec_enc_gap(struct rec_enc *e, bool begin, uint64_t ts_ns);
void rec_enc_sample(struct rec_enc *e, const struct sample *s);

/*
 * Into REC_STATE, for a key chunk, when all VMs and vPEs have been named: begin, then
 * counts of all VMs, then of all vPEs, in order of refs.
 */
void rec_enc_state_begin(struct rec_enc *e);
void rec_enc_vm_counts(struct rec_enc *e, const struct g4_vm *vm);
void rec_enc_vpe_counts(struct rec_enc *e, const struct g4_vpe *v);
/* Then the number of VLPIs, and each. */
void rec_enc_nr_vlpis(struct rec_enc *e, uint32_t nr);
void rec_enc_vlpi(struct rec_enc *e, uint32_t host_irq, const struct g4_vlpi *vlpi,
		  const char *device);
/* At last the sample that stands (NULL: none yet) and the gaps that are open. */
void rec_enc_state_end(struct rec_enc *e, const struct sample *s, uint32_t gaps);

#endif
