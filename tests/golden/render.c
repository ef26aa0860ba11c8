// SPDX-License-Identifier: GPL-2.0
/*
 * Writes the outputs of fixed snapshots, for the golden files to be compared
 * with. A scene is a host, some refreshes of it, and what was asked for on the
 * command line; scenes.c builds the hosts.
 *
 *	render --list		a line for each file: SCENE.SUFFIX
 *	render SCENE.SUFFIX	that file's content; SUFFIX is txt, json or csv
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "out.h"
#include "out_hist.h"
#include "scenes.h"
#include "util.h"

/* the last three are of "gicv4top hist" */
static const char *const suffixes[] = { "txt", "json", "csv", "hist.txt", "hist.json",
					"hist.csv" };
#define FIRST_HIST	3

static int write_hist(const struct scene *scene, const struct model *m, const char *suffix,
		      bool first)
{
	/* per vPE where one vCPU was asked for; all, also what is n/a, where nothing is known */
	struct hist_opts opts = { .per_vpe = scene->one_vcpu, .chosen = !scene->figures };

	memset(opts.which, 1, sizeof(opts.which));
	if (!strcmp(suffix, "hist.txt"))
		return out_hist_text(stdout, m, &scene->info, &opts);
	if (!strcmp(suffix, "hist.json"))
		return out_hist_json(stdout, m, &scene->info, &opts);
	return out_hist_csv(stdout, m, &opts, first);
}

static int write_refresh(const struct scene *scene, const struct model *m, const char *suffix,
			 bool first)
{
	struct out_opts opts = { .detail = scene->detail };
	char bad[32];

	if (!strncmp(suffix, "hist.", 5))
		return write_hist(scene, m, suffix, first);
	columns_default(&columns_vm, &opts.columns);
	if (scene->columns &&
	    columns_parse(&columns_vm, scene->columns, &opts.columns, bad, sizeof(bad))) {
		fprintf(stderr, "render: no column %s\n", bad);
		return 1;
	}
	if (!strcmp(suffix, "txt"))
		return out_text(stdout, m, &scene->info, &opts);
	if (!strcmp(suffix, "json"))
		return out_json(stdout, m, &scene->info, &opts);
	return out_csv(stdout, m, &opts, first);
}

static int render(const struct scene *scene, const char *suffix)
{
	struct model_filter filter = { .vcpu = -1, .detail = scene->detail };
	struct model m = { .figures = scene->figures, .now_ns = SCENE_ATTACH_NS };
	struct snapshot snap = { .nr_vms = 0 };
	struct model_names names;
	unsigned int i;
	int err = 0;

	scene_names(scene, &names);
	filter.pid = scene->pid;
	filter.direct = scene->direct;
	filter.name = scene->guest;
	if (scene->one_vcpu)
		filter.vcpu = scene->vcpu;
	for (i = 0; i < scene->nr_refreshes && !err; i++) {
		scene_snapshot(scene, i, &snap);
		err = model_update(&m, &snap, &filter, &names);
		if (!err && scene->sort)
			columns_sort(&m, columns_find(&columns_vm, scene->sort));
		if (!err)
			err = write_refresh(scene, &m, suffix, !i);
	}
	snapshot_clear(&snap);
	model_clear(&m);
	return err ? 1 : 0;
}

int main(int argc, char **argv)
{
	const struct scene *scene;
	size_t i, len;

	if (argc != 2) {
		fputs("usage: render --list | SCENE.SUFFIX\n", stderr);
		return 2;
	}
	for (scene = scenes; scene->name; scene++) {
		len = strlen(scene->name);
		for (i = 0; i < (scene->hist ? ARRAY_SIZE(suffixes) : FIRST_HIST); i++) {
			if (!strcmp(argv[1], "--list"))
				printf("%s.%s\n", scene->name, suffixes[i]);
			else if (!strncmp(argv[1], scene->name, len) && argv[1][len] == '.' &&
				 !strcmp(argv[1] + len + 1, suffixes[i]))
				return render(scene, suffixes[i]);
		}
	}
	if (!strcmp(argv[1], "--list"))
		return 0;
	fprintf(stderr, "render: no file %s\n", argv[1]);
	return 2;
}
