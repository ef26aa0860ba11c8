// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the table of dynamic events: a name, by which hooks.c says where it goes, and a
 * template of what it fetches, in the syntax of the kernel's kprobe_events with the
 * offsets left open:
 *
 *	{a}	the offset of member a (kernel_offsets.h), with its sign: +114
 *	{a+b}	a member of a structure that lies within another
 *	{a-b}	a member reached from within: here mostly kvm_vcpu from its_vpe
 *	{a:}	the type of a flag: u8, or the bit that it is
 *	{gic41}	+1 on a GICv4.1
 *
 * A doorbell comes in two: the generic tracepoint of interrupt handlers, which is never
 * missed, and a kprobe on the handler, which is when the interrupt meets another kprobe's
 * handler on its CPU. The tracepoint alone tells only the doorbell's interrupt number; the
 * kprobe tells whose it is, whether its thread is waking already, and pending_last. So
 * each doorbell counts, and one whose kprobe was missed (they are counted) is judged by
 * what the events before it told. Its end is the handler's kretprobe: the tracepoint of
 * handlers' ends has no name to filter by, and would bring every interrupt of the host.
 *
 * What this way cannot give, or not as BPF does:
 *
 *	VMs and vPEs without an event	not shown: nothing walks the kernel's structures
 *	VLPIs mapped before the start	not shown; their unmaps and changes not counted
 *	LPIs by software, as a list	not shown (HOOK_FIG_LPIS); that each is injected is
 *	the number of LPIs of a VM	n/a (HOOK_FIG_LPIS)
 *	vCPUs of a VM			as of its first event
 *	Dirty waits			n/a (HOOK_FIG_DIRTY)
 *	interrupts by list register	n/a (HOOK_FIG_TAKEN); hence no direct/s by the PMU
 *	what a put's end told		not recorded: a return probe cannot read the vPE
 *					before Linux 6.10; counted by who comes next
 *	doorbell to wake-up issued	without those whose kretprobe was missed
 *	useful or late			without the thread's state where a kprobe was missed
 *	cost				own CPU time only: ftrace does not tell its own
 */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "ftrace_events.h"
#include "util.h"

#define VM_OF(kvm)	" pid={kvm_pid}" kvm ":s32 nr={kvm_vcpus}" kvm ":s32"

/* Whose vPE it is, from its address or from that of its vCPU. */
#define WHO(vpe)	" id={vpe_id}(" vpe "):u16 irq={vpe_irq}(" vpe "):s32"			\
			" vcpu={vcpu_id-its_vpe}(" vpe "):s32"					\
			" kvm={vcpu_kvm-its_vpe}(" vpe "):x64"					\
			VM_OF("({vcpu_kvm-its_vpe}(" vpe "))")
#define WHO_AT(vcpu)	" off=\\{its_vpe}:u32 id={its_vpe+vpe_id}(" vcpu "):u16"		\
			" vcpu={vcpu_id}(" vcpu "):s32 kvm={vcpu_kvm}(" vcpu "):x64"		\
			VM_OF("({vcpu_kvm}(" vcpu "))")

struct definition {
	const char *name, *args, *filter;
};

#define FILTER_LPI	"intid >= 8192 && hw == 0"

