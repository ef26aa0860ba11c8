/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Reads the records of one chunk, the reverse of rec_enc.h. Nothing in a chunk is
 * trusted: what cannot be is -EBADMSG, and nothing outside the chunk is ever read. Pure.
 */
#ifndef GICV4TOP_REC_DEC_H
#define GICV4TOP_REC_DEC_H

#include "model.h"
#include "rec_buf.h"
#include "rec_enc.h"
#include "rec_format.h"
#include "sample.h"

#include <gicv4top/wire.h>

struct rec_dec_vm {
	struct g4_vm vm;		/* identity; counts only where the chunk is a key chunk */
	char name[MODEL_NAME_LEN];
};

struct rec_dec_vpe {
	struct g4_vpe v;		/* identity, and state before the first record */
	uint32_t vm_ref;
	bool born;			/* only its address is known: a record of its birth comes */
};

struct rec_dec_vlpi {
	uint32_t host_irq;
	struct g4_vlpi v;
	char device[MODEL_DEVICE_LEN];
};

struct rec_dec_state {			/* of a key chunk, beside counts of VMs and vPEs */
	struct rec_dec_vlpi *vlpis;	/* owned */
	uint32_t nr_vlpis;
	uint32_t gaps;
	struct sample *sample;		/* owned */
};

struct rec_dec {
	struct rec_view views[REC_NR_SECTIONS];
	uint64_t base_ns, now_ns;
	uint32_t ref;
	struct rec_enc_ref *refs;	/* owned, of vPEs */
	struct rec_dec_vm *vms;		/* owned */
	struct rec_dec_vpe *vpes;	/* owned */
	uint32_t nr_vms, nr_vpes;
	bool key;
	struct rec_dec_state state;
};

enum rec_what {
	REC_IS_END,
	REC_IS_EVENT,			/* @r, of vPE @ref */
	REC_IS_SW_LPI,			/* @r, of VM @ref */
	REC_IS_LONG,			/* @l, @text; @ref: vPE that is born, or REC_NO_REF */
	REC_IS_GAP_BEGIN, REC_IS_GAP_END, /* @r.ts_ns */
	REC_IS_SAMPLE,			/* @sample: the caller's to free */
};

struct rec_out {
	enum rec_what what;
	uint32_t ref;
	struct g4_rec r;		/* vpe and vcpu are not filled in: @ref tells */
	struct g4_rec_long l;
	char text[MODEL_NAME_LEN];
	struct sample *sample;
};

/*
 * Begins reading: @views are the chunk's inflated sections (an absent one is empty),
 * which must outlive it. 0, -EBADMSG or -ENOMEM; rec_dec_clear() in any case.
 */
int rec_dec_begin(struct rec_dec *d, const struct rec_view *views, uint64_t base_ns, bool key);
void rec_dec_clear(struct rec_dec *d);

/* The next record, REC_IS_END behind the last. 0, -EBADMSG or -ENOMEM. */
int rec_dec_next(struct rec_dec *d, struct rec_out *ret_out);

#endif
