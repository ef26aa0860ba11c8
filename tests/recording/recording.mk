# SPDX-License-Identifier: GPL-2.0
#
# Recordings: made-up traffic, the recorder that writes it, the reader that plays it.
#
# In: B_NATIVE CC CFLAGS_COMMON CFLAGS, the object rules of tests/unit/unit.mk.
# Out: RECORDING_PROGRAMS to build, MAKE_RECORDING.

RECORDING_OBJS := fold.o fold_snap.o hist.o log.o rec_dec.o rec_enc.o rec_merge.o rec_out.o \
		  rec_play.o rec_read.o rec_write.o recorder.o snapshot.o util.o
MAKE_RECORDING := $(B_NATIVE)/recording/make_recording
RECORDING_PROGRAMS := $(MAKE_RECORDING)

$(B_NATIVE)/recording/%.o: tests/recording/%.c
	@mkdir -p $(@D)
	$(say) CC $@
	$(Q)$(CC) $(CFLAGS_COMMON) $(CFLAGS) -Itests/recording -MMD -MP -c -o $@ $<

$(MAKE_RECORDING): $(addprefix $(B_NATIVE)/recording/,make_recording.o traffic.o) \
		$(addprefix $(B_NATIVE)/,$(RECORDING_OBJS))
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -lz

# the same in the lab, for what is compared with tracers there
MAKE_RECORDING_ARM64 := $(B_ARM64)/recording/make_recording

$(MAKE_RECORDING_ARM64): tests/recording/make_recording.c tests/recording/traffic.c \
		$(addprefix $(B_ARM64)/,$(RECORDING_OBJS))
	@mkdir -p $(@D)
	$(say) LINK $@
	$(Q)$(CC_ARM64) $(CFLAGS_COMMON) $(CFLAGS) -Itests/recording $(LDFLAGS) -o $@ $^ -lz

-include $(wildcard $(B_NATIVE)/recording/*.d)
