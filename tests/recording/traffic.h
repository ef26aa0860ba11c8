/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Made-up traffic: records as the BPF programs would emit them for VMs whose vCPUs sleep,
 * are called by doorbells, run, are preempted and move, in the order of a few CPUs' rings.
 * The same seed gives the same records. Beside them it keeps what BPF keeps in its maps,
 * by the same vpe_fsm.h but event by event as they "happen": what a recorder and a
 * reader make of the records must equal it.
 */
#ifndef GICV4TOP_TESTS_TRAFFIC_H
#define GICV4TOP_TESTS_TRAFFIC_H

#include "fold.h"

struct traffic_opts {
	uint32_t nr_vms, nr_vcpus, nr_cpus;	/* vCPUs of each VM */
	uint64_t seed;
	uint64_t step_ns;		/* mean time between two events of the host */
};

struct traffic;

struct traffic *traffic_new(const struct traffic_opts *opts);
void traffic_free(struct traffic *t);

/* Births of all VMs, vPEs and VLPIs. */
void traffic_begin(struct traffic *t, void (*fn)(void *ctx, const struct g4_rec *rec), void *ctx);

/* @nr more events (some are several records). */
void traffic_run(struct traffic *t, uint64_t nr,
		 void (*fn)(void *ctx, const struct g4_rec *rec), void *ctx);

uint64_t traffic_now_ns(const struct traffic *t);
uint64_t traffic_records(const struct traffic *t);	/* emitted so far */
uint32_t traffic_nr_vpes(const struct traffic *t);
const struct g4_vpe *traffic_vpe(const struct traffic *t, uint32_t i);
const struct g4_vpe_hists *traffic_hists(const struct traffic *t, uint32_t i);
const struct g4_vm *traffic_vm(const struct traffic *t, uint32_t i);

/* A name for each VM, devices for VLPIs: for recorder_begin(). */
void traffic_names(struct model_names *ret_names);

/* VM @i ends, with all its vPEs, and begins anew with fresh counts. */
void traffic_restart_vm(struct traffic *t, uint32_t i,
			void (*fn)(void *ctx, const struct g4_rec *rec), void *ctx);

#endif
