// SPDX-License-Identifier: GPL-2.0
/*
 * Hears a guest's agent, line by line; see guest_proto.h. Pure. Memory grows with what
 * the guest declares, up to GUEST_MAX_ROWS rows and GUEST_MAX_CELLS counts.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "guest_proto.h"
#include "util.h"

#define WORDS_MAX	5
#define NOT_SAID	(1ULL << 63)	/* in guest_row.seen: not in this connection yet */

/* A line cut at its blanks; the last word of a row is the rest of the line. */
struct words {
	char text[GUEST_LINE_MAX + 1];
	char *word[WORDS_MAX];
	unsigned int nr;
};

/* Printable ASCII only, single blanks between words; false: it is none of ours. */
static bool cut(struct words *w, const char *line, size_t len)
{
	char *p = w->text;
	size_t i;

	if (!len || len > GUEST_LINE_MAX)
		return false;
	for (i = 0; i < len; i++) {
		if (line[i] < 0x20 || line[i] > 0x7e)
			return false;
	}
	memcpy(w->text, line, len);
	w->text[len] = '\0';
	w->nr = 0;
	while (p) {
		w->word[w->nr++] = p;
		if (w->nr == WORDS_MAX)
			return true;
		p = strchr(p, ' ');
		if (p)
			*p++ = '\0';
	}
	return true;
}

static int parse_number(const char *word, uint64_t min, uint64_t max, uint64_t *ret)
{
	/* util_parse_u64() also takes 0x, which the protocol has not */
	if (word[0] < '0' || word[0] > '9' || word[1] == 'x' || word[1] == 'X')
		return -EINVAL;
	return util_parse_u64(word, min, max, ret);
}

static int complain(char *why, size_t size, int err, const char *what)
{
	snprintf(why, size, "%s", what);
	return err;
}

void guest_connect(struct guest_counts *g)
{
	g->greeted = false;
	g->between = false;
	g->seq = 0;
}

/* What the taker has not had yet is lost with the row's counts, but not silently. */
static void drop_counts(struct guest_counts *g, const struct guest_row *r)
{
	uint32_t cpu;

	for (cpu = 0; cpu < g->nr_cpus && g->based; cpu++)
		g->dropped += (r->seen[cpu] & ~NOT_SAID) - r->taken[cpu];
}

static void free_rows(struct guest_counts *g)
{
	uint32_t i;

	for (i = 0; i < g->nr_rows; i++) {
		drop_counts(g, &g->rows[i]);
		free(g->rows[i].seen);
		free(g->rows[i].taken);
	}
	free(g->rows);
	g->rows = NULL;
	g->nr_rows = 0;
	g->nr_cells = 0;
}

void guest_clear(struct guest_counts *g)
{
	free_rows(g);
	memset(g, 0, sizeof(*g));
}

/* Counts that its first report leaves out are 0: their irqs have been requested anew. */
static void expect_all(struct guest_counts *g)
{
	uint32_t i, cpu;

	for (i = 0; i < g->nr_rows; i++) {
		for (cpu = 0; cpu < g->nr_cpus; cpu++)
			g->rows[i].seen[cpu] |= NOT_SAID;
	}
}

static void settle_all(struct guest_counts *g)
{
	struct guest_row *r;
	uint32_t i, cpu;

	for (i = 0; i < g->nr_rows; i++) {
		r = &g->rows[i];
		for (cpu = 0; cpu < g->nr_cpus; cpu++) {
			if (!(r->seen[cpu] & NOT_SAID))
				continue;
			g->dropped += (r->seen[cpu] & ~NOT_SAID) - r->taken[cpu];
			r->seen[cpu] = 0;
			r->taken[cpu] = 0;
		}
	}
}

