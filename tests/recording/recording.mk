# SPDX-License-Identifier: GPL-2.0
#
# Recordings: made-up traffic, the recorder that writes it, the reader that plays it.
#
# In: B_NATIVE CC CFLAGS_COMMON CFLAGS, the object rules of tests/unit/unit.mk.
# Out: RECORDING_PROGRAMS to build, RECORDING_TESTS to hand to tests/run, MAKE_RECORDING.

RECORDING_OBJS := fold.o fold_snap.o hist.o log.o rec_dec.o rec_enc.o rec_merge.o rec_out.o \
		  rec_play.o rec_read.o rec_write.o recorder.o snapshot.o util.o
MAKE_RECORDING := $(B_NATIVE)/tests/recording/make_recording
MAKE_SCENE := $(B_NATIVE)/tests/recording/make_scene
RECORDING_DUMP := $(B_NATIVE)/tests/recording/dump
RECORDING_PROGRAMS := $(MAKE_RECORDING) $(MAKE_SCENE) $(RECORDING_DUMP)
RECORDING_TESTS := tests/recording/format_test.py

$(B_NATIVE)/tests/recording/%.o: tests/recording/%.c
	@mkdir -p $(@D)
	$(say) CC $@
	$(Q)$(CC) $(CFLAGS_COMMON) $(CFLAGS) -Itests/recording -MMD -MP -c -o $@ $<

$(MAKE_RECORDING) $(MAKE_SCENE): $(B_NATIVE)/tests/recording/%: $(B_NATIVE)/tests/recording/%.o \
		$(B_NATIVE)/tests/recording/traffic.o $(addprefix $(B_NATIVE)/,$(RECORDING_OBJS))
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lz

$(RECORDING_DUMP): $(B_NATIVE)/tests/recording/dump.o $(addprefix $(B_NATIVE)/,$(RECORDING_OBJS))
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lz -ljson-c

-include $(wildcard $(B_NATIVE)/tests/recording/*.d)
