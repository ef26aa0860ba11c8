// SPDX-License-Identifier: GPL-2.0
/*
 * Reads /proc/interrupts (kernel/irq/proc.c, show_interrupts()); see interrupts.h. Pure.
 *
 * Which DeviceID and EventID an MSI has, its row tells in two ways. Up to about 6.7
 * all PCI devices share a domain, "ITS-MSI", in which the number of an MSI is made of
 * the PCI domain, the requester's id and the vector (pci_msi_domain_calc_hwirq()).
 * Later each device has a domain of its own, named after it, and the number is that
 * of the vector. The ITS driver gives a device's vectors its events in their order.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "interrupts.h"

#define VECTOR_BITS	11
#define RID_BITS	16

void interrupts_clear(struct interrupts *in)
{
	free(in->msis);
	free(in->counts);
	memset(in, 0, sizeof(*in));
}

static const char *skip_blanks(const char *p)
{
	while (*p == ' ' || *p == '\t')
		p++;
	return p;
}

/* A decimal number; what is larger than the protocol's counts stays at their limit. */
static bool take_number(const char **p, uint64_t *ret)
{
	uint64_t n = 0;

	if (!isdigit((unsigned char)**p))
		return false;
	for (; isdigit((unsigned char)**p); (*p)++) {
		n = n * 10 + (uint64_t)(**p - '0');
		if (n > GUEST_MAX_COUNT)
			n = GUEST_MAX_COUNT;
	}
	*ret = n;
	return true;
}

/* "           CPU0       CPU2": offline CPUs have no column. */
static void parse_header(struct interrupts *in, const char *line, const char *end)
{
	uint64_t cpu;

	while ((line = skip_blanks(line)) < end && !strncmp(line, "CPU", 3)) {
		line += 3;
		if (!take_number(&line, &cpu))
			return;
		in->nr_columns++;
		/* they rise: none behind one that is left out is kept */
		if (in->cut || in->nr_cpus == GUEST_MAX_CPUS || cpu >= GUEST_MAX_CPUS)
			in->cut = true;
		else
			in->cpus[in->nr_cpus++] = (uint32_t)cpu;
	}
}

/* "DOMAIN:BUS:SLOT.FUNCTION" into a requester's id; only of PCI domain 0. */
static bool parse_address(const char *text, uint32_t *ret_rid)
{
	unsigned int domain, bus, slot, function;
	int len = 0;

	if (sscanf(text, "%8x:%2x:%2x.%1x%n", &domain, &bus, &slot, &function, &len) != 4 ||
	    text[len] || domain || slot > 31 || function > 7)
		return false;
	*ret_rid = bus << 8 | slot << 3 | function;
	return true;
}

static void find_ids(struct msi *m, const char *chip, uint64_t hwirq)
{
	static const char *const own[] = { "ITS-PCI-MSI-", "ITS-PCI-MSIX-" };
	size_t i;

	for (i = 0; i < 2; i++) {
		if (strncmp(chip, own[i], strlen(own[i])))
			continue;
		m->ids_known = parse_address(chip + strlen(own[i]), &m->devid) &&
			       hwirq < 1U << VECTOR_BITS;
		m->eventid = (uint32_t)hwirq;
		return;
	}
	if (strcmp(chip, "ITS-MSI") || hwirq >> (VECTOR_BITS + RID_BITS))
		return;
	m->ids_known = true;
	m->devid = (uint32_t)(hwirq >> VECTOR_BITS);
	m->eventid = (uint32_t)hwirq & ((1U << VECTOR_BITS) - 1);
}

/* What stands behind the trigger's word, or behind the number where there is none. */
static void take_name(struct msi *m, const char *p, const char *end)
{
	size_t len = 0;

	/* x86: "0-edge" */
	if (*p == '-')
		p += strcspn(p, " \n");
	p = skip_blanks(p);
	if (!strncmp(p, "Edge", 4) || !strncmp(p, "Level", 5)) {
		while (p < end && *p != ' ')
			p++;
		p = skip_blanks(p);
	}
	for (; p < end && len + 1 < sizeof(m->name); p++)
		m->name[len++] = *p > 0x20 && *p < 0x7f ? *p : '?';
	if (!len)
		m->name[len++] = '-';
	m->name[len] = '\0';
}

