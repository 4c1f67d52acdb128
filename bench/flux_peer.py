"""stable-diffusion.cpp's sd-cli on the same weights: how it is called, and what its log tells of its time. Standard
library only."""

import glob
import os
import re
import struct
import zlib


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
    return [program, "--diffusion-model", one["flux"], "--t5xxl", one["t5"], "--clip_l", one["clip"], "--vae", one["vae"],
            "--init-img", image, "--mask", mask, "--prompt", "an empty meadow", "--cfg-scale", "1", "--guidance", "30",
            "--strength", "1", "--sampling-method", "euler", "--steps", str(steps), "-W", str(size), "-H", str(size),
            "--threads", str(threads), "--seed", "1", "--diffusion-fa", "--output", out, "-v"]


# What a run prints, in seconds; the first word is ours.
PHRASES = (("load", r"loading tensors completed, taking ([\d.]+)s"),
           ("text", r"get_learned_condition completed, taking ([\d.]+) ?ms"),
           ("encode", r"(?:encode_first_stage|vae encode) .*completed, taking ([\d.]+) ?(ms|s)"),
           ("steps", r"sampling completed, taking ([\d.]+)s"),
           ("decode", r"latent 1 decoded, taking ([\d.]+)s"))


def times_of(log):
    """{"load": seconds, ..., "steps": seconds of all}; what the log does not tell is left out."""
    return {name: float(found[1]) for name, phrase in PHRASES if (found := re.search(phrase, log))}
