/* SPDX-License-Identifier: GPL-2.0 */
/* The command line, parsed and checked. */
#ifndef VLPIGEN_OPTS_H
#define VLPIGEN_OPTS_H

#include <stdbool.h>
#include <stdint.h>

#include "guest/shared.h"

struct opts {
	const char *name;
	const char *agent_path;		/* unix socket; NULL: nobody is told */
	const char *out_path;		/* NULL: stdout */
	uint32_t nr_vcpus;
	uint32_t nr_devs;
	const char *dev_addrs[VG_MAX_DEVS];
	uint32_t dev_vcpu[VG_MAX_DEVS];
	bool dev_soft[VG_MAX_DEVS];
	uint64_t dev_gap_ns[VG_MAX_DEVS];
	uint64_t count;
	uint64_t seed;
	uint64_t spi_gap_ns;		/* 0: none */
	uint64_t lost_ns;
	uint64_t rescue_ns;		/* at most lost_ns */
	enum vg_idle idle;
	bool wait;			/* for a device's last MSI before its next */
	bool hold;
	bool linger;
	bool rethread;			/* before each round */
};

/*
 * 0: go on. -EINVAL: wrong usage, said on stderr. -ECANCELED: --help was asked and printed.
 * The strings are borrowed from @argv.
 */
int opts_parse(int argc, char **argv, struct opts *ret_opts);

#endif
