// SPDX-License-Identifier: GPL-2.0
/* The arithmetic of pmu.h. Pure. */
#include "pmu.h"

bool pmu_scale(const struct pmu_reading *r, uint64_t *ret_value)
{
	unsigned __int128 scaled;

	if (!r->running) {
		*ret_value = 0;
		return !r->enabled && !r->value;
	}
	scaled = (unsigned __int128)r->value * r->enabled / r->running;
	/* perf reads the two times one after the other */
	if (r->running >= r->enabled)
		scaled = r->value;
	*ret_value = scaled > UINT64_MAX ? UINT64_MAX : (uint64_t)scaled;
	return true;
}

bool pmu_estimate(uint64_t events, uint64_t counted, uint64_t taken, uint32_t in_flight,
		  uint64_t *ret_count, uint64_t *ret_error)
{
	uint64_t error = (events > counted ? events - counted : 0) + in_flight;

	*ret_error = error;
	*ret_count = events > taken ? events - taken : 0;
	return events + error >= taken;
}
