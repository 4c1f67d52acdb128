#!/usr/bin/env python3
"""Writes FLUX.1-Fill, T5-XXL, CLIP-L and the VAE at full size with random weights, in the formats and with the
names that the real files have. For measuring time and memory only: what they paint is noise.

    bench/make_synthetic_weights.py DIR                      Q4_0: 13 GB in all
    bench/make_synthetic_weights.py DIR --only flux --type Q5_K_M
    bench/make_synthetic_weights.py DIR --hidden 768 --depth-double 2 --depth-single 4 --t5-width 512 --t5-layers 2

Needs nothing but Python's standard library, little memory, and some seconds for each GB.
"""
import argparse
import os
import shutil
import sys
import time

import synthetic_models as models
from synthetic_blocks import Patterns, tensor_bytes
from synthetic_files import FILE_TYPES, write_gguf, write_safetensors
from synthetic_vocabulary import from_spiece, made_up

PARTS = ("flux", "t5", "clip", "vae")


def multiple_of(step):
    def number(text):
        value = int(text)
        if value < step or value % step:
            raise argparse.ArgumentTypeError(f"{value} is not a multiple of {step}")
        return value
    return number


def options():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("out", metavar="DIR")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="which files (default: all)")
    parser.add_argument("--type", choices=FILE_TYPES, default="Q4_0", help="of the transformer (default: Q4_0)")
    parser.add_argument("--t5-type", choices=FILE_TYPES, default="Q8_0", help="of T5 (default: Q8_0)")
    parser.add_argument("--hidden", type=multiple_of(128), default=3072, help="width of the transformer (3072)")
    parser.add_argument("--depth-double", type=multiple_of(1), default=19, help="double blocks (19)")
    parser.add_argument("--depth-single", type=multiple_of(1), default=38, help="single blocks (38)")
    parser.add_argument("--t5-width", type=multiple_of(64), default=4096, help="of T5 and the transformer's context (4096)")
    parser.add_argument("--t5-layers", type=multiple_of(1), default=24, help="layers of T5 (24)")
    parser.add_argument("--spiece", metavar="FILE", help="spiece.model whose vocabulary T5 gets (default: one made up)")
    parser.add_argument("--no-tokenizer", action="store_true", help="leave the vocabulary out of T5's file")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


def closing(kind):
    return [("general.quantization_version", "u32", 2), ("general.file_type", "u32", FILE_TYPES[kind])]


def t5_metadata(width, layers, kind, vocabulary):
    entries = [("general.architecture", "string", "t5encoder"), ("general.name", "string", "synthetic T5 encoder")]
    sizes = {"context_length": 512, "embedding_length": width, "feed_forward_length": width * 5 // 2,
             "block_count": layers, "attention.head_count": width // 64, "attention.key_length": 64,
             "attention.value_length": 64, "attention.relative_buckets_count": 32}
    entries += [(f"t5encoder.{key}", "u32", value) for key, value in sizes.items()]
    entries += [(f"t5encoder.attention.layer_norm{which}_epsilon", "f32", 1e-6) for which in ("", "_rms")]
    if vocabulary is not None:
        full = vocabulary.padded(32128)
        entries += [("tokenizer.ggml.model", "string", "t5"), ("tokenizer.ggml.pre", "string", "default"),
                    ("tokenizer.ggml.tokens", "string[]", full.pieces), ("tokenizer.ggml.scores", "f32[]", full.scores),
                    ("tokenizer.ggml.token_type", "i32[]", full.types),
                    ("tokenizer.ggml.add_space_prefix", "bool", full.add_prefix),
                    ("tokenizer.ggml.remove_extra_whitespaces", "bool", full.remove_spaces)]
        if full.charsmap:
            entries.append(("tokenizer.ggml.precompiled_charsmap", "u8[]", full.charsmap))
        entries += [("tokenizer.ggml.eos_token_id", "u32", 1), ("tokenizer.ggml.unknown_token_id", "u32", 2),
                    ("tokenizer.ggml.padding_token_id", "u32", 0), ("tokenizer.ggml.add_bos_token", "bool", False),
                    ("tokenizer.ggml.add_eos_token", "bool", True)]
    return entries + closing(kind)


def plans(wish, patterns):
    """For each wished file its name, its size in bytes (of the tensors alone) and what writes it."""
    def size(tensors, type_of):
        return sum(tensor_bytes(type_of(tensor), tensor.count) for tensor in tensors)

    if "flux" in wish.only:
        flux = models.flux(wish.hidden, wish.depth_double, wish.depth_single, context=wish.t5_width)
        flux_type = lambda tensor: models.flux_type(tensor, wish.type)
        metadata = [("general.architecture", "string", "flux"), *closing(wish.type)]
        yield (f"flux1-fill-dev-{wish.type}.gguf", size(flux, flux_type),
               lambda path: write_gguf(path, metadata, flux, flux_type, patterns))
    if "t5" in wish.only:
        t5 = models.t5(wish.t5_width, wish.t5_layers)
        t5_type = lambda tensor: models.t5_type(tensor, wish.t5_type)
        vocabulary = None if wish.no_tokenizer else from_spiece(wish.spiece) if wish.spiece else made_up()
        t5_entries = t5_metadata(wish.t5_width, wish.t5_layers, wish.t5_type, vocabulary)
        yield (f"t5-v1_1-xxl-encoder-{wish.t5_type}.gguf", size(t5, t5_type),
               lambda path: write_gguf(path, t5_entries, t5, t5_type, patterns))
    if "clip" in wish.only:
        clip = models.clip()
        yield "clip_l.safetensors", size(clip, lambda _: "F16"), lambda path: write_safetensors(path, clip, "F16", patterns)
    if "vae" in wish.only:
        vae = models.vae()
        yield "ae.safetensors", size(vae, lambda _: "F32"), lambda path: write_safetensors(path, vae, "F32", patterns)


def main():
    wish = options()
    os.makedirs(wish.out, exist_ok=True)
    try:
        files = list(plans(wish, Patterns(wish.seed)))
    except (OSError, IndexError, KeyError, ValueError) as error:
        sys.exit(f"{wish.spiece}: cannot be read as a spiece.model of T5 ({error}); leave --spiece out for a made-up vocabulary")
    wanted, free = sum(size for _, size, _ in files), shutil.disk_usage(wish.out).free
    if wanted > free - 2**30:
        sys.exit(f"{wish.out}: {wanted / 1e9:.1f} GB are to be written, {free / 1e9:.1f} GB are free there and 1 GB is "
                 "left alone; choose another folder, a smaller --type or fewer files with --only")
    for name, size, write in files:
        start = time.monotonic()
        path = os.path.join(wish.out, name)
        write(path)
        print(f"{path}  {size / 1e9:.2f} GB, {time.monotonic() - start:.1f} s", flush=True)


if __name__ == "__main__":
    main()
