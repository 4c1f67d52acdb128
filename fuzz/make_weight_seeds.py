#!/usr/bin/env python3
"""Makes the seeds of the GGUF and safetensors readers: small good files, and files with one thing wrong each."""

import json
import os
import struct

HERE = os.path.dirname(os.path.abspath(__file__))
HUGE = 2**64 - 1


def u32(value):
    return struct.pack("<I", value)


def u64(value):
    return struct.pack("<Q", value)


def text(value):
    data = value.encode() if isinstance(value, str) else value
    return u64(len(data)) + data


def pair(key, kind, value):
    return text(key) + u32(kind) + value


def tensor(name, extents, kind, offset):
    return text(name) + u32(len(extents)) + b"".join(map(u64, extents)) + u32(kind) + u64(offset)


def gguf(pairs=(), tensors=(), data=32, alignment=32, version=3, tensor_count=None, pair_count=None):
    out = b"GGUF" + u32(version)
    out += u64(len(tensors) if tensor_count is None else tensor_count)
    out += u64(len(pairs) if pair_count is None else pair_count)
    out += b"".join(pairs) + b"".join(tensors)
    return out + b"\0" * (-len(out) % alignment) + b"\x01" * data


def safetensors(header, data=0):
    content = header if isinstance(header, bytes) else json.dumps(header, separators=(",", ":")).encode()
    return u64(len(content)) + content + b"x" * data


def entry(dtype, shape, begin, end):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def alignment_of(value):
    return pair("general.alignment", 4, u32(value))


