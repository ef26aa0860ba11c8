// SPDX-License-Identifier: GPL-2.0
/*
 * Events of ftrace, as a trace.dat from anywhere may have them: in any order, of any CPU,
 * with anything in them. Whatever comes, records are handed out in order of time, none is
 * of a vPE that was not told of before, and none waits for ever.
 */
#include "ftrace_decode.h"
#include "fuzz.h"

#define EVENT_BYTES	8U

struct seen {
	uint64_t last_ns, until_ns;
	struct fold fold;		/* of a reader who knows the records only */
};

static void take(void *ctx, const struct g4_rec *rec)
{
	struct seen *s = ctx;

	must(rec->type && rec->type < G4_NR_REC_TYPES);
	must(rec->ts_ns >= s->last_ns && rec->ts_ns <= s->until_ns);
	s->last_ns = rec->ts_ns;
	if (rec->type < G4_REC_LONG && rec->type != G4_REC_SW_LPI)
		must(fold_find_vpe(&s->fold, rec->vpe));
	if (rec->type == G4_REC_SW_LPI)
		must(fold_find_vm(&s->fold, rec->arg_ns));
	must(!fold_record(&s->fold, rec, NULL));
	fold_bury(&s->fold);
}

/* Few addresses, so that they meet each other. */
static struct ft_event event_of(const uint8_t *p, uint64_t ts_ns)
{
	struct ft_event ev = { .ts_ns = ts_ns, .kind = p[0] % (FT_NR_KINDS + 1U),
			       .cpu = p[1] & 7, .tid = p[1] >> 5 };
	int i;

	for (i = 0; i < FT_NR_FIELDS; i++)
		ev.v[i] = p[4 + i % 4] >> (i / 4 % 6) & 3;
	ev.v[FT_F_VPE] = p[4] & 7;
	ev.v[FT_F_KVM] = p[5] & 3;
	ev.v[FT_F_IRQ] = p[6] & 7;
	ev.v[FT_F_INTID] = 8190 + (p[7] & 3);
	return ev;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct fold_opts opts = { .hists = false };
	struct ftrace_decode *d = ftrace_decode_new(4);
	struct seen s = { .last_ns = 0 };
	uint64_t ts_ns = 1000, complete_ns;
	struct ft_event ev;

	must(d && !fold_init(&s.fold, &opts));
	for (; size >= EVENT_BYTES; data += EVENT_BYTES, size -= EVENT_BYTES) {
		ts_ns += data[2];
		ev = event_of(data, ts_ns);
		if (ev.kind == FT_NR_KINDS)
			must(!ftrace_decode_lost(d, ev.cpu, ts_ns - data[3], ts_ns));
		else
			must(!ftrace_decode_add(d, &ev));
		if (data[3] & 0xc0)
			continue;
		s.until_ns = ts_ns;
		must(!ftrace_decode_take(d, ts_ns, take, &s, &complete_ns));
		must(complete_ns <= ts_ns);
	}
	s.until_ns = UINT64_MAX;
	must(!ftrace_decode_take(d, UINT64_MAX, take, &s, &complete_ns));
	must(complete_ns == UINT64_MAX);
	/* who reads the records knows what the decoder knows */
	must(s.fold.nr_vpes == ftrace_decode_fold(d)->nr_vpes);
	must(s.fold.nr_vms == ftrace_decode_fold(d)->nr_vms);
	must(s.fold.nr_vlpis == ftrace_decode_fold(d)->nr_vlpis);
	ftrace_decode_free(d);
	fold_clear(&s.fold);
	return 0;
}
