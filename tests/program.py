"""Runs the built program as a user does. The environment variable PAWFECT names it."""

import json
import os
import shutil
import subprocess
import tempfile
import unittest

import pictures

PROGRAM = os.environ["PAWFECT"]
# A sanitized program needs that much more memory.
SANITIZER_FACTOR = 5 if os.environ.get("PAWFECT_SANITIZE") else 1
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Outcome:
    def __init__(self, status, out, err, peak_kib):
        self.status = status
        self.out = out
        self.err = err
        self.peak_kib = peak_kib

    def __str__(self):
        return f"exit status {self.status}\nstdout: {self.out}\nstderr: {self.err}"


def run(*arguments, env=None, cwd=None, preexec_fn=None, program=PROGRAM, **options):
    """Runs to the end; output goes through files, so that nothing can block."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = subprocess.Popen([program, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                   env={**os.environ, **(env or {})}, cwd=cwd, preexec_fn=preexec_fn, **options)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        return Outcome(process.returncode, out.read().decode(), err.read().decode(), usage.ru_maxrss)


class ProgramTest(unittest.TestCase):
    """A folder of its own for each test, with a small photo and a mask that fits it."""

    maxDiff = None
    WIDTH, HEIGHT = 160, 120
    BOX = (60, 40, 90, 70)
    GROW = 12  # the mask grows by less than this, see docs/masks.md

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="pawfect-test.")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.write("photo.png", pictures.textured(self.WIDTH, self.HEIGHT))
        self.write("mask.png", pictures.box_mask(self.WIDTH, self.HEIGHT, self.BOX))

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, data):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "wb") as file:
            file.write(data)
        return self.path(name)

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def read_json(self, name):
        return json.loads(self.read(name))

    def fill(self, *more, image="photo.png", mask="mask.png", out="out.png", **options):
        return run("fill", "--image", self.path(image), "--mask", self.path(mask), "--out", self.path(out), *more,
                   **options)

    def assert_done(self, outcome):
        self.assertEqual(outcome.status, 0, outcome)

    def assert_refused(self, outcome, status, *words):
        """The right exit status, and one line on stderr that holds the words."""
        self.assertEqual(outcome.status, status, outcome)
        lines = [line for line in outcome.err.splitlines() if not line.startswith("note: ")]
        self.assertEqual(len(lines), 1, outcome)
        self.assertTrue(lines[0].startswith("pawfect: "), outcome)
        for word in words:
            self.assertIn(word.lower(), lines[0].lower(), outcome)
        self.assertEqual(outcome.out, "", outcome)

    def assert_same_outside(self, before, after, box, size):
        """Rows of samples, `size` bytes a pixel, that differ at most within the grown box."""
        left, top, right, bottom = box
        for y, (old, new) in enumerate(zip(before, after, strict=True)):
            if top - self.GROW <= y < bottom + self.GROW:
                self.assertEqual(old[:(left - self.GROW) * size], new[:(left - self.GROW) * size])
                self.assertEqual(old[(right + self.GROW) * size:], new[(right + self.GROW) * size:])
            else:
                self.assertEqual(old, new, f"row {y}")

    def files(self):
        """Names of all files below the test's folder."""
        found = []
        for folder, _, names in os.walk(self.folder):
            found += [os.path.relpath(os.path.join(folder, name), self.folder) for name in names]
        return sorted(found)
