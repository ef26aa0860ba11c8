// SPDX-License-Identifier: GPL-2.0
/*
 * What golden files cannot say of the outputs: streams that fail, texts that
 * need quoting, and that no unknown figure is ever written as a number.
 */
#include <errno.h>
#include <json-c/json.h>

#include "hooks.h"
#include "make_snap.h"
#include "out.h"
#include "unit.h"

static const struct out_info info = {
	.kernel = "6.12.0", .gic = "4.1", .wfi = "auto", .backend = "fentry",
	.hooks_attached = 19, .hooks_wanted = 19, .clock = "12:00:00",
};

enum out_kind { OUT_TEXT, OUT_JSON, OUT_CSV, NR_OUTS };

static int write_out(enum out_kind kind, FILE *f, const struct model *m, bool detail)
{
	struct out_opts opts = { .detail = detail };

	columns_default(&columns_vm, &opts.columns);
	switch (kind) {
	case OUT_TEXT:
		return out_text(f, m, &info, &opts);
	case OUT_JSON:
		return out_json(f, m, &info, &opts);
	default:
		return out_csv(f, m, &opts, true);
	}
}

/* The output as text; the caller frees it. */
static char *text_of(enum out_kind kind, const struct model *m, bool detail)
{
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	assert_non_null(f);
	ck_u64((uint64_t)-write_out(kind, f, m, detail), 0);
	fclose(f);
	return text;
}

/* @nr_vms VMs of one vPE with one VLPI each, at 2 s. */
static void make_model(struct model *m, uint32_t nr_vms, uint32_t figures)
{
	const struct model_filter all = { .vcpu = -1 };
	struct snapshot s;
	uint32_t i;

	make_snap(&s, nr_vms, nr_vms, nr_vms);
	for (i = 0; i < nr_vms; i++) {
		make_vm(&s, KVM(i), 100 + i, SEC);
		make_vpe(&s, KVM(i), VPE(i, 0), 0, SEC);
		make_vlpi(&s, KVM(i), VPE(i, 0), 8192, 70 + i);
	}
	make_at(&s, 2 * SEC);
	*m = (struct model){ .figures = figures };
	ck_u64((uint64_t)-model_update(m, &s, &all, NULL), 0);
	snapshot_clear(&s);
}

static void a_full_device_is_an_error_of_every_output(void **state)
{
	static const uint32_t sizes[] = { 0, 1, 200 };
	struct model m;
	size_t i;
	int kind;
	FILE *f;

	(void)state;
	for (i = 0; i < UNIT_ARRAY_SIZE(sizes); i++) {
		make_model(&m, sizes[i], UINT32_MAX);
		for (kind = 0; kind < NR_OUTS; kind++) {
			f = fopen("/dev/full", "w");
			assert_non_null(f);
			ck_u64((uint64_t)-write_out(kind, f, &m, true), ENOSPC);
			fclose(f);
		}
		model_clear(&m);
	}
}

/* Accepts the first bytes, then has no room once, then takes all again. */
struct hiccup {
	int writes;
};

static ssize_t hiccup_write(void *cookie, const char *buf, size_t size)
{
	struct hiccup *h = cookie;

	(void)buf;
	if (++h->writes == 2) {
		errno = ENOSPC;
		return 0;
	}
	return (ssize_t)size;
}

static void a_write_that_failed_once_is_an_error_though_the_rest_went_well(void **state)
{
	struct hiccup hiccup;
	struct model m;
	int kind, failed = 0;
	FILE *f;

	(void)state;
	make_model(&m, 300, UINT32_MAX);
	for (kind = 0; kind < NR_OUTS; kind++) {
		hiccup.writes = 0;
		f = fopencookie(&hiccup, "w", (cookie_io_functions_t){ .write = hiccup_write });
		assert_non_null(f);
		setvbuf(f, NULL, _IOFBF, 1024);
		if (write_out(kind, f, &m, true) >= 0) {
			unit_say("output %d said that all is written", kind);
			failed++;
		}
		fclose(f);
	}
	model_clear(&m);
	ck_u64((uint64_t)failed, 0);
}

static void names_with_commas_and_quotes_are_quoted_in_csv(void **state)
{
	static const struct { const char *name, *field; } cases[] = {
		{ "plain", ",plain," },
		{ "a b", ",a b," },
		{ "a,b", ",\"a,b\"," },
		{ "say \"hi\"", ",\"say \"\"hi\"\"\"," },
		{ "two\nlines", ",\"two\nlines\"," },
		{ "", ",," },
	};
	struct model m;
	char *text;
	size_t i;

	(void)state;
	make_model(&m, 1, UINT32_MAX);
	for (i = 0; i < UNIT_ARRAY_SIZE(cases); i++) {
		strcpy(m.vms[0].name, cases[i].name);
		text = text_of(OUT_CSV, &m, false);
		if (!strstr(text, cases[i].field))
			unit_say("%s", text);
		ck_true(strstr(text, cases[i].field) != NULL);
		free(text);
	}
	model_clear(&m);
}

