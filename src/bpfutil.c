// SPDX-License-Identifier: GPL-2.0
/*
 * libbpf speaks by a global callback; this file owns it, and turns "-1 and
 * errno" into "-errno" where a call needs it.
 */
#include <errno.h>
#include <string.h>

#include "bpfutil.h"
#include "log.h"
#include "util.h"

static char first_warning[256];
static char quoted_warning[sizeof(first_warning)];

static int print_message(enum libbpf_print_level level, const char *format, va_list args)
{
	char line[4096];

	/* debug messages are thousands: do not even format them */
	if (level == LIBBPF_DEBUG && log_is_verbose() < 2)
		return 0;
	vsnprintf(line, sizeof(line), format, args);
	if (log_is_verbose())		/* a verifier's log has many lines */
		fputs(line, stderr);
	line[strcspn(line, "\n")] = '\0';
	if (level == LIBBPF_WARN && !first_warning[0])
		snprintf(first_warning, sizeof(first_warning), "%.200s",
			 strncmp(line, "libbpf: ", 8) ? line : line + 8);
	return 0;
}

void bpfutil_init(void)
{
	libbpf_set_print(print_message);
	first_warning[0] = '\0';
}

const char *bpfutil_warning(void)
{
	memcpy(quoted_warning, first_warning, sizeof(first_warning));
	first_warning[0] = '\0';
	return quoted_warning;
}

int bpfutil_run_iter(struct bpf_program *prog, __u32 pid)
{
	union bpf_iter_link_info info = { .task.pid = pid };
	LIBBPF_OPTS(bpf_iter_attach_opts, opts, .link_info = &info, .link_info_len = sizeof(info));
	struct bpf_link *link;
	auto_close int fd = -1;
	char buf[256];
	ssize_t n;
	int err;

	link = bpf_program__attach_iter(prog, pid ? &opts : NULL);
	err = libbpf_get_error(link);
	if (err && pid) {
		link = bpf_program__attach_iter(prog, NULL);
		err = libbpf_get_error(link);
	}
	if (err)
		return err;
	fd = bpf_iter_create(bpf_link__fd(link));
	err = fd < 0 ? -errno : 0;
	bpf_link__destroy(link);
	if (err)
		return err;
	do {
		n = read(fd, buf, sizeof(buf));
	} while (n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN)));
	return n < 0 ? -errno : 0;
}

/*
 * struct bpf_link_info of a perf event link, as Linux 6.7 and later fill it
 * (include/uapi/linux/bpf.h); the headers we build with may be older.
 */
struct kprobe_link_info {
	__u32 type, id, prog_id, pad;
	__u32 event_type, event_pad;
	__u64 func_name;
	__u32 name_len, offset;
	__u64 addr, missed, cookie;
};

#define PERF_EVENT_KPROBE	3	/* enum bpf_perf_event_type */
#define PERF_EVENT_KRETPROBE	4

int bpfutil_kprobe_missed(const struct bpf_link *link, __u64 *ret_missed)
{
	union {
		struct kprobe_link_info kprobe;
		struct bpf_link_info info;
	} u;
	__u32 len = sizeof(u);

	memset(&u, 0, sizeof(u));
	if (bpf_obj_get_info_by_fd(bpf_link__fd(link), &u.info, &len))
		return -errno;
	if (len < offsetof(struct kprobe_link_info, cookie) ||
	    (u.kprobe.event_type != PERF_EVENT_KPROBE &&
	     u.kprobe.event_type != PERF_EVENT_KRETPROBE))
		return -EOPNOTSUPP;
	*ret_missed = u.kprobe.missed;
	return 0;
}
