# SPDX-License-Identifier: GPL-2.0
# gicv4top. "make help" lists the targets; everything is built below build/.

VERSION := 0.1.0
PREFIX  ?= /usr/local
DESTDIR ?=

O        := build
B_NATIVE := $(O)/native
B_ARM64  := $(O)/arm64
B_BPF    := $(O)/bpf

CC        ?= gcc
ifeq ($(origin CC),default)
CC        := gcc
endif
BPF_CLANG ?= clang
BPFTOOL   ?= $(firstword $(wildcard /usr/sbin/bpftool /sbin/bpftool) bpftool)
LAB       := scripts/lab/lab
HOST_ARCH := $(shell uname -m)

ifeq ($(HOST_ARCH),aarch64)
CROSS_ARM64   :=
else
CROSS_ARM64   := aarch64-linux-gnu-
endif
# the arm64 root has the libraries that the lab's host will have
SYSROOT       = $(O)/sysroot
CC_ARM64      = $(CROSS_ARM64)gcc --sysroot=$(SYSROOT)/
OBJCOPY_ARM64 = $(CROSS_ARM64)objcopy
LD_ARM64      = $(CROSS_ARM64)ld

WARNINGS      := -Wall -Wextra -Wmissing-declarations -Wstrict-prototypes -Wvla -Werror
CFLAGS        ?= -O2 -g
# these libraries' headers include each other without a directory
TRACE_INCLUDES := -idirafter /usr/include/traceevent -idirafter /usr/include/tracefs
CFLAGS_COMMON := -std=gnu11 -D_GNU_SOURCE -DGICV4TOP_VERSION='"$(VERSION)"' $(WARNINGS) \
		 -Iinclude -Isrc -I$(B_BPF) $(TRACE_INCLUDES)
BPF_CFLAGS    := -target bpf -mcpu=v3 -D__TARGET_ARCH_arm64 -O2 -g -Wall -Wextra -Werror \
		 -Wno-unused-parameter -Iinclude -Ibpf -I/usr/include/$(HOST_ARCH)-linux-gnu
SAN_FLAGS     := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all
LIBBPF_LIBS   := -lbpf -lelf -lz
TRACE_LIBS    := -ltracecmd -ltracefs -ltraceevent
LIBS          := $(LIBBPF_LIBS) -ljson-c -lncursesw -ltinfo -lm $(TRACE_LIBS)

