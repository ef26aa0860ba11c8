# SPDX-License-Identifier: GPL-2.0
#
# Fuzzers (clang's libFuzzer with the sanitizers) of all that parses foreign
# text. Every tests/fuzz/X.c is one; the sources of src/ that it needs are
# listed here. Where clang has no fuzzer runtime (Debian: libclang-rt-dev) the
# programs are empty files and fuzz_test.sh skips them.
#
# In: B_NATIVE BPF_CLANG CFLAGS_COMMON. Out: FUZZ_PROGRAMS to build, FUZZ_TESTS
# to hand to tests/run.

FUZZ_TESTS	:= tests/fuzz/fuzz_test.sh
FUZZ_DIR	:= $(B_NATIVE)/tests/fuzz
FUZZ_PROGRAMS	:= $(patsubst tests/fuzz/%.c,$(FUZZ_DIR)/%,$(wildcard tests/fuzz/*.c))
FUZZ_FLAGS	:= -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all -O1 -g
FUZZ_CLANG	?= $(BPF_CLANG)

cmdline_FUZZ	:= src/names.c src/util.c
action_FUZZ	:= src/names.c src/util.c
columns_FUZZ	:= src/columns.c src/columns_shared.c src/columns_vm.c src/cell.c src/model.c src/model_vpe.c src/model_lpi.c src/model_direct.c src/hist.c
numbers_FUZZ	:= src/util.c
agent_lines_FUZZ	:= src/guest_proto.c src/util.c
agent_address_FUZZ	:= src/guest_addr.c src/util.c
ftrace_decode_FUZZ	:= src/ftrace_decode.c src/ftrace_events.c src/ftrace_judge.c src/ftrace_pair.c src/fold.c \
			   src/hist.c src/hooks.c src/kernel_offsets.c src/fold_snap.c src/snapshot.c
ftrace_decode_LIBS	:= -lbpf
recording_FUZZ	:= $(addprefix src/,export_hdr.c export_perfetto.c fold.c fold_snap.c hist.c model.c \
		   model_direct.c model_hist.c model_lpi.c model_vpe.c perfetto_tracks.c rec_dec.c \
		   rec_play.c rec_read.c snapshot.c trace_json.c util.c) \
		   tests/fuzz/image/rec_image.c tests/fuzz/image/rec_mutate.c
recording_LIBS	:= -lz
interrupts_FUZZ	:= src/agent/interrupts.c src/agent/agent_report.c src/guest_proto.c src/util.c

# "yes", or why not; asked anew as long as it is not "yes"
$(FUZZ_DIR)/have: $(if $(filter yes,$(file <$(FUZZ_DIR)/have)),,fuzz-probe)
	@mkdir -p $(@D)
	@if echo 'int LLVMFuzzerTestOneInput(void); int LLVMFuzzerTestOneInput(void) { return 0; }' | \
		$(FUZZ_CLANG) $(FUZZ_FLAGS) -x c - -o $@.try 2>$@.log; then echo yes >$@; \
	else echo '$(FUZZ_CLANG) has no fuzzer runtime (libclang-rt-dev)' >$@; fi
	@rm -f $@.try

.PHONY: fuzz-probe
fuzz-probe:

define FUZZ_RULE
$(FUZZ_DIR)/$(1): tests/fuzz/$(1).c tests/fuzz/fuzz.h $(wildcard tests/fuzz/image/*.h) $($(1)_FUZZ) $(wildcard src/*.h src/agent/*.h) \
		$(wildcard include/gicv4top/*.h) $(FUZZ_DIR)/have
	@if [ "$$$$(cat $(FUZZ_DIR)/have)" = yes ]; then \
		echo '$(FUZZ_CLANG) $(FUZZ_FLAGS) -o $$@ $$(filter %.c,$$^)'; \
		$(FUZZ_CLANG) $$(CFLAGS_COMMON) $(FUZZ_FLAGS) -Isrc/agent -Itests/fuzz -o $$@ $$(filter %.c,$$^) \
			$($(1)_LIBS); \
	else : >$$@; fi
endef
$(foreach name,$(notdir $(FUZZ_PROGRAMS)),$(eval $(call FUZZ_RULE,$(name))))
