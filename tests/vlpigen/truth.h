/* SPDX-License-Identifier: GPL-2.0 */
/* What vlpigen says on stdout and in its output file. */
#ifndef VLPIGEN_TRUTH_H
#define VLPIGEN_TRUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "guest/shared.h"

struct load;
struct opts;
struct vm;

/* What the host says of a device's MSI. */
struct host_msi {
	uint32_t irq;		/* 0: unknown */
	uint64_t base;		/* interrupts the host took before the load */
	uint64_t count;		/* and since then */
	bool counted;		/* the two are known */
};

/* All is mapped. */
void truth_print_ready(const struct opts *o, const struct vg_dev *devs,
		       const struct host_msi *msis, const struct vm *vm);

/* After each round, to the -o file (replaced as a whole) or stdout. */
int truth_write(const struct opts *o, const struct vg_dev *devs, const struct host_msi *msis,
		const struct vm *vm, const struct load *l);

#endif
