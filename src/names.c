// SPDX-License-Identifier: GPL-2.0
/*
 * Names from the live host. A process that ended meanwhile has no name: its
 * VM is shown by pid until it leaves the list. What comes from a command line
 * is a guest owner's text: it is made printable before anybody sees it.
 */
#include <ctype.h>
#include <string.h>

#include "names.h"
#include "util.h"

/* "guest=NAME,process=..." or "NAME,debug-threads=on"; ",," is a comma in QEMU. */
static bool name_from_option(const char *arg, char *buf, size_t size)
{
	char name[MODEL_NAME_LEN + 4];	/* room to cut between characters */
	const char *end;
	size_t len = 0;

	while (strncmp(arg, "guest=", 6)) {
		end = arg + strcspn(arg, ",=");
		if (*end != '=')
			break;
		/* another option: skip its value, in which ",," is no end */
		for (arg = end; *arg && (*arg != ',' || arg[1] == ','); arg++)
			arg += *arg == ',';
		if (!*arg)
			return false;
		arg++;
	}
	if (!strncmp(arg, "guest=", 6))
		arg += 6;
	for (; *arg && len + 1 < sizeof(name); arg++) {
		if (*arg == ',') {
			if (arg[1] != ',')
				break;
			arg++;
		}
		name[len++] = *arg;
	}
	util_copy_printable(buf, size, name, len);
	return len != 0;
}

bool names_from_cmdline(const char *cmdline, size_t len, char *buf, size_t size)
{
	const char *arg = cmdline, *end = cmdline + len, *next;

	while (arg < end) {
		next = memchr(arg, '\0', (size_t)(end - arg));
		if (!next || next + 1 >= end)
			return false;
		if (!strcmp(arg, "-name") || !strcmp(arg, "--name"))
			return memchr(next + 1, '\0', (size_t)(end - next - 1)) &&
			       name_from_option(next + 1, buf, size);
		arg = next + 1;
	}
	return false;
}

bool names_device_from_action(const char *action, char *buf, size_t size)
{
	const char *open_paren = strrchr(action, '(');
	const char *close_paren = open_paren ? strchr(open_paren, ')') : NULL;
	static const char *const hex = "0123456789abcdef";
	const char *p = open_paren;
	size_t i, n;

	if (!close_paren)
		return false;
	for (i = 0; i < 4; i++) {	/* domain:bus:slot.function) */
		n = strspn(++p, hex);
		if (!n || n > 8 || p[n] != "::.)"[i])
			return false;
		p += n;
	}
	if (p != close_paren)
		return false;
	util_copy_printable(buf, size, open_paren + 1, (size_t)(close_paren - open_paren - 1));
	return true;
}

static void live_vm_name(void *ctx, uint32_t pid, char *buf, size_t size)
{
	auto_free char *text = NULL;
	char path[64];
	size_t len;

	(void)ctx;
	buf[0] = '\0';
	snprintf(path, sizeof(path), "/proc/%u/cmdline", pid);
	if (!util_read_file(path, &text, &len) && names_from_cmdline(text, len, buf, size))
		return;
	util_freep(&text);
	text = NULL;
	snprintf(path, sizeof(path), "/proc/%u/comm", pid);
	if (!util_read_file(path, &text, NULL))
		util_copy_printable(buf, size, text, strcspn(text, "\n"));
}

/* guest-cid of one -device option: "vhost-vsock-pci,guest-cid=N", or in JSON. */
static uint32_t cid_from_device(const char *arg)
{
	const char *p;
	char number[16];
	uint64_t cid;
	size_t n;

	if (strncmp(arg, "vhost-vsock", 11) && !strstr(arg, "\"driver\":\"vhost-vsock"))
		return 0;
	p = strstr(arg, "guest-cid");
	if (!p)
		return 0;
	p += strlen("guest-cid");
	p += strspn(p, "=\": ");
	n = strspn(p, "0123456789");
	if (!n || n >= sizeof(number))
		return 0;
	memcpy(number, p, n);
	number[n] = '\0';
	/* 0 to 2 are nobody's, this host's own and a guest's word for its host */
	return util_parse_u64(number, 3, UINT32_MAX - 1, &cid) ? 0 : (uint32_t)cid;
}

uint32_t names_cid_from_cmdline(const char *cmdline, size_t len)
{
	const char *arg = cmdline, *end = cmdline + len, *next;
	bool device = false;
	uint32_t cid;

	for (; arg < end; arg = next + 1) {
		next = memchr(arg, '\0', (size_t)(end - arg));
		if (!next)
			return 0;
		/* only there: names and kernel command lines are their owner's text */
		cid = device ? cid_from_device(arg) : 0;
		if (cid)
			return cid;
		device = !strcmp(arg, "-device") || !strcmp(arg, "--device");
	}
	return 0;
}

static uint32_t live_vm_cid(void *ctx, uint32_t pid)
{
	auto_free char *text = NULL;
	char path[64];
	size_t len;

	(void)ctx;
	snprintf(path, sizeof(path), "/proc/%u/cmdline", pid);
	return util_read_file(path, &text, &len) ? 0 : names_cid_from_cmdline(text, len);
}

static void live_device(void *ctx, uint32_t host_irq, char *buf, size_t size)
{
	char path[64], actions[256];

	(void)ctx;
	buf[0] = '\0';
	snprintf(path, sizeof(path), "/sys/kernel/irq/%u/actions", host_irq);
	if (!util_read_line(path, actions, sizeof(actions)))
		names_device_from_action(actions, buf, size);
}

/* The doorbell of a vPE is routed to one CPU; a list would be another's interrupt. */
static int32_t live_irq_cpu(void *ctx, uint32_t host_irq)
{
	char path[64], cpus[32];
	uint64_t cpu;

	(void)ctx;
	snprintf(path, sizeof(path), "/proc/irq/%u/effective_affinity_list", host_irq);
	if (util_read_line(path, cpus, sizeof(cpus)) || util_parse_u64(cpus, 0, INT32_MAX, &cpu))
		return -1;
	return (int32_t)cpu;
}

void names_live(struct model_names *ret_names)
{
	*ret_names = (struct model_names){
		.vm_name = live_vm_name,
		.vm_cid = live_vm_cid,
		.device = live_device,
		.irq_cpu = live_irq_cpu,
	};
}
