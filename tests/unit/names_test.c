// SPDX-License-Identifier: GPL-2.0
/*
 * Names out of texts that others write: VMMs' command lines and the actions of
 * interrupts. Every text ends where its page ends, so that one byte too many
 * read is a fault.
 */
#include <unistd.h>

#include "names.h"
#include "unit.h"

struct cmdline_case {
	const char *name;
	const char *cmdline;		/* NUL between arguments */
	size_t len;
	const char *want;		/* NULL: no name */
};

/* The NUL behind a string literal is the last argument's. */
#define CMDLINE(text)	(text), sizeof(text)
#define CUT(text)	(text), sizeof(text) - 1

static const struct cmdline_case cmdlines[] = {
	{ "a plain name", CMDLINE("qemu\0-name\0web\0-m\0" "4G"), "web" },
	{ "a name at the end", CMDLINE("qemu\0-m\0" "4G\0-name\0web"), "web" },
	{ "libvirt's guest= and debug-threads=",
	  CMDLINE("/usr/bin/qemu-system-aarch64\0-name\0guest=web-1,debug-threads=on\0-S"),
	  "web-1" },
	{ "a plain name with process=", CMDLINE("qemu\0-name\0g,process=x\0-S"), "g" },
	{ "guest= behind another option", CMDLINE("qemu\0-name\0debug-threads=on,guest=g"), "g" },
	{ "guest= behind two other options",
	  CMDLINE("qemu\0-name\0process=p,debug-threads=on,guest=g"), "g" },
	{ "two dashes", CMDLINE("qemu\0--name\0g"), "g" },
	{ "a doubled comma is a comma", CMDLINE("qemu\0-name\0a,,b,process=x"), "a,b" },
	{ "a doubled comma behind guest=", CMDLINE("qemu\0-name\0guest=a,,,,b"), "a,,b" },
	{ "a doubled comma in an option before guest=",
	  CMDLINE("qemu\0-name\0process=a,,b,guest=g"), "g" },
	{ "guest= inside another option's value is none",
	  CMDLINE("qemu\0-name\0process=a,,guest=b,guest=g"), "g" },
	{ "an equals sign in the name", CMDLINE("qemu\0-name\0guest=a=b"), "a=b" },
	{ "spaces stay", CMDLINE("qemu\0-name\0my guest"), "my guest" },
	{ "UTF-8 stays", CMDLINE("qemu\0-name\0guest=b\xc3\xa4r"), "b\xc3\xa4r" },
	{ "control characters become ?", CMDLINE("qemu\0-name\0a\x1b[2Jb\nc\x7f" "d\te"),
	  "a?[2Jb?c?d?e" },
	{ "no -name", CMDLINE("qemu\0-m\0" "4G"), NULL },
	{ "-name without a value", CMDLINE("qemu\0-name"), NULL },
	{ "-name with an empty value", CMDLINE("qemu\0-name\0"), NULL },
	{ "an empty guest=", CMDLINE("qemu\0-name\0guest=,debug-threads=on"), NULL },
	{ "only other options", CMDLINE("qemu\0-name\0process=x"), NULL },
	{ "only other options, with a comma", CMDLINE("qemu\0-name\0debug-threads=on,"), NULL },
	{ "a word that only begins with -name", CMDLINE("qemu\0-names\0g"), NULL },
	{ "an empty command line", CUT(""), NULL },
	{ "only NULs", CMDLINE("\0\0\0"), NULL },
	{ "cut in -name", CUT("qemu\0-nam"), NULL },
	{ "cut behind -name", CUT("qemu\0-name"), NULL },
	{ "cut before the value", CUT("qemu\0-name\0"), NULL },
	{ "cut in the value", CUT("qemu\0-name\0guest=we"), NULL },
	{ "a process that wrote its title over its arguments", CUT("qemu: running"), NULL },
};

static void run_cmdline(void **state)
{
	const struct cmdline_case *c = *state;
	char *cmdline = malloc(c->len ? c->len : 1);
	char buf[MODEL_NAME_LEN] = "untouched?";
	bool found;

	assert_non_null(cmdline);
	memcpy(cmdline, c->cmdline, c->len);
	found = names_from_cmdline(cmdline, c->len, buf, sizeof(buf));
	free(cmdline);
	ck_u64(found, c->want != NULL);
	if (c->want)
		ck_str(buf, c->want);
}

