/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What top and replay have in common: options of the table, and showing a source by it,
 * in the live view or as batch output.
 */
#ifndef GICV4TOP_TOP_VIEW_H
#define GICV4TOP_TOP_VIEW_H

#include "options.h"
#include "out.h"
#include "source.h"
#include "when.h"

enum top_format { TOP_TEXT, TOP_JSON, TOP_CSV };

struct top_view {
	/* what was asked for */
	struct options options;
	enum top_format format;
	bool batch;
	const struct column *sort;
	struct out_opts out;
	bool columns_chosen;
	/* what runs */
	struct source *source;		/* owned */
	struct snapshot snap;
	struct model model;
};

/* A recording, and how to look at it. */
struct top_replay {
	const char *path;
	struct when at;
	bool at_given;			/* else its begin */
	double speed;			/* 0: none was asked for */
	bool no_direct;			/* leave out who counted direct deliveries */
};

/* A command's own options are numbered from TOP_VIEW_OPT_OWN on. */
enum { OPT_JSON = OPT_OWN, OPT_CSV, OPT_DETAIL, TOP_VIEW_OPT_OWN };

#define TOP_VIEW_SHORT	"bs:o:i:"
#define TOP_VIEW_LONG					\
	{ "batch", no_argument, NULL, 'b' },		\
	{ "sort", required_argument, NULL, 's' },	\
	{ "columns", required_argument, NULL, 'o' },	\
	{ "input", required_argument, NULL, 'i' },	\
	{ "json", no_argument, NULL, OPT_JSON },	\
	{ "csv", no_argument, NULL, OPT_CSV },		\
	{ "detail", no_argument, NULL, OPT_DETAIL }

#define TOP_VIEW_HELP_TABLE \
	"  -s, --sort KEY       sort by this column (default: pid)\n" \
	"  -o, --columns COLS   columns, by key, with commas; \"-o help\" lists them\n" \
	"      --json           a JSON object a refresh, a line each\n" \
	"      --csv            CSV\n"

/* Makes @v ready for options. */
void top_view_begin(struct top_view *v, char *command);

/*
 * One option of TOP_VIEW_LONG but 'i', or of options_parse(). 0 to go on, 1 when all is
 * done, -EINVAL after having said why.
 */
int top_view_option(struct top_view *v, int opt, const char *arg);

/* All options are known: what follows from them. */
void top_view_ready(struct top_view *v);

/* Shows @source, which it takes over. 0 or -errno, having said why. */
int top_view_run(struct top_view *v, struct source *source);

/* Opens and shows a recording. 0 or -errno, having said why. */
int top_view_play(struct top_view *v, const struct top_replay *replay);

/* Frees all; @err: of the above. Returns the exit code. */
int top_view_end(struct top_view *v, int err);

#endif
