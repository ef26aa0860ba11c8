// SPDX-License-Identifier: GPL-2.0
/*
 * Definitions of dynamic events, with offsets that are made up: what the kernel would be
 * told, and the lines for trace-cmd. And where offsets come from: a BTF made here, with
 * members in anonymous unions and in single bits.
 */
#include <errno.h>

#include <bpf/btf.h>

#include "ftrace_events.h"
#include "unit.h"

/* Members at 1000 + 100 * n, so that sums and differences tell where they are from. */
static struct ft_kernel made_up(void)
{
	struct ft_kernel k = { .gic41 = false };
	int i;

	for (i = 0; i < KO_NR; i++)
		k.offsets.off[i] = 1000 + 100 * (uint32_t)i;
	return k;
}

static const char *define(enum ft_kind kind, const struct ft_kernel *k)
{
	static char line[1024];
	const char *args;

	ck_u64((uint64_t)-ftrace_event_define(kind, "g", k, line, sizeof(line)), 0);
	/* behind the function's name, which is hooks.c's alone */
	args = strchr(line, ' ');
	assert_non_null(args);
	args = strchr(args + 1, ' ');
	return args ? args + 1 : "";
}

static void every_kind_can_be_defined_and_stands_for_a_hook(void **state)
{
	const struct ft_kernel k = made_up();
	char line[1024], head[128];
	int kind;

	(void)state;
	for (kind = 0; kind < FT_NR_KINDS; kind++) {
		assert_non_null(ftrace_event_hook(kind));
		if (kind == FT_IRQ)
			continue;
		ck_u64((uint64_t)-ftrace_event_define(kind, "g", &k, line, sizeof(line)), 0);
		snprintf(head, sizeof(head), ":g/%s %s", ftrace_event_name(kind),
			 ftrace_event_hook(kind)->function);
		ck_u64((uint64_t)strncmp(line + 1, head, strlen(head)), 0);
		ck_true(line[0] == (strstr(ftrace_event_name(kind), "_ret") ? 'r' : 'p'));
		ck_true(!strchr(line, '{') && !strchr(line, '}') && !strchr(line, '\''));
	}
}

/* The kernel takes at most 63 bytes of an argument. */
static void no_argument_is_too_long_for_the_kernel(void **state)
{
	struct ft_kernel k = made_up();
	const char *p;
	size_t len;
	int kind, i;

	(void)state;
	for (i = 0; i < KO_NR; i++)
		k.offsets.off[i] = 20000 + (uint32_t)i;
	for (kind = 0; kind < FT_NR_KINDS; kind++) {
		for (p = kind == FT_IRQ ? "" : define(kind, &k); *p; p += len, p += *p == ' ') {
			len = strcspn(p, " ");
			ck_true(len < 63);
		}
	}
}

static void offsets_are_put_where_the_templates_say(void **state)
{
	struct ft_kernel k = made_up();

	(void)state;
	k.offsets.off[KO_CMD_VPE] = 0;
	k.offsets.off[KO_CMD_SEQ] = 16;
	k.offsets.off[KO_CMD_LIST] = 18;
	ck_str(define(FT_VMOVP, &k), "vpe=+0(%x2):x64 seq=+16(%x2):u16 list=+18(%x2):u16");
	k.offsets.off[KO_ITS_VPE] = 4656;
	k.offsets.off[KO_VPE_ID] = 114;
	k.offsets.off[KO_VPE_IRQ] = 20;
	k.offsets.off[KO_VCPU_ID] = 36;
	k.offsets.off[KO_VCPU_KVM] = 0;
	k.offsets.off[KO_KVM_PID] = 3880;
	k.offsets.off[KO_KVM_VCPUS] = 2312;
	ck_str(define(FT_PUT, &k), "vpe=%x0:x64 id=+114(%x0):u16 irq=+20(%x0):s32"
	       " vcpu=-4620(%x0):s32 kvm=-4656(%x0):x64 pid=+3880(-4656(%x0)):s32"
	       " nr=+2312(-4656(%x0)):s32 db=%x1:u8");
	ck_str(define(FT_SLEEP, &k), "at=%x0:x64 off=\\+4656:u32");
}

