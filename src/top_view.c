// SPDX-License-Identifier: GPL-2.0
/*
 * The table of VMs over any source, for cmd_top.c and cmd_replay.c: they own the rest of
 * their options and what opens the source; here is what both do with it. Figures come
 * from the model, the live view is ui_*.c, the batch loop batch.c.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "batch.h"
#include "cmd.h"
#include "log.h"
#include "moment.h"
#include "replay.h"
#include "top_view.h"
#include "ui.h"
#include "util.h"

#define NS_PER_S	1000000000ULL

void top_view_begin(struct top_view *v, char *command)
{
	*v = (struct top_view){ .options = { .command = command, .interval_ns = NS_PER_S,
					     .filter.vcpu = -1 } };
	columns_default(&columns_vm, &v->out.columns);
}

static int parse_columns(struct top_view *v, const char *text)
{
	char bad[32];

	if (!strcmp(text, "help")) {
		columns_help(&columns_vm, stdout);
		return 1;
	}
	if (!columns_parse(&columns_vm, text, &v->out.columns, bad, sizeof(bad))) {
		v->columns_chosen = true;
		return 0;
	}
	if (columns_find(&columns_vm, bad))
		return options_usage(&v->options, "-o: \"%s\" would be more than 32 columns", bad);
	return options_usage(&v->options, "-o: no column \"%s\" (-o help lists them)", bad);
}

int top_view_option(struct top_view *v, int opt, const char *arg)
{
	switch (opt) {
	case 'b':
		v->batch = true;
		return 0;
	case 's':
		v->sort = columns_find(&columns_vm, arg);
		return v->sort ? 0 : options_usage(&v->options, "-s: no column \"%s\" "
						   "(-o help lists them)", arg);
	case 'o':
		return parse_columns(v, arg);
	case OPT_JSON:
		v->format = TOP_JSON;
		return 0;
	case OPT_CSV:
		v->format = TOP_CSV;
		return 0;
	case OPT_DETAIL:
		v->out.detail = true;
		return 0;
	default:
		return options_parse(&v->options, opt, arg);
	}
}

/* A terminal's width; without one, COLUMNS if it is set; else 0: no bound. */
static unsigned int output_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	uint64_t width;

	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col)
		return size.ws_col;
	if (columns && !util_parse_u64(columns, 1, UINT16_MAX, &width))
		return (unsigned int)width;
	return 0;
}

void top_view_ready(struct top_view *v)
{
	v->options.filter.detail = v->out.detail;
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) || v->format != TOP_TEXT)
		v->batch = true;
	if (!v->columns_chosen && v->format == TOP_TEXT && output_width())
		v->out.dropped = columns_fit(&v->out.columns, output_width());
	/* a number has no room for a mark */
	if (!v->columns_chosen && v->format == TOP_CSV)
		v->out.columns.columns[v->out.columns.nr++] = columns_find(&columns_vm, "dirsrc");
}

static int write_refresh(struct top_view *v, bool first)
{
	switch (v->format) {
	case TOP_JSON:
		return out_json(stdout, &v->model, &v->source->info, &v->out);
	case TOP_CSV:
		return out_csv(stdout, &v->model, &v->out, first);
	default:
		return out_text(stdout, &v->model, &v->source->info, &v->out);
	}
}

static int refresh(void *ctx, uint64_t nr)
{
	struct top_view *v = ctx;
	int err;

	err = v->source->read(v->source, &v->snap);
	if (err)
		return err;
	err = model_update(&v->model, &v->snap, &v->options.filter, &v->source->names);
	if (err)
		return log_err(err, "cannot update the view");
	if (v->sort)
		columns_sort(&v->model, v->sort);
	err = write_refresh(v, !nr);
	/* main() tells of a stream that failed */
	return err == -ENOMEM ? log_err(err, "cannot write") : err;
}

static void take_source(struct top_view *v, struct source *source)
{
	v->source = source;
	v->model.figures = source->figures;
	v->model.now_ns = source->start_ns;
}

static struct batch batch_of(struct top_view *v)
{
	return (struct batch){ .interval_ns = v->options.interval_ns, .count = v->options.count,
			       .refresh = refresh, .ctx = v };
}

static struct ui_opts ui_of(const struct top_view *v)
{
	return (struct ui_opts){
		.interval_ns = v->options.interval_ns,
		.count = v->options.count,
		.filter = v->options.filter,
		.sort = v->sort,
		.columns = v->columns_chosen ? &v->out.columns : NULL,
	};
}

int top_view_run(struct top_view *v, struct source *source)
{
	const struct batch batch = batch_of(v);
	const struct ui_opts ui = ui_of(v);

	take_source(v, source);
	return v->batch ? batch_run(&batch, source) : ui_run(&ui, source, &v->model);
}

/* --- a recording --- */

/* Where to begin: batch output with the end of the first interval, as live. */
static int find_begin(const struct top_view *v, const struct top_replay *replay,
		      uint64_t *ret_from_ns)
{
	const struct source *s = v->source;
	const struct when_span span = { s->first_ns, s->last_ns, s->first_real_ns };
	char words[64];

	*ret_from_ns = s->first_ns;
	if (replay->at_given && when_find(&replay->at, &span, ret_from_ns)) {
		when_words(&span, words, sizeof(words));
		return log_say(-ERANGE, "cannot begin there (--at): %s has %s", replay->path,
			       words);
	}
	if (v->batch && *ret_from_ns == s->first_ns)
		*ret_from_ns = s->last_ns - s->first_ns > v->options.interval_ns ?
			       s->first_ns + v->options.interval_ns : s->last_ns;
	return 0;
}

static int play_batch(struct top_view *v, uint64_t from_ns, double speed)
{
	const struct batch batch = batch_of(v);
	const struct moment moment = {
		.source = v->source,
		.model = &v->model,
		.filter = &v->options.filter,
		.interval_ns = v->options.interval_ns,
	};
	int err = moment_go(&moment, from_ns, &v->snap);

	if (err)
		return err;
	v->source->focus(v->source, v->out.detail ? SOURCE_FOCUS_ALL : 0);
	return batch_play(&batch, v->source, from_ns, speed);
}

int top_view_play(struct top_view *v, const struct top_replay *replay)
{
	const struct replay_opts opts = { .hists = !v->batch || v->out.detail,
					  .no_direct = replay->no_direct };
	struct ui_opts ui = ui_of(v);
	struct source *source;
	uint64_t from_ns;
	int err;

	err = replay_open(replay->path, &opts, &source);
	if (err)
		return err;
	take_source(v, source);
	err = find_begin(v, replay, &from_ns);
	if (err)
		return err;
	if (v->batch)
		return play_batch(v, from_ns, replay->speed);
	ui.from_ns = from_ns;
	ui.speed = replay->speed > 0 ? replay->speed : 1;
	return ui_run(&ui, source, &v->model);
}

int top_view_end(struct top_view *v, int err)
{
	bool lost = model_has_losses(&v->model) || (v->source && v->source->incomplete);

	source_free(v->source);
	snapshot_clear(&v->snap);
	model_clear(&v->model);
	if (err)
		return EXIT_FAILED;
	return lost ? EXIT_LOST : EXIT_DONE;
}
