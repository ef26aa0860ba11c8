/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a guest's agent says, and the one who hears it. The agent is the guest's
 * program and may be hostile: it is believed names and counts of its own VM,
 * nothing else, and it costs a bounded amount of memory and time.
 *
 * Version 1. Lines of at most GUEST_LINE_MAX bytes, each ended by a newline; words
 * apart by one blank; numbers decimal. The agent talks, nobody answers.
 *
 *	gicv4top-agent 1 BOOT CPUS	first line of a connection. BOOT: the guest's boot,
 *					1 to 36 of [0-9a-f-]; CPUS: 1 to GUEST_MAX_CPUS
 *	row ROW DEVID EVENTID NAME	an MSI that the guest has requested: number of the
 *					guest's irq, DeviceID and EventID at its ITS (-: the
 *					agent cannot tell), and who requested it (the rest
 *					of the line). Before the row's first n line, and again
 *					when its ids change or its counts begin anew
 *	n ROW CPU COUNT			interrupts of this row that this CPU has taken since
 *					the guest's boot; never falls unless row was said anew
 *	end SEQ TIME			the report is over: SEQ counts reports of a connection
 *					from 1; TIME: ns of the guest's clock when it looked
 *
 * The first report of a connection has every count above 0, later ones those that
 * changed. Within one BOOT counts go on over connections, unless TIME went back: then the
 * guest was put back to what it had been.
 */
#ifndef GICV4TOP_GUEST_PROTO_H
#define GICV4TOP_GUEST_PROTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GUEST_VERSION		1
#define GUEST_LINE_MAX		160	/* without the newline */
#define GUEST_MAX_CPUS		512
#define GUEST_MAX_ROWS		4096	/* a guest */
#define GUEST_MAX_ROW		65535	/* highest ROW */
#define GUEST_MAX_CELLS		262144	/* rows * CPUS of a guest */
#define GUEST_MAX_COUNT		((1ULL << 53) - 1)	/* JSON's numbers are exact so far */
#define GUEST_NAME_LEN		32
#define GUEST_BOOT_LEN		37
#define GUEST_PORT		9436	/* of vsock, unless told otherwise */

/* One MSI of the guest, and its counts by CPU. */
struct guest_row {
	uint32_t row;
	bool ids_known;
	uint32_t devid, eventid;
	char name[GUEST_NAME_LEN];	/* printable ASCII */
	uint64_t *seen;			/* [cpus] as last reported */
	uint64_t *taken;		/* [cpus] of these, how many the taker has counted */
	uint32_t verdict;		/* the taker's own: how it judged this row last time */
	uint64_t verdict_ns;
};

struct guest_counts {
	bool greeted;			/* this connection has said hello */
	bool between;			/* no report is half read */
	bool based;			/* a first report of this boot: counting has begun */
	char boot[GUEST_BOOT_LEN];	/* "" before the first hello */
	uint32_t nr_cpus;
	struct guest_row *rows;		/* by row number; owned */
	uint32_t nr_rows, nr_cells;
	uint64_t dropped;		/* reported, and begun anew before the taker took them */
	uint64_t reports;		/* ended, over all connections */
	uint64_t nr_boots;		/* different ones seen */
	uint64_t seq;			/* of this connection */
	uint64_t time_ns;		/* guest's clock at the last end; 0: none yet */
};

/* A new connection: the next line must be a hello. What was counted stays. */
void guest_connect(struct guest_counts *g);

/*
 * One line, without its newline (@len bytes, any). 0, or -EPROTO with what is wrong with
 * it in @why, or -ENOSPC with which bound it breaks, or -ENOMEM. The connection is of no
 * use after an error.
 */
int guest_line(struct guest_counts *g, const char *line, size_t len, char *why, size_t why_size);

void guest_clear(struct guest_counts *g);

#endif