static void flags_that_are_bits_are_fetched_as_bits(void **state)
{
	struct ft_kernel k = made_up();

	(void)state;
	k.offsets.off[KO_LPI_INTID] = 8;
	k.offsets.off[KO_LPI_HW] = 30;
	ck_str(define(FT_LPI_CONFIG, &k),
	       "kvm=%x0:x64 lpi=%x1:x64 intid=+8(%x1):u32 hw=+30(%x1):u8");
	k.offsets.bit[KO_LPI_HW] = 4;
	ck_str(define(FT_LPI_CONFIG, &k),
	       "kvm=%x0:x64 lpi=%x1:x64 intid=+8(%x1):u32 hw=+30(%x1):b1@3/8");
}

static void a_gicv4_1_is_told_with_loads_and_doorbells(void **state)
{
	struct ft_kernel k = made_up();

	(void)state;
	ck_true(strstr(define(FT_LOAD, &k), " gic41=\\+0:u8"));
	k.gic41 = true;
	ck_true(strstr(define(FT_LOAD, &k), " gic41=\\+1:u8"));
	ck_true(strstr(define(FT_DOORBELL, &k), " gic41=\\+1:u8"));
}

static void what_does_not_fit_is_not_cut(void **state)
{
	const struct ft_kernel k = made_up();
	char line[40];

	(void)state;
	ck_u64((uint64_t)-ftrace_event_define(FT_LOAD, "g", &k, line, sizeof(line)), E2BIG);
	ck_u64((uint64_t)-ftrace_event_define(FT_IRQ, "g", &k, line, sizeof(line)), EINVAL);
}

static void fields_are_known_by_whole_names(void **state)
{
	(void)state;
	ck_true(ftrace_event_has(FT_LOAD, FT_F_VPE));
	ck_true(ftrace_event_has(FT_LOAD, FT_F_VCPU));
	ck_true(ftrace_event_has(FT_IRQ, FT_F_IRQ));
	ck_true(!ftrace_event_has(FT_LOAD, FT_F_VM));
	ck_true(!ftrace_event_has(FT_LOAD_RET, FT_F_VPE));
}

static void figures_go_with_their_events(void **state)
{
	bool have[FT_NR_KINDS];
	uint32_t all;

	(void)state;
	memset(have, true, sizeof(have));
	all = ftrace_figures(have);
	ck_u64(all & (HOOK_FIG_LPIS | HOOK_FIG_DIRTY | HOOK_FIG_TAKEN), 0);
	ck_true(all & HOOK_FIG_MOVES && all & HOOK_FIG_SW_LPIS && all & HOOK_FIG_ENTRY);
	have[FT_VCMD_RET] = false;
	ck_u64(ftrace_figures(have), all & ~HOOK_FIG_MOVES);
	have[FT_VCMD_RET] = true;
	have[FT_SW_LPI] = false;
	ck_u64(ftrace_figures(have), all & ~HOOK_FIG_SW_LPIS);
}

static void the_lines_for_trace_cmd_make_record_and_remove_each_event(void **state)
{
	const struct ft_kernel k = made_up();
	char *text = NULL, want[256];
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);
	int kind;

	(void)state;
	assert_non_null(f);
	ftrace_print_trace_cmd(f, &k, NULL, NULL);
	fclose(f);
	ck_true(strstr(text, "trace-cmd record -C mono "));
	for (kind = 0; kind < FT_NR_KINDS; kind++) {
		snprintf(want, sizeof(want), " \\\n\t-e %s:%s", kind == FT_IRQ ? "irq" : "gicv4top",
			 ftrace_event_name(kind));
		ck_true(strstr(text, want));
		snprintf(want, sizeof(want), "'-:gicv4top/%s' >>", ftrace_event_name(kind));
		ck_true(!strstr(text, want) == (kind == FT_IRQ));
		snprintf(want, sizeof(want), ":gicv4top/%s ", ftrace_event_name(kind));
		ck_true(!strstr(text, want) == (kind == FT_IRQ));
	}
	ck_true(strstr(text, "-f 'name == \"vcpu\"'"));
	free(text);
}

