// SPDX-License-Identifier: GPL-2.0
/*
 * What a report says of what is missing: records lost while they were recorded, by CPU and
 * by chunk (a chunk counts as a whole where a part of it lies in the window), what samples
 * tell besides, times in which nothing is known, and what could not be read.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "report_priv.h"
#include "sample.h"

uint64_t report_gap_ns(const struct fold *f, uint64_t ns)
{
	return f->gap_ns + (f->gaps ? g4_span(f->gap_since_ns, ns) : 0);
}

/* Counts of the chunk that the window begins in are of the window: so is what it has lost. */
int report_base_losses(struct play *pl)
{
	const struct rec_play *p = pl->p;
	struct rec_view v = p->chunk.views[REC_CPUS];
	size_t size = ((size_t)p->info.nr_cpus + 1) * sizeof(uint64_t);
	struct report_losses *b = &pl->base;
	uint64_t cpu, recorded, lost;

	b->cpu_recorded = calloc(1, size);
	b->cpu_lost = calloc(1, size);
	if (!b->cpu_recorded || !b->cpu_lost)
		return -ENOMEM;
	memcpy(b->cpu_recorded, p->played_cpus, size);
	memcpy(b->cpu_lost, p->lost_cpus, size);
	b->lost = p->lost;
	b->gaps = p->fold.nr_gaps - (p->fold.gaps != 0);
	b->gap_ns = report_gap_ns(&p->fold, pl->from_ns);
	if (p->fold.sample) {
		b->map_full = p->fold.sample->loss.vms_full + p->fold.sample->loss.vpes_full +
			      p->fold.sample->loss.vlpis_full;
		b->unmatched = p->fold.sample->loss.unmatched;
		b->missed = p->fold.sample->missed;
	}
	if (!p->in_chunk)
		return 0;
	b->lost -= p->chunk.h.nr_lost;
	while (v.p < v.end && !v.bad) {
		cpu = rec_get(&v);
		recorded = rec_get(&v);
		lost = rec_get(&v);
		rec_get(&v);
		if (v.bad || cpu >= p->info.nr_cpus)
			continue;
		b->cpu_recorded[cpu] -= recorded;
		b->cpu_lost[cpu] -= lost;
	}
	return 0;
}

/* What has come to them since. */
void report_end_losses(struct play *pl)
{
	const struct rec_play *p = pl->p;
	const struct report_losses *b = &pl->base;
	struct report_losses *l = &pl->r->losses;
	const struct rec_damage *d = &p->file.damage;
	const struct sample *s = p->fold.sample;
	uint32_t cpu;

	for (cpu = 0; cpu < p->info.nr_cpus; cpu++) {
		l->cpu_recorded[cpu] += p->played_cpus[cpu] - b->cpu_recorded[cpu];
		l->cpu_lost[cpu] += p->lost_cpus[cpu] - b->cpu_lost[cpu];
		l->recorded += p->played_cpus[cpu] - b->cpu_recorded[cpu];
	}
	l->lost += p->lost - b->lost;
	l->gaps += p->fold.nr_gaps - b->gaps;
	l->gap_ns += report_gap_ns(&p->fold, pl->to_ns) - b->gap_ns;
	l->missed_known = l->missed_known && s && s->missed_known;
	if (s) {
		l->map_full += g4_span(b->map_full, s->loss.vms_full + s->loss.vpes_full +
				       s->loss.vlpis_full);
		l->unmatched += g4_span(b->unmatched, s->loss.unmatched);
		l->missed += g4_span(b->missed, s->missed);
	}
	l->damage.header |= d->header;
	l->damage.no_index |= d->no_index;
	l->damage.skipped_bytes += d->skipped_bytes;
	l->damage.skipped_chunks += d->skipped_chunks;
	l->damage.skipped_records += d->skipped_records;
}
