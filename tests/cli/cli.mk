# SPDX-License-Identifier: GPL-2.0
#
# Tests of the program's command line, natively. They need $(B_NATIVE)/gicv4top
# (target "native"), and nothing of the host; those of recordings need
# $(MAKE_RECORDING) of tests/recording/recording.mk too.
#
# Out: CLI_TESTS, to hand to tests/run.

CLI_TESTS	:= tests/cli/cli_test.py tests/cli/replay_test.py tests/cli/report_test.py
