// SPDX-License-Identifier: GPL-2.0
/* The loop of batch output; see batch.h. Owns the signals that end it. */
#include <errno.h>
#include <signal.h>
#include <time.h>

#include "batch.h"
#include "pace.h"
#include "util.h"

#define NS_PER_S	1000000000ULL
#define LONG_NS		(1000000 * NS_PER_S)

static volatile sig_atomic_t stopped;

static void on_signal(int sig)
{
	(void)sig;
	stopped = 1;
}

static void sleep_until(uint64_t when_ns)
{
	const struct timespec ts = { .tv_sec = (time_t)(when_ns / NS_PER_S),
				     .tv_nsec = (long)(when_ns % NS_PER_S) };

	while (!stopped && clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL) == EINTR)
		;
}

/* The same, events being recorded meanwhile. As pump(). */
static int wait_until(struct source *source, uint64_t when_ns)
{
	uint64_t now_ns = util_now_ns(), next_ns;
	int err = 0;

	if (!source->pump) {
		sleep_until(when_ns);
		return 0;
	}
	while (!err && !stopped && now_ns < when_ns) {
		next_ns = now_ns + source->pump_ns;
		sleep_until(next_ns < when_ns ? next_ns : when_ns);
		err = source->pump(source);
		now_ns = util_now_ns();
	}
	return err;
}

static void end_on_signals(void)
{
	const struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

int batch_run(const struct batch *b, struct source *source)
{
	enum pace_step step = PACE_WAIT;
	struct pace pace;
	uint64_t nr = 0;
	int err = 0;

	end_on_signals();
	pace_start(&pace, b->interval_ns ? b->interval_ns : LONG_NS, util_now_ns());
	while (!err && (!b->count || nr < b->count)) {
		err = wait_until(source, b->interval_ns ? pace_due_ns(&pace) : pace.next_ns);
		if (stopped || err)
			break;
		step = pace_step(&pace, util_now_ns());
		if (step != PACE_WAIT && source->measure)
			source->measure(source, step == PACE_MEASURE);
		if (step == PACE_REFRESH)
			err = b->refresh(b->ctx, nr++);
	}
	/* a recording that is full ends all of it, as a signal does */
	if (err == 1)
		err = 0;
	if (!err && stopped && b->at_end)
		err = b->refresh(b->ctx, nr);
	if (!err && source->finish)
		err = source->finish(source);
	return err;
}

/* Without a speed signals do what they do: nothing but reading would be interrupted. */
int batch_play(const struct batch *b, struct source *source, uint64_t from_ns, double speed)
{
	uint64_t at_ns = from_ns, begun_ns = util_now_ns(), nr = 0;
	int err = 0;

	if (speed > 0)
		end_on_signals();
	while (!err && (!b->count || nr < b->count)) {
		if (speed > 0)
			sleep_until(begun_ns + (uint64_t)((double)(at_ns - from_ns) / speed));
		if (stopped)
			break;
		err = source->seek(source, at_ns);
		if (!err)
			err = b->refresh(b->ctx, nr++);
		if (at_ns >= source->last_ns || !b->interval_ns)
			break;
		/* the last interval may be a short one */
		at_ns = source->last_ns - at_ns > b->interval_ns ? at_ns + b->interval_ns :
			source->last_ns;
	}
	return err;
}
