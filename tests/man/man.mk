# SPDX-License-Identifier: GPL-2.0
# Man pages and completion against the program. Out: MAN_TESTS.

MAN_TESTS := tests/man/man_test.py
