"""Writes GGUF (version 3) and safetensors files tensor by tensor, so that a file larger than the memory is no
matter. A file gets its name when it is whole. Uses the standard library only.
"""
import contextlib
import json
import os
import struct

from synthetic_blocks import LAYOUT, tensor_bytes

ALIGNMENT = 32
# llama.cpp's general.file_type.
FILE_TYPES = {"F16": 1, "Q4_0": 2, "Q4_1": 3, "Q8_0": 7, "Q5_0": 8, "Q5_1": 9, "Q4_K_M": 15, "Q5_K_M": 17,
              "Q6_K": 18, "BF16": 32}


@contextlib.contextmanager
def whole_file(path):
    part = f"{path}.part"
    try:
        with open(part, "wb") as file:
            yield file
        os.replace(part, path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(part)


def text(value):
    raw = value.encode()
    return struct.pack("<Q", len(raw)) + raw


# Number and form of GGUF's value types.
VALUES = {"u32": (4, "<I"), "f32": (6, "<f"), "bool": (7, "<?"), "string": (8, None), "u8": (0, "<B"), "i32": (5, "<i")}


def pair(key, kind, value):
    """A key and its value; `kind` names one of VALUES, with [] behind it for an array."""
    number, form = VALUES[kind.removesuffix("[]")]

    def packed(one):
        return struct.pack(form, one) if form else text(one)

    if kind.endswith("[]"):
        return text(key) + struct.pack("<IIQ", 9, number, len(value)) + b"".join(map(packed, value))
    return text(key) + struct.pack("<I", number) + packed(value)


def aligned(size):
    return -(-size // ALIGNMENT) * ALIGNMENT


def write_gguf(path, metadata, tensors, type_of, patterns):
    """`metadata`: (key, kind, value) triples. `type_of`: the storage type of a tensor."""
    infos, offset = [], 0
    for tensor in tensors:
        kind = type_of(tensor)
        infos.append(text(tensor.name) + struct.pack("<I", len(tensor.shape)) +
                     struct.pack(f"<{len(tensor.shape)}Q", *reversed(tensor.shape)) +
                     struct.pack("<IQ", LAYOUT[kind][2], offset))
        offset += aligned(tensor_bytes(kind, tensor.count))
    header = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(metadata))
    header += b"".join(pair(*entry) for entry in metadata) + b"".join(infos)

    with whole_file(path) as file:
        file.write(header.ljust(aligned(len(header)), b"\0"))
        for place, tensor in enumerate(tensors):
            kind = type_of(tensor)
            patterns.write(file, kind, tensor.count, tensor.mean, tensor.deviation, start=place * 37)
            file.write(bytes(-file.tell() % ALIGNMENT))


def write_safetensors(path, tensors, kind, patterns):
    entries, offset = {"__metadata__": {"format": "pt"}}, 0
    for tensor in tensors:
        end = offset + tensor_bytes(kind, tensor.count)
        entries[tensor.name] = {"dtype": kind, "shape": tensor.shape, "data_offsets": [offset, end]}
        offset = end
    header = json.dumps(entries, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)

    with whole_file(path) as file:
        file.write(struct.pack("<Q", len(header)) + header)
        for place, tensor in enumerate(tensors):
            patterns.write(file, kind, tensor.count, tensor.mean, tensor.deviation, start=place * 37)
