// SPDX-License-Identifier: GPL-2.0
/*
 * The live view over a recording: what the tests in tmux look at, with the sanitizers.
 *
 *	uireplay FILE [SECS [SPEED [AT [COUNT]]]]	SECS between refreshes (1); AT: seconds
 *							from the begin (0)
 */
#include <stdio.h>
#include <stdlib.h>

#include "log.h"
#include "replay.h"
#include "ui.h"

static double arg(int argc, char **argv, int i, double other)
{
	return argc > i ? strtod(argv[i], NULL) : other;
}

int main(int argc, char **argv)
{
	const struct replay_opts replay = { .hists = true };
	struct ui_opts opts = {
		.interval_ns = (uint64_t)(arg(argc, argv, 2, 1) * 1e9),
		.speed = arg(argc, argv, 3, 1),
		.count = (uint64_t)arg(argc, argv, 5, 0),
		.filter.vcpu = -1,
	};
	struct model m = { .nr_vms = 0 };
	struct source *source;
	int err;

	if (argc < 2)
		return log_say(2, "usage: uireplay FILE [SECS [SPEED [AT [COUNT]]]]");
	if (replay_open(argv[1], &replay, &source))
		return 1;
	opts.from_ns = source->first_ns + (uint64_t)(arg(argc, argv, 4, 0) * 1e9);
	m.figures = source->figures;
	m.now_ns = source->start_ns;
	err = ui_run(&opts, source, &m);
	source_free(source);
	model_clear(&m);
	fprintf(stderr, "uireplay: %s\n", err ? "failed" : "done");
	return err ? 1 : 0;
}