/* "-name TEXT" with @text repeated until it is longer than any name. */
static bool long_name(const char *text, char *buf, size_t size)
{
	char cmdline[16 + 400] = "qemu\0-name";
	size_t len = sizeof("qemu\0-name");

	while (len + strlen(text) < sizeof(cmdline)) {
		memcpy(cmdline + len, text, strlen(text));
		len += strlen(text);
	}
	cmdline[len] = '\0';
	return names_from_cmdline(cmdline, len + 1, buf, size);
}

static void a_very_long_name_is_cut(void **state)
{
	char buf[MODEL_NAME_LEN + 1];

	(void)state;
	memset(buf, '#', sizeof(buf));
	ck_true(long_name("abcdefgh", buf, MODEL_NAME_LEN));
	ck_u64(strlen(buf), MODEL_NAME_LEN - 1);
	ck_true(!strncmp(buf, "abcdefghabcdefgh", 16));
	ck_u64(buf[MODEL_NAME_LEN], '#');
}

static void a_name_fits_a_small_buffer(void **state)
{
	char buf[8];

	(void)state;
	memset(buf, '#', sizeof(buf));
	ck_true(long_name("abcdefgh", buf, 4));
	ck_str(buf, "abc");
	ck_u64(buf[4], '#');
}

static bool is_utf8(const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	int more = 0;

	for (; *p; p++) {
		if (more) {
			if ((*p & 0xc0) != 0x80)
				return false;
			more--;
		} else if ((*p & 0xe0) == 0xc0) {
			more = 1;
		} else if ((*p & 0xf0) == 0xe0) {
			more = 2;
		} else if ((*p & 0xf8) == 0xf0) {
			more = 3;
		} else if (*p & 0x80) {
			return false;
		}
	}
	return !more;
}

/* JSON must be UTF-8: half a character makes a whole line unreadable. */
static void a_long_name_is_cut_between_characters(void **state)
{
	char buf[MODEL_NAME_LEN];

	(void)state;
	ck_true(long_name("\xe2\x82\xac\xc3\xa4", buf, sizeof(buf)));
	ck_true(strlen(buf) > 50);
	ck_true(is_utf8(buf));
	ck_true(long_name("\xf0\x9f\x90\xa7", buf, sizeof(buf)));
	ck_true(is_utf8(buf));
}

static void bytes_that_are_no_utf8_do_not_stay(void **state)
{
	static const char *const texts[] = {
		"qemu\0-name\0a\xff" "b\0", "qemu\0-name\0a\x9b" "2J\0", "qemu\0-name\0a\xc3\0..",
	};
	char buf[MODEL_NAME_LEN];
	size_t i;

	(void)state;
	for (i = 0; i < UNIT_ARRAY_SIZE(texts); i++) {
		ck_true(names_from_cmdline(texts[i], 16, buf, sizeof(buf)));
		if (!is_utf8(buf))
			unit_say("text %zu", i);
		ck_true(is_utf8(buf));
	}
}

/* C1 control characters, as UTF-8: some terminals obey U+009B as they do ESC [. */
static void c1_control_characters_do_not_stay(void **state)
{
	static const char cmdline[] = "qemu\0-name\0a\xc2\x9b" "2Jb";
	char buf[MODEL_NAME_LEN];

	(void)state;
	ck_true(names_from_cmdline(cmdline, sizeof(cmdline), buf, sizeof(buf)));
	ck_true(!strstr(buf, "\xc2\x9b"));
}

struct action_case {
	const char *action;
	const char *want;		/* NULL: none */
};

static const struct action_case actions[] = {
	{ "vfio-msix[3](0000:01:00.0)", "0000:01:00.0" },
	{ "vfio-msi[0](0001:a2:1f.7)", "0001:a2:1f.7" },
	{ "vfio-msix[0](10000:e1:00.0)", "10000:e1:00.0" },	/* VMD has domains of 5 digits */
	{ "vfio-msix[3](0000:01:00.0), other", "0000:01:00.0" },
	{ "one(two)(0000:01:00.1)", "0000:01:00.1" },
	{ "", NULL },
	{ "nvme0q1", NULL },
	{ "vfio-msix[3]", NULL },
	{ "vfio-msix[3]()", NULL },
	{ "vfio-msix[3](0000:01:00.0", NULL },
	{ ")0000:01:00.0(", NULL },
	{ "vfio-intx(0000:01:00)", NULL },
	{ "vfio-platform(fe000000.dev)", NULL },
	{ "x(0000:01:00.0x)", NULL },
	{ "x(0000:01:00.0 )", NULL },
	{ "x( 0000:01:00.0)", NULL },
	{ "x(-1:01:00.0)", NULL },
	{ "x(0000:01:00.0\x1b)", NULL },
	{ "x(\n0000:01:00.0)", NULL },
};

