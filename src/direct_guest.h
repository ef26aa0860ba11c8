/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What guests' agents have reported, as direct deliveries: of each MSI that a guest
 * has taken, the host's own list of its LPIs says whether it came as VLPI.
 */
#ifndef GICV4TOP_DIRECT_GUEST_H
#define GICV4TOP_DIRECT_GUEST_H

#include "guests.h"
#include "model.h"
#include "snapshot.h"

/*
 * Counts what has come since the last call and appends a sample for each vCPU of each
 * VM whose agent is heard to @snap->direct. @names tell whose an agent is: vm_name and
 * vm_cid. 0 or -ENOMEM.
 */
int direct_guest_read(struct guests *g, struct snapshot *snap, const struct model_names *names);

#endif
