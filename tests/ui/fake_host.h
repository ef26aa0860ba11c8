/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Made-up hosts as sources of the live view: each reading is a second later,
 * whatever the clock says, so screens can be compared as text. They are told
 * to the vPE state machine as BPF tells it.
 */
#ifndef TESTS_UI_FAKE_HOST_H
#define TESTS_UI_FAKE_HOST_H

#include "source.h"

/*
 * @kind: "two" VMs, "many" (120), "empty", "vanish" (VM 1001 is away at readings
 * 3 to 5, then there is another one of its pid), "churn" (VMs come and go, some
 * at each reading), "losing" (two, and losses), "jump" (two, on a clock that
 * goes back and far ahead), "names" (odd ones). NULL if there is none of this
 * name; ends the program when there is no memory.
 */
struct source *fake_host(const char *kind);

#endif
