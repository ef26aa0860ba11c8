/* SPDX-License-Identifier: GPL-2.0 */
/* What scout.c and session.c both need of libbpf. */
#ifndef GICV4TOP_BPFUTIL_H
#define GICV4TOP_BPFUTIL_H

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

/*
 * Sends libbpf's messages to us: the first warning of a failure is
 * kept to be quoted, the
 * rest shows with -v only.
 */
void bpfutil_init(void);

/* First warning of libbpf since the last call, one line, "" if none. Borrowed. */
const char *bpfutil_warning(void);

/*
 * Runs a task iterator program to its end: over process @pid only, or over
 * all when it is 0 or the kernel cannot choose (before 6.1). 0 or -errno.
 */
int bpfutil_run_iter(struct bpf_program *prog, __u32 pid);

/*
 * How often the kprobe or kretprobe of @link was hit but not run. 0, or
 * -EOPNOTSUPP where the kernel does not tell (before 6.7).
 */
int bpfutil_kprobe_missed(const struct bpf_link *link, __u64 *ret_missed);

#endif
