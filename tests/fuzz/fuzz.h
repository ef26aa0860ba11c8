/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the libFuzzer targets share. A target X.c defines
 * LLVMFuzzerTestOneInput(): it hands one input to a parser and aborts if what
 * the parser promises does not hold. Its first inputs are in corpus/X/.
 */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define must(condition) \
	do { \
		if (!(condition)) { \
			fprintf(stderr, "does not hold: %s\n", #condition); \
			abort(); \
		} \
	} while (0)

/* @data as a string of its own, so that a byte too many read is seen. Freed by the caller. */
static inline char *text_of(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	must(text);
	memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

/* What may be shown to people and put in JSON: UTF-8 without control characters. */
static inline int is_printable(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	unsigned int more;

	for (; *p; p++) {
		if (*p < 0x20 || *p == 0x7f || (*p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0))
			return 0;
		more = *p < 0x80 ? 0 : *p >= 0xc2 && *p < 0xe0 ? 1 : *p >= 0xe0 && *p < 0xf0 ? 2 :
			*p >= 0xf0 && *p < 0xf5 ? 3 : 9;
		if (more == 9)
			return 0;
		for (; more; more--) {
			if ((*++p & 0xc0) != 0x80)
				return 0;
		}
	}
	return 1;
}

#endif
