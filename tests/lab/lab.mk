# SPDX-License-Identifier: GPL-2.0
# Lab tests: helpers that run in the lab's host, and the test programs (TAP).

LAB_HELPERS := $(B_ARM64)/lab/g4events $(B_ARM64)/lab/g4perf $(B_ARM64)/lab/g4ftrace
SESSION_OBJS := session.o session_read.o bpfutil.o host.o hooks.o kernel_btf.o scout.o \
		snapshot.o hist.o log.o util.o \
		model.o model_vpe.o model_lpi.o model_direct.o model_hist.o out_hist.o out_csv.o json.o header.o bars.o cell.o

$(B_ARM64)/lab/g4events: tests/lab/g4events.c $(addprefix $(B_ARM64)/,$(SESSION_OBJS))
	@mkdir -p $(@D)
	$(say) LINK $@
	$(Q)$(CC_ARM64) $(CFLAGS_COMMON) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBBPF_LIBS) -ljson-c

G4FTRACE_OBJS := ftrace.o ftrace_decode.o ftrace_events.o ftrace_fields.o ftrace_judge.o \
		 ftrace_keeper.o ftrace_pair.o ftrace_tracefs.o kernel_offsets.o \
		 fold.o fold_snap.o snapshot.o hist.o log.o util.o \
		 host.o hooks.o kernel_btf.o scout.o bpfutil.o

$(B_ARM64)/lab/g4ftrace: tests/lab/g4ftrace.c $(addprefix $(B_ARM64)/,$(G4FTRACE_OBJS))
	@mkdir -p $(@D)
	$(say) LINK $@
	$(Q)$(CC_ARM64) $(CFLAGS_COMMON) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBBPF_LIBS) $(TRACE_LIBS)

# natively too: it prints a row of src/kernel_offsets.c's table from any BTF file
$(B_NATIVE)/lab/g4ftrace: tests/lab/g4ftrace.c $(addprefix $(B_NATIVE)/,$(G4FTRACE_OBJS))
	@mkdir -p $(@D)
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS_COMMON) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBBPF_LIBS) $(TRACE_LIBS)

$(B_ARM64)/lab/g4perf: tests/lab/g4perf.c | $(SYSROOT)
	@mkdir -p $(@D)
	$(say) LINK $@
	$(Q)$(CC_ARM64) $(CFLAGS_COMMON) $(CFLAGS) $(LDFLAGS) -o $@ $<

.PHONY: lab-helpers
lab-helpers: $(LAB_HELPERS)

# Suites of the lab, one boot of an emulated host or more each: tests/run splits
# the words. The newest kernel runs what proves that counting is right there too.
LAB_KERNELS := stock-6.12 stock-6.1 stock-newest
LAB_SUITES  := \
	"tests/lab/test_nvme.py stock-6.12" \
	"tests/lab/test_vlpigen.py stock-6.12" \
	"tests/lab/test_hist.py stock-6.12" \
	"tests/lab/test_record.py stock-6.12" \
	"tests/lab/test_ftrace.py stock-6.12" \
	"tests/lab/test_live.py stock-6.12" \
	"tests/lab/test_direct.py stock-6.12 vlpigen" \
	"tests/lab/test_direct.py stock-6.12 linux" \
	"tests/lab/test_direct.py stock-6.12 pmu" \
	tests/lab/test_demo.py \
	"tests/lab/test_moves.py stock-6.12" \
	"tests/lab/test_attach.py stock-6.12" \
	"tests/lab/test_wfi.py stock-6.12" \
	"tests/lab/test_refusals.py stock-6.12" \
	"tests/lab/test_nvme.py stock-6.1" \
	"tests/lab/test_vlpigen.py stock-6.1" \
	"tests/lab/test_hist.py stock-6.1" \
	"tests/lab/test_record.py stock-6.1" \
	"tests/lab/test_ftrace.py stock-6.1" \
	"tests/lab/test_direct.py stock-6.1 vlpigen" \
	"tests/lab/test_direct.py stock-6.1 linux" \
	"tests/lab/test_moves.py stock-6.1" \
	"tests/lab/test_attach.py stock-6.1 25" \
	"tests/lab/test_wfi.py stock-6.1" \
	"tests/lab/test_refusals.py stock-6.1" \
	"tests/lab/test_nvme.py stock-newest" \
	"tests/lab/test_vlpigen.py stock-newest" \
	"tests/lab/test_ftrace.py stock-newest" \
	"tests/lab/test_direct.py stock-newest vlpigen"
