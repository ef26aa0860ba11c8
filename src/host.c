// SPDX-License-Identifier: GPL-2.0
/*
 * Facts about the host, each from the first source that has it.
 *
 * Whether KVM uses GICv4 has no file of its own. In order: doorbell interrupts
 * that exist, what KVM printed at boot (vgic_v3_probe()), KVM's own variable
 * (where kallsyms has it), the command line. On a long-lived 6.1 host without
 * VMs only the last remains, and it says nothing about the hardware: that is
 * then reported as it is.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <sys/utsname.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "host.h"
#include "kernel_btf.h"
#include "log.h"
#include "scout.h"
#include "util.h"

#define ACPI_MADT_HEADER	44	/* ACPI 6.5, 5.2.12 */
#define ACPI_MADT_GIC_ITS	0x0f

/* Value of the last @name= on the kernel's command line; '-' and '_' are equal. */
static bool cmdline_value(const char *cmdline, const char *name, char *buf, size_t size)
{
	size_t len = strlen(name), i;
	const char *p = cmdline;
	bool found = false;

	while (*p) {
		p += strspn(p, " \t\n");
		for (i = 0; i < len; i++) {
			if (p[i] != name[i] && !(strchr("-_", p[i]) && strchr("-_", name[i])))
				break;
		}
		if (i == len && p[i] == '=') {
			snprintf(buf, size, "%.*s", (int)strcspn(p + i + 1, " \t\n"), p + i + 1);
			found = true;
		}
		p += strcspn(p, " \t\n");
	}
	return found;
}

static void read_cmdline(struct host *h)
{
	auto_free char *cmdline = NULL;
	char value[32];

	if (util_read_file("/proc/cmdline", &cmdline, NULL))
		return;
	if (cmdline_value(cmdline, "kvm-arm.vgic_v4_enable", value, sizeof(value)))
		h->v4_param = strchr("1yYtT", value[0]) || !strcasecmp(value, "on");
	if (cmdline_value(cmdline, "kvm-arm.wfi_trap_policy", value, sizeof(value))) {
		if (!strcmp(value, "trap"))
			h->wfi = HOST_WFI_TRAP;
		else if (!strcmp(value, "notrap"))
			h->wfi = HOST_WFI_NOTRAP;
	}
}

static void read_caps(struct host *h)
{
	auto_free char *status = NULL;
	const char *line;

	if (util_read_file("/proc/self/status", &status, NULL))
		return;
	line = strstr(status, "CapEff:");
	if (line)
		h->caps = strtoull(line + strlen("CapEff:"), NULL, 16);
}

static void read_lockdown(struct host *h)
{
	char line[128], *open_bracket, *close_bracket;

	if (util_read_line("/sys/kernel/security/lockdown", line, sizeof(line)))
		return;
	open_bracket = strchr(line, '[');
	close_bracket = open_bracket ? strchr(open_bracket, ']') : NULL;
	if (close_bracket)
		snprintf(h->lockdown, sizeof(h->lockdown), "%.*s",
			 (int)(close_bracket - open_bracket - 1), open_bracket + 1);
}

/* nftw() has no argument for its callback */
static int its_found;

static int count_its_node(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	auto_free char *text = NULL;
	size_t len, pos;

	(void)st;
	if (type != FTW_F || strcmp(path + ftw->base, "compatible") ||
	    util_read_file(path, &text, &len))
		return 0;
	for (pos = 0; pos < len; pos += strlen(text + pos) + 1) {
		if (!strcmp(text + pos, "arm,gic-v3-its"))
			its_found++;
	}
	return 0;
}

static int count_its(void)
{
	auto_free char *madt = NULL;
	size_t len, pos;
	int nr = 0;

	if (!access("/sys/firmware/devicetree/base", R_OK)) {
		its_found = 0;
		nftw("/sys/firmware/devicetree/base", count_its_node, 8, FTW_PHYS);
		if (its_found || access("/sys/firmware/acpi/tables/APIC", F_OK))
			return its_found;
	}
	if (util_read_file("/sys/firmware/acpi/tables/APIC", &madt, &len))
		return -1;
	for (pos = ACPI_MADT_HEADER; pos + 2 <= len; pos += (unsigned char)madt[pos + 1]) {
		if ((unsigned char)madt[pos] == ACPI_MADT_GIC_ITS)
			nr++;
		if ((unsigned char)madt[pos + 1] < 2)
			break;
	}
	return nr;
}

