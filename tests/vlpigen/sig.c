// SPDX-License-Identifier: GPL-2.0
/* Signals by sigtimedwait(): no handlers, no races with a sleep. */
#include "sig.h"

#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <time.h>

#include "util.h"

static void our_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGTERM);
	sigaddset(set, SIGINT);
	sigaddset(set, SIGUSR1);
}

void sig_block(void)
{
	sigset_t set;

	our_signals(&set);
	sigprocmask(SIG_BLOCK, &set, NULL);
	prctl(PR_SET_TIMERSLACK, 1);
}

static struct timespec until(uint64_t end_ns)
{
	uint64_t now_ns = mono_ns();
	uint64_t left = end_ns > now_ns ? end_ns - now_ns : 0;

	return (struct timespec){
		.tv_sec = left / NSEC_PER_SEC, .tv_nsec = left % NSEC_PER_SEC,
	};
}

int sig_wait(uint64_t end_ns)
{
	struct timespec left = until(end_ns);
	sigset_t set;
	int sig;

	our_signals(&set);
	sig = sigtimedwait(&set, NULL, &left);
	return sig > 0 ? sig : 0;
}

void sig_wait_none(uint64_t end_ns)
{
	struct timespec left = until(end_ns);

	nanosleep(&left, NULL);
}
