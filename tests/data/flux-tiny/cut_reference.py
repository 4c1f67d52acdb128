#!/usr/bin/env python3
"""Cut the reference results of make_flux.py down to what the files kept in this folder can be checked against.

    cut_reference.py FULL/reference.safetensors reference.safetensors

The folder keeps one transformer (Q4_0) and one T5 encoder (Q8_0), so what the F16 weights give is left out,
apart from the first case, which is whole: README.md says what is kept.
"""
import json
import re
import struct
import sys

KEPT = [
    r"const\..*",
    r"prompt\.\d+\.(t5_ids|clip_ids|clip_hidden|clip_pooled)",
    r"prompt\.0\.t5_hidden",
    r"case\.grass_128x96\..*",
    r"case\.[^.]+\.(sigmas|timesteps|img_ids|mask|latents_start)",
    r"case\.grass_64x64_s03\.(?!txt_ids|out).*",
    r"case\.empty_112x160_s03_sample\.(image|noise|eps_.*|vae_.*|cond)",
    r"quant\.Q4_0\..*",
    r"quant\.t5\.Q8_0\..*",
    r"debug\.(vec|img_in|decoder_mid|t5\.block1)",
]


def read(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        return header, file.read()


def cut(header, data):
    """The kept part: header and data, widest types first so that every tensor is aligned."""
    names = [name for name in header if name != "__metadata__" and any(re.fullmatch(k, name) for k in KEPT)]
    widths = {"F32": 4, "I32": 4, "U8": 1}
    names.sort(key=lambda name: (-widths[header[name]["dtype"]], name))
    out, parts, place = {}, [], 0
    for name in names:
        begin, end = header[name]["data_offsets"]
        out[name] = {**header[name], "data_offsets": [place, place + end - begin]}
        parts.append(data[begin:end])
        place += end - begin
    return out, b"".join(parts)


def main():
    source, target = sys.argv[1:]
    header, data = cut(*read(source))
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(target, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)
    print(f"{len(header)} tensors, {len(data)} bytes")


if __name__ == "__main__":
    main()