static const struct definition definitions[FT_NR_KINDS] = {
	[FT_LOAD] = { "load", "vpe=%x0:x64" WHO("%x0")
		      " pending={vpe_pending}(%x0):u8 gic41=\\{gic41}:u8", NULL },
	[FT_LOAD_RET] = { "load_ret", "ret=$retval:s32", NULL },
	[FT_PUT] = { "put", "vpe=%x0:x64" WHO("%x0") " db=%x1:u8", NULL },
	[FT_IRQ] = { NULL, "irq=", "name == \"vcpu\"" },
	[FT_DOORBELL] = { "doorbell", "irq=%x0:s32 at=%x1:x64" WHO_AT("%x1")
			  " pending={its_vpe+vpe_pending}(%x1):u8"
			  " resident={its_vpe+vpe_resident}(%x1):u8"
			  " task={vcpu_task}(%x1):x64"
			  " tstate={task_state}({vcpu_task}(%x1)):u32 gic41=\\{gic41}:u8", NULL },
	[FT_DOORBELL_RET] = { "doorbell_ret", "", NULL },
	[FT_VPE_NEW] = { "vpe_new", "vpe={chip_data}(%x1):x64" WHO("{chip_data}(%x1)"), NULL },
	[FT_VPES_GONE] = { "vpes_gone", "vm=%x0:x64 off=\\{its_vm}:u32", NULL },
	[FT_VM_GONE] = { "vm_gone", "kvm=%x0:x64", NULL },
	[FT_MAP] = { "map", "irq=%x0:s32 vm={map_vm}(%x1):x64 off=\\{its_vm}:u32"
		     " vpe={map_vpe}(%x1):x64 vintid={map_vintid}(%x1):u32"
		     " prop={map_prop}(%x1):u8 pid={kvm_pid-its_vm}({map_vm}(%x1)):s32"
		     " nr={kvm_vcpus-its_vm}({map_vm}(%x1)):s32", NULL },
	[FT_MAP_RET] = { "map_ret", "ret=$retval:s32", NULL },
	[FT_UNMAP] = { "unmap", "irq=%x0:s32", NULL },
	[FT_FORWARD_SET] = { "forward_set", "kvm=%x0:x64 irq=%x1:s32 devid={msi_devid}(%x2):u32"
			     " eventid={msi_data}(%x2):u32" VM_OF("(%x0)"), NULL },
	[FT_FORWARD_UNSET] = { "forward_unset", "kvm=%x0:x64 irq=%x1:s32", NULL },
	[FT_PROP] = { "prop", "irq=%x0:s32 prop=%x1:u8", NULL },
	[FT_SW_LPI] = { "sw_lpi", "kvm=%x0:x64 lpi=%x1:x64 intid={lpi_intid}(%x1):u32"
			" hw={lpi_hw}(%x1):{lpi_hw:}"
			" pending={lpi_pending}(%x1):{lpi_pending:}" VM_OF("(%x0)"), FILTER_LPI },
	[FT_LPI_CONFIG] = { "lpi_config", "kvm=%x0:x64 lpi=%x1:x64 intid={lpi_intid}(%x1):u32"
			    " hw={lpi_hw}(%x1):{lpi_hw:}", FILTER_LPI },
	[FT_COMMIT] = { "commit", "vpe=%x0:x64", NULL },
	[FT_COMMIT_RET] = { "commit_ret", "", NULL },
	[FT_SLEEP] = { "sleep", "at=%x0:x64 off=\\{its_vpe}:u32", NULL },
	[FT_WAKE] = { "wake", "at=%x0:x64 off=\\{its_vpe}:u32", NULL },
	[FT_VCMD] = { "vcmd", "", NULL },
	[FT_VCMD_RET] = { "vcmd_ret", "", NULL },
	[FT_VMOVP] = { "vmovp", "vpe={cmd_vpe}(%x2):x64 seq={cmd_seq}(%x2):u16"
		       " list={cmd_list}(%x2):u16", NULL },
};

static const char *const field_names[FT_NR_FIELDS] = {
	[FT_F_VPE] = "vpe", [FT_F_AT] = "at", [FT_F_OFF] = "off", [FT_F_KVM] = "kvm",
	[FT_F_VM] = "vm", [FT_F_ID] = "id", [FT_F_VCPU] = "vcpu", [FT_F_IRQ] = "irq",
	[FT_F_PID] = "pid", [FT_F_NR] = "nr", [FT_F_PENDING] = "pending",
	[FT_F_RESIDENT] = "resident", [FT_F_DB] = "db", [FT_F_RET] = "ret",
	[FT_F_TASK] = "task", [FT_F_TSTATE] = "tstate", [FT_F_DEVID] = "devid",
	[FT_F_EVENTID] = "eventid", [FT_F_VINTID] = "vintid", [FT_F_PROP] = "prop",
	[FT_F_INTID] = "intid", [FT_F_LPI] = "lpi", [FT_F_HW] = "hw", [FT_F_SEQ] = "seq",
	[FT_F_LIST] = "list", [FT_F_GIC41] = "gic41",
};

const char *ft_field_name(enum ft_field field)
{
	return field_names[field];
}

const struct hook *ftrace_event_hook(enum ft_kind kind)
{
	const char *name = definitions[kind == FT_IRQ ? FT_DOORBELL : kind].name;
	bool is_return;

	return hooks_of_ftrace(name, &is_return);
}

const char *ftrace_event_name(enum ft_kind kind)
{
	const char *colon;

	if (kind != FT_IRQ)
		return definitions[kind].name;
	colon = strchr(ftrace_event_hook(kind)->event, ':');
	return colon ? colon + 1 : "";
}

const char *ftrace_event_system(enum ft_kind kind, const char *group)
{
	return kind == FT_IRQ ? "irq" : group;
}

const char *ftrace_event_filter(enum ft_kind kind)
{
	return definitions[kind].filter;
}

bool ftrace_event_has(enum ft_kind kind, enum ft_field field)
{
	const char *args = definitions[kind].args, *name = field_names[field];
	size_t len = strlen(name);
	const char *p;

	for (p = args; *p; p += strcspn(p, " "), p += strspn(p, " ")) {
		if (!strncmp(p, name, len) && p[len] == '=')
			return true;
	}
	return false;
}

/* --- templates --- */

struct line {
	char *buf;
	size_t size, len;
	bool cut;
};

__attribute__((format(printf, 2, 3)))
static void put(struct line *l, const char *format, ...)
{
	va_list args;
	int n;

	if (l->cut)
		return;
	va_start(args, format);
	n = vsnprintf(l->buf + l->len, l->size - l->len, format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= l->size - l->len)
		l->cut = true;
	else
		l->len += (size_t)n;
}

