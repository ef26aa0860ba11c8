// SPDX-License-Identifier: GPL-2.0
/*
 * Opens recordings and puts together what belongs together: files with the same host name,
 * kernel and boot, none of which begins before the one before it ended, are one timeline,
 * as those that record --rotate leaves. Two that overlap were made at the same time by two
 * recorders: adding them up would count everything twice, so they stay apart.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "rec_open.h"
#include "report_files.h"
#include "util.h"

#define SAME_BOOT_NS	2000000000LL

static int by_host_and_time(const void *a, const void *b)
{
	const struct rec_play *x = &((const struct report_file *)a)->play;
	const struct rec_play *y = &((const struct report_file *)b)->play;
	int diff = strcmp(x->info.host, y->info.host);

	if (diff)
		return diff;
	return report_begins(x) < report_begins(y) ? -1 : report_begins(x) > report_begins(y);
}

static int refuse_twins(const struct report_files *fs)
{
	uint32_t i, k;

	for (i = 0; i < fs->nr; i++) {
		for (k = i + 1; k < fs->nr; k++) {
			if (fs->files[i].play.file.file_id == fs->files[k].play.file.file_id)
				return log_say(-EEXIST, "%s and %s are the same recording: name it "
					       "once", fs->files[i].path, fs->files[k].path);
		}
	}
	return 0;
}

/*
 * NTP slews all clocks alike, so within a boot only a wall clock that is set moves this.
 * The chunk is the first, still as rec_open() has read it.
 */
static uint64_t boot_real_ns(const struct rec_play *p)
{
	uint64_t boot_ns, real_ns = p->info.start_real_ns;
	char text[32];

	if (!real_ns || !rec_chunk_meta(&p->chunk, "start_boot_ns", text, sizeof(text)) ||
	    util_parse_u64(text, 1, UINT64_MAX, &boot_ns))
		return 0;
	return real_ns > boot_ns ? real_ns - boot_ns : 0;
}

int report_files_open(struct report_files *fs, const char *const *paths, uint32_t nr)
{
	static const struct fold_opts opts = { .hists = true, .keep = true };
	uint32_t i;
	int err;

	*fs = (struct report_files){ .files = calloc((size_t)nr + 1, sizeof(*fs->files)) };
	if (!fs->files)
		return log_err(-ENOMEM, "cannot read %u recordings", nr);
	for (i = 0; i < nr; i++) {
		fs->files[i].path = paths[i];
		err = rec_open(paths[i], &opts, &fs->files[i].play);
		if (err)
			return err;
		fs->files[i].boot_real_ns = boot_real_ns(&fs->files[i].play);
		fs->nr++;
	}
	err = refuse_twins(fs);
	if (!err)
		qsort(fs->files, fs->nr, sizeof(*fs->files), by_host_and_time);
	return err;
}

void report_files_close(struct report_files *fs)
{
	uint32_t i;

	for (i = 0; i < fs->nr; i++)
		rec_play_close(&fs->files[i].play);
	free(fs->files);
	*fs = (struct report_files){ 0 };
}

/* Of a boot that is not known the kernel must do. */
static bool same_boot(const struct report_file *a, const struct report_file *b)
{
	return !a->boot_real_ns || !b->boot_real_ns ||
	       llabs((int64_t)(a->boot_real_ns - b->boot_real_ns)) <= SAME_BOOT_NS;
}

/* Whether file @i goes on where the one before it ended. */
static bool follows(const struct report_files *fs, uint32_t i)
{
	const struct report_file *last = &fs->files[i - 1], *file = &fs->files[i];

	if (strcmp(last->play.info.host, file->play.info.host) ||
	    !last->play.info.start_real_ns != !file->play.info.start_real_ns)
		return false;
	if (strcmp(last->play.info.kernel, file->play.info.kernel)) {
		log_say(0, "%s and %s are of different kernels on the same host: their reports "
			"stay apart", last->path, file->path);
		return false;
	}
	if (!same_boot(last, file)) {
		log_say(0, "%s and %s are of different boots of the same host, or its clock was "
			"set: their reports stay apart", last->path, file->path);
		return false;
	}
	if (report_begins(&file->play) >= report_ends(&last->play))
		return true;
	log_say(0, "%s and %s are of the same time on the same host: their reports stay apart",
		last->path, file->path);
	return false;
}

static int say_window(const struct report_file *file, const struct report *r, int err)
{
	char from[48], to[48];

	if (err == -EINVAL)
		return log_say(err, "%s has no wall clock: --from and --to must be in seconds "
			       "from its begin", file->path);
	if (err == -ERANGE)
		return log_say(err, "--to is not after --from");
	if (err != -ENODATA)
		return log_err(err, "cannot report on %s", file->path);
	when_format_at(r->begin_ns, r->begin_ns, r->clock, WHEN_FORM_DATE, from,
			   sizeof(from));
	when_format_at(r->end_ns, r->begin_ns, r->clock, WHEN_FORM_DATE, to, sizeof(to));
	return log_say(err, "nothing of %s is in the window that --from and --to give: it goes "
		       "from %s to %s", file->path, from, to);
}

int report_files_report(struct report_files *fs, uint32_t first, const struct report_opts *opts,
			struct report *ret_report, uint32_t *ret_next)
{
	struct rec_play **plays;
	uint32_t end = first + 1, i;
	int err;

	while (end < fs->nr && follows(fs, end))
		end++;
	*ret_next = end;
	plays = calloc(end - first, sizeof(struct rec_play *));
	if (!plays)
		return log_err(-ENOMEM, "cannot report on %s", fs->files[first].path);
	for (i = first; i < end; i++)
		plays[i - first] = &fs->files[i].play;
	err = report_init(ret_report, opts, plays, end - first);
	free(plays);
	if (err)
		return say_window(&fs->files[first], ret_report, err);
	for (i = first; i < end; i++) {
		err = report_add(ret_report, &fs->files[i].play);
		if (err)
			return log_err(err, "cannot read %s", fs->files[i].path);
		rec_open_tell(fs->files[i].path, &fs->files[i].play.file.damage);
	}
	err = report_finish(ret_report);
	return err ? log_err(err, "cannot finish the report") : 0;
}
