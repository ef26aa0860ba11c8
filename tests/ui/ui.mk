# SPDX-License-Identifier: GPL-2.0
#
# Tests of the live view: uitop shows a made-up host in a terminal (tmux), with
# the sanitizers. (What keys do without a terminal is tests/unit/ui_test.c's.)
#
# In: B_NATIVE CC UNIT_CFLAGS and the object rules of tests/unit/unit.mk.
# Out: UI_PROGRAMS to build, UI_TESTS to hand to tests/run.

UI_TESTS	:= tests/ui/ui_test.py
UI_PROGRAMS	:= $(B_NATIVE)/tests/ui/uitop
UI_LIBS		:= -lncursesw -ltinfo

$(B_NATIVE)/tests/ui/%.o: tests/ui/%.c
	@mkdir -p $(@D)
	$(say) CC $@
	$(Q)$(CC) $(UNIT_CFLAGS) -Itests/ui -MMD -MP -c -o $@ $<

$(UI_PROGRAMS): $(addprefix $(B_NATIVE)/tests/,ui/uitop.o ui/fake_host.o \
		$(addprefix src/,$(UI_OBJS) ui_term.o ui_run.o pace.o log.o out_json.o json.o))
	$(say) CC $@
	$(Q)$(CC) $(UNIT_CFLAGS) -o $@ $^ $(UI_LIBS) -ljson-c

-include $(wildcard $(B_NATIVE)/tests/ui/*.d)
