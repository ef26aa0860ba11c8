# SPDX-License-Identifier: GPL-2.0
#
# BPF tests: the shared headers as this machine's kernel runs them. The object
# is the runner's skeleton; the runner skips everything, with the reason, where
# the kernel or the rights are missing. Comes after tests/unit/unit.mk, whose
# objects it uses.
#
# In: B_NATIVE CC CFLAGS_COMMON SAN_FLAGS BPF_CLANG BPF_CFLAGS BPFTOOL
# LIBBPF_LIBS. Out: BPF_TESTS.

BPF_TESTS	:= $(B_NATIVE)/tests/bpf_test $(B_NATIVE)/tests/session_test $(B_NATIVE)/tests/record_test

$(B_NATIVE)/tests/bpf/cases.bpf.o: tests/bpf/cases.bpf.c
	@mkdir -p $(@D)
	$(say) CLANG $@
	$(Q)$(BPF_CLANG) $(BPF_CFLAGS) -MMD -MP -c -o $@ $<

$(B_NATIVE)/tests/bpf/cases.skel.h: $(B_NATIVE)/tests/bpf/cases.bpf.o
	$(say) SKELETON $@
	$(Q)$(BPFTOOL) gen skeleton $< name cases > $@.tmp
	$(Q)mv $@.tmp $@

$(B_NATIVE)/tests/bpf/bpf_test.o: tests/bpf/bpf_test.c $(B_NATIVE)/tests/bpf/cases.skel.h
	@mkdir -p $(@D)
	$(say) CC $@
	$(Q)$(CC) $(UNIT_CFLAGS) -isystem $(B_NATIVE)/tests/bpf -MMD -MP -c -o $@ $<

$(B_NATIVE)/tests/bpf_test: $(B_NATIVE)/tests/bpf/bpf_test.o $(B_NATIVE)/tests/unit/unit.o \
		$(B_NATIVE)/tests/unit/fsm_case.o
	$(say) CC $@
	$(Q)$(CC) $(UNIT_CFLAGS) -o $@ $^ $(LIBBPF_LIBS) -lcmocka

# reading a session, over made-up VMs in real maps
SESSION_TEST_OBJS := session.o session_read.o bpfutil.o hooks.o host.o kernel_btf.o scout.o \
		     snapshot.o hist.o log.o util.o

$(B_NATIVE)/tests/session_test: tests/bpf/session_test.c tests/bench/synthetic.c \
		$(B_NATIVE)/tests/unit/unit.o \
		$(addprefix $(B_NATIVE)/tests/src/,$(SESSION_TEST_OBJS))
	$(say) CC $@
	$(Q)$(CC) $(UNIT_CFLAGS) -o $@ $^ $(LIBBPF_LIBS) -lcmocka

# from the kernel's rings into a file
$(B_NATIVE)/tests/bpf/produce.bpf.o: tests/bpf/produce.bpf.c
	@mkdir -p $(@D)
	$(say) CLANG $@
	$(Q)$(BPF_CLANG) $(BPF_CFLAGS) -Itests/bpf -MMD -MP -c -o $@ $<

$(B_NATIVE)/tests/bpf/produce.skel.h: $(B_NATIVE)/tests/bpf/produce.bpf.o
	$(say) SKELETON $@
	$(Q)$(BPFTOOL) gen skeleton $< name produce > $@.tmp
	$(Q)mv $@.tmp $@

PRODUCE_FLAGS := -Itests/bpf -isystem $(B_NATIVE)/tests/bpf

$(B_NATIVE)/tests/record_test: tests/bpf/record_test.c tests/bpf/produce.c \
		$(B_NATIVE)/tests/bpf/produce.skel.h $(B_NATIVE)/tests/unit/unit.o \
		$(addprefix $(B_NATIVE)/tests/src/,$(sort drain.o $(SESSION_TEST_OBJS) $(RECORD_OBJS)))
	$(say) CC $@
	$(Q)$(CC) $(UNIT_CFLAGS) $(PRODUCE_FLAGS) -o $@ $(filter-out %.h,$^) $(LIBBPF_LIBS) -lcmocka

-include $(wildcard $(B_NATIVE)/tests/bpf/*.d)
