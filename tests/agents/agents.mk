# SPDX-License-Identifier: GPL-2.0
#
# Tests of agents: the static binary against sockets of the test's own, and hostile
# ones against what hears them.
#
# In: B_NATIVE CC UNIT_CFLAGS and the object rules of tests/unit/unit.mk.
# Out: AGENTS_PROGRAMS to build, AGENTS_TESTS to hand to tests/run.

AGENTS_TESTS	:= tests/agents/agent_test.py tests/agents/hostile_test.py
AGENTS_PROGRAMS	:= $(B_NATIVE)/tests/agents/hear

# without the sanitizers: its memory is measured
$(AGENTS_PROGRAMS): tests/agents/hear.c tests/unit/make_snap.c $(addprefix src/,direct_guest.c guests.c \
		guest_proto.c guest_addr.c log.c util.c snapshot.c hist.c) $(wildcard src/*.h)
	@mkdir -p $(@D)
	$(say) CC $@
	$(Q)$(CC) $(CFLAGS_COMMON) -O2 -g -Itests/unit -o $@ $(filter %.c,$^)
