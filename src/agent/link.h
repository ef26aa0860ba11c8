/* SPDX-License-Identifier: GPL-2.0 */
/* The way from the agent to the host: one connection, made again when it is lost. */
#ifndef GICV4TOP_AGENT_LINK_H
#define GICV4TOP_AGENT_LINK_H

#include <signal.h>
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

/* "host:PORT" or "CID:PORT"; "ADDRESS:PORT", "[ADDRESS]:PORT"; a path. 0 or -EINVAL. */
int link_parse_vsock(struct link *l, const char *text);
int link_parse_tcp(struct link *l, char *text);	/* @text is cut, and kept */
int link_parse_unix(struct link *l, const char *text);

/* Connects, waiting a second at most. 0 or -errno. */
int link_open(struct link *l);
void link_close(struct link *l);

/* Sends what can be sent now; bytes, 0 while the other side does not read, or -errno. */
int64_t link_send(struct link *l, const char *buf, size_t len);

/*
 * Until @ms are over, or a signal that @mask lets in, or, if @room, more can be sent.
 * 0, or -EPIPE when the other side has hung up. Not connected, it only waits.
 */
int link_wait(const struct link *l, uint64_t ms, bool room, const sigset_t *mask);

/* Where to, for messages. */
const char *link_name(const struct link *l, char *buf, size_t size);

#endif
