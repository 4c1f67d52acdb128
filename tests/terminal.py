"""Runs the built program with a terminal as its stderr."""

import os
import pty
import select
import subprocess
import time

from program import PROGRAM, ProgramTest

PATIENCE = 120  # seconds after which a test gives up; no pass depends on speed


class TerminalTest(ProgramTest):
    def start(self, *arguments):
        """The program with a terminal as its stderr; returns the process and our end of the terminal."""
        ours, theirs = pty.openpty()
        self.addCleanup(os.close, ours)
        process = subprocess.Popen([PROGRAM, *map(str, arguments)], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=theirs)
        os.close(theirs)
        self.addCleanup(process.kill)
        return process, ours

    def shown_until(self, terminal, word):
        """What the terminal shows until `word` or the end."""
        shown = b""
        deadline = time.monotonic() + PATIENCE
        while word is None or word not in shown:
            self.assertLess(time.monotonic(), deadline, shown)
            if not select.select([terminal], [], [], 1)[0]:
                continue
            try:
                more = os.read(terminal, 4096)
            except OSError:  # the other end is closed
                break
            if not more:
                break
            shown += more
        return shown
