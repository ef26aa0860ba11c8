// SPDX-License-Identifier: GPL-2.0
/* gicv4top guest-agent: the agent of src/agent, for guests that have all of gicv4top. */
#include "agent/agent.h"
#include "cmd.h"

int cmd_guest_agent(int argc, char **argv)
{
	return agent_main(argc, argv);
}