static void names_are_escaped_in_json(void **state)
{
	static const char *const names[] = {
		"a\"b", "a\\b", "b\xc3\xa4r", "tab\there", "</script>",
	};
	struct json_object *root, *vms, *name;
	struct model m;
	char *text;
	size_t i;

	(void)state;
	make_model(&m, 1, UINT32_MAX);
	for (i = 0; i < UNIT_ARRAY_SIZE(names); i++) {
		strcpy(m.vms[0].name, names[i]);
		text = text_of(OUT_JSON, &m, false);
		ck_true(strchr(text, '\n') == text + strlen(text) - 1);
		root = json_tokener_parse(text);
		assert_non_null(root);
		ck_true(json_object_object_get_ex(root, "vms", &vms));
		ck_true(json_object_object_get_ex(json_object_array_get_idx(vms, 0), "name",
						  &name));
		ck_str(json_object_get_string(name), names[i]);
		json_object_put(root);
		free(text);
	}
	model_clear(&m);
}

/* A field of the first VM (or of its first vPE) in the JSON of a model. */
static bool is_null(const struct model *m, const char *field, bool of_vpe)
{
	struct json_object *root, *list, *o;
	char *text = text_of(OUT_JSON, m, true);
	bool null;

	root = json_tokener_parse(text);
	free(text);
	assert_non_null(root);
	ck_true(json_object_object_get_ex(root, "vms", &list));
	o = json_object_array_get_idx(list, 0);
	if (of_vpe) {
		ck_true(json_object_object_get_ex(o, "vpes", &list));
		o = json_object_array_get_idx(list, 0);
	}
	if (!json_object_object_get_ex(o, field, &o)) {
		unit_say("no field %s", field);
		fail();
	}
	null = !o;
	json_object_put(root);
	return null;
}

static void a_figure_without_its_hook_is_null_in_json(void **state)
{
	static const struct { const char *field; uint32_t figure; bool of_vpe; } fields[] = {
		{ "moves", HOOK_FIG_MOVES, false }, { "moves", HOOK_FIG_MOVES, true },
		{ "sleeps", HOOK_FIG_SLEEPS, false }, { "sleeps", HOOK_FIG_SLEEPS, true },
		{ "lpis", HOOK_FIG_LPIS, false }, { "forwarded_pct", HOOK_FIG_LPIS, false },
		{ "props", HOOK_FIG_PROPS, false }, { "forward_set", HOOK_FIG_FORWARD, false },
		{ "forward_unset", HOOK_FIG_FORWARD, false },
		{ "sw_lpis", HOOK_FIG_SW_LPIS, false }, { "dirty_ns", HOOK_FIG_DIRTY, true },
	};
	static const struct g4_vpe_hists hists;
	struct model m;
	size_t i;

	(void)state;
	make_model(&m, 1, 0);
	m.vms[0].lpis_known = true;
	m.vpes[0].hists = &hists;
	for (i = 0; i < UNIT_ARRAY_SIZE(fields); i++) {
		m.figures = ~fields[i].figure;
		if (!is_null(&m, fields[i].field, fields[i].of_vpe))
			unit_say("field %s", fields[i].field);
		ck_true(is_null(&m, fields[i].field, fields[i].of_vpe));
		m.figures = fields[i].figure;
		ck_true(!is_null(&m, fields[i].field, fields[i].of_vpe));
	}
	m.figures = UINT32_MAX;
	m.vms[0].lpis_known = false;
	ck_true(is_null(&m, "lpis", false));
	m.vpes[0].hists = NULL;
	ck_true(is_null(&m, "doorbell_ns", true));
	m.vpes[0].pcpu_known = false;
	ck_true(is_null(&m, "pcpu", true));
	model_clear(&m);
}

static void hidden_vms_are_in_no_output(void **state)
{
	struct model m;
	char *text;
	int kind;

	(void)state;
	make_model(&m, 2, UINT32_MAX);
	strcpy(m.vms[0].name, "hidden-one");
	strcpy(m.vms[1].name, "shown-one");
	m.vms[0].hidden = true;
	for (kind = 0; kind < NR_OUTS; kind++) {
		text = text_of(kind, &m, true);
		ck_true(!strstr(text, "hidden-one"));
		ck_true(strstr(text, "shown-one") != NULL);
		free(text);
	}
	model_clear(&m);
}

static void a_row_of_csv_has_as_many_fields_as_its_header(void **state)
{
	unsigned int fields = 1, header = 0;
	struct model m;
	char *text, *c;

	(void)state;
	make_model(&m, 1, 0);
	text = text_of(OUT_CSV, &m, false);
	ck_true(!strncmp(text, "time_ns,name,pid,", 17));
	for (c = text; *c; c++) {
		fields += *c == ',';
		if (*c != '\n')
			continue;
		ck_u64(c[-1], '\r');
		if (header)
			ck_u64(fields, header);
		else
			header = fields;
		fields = 1;
	}
	ck_u64(header, 19);
	free(text);
	model_clear(&m);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		UNIT_TEST(a_full_device_is_an_error_of_every_output),
		UNIT_TEST(a_write_that_failed_once_is_an_error_though_the_rest_went_well),
		UNIT_TEST(names_with_commas_and_quotes_are_quoted_in_csv),
		UNIT_TEST(names_are_escaped_in_json),
		UNIT_TEST(a_figure_without_its_hook_is_null_in_json),
		UNIT_TEST(hidden_vms_are_in_no_output),
		UNIT_TEST(a_row_of_csv_has_as_many_fields_as_its_header),
	};

	return unit_main(tests, UNIT_ARRAY_SIZE(tests));
}
