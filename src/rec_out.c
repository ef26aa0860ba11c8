// SPDX-License-Identifier: GPL-2.0
/* Owns how recordings' files come into being; see rec_out.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "rec_out.h"
#include "util.h"

static bool is_stream(mode_t mode)
{
	return S_ISCHR(mode) || S_ISFIFO(mode);
}

/* A device or pipe, as it is: what is opened may be something else by now. */
static int open_stream(const char *path)
{
	auto_close int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
	struct stat st;

	if (fd < 0 || fstat(fd, &st))
		return -errno;
	return is_stream(st.st_mode) ? TAKE_FD(fd) : -EEXIST;
}

static int open_temp(const char *path, char **ret_temp)
{
	const char *slash = strrchr(path, '/');
	int dir_len = slash ? (int)(slash + 1 - path) : 0;
	auto_free char *temp = NULL;
	int fd;

	if (asprintf(&temp, "%.*s.gicv4top-XXXXXX", dir_len, path) < 0) {
		temp = NULL;
		return -ENOMEM;
	}
	/* O_CREAT | O_EXCL, 0600 */
	fd = mkostemp(temp, O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	*ret_temp = TAKE_PTR(temp);
	return fd;
}

static int open_file(const char *path, bool force, bool rotate, char **ret_temp)
{
	struct stat st;
	int fd;

	if (lstat(path, &st)) {
		fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		return fd < 0 ? -errno : fd;
	}
	if (S_ISLNK(st.st_mode))
		return -ELOOP;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (S_ISREG(st.st_mode))
		return force ? open_temp(path, ret_temp) : -EEXIST;
	if (rotate)
		return -ESPIPE;
	return is_stream(st.st_mode) ? open_stream(path) : -EOPNOTSUPP;
}

int rec_out_open(const char *path, bool force, bool rotate, char **ret_temp)
{
	int fd;

	*ret_temp = NULL;
	if (strcmp(path, "-"))
		return open_file(path, force, rotate, ret_temp);
	if (rotate)
		return -ESPIPE;
	fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	return fd < 0 ? -errno : fd;
}

int rec_out_replace(const char *path, const char *temp)
{
	struct stat st;

	if (!lstat(path, &st) && !S_ISREG(st.st_mode))
		return -EEXIST;
	return rename(temp, path) ? -errno : 0;
}

void rec_out_remove(const char *path, int fd, bool whatever)
{
	struct stat st, there;

	if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode) || (st.st_size && !whatever))
		return;
	if (!lstat(path, &there) && there.st_dev == st.st_dev && there.st_ino == st.st_ino)
		unlink(path);
}

/* The @i-th file of earlier. 1: it is there, and *ret_file, if it is a file; 0; or -errno. */
static int find_old(const char *path, unsigned int i, char *ret_name, size_t size, bool *ret_file)
{
	struct stat st;

	*ret_file = false;
	if (snprintf(ret_name, size, "%s.%u", path, i) >= (int)size)
		return -ENAMETOOLONG;
	if (lstat(ret_name, &st))
		return errno == ENOENT ? 0 : -errno;
	*ret_file = S_ISREG(st.st_mode);
	return 1;
}

int rec_out_check_old(const char *path, unsigned int keep, bool force, char *ret_name,
		      size_t size)
{
	unsigned int i;
	bool is_file;
	int found;

	for (i = 1; i < keep; i++) {
		found = find_old(path, i, ret_name, size, &is_file);
		if (found < 0)
			return found;
		if (found && !(force && is_file))
			return -EEXIST;
	}
	return 0;
}

int rec_out_remove_old(const char *path, unsigned int keep)
{
	char name[PATH_MAX];
	unsigned int i;
	bool is_file;
	int found;

	for (i = 1; i < keep; i++) {
		found = find_old(path, i, name, sizeof(name), &is_file);
		if (found < 0)
			return found;
		if (found && is_file && unlink(name))
			return -errno;
	}
	return 0;
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