static void devices_are_found_in_actions(void **state)
{
	char buf[MODEL_DEVICE_LEN];
	int failed = 0;
	bool found;
	size_t i;

	(void)state;
	for (i = 0; i < UNIT_ARRAY_SIZE(actions); i++) {
		memset(buf, 0, sizeof(buf));
		found = names_device_from_action(actions[i].action, buf, sizeof(buf));
		if (found == !!actions[i].want &&
		    (!found || !strcmp(buf, actions[i].want)))
			continue;
		unit_say("\"%s\" gave \"%s\", not \"%s\"", actions[i].action,
			 found ? buf : "(none)", actions[i].want ? actions[i].want : "(none)");
		failed++;
	}
	ck_u64((uint64_t)failed, 0);
}

static void a_device_fits_a_small_buffer(void **state)
{
	char buf[8];

	(void)state;
	memset(buf, '#', sizeof(buf));
	if (names_device_from_action("vfio-msix[3](0000:01:00.0)", buf, 5))
		ck_str(buf, "0000");
	ck_u64(buf[5], '#');
}

static void a_process_that_is_not_there_has_no_name(void **state)
{
	char name[MODEL_NAME_LEN] = "old", device[MODEL_DEVICE_LEN] = "old";
	struct model_names live;

	(void)state;
	names_live(&live);
	live.vm_name(live.ctx, UINT32_MAX, name, sizeof(name));
	ck_str(name, "");
	live.device(live.ctx, UINT32_MAX, device, sizeof(device));
	ck_str(device, "");
}

static void a_process_without_name_option_has_its_own_name(void **state)
{
	char name[MODEL_NAME_LEN] = "old";
	struct model_names live;

	(void)state;
	names_live(&live);
	live.vm_name(live.ctx, (uint32_t)getpid(), name, sizeof(name));
	ck_str(name, "names_test");
}

static void a_cid_is_that_of_the_vsock_device_alone(void **state)
{
	static const char plain[] = "qemu\0-name\0guest=guest-cid=7\0-append\0guest-cid=8\0"
				    "-device\0vhost-vsock-pci,id=v,guest-cid=9\0";
	static const char json[] = "qemu\0-device\0{\"driver\":\"e1000e\",\"id\":\"guest-cid\":5}\0"
				   "-device\0{\"driver\":\"vhost-vsock-pci\",\"guest-cid\":11}\0";
	static const char none[] = "qemu\0-device\0virtio-net,id=guest-cid=7\0"
				   "vhost-vsock,guest-cid=4\0";
	static const char own[] = "qemu\0-device\0vhost-vsock-device,guest-cid=2\0";

	(void)state;
	ck_u64(names_cid_from_cmdline(plain, sizeof(plain) - 1), 9);
	ck_u64(names_cid_from_cmdline(json, sizeof(json) - 1), 11);
	ck_u64(names_cid_from_cmdline(none, sizeof(none) - 1), 0);
	ck_u64(names_cid_from_cmdline(own, sizeof(own) - 1), 0);
	ck_u64(names_cid_from_cmdline("", 0), 0);
}

int main(void)
{
	static const struct CMUnitTest others[] = {
		UNIT_TEST(a_very_long_name_is_cut),
		UNIT_TEST(a_name_fits_a_small_buffer),
		UNIT_TEST(a_long_name_is_cut_between_characters),
		UNIT_TEST(bytes_that_are_no_utf8_do_not_stay),
		UNIT_TEST(c1_control_characters_do_not_stay),
		UNIT_TEST(devices_are_found_in_actions),
		UNIT_TEST(a_device_fits_a_small_buffer),
		UNIT_TEST(a_process_that_is_not_there_has_no_name),
		UNIT_TEST(a_cid_is_that_of_the_vsock_device_alone),
		UNIT_TEST(a_process_without_name_option_has_its_own_name),
	};
	struct CMUnitTest tests[UNIT_ARRAY_SIZE(cmdlines) + UNIT_ARRAY_SIZE(others)];
	size_t i;

	for (i = 0; i < UNIT_ARRAY_SIZE(cmdlines); i++)
		tests[i] = (struct CMUnitTest)UNIT_CASE(cmdlines[i].name, run_cmdline,
							&cmdlines[i]);
	memcpy(&tests[i], others, sizeof(others));
	return unit_main(tests, UNIT_ARRAY_SIZE(tests));
}
