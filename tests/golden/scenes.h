/* SPDX-License-Identifier: GPL-2.0 */
/* The hosts that golden files show. To add one: a row in scenes.c, then tests/golden/update. */
#ifndef TESTS_GOLDEN_SCENES_H
#define TESTS_GOLDEN_SCENES_H

#include "make_snap.h"
#include "model.h"
#include "out.h"

/* All scenes attach at this time. */
#define SCENE_ATTACH_NS	(1000 * SEC)

struct scene {
	const char *name;
	struct out_info info;
	uint32_t figures;		/* HOOK_FIG_* known */
	unsigned int nr_refreshes;	/* a second each */
	/* the host as it is at refresh @nr; the snapshot is empty or the one before */
	void (*host)(unsigned int nr, struct snapshot *snap);
	const char *const *vm_names;	/* of pids 1000, 1001, ...; NULL: no names */
	/* as on the command line */
	const char *columns, *sort, *guest;
	enum direct_source direct;
	uint32_t pid, vcpu;
	bool one_vcpu, detail;
	bool hist;			/* of "gicv4top hist" too */
};

extern const struct scene scenes[];	/* ends with a name of NULL */

void scene_snapshot(const struct scene *scene, unsigned int nr, struct snapshot *snap);
void scene_names(const struct scene *scene, struct model_names *ret_names);

#endif
