// SPDX-License-Identifier: GPL-2.0
/*
 * Opens recordings by path and speaks for their readers, which are pure; see rec_open.h.
 * A pipe has no end to seek to, where the index is: it is copied into a temporary file
 * that has no name any more, so nothing of it is left whatever ends the program. So is the
 * recording that a trace.dat of trace-cmd is made into.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "log.h"
#include "rec_open.h"
#include "tracedat.h"
#include "util.h"

#define COPY_BYTES	(1U << 16)

const char *rec_open_name(const char *path)
{
	return strcmp(path, "-") ? path : "standard input";
}

/* Copies all of @from (which it closes) into a temporary file: its descriptor, or -errno. */
static int spool(int from, const char *path)
{
	auto_close int in = from, to = -1;
	char buf[COPY_BYTES];
	const char *dir;
	ssize_t n;
	int err;

	to = util_temp_file(&dir);
	if (to < 0)
		return log_err(to, "cannot keep %s in a temporary file in %s (TMPDIR names another "
			       "folder)", rec_open_name(path), dir);
	for (;;) {
		n = read(in, buf, sizeof(buf));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return log_err(-errno, "cannot read %s", rec_open_name(path));
		if (!n)
			return TAKE_FD(to);
		err = util_write_all(to, buf, (size_t)n);
		if (err)
			return log_err(err, "cannot keep %s in a temporary file in %s (TMPDIR "
				       "names another folder)", rec_open_name(path), dir);
	}
}

static int open_path(const char *path)
{
	auto_close int fd = -1;
	struct stat st;

	if (strcmp(path, "-"))
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	else
		fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return log_err(-errno, "cannot open %s", rec_open_name(path));
	if (fstat(fd, &st))
		return log_err(-errno, "cannot read %s", rec_open_name(path));
	if (S_ISDIR(st.st_mode))
		return log_err(-EISDIR, "cannot read %s", path);
	if (isatty(fd))
		return log_say(-EINVAL, "%s is a terminal, not a recording: name a file, or "
			       "redirect one here", rec_open_name(path));
	return S_ISREG(st.st_mode) ? TAKE_FD(fd) : spool(TAKE_FD(fd), path);
}

/* The same, of what trace-cmd has recorded made a recording. */
static int open_recording(const char *path)
{
	int fd = open_path(path), converted = -1, err;

	if (fd < 0 || !tracedat_is(fd))
		return fd;
	err = tracedat_to_recording(rec_open_name(path), fd, &converted);
	close(fd);
	return err ? err : converted;
}

static int say_verdict(const char *path, const struct rec_file *rf, enum rec_verdict verdict)
{
	switch (verdict) {
	case REC_FOREIGN:
		return log_say(-EINVAL, "%s is no recording of gicv4top", rec_open_name(path));
	case REC_NEWER:
		return log_say(-EINVAL, "%s was made by a newer gicv4top (format %u.%u; this one "
			       "reads %u): use that one", rec_open_name(path), rf->major, rf->minor,
			       REC_MAJOR);
	case REC_EMPTY:
		return log_say(-EINVAL, "%s is a recording without a whole chunk: it was cut, or "
			       "its recorder was killed within the first second; nothing can be "
			       "read of it", rec_open_name(path));
	default:
		return 0;
	}
}

int rec_open(const char *path, const struct fold_opts *opts, struct rec_play *ret_play)
{
	enum rec_verdict verdict = REC_GOOD;
	int fd = open_recording(path), err;

	if (fd < 0)
		return fd;
	err = rec_play_open(ret_play, fd, opts, &verdict);
	if (err)
		err = log_err(err, "cannot read %s", rec_open_name(path));
	else
		err = say_verdict(path, &ret_play->file, verdict);
	if (!err && !ret_play->info.last_ns)
		err = log_say(-EINVAL, "%s is damaged: not one of its %u chunks can be read",
			      rec_open_name(path), ret_play->file.nr);
	if (err)
		rec_play_close(ret_play);
	return err;
}

int rec_open_file(const char *path, struct rec_file *ret_file)
{
	enum rec_verdict verdict = REC_GOOD;
	int fd = open_recording(path), err;

	if (fd < 0)
		return fd;
	err = rec_file_open(ret_file, fd, &verdict);
	if (err)
		err = log_err(err, "cannot read %s", rec_open_name(path));
	else
		err = say_verdict(path, ret_file, verdict);
	if (err)
		rec_file_close(ret_file);
	return err;
}

bool rec_open_tell(const char *path, const struct rec_damage *d)
{
	if (d->header)
		log_say(0, "%s: its header is damaged; the rest was read all the same",
			rec_open_name(path));
	if (d->no_index)
		log_say(0, "%s: it did not end cleanly: up to one second may be missing at its end",
			rec_open_name(path));
	if (d->skipped_chunks)
		log_say(0, "%s is damaged: skipped %llu chunk%s (%llu records, where that is "
			"known)", rec_open_name(path), (unsigned long long)d->skipped_chunks,
			d->skipped_chunks == 1 ? "" : "s",
			(unsigned long long)d->skipped_records);
	if (d->skipped_bytes)
		log_say(0, "%s: %llu bytes belong to no whole chunk, and were passed over",
			rec_open_name(path), (unsigned long long)d->skipped_bytes);
	return rec_is_damaged(d);
}
