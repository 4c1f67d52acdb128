"""stable-diffusion.cpp's sd-cli on the same weights: how it is called, and what its log tells of its time. Standard
library only."""

import glob
import os
import re
import struct
import zlib
from statistics import median


def png(path, size, channels, pixel_at):
    """A square picture of 8 bits; pixel_at(x, y) gives its bytes."""
    rows = b"".join(b"\0" + b"".join(pixel_at(x, y) for x in range(size)) for y in range(size))
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n")
        for kind, data in ((b"IHDR", struct.pack(">2I5B", size, size, 8, 2 if channels == 3 else 0, 0, 0, 0)),
                           (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b"")):
            file.write(struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)))


def write_scene(folder, size):
    """A photo and a mask with a square hole of 15 % in its middle."""
    image, mask = (os.path.join(folder, f"{name}{size}.png") for name in ("image", "mask"))
    low, high = round(size * (1 - 0.15**0.5) / 2), round(size * (1 + 0.15**0.5) / 2)
    png(image, size, 3, lambda x, y: bytes((x * 255 // size, y * 255 // size, (x * 7 ^ y * 13) & 255)))
    png(mask, size, 1, lambda x, y: b"\xff" if low <= x < high and low <= y < high else b"\0")
    return image, mask


def command(program, weights, scene, size, steps, threads, out):
    image, mask = scene
    one = {part: glob.glob(os.path.join(weights, pattern))[0] for part, pattern in
           (("flux", "flux1-fill-dev-*.gguf"), ("t5", "t5-*.gguf"), ("clip", "clip_l*"), ("vae", "ae.*"))}
    return [program, "--diffusion-model", one["flux"], "--t5xxl", one["t5"], "--clip_l", one["clip"],
            "--vae", one["vae"], "--init-img", image, "--mask", mask, "--prompt", "an empty meadow", "--cfg-scale", "1", "--guidance", "30",
            "--strength", "1", "--sampling-method", "euler", "--steps", str(steps), "-W", str(size), "-H", str(size),
            "--threads", str(threads), "--seed", "1", "--diffusion-fa", "--output", out, "-v"]


# What sd-cli prints when a part of the job is done.
LOADED = re.compile(r"loading tensors completed")
ENCODED = re.compile(r"encode_first_stage completed")
CONDITIONED = re.compile(r"get_learned_condition completed")
STARTED = re.compile(r"generating image: 1/1")
STEPPED = re.compile(r"\| (\d+)/(\d+) - [\d.]+ ?(?:s/it|it/s)")
SAMPLED = re.compile(r"sampling completed")
DECODED = re.compile(r"decode_first_stage completed")


def between(first, last):
    return {"wall": last.wall - first.wall, "cpu": last.cpu - first.cpu}


def parts_of(lines):
    """{"text": {"wall": seconds, "cpu": seconds}, "encode": ..., "step": ..., "decode": ...} from the lines that
    flux_measure.watch gives; what is not among them is left out. Encoding is that of the masked photo and of the photo,
    which a fill takes both; a step is the median of all but the first, the first alone when there is but one."""
    marks, steps, parts = {}, [], {}
    for line in lines:
        for name, phrase in (("loaded", LOADED), ("encoded", ENCODED), ("conditioned", CONDITIONED),
                             ("started", STARTED), ("sampled", SAMPLED), ("decoded", DECODED)):
            if phrase.search(line.text):
                marks[name] = line
        if "started" in marks and STEPPED.search(line.text):
            steps.append(line)
    # Loading prints bars too, of files and not of steps; a bar's end is printed twice.
    steps = [line for k, line in enumerate(steps) if k == 0 or STEPPED.search(line.text)[1] !=
             STEPPED.search(steps[k - 1].text)[1]]
    for name, first, last in (("text", "encoded", "conditioned"), ("decode", "sampled", "decoded")):
        if first in marks and last in marks:
            parts[name] = between(marks[first], marks[last])
    if "loaded" in marks and "encoded" in marks:
        parts["load"] = {"wall": marks["loaded"].wall, "cpu": marks["loaded"].cpu}
        parts["encode"] = between(marks["loaded"], marks["encoded"])
    if "started" in marks and steps:
        taken = [between(a, b) for a, b in zip([marks["started"], *steps], steps)]
        timed = taken[1:] or taken
        parts["step"] = {key: median(step[key] for step in timed) for key in ("wall", "cpu")} | {"timed": len(timed)}
    return parts
