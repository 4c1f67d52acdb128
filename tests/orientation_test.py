"""All eight EXIF orientations, of the photo and of the mask: whatever way round the two are stored, the same pixels
are filled. Four of the eight are mirrors, so pixels are compared and not sizes."""

import struct
import unittest

import pictures
from program import ProgramTest, run


def stored(data, orientation):
    """The PNG turned so that a viewer who heeds the EXIF orientation shows it as it was."""
    width, height, channels, bits, rows = pictures.read_png(data)
    step = channels * bits // 8

    def upright(x, y):
        return rows[y][x * step:(x + 1) * step]

    # What stands at column c of row r, by the EXIF definition: where row 0 and column 0 of the file belong.
    place = {1: lambda c, r: (c, r),
             2: lambda c, r: (width - 1 - c, r),
             3: lambda c, r: (width - 1 - c, height - 1 - r),
             4: lambda c, r: (c, height - 1 - r),
             5: lambda c, r: (r, c),
             6: lambda c, r: (width - 1 - r, c),
             7: lambda c, r: (width - 1 - r, height - 1 - c),
             8: lambda c, r: (r, height - 1 - c)}[orientation]
    across, down = (width, height) if orientation < 5 else (height, width)
    turned = pictures.png(across, down, [b"".join(upright(*place(c, r)) for c in range(across)) for r in range(down)],
                          channels, bits)
    exif = b"MM\0*\0\0\0\x08" + struct.pack(">HHHIHHI", 1, 274, 3, 1, orientation, 0, 0)
    return turned[:33] + pictures.chunk(b"eXIf", exif) + turned[33:]


class Orientation(ProgramTest):
    WIDTH, HEIGHT, BOX = 90, 70, (20, 15, 35, 36)

    def setUp(self):
        super().setUp()
        self.assert_done(self.fill())
        self.expected = pictures.read_png(self.read("out.png"))
        self.assertNotEqual(self.expected, pictures.read_png(self.read("photo.png")))

    def assert_filled_alike(self, name):
        self.assertEqual(pictures.read_png(self.read(name)), self.expected)

    def test_of_the_photo(self):
        for orientation in range(1, 9):
            with self.subTest(orientation=orientation):
                self.write("turned.png", stored(self.read("photo.png"), orientation))
                self.assert_done(self.fill(image="turned.png", out="out.png"))
                self.assert_filled_alike("out.png")

    def test_of_the_mask(self):
        for orientation in range(1, 9):
            with self.subTest(orientation=orientation):
                self.write("turned.png", stored(self.read("mask.png"), orientation))
                outcome = self.fill(mask="turned.png", out="out.png")
                self.assert_done(outcome)
                self.assertEqual(outcome.err, "", "no notice of another size")
                self.assert_filled_alike("out.png")

    def test_of_both_in_a_batch(self):
        for orientation in range(1, 9):
            self.write(f"photos/{orientation}.png", stored(self.read("photo.png"), orientation))
            self.write(f"masks/{orientation}.png", stored(self.read("mask.png"), 9 - orientation))
        self.assert_done(run("fill", "--batch", self.path("photos"), "--masks", self.path("masks"), "--out",
                             self.path("done")))
        for orientation in range(1, 9):
            with self.subTest(orientation=orientation):
                self.assert_filled_alike(f"done/{orientation}.png")


if __name__ == "__main__":
    unittest.main()
