# SPDX-License-Identifier: GPL-2.0
"""A real terminal for tests: a tmux server of its own with one window."""
import os
import re
import subprocess
import tempfile
import time

PATIENCE_S = 20
STILL_CAPTURES = 3


class Terminal:
    """Runs `command` in a directory of its own; behind it come its status and the
    terminal's settings."""

    def __init__(self, command, cols=80, rows=24, env=(), term="screen-256color"):
        self.dir = tempfile.TemporaryDirectory(prefix="gicv4top-ui.")
        self.tmux = ["tmux", "-S", os.path.join(self.dir.name, "socket"), "-f", "/dev/null"]
        pairs = " ".join(f"{k}='{v}'" for k, v in env)
        self.do("new-session", "-d", "-x", str(cols), "-y", str(rows), "-e", "LC_ALL=C.UTF-8",
                f"trap : INT; cd {self.dir.name}; stty -echo; export TERM={term} {pairs}; {command}; "
                "printf 'status %s\\n' $?; stty -a; exec sleep 1000")
        self.do("set-option", "-g", "status", "off")

    def do(self, *args):
        return subprocess.run([*self.tmux, *args], check=False, text=True, capture_output=True,
                              stdin=subprocess.DEVNULL).stdout

    def keys(self, *keys):
        for key in keys:
            self.do("send-keys", key)
            time.sleep(0.05)

    def type(self, text):
        self.do("send-keys", "-l", text)

    def screen(self, escapes=False):
        return self.do("capture-pane", "-p", *(["-e"] if escapes else []))

    def until(self, pattern, patience_s=PATIENCE_S):
        """The screen once it shows `pattern` and stands still, else the last one: a capture
        may come in the middle of a paint, which has no end that could be seen from here."""
        end = time.monotonic() + patience_s
        last, same = None, 0
        while True:
            shown = self.screen()
            same = same + 1 if shown == last and re.search(pattern, shown) else 0
            if same == STILL_CAPTURES or time.monotonic() > end:
                return shown
            last = shown
            time.sleep(0.03)

    def shows(self, tap, pattern, name, patience_s=PATIENCE_S):
        """States in `tap` that the screen shows `pattern`; the screen then."""
        shown = self.until(pattern, patience_s)
        tap.ok(bool(re.search(pattern, shown)), name, *(f"|{line}" for line in shown.split("\n")))
        return shown

    def resize(self, cols, rows):
        self.do("resize-window", "-x", str(cols), "-y", str(rows))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.do("kill-server")
        self.dir.cleanup()