/* Behind the counts: chip, number, trigger, name. False: no MSI. */
static bool parse_tail(struct msi *m, const char *p, const char *end)
{
	char chip[48];
	uint64_t hwirq;
	size_t len;

	p = skip_blanks(p);
	len = strcspn(p, " \t\n");
	if (!len || len >= sizeof(chip))
		return false;
	memcpy(chip, p, len);
	chip[len] = '\0';
	if (!strstr(chip, "MSI"))
		return false;
	p = skip_blanks(p + len);
	if (take_number(&p, &hwirq))
		find_ids(m, chip, hwirq);
	take_name(m, p, end);
	return true;
}

/* One row; true: an MSI, in @m and @counts. */
static bool parse_row(const struct interrupts *in, const char *line, const char *end,
		      struct msi *m, uint64_t *counts)
{
	uint64_t irq, count;
	uint32_t i;

	*m = (struct msi){ 0 };
	line = skip_blanks(line);
	if (!take_number(&line, &irq) || *line++ != ':' || irq > UINT32_MAX)
		return false;
	m->irq = (uint32_t)irq;
	for (i = 0; i < in->nr_columns; i++) {
		line = skip_blanks(line);
		if (line >= end || !take_number(&line, &count))
			return false;
		if (i < in->nr_cpus)
			counts[i] = count;
	}
	return parse_tail(m, line, end);
}

static uint32_t count_lines(const char *text)
{
	uint32_t n = 1;

	for (; *text && n <= GUEST_MAX_ROWS * 2; text++)
		n += *text == '\n';
	return n;
}

int interrupts_parse(const char *text, struct interrupts *ret)
{
	struct interrupts in = { 0 };
	uint32_t lines = count_lines(text), i;
	const char *end;

	end = strchrnul(text, '\n');
	parse_header(&in, text, end);
	if (lines > GUEST_MAX_ROWS)
		lines = GUEST_MAX_ROWS;
	in.msis = calloc(lines, sizeof(*in.msis));
	in.counts = calloc((size_t)lines * (in.nr_cpus ? in.nr_cpus : 1), sizeof(*in.counts));
	if (!in.msis || !in.counts) {
		interrupts_clear(&in);
		return -ENOMEM;
	}
	while (in.nr_cpus && *end) {
		text = end + 1;
		end = strchrnul(text, '\n');
		if (in.nr == lines || (in.nr + 1) * in.nr_cpus > GUEST_MAX_CELLS) {
			in.cut = in.cut || *text;
			break;
		}
		if (!parse_row(&in, text, end, &in.msis[in.nr], &in.counts[in.nr * in.nr_cpus]))
			continue;
		if (in.msis[in.nr].irq > GUEST_MAX_ROW)
			in.cut = true;
		else
			in.nr++;
	}
	for (i = 0; i < in.nr; i++)
		in.msis[i].counts = &in.counts[i * in.nr_cpus];
	*ret = in;
	return 0;
}

static bool has_cpu(const struct interrupts *in, uint32_t cpu)
{
	uint32_t i;

	for (i = 0; i < in->nr_cpus; i++) {
		if (in->cpus[i] == cpu)
			return true;
	}
	return false;
}

/* Puts @old's column @from behind those of @now, in its new @counts. */
static void keep_column(struct interrupts *now, const struct interrupts *old, uint32_t from,
			uint64_t *counts, uint32_t nr_cpus)
{
	uint32_t i, j = 0;

	for (i = 0; i < now->nr; i++) {
		while (j < old->nr && old->msis[j].irq < now->msis[i].irq)
			j++;
		if (j < old->nr && old->msis[j].irq == now->msis[i].irq)
			counts[i * nr_cpus + now->nr_cpus] = old->msis[j].counts[from];
	}
	now->cpus[now->nr_cpus++] = old->cpus[from];
}

int interrupts_keep_cpus(struct interrupts *now, const struct interrupts *old)
{
	uint32_t i, missing = 0, nr_cpus;
	uint64_t *counts;

	for (i = 0; i < old->nr_cpus; i++)
		missing += !has_cpu(now, old->cpus[i]);
	nr_cpus = now->nr_cpus + missing;
	if (!missing || nr_cpus > GUEST_MAX_CPUS)
		return 0;
	counts = calloc((size_t)now->nr * nr_cpus + 1, sizeof(*counts));
	if (!counts)
		return -ENOMEM;
	for (i = 0; i < now->nr; i++) {
		memcpy(&counts[i * nr_cpus], now->msis[i].counts, now->nr_cpus * sizeof(*counts));
		now->msis[i].counts = &counts[i * nr_cpus];
	}
	for (i = 0; i < old->nr_cpus; i++) {
		if (!has_cpu(now, old->cpus[i]))
			keep_column(now, old, i, counts, nr_cpus);
	}
	free(now->counts);
	now->counts = counts;
	return 0;
}
