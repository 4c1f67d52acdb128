"""Lays out the cases of the benchmark: what is to be filled, as PNG files that every peer reads alike.

  fill_cases.py --photos DIR --out DIR --seed N        writes DIR/*.png and DIR/cases.json

DIR with a manifest.json (the format that `pawfect eval` reads) gives the cases named there. Otherwise each photo
NAME.* with a NAME.mask.png beside it is one case without truth, and six holes are drawn beside that mask, whose truth
is the photo itself."""

import argparse
import json
import os

import numpy as np
from PIL import Image

ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff")
DRAWN_HOLES = 6
# A licence that begins so lets a picture be shown in the contact sheet with its author's name.
MAY_SHOW = ("CC0", "CC-BY", "BSD-3-Clause")


def in_manifest(folder):
    with open(os.path.join(folder, "manifest.json"), encoding="utf-8") as file:
        photos = json.load(file)["photos"]
    for photo in photos:
        for mask in photo["masks"]:
            yield {"case": mask["case"], "photo": os.path.join(folder, photo["file"]),
                   "mask": read_mask(os.path.join(folder, mask["file"])), "has_truth": mask["kind"] == "gt",
                   "may_show": photo.get("licence", "").startswith(MAY_SHOW)}


def in_folder(folder, seed):
    for name in sorted(os.listdir(folder)):
        stem, ending = os.path.splitext(name)
        mask_path = os.path.join(folder, stem + ".mask.png")
        if ending.lower() not in ENDINGS or not os.path.exists(mask_path):
            continue
        mask, photo = read_mask(mask_path), os.path.join(folder, name)
        # The photos of examples/ are ours to show; of another folder nothing is known.
        shared = {"photo": photo, "may_show": os.path.basename(os.path.abspath(folder)) == "examples"}
        yield {"case": f"{stem}_remove", "mask": mask, "has_truth": False, **shared}
        for number in range(1, DRAWN_HOLES + 1):
            hole = drawn_hole(mask, np.random.default_rng([seed, number]))
            yield {"case": f"{stem}_gt{number}", "mask": hole, "has_truth": True, **shared}


def read_mask(path):
    return np.asarray(Image.open(path).convert("L")) > 127


def blob(height, width, centre_y, centre_x, area, rng):
    """A round hole of about `area` pixels with a wavy outline: its radius swings with the angle."""
    y, x = np.mgrid[0:height, 0:width]
    angle, distance = np.arctan2(y - centre_y, x - centre_x), np.hypot(y - centre_y, x - centre_x)
    radius = np.ones_like(distance)
    for wave in range(2, 6):
        radius += rng.uniform(0, 0.5 / wave) * np.cos(wave * angle + rng.uniform(0, 2 * np.pi))
    return distance < radius * np.sqrt(area / np.pi)


def drawn_hole(taken, rng):
    """A hole of 1.5 to 8 % of the photo that keeps clear of `taken`."""
    height, width = taken.shape
    area = height * width * np.exp(rng.uniform(np.log(0.015), np.log(0.08)))
    while True:
        hole = blob(height, width, rng.uniform(0, height), rng.uniform(0, width), area, rng)
        if not (hole & taken).any() and hole.sum() > 0.7 * area:
            return hole
        area *= 0.97


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--seed", type=int, required=True)
    options = parser.parse_args()
    os.makedirs(options.out, exist_ok=True)
    has_manifest = os.path.exists(os.path.join(options.photos, "manifest.json"))
    found = in_manifest(options.photos) if has_manifest else in_folder(options.photos, options.seed)
    cases = []
    for case in found:
        mask = case["mask"]
        image_path = os.path.join(options.out, os.path.splitext(os.path.basename(case["photo"]))[0] + ".png")
        mask_path = os.path.join(options.out, case["case"] + ".mask.png")
        image = Image.open(case["photo"]).convert("RGB")
        if image.size != mask.shape[::-1]:
            raise SystemExit(f"bench: {case['case']}: the mask is {mask.shape[1]} x {mask.shape[0]}, the photo"
                             f" {image.width} x {image.height}; both must have the same size")
        image.save(image_path)
        Image.fromarray((mask * 255).astype(np.uint8)).save(mask_path)
        cases.append({**case, "image": image_path, "mask": mask_path, "photo": os.path.basename(case["photo"]),
                      "width": image.width, "height": image.height, "hole_pixels": int(mask.sum())})
    if not cases:
        raise SystemExit(f"bench: {options.photos}: found neither a manifest.json nor a photo NAME.jpg with its"
                         " NAME.mask.png; give a folder that has one")
    with open(os.path.join(options.out, "cases.json"), "w", encoding="utf-8") as file:
        json.dump(cases, file, indent=1)


if __name__ == "__main__":
    main()