static bool lacks(const void *ctx, const char *function)
{
	return strcmp(ctx, function);
}

static void the_lines_leave_out_what_a_kernel_lacks(void **state)
{
	const struct ft_kernel k = made_up();
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	assert_non_null(f);
	ftrace_print_trace_cmd(f, &k, lacks, ftrace_event_hook(FT_SW_LPI)->function);
	fclose(f);
	ck_true(!strstr(text, "sw_lpi"));
	ck_true(strstr(text, "gicv4top:load "));
	free(text);
}

/* --- offsets --- */

struct made_member {
	const char *name;		/* NULL: the last; "": anonymous */
	int type;
	uint32_t bits, width;
};

static int add_struct(struct btf *b, const char *name, const struct made_member *m)
{
	int id = btf__add_struct(b, name, 4096);

	assert_true(id > 0);
	for (; m->name; m++)
		ck_u64((uint64_t)-btf__add_field(b, m->name[0] ? m->name : NULL, m->type, m->bits,
						 (uint32_t)m->width), 0);
	return id;
}

#define STRUCT(b, name, ...)	\
	add_struct(b, name, (const struct made_member[]){ __VA_ARGS__, { NULL, 0, 0, 0 } })

/* What the kernel has, as far as it is asked for; @bits: flags of a vgic_irq are bits. */
static struct btf *make_btf(bool bits)
{
	struct btf *b = btf__new_empty();
	int i, v3, v3_union, cpu, arch, its, vgic;

	assert_non_null(b);
	i = btf__add_int(b, "int", 4, 0);
	its = STRUCT(b, "its_vpe", { "irq", i, 160, 0 }, { "resident", i, 256, 0 },
		     { "vpe_id", i, 912, 0 }, { "pending_last", i, 928, 0 });
	v3 = STRUCT(b, "vgic_v3_cpu_if", { "vgic_lr", i, 0, 0 }, { "its_vpe", its, 800, 0 });
	v3_union = STRUCT(b, NULL, { "vgic_v2", i, 0, 0 }, { "vgic_v3", v3, 0, 0 });
	cpu = STRUCT(b, "vgic_cpu", { "", v3_union, 1600, 0 });
	arch = STRUCT(b, "kvm_vcpu_arch", { "vgic_cpu", cpu, 8000, 0 });
	STRUCT(b, "kvm_vcpu", { "kvm", i, 0, 0 }, { "vcpu_id", i, 288, 0 },
	       { "wait", STRUCT(b, "rcuwait", { "task", i, 0, 0 }), 896, 0 },
	       { "arch", arch, 16000, 0 });
	vgic = STRUCT(b, "vgic_dist", { "its_vm", i, 640, 0 });
	arch = STRUCT(b, "kvm_arch", { "vgic", vgic, 6400, 0 });
	STRUCT(b, "kvm", { "arch", arch, 80, 0 }, { "created_vcpus", i, 88, 0 },
	       { "userspace_pid", i, 96, 0 });
	STRUCT(b, "its_vlpi_map", { "vm", i, 0, 0 }, { "vpe", i, 64, 0 }, { "vintid", i, 128, 0 },
	       { "properties", i, 160, 0 });
	v3 = STRUCT(b, NULL, { "vpe", i, 0, 0 }, { "seq_num", i, 128, 0 },
		    { "its_list", i, 144, 0 });
	STRUCT(b, "its_cmd_desc", { "", STRUCT(b, NULL, { "its_vmovp_cmd", v3, 0, 0 }), 0, 0 });
	STRUCT(b, "task_struct", { "__state", i, 192, 0 });
	STRUCT(b, "irq_data", { "chip_data", i, 384, 0 });
	v3 = STRUCT(b, NULL, { "data", i, 64, 0 }, { "devid", i, 128, 0 });
	STRUCT(b, "kvm_kernel_irq_routing_entry",
	       { "", STRUCT(b, NULL, { "msi", v3, 0, 0 }), 128, 0 });
	if (bits)
		STRUCT(b, "vgic_irq", { "intid", i, 64, 0 }, { "pending_latch", i, 225, 1 },
		       { "hw", i, 228, 1 });
	else
		STRUCT(b, "vgic_irq", { "intid", i, 64, 0 }, { "pending_latch", i, 488, 0 },
		       { "hw", i, 512, 0 });
	return b;
}

