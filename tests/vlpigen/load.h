/* SPDX-License-Identifier: GPL-2.0 */
/* Firing the MSIs, collecting what the guest took, and keeping both. */
#ifndef VLPIGEN_LOAD_H
#define VLPIGEN_LOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "clockmap.h"
#include "guest/shared.h"
#include "opts.h"
#include "util.h"

struct agent;
struct vfio;
struct vm;

struct load_fire {
	uint64_t ns;		/* CLOCK_MONOTONIC just before the write */
	uint32_t dev;		/* or the vCPU, for an SPI */
};

/* A late MSI for which its vCPU was woken. */
struct load_rescue {
	uint64_t fire_ns;
	uint64_t wake_ns;	/* CLOCK_MONOTONIC just before the SPI */
	uint32_t dev;
};

struct load_ack {
	struct vg_log log;
	uint32_t vcpu;
};

struct load_dev {
	struct lcg gaps;
	uint64_t quota;		/* of this round, still to fire */
	uint64_t due_ns;
	bool outstanding;	/* no interrupt since the last fire */
	bool late;		/* it is late, and its vCPU was woken for it */
	bool given_up;		/* it is counted as lost */
	uint64_t fire_ns;
	uint64_t fire_cnt;	/* host counter */
	uint64_t fired;
	uint64_t taken;
	uint64_t lost;		/* not taken within lost_ns */
	uint64_t rescued;	/* vCPU woken after rescue_ns */
	uint64_t stuck;		/* of the rescued: then taken */
};

struct load_vcpu {
	uint64_t taken;
	uint64_t spi_fired;
	uint64_t spi_taken;
};

struct load {
	const struct opts *o;		/* borrowed, like the next two */
	struct vm *vm;
	const struct vfio *vfio;
	struct agent *agent;		/* borrowed; NULL: none */
	struct clock_map clock;
	uint64_t sample_ns;		/* next clock pair is due */
	uint64_t start_ns;
	uint64_t end_ns;
	uint32_t rounds;
	bool complete;			/* false: broken off by a signal */
	struct lcg spi_rng;
	uint64_t spi_due_ns;
	struct load_dev devs[VG_MAX_DEVS];
	struct load_vcpu vcpus[VG_MAX_VCPUS];
	struct vec fires, spi_fires;	/* struct load_fire */
	struct vec rescues;		/* struct load_rescue */
	struct vec acks, spi_acks;	/* struct load_ack */
};

/*
 * One round: fires, waits for what is outstanding, and adds to what former rounds left.
 * *ret_sig is the signal that broke it off, or 0. Lost MSIs are counted, not an error.
 */
int load_round(struct load *l, int *ret_sig);
void load_free(struct load *l);

uint64_t load_fired(const struct load *l);
uint64_t load_taken(const struct load *l);
uint64_t load_stuck(const struct load *l);
uint64_t load_lost(const struct load *l);

#endif
