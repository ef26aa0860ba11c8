// SPDX-License-Identifier: GPL-2.0
/*
 * The live view's loop: waits for a key or the clock, whichever is first, and
 * draws after either. It owns the terminal and the readings; on every way out
 * the terminal is given back first, so that whatever is said is seen.
 */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "log.h"
#include "moment.h"
#include "pace.h"
#include "ui.h"
#include "ui_priv.h"
#include "ui_term.h"
#include "util.h"

#define FRAME_NS	40000000ULL	/* of a replay: no faster than eyes are */
#define SLOW_RECORDS	2000000U	/* so many take long enough to say so */

struct run {
	struct ui ui;
	struct ui_screen screen;
	struct source *source;
	struct model *model;
	struct snapshot snap, base;	/* the model borrows @snap */
	bool has_base;
	uint64_t focus;			/* whose vPEs' histograms @snap has */
	uint64_t rated_ns;		/* interval of the rates shown: of a recording */
	struct pace pace;
	unsigned int stride;		/* intervals from one refresh to the next: of a recording */
	uint64_t done;			/* refreshes */
};

static volatile sig_atomic_t stopped;

static void on_signal(int sig)
{
	(void)sig;
	stopped = 1;
}

static int update(struct run *r)
{
	struct model_filter filter = r->ui.filter;
	int err;

	if (r->has_base)
		snapshot_since(&r->snap, &r->base);
	filter.focus = r->ui.level == UI_VMS ? 0 : r->ui.vm.key;
	err = model_update(r->model, &r->snap, &filter, &r->source->names);
	if (!err)
		err = ui_sync(&r->ui);
	return err ? log_err(err, "cannot update the view") : 0;
}

/*
 * A new reading, with histograms of @focus; the model still shows the old one, which the
 * caller clears after update().
 */
static int read_new(struct run *r, uint64_t focus, struct snapshot *ret_old)
{
	struct snapshot new = { 0 };
	int err;

	if (r->source->focus)
		r->source->focus(r->source, focus);
	r->focus = focus;
	err = r->source->read(r->source, &new);
	if (err) {
		snapshot_clear(&new);
		return err;
	}
	*ret_old = r->snap;
	r->snap = new;
	return 0;
}

static int refresh(struct run *r, uint64_t focus)
{
	struct snapshot old;
	int err = read_new(r, focus, &old);

	if (err)
		return err;
	err = update(r);
	snapshot_clear(&old);
	r->done++;
	return err;
}

/* Counting begins anew with the present reading. */
static int reset(struct run *r)
{
	struct snapshot base = { 0 }, old;
	/* of a recording, histograms of all VMs: it knows them whoever is looked at */
	int err = read_new(r, r->source->seek ? SOURCE_FOCUS_ALL : ui_focus(&r->ui), &old);

	if (err)
		return err;
	if (snapshot_keep(&r->snap, &base)) {
		err = log_err(-ENOMEM, "cannot reset");
	} else {
		snapshot_clear(&r->base);
		r->base = base;
		r->has_base = true;
		snprintf(r->ui.reset_clock, sizeof(r->ui.reset_clock), "%s",
			 r->source->info.clock);
	}
	if (update(r) && !err)
		err = -ENOMEM;
	snapshot_clear(&old);
	r->done++;
	return err;
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), n = strlen(end);

	return len >= n && !strcmp(text + len - n, end);
}

/* The view as a text file, or all figures as JSON. An existing file is left alone. */
static void write_file(struct run *r, const char *name)
{
	const struct out_opts opts = { .detail = true };
	int fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666), err;
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");

	if (!f) {
		err = errno;
		if (fd >= 0)
			close(fd);
		ui_say(&r->ui, true, "cannot write %s: %s", name, strerror(err));
		return;
	}
	if (ends_with(name, ".json")) {
		err = out_json(f, r->model, &r->source->info, &opts);
	} else {
		ui_draw(&r->ui, &r->screen);
		err = ui_screen_write(&r->screen, f);
	}
	if (fclose(f) && !err)
		err = -errno;
	if (err)
		ui_say(&r->ui, true, "cannot write %s: %s", name, strerror(-err));
	else
		ui_say(&r->ui, false, "wrote %s", name);
}

