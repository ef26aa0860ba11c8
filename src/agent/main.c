// SPDX-License-Identifier: GPL-2.0
/* The agent alone, for guests: linked statically, it needs nothing of the guest. */
#include "agent.h"

int main(int argc, char **argv)
{
	return agent_main(argc, argv);
}
