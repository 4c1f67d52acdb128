"""A folder of photos: each is done once, what fails is counted, and the report tells of all."""

import os
import unittest

import pictures
from program import ProgramTest, run


class Batch(ProgramTest):
    def setUp(self):
        super().setUp()
        for number, name in enumerate(("a.png", "b.png", "c.png")):
            self.write(f"photos/{name}", pictures.textured(96, 80, seed=number))
            self.write(f"masks/{name}", pictures.box_mask(96, 80, (40, 30, 60, 50)))
        self.outputs = ["done/a.png", "done/b.png", "done/c.png"]

    def batch(self, *more, masks="masks", out="done", **options):
        return run("fill", "--batch", self.path("photos"), "--masks", self.path(masks), "--out", self.path(out), *more,
                   **options)

    def done_files(self):
        return [name for name in self.files() if name.startswith("done/")]

    def test_fills_each_photo_with_its_own_mask(self):
        outcome = self.batch()
        self.assert_done(outcome)
        self.assertEqual(self.done_files(), self.outputs)
        lines = outcome.out.splitlines()
        self.assertEqual(len(lines), 4, outcome)  # one a file, and the sum
        for line, name in zip(lines, ("a.png", "b.png", "c.png")):
            self.assertTrue(line.startswith(f"{name}: done"), outcome)
        self.assertIn("3 done, 0 skipped, 0 failed", lines[-1])

    def test_gives_the_bytes_of_a_single_fill(self):
        self.assert_done(self.batch("--seed", "4"))
        self.assert_done(self.fill("--seed", "4", image="photos/b.png", mask="masks/b.png"))
        self.assertEqual(self.read("done/b.png"), self.read("out.png"))

    def test_does_nothing_twice_and_says_so(self):
        self.assert_done(self.batch())
        before = [os.stat(self.path(name)).st_mtime_ns for name in self.outputs]
        outcome = self.batch()
        self.assert_done(outcome)
        self.assertEqual(outcome.out.count("skipped, its output"), 3, outcome)
        self.assertIn("0 done, 3 skipped", outcome.out)
        self.assertEqual(before, [os.stat(self.path(name)).st_mtime_ns for name in self.outputs])

    def test_does_again_what_is_missing_or_older_than_photo_or_mask(self):
        self.assert_done(self.batch())
        os.remove(self.path("done/a.png"))
        later = os.stat(self.path("done/b.png")).st_mtime + 5
        os.utime(self.path("masks/b.png"), (later, later))
        outcome = self.batch()
        self.assert_done(outcome)
        self.assertIn("2 done, 1 skipped", outcome.out)

    def test_one_mask_for_all(self):
        outcome = self.batch(masks="masks/a.png")
        self.assert_done(outcome)
        self.assertEqual(self.done_files(), self.outputs)

    def test_the_exit_status_says_how_many_failed(self):
        self.write("photos/a.png", b"not a picture")
        os.remove(self.path("masks/c.png"))
        outcome = self.batch("--report", self.path("report.json"))
        self.assertEqual(outcome.status, 2, outcome)
        self.assertEqual(self.done_files(), ["done/b.png"])
        errors = outcome.err.splitlines()
        self.assertEqual(len(errors), 2, outcome)
        self.assertIn("a.png", errors[0])
        self.assertIn("c.png", errors[1])
        self.assertIn("1 done, 0 skipped, 2 failed", outcome.out)
        report = self.read_json("report.json")
        self.assertEqual([file["status"] for file in report["files"]], ["failed", "done", "failed"])
        self.assertEqual((report["done"], report["failed"]), (1, 2))

    def test_more_failures_than_a_status_can_say(self):
        for number in range(70):
            self.write(f"photos/x{number}.png", b"")
        outcome = self.batch()
        self.assertEqual(outcome.status, 63, outcome)
        self.assertIn("70 failed", outcome.out)

    def test_quiet_prints_errors_only(self):
        self.write("photos/a.png", b"not a picture")
        outcome = self.batch("--quiet")
        self.assertEqual(outcome.status, 1)
        self.assertEqual(outcome.out, "")
        self.assertEqual(outcome.err.count("\n"), 1, outcome)

    def test_the_report_never_replaces_a_photo_a_mask_or_an_output(self):
        before = {name: self.read(name) for name in self.files()}
        for name in ("photos/b.png", "masks/c.png"):
            self.assert_refused(self.batch("--report", self.path(name)), 2, "--report", name, "another name")
        self.assertEqual({name: self.read(name) for name in self.files()}, before)
        self.assert_refused(self.batch("--report", self.path("done/a.png")), 2, "--report", "another name")

    def test_folders_that_do_not_fit(self):
        self.assert_refused(self.batch(out="photos"), 2, "original")
        self.assert_refused(self.batch(masks="nowhere"), 3, "--masks", "nowhere")
        self.assert_refused(self.batch(out="not/there"), 3, "--out", "not/there")
        os.mkdir(self.path("empty"))
        self.assert_refused(run("fill", "--batch", self.path("empty"), "--masks", self.path("masks"), "--out",
                                self.path("done")), 3, "no photo")
        self.assert_refused(run("fill", "--batch", self.path("photo.png"), "--masks", self.path("masks"), "--out",
                                self.path("done")), 3, "--batch")


if __name__ == "__main__":
    unittest.main()