static int draw(struct run *r)
{
	unsigned int rows, cols;

	ui_term_size(&rows, &cols);
	if ((rows != r->screen.rows || cols != r->screen.cols) &&
	    ui_screen_init(&r->screen, rows, cols))
		return log_err(-ENOMEM, "cannot draw a screen of %ux%u", cols, rows);
	ui_draw(&r->ui, &r->screen);
	ui_term_draw(&r->screen);
	return 0;
}

/* --- a recording --- */

static void tell_place(struct run *r)
{
	struct ui_replay *rp = &r->ui.replay;

	rp->pos_ns = r->source->pos_ns;
	rp->first_ns = r->source->first_ns;
	rp->last_ns = r->source->last_ns;
	rp->first_real_ns = r->source->first_real_ns;
}

/* Records on the way to @to_ns, more or less: going back begins at the begin. */
static double records_to(const struct source *s, uint64_t to_ns)
{
	uint64_t from_ns = to_ns < s->pos_ns ? s->first_ns : s->pos_ns;
	uint64_t all_ns = s->last_ns - s->first_ns;

	return all_ns ? (double)s->nr_records * (double)g4_span(from_ns, to_ns) / (double)all_ns :
	       0;
}

/* What began later than the place that is shown is no base for it. */
static void drop_base(struct run *r, uint64_t to_ns)
{
	if (!r->has_base || to_ns >= r->base.now_ns)
		return;
	r->has_base = false;
	r->ui.reset_clock[0] = '\0';
	ui_say(&r->ui, false, "before the reset: counts are since the begin again");
}

/* Shows the recording at @to_ns. */
static int show(struct run *r, uint64_t to_ns)
{
	const struct moment moment = {
		.source = r->source,
		.model = r->model,
		.filter = &r->ui.filter,
		.base = r->has_base && to_ns >= r->base.now_ns ? &r->base : NULL,
		.interval_ns = r->ui.interval_ns,
	};
	uint64_t focus = ui_focus(&r->ui);	/* rows are gone when the model is made anew */
	int err = 0;

	if (r->done && records_to(r->source, to_ns) > SLOW_RECORDS) {
		ui_say(&r->ui, false, "seeking...");
		err = draw(r);
		r->ui.message[0] = '\0';
	}
	drop_base(r, to_ns);
	if (!err)
		err = moment_go(&moment, to_ns, &r->snap);
	if (!err)
		err = refresh(r, focus);
	r->rated_ns = r->ui.interval_ns;
	tell_place(r);
	return err;
}

static int play_on(struct run *r)
{
	const struct source *s = r->source;

	return s->pos_ns < s->last_ns ? show(r, s->pos_ns + r->stride * r->ui.interval_ns) : 0;
}

/* The same moment, with histograms of who is looked at now. */
static int look_again(struct run *r)
{
	struct snapshot old;
	int err;

	if (ui_focus(&r->ui) == r->focus)
		return 0;
	err = read_new(r, ui_focus(&r->ui), &old);
	if (err)
		return err;
	if (r->has_base)
		snapshot_since(&r->snap, &r->base);
	if (model_borrow(r->model, &r->snap)) {
		snapshot_clear(&old);
		return 0;
	}
	snapshot_clear(&r->snap);
	r->snap = old;
	return show(r, r->source->pos_ns);
}

static int do_wanted_replay(struct run *r)
{
	const struct model_filter filter = { .focus = r->ui.vm.key, .vcpu = -1 };
	struct ui_replay *rp = &r->ui.replay;
	int err;

	if (rp->want || r->rated_ns != r->ui.interval_ns)
		err = show(r, rp->want ? rp->want_ns : rp->pos_ns);
	else
		err = look_again(r);
	rp->want = false;
	if (!err && r->ui.want_names)
		model_name_details(r->model, &filter, &r->source->names);
	return err;
}

/* --- what is due --- */

/* A refresh an interval; of a recording, an interval of its own time, or several. */
static void start_pace(struct run *r)
{
	double wait_ns = (double)r->ui.interval_ns;

	r->stride = 1;
	if (r->ui.replay.on) {
		wait_ns /= r->ui.replay.speed;
		if (wait_ns < (double)FRAME_NS)
			r->stride = 1 + (unsigned int)((double)FRAME_NS / wait_ns);
		wait_ns *= r->stride;
	}
	pace_start(&r->pace, (uint64_t)wait_ns, util_now_ns());
}