static int hello(struct guest_counts *g, const struct words *w, char *why, size_t size)
{
	uint64_t version, cpus;

	if (w->nr < 2 || strcmp(w->word[0], "gicv4top-agent"))
		return complain(why, size, -EPROTO,
				"no agent of gicv4top: the first line is no hello");
	if (parse_number(w->word[1], 1, UINT32_MAX, &version))
		return complain(why, size, -EPROTO, "a hello without a version");
	if (version != GUEST_VERSION)
		return complain(why, size, -EPROTO,
				"an agent of another version of the protocol (here: 1)");
	if (w->nr != 4 || !w->word[2][0] || strlen(w->word[2]) >= GUEST_BOOT_LEN ||
	    strspn(w->word[2], "0123456789abcdef-") != strlen(w->word[2]))
		return complain(why, size, -EPROTO, "a hello without the id of a boot");
	if (parse_number(w->word[3], 1, GUEST_MAX_CPUS, &cpus))
		return complain(why, size, -ENOSPC, "a number of CPUs outside 1 to 512");
	if (strcmp(g->boot, w->word[2]) || g->nr_cpus != cpus) {
		free_rows(g);
		snprintf(g->boot, sizeof(g->boot), "%s", w->word[2]);
		g->nr_cpus = (uint32_t)cpus;
		g->time_ns = 0;
		g->based = false;
		g->nr_boots++;
	}
	expect_all(g);
	g->greeted = true;
	return 0;
}

