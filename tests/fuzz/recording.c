// SPDX-License-Identifier: GPL-2.0
/*
 * Recordings as anybody may hand them to the reader: header, index, chunks, records, the
 * fold of them, snapshots, the model and exports, in steps, at once, and from a place in
 * the middle. What changes the inputs is image/rec_mutate.c. The file's id says how it is
 * played.
 */
#include <sys/mman.h>
#include <unistd.h>

#include "export_hdr.h"
#include "export_perfetto.h"
#include "fuzz.h"
#include "rec_play.h"
#include "sample.h"

struct seen {
	uint64_t records, gaps, samples;
};

static void event(void *ctx, struct fold_vpe *fv, const struct g4_rec *rec, uint64_t latency_ns)
{
	struct seen *seen = ctx;

	must(rec->type < G4_REC_SW_LPI && rec->type && fv->v.vpe == rec->vpe);
	must(!latency_ns || rec->type == G4_REC_VPE_LOAD);
	must(fv->vm && fv->v.run.state <= G4_VPE_BLOCKED);
	seen->records++;
}

static void rare(void *ctx, const struct g4_rec_long *rec, const char *text)
{
	struct seen *seen = ctx;

	must(rec->r.type >= G4_REC_LONG && strlen(text) < MODEL_NAME_LEN);
	seen->records++;
}

static void gap(void *ctx, bool begin, uint64_t ts_ns)
{
	struct seen *seen = ctx;

	(void)ts_ns;
	seen->gaps += begin;
}

static void sample(void *ctx, const struct sample *s)
{
	struct seen *seen = ctx;

	must(s->vms && s->lrs && s->direct);
	seen->samples++;
}

static uint64_t promised(const struct rec_play *p)
{
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < p->file.nr; i++)
		sum += p->file.index[i].nr_records;
	return sum;
}

/* What is done with it; of what costs much, all bits must be there: a few recordings of many. */
enum how {
	HISTS = 0x1, KEEP = 0x2, STEPS = 0xc, MIDDLE = 0x20, TWICE = 0x40,
	SNAP_HISTS = 0x11, MODEL = 0x180, EXPORTS = 0x780,
};

static bool does(uint16_t how, uint16_t what)
{
	return (how & what) == what;
}

static FILE *nowhere(void)
{
	static FILE *f;

	if (!f)
		f = fopen("/dev/null", "w");
	must(f);
	return f;
}

static void export_model(const struct model *m)
{
	const struct export_hdr_window window = { .to_ns = 1 };
	struct hist_opts opts = { .per_vpe = true };

	memset(opts.which, 1, sizeof(opts.which));
	must(!export_hdr_write(nowhere(), m, &opts, &window));
}

static void look(const struct rec_play *p, struct snapshot *snap, struct model *m, uint16_t how)
{
	const struct model_filter filter = { .vcpu = -1, .detail = true };
	const struct fold *f = &p->fold;
	uint32_t i;

	must(!fold_snapshot(f, f->now_ns, does(how, SNAP_HISTS) ? FOLD_ALL_HISTS : FOLD_NO_HISTS, 0,
			    snap));
	must(snap->nr_vms == f->nr_vms && snap->nr_vpes == f->nr_vpes);
	must(snap->nr_vlpis >= f->nr_vlpis);
	for (i = 0; i < f->nr_vpes; i++)
		must(f->vpes[i]->vm && f->vpes[i]->nr == i);
	if (!does(how, MODEL))
		return;
	must(!model_update(m, snap, &filter, NULL));
	if (does(how, EXPORTS))
		export_model(m);
}

/* In a few steps, looking after each. */
static void play_steps(struct rec_play *p, uint16_t how)
{
	const uint32_t steps = 1 + (how & STEPS) / 4;
	const uint64_t first = p->info.first_ns, last = p->info.last_ns;
	struct snapshot snap = { .nr_vms = 0 };
	struct model m = { .nr_vms = 0 };
	uint64_t until;
	uint32_t i;

	for (i = 1; i <= steps; i++) {
		until = i == steps ? UINT64_MAX : first + (last - first) / steps * i;
		must(!rec_play_until(p, until));
		must(p->played == p->fold.nr_records && p->played <= promised(p));
		look(p, &snap, &m, i == steps ? how : 0);
	}
	must(rec_play_at_end(p));
	model_clear(&m);
	snapshot_clear(&snap);
}

struct figures {
	uint64_t played, lost, sum, skipped;
	uint64_t nr_vms, nr_vpes, nr_vlpis;
};

static void figures_of(const struct rec_play *p, struct figures *ret_figures)
{
	const struct fold *f = &p->fold;
	uint32_t i;

	*ret_figures = (struct figures){ .played = p->played, .lost = p->lost,
		.skipped = p->file.damage.skipped_chunks, .nr_vms = f->nr_vms,
		.nr_vpes = f->nr_vpes, .nr_vlpis = f->nr_vlpis };
	for (i = 0; i < f->nr_vpes; i++) {
		const struct g4_vpe *v = &f->vpes[i]->v;

		ret_figures->sum += v->run.loads + 3 * v->run.puts + 5 * v->db.count[G4_DB_USEFUL] +
				    7 * v->run.in_ns[G4_VPE_RESIDENT] + 11 * v->run.state +
				    13 * v->run.since_ns;
	}
}

static void play(struct rec_play *p, uint16_t how)
{
	const uint64_t middle = p->info.first_ns + (p->info.last_ns - p->info.first_ns) / 2;
	struct figures steps, once;
	struct seen seen = { 0 };

	p->watch = (struct rec_watch){ .event = event, .rare = rare, .gap = gap,
				       .sample = sample, .ctx = &seen };
	play_steps(p, how);
	must(seen.records <= p->played && (!seen.gaps || p->fold.nr_gaps));
	figures_of(p, &steps);
	/* steps make no difference */
	if (how & TWICE) {
		must(!rec_play_seek(p, 0, false) && !rec_play_until(p, UINT64_MAX));
		figures_of(p, &once);
		must(!memcmp(&steps, &once, sizeof(steps)));
	}
	if (how & MIDDLE) {
		must(!rec_play_seek(p, middle, true) && !rec_play_until(p, middle));
		must(!rec_play_until(p, UINT64_MAX) && rec_play_at_end(p));
		must(p->played == p->fold.nr_records && p->played <= promised(p));
	}
	if (does(how, EXPORTS)) {
		must(!rec_play_seek(p, 0, false) && !export_perfetto_write(p, nowhere(), NULL));
		must(rec_play_at_end(p));
	}
}

/* Damage is passed over; it never fails. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint16_t how = size > 17 ? (uint16_t)(data[16] | data[17] << 8) : 0;
	const struct fold_opts opts = { .hists = how & HISTS, .keep = how & KEEP };
	static int memory = -1;
	enum rec_verdict verdict = REC_NEWER;
	struct rec_play p;
	int fd;

	if (memory < 0)
		memory = memfd_create("recording", MFD_CLOEXEC);
	must(memory >= 0 && !ftruncate(memory, 0));
	must(pwrite(memory, data, size, 0) == (ssize_t)size);
	fd = dup(memory);
	must(fd >= 0);
	must(!rec_play_open(&p, fd, &opts, &verdict));
	must(verdict <= REC_EMPTY);
	if (verdict == REC_GOOD)
		play(&p, how);
	rec_play_close(&p);
	return 0;
}
