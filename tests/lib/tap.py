# SPDX-License-Identifier: GPL-2.0
"""TAP of the Python tests: each statement is a line, its name a sentence."""
import sys


class Tap:
    """Counts statements; `label`, where there is one, stands before each name."""

    def __init__(self, label=""):
        self.label = f"{label}: " if label else ""
        self.count = 0
        self.failed = 0

    def _line(self, good, name, after=""):
        self.count += 1
        print(f"{'ok' if good else 'not ok'} {self.count} - {self.label}{name}{after}", flush=True)

    def ok(self, good, name, *why):
        """`why` (texts of any number of lines) is printed below a failure."""
        self._line(good, name)
        if not good:
            self.failed += 1
            for text in why:
                for line in str(text).rstrip("\n").split("\n"):
                    print(f"# {line}")
            sys.stdout.flush()
        return good

    def result(self, name, offenders):
        """Good if there are no offenders."""
        offenders = list(offenders)
        return self.ok(not offenders, name, *offenders)

    def equal(self, got, expected, name):
        return self.ok(got == expected, name, f"got      {got}", f"expected {expected}")

    def skip(self, name, reason):
        self._line(True, name, f" # SKIP {reason}")

    def done(self):
        print(f"1..{self.count}")
        return 1 if self.failed else 0
