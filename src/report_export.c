// SPDX-License-Identifier: GPL-2.0
/*
 * Opens a recording once for each export, finds the window in it, and hands both to who
 * knows the format (export_perfetto.c, export_hdr.c). Owns the files that are made.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "export_hdr.h"
#include "export_perfetto.h"
#include "log.h"
#include "rec_open.h"
#include "report_export.h"
#include "util.h"

struct window {
	uint64_t from_ns, to_ns;	/* CLOCK_MONOTONIC of the recording's host */
	uint64_t real_ns;		/* CLOCK_REALTIME at from_ns; 0: not known */
};

/* A time that was asked for, @other where none was. */
static int resolve(const struct when *t, const struct rec_info *i, uint64_t other,
		   uint64_t *ret_ns)
{
	bool clock = i->start_real_ns != 0;
	uint64_t shift = clock ? i->start_real_ns - i->start_ns : 0, at_ns;
	int err;

	*ret_ns = other;
	if (t->kind == WHEN_NONE)
		return 0;
	err = when_resolve(t, i->first_ns + shift, i->last_ns + shift, clock, &at_ns);
	if (!err)
		*ret_ns = at_ns - shift;
	return err;
}

static int find_window(const struct report_opts *opts, const struct rec_info *i,
		       struct window *ret_window)
{
	int err = resolve(&opts->from, i, i->first_ns, &ret_window->from_ns);

	if (!err)
		err = resolve(&opts->to, i, i->last_ns + 1, &ret_window->to_ns);
	if (!err && opts->from.kind && opts->to.kind && ret_window->from_ns >= ret_window->to_ns)
		return -ERANGE;
	if (!err && (ret_window->from_ns >= ret_window->to_ns ||
		     ret_window->from_ns > i->last_ns || ret_window->to_ns <= i->first_ns))
		err = -ENODATA;
	ret_window->real_ns = i->start_real_ns ?
			      i->start_real_ns - i->start_ns + ret_window->from_ns : 0;
	return err;
}

static FILE *make_file(const char *path)
{
	FILE *f;
	int fd;

	if (!strcmp(path, "-"))
		fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	else
		fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	f = fd < 0 ? NULL : fdopen(fd, "w");
	if (!f && fd >= 0)
		close(fd);
	return f;
}

/* --- Perfetto --- */

static bool wants(void *ctx, const struct fold_vm *vm, uint32_t vcpu)
{
	const struct model_filter *filter = ctx;

	if ((filter->pid && vm->vm.pid != filter->pid) ||
	    (filter->name && !strstr(vm->name, filter->name)))
		return false;
	return filter->vcpu < 0 || vcpu == UINT32_MAX || vcpu == filter->vcpu;
}

static int write_perfetto(struct rec_play *p, FILE *f, const struct window *w,
			  const struct report_opts *opts)
{
	struct model_filter filter = opts->filter;
	const struct export_perfetto_opts export = {
		.from_ns = w->from_ns, .to_ns = w->to_ns - 1, .wants = wants, .ctx = &filter,
	};
	int err = rec_play_seek(p, w->from_ns, true);

	return err ? err : export_perfetto_write(p, f, &export);
}

/* --- HdrHistogram --- */

static void name_of(void *ctx, uint32_t pid, char *buf, size_t size)
{
	const struct fold *f = ctx;
	uint32_t i;

	for (i = 0; i < f->nr_vms; i++) {
		if (f->vms[i]->vm.pid == pid)
			snprintf(buf, size, "%s", f->vms[i]->name);
	}
}

static int write_model(const struct rec_play *p, FILE *f, const struct window *w,
		       const struct report_opts *opts, const struct hist_opts *hists)
{
	const struct model_names names = { .vm_name = name_of, .ctx = (void *)&p->fold };
	const struct export_hdr_window window = {
		.origin_real_ns = w->real_ns,
		.from_ns = 0,
		.to_ns = w->to_ns - w->from_ns,
	};
	struct model m = { .figures = p->info.figures, .now_ns = w->from_ns };
	struct snapshot snap = { 0 };
	int err;

	err = fold_snapshot(&p->fold, w->to_ns, FOLD_ALL_HISTS, 0, &snap);
	if (!err)
		err = model_update(&m, &snap, &opts->filter, &names);
	if (!err)
		err = export_hdr_write(f, &m, hists, &window);
	model_clear(&m);
	snapshot_clear(&snap);
	return err;
}

static int write_hdr(struct rec_play *p, FILE *f, const struct window *w,
		     const struct report_opts *opts, const struct hist_opts *hists)
{
	int err = rec_play_seek(p, w->from_ns, true);

	if (!err)
		err = rec_play_until(p, w->from_ns - 1);
	if (err)
		return err;
	fold_reset_hists(&p->fold);
	err = rec_play_until(p, w->to_ns - 1);
	return err ? err : write_model(p, f, w, opts, hists);
}

/* --- both --- */

static int say_no_window(const char *input, int err)
{
	if (err == -EINVAL)
		return log_say(err, "%s does not know the time of day: give seconds since its "
			       "begin", input);
	if (err == -ERANGE)
		return log_say(err, "--to is not after --from");
	return log_say(-ENODATA, "nothing of %s lies between --from and --to", input);
}

static int export_one(const char *path, bool perfetto, const char *input,
		      const struct report_opts *opts, const struct hist_opts *hists,
		      bool *ret_lost)
{
	const struct fold_opts fold = { .hists = !perfetto, .keep = !perfetto };
	auto_fclose FILE *f = NULL;
	struct rec_play p;
	struct window w;
	int err;

	err = rec_open(input, &fold, &p);
	if (err)
		return err;
	err = find_window(opts, &p.info, &w);
	if (err) {
		rec_play_close(&p);
		return say_no_window(input, err);
	}
	f = make_file(path);
	if (!f) {
		err = log_err(-errno, "cannot write %s", path);
	} else {
		err = perfetto ? write_perfetto(&p, f, &w, opts) :
				 write_hdr(&p, f, &w, opts, hists);
		if (!err && fclose(TAKE_PTR(f)))
			err = -errno;
		if (err)
			log_err(err, "cannot export %s to %s", input, path);
	}
	if (!err && rec_open_tell(input, &p.file.damage))
		*ret_lost = true;
	*ret_lost = *ret_lost || p.lost;
	rec_play_close(&p);
	return err;
}

int report_export(const struct report_exports *exports, const char *input,
		  const struct report_opts *opts, const struct hist_opts *hists, bool *ret_lost)
{
	int err = 0;

	*ret_lost = false;
	if (exports->perfetto)
		err = export_one(exports->perfetto, true, input, opts, hists, ret_lost);
	if (!err && exports->hdr)
		err = export_one(exports->hdr, false, input, opts, hists, ret_lost);
	return err;
}