/* Where row number @row is, or where it would have to be. */
static uint32_t find_row(const struct guest_counts *g, uint32_t row)
{
	uint32_t low = 0, high = g->nr_rows, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (g->rows[mid].row < row)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool has_row(const struct guest_counts *g, uint32_t at, uint64_t row)
{
	return at < g->nr_rows && g->rows[at].row == row;
}

static int add_row(struct guest_counts *g, uint32_t at, uint32_t row, char *why, size_t size)
{
	struct guest_row *rows, new = { .row = row };

	if (g->nr_rows == GUEST_MAX_ROWS || g->nr_cells + g->nr_cpus > GUEST_MAX_CELLS)
		return complain(why, size, -ENOSPC,
				"more interrupts than are kept (4096 rows, 262144 counts)");
	new.seen = calloc(g->nr_cpus, sizeof(*new.seen));
	new.taken = calloc(g->nr_cpus, sizeof(*new.taken));
	rows = reallocarray(g->rows, g->nr_rows + 1, sizeof(*rows));
	if (rows)
		g->rows = rows;
	if (!rows || !new.seen || !new.taken) {
		free(new.seen);
		free(new.taken);
		return complain(why, size, -ENOMEM, "no memory for its interrupts");
	}
	memmove(&rows[at + 1], &rows[at], (g->nr_rows - at) * sizeof(*rows));
	rows[at] = new;
	g->nr_rows++;
	g->nr_cells += g->nr_cpus;
	return 0;
}

static int parse_ids(struct guest_row *r, const struct words *w)
{
	uint64_t devid, eventid;

	r->ids_known = strcmp(w->word[2], "-") && strcmp(w->word[3], "-");
	if (!r->ids_known)
		return 0;
	if (parse_number(w->word[2], 0, UINT32_MAX, &devid) ||
	    parse_number(w->word[3], 0, UINT32_MAX, &eventid))
		return -EINVAL;
	r->devid = (uint32_t)devid;
	r->eventid = (uint32_t)eventid;
	return 0;
}

/* A row that is said anew counts from 0 again. */
static int row_line(struct guest_counts *g, const struct words *w, char *why, size_t size)
{
	struct guest_row ids = { 0 }, *r;
	uint64_t row;
	uint32_t at;
	int err;

	if (w->nr != 5 || !w->word[4][0] || parse_number(w->word[1], 0, GUEST_MAX_ROW, &row) ||
	    parse_ids(&ids, w))
		return complain(why, size, -EPROTO, "a row that cannot be read");
	at = find_row(g, (uint32_t)row);
	if (!has_row(g, at, row)) {
		err = add_row(g, at, (uint32_t)row, why, size);
		if (err)
			return err;
	}
	r = &g->rows[at];
	/* after a reconnection all rows are said again: what goes on, goes on */
	if (g->seq || r->ids_known != ids.ids_known || r->devid != ids.devid ||
	    r->eventid != ids.eventid) {
		drop_counts(g, r);
		memset(r->seen, 0, g->nr_cpus * sizeof(*r->seen));
		memset(r->taken, 0, g->nr_cpus * sizeof(*r->taken));
		r->verdict = 0;
	}
	r->ids_known = ids.ids_known;
	r->devid = ids.devid;
	r->eventid = ids.eventid;
	snprintf(r->name, sizeof(r->name), "%.*s", GUEST_NAME_LEN - 1, w->word[4]);
	return 0;
}

static int count_line(struct guest_counts *g, const struct words *w, char *why, size_t size)
{
	uint64_t row, cpu, count, *seen;
	uint32_t at;

	if (w->nr != 4 || parse_number(w->word[1], 0, GUEST_MAX_ROW, &row) ||
	    parse_number(w->word[2], 0, GUEST_MAX_CPUS - 1, &cpu))
		return complain(why, size, -EPROTO, "a count that cannot be read");
	at = find_row(g, (uint32_t)row);
	if (!has_row(g, at, row))
		return complain(why, size, -EPROTO, "a count of a row that it has not declared");
	if (cpu >= g->nr_cpus)
		return complain(why, size, -EPROTO, "a count of a CPU that it has not");
	if (parse_number(w->word[3], 0, GUEST_MAX_COUNT, &count))
		return complain(why, size, -EPROTO, "a count that is no number below 2^53");
	seen = &g->rows[at].seen[cpu];
	if (count < (*seen & ~NOT_SAID)) {
		if (!(*seen & NOT_SAID))
			return complain(why, size, -EPROTO, "a count that went back");
		/* begun anew between two connections */
		g->dropped += (*seen & ~NOT_SAID) - g->rows[at].taken[cpu];
		g->rows[at].taken[cpu] = 0;
	}
	*seen = count;
	return 0;
}

/* What was before the first report is not ours to count. */
static void set_base(struct guest_counts *g)
{
	uint32_t i;

	for (i = 0; i < g->nr_rows; i++)
		memcpy(g->rows[i].taken, g->rows[i].seen, g->nr_cpus * sizeof(*g->rows[i].seen));
	g->based = true;
}

static int end_line(struct guest_counts *g, const struct words *w, char *why, size_t size)
{
	uint64_t seq, time_ns;

	if (w->nr != 3 || parse_number(w->word[1], 1, UINT64_MAX, &seq) ||
	    parse_number(w->word[2], 1, INT64_MAX, &time_ns))
		return complain(why, size, -EPROTO, "an end that cannot be read");
	if (seq != g->seq + 1)
		return complain(why, size, -EPROTO, "a report out of order");
	if (time_ns < g->time_ns && g->seq)
		return complain(why, size, -EPROTO, "a clock that went back");
	settle_all(g);
	if (time_ns < g->time_ns) {	/* a guest that was put back: what it has is its base */
		g->nr_boots++;
		g->based = false;
	}
	if (!g->based)
		set_base(g);
	g->seq = seq;
	g->time_ns = time_ns;
	g->reports++;
	g->between = true;
	return 0;
}

int guest_line(struct guest_counts *g, const char *line, size_t len, char *why, size_t why_size)
{
	struct words w = { .nr = 0 };

	if (!cut(&w, line, len))
		return complain(why, why_size, -EPROTO,
				"a line that is empty, over 160 bytes or no printable ASCII");
	if (!g->greeted)
		return hello(g, &w, why, why_size);
	if (!strcmp(w.word[0], "end"))
		return end_line(g, &w, why, why_size);
	g->between = false;
	if (!strcmp(w.word[0], "n"))
		return count_line(g, &w, why, why_size);
	if (!strcmp(w.word[0], "row"))
		return row_line(g, &w, why, why_size);
	return complain(why, why_size, -EPROTO, "a line of no known kind");
}
