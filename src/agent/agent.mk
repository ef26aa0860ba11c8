# SPDX-License-Identifier: GPL-2.0
#
# The guest's agent (src/agent): its objects, linked into gicv4top, and a static
# binary that needs nothing of the guest it is copied into.
#
# In: CC CC_ARM64 CFLAGS_COMMON CFLAGS B_NATIVE B_ARM64 SYSROOT CROSS_ARM64.
# Out: AGENT_OBJS for gicv4top's link, AGENTS to build.

AGENT_NAMES	:= agent interrupts agent_report link
AGENT_OBJS	:= $(AGENT_NAMES:%=agent/%.o)
AGENT_PROGRAM	:= gicv4top-guest-agent
# small: it is copied into guests
AGENT_CFLAGS	:= -Os -ffunction-sections -fdata-sections -Isrc/agent
AGENT_LINK	:= -static -Wl,--gc-sections -s
AGENT_PARTS	:= $(AGENT_OBJS) agent/main.o agent/util.o agent/log.o

$(B_NATIVE)/agent/%.o: src/agent/%.c
	@mkdir -p $(@D)
	$(say) CC $@
	$(Q)$(CC) $(CFLAGS_COMMON) $(CFLAGS) $(AGENT_CFLAGS) -MMD -MP -c $< -o $@

$(B_NATIVE)/agent/%.o: src/%.c
	@mkdir -p $(@D)
	$(say) CC $@
	$(Q)$(CC) $(CFLAGS_COMMON) $(CFLAGS) $(AGENT_CFLAGS) -MMD -MP -c $< -o $@

$(B_ARM64)/agent/%.o: src/agent/%.c | $(SYSROOT)
	@mkdir -p $(@D)
	$(say) CC $@
	$(Q)$(CC_ARM64) $(CFLAGS_COMMON) $(CFLAGS) $(AGENT_CFLAGS) -MMD -MP -c $< -o $@

$(B_ARM64)/agent/%.o: src/%.c | $(SYSROOT)
	@mkdir -p $(@D)
	$(say) CC $@
	$(Q)$(CC_ARM64) $(CFLAGS_COMMON) $(CFLAGS) $(AGENT_CFLAGS) -MMD -MP -c $< -o $@

$(B_NATIVE)/$(AGENT_PROGRAM): $(addprefix $(B_NATIVE)/,$(AGENT_PARTS))
	$(say) LINK $@
	$(Q)$(CC) $(AGENT_LINK) -o $@ $^

$(B_ARM64)/$(AGENT_PROGRAM): $(addprefix $(B_ARM64)/,$(AGENT_PARTS))
	$(say) LINK $@
	$(Q)$(CC_ARM64) $(AGENT_LINK) -o $@ $^

-include $(wildcard $(B_NATIVE)/agent/*.d $(B_ARM64)/agent/*.d)
