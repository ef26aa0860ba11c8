// SPDX-License-Identifier: GPL-2.0
/* Parses where agents come in; see guests.h. Pure. */
#include <errno.h>
#include <string.h>

#include "guests.h"
#include "util.h"

void guest_addr_clear(struct guest_addr *addr)
{
	free(addr->vm);
	free(addr->path);
	memset(addr, 0, sizeof(*addr));
}

/* "ADDRESS:PORT" or "[ADDRESS]:PORT" */
static int parse_tcp(const char *text, struct guest_addr *addr)
{
	const char *colon = strrchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : 0;
	uint64_t port;

	if (!len || util_parse_u64(colon + 1, 1, UINT16_MAX, &port))
		return -EINVAL;
	if (text[0] == '[') {
		if (len < 3 || text[len - 1] != ']')
			return -EINVAL;
		text++;
		len -= 2;
	}
	addr->path = strndup(text, len);
	addr->port = (uint32_t)port;
	return addr->path ? 0 : -ENOMEM;
}

static int parse_unix(const char *path, struct guest_addr *addr)
{
	/* sun_path's size */
	if (!path[0] || strlen(path) >= 108)
		return -EINVAL;
	addr->path = strdup(path);
	return addr->path ? 0 : -ENOMEM;
}

static int parse_way(const char *text, struct guest_addr *addr)
{
	uint64_t port = GUEST_PORT;

	if (!strncmp(text, "unix:", 5)) {
		addr->way = GUEST_UNIX;
		return parse_unix(text + 5, addr);
	}
	if (!strncmp(text, "unix-connect:", 13)) {
		addr->way = GUEST_UNIX_CONNECT;
		return parse_unix(text + 13, addr);
	}
	if (!strncmp(text, "tcp:", 4)) {
		addr->way = GUEST_TCP;
		return addr->vm ? parse_tcp(text + 4, addr) : -EINVAL;
	}
	addr->way = GUEST_VSOCK;
	if (addr->vm)		/* its CID tells whose it is */
		return -EINVAL;
	if (strcmp(text, "vsock") &&
	    (strncmp(text, "vsock:", 6) || util_parse_u64(text + 6, 1, UINT32_MAX - 1, &port)))
		return -EINVAL;
	addr->port = (uint32_t)port;
	return 0;
}

int guest_addr_parse(const char *text, struct guest_addr *ret_addr)
{
	struct guest_addr addr = { 0 };
	const char *colon = strchr(text, ':'), *equal = strchr(text, '=');
	int err;

	/* a path may have a "=" in it, a way has none */
	if (equal && (!colon || equal < colon)) {
		if (equal == text)
			return -EINVAL;
		addr.vm = strndup(text, (size_t)(equal - text));
		if (!addr.vm)
			return -ENOMEM;
		text = equal + 1;
	}
	err = parse_way(text, &addr);
	if (err) {
		guest_addr_clear(&addr);
		return err;
	}
	*ret_addr = addr;
	return 0;
}
