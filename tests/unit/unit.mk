# SPDX-License-Identifier: GPL-2.0
#
# Unit tests. Every tests/unit/X_test.c is a program, $(B_NATIVE)/tests/X_test,
# that prints TAP; every tests/unit/X_test.sh is one as it stands. Both are
# found by their names: nothing to add here but the objects of src/ that a test
# needs (they are compiled once more, with the sanitizers).
#
# In: B_NATIVE CC CFLAGS_COMMON SAN_FLAGS. Out: UNIT_TESTS UNIT_SCRIPTS.
#
#	X_test_OBJS	objects of src/: model.o model_vpe.o model_lpi.o model_direct.o hist.o
#	X_test_UNIT	objects of tests/unit/ beside X_test.o and unit.o
#	X_test_LIBS	libraries

COLUMN_OBJS		:= columns.o columns_shared.o columns_vm.o columns_vpe.o columns_vlpi.o cell.o

# the live view, but for the terminal and the loop
UI_OBJS			:= ui_draw.o ui_help.o ui_keys.o ui_list.o ui_pane.o ui_pick.o ui_replay.o when.o \
			   ui_screen.o bars.o header.o $(COLUMN_OBJS) model.o model_vpe.o model_lpi.o model_direct.o model_hist.o \
			   hist.o snapshot.o util.o

# recorder, file, reader
RECORD_OBJS		:= fold.o fold_snap.o hist.o log.o rec_dec.o rec_enc.o rec_merge.o rec_out.o \
			   rec_play.o rec_read.o rec_write.o recorder.o snapshot.o util.o

# recordings by their paths, those of trace-cmd too
REC_OPEN_OBJS		:= rec_open.o tracedat.o ftrace_decode.o ftrace_events.o ftrace_fields.o \
			   ftrace_judge.o ftrace_pair.o hooks.o kernel_offsets.o
REC_OPEN_LIBS		:= -lbpf -ltracecmd -ltracefs -ltraceevent

g4_hist_test_UNIT	:= fsm_case.o
vpe_fsm_test_UNIT	:= fsm_case.o
model_test_UNIT		:= make_snap.o
model_test_OBJS		:= model.o model_vpe.o model_lpi.o model_direct.o hist.o snapshot.o $(COLUMN_OBJS)
model_test_LIBS		:= -Wl,--wrap=calloc
model_view_test_UNIT	:= make_snap.o
model_view_test_OBJS	:= model.o model_vpe.o model_lpi.o model_direct.o hist.o snapshot.o
guest_proto_test_OBJS	:= guest_proto.o util.o
direct_test_UNIT	:= make_snap.o
direct_test_OBJS	:= direct_guest.o guests.o guest_proto.o guest_addr.o log.o pmu_count.o $(COLUMN_OBJS) \
			   model.o model_vpe.o model_lpi.o model_direct.o hist.o snapshot.o util.o
guest_addr_test_OBJS	:= guest_addr.o util.o
gicpmu_test_OBJS	:= gicpmu.o util.o
midr_test_OBJS		:= midr.o util.o
agent_test_OBJS		:= agent/interrupts.o agent/agent_report.o guest_proto.o util.o
names_test_OBJS		:= names.o util.o
columns_test_OBJS	:= $(COLUMN_OBJS) model.o model_vpe.o model_lpi.o model_direct.o hist.o
bars_test_OBJS		:= bars.o
rec_merge_test_OBJS	:= rec_merge.o util.o
command_test_OBJS	:= command.o stop.o log.o util.o
recording_test_UNIT	:= ../recording/traffic.o
recording_test_OBJS	:= $(RECORD_OBJS)
recording_test_LIBS	:= -lz
replay_test_UNIT	:= ../recording/traffic.o
replay_test_OBJS	:= replay.o moment.o out_json.o json.o $(COLUMN_OBJS) model.o model_vpe.o \
			   model_lpi.o model_direct.o $(REC_OPEN_OBJS) $(RECORD_OBJS)
