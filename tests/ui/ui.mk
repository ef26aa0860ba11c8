# SPDX-License-Identifier: GPL-2.0
#
# Tests of the live view: uitop shows a made-up host, uireplay a recording of
# made-up traffic ($(MAKE_RECORDING)) in a terminal (tmux), with the sanitizers.
# (What keys do without a terminal is tests/unit/ui_test.c's.)
#
# In: B_NATIVE CC UNIT_CFLAGS and the object rules of tests/unit/unit.mk.
# Out: UI_PROGRAMS to build, UI_TESTS to hand to tests/run.

UI_TESTS	:= tests/ui/ui_test.py tests/ui/replay_test.py
UI_PROGRAMS	:= $(B_NATIVE)/tests/ui/uitop $(B_NATIVE)/tests/ui/uireplay
UI_LIBS		:= -lncursesw -ltinfo

$(B_NATIVE)/tests/ui/%.o: tests/ui/%.c
	@mkdir -p $(@D)
	$(say) CC $@
	$(Q)$(CC) $(UNIT_CFLAGS) -Itests/ui -MMD -MP -c -o $@ $<

UI_WHOLE_OBJS	:= $(UI_OBJS) ui_term.o ui_run.o moment.o pace.o log.o out_json.o json.o

$(B_NATIVE)/tests/ui/uitop: $(addprefix $(B_NATIVE)/tests/,ui/uitop.o ui/fake_host.o \
		$(addprefix src/,$(UI_WHOLE_OBJS)))
	$(say) CC $@
	$(Q)$(CC) $(UNIT_CFLAGS) -o $@ $^ $(UI_LIBS) -ljson-c

# $(sort): what both lists have once
$(B_NATIVE)/tests/ui/uireplay: $(addprefix $(B_NATIVE)/tests/,ui/uireplay.o \
		$(addprefix src/,$(sort $(UI_WHOLE_OBJS) replay.o $(REC_OPEN_OBJS) $(RECORD_OBJS))))
	$(say) CC $@
	$(Q)$(CC) $(UNIT_CFLAGS) -o $@ $^ $(UI_LIBS) -ljson-c -lz $(REC_OPEN_LIBS)

-include $(wildcard $(B_NATIVE)/tests/ui/*.d)
