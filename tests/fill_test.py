"""What a fill promises: outside the mask nothing changes, the same seed gives the same bytes, and it is as
silent as asked."""

import unittest

import pictures
from program import ProgramTest, run


class Promises(ProgramTest):
    def test_outside_the_mask_every_sample_stays_in_every_depth(self):
        left, top, right, bottom = self.BOX
        for channels in (1, 2, 3, 4):
            for bits in (8, 16):
                with self.subTest(channels=channels, bits=bits):
                    self.write("photo.png", pictures.textured(self.WIDTH, self.HEIGHT, channels, bits))
                    self.assert_done(self.fill())
                    *before, old_rows = pictures.read_png(self.read("photo.png"))
                    *after, new_rows = pictures.read_png(self.read("out.png"))
                    self.assertEqual(before, after, "size, channels and depth stay")
                    size = channels * bits // 8
                    self.assert_same_outside(old_rows, new_rows, self.BOX, size)
                    inside = [row[left * size:right * size] for row in new_rows[top:bottom]]
                    self.assertNotEqual(inside, [row[left * size:right * size] for row in old_rows[top:bottom]])

    def test_the_same_seed_gives_the_same_bytes_with_any_number_of_threads(self):
        self.write("photo.png", pictures.textured(320, 240))
        self.write("mask.png", pictures.box_mask(320, 240, (100, 80, 180, 150)))
        made = []
        for threads in ("1", "2", "3"):
            self.assert_done(self.fill("--threads", threads, "--seed", "11"))
            made.append(self.read("out.png"))
        self.assertEqual(made[0], made[1])
        self.assertEqual(made[0], made[2])

    def test_the_seed_is_0_unless_told(self):
        self.assert_done(self.fill())
        by_default = self.read("out.png")
        self.assert_done(self.fill("--seed", "0"))
        self.assertEqual(by_default, self.read("out.png"))

    def test_a_mask_of_another_size_is_scaled_with_a_notice(self):
        self.write("mask.png", pictures.box_mask(80, 60, (30, 20, 45, 35)))
        outcome = self.fill()
        self.assert_done(outcome)
        self.assertIn("80", outcome.err)
        self.assertIn("160", outcome.err)
        self.assertTrue(outcome.err.startswith("note: "), outcome)

    def test_it_says_one_line_and_quiet_says_nothing(self):
        outcome = self.fill()
        self.assert_done(outcome)
        self.assertEqual(outcome.out.count("\n"), 1, outcome)
        self.assertIn("out.png", outcome.out)
        self.assertEqual(outcome.err, "", "no progress bar where no terminal is")
        self.write("mask.png", pictures.box_mask(80, 60, (30, 20, 45, 35)))  # would bring a notice
        outcome = self.fill("--quiet")
        self.assert_done(outcome)
        self.assertEqual((outcome.out, outcome.err), ("", ""))

    def test_an_older_output_is_replaced(self):
        self.write("out.png", b"older")
        self.assert_done(self.fill())
        self.assertTrue(self.read("out.png").startswith(b"\x89PNG"))

    def test_overlay_alone_fills_nothing(self):
        outcome = run("fill", "--image", self.path("photo.png"), "--mask", self.path("mask.png"), "--overlay",
                      self.path("look.png"))
        self.assert_done(outcome)
        self.assertEqual(self.files(), ["look.png", "mask.png", "photo.png"])
        width, height, *_ = pictures.read_png(self.read("look.png"))
        self.assertEqual((width, height), (self.WIDTH, self.HEIGHT))

    def test_compare_shows_before_and_after(self):
        self.assert_done(self.fill("--compare", self.path("both.png")))
        width, height, channels, _, rows = pictures.read_png(self.read("both.png"))
        self.assertEqual((width, height), (2 * self.WIDTH + 4, self.HEIGHT))
        before = pictures.read_png(self.read("photo.png"))[4]
        after = pictures.read_png(self.read("out.png"))[4]
        line = self.WIDTH * channels
        self.assertEqual([row[:line] for row in rows], before)
        self.assertEqual([row[-line:] for row in rows], after)

    def test_the_environment_bounds_the_threads(self):
        self.assert_done(self.fill("--report", self.path("r.json"), env={"OMP_NUM_THREADS": "1"}))
        self.assertEqual(self.read_json("r.json")["threads"], 1)
        self.assert_done(self.fill("--threads", "3", "--report", self.path("r.json"), env={"OMP_THREAD_LIMIT": "2"}))
        self.assertEqual(self.read_json("r.json")["threads"], 2)


if __name__ == "__main__":
    unittest.main()
