// SPDX-License-Identifier: GPL-2.0
/*
 * The unit tests' runner: cmocka with TAP output, one plan a program. Comments
 * go to stdout and at once, so that they stand beside the test they belong to.
 */
#include "unit.h"

void unit_say(const char *format, ...)
{
	va_list args;

	fputs("# ", stdout);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	fputc('\n', stdout);
}

void unit_ck_u64(uint64_t got, uint64_t want, const char *what, const char *file, int line)
{
	if (got == want)
		return;
	unit_say("%s is %llu, not %llu", what, (unsigned long long)got, (unsigned long long)want);
	_fail(file, line);
}

void unit_ck_str(const char *got, const char *want, const char *what, const char *file, int line)
{
	if (got && want && !strcmp(got, want))
		return;
	unit_say("%s is \"%s\", not \"%s\"", what, got ? got : "(null)", want ? want : "(null)");
	_fail(file, line);
}

static char *sentence(const char *name)
{
	char *text = strdup(name), *c;

	for (c = text; c && *c; c++)
		if (*c == '_' && !strchr(name, ' '))
			*c = ' ';
	return text;
}

int unit_skip_all(const struct CMUnitTest *tests, size_t nr_tests, const char *reason)
{
	char *name;
	size_t i;

	printf("1..%zu\n", nr_tests);
	for (i = 0; i < nr_tests; i++) {
		name = sentence(tests[i].name);
		printf("ok %zu - %s # SKIP %s\n", i + 1, name ? name : "?", reason);
		free(name);
	}
	return 0;
}

int unit_main(const struct CMUnitTest *tests, size_t nr_tests)
{
	struct CMUnitTest *copy = calloc(nr_tests, sizeof(*copy));
	int nr_failed = 1;
	size_t i;

	if (!copy)
		return 1;
	setvbuf(stdout, NULL, _IOLBF, 0);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	for (i = 0; i < nr_tests; i++) {
		copy[i] = tests[i];
		copy[i].name = sentence(tests[i].name);
	}
	nr_failed = _cmocka_run_group_tests("unit", copy, nr_tests, NULL, NULL);
	for (i = 0; i < nr_tests; i++)
		free((char *)copy[i].name);
	free(copy);
	return nr_failed ? 1 : 0;
}
