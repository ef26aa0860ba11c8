/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What every unit test of this directory starts with: cmocka, TAP on stdout,
 * and names that are sentences. A test file X_test.c holds static functions
 * named like sentences and hands them to unit_main(); unit.mk finds it by its
 * name. Objects of src/ that it needs are listed in unit.mk.
 */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define UNIT_ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* A test whose name is that of its function; unit_main() puts spaces in it. */
#define UNIT_TEST(fn)		{ #fn, fn, NULL, NULL, NULL }

/* A test that gets *state == @data, for tables of cases; @text is its name. */
#define UNIT_CASE(text, fn, data) { text, fn, NULL, NULL, (void *)(data) }

/* Both values are read once; a failure shows them and what was compared. */
#define ck_u64(got, want) \
	unit_ck_u64((got), (want), #got, __FILE__, __LINE__)
#define ck_str(got, want) \
	unit_ck_str((got), (want), #got, __FILE__, __LINE__)
#define ck_true(condition) \
	unit_ck_u64(!!(condition), 1, #condition, __FILE__, __LINE__)

void unit_ck_u64(uint64_t got, uint64_t want, const char *what, const char *file, int line);
void unit_ck_str(const char *got, const char *want, const char *what, const char *file, int line);

/*
 * Says what went wrong, as a TAP comment, and goes on: the test must fail by
 * itself after it has said all.
 */
void unit_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints every test as skipped for @reason. Returns main()'s exit code. */
int unit_skip_all(const struct CMUnitTest *tests, size_t nr_tests, const char *reason);

/* Runs @tests as one TAP document. Returns main()'s exit code. */
int unit_main(const struct CMUnitTest *tests, size_t nr_tests);

#endif
