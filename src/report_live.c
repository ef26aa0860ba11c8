// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the temporary recording that a report of the live host is made from. Its file has a
 * name only until the recorder has opened it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "batch.h"
#include "live.h"
#include "log.h"
#include "report_live.h"
#include "util.h"

#define NS_PER_S	1000000000ULL

struct reading {
	struct source *source;
	struct snapshot snap;
};

static int read_once(void *ctx, uint64_t nr)
{
	struct reading *r = ctx;

	(void)nr;
	return r->source->read(r->source, &r->snap);
}

static int measure(struct source *source)
{
	struct reading r = { .source = source };
	const struct batch batch = { .interval_ns = NS_PER_S, .at_end = true,
				     .refresh = read_once, .ctx = &r };
	int err;

	if (isatty(STDERR_FILENO))
		log_say(0, "measuring; Ctrl-C ends it and reports");
	err = batch_run(&batch, source);
	snapshot_clear(&r.snap);
	return err;
}

/* Opens what the recorder has made in @dir, and takes its name away. */
static int open_and_forget(const char *dir, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), err = fd < 0 ? -errno : 0;

	unlink(path);
	rmdir(dir);
	return err ? err : fd;
}

int report_live(int *ret_fd)
{
	const char *tmp = getenv("TMPDIR");
	const struct direct_opts direct = { .off = false };
	const struct session_opts session = { .dirty = true };
	struct source *source = NULL;
	auto_close int fd = -1;
	char dir[4000], path[4096];
	int err;

	snprintf(dir, sizeof(dir), "%s/gicv4top.XXXXXX", tmp && tmp[0] == '/' ? tmp : "/var/tmp");
	if (!mkdtemp(dir))
		return log_err(-errno, "cannot make a temporary folder (%s); TMPDIR names another "
			       "place", dir);
	snprintf(path, sizeof(path), "%s/recording", dir);
	err = live_open_to(&session, &direct, path, &source);
	fd = open_and_forget(dir, path);
	if (!err && fd < 0)
		err = log_err(fd, "cannot read %s", path);
	if (!err)
		err = measure(source);
	source_free(source);
	if (err)
		return err;
	*ret_fd = TAKE_FD(fd);
	return 0;
}
