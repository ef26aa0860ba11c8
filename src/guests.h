/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Connections of guests' agents: where they come in, whose they are, and what they
 * have said (guest_proto.h). One connection a guest, a bounded amount of work a call.
 *
 * Whose an agent is, its words never tell: a vsock has the guest's CID, a unix socket
 * the pid of the VMM at its other end, and for TCP the operator says it.
 */
#ifndef GICV4TOP_GUESTS_H
#define GICV4TOP_GUESTS_H

#include "guest_proto.h"

enum guest_way { GUEST_UNIX, GUEST_UNIX_CONNECT, GUEST_VSOCK, GUEST_TCP };

struct guest_addr {
	enum guest_way way;
	char *vm;			/* owned; name of the VM, NULL: the transport tells */
	char *path;			/* owned; unix's path, or TCP's address without brackets */
	uint32_t port;
};

/*
 * "[NAME=]unix:PATH", "[NAME=]unix-connect:PATH", "vsock[:PORT]", "NAME=tcp:ADDRESS:PORT".
 * 0, -EINVAL or -ENOMEM; what *ret_addr owns is freed by
 * guest_addr_clear().
 */
int guest_addr_parse(const char *text, struct guest_addr *ret_addr);
void guest_addr_clear(struct guest_addr *addr);

enum guest_id { GUEST_BY_PID, GUEST_BY_CID, GUEST_BY_NAME };

struct guest {
	enum guest_id by;
	uint32_t number;		/* pid of the VMM, or CID */
	const char *vm;			/* BY_NAME; borrowed from the way in */
	int fd;				/* -1: not connected */
	struct guest_counts counts;
	uint64_t since_ns;		/* when it last connected */
	uint64_t heard_ns;		/* when its last report ended; 0: none yet */
	bool lost;			/* it said something wrong: nothing is read until */
	uint64_t until_ns;
	uint64_t told_ns;		/* when we last complained of it */
	uint64_t kvm;			/* for who counts: whose it was last time, */
	void *figures;			/*  and the counts; freed by free() */
	char part[GUEST_LINE_MAX + 1];	/* a line not yet whole */
	size_t part_len;
};

struct guests {
	struct guest_in *ins;
	uint32_t nr_ins;
	struct guest **list;
	uint32_t nr;
};

/* Opens a way in. 0 or -errno, having said why. */
int guests_open(struct guests *g, const struct guest_addr *addr);

/* Accepts and reads what is there, and never waits. */
void guests_pump(struct guests *g, uint64_t now_ns);

/* Forgets guest number @i and closes its connection. */
void guests_forget(struct guests *g, uint32_t i);

/* Whether one whose VM is not known at @now_ns is to be forgotten. */
bool guests_is_stray(const struct guest *guest, uint64_t now_ns);

void guests_free(struct guests *g);

#endif
