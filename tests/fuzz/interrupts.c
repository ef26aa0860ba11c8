// SPDX-License-Identifier: GPL-2.0
/* /proc/interrupts as the agent reads it; what it makes of it, the host must take. */
#include "fuzz.h"
#include "agent_report.h"

static void tell(struct guest_counts *g, const struct text *t)
{
	const char *p = t->buf, *end, *stop = t->buf + t->len;
	char why[96];

	for (; p < stop; p = end + 1) {
		end = memchr(p, '\n', (size_t)(stop - p));
		must(end);
		must(!guest_line(g, p, (size_t)(end - p), why, sizeof(why)));
	}
}

static int unique(const struct interrupts *in)
{
	uint32_t i;

	for (i = 1; i < in->nr; i++) {
		if (in->msis[i - 1].irq >= in->msis[i].irq)
			return 0;
	}
	for (i = 1; i < in->nr_cpus; i++) {
		if (in->cpus[i - 1] >= in->cpus[i])
			return 0;
	}
	return in->nr_cpus && in->cpus[in->nr_cpus - 1] < 64 && in->nr <= GUEST_MAX_CELLS / 64;
}

/* Two readings, apart by a NUL. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = text_of(data, size), *second = text + strlen(text);
	struct guest_counts g = { .greeted = false };
	struct interrupts old, new;
	struct text t = { .buf = NULL };

	if (second < text + size)
		second++;
	must(!interrupts_parse(text, &old) && !interrupts_parse(second, &new));
	must(old.nr <= GUEST_MAX_ROWS && old.nr_cpus <= GUEST_MAX_CPUS);
	/* the kernel lists each irq and CPU once, in rising order */
	if (unique(&old) && unique(&new)) {
		report_hello(&t, "0", 64);
		report_changes(&t, NULL, &old, 1, 1);
		must(!interrupts_keep_cpus(&new, &old));
		report_changes(&t, &old, &new, 2, 2);
		must(!t.failed);
		tell(&g, &t);
	}
	free(t.buf);
	guest_clear(&g);
	interrupts_clear(&old);
	interrupts_clear(&new);
	free(text);
	return 0;
}
