# SPDX-License-Identifier: GPL-2.0
# vlpigen (tests/vlpigen): one static arm64 binary, its guest embedded. Included by the top
# Makefile, which gives CC_ARM64 (with --sysroot), LD_ARM64, OBJCOPY_ARM64, B_ARM64 and
# CFLAGS_COMMON.

VLPIGEN_DIR := tests/vlpigen
VLPIGEN_OUT := $(B_ARM64)/vlpigen.d
VLPIGEN_OBJS := $(patsubst %,$(VLPIGEN_OUT)/%.o,\
	main opts util sig vfio vm irq clockmap load truth agent guest_blob)
VLPIGEN_GUEST_OBJS := $(patsubst %,$(VLPIGEN_OUT)/guest/%.o,start main gic its)

VLPIGEN_WARN := -Wall -Wextra -Wmissing-declarations -Werror
VLPIGEN_CFLAGS := -O2 -g -std=gnu11 -D_GNU_SOURCE -pthread $(VLPIGEN_WARN) \
	-I$(VLPIGEN_DIR) -MMD -MP
VLPIGEN_GUEST_CFLAGS := -O2 -std=gnu11 -nostdlib -ffreestanding -fno-builtin \
	-mgeneral-regs-only -mstrict-align -mno-outline-atomics -mbranch-protection=none \
	-fno-pic -fno-stack-protector -fno-asynchronous-unwind-tables \
	-fno-tree-loop-distribute-patterns $(VLPIGEN_WARN) -I$(VLPIGEN_DIR)/guest -MMD -MP

$(B_ARM64)/vlpigen: $(VLPIGEN_OBJS)
	$(say) CC $@
	$(Q)$(CC_ARM64) -static -pthread -o $@ $^

$(VLPIGEN_OUT)/%.o: $(VLPIGEN_DIR)/%.c $(VLPIGEN_DIR)/vlpigen.mk
	@mkdir -p $(@D)
	$(say) CC $@
	$(Q)$(CC_ARM64) $(CFLAGS_COMMON) $(VLPIGEN_CFLAGS) -c -o $@ $<

$(VLPIGEN_OUT)/guest_blob.o: $(VLPIGEN_DIR)/guest_blob.S $(VLPIGEN_OUT)/guest.bin
	$(say) CC $@
	$(Q)$(CC_ARM64) -DVLPIGEN_GUEST_BIN='"$(VLPIGEN_OUT)/guest.bin"' -c -o $@ $<

$(VLPIGEN_OUT)/guest.bin: $(VLPIGEN_OUT)/guest.elf
	$(say) OBJCOPY $@
	$(Q)$(OBJCOPY_ARM64) -O binary $< $@

$(VLPIGEN_OUT)/guest.elf: $(VLPIGEN_DIR)/guest/guest.lds $(VLPIGEN_GUEST_OBJS)
	$(say) LD $@
	$(Q)$(LD_ARM64) -nostdlib -static --no-warn-rwx-segments --build-id=none -T $< -o $@ $(VLPIGEN_GUEST_OBJS)

$(VLPIGEN_OUT)/guest/%.o: $(VLPIGEN_DIR)/guest/%.c $(VLPIGEN_DIR)/vlpigen.mk
	@mkdir -p $(@D)
	$(say) CC $@
	$(Q)$(CC_ARM64) $(VLPIGEN_GUEST_CFLAGS) -c -o $@ $<

$(VLPIGEN_OUT)/guest/%.o: $(VLPIGEN_DIR)/guest/%.S $(VLPIGEN_DIR)/vlpigen.mk
	@mkdir -p $(@D)
	$(say) CC $@
	$(Q)$(CC_ARM64) $(VLPIGEN_GUEST_CFLAGS) -c -o $@ $<

-include $(wildcard $(VLPIGEN_OUT)/*.d $(VLPIGEN_OUT)/guest/*.d)
