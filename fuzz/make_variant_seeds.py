#!/usr/bin/env python3
"""Makes the seeds of the readers of manifests, splits and references: good texts, and texts with one thing wrong each."""

import json
import os

HERE = os.path.dirname(os.path.abspath(__file__))
HASH = "0123456789abcdef" * 4
DEFAULTS = {"steps": 20, "guidance": 30, "t5_length": 128, "size": {"smallest": 512, "largest": 1024}}
VARIANT = {"engine": "flux", "weights": "Q8_0", "transformer": ["a.gguf", "b.gguf"], "t5": ["t5.gguf"],
           "clip": ["clip.safetensors"], "vae": ["ae.safetensors"], "defaults": DEFAULTS, "note": "mine"}
CASE = {"name": "a", "width": 16, "height": 16, "prompt_index": 0, "t5_length": 64, "guidance": 30.0, "steps": 2,
        "strength": 1.0, "first_step": 0, "vae_latent": "sample"}
PROMPT = {"index": 0, "text": "grass", "t5_length": 64}
SCHEDULE = {"image_tokens": 4, "steps": 2, "first_step": 0, "strength": 1.0, "sigmas": [1.0, 0.5, 0.0]}


def variant(**changes):
    entry = {key: value for key, value in {**VARIANT, **changes}.items() if value is not None}
    return {"variants": {"flux-mine": entry}}


def defaults(**changes):
    return variant(defaults={key: value for key, value in {**DEFAULTS, **changes}.items() if value is not None})


def file(**entry):
    return {"files": {"a.gguf": entry}}


def manifest_seeds():
    return {
        "good": {"default": "flux-mine", **file(sha256=HASH, source="attic"), **variant()},
        "nulls": {**file(sha256=None, source=None), **variant(note=None)},
        "texture": {"default": "t", "variants": {"t": {"engine": "texture", "note": "no weights"}}},
        "texture-weights": {"variants": {"t": {"engine": "texture", "t5": ["a"]}}},
        "default-missing": {"default": "nobody"},
        "key": {"extra": 1},
        "variant-key": variant(extra=1),
        "variant-name": {"variants": {"Flux mine": VARIANT}},
        "engine": variant(engine="other"),
        "weights": variant(weights="Q2_K"),
        "no-vae": variant(vae=None),
        "no-names": variant(t5=[]),
        "name-folder": variant(clip=["../clip"]),
        "name-number": variant(clip=[3]),
        "steps": defaults(steps=0),
        "steps-huge": defaults(steps=2**64 - 1),
        "steps-real": defaults(steps=1.5),
        "guidance": defaults(guidance=-1e300),
        "t5-length": defaults(t5_length=100),
        "size": defaults(size={"smallest": 1024, "largest": 512}),
        "hash": file(sha256="abc"),
        "file-name": {"files": {"a/b": {}}},
        "list": [],
        "twice": b'{"files": {}, "files": {}}',
        "deep": b'{"files": ' + b"[" * 40 + b"]" * 40 + b"}",
        "deep-open": b'{"a":' * 100,
        "bad-utf8": b'{"\xff": 1}',
        "escapes": b'{"files": {"\\ud83d\\ude00.gguf": {"source": "\\u0000\\n"}}}',
        "number-huge": b'{"variants": 1e999}',
    }


def split_seeds():
    return {
        "good": "flux-q5_k_m=90,flux-q8_0=10\nsession-1",
        "short": "Q8_0=1000000\n\0\xff",
        "texture": "texture=1,q4_0=2",
        "twice": "q8_0=1,flux-q8_0=2",
        "unknown": "q9=1",
        "zero": "q8_0=0",
        "negative": "q8_0=-1",
        "plus": "q8_0=+1",
        "huge": "q8_0=99999999999999999999",
        "real": "q8_0=1.5",
        "no-weight": "q8_0=",
        "no-name": "=1",
        "comma": "q8_0=1,",
        "blank": "q8_0= 1",
        "empty": "\n",
    }


def reference(**changes):
    return {"prompts": [PROMPT], "cases": [{**CASE, **changes}], "schedules": [SCHEDULE],
            "quantised": {"Q4_0": {"case": "a"}, "t5.Q8_0": {"prompt_index": 0}}, "debug": {"case": "a", "step": 1}}


def reference_seeds():
    return {
        "good": reference(),
        "other-case": reference(name="b", width=8192, height=8192, steps=1000, first_step=999),
        "width": reference(width=24),
        "mask": reference(width=32),
        "first-step": reference(first_step=2),
        "steps": reference(steps=2**63),
        "strength": reference(strength="1"),
        "guidance": reference(guidance=1e300),
        "no-cases": {"prompts": [PROMPT], "cases": []},
        "cases-object": {"prompts": {"a": PROMPT}, "cases": {"a": CASE}},
        "cases-numbers": {"prompts": [1], "cases": [2], "schedules": [None], "quantised": [{"case": "a"}], "debug": 3},
        "sigmas": {**reference(), "schedules": [{**SCHEDULE, "sigmas": [1, "a"]}]},
        "list": [],
        "deep": b'{"cases": ' + b"[" * 2000 + b"]" * 2000 + b"}",
        "bad-utf8": b'{"prompts": [{"text": "\xff"}]}',
    }


def main():
    for target, seeds in (("manifest", manifest_seeds()), ("split", split_seeds()), ("reference", reference_seeds())):
        folder = os.path.join(HERE, "corpus", target)
        os.makedirs(folder, exist_ok=True)
        for name, content in seeds.items():
            if isinstance(content, str):
                content = content.encode("latin-1")
            with open(os.path.join(folder, name), "wb") as out:
                out.write(content if isinstance(content, bytes) else json.dumps(content).encode())


if __name__ == "__main__":
    main()