/* Doorbells in /proc/interrupts carry their chip's name. */
static bool gic_from_doorbells(struct host *h)
{
	auto_free char *text = NULL;

	if (util_read_file("/proc/interrupts", &text, NULL))
		return false;
	if (strstr(text, "GICv4.1-vpe"))
		h->gic = HOST_GIC_V4_1;
	else if (strstr(text, "GICv4-vpe"))
		h->gic = HOST_GIC_V4;
	else
		return false;
	h->gic_source = "doorbells in /proc/interrupts";
	return true;
}

static void gic_from_line(struct host *h, const char *line)
{
	const char *p = strstr(line, "GICv4");

	if (!p)
		return;
	if (strstr(p, "GICv4.1 support enabled"))
		h->gic = HOST_GIC_V4_1;
	else if (strstr(p, "GICv4 support enabled"))
		h->gic = HOST_GIC_V4;
	else if (strstr(p, "support disabled"))
		h->gic = HOST_GIC_OFF;
	else
		return;
	h->gic_source = "kernel log";
}

static bool gic_from_log(struct host *h)
{
	auto_close int fd = -1;
	char record[8192];
	bool started = false;
	ssize_t n;

	fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return false;
	for (;;) {
		n = read(fd, record, sizeof(record) - 1);
		if (n < 0 && errno == EPIPE)	/* overwritten meanwhile: go on */
			continue;
		if (n <= 0)
			break;
		record[n] = '\0';
		/* the log still has its beginning: what KVM did not say, it did not find */
		if (strstr(record, "Booting Linux on physical CPU"))
			started = true;
		gic_from_line(h, record);
	}
	if (h->gic == HOST_GIC_UNKNOWN && started && h->kvm) {
		h->gic = HOST_GIC_NONE;
		h->gic_source = "kernel log";
	}
	return h->gic != HOST_GIC_UNKNOWN;
}

static void find_gic(struct host *h)
{
	if (gic_from_doorbells(h) || gic_from_log(h))
		return;
	if (!h->v4_param) {
		h->gic = HOST_GIC_NOT_ENABLED;
		h->gic_source = "kernel command line";
	}
}

static bool has_btf_func(const void *ctx, const char *function)
{
	const struct host *h = ctx;

	return h->btf && kernel_btf_functions(h->btf, function) == 1;
}

static bool has_kprobe_func(const void *ctx, const char *function)
{
	const struct host *h = ctx;

	/* two functions of one name: a kprobe would hit one of them, who knows which */
	return h->btf && kernel_btf_functions(h->btf, function) == 1;
}

static bool has_tracepoint(const void *ctx, const char *tracepoint)
{
	const char *event = strchr(tracepoint, ':');
	const struct host *h = ctx;

	return h->btf && event && kernel_btf_has_tracepoint(h->btf, event + 1);
}

void host_hook_facts(const struct host *h, struct hook_facts *ret_facts)
{
	*ret_facts = (struct hook_facts){
		.has_btf_func = has_btf_func,
		.has_kprobe_func = has_kprobe_func,
		.has_tracepoint = has_tracepoint,
		.ctx = h,
		.fentry_works = h->fentry_works,
	};
}

uint32_t host_guest_devid_off(const struct host *h)
{
	return h->btf ? kernel_btf_guest_devid_off(h->btf) : 0;
}

void host_read(struct host *h)
{
	struct utsname uts;

	memset(h, 0, sizeof(*h));
	if (!uname(&uts)) {
		snprintf(h->machine, sizeof(h->machine), "%s", uts.machine);
		snprintf(h->kernel, sizeof(h->kernel), "%s", uts.release);
	}
	h->arm64 = !strcmp(h->machine, "aarch64");
	h->kvm = !access("/dev/kvm", F_OK);
	h->has_btf = !access("/sys/kernel/btf/vmlinux", R_OK);
	h->tracefs = !access("/sys/kernel/tracing/events", F_OK) ||
		     !access("/sys/kernel/debug/tracing/events", F_OK);
	h->nr_its = h->arm64 ? count_its() : 0;
	read_caps(h);
	read_lockdown(h);
	read_cmdline(h);
	if (h->arm64)
		find_gic(h);
}

const char *host_missing_cap(const struct host *h)
{
	if (h->caps & HOST_CAP_SYS_ADMIN)	/* implies both */
		return NULL;
	if (!(h->caps & HOST_CAP_BPF))
		return "CAP_BPF";
	if (!(h->caps & HOST_CAP_PERFMON))
		return "CAP_PERFMON";
	return NULL;
}

