"""Contact sheet of the fills: a row a case, cut to the hole's surroundings.

  fill_sheet.py RESULTS.json OUT.png MAX_BYTES PEER [PEER ...]

Columns: the photo with the hole outlined, each PEER, the truth. Cases are every second one, in their order, of those
whose photo's licence allows it to be shown; none is chosen by its looks. The cells shrink until the file fits."""

import json
import os
import sys

import numpy as np
from PIL import Image, ImageDraw

from fill_runs import file_name

MOST_ROWS, CELL, LABEL, SMALLEST_CELL = 8, 260, 13, 80


def surroundings(hole):
    """Slices of the hole's box with a third of its size around it."""
    rows, columns = np.where(hole)
    pad = int(0.35 * max(np.ptp(rows), np.ptp(columns))) + 10
    return (slice(max(0, rows.min() - pad), rows.max() + pad), slice(max(0, columns.min() - pad), columns.max() + pad))


def outlined(photo, hole):
    around, grown = photo.copy(), np.pad(hole, 3)
    near = np.zeros_like(hole)
    for dy in range(7):
        for dx in range(7):
            near |= grown[dy:dy + hole.shape[0], dx:dx + hole.shape[1]]
    around[near & ~hole] = (255, 0, 255)
    return around


def picture_rows(results, folder, peers):
    """[(label, picture or None), ...] a case."""
    shown = [case for case in results["cases"] if case["may_show"]]
    for case in shown[::2 if len(shown) > MOST_ROWS else 1][:MOST_ROWS]:
        photo = np.asarray(Image.open(case["image"]).convert("RGB"))
        hole = np.asarray(Image.open(case["mask"]).convert("L")) > 127
        part = surroundings(hole)
        cells = [(case["case"], outlined(photo, hole)[part])]
        for peer in peers:
            path = os.path.join(folder, f"{case['case']}.{file_name(peer)}.png")
            score = results["runs"][case["case"]].get(peer, {}).get("judged", {}).get("scorer", {})
            key = "Q" if case["has_truth"] else "QN"
            label = f"{peer}  {key} {score[key]:.3f}" if key in score else peer
            filled = np.asarray(Image.open(path).convert("RGB")) if os.path.exists(path) else None
            cells.append((label, None if filled is None else np.where(hole[..., None], filled, photo)[part]))
        cells.append(("truth", photo[part]) if case["has_truth"] else ("", None))
        yield cells


def sheet(rows, cell):
    bands = []
    for cells in rows:
        height, width = cells[0][1].shape[:2]
        scale = cell / max(height, width)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        band = Image.new("RGB", (cell * len(cells), size[1] + LABEL), "white")
        for column, (label, picture) in enumerate(cells):
            ImageDraw.Draw(band).text((column * cell + 2, 1), label, fill="black")
            if picture is not None:
                small = Image.fromarray(np.ascontiguousarray(picture)).resize(size, Image.LANCZOS)
                band.paste(small, (column * cell, LABEL))
        bands.append(band)
    whole = Image.new("RGB", (bands[0].width, sum(band.height for band in bands)), "white")
    top = 0
    for band in bands:
        whole.paste(band, (0, top))
        top += band.height
    return whole


def main():
    results_path, out, most_bytes, peers = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4:]
    with open(results_path, encoding="utf-8") as file:
        results = json.load(file)
    rows = list(picture_rows(results, os.path.dirname(results_path), peers))
    if not rows:
        raise SystemExit("bench: no case may be shown: none of the photos has a licence that allows it")
    cell = CELL
    while True:
        sheet(rows, cell).save(out, optimize=True)
        if os.path.getsize(out) <= most_bytes or cell <= SMALLEST_CELL:
            return
        cell = int(cell * 0.93)


if __name__ == "__main__":
    main()
