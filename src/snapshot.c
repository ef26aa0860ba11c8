// SPDX-License-Identifier: GPL-2.0
/* Owns the memory of a reading; see snapshot.h. */
#include <stdlib.h>
#include <string.h>

#include "snapshot.h"

void snapshot_clear(struct snapshot *snap)
{
	free(snap->vms);
	free(snap->vpes);
	free(snap->hists);
	free(snap->vlpis);
	memset(snap, 0, sizeof(*snap));
}
