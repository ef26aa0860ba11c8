# SPDX-License-Identifier: GPL-2.0
#
# Recordings: made-up traffic, the recorder that writes it, the reader that plays it.
#
# In: B_NATIVE B_ARM64 CC CC_ARM64 CFLAGS_COMMON CFLAGS, the object rules of
# tests/unit/unit.mk. Out: RECORDING_PROGRAMS to build, RECORDING_TESTS to hand to
# tests/run, MAKE_RECORDING, MAKE_RECORDING_ARM64.

RECORDING_OBJS := fold.o fold_snap.o hist.o log.o rec_dec.o rec_enc.o rec_merge.o rec_out.o \
		  rec_play.o rec_read.o rec_write.o recorder.o snapshot.o util.o
MAKE_RECORDING := $(B_NATIVE)/recording/make_recording
MAKE_SCENE := $(B_NATIVE)/recording/make_scene
RECORDING_DUMP := $(B_NATIVE)/recording/dump
RECORDING_EXPORT := $(B_NATIVE)/recording/export
RECORDING_PROGRAMS := $(MAKE_RECORDING) $(MAKE_SCENE) $(RECORDING_DUMP) $(RECORDING_EXPORT)
RECORDING_TESTS := tests/recording/golden_test.py tests/recording/format_test.py \
		   tests/recording/perfetto_test.py tests/recording/hdr_test.py

# with the sanitizers: what is exported comes out of a file
EXPORT_OBJS := export_hdr.o export_perfetto.o perfetto_tracks.o trace_json.o fold.o fold_snap.o \
	       hist.o json.o out_csv.o out_hist.o $(COLUMN_OBJS) bars.o header.o model.o model_direct.o \
	       model_hist.o model_lpi.o model_vpe.o rec_dec.o rec_play.o rec_read.o snapshot.o util.o

$(B_NATIVE)/recording/%.o: tests/recording/%.c
	@mkdir -p $(@D)
	$(say) CC $@
	$(Q)$(CC) $(CFLAGS_COMMON) $(CFLAGS) -Itests/recording -MMD -MP -c -o $@ $<

$(MAKE_RECORDING) $(MAKE_SCENE): $(B_NATIVE)/recording/%: $(B_NATIVE)/recording/%.o \
		$(B_NATIVE)/recording/traffic.o $(addprefix $(B_NATIVE)/,$(RECORDING_OBJS))
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lz

$(RECORDING_DUMP): $(B_NATIVE)/recording/dump.o $(addprefix $(B_NATIVE)/,$(RECORDING_OBJS))
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lz -ljson-c

$(RECORDING_EXPORT): $(B_NATIVE)/tests/recording/export.o \
		$(addprefix $(B_NATIVE)/tests/src/,$(EXPORT_OBJS))
	@mkdir -p $(@D)
	$(say) LINK $@
	$(Q)$(CC) $(UNIT_CFLAGS) $(LDFLAGS) -o $@ $^ -lz -ljson-c

# the same in the lab, for what is compared with tracers there
MAKE_RECORDING_ARM64 := $(B_ARM64)/recording/make_recording

$(MAKE_RECORDING_ARM64): tests/recording/make_recording.c tests/recording/traffic.c \
		$(addprefix $(B_ARM64)/,$(RECORDING_OBJS))
	@mkdir -p $(@D)
	$(say) LINK $@
	$(Q)$(CC_ARM64) $(CFLAGS_COMMON) $(CFLAGS) -Itests/recording $(LDFLAGS) -o $@ $^ -lz

-include $(wildcard $(B_NATIVE)/recording/*.d)
