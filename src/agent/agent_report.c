// SPDX-License-Identifier: GPL-2.0
/* Writes an agent's lines; see agent_report.h. Pure. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent_report.h"

static void put(struct text *t, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct text *t, const char *format, ...)
{
	char line[GUEST_LINE_MAX + 2];
	va_list args;
	char *grown;
	int len;

	va_start(args, format);
	len = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (t->len + (size_t)len > t->size) {
		grown = realloc(t->buf, (t->size + (size_t)len) * 2);
		if (!grown) {
			t->failed = true;
			return;
		}
		t->buf = grown;
		t->size = (t->size + (size_t)len) * 2;
	}
	memcpy(t->buf + t->len, line, (size_t)len);
	t->len += (size_t)len;
}

void report_hello(struct text *t, const char *boot, uint32_t nr_cpus)
{
	put(t, "gicv4top-agent %d %s %u\n", GUEST_VERSION, boot, nr_cpus);
}

/* Rows stand in rising order of their irqs; @hint: where the last one was found. */
static const struct msi *find_msi(const struct interrupts *in, uint32_t irq, uint32_t *hint)
{
	uint32_t i;

	for (i = *hint; in && i < in->nr; i++) {
		if (in->msis[i].irq == irq) {
			*hint = i;
			return &in->msis[i];
		}
	}
	return NULL;
}

/* @at: where it is likely to stand, since CPUs seldom come and go. */
static uint64_t count_on(const struct interrupts *in, const struct msi *m, uint32_t cpu,
			 uint32_t at)
{
	uint32_t i;

	if (m && at < in->nr_cpus && in->cpus[at] == cpu)
		return m->counts[at];
	for (i = 0; m && i < in->nr_cpus; i++) {
		if (in->cpus[i] == cpu)
			return m->counts[i];
	}
	return 0;
}

/* The same MSI, none of whose counts fell; one that was requested anew begins at 0. */
static bool goes_on(const struct interrupts *old, const struct msi *was,
		    const struct interrupts *new, const struct msi *is)
{
	uint32_t i;

	/* not its name: that goes and comes with its handler, the counts stay */
	if (was->ids_known != is->ids_known || was->devid != is->devid ||
	    was->eventid != is->eventid)
		return false;
	for (i = 0; i < new->nr_cpus; i++) {
		if (is->counts[i] < count_on(old, was, new->cpus[i], i))
			return false;
	}
	return true;
}

static void put_row(struct text *t, const struct msi *m)
{
	if (m->ids_known)
		put(t, "row %u %u %u %s\n", m->irq, m->devid, m->eventid, m->name);
	else
		put(t, "row %u - - %s\n", m->irq, m->name);
}

void report_changes(struct text *t, const struct interrupts *old, const struct interrupts *new,
		    uint64_t seq, uint64_t time_ns)
{
	const struct msi *was, *is;
	uint32_t i, c, hint = 0;

	for (i = 0; i < new->nr; i++) {
		is = &new->msis[i];
		was = find_msi(old, is->irq, &hint);
		if (!was || !goes_on(old, was, new, is)) {
			put_row(t, is);
			was = NULL;
		}
		for (c = 0; c < new->nr_cpus; c++) {
			if (is->counts[c] != count_on(old, was, new->cpus[c], c))
				put(t, "n %u %u %llu\n", is->irq, new->cpus[c],
				    (unsigned long long)is->counts[c]);
		}
	}
	put(t, "end %llu %llu\n", (unsigned long long)seq, (unsigned long long)time_ns);
}
