// SPDX-License-Identifier: GPL-2.0
/*
 * What one refresh costs, and what memory it takes, over made-up VMs in real
 * BPF maps. For each size a JSON line: medians of the CPU time of reading the
 * maps, of the model, of the view at 200x50, of "top --json"'s line, in ms; and of
 * reading when LPIs have changed.
 *
 *	refresh ROUNDS VMS:VPES:VLPIS...	(VLPIs of each vPE)
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "synthetic.h"
#include "ui_priv.h"
#include "util.h"

enum part { READ, MODEL, VIEW, JSON, READ_LPIS, NR_PARTS };

static const char *const part_names[NR_PARTS] = {
	"read", "model", "view", "json", "read_lpis",
};

struct bench {
	struct synthetic syn;
	struct snapshot snap;
	struct model m;
	struct ui ui;
	struct ui_screen screen;
	struct out_info info;
	FILE *null;
	double *ms[NR_PARTS];		/* one a round */
};

static void name_of(void *ctx, uint32_t pid, char *ret_name, size_t size)
{
	(void)ctx;
	snprintf(ret_name, size, "guest-%u", pid);
}

static double cpu_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static int refresh(struct bench *b, unsigned int round)
{
	const struct model_names names = { .vm_name = name_of };
	const struct model_filter filter = { .vcpu = -1 };
	const struct out_opts opts = { .dropped = 0 };
	double at[JSON + 2];
	unsigned int i;
	int err;

	at[READ] = cpu_ms();
	err = session_read(b->syn.session, &b->snap);
	at[MODEL] = cpu_ms();
	if (!err)
		err = model_update(&b->m, &b->snap, &filter, &names);
	at[VIEW] = cpu_ms();
	if (!err)
		err = ui_sync(&b->ui);
	if (err)
		return err;
	ui_draw(&b->ui, &b->screen);
	err = ui_screen_write(&b->screen, b->null);
	at[JSON] = cpu_ms();
	if (!err)
		err = out_json(b->null, &b->m, &b->info, &opts);
	at[JSON + 1] = cpu_ms();
	for (i = 0; i <= JSON; i++)
		b->ms[i][round] = at[i + 1] - at[i];
	return err;
}

static int by_size(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static void print_line(const struct bench *b, unsigned int rounds)
{
	unsigned int i;

	printf("{\"vms\":%u,\"vpes\":%u,\"vlpis\":%u,\"map_bytes\":%" PRIu64, b->syn.nr_vms,
	       b->snap.nr_vpes, b->snap.nr_vlpis, synthetic_map_bytes(&b->syn));
	for (i = 0; i < NR_PARTS; i++) {
		qsort(b->ms[i], rounds, sizeof(*b->ms[i]), by_size);
		printf(",\"%s_ms\":%.3f", part_names[i], b->ms[i][rounds / 2]);
	}
	printf("}\n");
	fflush(stdout);
}

static void bench_clear(struct bench *b)
{
	unsigned int i;

	for (i = 0; i < NR_PARTS; i++)
		free(b->ms[i]);
	ui_free(&b->ui);
	ui_screen_free(&b->screen);
	snapshot_clear(&b->snap);
	model_clear(&b->m);
	synthetic_free(&b->syn);
	if (b->null)
		fclose(b->null);
}

static int run(struct bench *b, unsigned int rounds, const unsigned int *size)
{
	const struct timespec settle = { .tv_sec = 2, .tv_nsec = 100 * 1000 * 1000 };
	unsigned int i;
	int err;

	b->null = fopen("/dev/null", "w");
	err = b->null ? ui_screen_init(&b->screen, 50, 200) : -1;
	for (i = 0; i < NR_PARTS && !err; i++) {
		b->ms[i] = calloc(rounds, sizeof(*b->ms[i]));
		err = b->ms[i] ? 0 : -1;
	}
	if (err)
		return err;
	b->info = (struct out_info){ .kernel = "synthetic", .gic = "4.0", .wfi = "trap",
				     .backend = "fentry" };
	ui_init(&b->ui, &b->m, &b->info);
	b->ui.interval_ns = 1000000000;
	b->m.figures = UINT32_MAX;
	err = synthetic_open(&b->syn, size[0], size[1], size[2]);
	for (i = 0; i < rounds && !err; i++) {
		err = synthetic_step(&b->syn, true);
		if (!err)
			err = refresh(b, i);
		b->ms[READ_LPIS][i] = b->ms[READ][i];
	}
	/* from now on no LPI changes: see session_read.c */
	nanosleep(&settle, NULL);
	for (i = 0; i <= rounds && !err; i++) {
		err = synthetic_step(&b->syn, false);
		if (!err)
			err = refresh(b, i ? i - 1 : 0);
	}
	if (!err)
		print_line(b, rounds);
	return err;
}

int main(int argc, char **argv)
{
	unsigned int rounds, size[3];
	struct bench b;
	int i, err;

	rounds = argc > 2 ? (unsigned int)strtoul(argv[1], NULL, 10) : 0;
	if (!rounds) {
		fprintf(stderr, "usage: refresh ROUNDS VMS:VPES:VLPIS...\n");
		return 2;
	}
	util_keep_memory();
	for (i = 2; i < argc; i++) {
		if (sscanf(argv[i], "%u:%u:%u", &size[0], &size[1], &size[2]) != 3)
			return 2;
		b = (struct bench){ .null = NULL };
		err = run(&b, rounds, size);
		bench_clear(&b);
		if (err)
			return 1;
	}
	return 0;
}
