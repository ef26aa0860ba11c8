# SPDX-License-Identifier: GPL-2.0
#
# Tests of the program's command line, natively. They need $(B_NATIVE)/gicv4top
# (target "native"), and nothing of the host.
#
# Out: CLI_TESTS, to hand to tests/run.

CLI_TESTS	:= tests/cli/cli_test.py