static int offset_of(const char *name, size_t len)
{
	int i;

	for (i = 0; i < KO_NR; i++) {
		if (strlen(kernel_offset_name(i)) == len &&
		    !memcmp(kernel_offset_name(i), name, len))
			return i;
	}
	return -ENOENT;
}

static int put_type(struct line *l, const struct kernel_offsets *o, const char *name, size_t len)
{
	int which = offset_of(name, len);

	if (which < 0)
		return -EINVAL;
	if (o->bit[which])
		put(l, "b1@%u/8", o->bit[which] - 1);
	else
		put(l, "u8");
	return 0;
}

/* What stands between braces: @text of @len bytes. */
static int put_offset(struct line *l, const struct ft_kernel *k, const char *text, size_t len)
{
	const char *p = text, *end = text + len;
	int which, sign = 1;
	int64_t sum = 0;
	size_t n;

	if (len == strlen("gic41") && !memcmp(text, "gic41", len)) {
		put(l, "+%d", k->gic41);
		return 0;
	}
	if (len && text[len - 1] == ':')
		return put_type(l, &k->offsets, text, len - 1);
	while (p < end) {
		n = strcspn(p, "+-}");
		which = offset_of(p, n);
		if (which < 0)
			return -EINVAL;
		sum += sign * (int64_t)k->offsets.off[which];
		p += n;
		sign = *p++ == '-' ? -1 : 1;
	}
	put(l, "%+lld", (long long)sum);
	return 0;
}

int ftrace_event_define(enum ft_kind kind, const char *group, const struct ft_kernel *k,
			char *buf, size_t size)
{
	const struct definition *d = &definitions[kind];
	struct line l = { .buf = buf, .size = size };
	const struct hook *hook;
	const char *p, *close;
	bool is_return;
	int err;

	hook = d->name ? hooks_of_ftrace(d->name, &is_return) : NULL;
	if (!hook || !size)
		return -EINVAL;
	put(&l, "%c:%s/%s %s%s", is_return ? 'r' : 'p', group, d->name, hook->function,
	    d->args[0] ? " " : "");
	for (p = d->args; *p; p++) {
		if (*p != '{') {
			put(&l, "%c", *p);
			continue;
		}
		close = strchr(p, '}');
		err = close ? put_offset(&l, k, p + 1, (size_t)(close - p - 1)) : -EINVAL;
		if (err)
			return err;
		p = close;
	}
	return l.cut ? -E2BIG : 0;
}

uint32_t ftrace_figures(const bool have[FT_NR_KINDS])
{
	static const enum ft_kind kinds[] = {
		FT_FORWARD_SET, FT_FORWARD_UNSET, FT_PROP, FT_SW_LPI, FT_LPI_CONFIG, FT_COMMIT,
		FT_COMMIT_RET, FT_SLEEP, FT_WAKE, FT_VCMD, FT_VCMD_RET, FT_VMOVP,
	};
	uint32_t figures = ~(HOOK_FIG_LPIS | HOOK_FIG_DIRTY | HOOK_FIG_TAKEN);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (!have[kinds[i]])
			figures &= ~ftrace_event_hook(kinds[i])->figure;
	}
	return figures;
}

/* @text in single quotes for a shell; it has none itself. */
static void print_quoted(FILE *f, const char *text)
{
	fprintf(f, "'%s'", text);
}

void ftrace_print_trace_cmd(FILE *f, const struct ft_kernel *k,
			    bool (*has_function)(const void *ctx, const char *function),
			    const void *ctx)
{
	static const char events[] = "/sys/kernel/tracing/kprobe_events";
	bool have[FT_NR_KINDS];
	char line[1024];
	int kind;

	fprintf(f, "# once, as root:\n");
	for (kind = 0; kind < FT_NR_KINDS; kind++) {
		have[kind] = kind == FT_IRQ || !has_function ||
			     has_function(ctx, ftrace_event_hook(kind)->function);
		if (!have[kind] ||
		    ftrace_event_define(kind, FTRACE_GROUP, k, line, sizeof(line)))
			continue;
		fprintf(f, "printf '%%s\\n' ");
		print_quoted(f, line);
		fprintf(f, " >>%s\n", events);
	}
	/* sizes are of each CPU, in KiB */
	fprintf(f, "# as long as it shall record (Ctrl-C ends it):\n"
		"trace-cmd record -C mono -b 8192 -o trace.dat");
	for (kind = 0; kind < FT_NR_KINDS; kind++) {
		if (!have[kind])
			continue;
		fprintf(f, " \\\n\t-e %s:%s", ftrace_event_system(kind, FTRACE_GROUP),
			ftrace_event_name(kind));
		if (!ftrace_event_filter(kind))
			continue;
		fprintf(f, " -f ");
		print_quoted(f, ftrace_event_filter(kind));
	}
	fprintf(f, "\n# afterwards, as root:\n");
	for (kind = 0; kind < FT_NR_KINDS; kind++) {
		if (have[kind] && kind != FT_IRQ)
			fprintf(f, "printf '%%s\\n' '-:%s/%s' >>%s\n", FTRACE_GROUP,
				ftrace_event_name(kind), events);
	}
}
