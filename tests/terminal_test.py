"""On a terminal: a progress bar that goes away, and signals that cancel without leaving a file."""

import os
import pty
import select
import signal
import subprocess
import time
import unittest

import pictures
from program import PROGRAM, ProgramTest

PATIENCE = 120  # seconds after which a test gives up; no pass depends on speed


class OnATerminal(ProgramTest):
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

    def start_long_fill(self):
        self.write("photo.png", pictures.large(4000, 3000))
        self.write("mask.png", pictures.box_mask(4000, 3000, (800, 600, 2800, 2300)))
        return self.start("fill", "--image", self.path("photo.png"), "--mask", self.path("mask.png"), "--out",
                          self.path("out.png"), "--threads", "1")

    def test_a_bar_shows_stage_and_share_and_goes_away(self):
        process, terminal = self.start("fill", "--image", self.path("photo.png"), "--mask", self.path("mask.png"),
                                       "--out", self.path("out.png"))
        shown = self.shown_until(terminal, None)
        self.assertEqual(process.wait(PATIENCE), 0)
        self.assertIn(b"[", shown)
        self.assertIn(b" %", shown)
        self.assertIn(b"load", shown)
        self.assertIn(b"save", shown)
        self.assertTrue(shown.endswith(b"\r\x1b[K"), shown[-80:])

    def test_quiet_shows_none(self):
        process, terminal = self.start("fill", "--image", self.path("photo.png"), "--mask", self.path("mask.png"),
                                       "--out", self.path("out.png"), "--quiet")
        self.assertEqual(self.shown_until(terminal, None), b"")
        self.assertEqual(process.wait(PATIENCE), 0)

    def test_an_interrupt_cancels_and_leaves_no_file(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            with self.subTest(signal=number):
                process, terminal = self.start_long_fill()
                self.shown_until(terminal, b" left")
                process.send_signal(number)
                shown = self.shown_until(terminal, None)
                self.assertEqual(process.wait(PATIENCE), 6, shown)
                self.assertIn(b"pawfect: cancelled", shown)
                self.assertEqual(self.files(), ["mask.png", "photo.png"])

    def test_an_interrupted_batch_keeps_what_is_done_and_goes_on_later(self):
        self.write("photos/a.png", self.read("photo.png"))
        self.write("photos/b.png", pictures.large(4000, 3000))
        self.write("masks/a.png", self.read("mask.png"))
        self.write("masks/b.png", pictures.box_mask(4000, 3000, (800, 600, 2800, 2300)))
        process, terminal = self.start("fill", "--batch", self.path("photos"), "--masks", self.path("masks"), "--out",
                                       self.path("done"), "--report", self.path("report.json"), "--threads", "1")
        self.shown_until(terminal, b"b.png")
        process.send_signal(signal.SIGINT)
        self.shown_until(terminal, None)
        self.assertEqual(process.wait(PATIENCE), 6)
        self.assertEqual([name for name in self.files() if name.startswith("done/")], ["done/a.png"])
        report = self.read_json("report.json")
        self.assertTrue(report["cancelled"])
        self.assertEqual([file["status"] for file in report["files"]], ["done", "cancelled"])


if __name__ == "__main__":
    unittest.main()
