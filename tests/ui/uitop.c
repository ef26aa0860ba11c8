// SPDX-License-Identifier: GPL-2.0
/*
 * The live view over a made-up host: what the tests in tmux look at.
 *
 *	uitop HOST [SECS [COUNT]]	HOST as in fake_host.h; SECS between
 *					refreshes (1000: only keys refresh)
 */
#include <stdio.h>
#include <stdlib.h>

#include "fake_host.h"
#include "log.h"
#include "ui.h"

int main(int argc, char **argv)
{
	struct ui_opts opts = { .interval_ns = 1000 * 1000000000ULL, .filter.vcpu = -1 };
	struct model m = { .nr_vms = 0 };
	struct source *source;
	int err;

	if (argc > 2)
		opts.interval_ns = (uint64_t)(strtod(argv[2], NULL) * 1e9);
	if (argc > 3)
		opts.count = strtoull(argv[3], NULL, 10);
	source = argc > 1 ? fake_host(argv[1]) : NULL;
	if (!source)
		return log_say(2, "usage: uitop HOST [SECS [COUNT]]");
	m.figures = source->figures;
	m.now_ns = source->start_ns;
	err = ui_run(&opts, source, &m);
	source_free(source);
	model_clear(&m);
	fprintf(stderr, "uitop: %s\n", err ? "failed" : "done");
	return err ? 1 : 0;
}