def gguf_seeds():
    every_value = [
        pair("general.architecture", 8, text("flux")), pair("u8", 0, b"\x07"), pair("i8", 1, b"\xff"),
        pair("u16", 2, b"\1\2"), pair("i16", 3, b"\1\2"), pair("u32", 4, u32(5)), pair("i32", 5, u32(5)),
        pair("f32", 6, struct.pack("<f", 0.5)), pair("bool", 7, b"\1"), pair("u64", 10, u64(HUGE)),
        pair("i64", 11, u64(HUGE)), pair("f64", 12, struct.pack("<d", 0.5)),
        pair("tokens", 9, u32(8) + u64(2) + text("a") + text("")),
        pair("scores", 9, u32(6) + u64(2) + b"\0" * 8), pair("kinds", 9, u32(5) + u64(2) + b"\0" * 8),
        pair("flags", 9, u32(7) + u64(2) + b"\0\1"),
    ]
    one = [tensor("a", [8], 0, 0)]
    return {
        "values": gguf(every_value, one),
        "tensors": gguf([], [tensor("img_in.weight", [32, 2], 2, 0), tensor("model.diffusion_model.b", [256], 14, 64),
                             tensor("scalar", [], 24, 288)], data=320),
        "version2": gguf(version=2, tensors=one),
        "alignment": gguf([alignment_of(128)], one, alignment=128),
        "no-tensors": gguf([pair("a", 0, b"1")], data=0),
        "big-endian": gguf(version=0x03000000, tensors=one),
        "tensor-count": gguf(tensor_count=HUGE),
        "tensor-count-near": gguf(tensor_count=100_000),
        "pair-count": gguf(pair_count=HUGE // 13),
        "elements-wrap": gguf(tensors=[tensor("a", [2**32, 2**32], 0, 0)]),
        "bytes-wrap": gguf(tensors=[tensor("a", [2**62], 0, 0)]),
        "exabyte": gguf(tensors=[tensor("a", [2**60], 24, 0)]),
        "zero-extent": gguf(tensors=[tensor("a", [8, 0], 0, 0)]),
        "five-dimensions": gguf(tensors=[tensor("a", [1] * 5, 0, 0)]),
        "half-block": gguf(tensors=[tensor("a", [33], 2, 0)]),
        "type": gguf(tensors=[tensor("a", [256], 10, 0)]),
        "offset-wrap": gguf(tensors=[tensor("a", [8], 0, HUGE - 31)]),
        "offset-beyond": gguf(tensors=[tensor("a", [8], 0, 4096)]),
        "unaligned": gguf(tensors=[tensor("a", [1], 0, 4)]),
        "overlap": gguf(tensors=[tensor("a", [9], 0, 0), tensor("b", [1], 0, 32)], data=64),
        "same-name": gguf(tensors=[tensor("a", [8], 0, 0), tensor("model.diffusion_model.a", [8], 0, 32)], data=64),
        "alignment-0": gguf([alignment_of(0)], one),
        "alignment-24": gguf([alignment_of(24)], one),
        "alignment-huge": gguf([pair("general.alignment", 10, u64(2**63))], one),
        "alignment-text": gguf([pair("general.alignment", 8, text("32"))], one),
        "string-huge": gguf([pair("a", 8, u64(HUGE))]),
        "array-huge": gguf([pair("a", 9, u32(10) + u64(2**61))]),
        "array-of-arrays": gguf([pair("a", 9, u32(9) + u64(1) + u32(0) + u64(0))]),
        "array-cut": gguf([pair("a", 9, u32(8) + u64(3) + text("x"))], data=0),
        "same-key": gguf([pair("a", 0, b"1"), pair("a", 0, b"2")]),
        "value-type": gguf([pair("a", 13, b"1")]),
    }


def safetensors_seeds():
    return {
        "good": safetensors({"__metadata__": {"format": "pt"}, "w": entry("F16", [2, 3], 4, 16),
                             "s": entry("F32", [], 0, 4)}, 16),
        "types": safetensors({kind: entry(kind, [1], i, i + 1) for i, kind in enumerate(["U8", "I8", "BOOL"])}, 3),
        "empty": safetensors({}),
        "padded": safetensors(b'{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}     ', 1),
        "prefix": safetensors({"model.diffusion_model.a": entry("U8", [1], 0, 1), "a": entry("U8", [1], 1, 2)}, 2),
        "fp8": safetensors({"a": entry("F8_E4M3", [1], 0, 1)}, 1),
        "hole": safetensors({"a": entry("U8", [1], 1, 2)}, 2),
        "overlap": safetensors({"a": entry("U8", [2], 0, 2), "b": entry("U8", [2], 1, 3)}, 3),
        "rest": safetensors({"a": entry("U8", [1], 0, 1)}, 2),
        "cut": safetensors({"a": entry("U8", [9], 0, 9)}, 3),
        "reversed": safetensors({"a": entry("U8", [1], 1, 0)}, 1),
        "negative": safetensors({"a": entry("U8", [-1], -1, 0)}, 1),
        "shape-wrap": safetensors({"a": entry("U8", [2**32, 2**32], 0, 0)}),
        "zero-extent": safetensors({"a": entry("U8", [0], 0, 0)}),
        "number-huge": safetensors({"a": entry("U8", [10**30], 0, 1)}, 1),
        "deep": safetensors(b'{"a":' + b"[" * 500),
        "deep-objects": safetensors(b'{"a":' * 200),
        "same-key": safetensors(b'{"a":{"dtype":"U8","dtype":"U8"}}'),
        "metadata-number": safetensors({"__metadata__": {"a": 1}}),
        "header-huge": u64(HUGE) + b"{}",
        "header-cut": u64(100) + b"{}",
        "bad-utf8": safetensors(b'{"\xff":{}}'),
        "escapes": safetensors(b'{"\\u0061\\ud83d\\ude00":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}', 1),
    }


def main():
    for target, seeds in (("gguf", gguf_seeds()), ("safetensors", safetensors_seeds())):
        folder = os.path.join(HERE, "corpus", target)
        os.makedirs(folder, exist_ok=True)
        for name, content in seeds.items():
            with open(os.path.join(folder, name), "wb") as file:
                file.write(content)


if __name__ == "__main__":
    main()
