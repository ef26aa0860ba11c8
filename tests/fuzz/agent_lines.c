// SPDX-License-Identifier: GPL-2.0
/* What a hostile guest may send as its agent: lines, in several connections. */
#include "fuzz.h"
#include "guest_proto.h"

static void check(const struct guest_counts *g)
{
	uint32_t i, cpu;

	must(g->nr_rows <= GUEST_MAX_ROWS && g->nr_cells <= GUEST_MAX_CELLS);
	must(g->nr_cpus <= GUEST_MAX_CPUS && g->nr_cells == g->nr_rows * g->nr_cpus);
	for (i = 0; i < g->nr_rows; i++) {
		must(!i || g->rows[i - 1].row < g->rows[i].row);
		must(is_printable(g->rows[i].name) && g->rows[i].name[0]);
		for (cpu = 0; cpu < g->nr_cpus; cpu++) {
			must((g->rows[i].seen[cpu] & ~(1ULL << 63)) <= GUEST_MAX_COUNT);
			must(g->rows[i].taken[cpu] <= (g->rows[i].seen[cpu] & ~(1ULL << 63)));
		}
	}
}

/* An error ends a connection, and so does an empty line; what was counted stays. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct guest_counts g = { .greeted = false };
	char *text = text_of(data, size), *line = text, *end, why[96];
	size_t len;

	guest_connect(&g);
	while (line < text + size) {
		end = memchr(line, '\n', (size_t)(text + size - line));
		len = (size_t)((end ? end : text + size) - line);
		why[0] = '\0';
		if (guest_line(&g, line, len, why, sizeof(why))) {
			must(why[0] && is_printable(why));
			guest_connect(&g);
		}
		line += len + 1;
	}
	check(&g);
	guest_clear(&g);
	free(text);
	return 0;
}
