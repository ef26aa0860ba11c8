// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the list of structure members that the ftrace way reads, and the table of
 * releases. Each member is a path; members of anonymous unions and structures on the
 * way need no name of their own, as in C.
 *
 * The table's numbers were read from these kernels' own BTF; tests/lab/test_ftrace.py
 * compares them with it. To add a release: "g4ftrace offsets BTF-FILE" prints its row.
 */
#include <errno.h>
#include <string.h>

#include <bpf/btf.h>

#include "kernel_offsets.h"
#include "util.h"

struct member {
	const char *name;		/* in templates */
	const char *structure, *path;
};

static const struct member members[KO_NR] = {
	[KO_ITS_VPE]	= { "its_vpe", "kvm_vcpu", "arch.vgic_cpu.vgic_v3.its_vpe" },
	[KO_VCPU_KVM]	= { "vcpu_kvm", "kvm_vcpu", "kvm" },
	[KO_VCPU_ID]	= { "vcpu_id", "kvm_vcpu", "vcpu_id" },
	[KO_VCPU_TASK]	= { "vcpu_task", "kvm_vcpu", "wait.task" },
	[KO_ITS_VM]	= { "its_vm", "kvm", "arch.vgic.its_vm" },
	[KO_KVM_VCPUS]	= { "kvm_vcpus", "kvm", "created_vcpus" },
	[KO_KVM_PID]	= { "kvm_pid", "kvm", "userspace_pid" },
	[KO_VPE_IRQ]	= { "vpe_irq", "its_vpe", "irq" },
	[KO_VPE_RESIDENT] = { "vpe_resident", "its_vpe", "resident" },
	[KO_VPE_ID]	= { "vpe_id", "its_vpe", "vpe_id" },
	[KO_VPE_PENDING] = { "vpe_pending", "its_vpe", "pending_last" },
	[KO_MAP_VM]	= { "map_vm", "its_vlpi_map", "vm" },
	[KO_MAP_VPE]	= { "map_vpe", "its_vlpi_map", "vpe" },
	[KO_MAP_VINTID]	= { "map_vintid", "its_vlpi_map", "vintid" },
	[KO_MAP_PROP]	= { "map_prop", "its_vlpi_map", "properties" },
	[KO_CMD_VPE]	= { "cmd_vpe", "its_cmd_desc", "its_vmovp_cmd.vpe" },
	[KO_CMD_SEQ]	= { "cmd_seq", "its_cmd_desc", "its_vmovp_cmd.seq_num" },
	[KO_CMD_LIST]	= { "cmd_list", "its_cmd_desc", "its_vmovp_cmd.its_list" },
	[KO_TASK_STATE]	= { "task_state", "task_struct", "__state" },
	[KO_CHIP_DATA]	= { "chip_data", "irq_data", "chip_data" },
	[KO_MSI_DATA]	= { "msi_data", "kvm_kernel_irq_routing_entry", "msi.data" },
	[KO_MSI_DEVID]	= { "msi_devid", "kvm_kernel_irq_routing_entry", "msi.devid" },
	[KO_LPI_INTID]	= { "lpi_intid", "vgic_irq", "intid" },
	[KO_LPI_HW]	= { "lpi_hw", "vgic_irq", "hw" },
	[KO_LPI_PENDING] = { "lpi_pending", "vgic_irq", "pending_latch" },
};

static const struct known {
	const char *release;
	struct kernel_offsets offsets;
} known[] = {
	/* in the order of enum kernel_offset; no bits in either */
	{ "6.1.0-56-arm64", { .off = {
		3920, 0, 36, 112, 2728, 2312, 3968, 20, 32, 114, 116, 0, 8,
		16, 20, 0, 16, 18, 24, 48, 24, 32, 56, 64, 61 } } },
	{ "6.12.117+deb12-arm64", { .off = {
		4656, 0, 36, 112, 2832, 2312, 3880, 20, 32, 114, 116, 0, 8,
		16, 20, 0, 16, 18, 24, 48, 24, 32, 56, 64, 61 } } },
};

const char *kernel_offset_name(enum kernel_offset which)
{
	return members[which].name;
}

const char *kernel_offsets_release(size_t i)
{
	return i < ARRAY_SIZE(known) ? known[i].release : NULL;
}

int kernel_offsets_known(const char *release, struct kernel_offsets *ret_offsets)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(known); i++) {
		if (!strcmp(known[i].release, release)) {
			*ret_offsets = known[i].offsets;
			return 0;
		}
	}
	return -ENOENT;
}

/* A member as it lies in its structure. */
struct found {
	uint32_t type;			/* id */
	uint32_t bits, width;		/* offset; width of a bit field, else 0 */
};

static uint32_t bare_type(const struct btf *btf, uint32_t id)
{
	const struct btf_type *t = btf__type_by_id(btf, id);

	while (t && (btf_is_mod(t) || btf_is_typedef(t))) {
		id = t->type;
		t = btf__type_by_id(btf, id);
	}
	return id;
}

/* The member @name (of @len bytes) of structure @id, itself or in an anonymous member. */
static bool find_member(const struct btf *btf, uint32_t id, const char *name, size_t len,
			struct found *f)
{
	const struct btf_type *t = btf__type_by_id(btf, bare_type(btf, id));
	const struct btf_member *m;
	uint32_t bits = f->bits;
	const char *its_name;
	int i;

	if (!t || !btf_is_composite(t))
		return false;
	for (i = 0, m = btf_members(t); i < btf_vlen(t); i++, m++) {
		its_name = btf__name_by_offset(btf, m->name_off);
		f->bits = bits + btf_member_bit_offset(t, (uint32_t)i);
		if (!its_name || !its_name[0]) {
			if (find_member(btf, m->type, name, len, f))
				return true;
			continue;
		}
		if (strlen(its_name) != len || memcmp(its_name, name, len))
			continue;
		f->type = m->type;
		f->width = btf_member_bitfield_size(t, (uint32_t)i);
		return true;
	}
	f->bits = bits;
	return false;
}

static bool find_path(const struct btf *btf, const struct member *m, struct found *f)
{
	int id = btf__find_by_name_kind(btf, m->structure, BTF_KIND_STRUCT);
	const char *p = m->path;
	size_t len;

	if (id < 0)
		return false;
	*f = (struct found){ .type = (uint32_t)id };
	for (; *p; p += len + (p[len] == '.')) {
		len = strcspn(p, ".");
		if (!find_member(btf, f->type, p, len, f))
			return false;
	}
	return true;
}

int kernel_offsets_from_btf(const struct btf *btf, struct kernel_offsets *ret_offsets,
			    const char **ret_missing)
{
	struct kernel_offsets o = { .off = { 0 } };
	struct found f;
	int i;

	for (i = 0; i < KO_NR; i++) {
		if (!find_path(btf, &members[i], &f) || f.width > 1 || (!f.width && f.bits % 8)) {
			if (ret_missing)
				*ret_missing = members[i].name;
			return -ENOENT;
		}
		o.off[i] = f.bits / 8;
		o.bit[i] = f.width ? (uint8_t)(f.bits % 8 + 1) : 0;
	}
	*ret_offsets = o;
	return 0;
}
