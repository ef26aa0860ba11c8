// SPDX-License-Identifier: GPL-2.0
/*
 * Measures vPE loads and puts on the lab's host (one CPU, icount: a nanosecond
 * is an instruction), beside whatever is attached to them just now.
 *
 *	g4pair [--empty] NAME PAIRS
 *
 * prints, once PAIRS of both were seen, a JSON line {name, load, put}: count,
 * mean and quartiles of each. --empty attaches, on every hook that gicv4top
 * would take for counting, a program that does nothing.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bpfutil.h"
#include "hooks.h"
#include "host.h"
#include "log.h"
#include "pair.h"
#include "util.h"

#include "pair.skel.h"

#define MAX_EMPTY	128

struct empties {
	struct pair *skel[MAX_EMPTY];
	unsigned int nr;
};

static int attach_empty(struct empties *e, const struct hook_choice *c, bool exit)
{
	static const char *const names[][2] = {
		[HOOK_FENTRY] = { "empty_fentry", "empty_fexit" },
		[HOOK_KPROBE] = { "empty_kprobe", "empty_kretprobe" },
		[HOOK_EVENT] = { "empty_event", "empty_exit_event" },
	};
	struct bpf_program *prog, *own;
	struct bpf_link *link;
	struct pair *skel;
	int err;

	if (e->nr == MAX_EMPTY)
		return log_say(-E2BIG, "too many hooks");
	skel = e->skel[e->nr++] = pair__open();
	if (!skel)
		return log_err(-errno, "cannot open the yardstick's BPF object");
	bpf_object__for_each_program(prog, skel->obj)
		bpf_program__set_autoload(prog, false);
	own = bpf_object__find_program_by_name(skel->obj, names[c->backend][exit]);
	bpf_program__set_autoload(own, true);
	if (c->backend == HOOK_FENTRY) {
		err = bpf_program__set_attach_target(own, 0, c->hook->function);
		if (err)
			return log_err(err, "cannot attach to %s", c->hook->function);
	}
	err = pair__load(skel);
	if (err)
		return log_err(err, "cannot load the empty program for %s", c->hook->function);
	if (c->backend == HOOK_KPROBE)
		link = bpf_program__attach_kprobe(own, exit, c->hook->function);
	else
		link = bpf_program__attach(own);
	err = (int)libbpf_get_error(link);
	return err ? log_err(err, "cannot attach to %s", c->hook->function) : 0;
}

/* On every hook that gicv4top would attach to while it counts without detail. */
static int attach_empties(struct empties *e)
{
	struct hook_facts facts;
	struct hook_plan plan = { 0 };
	const char *progs[2];
	unsigned int i, k;
	struct host host;
	int err;

	host_read(&host);
	err = host_require(&host);
	host_hook_facts(&host, &facts);
	if (!err)
		err = hooks_plan(&facts, HOOK_AUTO, &plan);
	for (i = 0; !err && i < plan.nr; i++) {
		if (plan.choices[i].backend == HOOK_NONE ||
		    plan.choices[i].hook->need == HOOK_DETAIL)
			continue;
		hooks_programs(&plan.choices[i], &progs[0], &progs[1]);
		for (k = 0; !err && k < 2; k++)
			err = progs[k] ? attach_empty(e, &plan.choices[i], k) : 0;
	}
	if (!err && !e->nr)
		err = log_say(-ENOENT, "none of gicv4top's hooks is here");
	hooks_plan_clear(&plan);
	host_clear(&host);
	return err;
}

static uint64_t quantile(const struct pair_side *s, unsigned int percent)
{
	uint64_t seen = 0;
	unsigned int i;

	for (i = 0; i < PAIR_BUCKETS - 1; i++) {
		seen += s->bucket[i];
		if (seen * 100 > s->count * percent)
			break;
	}
	return (uint64_t)i * PAIR_TICK_NS;
}

static void print_side(const char *name, const struct pair_side *s)
{
	printf("\"%s\":{\"count\":%" PRIu64 ",\"mean\":%.1f,\"p25\":%" PRIu64 ",\"p50\":%" PRIu64
	       ",\"p75\":%" PRIu64 ",\"p95\":%" PRIu64 "}", name, (uint64_t)s->count,
	       (double)s->sum_ns / (double)s->count, quantile(s, 25), quantile(s, 50),
	       quantile(s, 75), quantile(s, 95));
}

static int measure(const char *name, uint64_t pairs)
{
	const struct timespec pause = { .tv_nsec = 100 * 1000 * 1000 };
	struct pair *skel = pair__open_and_load();
	const struct pair_side *sides;
	int err;

	if (!skel)
		return log_err(-errno, "cannot load the yardstick");
	err = pair__attach(skel);
	if (err) {
		pair__destroy(skel);
		return log_err(err, "cannot attach the yardstick");
	}
	sides = skel->bss->sides;
	skel->bss->counting = 1;
	while (sides[PAIR_LOAD].count < pairs || sides[PAIR_PUT].count < pairs)
		nanosleep(&pause, NULL);
	skel->bss->counting = 0;
	printf("{\"name\":\"%s\",", name);
	print_side("load", &sides[PAIR_LOAD]);
	printf(",");
	print_side("put", &sides[PAIR_PUT]);
	printf("}\n");
	pair__destroy(skel);
	return 0;
}

int main(int argc, char **argv)
{
	struct empties empties = { .nr = 0 };
	int err = 0, first = 1;

	if (argc > 1 && !strcmp(argv[1], "--empty"))
		first++;
	if (argc != first + 2) {
		fprintf(stderr, "usage: g4pair [--empty] NAME PAIRS\n");
		return 2;
	}
	bpfutil_init();
	if (first > 1)
		err = attach_empties(&empties);
	if (!err)
		err = measure(argv[first], strtoull(argv[first + 1], NULL, 10));
	while (empties.nr)
		pair__destroy(empties.skel[--empties.nr]);
	return err ? 1 : 0;
}