/* What the last key asked for. */
static int do_wanted(struct run *r)
{
	struct ui *ui = &r->ui;
	const struct model_filter filter = { .focus = ui->vm.key, .vcpu = -1 };
	char file[sizeof(ui->want_file)];
	int err = 0;

	if (ui->want_file[0]) {
		memcpy(file, ui->want_file, sizeof(file));
		ui->want_file[0] = '\0';
		write_file(r, file);
	}
	if (ui->want_pace) {
		ui->want_pace = false;
		start_pace(r);
	}
	if (ui->want_reset)
		err = reset(r);
	else if (ui->replay.on)
		err = do_wanted_replay(r);
	else if (ui->want_refresh)
		err = refresh(r, ui_focus(ui));
	else if (ui->want_names)
		model_name_details(r->model, &filter, &r->source->names);
	ui->want_reset = false;
	ui->want_refresh = false;
	ui->want_names = false;
	return err;
}

static int take_step(struct run *r)
{
	enum pace_step step = pace_step(&r->pace, util_now_ns());

	if (step == PACE_WAIT)
		return 0;
	if (r->source->measure)
		r->source->measure(r->source, step == PACE_MEASURE);
	if (step != PACE_REFRESH || r->ui.paused)
		return 0;
	return r->ui.replay.on ? play_on(r) : refresh(r, ui_focus(&r->ui));
}

static uint64_t until_due(const struct run *r)
{
	uint64_t now = util_now_ns(), due = pace_due_ns(&r->pace);
	uint64_t wait_ns = due > now ? due - now : 0;

	if (r->source->pump && wait_ns > r->source->pump_ns)
		return r->source->pump_ns;
	return wait_ns;
}

static int loop(struct run *r, uint64_t count, uint64_t from_ns)
{
	int err, key;

	start_pace(r);
	err = r->ui.replay.on ? show(r, from_ns) : refresh(r, ui_focus(&r->ui));
	r->done = 0;		/* of no interval yet: it is not what -n counts */
	while (!err && !stopped && !r->ui.want_quit && (!count || r->done < count)) {
		err = draw(r);
		if (err)
			return err;
		key = ui_term_key(until_due(r));
		if (key < 0)
			return log_say(key, "the terminal is gone");
		if (key != UI_KEY_NONE) {
			err = ui_key(&r->ui, key);
			if (!err)
				err = do_wanted(r);
			else
				log_err(err, "cannot update the view");
		}
		if (!err && r->source->pump)
			err = r->source->pump(r->source);
		if (!err)
			err = take_step(r);
	}
	/* 1: the recording is full */
	if (err >= 0 && r->source->finish)
		err = r->source->finish(r->source);
	return err < 0 ? err : 0;
}

static void init_ui(struct run *r, const struct ui_opts *opts)
{
	struct ui *ui = &r->ui;

	ui_init(ui, r->model, &r->source->info);
	ui->interval_ns = opts->interval_ns;
	ui->filter = opts->filter;
	ui->replay.on = r->source->seek != NULL;
	ui->replay.speed = opts->speed;
	if (opts->filter.name) {
		snprintf(ui->filter_name, sizeof(ui->filter_name), "%s", opts->filter.name);
		ui->filter.name = ui->filter_name;
	}
	if (opts->sort && strcmp(opts->sort->key, columns_vm.natural))
		ui->lists[UI_VMS].sort = opts->sort;
	if (opts->columns) {
		ui->lists[UI_VMS].columns = *opts->columns;
		ui->lists[UI_VMS].chosen = true;
	}
}

int ui_run(const struct ui_opts *opts, struct source *source, struct model *m)
{
	const struct sigaction action = { .sa_handler = on_signal };
	struct run r = { .source = source, .model = m };
	int err;

	setlocale(LC_CTYPE, "");
	init_ui(&r, opts);
	err = ui_term_open();
	if (err) {
		ui_free(&r.ui);
		return err;
	}
	/* not earlier: the library would keep its own handlers */
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	log_hold();
	err = loop(&r, opts->count, opts->from_ns);
	ui_term_close();
	log_release();
	ui_free(&r.ui);
	ui_screen_free(&r.screen);
	snapshot_clear(&r.snap);
	snapshot_clear(&r.base);
	return err;
}
