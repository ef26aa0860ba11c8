/* SPDX-License-Identifier: GPL-2.0 */
/* SIGTERM, SIGINT, SIGUSR1: blocked in every thread, looked for where it suits. */
#ifndef VLPIGEN_SIG_H
#define VLPIGEN_SIG_H

#include <stdint.h>

/* Before any thread is made. */
void sig_block(void);

/* Sleeps until @end_ns (CLOCK_MONOTONIC) or a signal, which it returns; 0 at the time. */
int sig_wait(uint64_t end_ns);

/* Only sleeps; a signal stays pending. */
void sig_wait_none(uint64_t end_ns);

#endif