replay_test_LIBS	:= -lz -ljson-c $(REC_OPEN_LIBS)
# what a recording comes to, and what it takes to read one
REPORT_OBJS		:= report.o report_play.o report_watch.o report_loss.o report_end.o when.o \
			   cell.o model.o model_vpe.o model_lpi.o model_direct.o model_hist.o \
			   fold.o fold_snap.o hist.o rec_dec.o rec_enc.o rec_play.o rec_read.o \
			   rec_write.o snapshot.o util.o
report_test_UNIT	:= ../recording/traffic.o ../recording/scene.o
report_test_OBJS	:= $(REPORT_OBJS)
report_test_LIBS	:= -lz
when_test_OBJS		:= when.o cell.o
report_diff_test_UNIT	:= ../recording/traffic.o ../recording/scene.o
report_diff_test_OBJS	:= report_diff.o $(REPORT_OBJS)
report_diff_test_LIBS	:= -lz -lm
pace_test_OBJS		:= pace.o
snapshot_test_UNIT	:= make_snap.o
snapshot_test_OBJS	:= snapshot.o model.o model_vpe.o model_lpi.o model_direct.o hist.o
ui_test_UNIT		:= ../ui/fake_host.o
ui_test_OBJS		:= $(UI_OBJS)
hooks_test_OBJS		:= hooks.o
util_test_OBJS		:= util.o
hist_test_OBJS		:= hist.o
out_test_UNIT		:= make_snap.o
out_test_OBJS		:= out_text.o out_json.o json.o out_csv.o header.o $(COLUMN_OBJS) model.o model_vpe.o model_lpi.o model_direct.o hist.o snapshot.o
out_test_LIBS		:= -ljson-c

ftrace_decode_test_OBJS	:= ftrace_decode.o ftrace_events.o ftrace_judge.o ftrace_pair.o fold.o fold_snap.o \
			   hooks.o hist.o kernel_offsets.o snapshot.o
ftrace_decode_test_LIBS	:= -lbpf
ftrace_events_test_OBJS	:= ftrace_events.o hooks.o kernel_offsets.o
ftrace_events_test_LIBS	:= -lbpf

UNIT_NAMES	:= $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/*_test.c))
UNIT_TESTS	:= $(UNIT_NAMES:%=$(B_NATIVE)/tests/%)
UNIT_SCRIPTS	:= $(wildcard tests/unit/*_test.sh)

# the inputs' values are read when a rule runs, so the Makefile may set them later
UNIT_CFLAGS	= $(CFLAGS_COMMON) -Isrc/agent -O1 -g -pthread $(SAN_FLAGS) -Itests/unit -Itests/recording

$(B_NATIVE)/tests/unit/%.o: tests/unit/%.c
	@mkdir -p $(@D)
	$(say) CC $@
	$(Q)$(CC) $(UNIT_CFLAGS) -MMD -MP -c -o $@ $<

$(B_NATIVE)/tests/recording/%.o: tests/recording/%.c
	@mkdir -p $(@D)
	$(say) CC $@
	$(Q)$(CC) $(UNIT_CFLAGS) -MMD -MP -c -o $@ $<

$(B_NATIVE)/tests/src/%.o: src/%.c
	@mkdir -p $(@D)
	$(say) CC $@
	$(Q)$(CC) $(UNIT_CFLAGS) -MMD -MP -c -o $@ $<

define UNIT_RULE
$(B_NATIVE)/tests/$(1): $(B_NATIVE)/tests/unit/$(1).o $(B_NATIVE)/tests/unit/unit.o \
		$(addprefix $(B_NATIVE)/tests/unit/,$($(1)_UNIT)) \
		$(addprefix $(B_NATIVE)/tests/src/,$($(1)_OBJS))
	$$(say) CC $$@
	$$(Q)$$(CC) $$(UNIT_CFLAGS) -o $$@ $$^ $($(1)_LIBS) -lcmocka
endef
$(foreach name,$(UNIT_NAMES),$(eval $(call UNIT_RULE,$(name))))

-include $(wildcard $(B_NATIVE)/tests/unit/*.d $(B_NATIVE)/tests/ui/*.d $(B_NATIVE)/tests/src/*.d \
	$(B_NATIVE)/tests/recording/*.d)
