# SPDX-License-Identifier: GPL-2.0
#
# Golden tests: what text, JSON and CSV look like for hosts that are made up
# (scenes.c), compared with the files in this directory.
#
# In: B_NATIVE CC UNIT_CFLAGS and the object rules of tests/unit/unit.mk.
# Out: GOLDEN_PROGRAMS to build, GOLDEN_TESTS to hand to tests/run.

GOLDEN_TESTS	:= tests/golden/golden_test.py
GOLDEN_PROGRAMS	:= $(B_NATIVE)/tests/golden/render

$(B_NATIVE)/tests/golden/%.o: tests/golden/%.c
	@mkdir -p $(@D)
	$(say) CC $@
	$(Q)$(CC) $(UNIT_CFLAGS) -MMD -MP -c -o $@ $<

$(GOLDEN_PROGRAMS): $(addprefix $(B_NATIVE)/tests/,golden/render.o golden/scenes.o \
		unit/make_snap.o $(addprefix src/,out_text.o out_json.o json.o out_csv.o out_hist.o bars.o model_hist.o header.o $(COLUMN_OBJS) \
		model.o model_vpe.o model_lpi.o model_direct.o hist.o snapshot.o))
	$(say) CC $@
	$(Q)$(CC) $(UNIT_CFLAGS) -o $@ $^ -ljson-c

-include $(wildcard $(B_NATIVE)/tests/golden/*.d)