static void offsets_are_found_through_structures_without_a_name(void **state)
{
	struct btf *b = make_btf(false);
	const char *missing = "";
	struct kernel_offsets o;

	(void)state;
	ck_u64((uint64_t)-kernel_offsets_from_btf(b, &o, &missing), 0);
	ck_str(missing, "");
	ck_u64(o.off[KO_ITS_VPE], (16000 + 8000 + 1600 + 800) / 8);
	ck_u64(o.off[KO_VCPU_TASK], 896 / 8);
	ck_u64(o.off[KO_ITS_VM], (80 + 6400 + 640) / 8);
	ck_u64(o.off[KO_MSI_DEVID], (128 + 128) / 8);
	ck_u64(o.off[KO_CMD_LIST], 18);
	ck_u64(o.off[KO_LPI_HW], 64);
	ck_u64(o.bit[KO_LPI_HW], 0);
	btf__free(b);
}

static void offsets_of_single_bits_are_a_byte_and_a_bit(void **state)
{
	struct btf *b = make_btf(true);
	struct kernel_offsets o;

	(void)state;
	ck_u64((uint64_t)-kernel_offsets_from_btf(b, &o, NULL), 0);
	ck_u64(o.off[KO_LPI_HW], 28);
	ck_u64(o.bit[KO_LPI_HW], 4 + 1);
	ck_u64(o.off[KO_LPI_PENDING], 28);
	ck_u64(o.bit[KO_LPI_PENDING], 1 + 1);
	btf__free(b);
}

static void a_kernel_that_lacks_a_member_is_refused_by_its_name(void **state)
{
	struct btf *b = btf__new_empty();
	const char *missing = "";
	struct kernel_offsets o;

	(void)state;
	ck_u64((uint64_t)-kernel_offsets_from_btf(b, &o, &missing), ENOENT);
	ck_str(missing, kernel_offset_name(0));
	btf__free(b);
}

static void releases_are_known_by_their_exact_name(void **state)
{
	struct kernel_offsets o;
	size_t i;

	(void)state;
	for (i = 0; kernel_offsets_release(i); i++) {
		ck_u64((uint64_t)-kernel_offsets_known(kernel_offsets_release(i), &o), 0);
		ck_true(o.off[KO_ITS_VPE] && o.off[KO_ITS_VM] && o.off[KO_LPI_PENDING]);
	}
	ck_true(i >= 2);
	ck_u64((uint64_t)-kernel_offsets_known("6.12", &o), ENOENT);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		UNIT_TEST(every_kind_can_be_defined_and_stands_for_a_hook),
		UNIT_TEST(no_argument_is_too_long_for_the_kernel),
		UNIT_TEST(offsets_are_put_where_the_templates_say),
		UNIT_TEST(flags_that_are_bits_are_fetched_as_bits),
		UNIT_TEST(a_gicv4_1_is_told_with_loads_and_doorbells),
		UNIT_TEST(what_does_not_fit_is_not_cut),
		UNIT_TEST(fields_are_known_by_whole_names),
		UNIT_TEST(figures_go_with_their_events),
		UNIT_TEST(the_lines_for_trace_cmd_make_record_and_remove_each_event),
		UNIT_TEST(the_lines_leave_out_what_a_kernel_lacks),
		UNIT_TEST(offsets_are_found_through_structures_without_a_name),
		UNIT_TEST(offsets_of_single_bits_are_a_byte_and_a_bit),
		UNIT_TEST(a_kernel_that_lacks_a_member_is_refused_by_its_name),
		UNIT_TEST(releases_are_known_by_their_exact_name),
	};

	return unit_main(tests, UNIT_ARRAY_SIZE(tests));
}
