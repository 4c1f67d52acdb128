"""Files that cannot be used, and places that cannot be written: one helpful line that names the file, the
right exit status, and no output left behind."""

import os
import resource
import shutil
import stat
import unittest

import pictures
from program import PROGRAM, SANITIZER_FACTOR, ProgramTest

EXAMPLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "examples", "friends.jpg")


def bad_pictures():
    """name -> (bytes, words of the answer)"""
    good = pictures.textured(64, 64)
    with open(EXAMPLE, "rb") as file:
        jpeg = file.read()
    return {
        "empty.png": (b"", []),
        "text.png": (b"this is no picture\n" * 20, []),
        "zeros.jpg": (bytes(5000), []),
        "truncated.png": (good[:len(good) // 2], []),
        "header-only.png": (good[:40], []),
        "truncated.jpg": (jpeg[:len(jpeg) // 3], []),
        "damaged.png": (good[:100] + bytes(200) + good[300:], []),
        "bomb.png": (pictures.bomb(), ["50000"]),
        "wide.png": (pictures.png_header(20_000, 1) + good[33:], ["20000"]),
        "zero-size.png": (pictures.png_header(0, 10) + good[33:], []),
        "picture.svg": (pictures.SVG, ["SVG"]),
        "svg-named.png": (pictures.SVG, ["SVG"]),
        "document.pdf": (pictures.PDF, ["PDF"]),
        "pdf-named.jpg": (pictures.PDF, ["PDF"]),
        "animation.gif": (pictures.gif(3), ["GIF"]),
        "phone.heic": (pictures.heic(), ["HEIC"]),
        "old.bmp": (pictures.bmp(), []),
        "archive.png": (pictures.ZIP, []),
        "png-and-zip.png": (good + pictures.ZIP, []),
        "png-and-html.png": (good + b"<html><script>alert(1)</script></html>", []),
        "pdf-before-jpeg.jpg": (pictures.PDF + jpeg, []),
    }


class BadPictures(ProgramTest):
    def test_as_the_photo(self):
        for name, (data, words) in bad_pictures().items():
            with self.subTest(name=name):
                self.write(name, data)
                outcome = self.fill(image=name)
                self.assert_refused(outcome, 3, name, *words)
                self.assertFalse(os.path.exists(self.path("out.png")))
                self.assertLess(outcome.peak_kib, 150 * 1024 * SANITIZER_FACTOR, "refused files cost no memory")

    def test_as_the_mask(self):
        for name, (data, words) in bad_pictures().items():
            with self.subTest(name=name):
                self.write(name, data)
                self.assert_refused(self.fill(mask=name), 3, name, *words)
                self.assertFalse(os.path.exists(self.path("out.png")))

    def test_limits_can_be_set(self):
        self.assert_refused(self.fill("--max-side", "100"), 3, "photo.png", "160", "100")
        self.assert_refused(self.fill("--max-megapixels", "0.01"), 3, "photo.png")
        self.assert_refused(self.fill("--max-mib", "0.01"), 3, "photo.png")
        self.assertFalse(os.path.exists(self.path("out.png")))

    def test_a_picture_under_a_wrong_name_is_what_it_is(self):
        self.write("really-a-png.jpg", pictures.textured(self.WIDTH, self.HEIGHT))
        self.assert_done(self.fill(image="really-a-png.jpg"))


class BadMasks(ProgramTest):
    def refused_mask(self, data, *words):
        self.write("bad.png", data)
        self.assert_refused(self.fill(mask="bad.png"), 4, *words)
        self.assertFalse(os.path.exists(self.path("out.png")))

    def test_nothing_white(self):
        self.refused_mask(pictures.box_mask(160, 120, (0, 0, 0, 0)))

    def test_all_white(self):
        self.refused_mask(pictures.box_mask(160, 120, (0, 0, 160, 120)))

    def test_only_faint(self):
        self.refused_mask(pictures.box_mask(160, 120, self.BOX, inside=40))

    def test_too_much_of_the_photo(self):
        self.refused_mask(pictures.box_mask(160, 120, (0, 0, 160, 60)), "--max-cover")

    def test_too_small_a_part(self):
        self.refused_mask(pictures.box_mask(160, 120, (50, 50, 56, 56)), "50")

    def test_the_verdicts_limits_can_be_set(self):
        self.write("half.png", pictures.box_mask(160, 120, (0, 0, 160, 60)))
        self.assert_done(self.fill("--max-cover", "0.6", mask="half.png"))
        self.write("small.png", pictures.box_mask(160, 120, (50, 50, 56, 56)))
        self.assert_done(self.fill("--min-part", "20", mask="small.png"))

    def test_an_inverted_mask_says_how_to_turn_it(self):
        self.write("inverse.png", pictures.box_mask(160, 120, self.BOX, inside=0, outside=255))
        self.assert_refused(self.fill(mask="inverse.png"), 4, "--invert")
        self.assert_done(self.fill("--invert", mask="inverse.png"))


class BadPlaces(ProgramTest):
    def test_inputs_that_are_not_there_or_no_files(self):
        os.mkdir(self.path("folder.png"))
        for name in ("missing.png", "folder.png", "missing/photo.png", "photo.png/photo.png"):
            with self.subTest(name=name):
                self.assert_refused(self.fill(image=name), 3, name)
                self.assert_refused(self.fill(mask=name), 3, name)
        self.assert_refused(self.fill(image="/dev/zero"), 3, "/dev/zero")

    def test_outputs_that_cannot_be_written(self):
        os.mkdir(self.path("folder.png"))
        for option, name in (("--out", "missing/out.png"), ("--out", "folder.png"), ("--out", "/dev/full"),
                             ("--out", "photo.png/out.png"), ("--overlay", "missing/o.png"),
                             ("--report", "missing/r.json"), ("--compare", "missing/c.png")):
            with self.subTest(option=option, name=name):
                arguments = {"--out": self.path("out.png"), option: self.path(name)}
                outcome = self.fill(*sum(([k, v] for k, v in arguments.items() if k != "--out"), []),
                                    out=arguments["--out"])
                self.assert_refused(outcome, 3, option, name)
        self.assertEqual(self.files(), ["mask.png", "photo.png"])
        self.assertTrue(stat.S_ISCHR(os.stat("/dev/full").st_mode))

    def test_a_full_disk_leaves_nothing(self):
        def few_bytes():
            resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))

        self.assert_refused(self.fill(preexec_fn=few_bytes), 3, "out.png")
        self.assertEqual(self.files(), ["mask.png", "photo.png"])
        self.write("out.png", b"an older result")
        self.assert_refused(self.fill(preexec_fn=few_bytes), 3, "out.png")
        self.assertEqual(self.read("out.png"), b"an older result")

    def test_rights_that_are_missing(self):
        # Root may read and write everything, so the program runs as nobody then, from a place nobody reaches.
        os.chmod(self.folder, 0o755)
        program = shutil.copy(PROGRAM, self.path("pawfect"))
        options = {"program": program, "env": {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "")}}
        if os.geteuid() == 0:
            options |= {"user": 65534, "group": 65534, "extra_groups": []}
        self.write("secret.png", self.read("photo.png"))
        os.chmod(self.path("secret.png"), 0)
        os.makedirs(self.path("closed"))
        os.chmod(self.path("closed"), 0o555)
        os.makedirs(self.path("open"))
        os.chmod(self.path("open"), 0o777)
        self.assert_refused(self.fill(image="secret.png", out="open/out.png", **options), 3, "secret.png")
        self.assert_refused(self.fill(mask="secret.png", out="open/out.png", **options), 3, "secret.png")
        self.assert_refused(self.fill(out="closed/out.png", **options), 3, "closed")
        self.assert_done(self.fill(out="open/out.png", **options))


if __name__ == "__main__":
    unittest.main()
