"""On a terminal: a progress bar that goes away, and signals that cancel without leaving a file."""

import signal
import unittest

import pictures
from terminal import PATIENCE, TerminalTest


class OnATerminal(TerminalTest):
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
