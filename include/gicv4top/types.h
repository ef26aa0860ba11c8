/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Fixed-size integer names for everything that BPF programs and the program
 * share. The kernel's UAPI names serve both sides; nothing else may be used in
 * a shared record (no bool, enum, long or pointer: their sizes differ).
 */
#ifndef GICV4TOP_TYPES_H
#define GICV4TOP_TYPES_H

#include <linux/types.h>

#ifndef __always_inline
#define __always_inline inline __attribute__((always_inline))
#endif

#endif
