// SPDX-License-Identifier: GPL-2.0
/*
 * Small helpers without an owner of their own: files read whole, numbers
 * parsed strictly ("10x" is an error, not 10), the clock that BPF uses.
 */
#include <ctype.h>
#include <errno.h>
#include <malloc.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "util.h"

int util_read_file(const char *path, char **ret_text, size_t *ret_len)
{
	auto_free char *text = NULL;
	auto_close int fd = -1;
	size_t len = 0, size = 0;
	char *bigger;
	ssize_t n;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	for (;;) {
		if (size - len < 2) {
			size = size ? size * 2 : 4096;
			bigger = realloc(text, size);
			if (!bigger)
				return -ENOMEM;
			text = bigger;
		}
		n = read(fd, text + len, size - len - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			break;
		len += (size_t)n;
	}
	text[len] = '\0';
	*ret_text = TAKE_PTR(text);
	if (ret_len)
		*ret_len = len;
	return 0;
}

int util_read_line(const char *path, char *buf, size_t size)
{
	auto_free char *text = NULL;
	int err;

	err = util_read_file(path, &text, NULL);
	if (err)
		return err;
	text[strcspn(text, "\n")] = '\0';
	if (strlen(text) >= size)
		return -ENAMETOOLONG;
	strcpy(buf, text);
	return 0;
}

void util_keep_memory(void)
{
	mallopt(M_MMAP_THRESHOLD, 32 << 20);	/* the most that glibc takes */
	mallopt(M_TRIM_THRESHOLD, 256 << 20);
}

uint64_t util_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

int util_parse_u64(const char *text, uint64_t min, uint64_t max, uint64_t *ret_value)
{
	unsigned long long value;
	char *end;

	if (!isdigit((unsigned char)text[0]))
		return -EINVAL;
	errno = 0;
	value = strtoull(text, &end, !strncasecmp(text, "0x", 2) ? 16 : 10);
	if (errno || *end || value < min || value > max)
		return -EINVAL;
	*ret_value = value;
	return 0;
}

int util_parse_secs(const char *text, uint64_t *ret_ns)
{
	double secs;
	char *end;

	if ((!isdigit((unsigned char)text[0]) && text[0] != '.') ||
	    text[strspn(text, "0123456789.")])
		return -EINVAL;
	errno = 0;
	secs = strtod(text, &end);
	if (errno || *end || !(secs >= 0.001) || secs > 1e6)
		return -EINVAL;
	*ret_ns = (uint64_t)(secs * 1e9 + 0.5);
	return 0;
}

int util_parse_size(const char *text, uint64_t *ret_bytes)
{
	static const char units[] = "KMG";
	size_t len = strlen(text);
	const char *unit = len ? strchr(units, text[len - 1]) : NULL;
	char digits[24];
	uint64_t value;
	int shift = 0;

	if (unit && *unit) {
		shift = 10 * (int)(unit - units + 1);
		len--;
	}
	if (!len || len >= sizeof(digits))
		return -EINVAL;
	memcpy(digits, text, len);
	digits[len] = '\0';
	if (util_parse_u64(digits, 0, UINT64_MAX >> shift, &value))
		return -EINVAL;
	*ret_bytes = value << shift;
	return 0;
}

uint32_t util_power_of_2(uint64_t bytes)
{
	uint32_t power = (uint32_t)sysconf(_SC_PAGESIZE);

	while (power < bytes && power < 1U << 30)
		power *= 2;
	return power;
}

int util_write_all(int fd, const void *data, size_t len)
{
	struct pollfd writable = { .fd = fd, .events = POLLOUT };
	const char *p = data;
	ssize_t n;

	while (len) {
		n = write(fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			/* a pipe that somebody made not to block; failures show in write() */
			poll(&writable, 1, -1);
			continue;
		}
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

int util_temp_file(const char **ret_dir)
{
	const char *dir = getenv("TMPDIR");
	char path[4096];
	int fd;

	if (!dir || dir[0] != '/')
		dir = "/var/tmp";
	*ret_dir = dir;
	fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
		return fd < 0 ? -errno : fd;
	/* a file system without O_TMPFILE */
	if (snprintf(path, sizeof(path), "%s/gicv4top-XXXXXX", dir) >= (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = mkostemp(path, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	unlink(path);
	return fd;
}

/* Length of the UTF-8 character at @p, 0 if it is none or a control character. */
static size_t character(const char *p, size_t len)
{
	const unsigned char *c = (const unsigned char *)p;
	size_t n, i;

	if (c[0] < 0x80)
		return c[0] >= 0x20 && c[0] != 0x7f;
	n = c[0] >= 0xf0 && c[0] < 0xf5 ? 4 : c[0] >= 0xe0 ? 3 : 2;
	if (c[0] < 0xc2 || c[0] > 0xf4 || n > len)
		return 0;
	for (i = 1; i < n; i++) {
		if ((c[i] & 0xc0) != 0x80)
			return 0;
	}
	/* C1 controls; overlong forms, surrogates and what lies beyond Unicode */
	if ((c[0] == 0xc2 && c[1] < 0xa0) || (c[0] == 0xe0 && c[1] < 0xa0) ||
	    (c[0] == 0xed && c[1] >= 0xa0) || (c[0] == 0xf0 && c[1] < 0x90) ||
	    (c[0] == 0xf4 && c[1] >= 0x90))
		return 0;
	return n;
}

void util_copy_printable(char *to, size_t size, const char *from, size_t len)
{
	size_t n;

	while (len) {
		n = character(from, len);
		if ((n ? n : 1) + 1 > size)
			break;
		memmove(to, n ? from : "?", n ? n : 1);
		n = n ? n : 1;
		to += n;
		size -= n;
		from += n;
		len -= n;
	}
	*to = '\0';
}
