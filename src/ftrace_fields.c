// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the places of fields in raw events, by the event's id. What an event was told to
 * fetch from within a structure (FT_F_AT, FT_F_VM and how deep: FT_F_OFF) is made into
 * the address that everybody else speaks of.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <event-parse.h>

#include "ftrace_fields.h"

#define NR_IDS		65536
#define COMMON_SIZE	8		/* type, flags, preempt_count, pid */

/* Interrupts whose action has this name are doorbells (vgic_v4_init() requests them). */
#define DOORBELL_NAME	"vcpu"

struct place {
	uint16_t off;
	uint8_t size;			/* 0: there is no such field */
};

struct ft_fields {
	struct tep_handle *tep;		/* borrowed */
	uint8_t kind_of[NR_IDS];	/* + 1; 0: not ours */
	struct place places[FT_NR_KINDS][FT_NR_FIELDS];
	struct place name;		/* of FT_IRQ: where its text is */
	bool have[FT_NR_KINDS];
};

static bool is_system(const char *system, const char *group)
{
	if (group)
		return !strcmp(system, group);
	return !strncmp(system, FTRACE_GROUP, strlen(FTRACE_GROUP));
}

static int kind_of(const struct tep_event *e, const char *group)
{
	int kind;

	for (kind = 0; kind < FT_NR_KINDS; kind++) {
		if (strcmp(e->name, ftrace_event_name(kind)))
			continue;
		if (kind == FT_IRQ ? !strcmp(e->system, ftrace_event_system(kind, group)) :
				     is_system(e->system, group))
			return kind;
	}
	return -ENOENT;
}

static struct place find_place(struct tep_event *e, const char *name)
{
	struct tep_format_field *field = tep_find_any_field(e, name);

	if (!field || field->offset < 0 || field->offset > UINT16_MAX ||
	    (field->size != 1 && field->size != 2 && field->size != 4 && field->size != 8))
		return (struct place){ .size = 0 };
	return (struct place){ .off = (uint16_t)field->offset, .size = (uint8_t)field->size };
}

/* Whether it has all that its kind fetches: a group of that name may be somebody else's. */
static bool add_event(struct ft_fields *f, struct tep_event *e, enum ft_kind kind)
{
	struct place places[FT_NR_FIELDS] = { { .size = 0 } };
	int field;

	for (field = 0; field < FT_NR_FIELDS; field++) {
		if (!ftrace_event_has(kind, field))
			continue;
		places[field] = find_place(e, ft_field_name(field));
		if (!places[field].size)
			return false;
	}
	if (kind == FT_IRQ)
		f->name = find_place(e, "name");
	memcpy(f->places[kind], places, sizeof(places));
	f->kind_of[e->id] = (uint8_t)(kind + 1);
	f->have[kind] = true;
	return true;
}

int ft_fields_new(struct tep_handle *tep, const char *group, struct ft_fields **ret_fields)
{
	struct ft_fields *f = calloc(1, sizeof(*f));
	int i, kind, nr = tep_get_events_count(tep);
	struct tep_event *e;
	bool any = false;

	if (!f)
		return -ENOMEM;
	f->tep = tep;
	for (i = 0; i < nr; i++) {
		e = tep_get_event(tep, i);
		if (!e || !e->name || !e->system || e->id < 0 || e->id >= NR_IDS)
			continue;
		kind = kind_of(e, group);
		if (kind >= 0 && add_event(f, e, kind) && kind != FT_IRQ)
			any = true;
	}
	if (!any) {
		free(f);
		return -ENOENT;
	}
	*ret_fields = f;
	return 0;
}

void ft_fields_free(struct ft_fields *f)
{
	free(f);
}

const bool *ft_fields_have(const struct ft_fields *f)
{
	return f->have;
}

static bool fits(const struct place *p, size_t size)
{
	return p->size && (size_t)p->off + p->size <= size;
}

/* Whether the interrupt's action is a doorbell's: the text lies where the field says. */
static bool is_doorbell(const struct ft_fields *f, const char *data, size_t size)
{
	uint32_t loc, off, len;

	if (f->name.size != 4 || !fits(&f->name, size))
		return false;
	loc = (uint32_t)tep_read_number(f->tep, data + f->name.off, 4);
	off = loc & 0xffff;
	len = loc >> 16;
	return len >= sizeof(DOORBELL_NAME) && (size_t)off + sizeof(DOORBELL_NAME) <= size &&
	       !memcmp(data + off, DOORBELL_NAME, sizeof(DOORBELL_NAME));
}

bool ft_fields_decode(const struct ft_fields *f, void *data, size_t size,
		      struct ft_event *ret_ev)
{
	struct tep_record rec = { .data = data, .size = (int)size };
	const struct place *p;
	int id, field;

	if (size < COMMON_SIZE)
		return false;
	id = tep_data_type(f->tep, &rec);
	if (id < 0 || id >= NR_IDS || !f->kind_of[id])
		return false;
	memset(ret_ev, 0, sizeof(*ret_ev));
	ret_ev->kind = f->kind_of[id] - 1U;
	ret_ev->tid = (uint32_t)tep_data_pid(f->tep, &rec);
	for (field = 0; field < FT_NR_FIELDS; field++) {
		p = &f->places[ret_ev->kind][field];
		if (fits(p, size))
			ret_ev->v[field] = tep_read_number(f->tep, (char *)data + p->off, p->size);
	}
	if (ret_ev->kind == FT_IRQ && !is_doorbell(f, data, size))
		return false;
	if (ret_ev->v[FT_F_AT])
		ret_ev->v[FT_F_VPE] = ret_ev->v[FT_F_AT] + ret_ev->v[FT_F_OFF];
	if (ret_ev->v[FT_F_VM])
		ret_ev->v[FT_F_KVM] = ret_ev->v[FT_F_VM] - ret_ev->v[FT_F_OFF];
	return true;
}
