// SPDX-License-Identifier: GPL-2.0
/* Owns how recordings' files come into being; see rec_out.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rec_out.h"

int rec_out_open(const char *path, bool force)
{
	struct stat st;
	int fd;

	if (!strcmp(path, "-")) {
		fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
		return fd < 0 ? -errno : fd;
	}
	if (!lstat(path, &st)) {
		if (S_ISCHR(st.st_mode) || S_ISFIFO(st.st_mode)) {
			fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
			return fd < 0 ? -errno : fd;
		}
		/* what stands there is taken away, not written to: it may be a link */
		if (force && !S_ISDIR(st.st_mode) && unlink(path))
			return -errno;
	}
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	return fd < 0 ? -errno : fd;
}

int rec_out_rotate(const char *path, unsigned int keep)
{
	char from[PATH_MAX], to[PATH_MAX];
	unsigned int i;

	for (i = keep; i-- > 1;) {
		if (i == 1)
			snprintf(from, sizeof(from), "%s", path);
		else
			snprintf(from, sizeof(from), "%s.%u", path, i - 1);
		if (snprintf(to, sizeof(to), "%s.%u", path, i) >= (int)sizeof(to))
			return -ENAMETOOLONG;
		if (rename(from, to) && errno != ENOENT)
			return -errno;
	}
	return keep > 1 || !unlink(path) ? 0 : -errno;
}