/* The last resort, since it makes libbpf read all of kallsyms. */
static void gic_from_kvm(struct host *h)
{
	struct scout_gic gic;

	if (scout_ask_kvm(&gic))
		return;
	if (gic.has_gicv4)
		h->gic = gic.has_gicv4_1 ? HOST_GIC_V4_1 : HOST_GIC_V4;
	else
		h->gic = h->v4_param ? HOST_GIC_NONE : HOST_GIC_NOT_ENABLED;
	h->gic_source = "KVM's own variable";
}

int host_scout(struct host *h)
{
	struct scout_report report;
	int err;

	log_debug("reading the kernel's BTF");
	h->btf = kernel_btf_load();
	if (!h->btf)
		return log_say(-ENOENT, "cannot read /sys/kernel/btf/vmlinux: %s", strerror(errno));
	h->wfi_param_known = kernel_btf_has_enum(h->btf, "kvm_wfx_trap_policy");
	if (!h->wfi_param_known)
		h->wfi = HOST_WFI_AUTO;

	log_debug("sending the scout");
	err = scout_run(hooks_trial_function(), &report);
	if (err)
		return err;
	log_debug("the scout is back: %u VMs, %u vPEs", report.nr_vms, report.nr_vpes);
	h->scouted = true;
	h->ringbuf = libbpf_probe_bpf_map_type(BPF_MAP_TYPE_RINGBUF, NULL) == 1;
	h->fentry_works = report.fentry_works;
	h->nr_vms = report.nr_vms;
	h->nr_vpes = report.nr_vpes;
	if (h->gic == HOST_GIC_UNKNOWN || h->gic == HOST_GIC_NOT_ENABLED)
		gic_from_kvm(h);
	return 0;
}

void host_clear(struct host *h)
{
	kernel_btf_free(h->btf);
	memset(h, 0, sizeof(*h));
}

const char *host_gic_name(const struct host *h)
{
	if (h->gic == HOST_GIC_V4)
		return "4.0";
	if (h->gic == HOST_GIC_V4_1)
		return "4.1";
	return NULL;
}

const char *host_wfi_name(const struct host *h)
{
	static const char *const names[] = {
		[HOST_WFI_AUTO] = "auto",
		[HOST_WFI_TRAP] = "trap",
		[HOST_WFI_NOTRAP] = "notrap",
	};

	return names[h->wfi];
}

static int gic_refusal(const struct host *h)
{
	switch (h->gic) {
	case HOST_GIC_NONE:
		return log_say(-ENODEV, "this host's GIC has no GICv4, as KVM found it (%s): "
			       "there is no direct injection to observe", h->gic_source);
	case HOST_GIC_OFF:
		return log_say(-ENODEV, "GICv4 is off in KVM: boot the host with "
			       "kvm-arm.vgic_v4_enable=1");
	case HOST_GIC_NOT_ENABLED:
		return log_say(-ENODEV, "GICv4 is not enabled in KVM: boot the host with "
			       "kvm-arm.vgic_v4_enable=1 (its GIC must be a GICv4)");
	default:
		return 0;
	}
}

int host_require(struct host *h)
{
	const char *cap;
	int err;

	if (!h->arm64)
		return log_say(-ENODEV, "this machine is %s: GICv4 direct injection exists on "
			       "arm64 hosts only (the README's demo emulates one)", h->machine);
	if (!h->kvm)
		return log_say(-ENODEV, "no /dev/kvm: KVM is not available on this host "
			       "(booted at EL2? kvm-arm.mode=none?)");
	err = gic_refusal(h);
	if (err)
		return err;
	if (!h->has_btf)
		return log_say(-ENOENT, "no /sys/kernel/btf/vmlinux: the kernel needs "
			       "CONFIG_DEBUG_INFO_BTF=y");
	cap = host_missing_cap(h);
	if (cap)
		return log_say(-EPERM, "%s is missing: run as root, or with CAP_BPF and "
			       "CAP_PERFMON", cap);
	if (!strcmp(h->lockdown, "confidentiality"))
		return log_say(-EPERM, "the kernel is locked down (confidentiality): BPF may not "
			       "read it; only lockdown=integrity or none allows it");
	err = host_scout(h);
	if (err)
		return err;
	return gic_refusal(h);
}
