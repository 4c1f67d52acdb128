"""Judges one filled picture and prints a line of JSON.

  fill_judge.py --image PHOTO --mask MASK --filled OUT [--truth] [--scorer FILE] [--composite FILE]

outside      pixels outside the mask that differ from the photo
psnr         with --truth: dB inside the hole
detail       with --truth: mean squared luma step in the hole, over the truth's; 1 is right
seam         mean luma step across the hole's edge over that in the ring of 4 pixels outside; about 1 is right
seam_truth   with --truth: the same for the truth
             these are the measures of `pawfect eval`; docs/command-line.md has the formulas
--scorer     a program in Python that takes --image, --mask, --filled, --gt and --json and prints JSON; what it prints
             is added under "scorer"

Before it is judged a fill is put onto the photo inside the mask only, so that what a peer does outside costs it
nothing but the count. --composite keeps that picture."""

import argparse
import json
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image

FLAT = 0.5 / 255  # steps below half a level are flat
RING = 4


def mean(values):
    return values.mean() if values.size else 0.0


def luma(picture):
    return picture.astype(np.float64) @ np.array([0.2126, 0.7152, 0.0722]) / 255


def pairs(plane):
    """The two members of each pair of neighbours, to the right and below."""
    return ((plane[:, :-1], plane[:, 1:]), (plane[:-1], plane[1:]))


def steps(picture, plane, chosen):
    """Absolute luma steps between those neighbours whose values in `plane` chosen(a, b) likes."""
    return np.concatenate([np.abs(a - b)[chosen(*ends)] for (a, b), ends in zip(pairs(luma(picture)), pairs(plane))])


def detail(picture, hole):
    return mean(steps(picture, hole, lambda a, b: a & b) ** 2) + FLAT ** 2


def grown(hole):
    for _ in range(RING):
        more = hole.copy()
        for (a, b), (to_a, to_b) in zip(pairs(hole), pairs(more)):
            to_a |= b
            to_b |= a
        hole = more
    return hole


def seam(picture, hole):
    state = hole.astype(int) * 2 + (grown(hole) & ~hole)  # 2 = hole, 1 = ring
    across = steps(picture, state, lambda a, b: (a == 2) != (b == 2))
    outside = steps(picture, state, lambda a, b: (a == 1) & (b == 1))
    return (mean(across) + FLAT) / (mean(outside) + FLAT)


def psnr(picture, truth, hole):
    error = np.mean(((picture.astype(np.float64) - truth)[hole] / 255) ** 2)
    return min(99.0, -10 * np.log10(error)) if error > 0 else 99.0


def outside_score(scorer, options, composite):
    command = [sys.executable, scorer, "--image", options.image, "--mask", options.mask, "--filled", composite, "--json"]
    done = subprocess.run(command + (["--gt"] if options.truth else []), capture_output=True, text=True, check=False)
    try:
        return json.loads(done.stdout)
    except ValueError:
        raise SystemExit(f"bench: {scorer}: no JSON on stdout: {(done.stderr or done.stdout).strip()[-200:]}") from None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--image", "--mask", "--filled"):
        parser.add_argument(name, required=True)
    parser.add_argument("--truth", action="store_true")
    parser.add_argument("--scorer")
    parser.add_argument("--composite")
    options = parser.parse_args()
    photo = np.asarray(Image.open(options.image).convert("RGB"))
    hole = np.asarray(Image.open(options.mask).convert("L")) > 127
    filled = np.asarray(Image.open(options.filled).convert("RGB"))
    if filled.shape != photo.shape:
        raise SystemExit(f"bench: {options.filled}: {filled.shape[1]} x {filled.shape[0]} is not the photo's size")
    composite = np.where(hole[..., None], filled, photo)
    result = {"outside": int(((filled != photo).any(axis=2) & ~hole).sum()), "seam": seam(composite, hole)}
    if options.truth:
        result.update(psnr=psnr(composite, photo, hole), detail=detail(composite, hole) / detail(photo, hole),
                      seam_truth=seam(photo, hole))
    with tempfile.NamedTemporaryFile(suffix=".png") as temporary:
        path = options.composite or temporary.name
        if options.composite or options.scorer:
            Image.fromarray(composite).save(path, format="png", compress_level=1)
        if options.scorer:
            result["scorer"] = outside_score(options.scorer, options, path)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
