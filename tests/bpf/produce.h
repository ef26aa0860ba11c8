/* SPDX-License-Identifier: GPL-2.0 */
/* What the producer's BPF program (produce.bpf.c) and who drives it share. */
#ifndef GICV4TOP_TESTS_PRODUCE_H
#define GICV4TOP_TESTS_PRODUCE_H

#define PRODUCE_STEPS	8U		/* records of a vPE's round */
#define PRODUCE_VPES	64U
#define PRODUCE_KVM	0xffff000012340000ULL
#define PRODUCE_VPE(i)	(PRODUCE_KVM + 0x1000 + ((__u64)(i) << 8))

#ifndef __BPF__
#include "recorder.h"
#include "session_priv.h"

struct produce;				/* its skeleton */

struct producer {
	struct session *session;	/* maps and rings of the real object, no programs */
	struct produce *skel;
	uint64_t *made;			/* records, by CPU */
};

/* 0 or -errno, having said why; producer_free() in any case. */
int producer_open(struct producer *ret_p, uint32_t ring_bytes);
void producer_free(struct producer *p);

/* Births of its VM and vPEs, for the recorder; they are no part of @made. */
void producer_begin(struct recorder *r, uint64_t now_ns);

/* Emits @nr records on @cpu. 0 or -errno. */
int producer_run(struct producer *p, int cpu, uint32_t nr);

/* A recorder of what it makes, into @path. 0 or -errno, having said why. */
int producer_recorder(const struct producer *p, const char *path, struct recorder **ret_r);
#endif

#endif
