"""Help, version, and every mistake in the options: one helpful line, exit status 2, nothing written."""

import os
import unittest

from program import ProgramTest, run


class Pleasantries(unittest.TestCase):
    def test_alone_it_says_what_it_can_do(self):
        for arguments in ([], ["--help"], ["-h"], ["help"]):
            outcome = run(*arguments)
            self.assertEqual(outcome.status, 0)
            self.assertIn("pawfect fill", outcome.out)
            self.assertEqual(outcome.err, "")

    def test_version(self):
        outcome = run("--version")
        self.assertEqual(outcome.status, 0)
        self.assertRegex(outcome.out, r"^pawfect \d+\.\d+\.\d+\n$")

    def test_help_of_fill_has_every_option_of_the_contract(self):
        outcome = run("fill", "--help")
        self.assertEqual(outcome.status, 0)
        for option in ("image mask out engine models variant prompt seed steps guidance grow blend report quiet overlay "
                       "compare strip-location threads max-cover min-part follow-shadow jpeg-quality batch masks "
                       "max-megapixels max-side max-mib max-memory invert").split():
            self.assertIn(f"--{option}", outcome.out)
        self.assertIn("Exit status", outcome.out)

    def test_help_of_eval(self):
        outcome = run("eval", "--help")
        self.assertEqual(outcome.status, 0)
        self.assertIn("--photos", outcome.out)


class Mistakes(ProgramTest):
    # arguments after `fill --image photo --mask mask --out out`, and words of the answer
    WRONG_VALUES = [
        (["--grow", "abc"], ["--grow", "abc", "0 to 256"]),
        (["--grow", "-1"], ["--grow", "-1", "0 to 256"]),
        (["--grow", "1.5"], ["--grow", "0 to 256"]),
        (["--grow", "257"], ["--grow", "257"]),
        (["--blend", "999"], ["--blend", "0 to 128"]),
        (["--seed", "-5"], ["--seed", "-5"]),
        (["--seed", "99999999999999999999999"], ["--seed"]),
        (["--steps", "0"], ["--steps", "1 to 200"]),
        (["--guidance", "nan"], ["--guidance", "0 to 100"]),
        (["--threads", "0"], ["--threads", "1 to"]),
        (["--max-cover", "40"], ["--max-cover", "to 1"]),
        (["--jpeg-quality", "101"], ["--jpeg-quality", "1 to 100"]),
        (["--max-side", "many"], ["--max-side"]),
        (["--engine", "magic"], ["magic", "texture"]),
        (["--seed"], ["--seed needs a value"]),
        (["--seed", "1", "--seed", "2"], ["--seed", "more than once"]),
    ]
    WRONG_OPTIONS = [
        (["--sead", "1"], ["--sead", "did you mean --seed"]),
        (["--gorw=3"], ["--gorw", "did you mean --grow"]),
        (["--follow-shadows"], ["did you mean --follow-shadow"]),
        (["--telephone"], ["--telephone", "pawfect fill --help"]),
        (["photo.jpg"], ["photo.jpg", "--image"]),
    ]

    def test_wrong_options_and_values(self):
        before = self.files()
        for arguments, words in self.WRONG_VALUES + self.WRONG_OPTIONS:
            with self.subTest(arguments=arguments):
                self.assert_refused(self.fill(*arguments), 2, *words)
                self.assertEqual(self.files(), before)

    def test_missing_options(self):
        photo, mask, out = self.path("photo.png"), self.path("mask.png"), self.path("out.png")
        for arguments, word in [([], "--image"),
                                (["--mask", mask, "--out", out], "--image"),
                                (["--image", photo, "--out", out], "--mask"),
                                (["--image", photo, "--mask", mask], "--out"),
                                (["--image", photo, "--mask", mask, "--compare", out], "--out"),
                                (["--image", "", "--mask", mask, "--out", out], "--image"),
                                (["--batch", self.folder, "--out", out], "--masks"),
                                (["--batch", self.folder, "--masks", mask], "--out"),
                                (["--batch", self.folder, "--image", photo, "--out", out], "--batch"),
                                (["--batch", self.folder, "--mask", mask, "--out", out], "--masks"),
                                (["--image", photo, "--mask", mask, "--masks", mask, "--out", out], "--masks")]:
            with self.subTest(arguments=arguments):
                self.assert_refused(run("fill", *arguments), 2, word)
        self.assert_refused(run("eval"), 2, "--photos")

    def test_wrong_commands(self):
        self.assert_refused(run("fil"), 2, "fil", "did you mean fill")
        self.assert_refused(run("--versoin"), 2, "did you mean --version")
        self.assert_refused(run("dance"), 2, "dance")

    def test_the_originals_are_never_written_over(self):
        photo, mask = self.read("photo.png"), self.read("mask.png")
        for name in ("photo.png", "mask.png", "./photo.png"):
            self.assert_refused(self.fill(out=name), 2, "original")
        self.assert_refused(self.fill("--overlay", self.path("photo.png")), 2, "--overlay")
        self.assert_refused(self.fill("--report", self.path("mask.png")), 2, "--report")
        self.assertEqual((photo, mask), (self.read("photo.png"), self.read("mask.png")))

    def test_two_outputs_never_share_a_name(self):
        os.symlink(".", self.path("here"))
        for option, name in (("--report", "out.png"), ("--overlay", "./out.png"), ("--compare", "here/out.png")):
            with self.subTest(option=option):
                self.assert_refused(self.fill(option, self.path(name)), 2, option, "--out", "another name")
        self.assert_refused(self.fill("--overlay", self.path("x.png"), "--compare", self.path("x.png")), 2,
                            "--compare", "--overlay")
        self.assertEqual(self.files(), ["mask.png", "photo.png"])

    def test_an_output_that_no_format_fits(self):
        for name in ("out.gif", "out.heic", "out.pdf"):
            self.assert_refused(self.fill(out=name), 2, name)
        self.assertEqual(self.files(), ["mask.png", "photo.png"])


if __name__ == "__main__":
    unittest.main()
