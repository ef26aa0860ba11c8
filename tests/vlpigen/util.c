// SPDX-License-Identifier: GPL-2.0
/* Small things of the VMM that have no better home (util.h). Nothing here keeps state. */
#include "util.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void mem_freep(void *p)
{
	free(*(void **)p);
}

int log_err(int err, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (err && err != -EPROTO)
		fprintf(stderr, "vlpigen: %s: %s\n", text, strerror(-err));
	else
		fprintf(stderr, "vlpigen: %s\n", text);
	return err;
}

int file_write(const char *path, const char *text)
{
	size_t len = strlen(text);
	auto_fd fd = -1;

	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	if (write(fd, text, len) != (ssize_t)len)
		return -errno;
	return 0;
}

uint64_t mono_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

uint64_t counter_read(void)
{
	uint64_t v;

	asm volatile("isb\n\tmrs %0, cntvct_el0" : "=r"(v) : : "memory");
	return v;
}

uint64_t counter_hz(void)
{
	uint64_t v;

	asm volatile("mrs %0, cntfrq_el0" : "=r"(v));
	return v;
}

static uint32_t lcg_next(struct lcg *g)
{
	g->state = g->state * 6364136223846793005ULL + 1442695040888963407ULL;
	return g->state >> 32;
}

void lcg_seed(struct lcg *g, uint64_t seed)
{
	g->state = seed * 0x9e3779b97f4a7c15ULL + 1;
	lcg_next(g);
	lcg_next(g);
}

uint32_t lcg_below(struct lcg *g, uint32_t bound)
{
	return (uint64_t)lcg_next(g) * bound >> 32;
}

uint64_t lcg_gap_ns(struct lcg *g, uint64_t mean_ns)
{
	return mean_ns / 2 + (uint64_t)((unsigned __int128)mean_ns * lcg_next(g) >> 32);
}

int vec_push(struct vec *v, const void *elem, size_t size)
{
	size_t max = v->max ? v->max * 2 : 4096;
	void *data;

	if (v->nr == v->max) {
		data = reallocarray(v->data, max, size);
		if (!data)
			return -ENOMEM;
		v->data = data;
		v->max = max;
	}
	memcpy((char *)v->data + v->nr++ * size, elem, size);
	return 0;
}

void vec_free(struct vec *v)
{
	free(v->data);
	*v = (struct vec){ 0 };
}
