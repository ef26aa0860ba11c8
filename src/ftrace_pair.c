// SPDX-License-Identifier: GPL-2.0
/*
 * Owns the pairing of one CPU's events; see ftrace_pair.h. A return is unmatched when
 * its entry should have been seen: not the first of its kind, which may have been under
 * way when recording began, or when events were lost.
 */
#include <string.h>

#include "ftrace_pair.h"

static void emit(struct ft_out *out, const struct ft_event *ev)
{
	if (out->nr < 2)
		out->ev[out->nr++] = *ev;
}

static void open_one(struct ft_pair *p, struct ft_open *o, const struct ft_event *ev)
{
	/* its return probe was missed */
	if (o->open)
		p->unmatched++;
	o->ev = *ev;
	o->open = true;
	o->seen = true;
}

/* Ends @o at @ev's time; false: there was no entry. */
static bool close_one(struct ft_pair *p, struct ft_open *o, const struct ft_event *ev)
{
	if (!o->open) {
		p->unmatched += o->seen;
		return false;
	}
	o->open = false;
	o->ev.ts_ns = ev->ts_ns;
	return true;
}

void ft_pair_give_up(struct ft_pair *p, struct ft_out *out)
{
	struct ft_event ev = p->irq.ev;

	if (!p->irq.open)
		return;
	p->irq.open = false;
	ev.kind = FT_DOORBELL;
	ev.has = 0;
	emit(out, &ev);
}

uint64_t ft_pair_waits_ns(const struct ft_pair *p)
{
	return p->irq.open ? p->irq.ev.ts_ns : 0;
}

void ft_pair_lost(struct ft_pair *p)
{
	uint64_t unmatched = p->unmatched;
	uint32_t seq = p->vmovp_seq;

	memset(p, 0, sizeof(*p));
	p->unmatched = unmatched;
	p->vmovp_seq = seq;
}

/* The kprobe of the doorbell whose tracepoint came just before, if that was seen. */
static void doorbell(struct ft_pair *p, const struct ft_event *ev, struct ft_out *out)
{
	struct ft_event whole = *ev;

	whole.has = 1;
	if (p->irq.open && p->irq.ev.v[FT_F_IRQ] == ev->v[FT_F_IRQ])
		whole.ts_ns = p->irq.ev.ts_ns;
	else
		ft_pair_give_up(p, out);
	p->irq.open = false;
	emit(out, &whole);
	p->doorbell.ev = whole;
	p->doorbell.open = true;
}

static void doorbell_ret(struct ft_pair *p, const struct ft_event *ev, struct ft_out *out)
{
	if (!p->doorbell.open)
		return;
	p->doorbell.open = false;
	p->doorbell.ev.kind = FT_DOORBELL_RET;
	p->doorbell.ev.ts_ns = ev->ts_ns;
	emit(out, &p->doorbell.ev);
}

/*
 * The command under way is a VMOVP. On machines with an ITSList one move is a command to
 * every ITS, all with one sequence number: the first counts.
 */
static void vmovp(struct ft_pair *p, const struct ft_event *ev)
{
	uint32_t seq = (uint32_t)ev->v[FT_F_SEQ] + 1;

	if (ev->v[FT_F_LIST]) {
		if (seq == p->vmovp_seq)
			return;
		p->vmovp_seq = seq;
	}
	p->vmovp = *ev;
	p->has_vmovp = true;
}

static void vcmd_ret(struct ft_pair *p, const struct ft_event *ev, struct ft_out *out)
{
	if (p->has_vmovp && p->vcmd.open) {
		p->vmovp.v[FT_F_RET] = g4_span(p->vcmd.ev.ts_ns, ev->ts_ns);
		p->vmovp.ts_ns = ev->ts_ns;
		emit(out, &p->vmovp);
	}
	p->has_vmovp = false;
	p->vcmd.open = false;
}

void ft_pair_add(struct ft_pair *p, const struct ft_event *ev, struct ft_out *out)
{
	out->nr = 0;
	if (ev->kind != FT_DOORBELL)
		ft_pair_give_up(p, out);
	switch (ev->kind) {
	case FT_LOAD:
		open_one(p, &p->load, ev);
		break;
	case FT_LOAD_RET:
		if (close_one(p, &p->load, ev) && !(uint32_t)ev->v[FT_F_RET])
			emit(out, &p->load.ev);
		break;
	case FT_COMMIT:
		open_one(p, &p->commit, ev);
		break;
	case FT_COMMIT_RET:
		if (close_one(p, &p->commit, ev))
			emit(out, &p->commit.ev);
		break;
	case FT_IRQ:
		p->irq.ev = *ev;
		p->irq.open = true;
		break;
	case FT_DOORBELL:
		doorbell(p, ev, out);
		break;
	case FT_DOORBELL_RET:
		doorbell_ret(p, ev, out);
		break;
	case FT_VCMD:
		p->vcmd.ev = *ev;
		p->vcmd.open = true;
		p->has_vmovp = false;
		break;
	case FT_VCMD_RET:
		vcmd_ret(p, ev, out);
		break;
	case FT_VMOVP:
		vmovp(p, ev);
		break;
	default:
		emit(out, ev);
		break;
	}
}
