// SPDX-License-Identifier: GPL-2.0
/*
 * Signals that end a recording; see stop.h. The flag is the process's, as its signals
 * are: nothing else is kept here.
 */
#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>

#include "stop.h"
#include "util.h"

static volatile sig_atomic_t asked;
static uint64_t asked_ns;		/* the handler's alone */

static void on_signal(int sig)
{
	int err = errno;

	if (!asked) {
		asked_ns = util_now_ns();
		asked = 1;
	} else if (util_now_ns() - asked_ns >= STOP_PATIENCE_NS) {
		signal(sig, SIG_DFL);
		raise(sig);		/* takes effect on return */
	}
	errno = err;
}

void stop_take_signals(void)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction action = { .sa_handler = on_signal }, before;

	sigfillset(&action.sa_mask);	/* of all signals one handler at a time */
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	if (sigaction(SIGHUP, NULL, &before) || before.sa_handler != SIG_IGN)
		sigaction(SIGHUP, &action, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
}

bool stop_asked(void)
{
	return asked;
}
