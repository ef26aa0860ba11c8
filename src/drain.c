// SPDX-License-Identifier: GPL-2.0
/*
 * Owns how rings are drained: what is complete, and how much to take at once. A program
 * takes its time before it gets room in its ring, so what is younger than SLACK_NS may
 * still be preceded by something; later ones cost the recording a byte or two, no more.
 */
#include <unistd.h>

#include "drain.h"
#include "util.h"

#define SLACK_NS	10000000ULL
#define MANY_RECORDS	10000
#define MAX_ROUNDS	64U
#define RINGS_BYTES	(256U << 20)
#define RING_MAX_BYTES	(8U << 20)
#define RING_MIN_BYTES	(256U << 10)

uint32_t drain_ring_bytes(void)
{
	long conf = sysconf(_SC_NPROCESSORS_CONF);
	uint64_t nr = conf > 0 ? (uint64_t)conf : 1;
	uint32_t bytes = RING_MAX_BYTES;

	while (bytes > RING_MIN_BYTES && bytes * nr > RINGS_BYTES)
		bytes /= 2;
	return bytes;
}

int drain_into(struct session *session, struct recorder *r, uint64_t *lost, bool end)
{
	unsigned int rounds = 0;
	uint64_t until_ns;
	int err, nr;

	/* where much has come meanwhile, more is coming */
	do {
		until_ns = util_now_ns() - SLACK_NS;
		nr = session_drain(session, recorder_take, r);
		err = nr < 0 ? nr : session_lost_records(session, lost);
		if (!err)
			err = recorder_pass(r, end ? UINT64_MAX : until_ns, util_now_ns(), lost,
					    session_nr_cpus(session));
	} while (!err && nr > MANY_RECORDS && ++rounds < MAX_ROUNDS);
	return err;
}
