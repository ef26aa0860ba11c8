/* SPDX-License-Identifier: GPL-2.0 */
/* Ownership helpers, messages, time and the random stream. */
#ifndef VLPIGEN_UTIL_H
#define VLPIGEN_UTIL_H

#include <stddef.h>
#include <stdint.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define NSEC_PER_USEC UINT64_C(1000)
#define NSEC_PER_MSEC UINT64_C(1000000)
#define NSEC_PER_SEC UINT64_C(1000000000)

#define TAKE_PTR(p) ({ typeof(p) taken_ = (p); (p) = NULL; taken_; })
#define TAKE_FD(fd) ({ int taken_ = (fd); (fd) = -1; taken_; })

void fd_close(int *fd);
void mem_freep(void *p);
#define auto_fd __attribute__((cleanup(fd_close))) int
#define auto_free __attribute__((cleanup(mem_freep)))

/* Prints "vlpigen: ...: reason of -err" (no reason for err 0 or -EPROTO) and returns err. */
int log_err(int err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Writes @text to an existing file (sysfs). */
int file_write(const char *path, const char *text);

uint64_t mono_ns(void);
uint64_t counter_read(void);	/* CNTVCT_EL0 of the host */
uint64_t counter_hz(void);

/* A 64-bit LCG (Knuth's MMIX constants); its high bits are used. */
struct lcg {
	uint64_t state;
};

void lcg_seed(struct lcg *g, uint64_t seed);
uint32_t lcg_below(struct lcg *g, uint32_t bound);
uint64_t lcg_gap_ns(struct lcg *g, uint64_t mean_ns);	/* 0.5 to 1.5 of the mean */

/* A growing array of @size-byte elements; freed by vec_free(). */
struct vec {
	void *data;
	size_t nr;
	size_t max;
};

int vec_push(struct vec *v, const void *elem, size_t size);
void vec_free(struct vec *v);

#endif
