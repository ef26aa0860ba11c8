// SPDX-License-Identifier: GPL-2.0
/* When to measure and when to refresh; see pace.h. Pure: time is given to it. */
#include "pace.h"

#define NS_PER_S	1000000000ULL
#define WINDOW_MAX_NS	(NS_PER_S / 10)

static uint64_t window_ns(const struct pace *p)
{
	uint64_t tenth = p->interval_ns / 10;

	return tenth < WINDOW_MAX_NS ? tenth : WINDOW_MAX_NS;
}

void pace_start(struct pace *p, uint64_t interval_ns, uint64_t now_ns)
{
	*p = (struct pace){ .interval_ns = interval_ns, .next_ns = now_ns + interval_ns };
}

uint64_t pace_due_ns(const struct pace *p)
{
	return p->measuring ? p->next_ns : p->next_ns - window_ns(p);
}

enum pace_step pace_step(struct pace *p, uint64_t now_ns)
{
	if (now_ns >= p->next_ns) {
		p->measuring = false;
		p->next_ns += p->interval_ns;
		if (p->next_ns <= now_ns)
			p->next_ns = now_ns + p->interval_ns;
		return PACE_REFRESH;
	}
	if (!p->measuring && now_ns >= pace_due_ns(p)) {
		p->measuring = true;
		return PACE_MEASURE;
	}
	return PACE_WAIT;
}