SRCS := $(sort $(wildcard src/*.c))
OBJS := $(SRCS:src/%.c=%.o)
include src/agent/agent.mk
SKELS := $(patsubst bpf/%.bpf.c,$(B_BPF)/%.skel.h,$(wildcard bpf/*.bpf.c))

# "make V=1" shows whole commands
ifeq ($(V),1)
Q   :=
say  = @:
else
Q   := @
say  = @printf '  %-8s %s\n'
endif

.PHONY: all native arm64 check check-all check-quick check-quick-all demo install uninstall clean help bootstrap print-cflags
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all
.SECONDARY:

all: native arm64

help:
	@echo 'make            build gicv4top natively and for arm64, below $(O)/'
	@echo 'make demo       everything: set-up, build, an emulated GICv4 host with a guest, gicv4top'
	@echo '                (DEMO_SECS=60: how long it shows; KERNEL=stock-6.12|stock-6.1|stock-newest)'
	@echo 'make check      everything: set-up, build, all tests, the lab included'
	@echo 'make check-quick  only the tests that need no lab'
	@echo 'make bench      what gicv4top costs, beside other tracers: tables, about 7 minutes'
	@echo 'make bootstrap  install the packages that all of it needs'
	@echo 'make install    DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)'
	@echo 'make clean      remove $(O)/ (downloads stay: scripts/lab/lab clean)'

native: $(B_NATIVE)/gicv4top $(B_NATIVE)/$(AGENT_PROGRAM)
arm64: $(B_ARM64)/gicv4top $(B_ARM64)/$(AGENT_PROGRAM) $(B_ARM64)/vlpigen lab-helpers

bootstrap:
	@scripts/bootstrap

# --- BPF objects and their skeletons ---

$(B_BPF)/%.bpf.o: bpf/%.bpf.c
	@mkdir -p $(@D)
	$(say) CLANG $@
	$(Q)$(BPF_CLANG) $(BPF_CFLAGS) -MMD -MP -MF $(@:.o=.d) -c $< -o $@

$(B_BPF)/%.skel.h: $(B_BPF)/%.bpf.o
	$(say) SKELETON $@
	$(Q)$(BPFTOOL) gen skeleton $< name $* > $@

# --- the program, twice ---

$(B_NATIVE)/%.o: src/%.c | $(SKELS)
	@mkdir -p $(@D)
	$(say) CC $@
	$(Q)$(CC) $(CFLAGS_COMMON) $(CFLAGS) -MMD -MP -c $< -o $@

$(B_NATIVE)/gicv4top: $(addprefix $(B_NATIVE)/,$(OBJS) $(AGENT_OBJS))
	$(say) LINK $@
	$(Q)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

# A link to the cache's sysroot of arm64 packages, fetched if it is not there. What is in it
# may change: the newest is asked for where the link is older than that.
$(SYSROOT): scripts/lab/lib-root.sh
	@mkdir -p $(@D)
	@dir=$$($(LAB) path sysroot) && ln -sfn "$$dir" $@

$(B_ARM64)/%.o: src/%.c | $(SKELS) $(SYSROOT)
	@mkdir -p $(@D)
	$(say) CC $@
	$(Q)$(CC_ARM64) $(CFLAGS_COMMON) $(CFLAGS) -MMD -MP -c $< -o $@

$(B_ARM64)/gicv4top: $(addprefix $(B_ARM64)/,$(OBJS) $(AGENT_OBJS))
	$(say) LINK $@
	$(Q)$(CC_ARM64) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(LIBS)

$(SKELS): | $(B_BPF)
$(B_BPF):
	@mkdir -p $@

# --- tests, demo ---

include $(wildcard tests/unit/unit.mk tests/golden/golden.mk tests/cli/cli.mk tests/fuzz/fuzz.mk \
		    tests/ui/ui.mk tests/man/man.mk tests/agents/agents.mk)
include tests/recording/recording.mk tests/bpf/bpf.mk tests/vlpigen/vlpigen.mk tests/lab/lab.mk tests/bench/bench.mk

QUICK_PROGRAMS := $(UNIT_TESTS) $(BPF_TESTS) $(GOLDEN_PROGRAMS) $(FUZZ_PROGRAMS) $(UI_PROGRAMS) \
		  $(AGENTS_PROGRAMS) $(RECORDING_PROGRAMS)
QUICK_SUITES   := $(UNIT_TESTS) $(UNIT_SCRIPTS) $(BPF_TESTS) $(GOLDEN_TESTS) $(CLI_TESTS) \
		  $(FUZZ_TESTS) $(RECORDING_TESTS) $(AGENTS_TESTS) $(UI_TESTS) $(MAN_TESTS) tests/style/self_test tests/style/run tests/style/compilers \
		  tests/style/lint

print-cflags:
	@echo '$(CFLAGS_COMMON)'

print-%:
	@echo '$($*)'

demo: bootstrap
	@$(MAKE) --no-print-directory arm64
	@scripts/demo

check: bootstrap
	@$(MAKE) --no-print-directory check-all

check-all: native arm64 $(QUICK_PROGRAMS)
	@$(LAB) prepare $(LAB_KERNELS)
	@tests/run $(QUICK_SUITES) $(LAB_SUITES)

check-quick: bootstrap
	@$(MAKE) --no-print-directory check-quick-all

check-quick-all: native $(QUICK_PROGRAMS)
	@tests/run $(QUICK_SUITES)

MAN_PAGES  := $(wildcard man/*.1)
MAN_DIR    := $(PREFIX)/share/man/man1
MAN5_PAGES := $(wildcard man/*.5)
MAN5_DIR   := $(PREFIX)/share/man/man5
COMPLETION := $(PREFIX)/share/bash-completion/completions/gicv4top

install: native
	install -D -m 755 $(B_NATIVE)/gicv4top $(DESTDIR)$(PREFIX)/sbin/gicv4top
	install -D -m 755 $(B_NATIVE)/$(AGENT_PROGRAM) $(DESTDIR)$(PREFIX)/sbin/$(AGENT_PROGRAM)
	install -D -m 644 -t $(DESTDIR)$(MAN_DIR) $(MAN_PAGES)
	install -D -m 644 -t $(DESTDIR)$(MAN5_DIR) $(MAN5_PAGES)
	install -D -m 644 completions/gicv4top $(DESTDIR)$(COMPLETION)

uninstall:
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/sbin/,gicv4top $(AGENT_PROGRAM)) \
		$(DESTDIR)$(COMPLETION) \
		$(addprefix $(DESTDIR)$(MAN_DIR)/,$(notdir $(MAN_PAGES))) \
		$(addprefix $(DESTDIR)$(MAN5_DIR)/,$(notdir $(MAN5_PAGES)))

clean:
	rm -rf $(O)

-include $(OBJS:%.o=$(B_NATIVE)/%.d) $(OBJS:%.o=$(B_ARM64)/%.d) $(wildcard $(B_BPF)/*.bpf.d)
