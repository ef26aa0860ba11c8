# SPDX-License-Identifier: GPL-2.0
#
# make bench: what gicv4top costs, measured (see tests/bench/run). Not part of
# the tests: figures depend on the machine, or take a boot under icount.
#
# In: B_NATIVE B_ARM64 CC CC_ARM64 CFLAGS_COMMON CFLAGS BPF_CLANG BPF_CFLAGS
# BPFTOOL LIBBPF_LIBS SESSION_OBJS. Out: BENCH_PROGRAMS.

BENCH_PAIR     := $(B_ARM64)/bench/g4pair
BENCH_REFRESH  := $(B_NATIVE)/bench/refresh
BENCH_RECORD   := $(B_NATIVE)/bench/record
BENCH_PROGRAMS := $(BENCH_PAIR) $(BENCH_REFRESH) $(BENCH_RECORD) $(MAKE_RECORDING) \
		  $(MAKE_RECORDING_ARM64)

$(B_BPF)/bench/pair.bpf.o: tests/bench/pair.bpf.c
	@mkdir -p $(@D)
	$(say) CLANG $@
	$(Q)$(BPF_CLANG) $(BPF_CFLAGS) -MMD -MP -c $< -o $@

$(B_BPF)/bench/pair.skel.h: $(B_BPF)/bench/pair.bpf.o
	$(say) SKELETON $@
	$(Q)$(BPFTOOL) gen skeleton $< name pair > $@

$(BENCH_PAIR): tests/bench/g4pair.c $(B_BPF)/bench/pair.skel.h $(addprefix $(B_ARM64)/,$(SESSION_OBJS))
	@mkdir -p $(@D)
	$(say) LINK $@
	$(Q)$(CC_ARM64) $(CFLAGS_COMMON) -isystem $(B_BPF)/bench $(CFLAGS) $(LDFLAGS) -o $@ \
		$(filter-out %.h,$^) $(LIBBPF_LIBS) -ljson-c

$(BENCH_REFRESH): tests/bench/refresh.c tests/bench/synthetic.c tests/bench/synthetic.h \
		$(addprefix $(B_NATIVE)/,$(filter-out main.o,$(OBJS)) $(AGENT_OBJS))
	@mkdir -p $(@D)
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS_COMMON) $(CFLAGS) $(LDFLAGS) -o $@ $(filter-out %.h,$^) $(LIBS)

$(BENCH_RECORD): tests/bench/record.c tests/bpf/produce.c tests/bpf/produce.h \
		$(B_NATIVE)/tests/bpf/produce.skel.h $(addprefix $(B_NATIVE)/,$(filter-out main.o,$(OBJS)) \
		$(AGENT_OBJS))
	@mkdir -p $(@D)
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS_COMMON) $(PRODUCE_FLAGS) $(CFLAGS) $(LDFLAGS) -pthread -o $@ \
		$(filter-out %.h,$^) $(LIBS)

-include $(wildcard $(B_BPF)/bench/*.d)

.PHONY: bench
bench: bootstrap
	@$(MAKE) --no-print-directory native arm64 $(BENCH_PROGRAMS)
	@tests/bench/run
