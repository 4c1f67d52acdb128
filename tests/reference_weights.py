"""What the reference readers (PyPI packages gguf and safetensors) see in a weight file."""

import json
import struct
import zlib

import gguf
import safetensors

PREFIX = "model.diffusion_model."


def read(path):
    """The same form that tests/weights_dump.cc prints."""
    with open(path, "rb") as file:
        return read_gguf(path) if file.read(4) == b"GGUF" else read_safetensors(path)


def described(name, kind, shape, offset, data):
    return {"name": name.removeprefix(PREFIX), "type": kind, "shape": shape, "offset": offset, "bytes": len(data),
            "crc32": zlib.crc32(data)}


def read_gguf(path):
    reader = gguf.GGUFReader(path)
    tensors = [described(t.name, t.tensor_type.name, [int(n) for n in t.shape], int(t.data_offset), t.data.tobytes())
               for t in reader.tensors]
    # The reader adds three fields of its own that are not key/value pairs of the file.
    metadata = {key: plain(field.contents()) for key, field in reader.fields.items() if not key.startswith("GGUF.")}
    return {"format": "GGUF", "tensors": tensors, "metadata": metadata}


def plain(value):
    if isinstance(value, list):
        return [plain(element) for element in value]
    return value if isinstance(value, str) else value.item() if hasattr(value, "item") else value


def read_safetensors(path):
    with open(path, "rb") as file:
        content = file.read()
    # The package hides the places in the file; its header is plain JSON.
    length = struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8:8 + length])
    metadata = header.pop("__metadata__", {})
    seen = dict(safetensors.deserialize(content))
    assert seen.keys() == header.keys()
    tensors = []
    for name, entry in header.items():
        tensor = seen[name]
        tensors.append(described(name, tensor["dtype"], list(reversed(tensor["shape"])),
                                 8 + length + entry["data_offsets"][0], bytes(tensor["data"])))
    return {"format": "safetensors", "tensors": tensors, "metadata": metadata}
