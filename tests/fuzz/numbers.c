// SPDX-License-Identifier: GPL-2.0
/* Numbers and seconds, as given to -n, -p, -d: what is taken means what it says. */
#include <ctype.h>
#include <errno.h>

#include "fuzz.h"
#include "util.h"

static void check_whole(const char *text)
{
	uint64_t value = 4242;
	char again[32];

	if (util_parse_u64(text, 5, 1000000, &value)) {
		must(value == 4242);
		return;
	}
	must(value >= 5 && value <= 1000000);
	must(isdigit((unsigned char)text[0]));
	if (text[strspn(text, "0")] == 'x' || text[strspn(text, "0")] == 'X')
		return;
	/* all decimal digits, and the value they have */
	must(text[strspn(text, "0123456789")] == '\0');
	snprintf(again, sizeof(again), "%llu", (unsigned long long)value);
	must(!strcmp(text + strspn(text, "0"), again));
}

static void check_seconds(const char *text)
{
	uint64_t ns = 4242;

	if (util_parse_secs(text, &ns)) {
		must(ns == 4242);
		return;
	}
	must(ns >= 1000000 - 1 && ns <= 1000000ULL * 1000000000);
	must(text[strspn(text, "0123456789.eE+-")] == '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = text_of(data, size);

	check_whole(text);
	check_seconds(text);
	free(text);
	return 0;
}
