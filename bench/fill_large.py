"""Makes a photo of 24 megapixels and a hole of a tenth of it, from a smaller photo.

  fill_large.py IMAGE OUT_STEM SEED     writes OUT_STEM.png, OUT_STEM.jpg and OUT_STEM.mask.png

The photo is laid out with its mirror images, two by two, and scaled to 6000 x 4000."""

import sys

import numpy as np
from PIL import Image

from fill_cases import blob

WIDTH, HEIGHT, SHARE = 6000, 4000, 0.10


def main():
    source, stem, seed = sys.argv[1], sys.argv[2], int(sys.argv[3])
    photo = np.asarray(Image.open(source).convert("RGB"))
    beside = np.concatenate([photo, photo[:, ::-1]], axis=1)
    four = np.concatenate([beside, beside[::-1]], axis=0)
    large = Image.fromarray(four).resize((WIDTH, HEIGHT), Image.LANCZOS)
    large.save(stem + ".png", compress_level=6)
    large.save(stem + ".jpg", quality=92)
    rng, area = np.random.default_rng(seed), WIDTH * HEIGHT * SHARE
    hole = blob(HEIGHT, WIDTH, HEIGHT / 2, WIDTH / 2, area, rng)
    for _ in range(4):  # the waves change the area
        area *= WIDTH * HEIGHT * SHARE / hole.sum()
        hole = blob(HEIGHT, WIDTH, HEIGHT / 2, WIDTH / 2, area, np.random.default_rng(seed))
    Image.fromarray((hole * 255).astype(np.uint8)).save(stem + ".mask.png")


if __name__ == "__main__":
    main()
