// SPDX-License-Identifier: GPL-2.0
/* Where agents come in, as the operator writes it. */
#include "guests.h"
#include "unit.h"

static const struct good {
	const char *text, *vm, *path;
	enum guest_way way;
	uint32_t port;
} good[] = {
	{ "unix:/run/g.sock", NULL, "/run/g.sock", GUEST_UNIX, 0 },
	{ "web=unix:/run/g=1.sock", "web", "/run/g=1.sock", GUEST_UNIX, 0 },
	{ "unix:/run/g=1.sock", NULL, "/run/g=1.sock", GUEST_UNIX, 0 },
	{ "unix-connect:x", NULL, "x", GUEST_UNIX_CONNECT, 0 },
	{ "vsock", NULL, NULL, GUEST_VSOCK, GUEST_PORT },
	{ "vsock:77", NULL, NULL, GUEST_VSOCK, 77 },
	{ "web=tcp:127.0.0.1:9436", "web", "127.0.0.1", GUEST_TCP, 9436 },
	{ "web=tcp:[::1]:9436", "web", "::1", GUEST_TCP, 9436 },
};

static void a_way_in_is_understood(void **state)
{
	const struct good *g = *state;
	struct guest_addr addr;

	ck_u64((uint64_t)-guest_addr_parse(g->text, &addr), 0);
	ck_u64(addr.way, g->way);
	ck_u64(addr.port, g->port);
	ck_u64(addr.vm != NULL, g->vm != NULL);
	ck_u64(addr.path != NULL, g->path != NULL);
	if (g->vm)
		ck_str(addr.vm, g->vm);
	if (g->path)
		ck_str(addr.path, g->path);
	guest_addr_clear(&addr);
}

static void others_are_refused(void **state)
{
	static const char *const bad[] = {
		"", "x", "unix:", "unix", "=unix:/x", "tcp:127.0.0.1:1", "web=tcp:1", "web=tcp::1",
		"web=tcp:127.0.0.1:0", "web=tcp:127.0.0.1:65536", "web=tcp:[]:1", "web=tcp:[::1:1",
		"vsock:", "vsock:0", "vsock:x", "web=vsock", "unix-connect:", "vsock:4294967295",
	};
	struct guest_addr addr;
	size_t i;

	(void)state;
	for (i = 0; i < UNIT_ARRAY_SIZE(bad); i++) {
		if (!guest_addr_parse(bad[i], &addr)) {
			unit_say("taken: %s", bad[i]);
			guest_addr_clear(&addr);
			ck_true(0);
		}
	}
}

int main(void)
{
	struct CMUnitTest tests[1 + UNIT_ARRAY_SIZE(good)] = { UNIT_TEST(others_are_refused) };
	size_t i;

	for (i = 0; i < UNIT_ARRAY_SIZE(good); i++)
		tests[i + 1] = (struct CMUnitTest)UNIT_CASE(good[i].text, a_way_in_is_understood,
							    &good[i]);
	return unit_main(tests, UNIT_ARRAY_SIZE(tests));
}
