/* SPDX-License-Identifier: GPL-2.0 */
/* The guest's agent as a program: gicv4top guest-agent, and a static binary of its own. */
#ifndef GICV4TOP_AGENT_H
#define GICV4TOP_AGENT_H

/* Exit status: 0 ended by a signal or --once, 1 failed, 2 wrong usage. */
int agent_main(int argc, char **argv);

#endif
