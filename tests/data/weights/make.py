#!/usr/bin/env python3
"""Makes the small weight files of this folder, and expected.json: what the reference readers see in them.

    python3 -m venv V && V/bin/pip install gguf safetensors && V/bin/python tests/data/weights/make.py
"""

import json
import os
import sys

import gguf
import numpy
from safetensors.numpy import save_file

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(os.path.dirname(HERE)))
import reference_weights  # noqa: E402

RANDOM = numpy.random.default_rng(20261124)
QUANTISED = ["Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q4_K", "Q5_K", "Q6_K"]


def numbers(*shape):
    return RANDOM.standard_normal(shape, dtype=numpy.float32)


def blocks(kind, rows, row):
    """Random bytes in the form of `rows` rows of `row` elements."""
    elements, size = gguf.GGML_QUANT_SIZES[kind]
    return RANDOM.integers(0, 256, (rows, row // elements * size), dtype=numpy.uint8)


def write_types():
    writer = gguf.GGUFWriter(os.path.join(HERE, "types.gguf"), "flux")
    writer.add_uint8("test.u8", 200)
    writer.add_int8("test.i8", -100)
    writer.add_uint16("test.u16", 60000)
    writer.add_int16("test.i16", -30000)
    writer.add_uint32("test.u32", 4_000_000_000)
    writer.add_int32("test.i32", -2_000_000_000)
    writer.add_uint64("test.u64", 2**63 - 1)
    writer.add_int64("test.i64", -(2**63))
    writer.add_float32("test.f32", 0.1)
    writer.add_float64("test.f64", 0.1)
    writer.add_bool("test.yes", True)
    writer.add_bool("test.no", False)
    writer.add_string("test.text", "grass, wood, \u00e9t\u00e9")
    writer.add_array("test.tokens", ["<pad>", "</s>", "\u2581a", "", "\u2581\u00fc"])
    writer.add_array("test.scores", [0.0, -1.5, -2.25, float(numpy.float32(0.1))])
    writer.add_array("test.kinds", [3, -2, 1])
    writer.add_array("test.charsmap", bytes(range(256)))
    for kind in ("F32", "F16", "F64", "I8", "I16", "I32", "I64"):
        values = (numbers(3, 5) * 50).astype(numpy.dtype(kind.lower().replace("f", "float").replace("i", "int")))
        writer.add_tensor(f"plain.{kind}", values)
    bf16 = gguf.GGMLQuantizationType.BF16
    writer.add_tensor("plain.BF16", gguf.quants.quantize(numbers(4, 6), bf16), raw_dtype=bf16)
    for name in QUANTISED:
        kind = gguf.GGMLQuantizationType[name]
        writer.add_tensor(f"model.diffusion_model.blocks.{name}", blocks(kind, 3, 512), raw_dtype=kind)
    writer.add_tensor("four.dimensions", numbers(2, 3, 4, 5))
    writer.add_tensor("one.dimension", numbers(7))
    write(writer)


def write_alignment():
    writer = gguf.GGUFWriter(os.path.join(HERE, "alignment.gguf"), "t5encoder")
    writer.add_custom_alignment(128)
    for i in range(3):
        writer.add_tensor(f"enc.blk.{i}.weight", numbers(i + 1, 3))
    write(writer)


def write(writer):
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def write_safetensors():
    tensors = {
        f"plain.{kind}": (numbers(3, 5) * 50).astype(kind)
        for kind in ("float64", "float32", "float16", "int64", "int32", "int16", "int8", "uint8", "bool")
    }
    tensors["logit_scale"] = numpy.array(2.5, dtype=numpy.float32)
    tensors["model.diffusion_model.img_in.weight"] = numbers(4, 3)
    tensors["convolution"] = numbers(2, 3, 4, 5)
    metadata = {"format": "pt", "title": "grass, wood, \u00e9t\u00e9"}
    save_file(tensors, os.path.join(HERE, "types.safetensors"), metadata=metadata)


def main():
    write_types()
    write_alignment()
    write_safetensors()
    names = sorted(name for name in os.listdir(HERE) if name.endswith((".gguf", ".safetensors")))
    seen = {name: reference_weights.read(os.path.join(HERE, name)) for name in names}
    with open(os.path.join(HERE, "expected.json"), "w", encoding="utf-8") as file:
        json.dump(seen, file, indent=1, sort_keys=True)
        file.write("\n")


if __name__ == "__main__":
    main()
