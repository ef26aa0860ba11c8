/* SPDX-License-Identifier: GPL-2.0 */
/* The way from the agent to the host: one connection, made again when it is lost. */
#ifndef GICV4TOP_AGENT_LINK_H
#define GICV4TOP_AGENT_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum link_way { LINK_VSOCK, LINK_SERIAL, LINK_UNIX, LINK_TCP };

struct link {
	enum link_way way;
	const char *path;		/* borrowed: of a unix socket, a port, or an address */
	uint32_t cid, port;
	int fd;				/* -1: not connected */
};

/* "host:PORT" or "CID:PORT"; "ADDRESS:PORT", "[ADDRESS]:PORT". 0 or -EINVAL. */
int link_parse_vsock(struct link *l, const char *text);
int link_parse_tcp(struct link *l, char *text);	/* @text is cut, and kept */

/* Connects, waiting a second at most. 0 or -errno. */
int link_open(struct link *l);
void link_close(struct link *l);

/* Sends what can be sent now; bytes, 0 while the other side does not read, or -errno. */
int64_t link_send(struct link *l, const char *buf, size_t len);

/* Where to, for messages. */
const char *link_name(const struct link *l, char *buf, size_t size);

#endif
