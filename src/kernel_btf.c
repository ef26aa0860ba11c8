// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the kernel's BTF and an index of its functions' names (open addressing;
 * the names are borrowed from the BTF).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>

#include "kernel_btf.h"

/* Names of all functions in the kernel's BTF, with how often each occurs. */
struct kernel_btf {
	struct btf *btf;
	const char **names;		/* open addressing, borrowed from @btf */
	unsigned char *counts;
	size_t size;			/* power of two */
};

static size_t hash_name(const char *name)
{
	size_t hash = 14695981039346656037UL;

	while (*name)
		hash = (hash ^ (unsigned char)*name++) * 1099511628211UL;
	return hash;
}

static size_t btf_slot(const struct kernel_btf *b, const char *name)
{
	size_t i = hash_name(name) & (b->size - 1);

	while (b->names[i] && strcmp(b->names[i], name))
		i = (i + 1) & (b->size - 1);
	return i;
}

void kernel_btf_free(struct kernel_btf *b)
{
	if (!b)
		return;
	btf__free(b->btf);
	free(b->names);
	free(b->counts);
	free(b);
}

struct kernel_btf *kernel_btf_load(void)
{
	struct kernel_btf *b = calloc(1, sizeof(*b));
	const struct btf_type *t;
	__u32 id, nr;
	size_t slot;

	if (!b)
		return NULL;
	b->btf = btf__load_vmlinux_btf();
	if (!b->btf) {
		free(b);
		return NULL;
	}
	nr = btf__type_cnt(b->btf);
	for (b->size = 1024; b->size < nr; b->size *= 2)
		;
	b->names = calloc(b->size, sizeof(*b->names));
	b->counts = calloc(b->size, 1);
	if (!b->names || !b->counts) {
		kernel_btf_free(b);
		return NULL;
	}
	for (id = 1; id < nr; id++) {
		t = btf__type_by_id(b->btf, id);
		if (!btf_is_func(t))
			continue;
		slot = btf_slot(b, btf__name_by_offset(b->btf, t->name_off));
		b->names[slot] = btf__name_by_offset(b->btf, t->name_off);
		if (b->counts[slot] < 255)
			b->counts[slot]++;
	}
	return b;
}

const struct btf *kernel_btf_types(const struct kernel_btf *b)
{
	return b->btf;
}

unsigned int kernel_btf_functions(const struct kernel_btf *b, const char *name)
{
	return b->counts[btf_slot(b, name)];
}

bool kernel_btf_has_enum(const struct kernel_btf *b, const char *name)
{
	return btf__find_by_name_kind(b->btf, name, BTF_KIND_ENUM) > 0;
}

bool kernel_btf_has_tracepoint(const struct kernel_btf *b, const char *event)
{
	char type[128];

	snprintf(type, sizeof(type), "btf_trace_%s", event);
	return btf__find_by_name_kind(b->btf, type, BTF_KIND_TYPEDEF) > 0;
}

/* Two structures are called its_device; the vITS's has a list of entries. */
uint32_t kernel_btf_guest_devid_off(const struct kernel_btf *b)
{
	const struct btf_member *m;
	const struct btf_type *t;
	uint32_t id, off;
	bool guests;
	int i;

	for (id = 1; id < btf__type_cnt(b->btf); id++) {
		t = btf__type_by_id(b->btf, id);
		if (!btf_is_struct(t) ||
		    strcmp(btf__name_by_offset(b->btf, t->name_off), "its_device"))
			continue;
		guests = false;
		off = 0;
		for (i = 0, m = btf_members(t); i < btf_vlen(t); i++, m++) {
			if (!strcmp(btf__name_by_offset(b->btf, m->name_off), "itt_head"))
				guests = true;
			if (!strcmp(btf__name_by_offset(b->btf, m->name_off), "device_id"))
				off = btf_member_bit_offset(t, (uint32_t)i) / 8;
		}
		if (guests)
			return off;
	}
	return 0;
}
