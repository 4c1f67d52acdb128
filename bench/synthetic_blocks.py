"""Patterns of random weights in ggml's storage types, without a quantiser: the fields of each block are drawn
so that what they stand for has the wished deviation. A tensor is its pattern, repeated.

Layouts: ggml-common.h. Uses the standard library only.
"""
import array
import random
import struct

# Blocks in a pattern. Primes, so that a row of a tensor never begins where the row above it does.
FLOATS, SMALL_BLOCKS, LARGE_BLOCKS = 262147, 8209, 1031

# Values and bytes of a block, and the number that GGUF gives the type.
LAYOUT = {
    "F32": (1, 4, 0), "F16": (1, 2, 1), "BF16": (1, 2, 30),
    "Q4_0": (32, 18, 2), "Q4_1": (32, 20, 3), "Q5_0": (32, 22, 6), "Q5_1": (32, 24, 7), "Q8_0": (32, 34, 8),
    "Q4_K": (256, 144, 12), "Q5_K": (256, 176, 13), "Q6_K": (256, 210, 14),
}

# Deviation of evenly drawn integers 0..15, 0..31, 0..63 and -128..127.
SPREAD4, SPREAD5, SPREAD6, SPREAD8 = 4.61, 9.23, 18.47, 73.9
# Q4_0 stores values + 8. Zero has no partner (-8 has no +8): it becomes 8, so that the mean is zero.
SYMMETRIC = bytes((b & 15 or 8) | (b >> 4 or 8) << 4 for b in range(256))
SYMMETRIC_SPREAD = 4.18


def tensor_bytes(kind, count):
    """Bytes of `count` values, which must be whole blocks."""
    values, size, _ = LAYOUT[kind]
    assert count % values == 0, (kind, count)
    return count // values * size


def floats(rng, kind, mean, deviation):
    numbers = array.array("f", (rng.gauss(mean, deviation) for _ in range(FLOATS)))
    if kind == "F16":
        return struct.pack(f"<{FLOATS}e", *numbers)
    if kind == "BF16":  # the upper half of a float
        return array.array("H", numbers.tobytes())[1::2].tobytes()
    return numbers.tobytes()


def small_block(rng, kind, deviation):
    """Q4_0, Q5_0 and Q8_0: value = scale * (q - middle). Q4_1 and Q5_1: value = scale * q + minimum."""
    if kind == "Q8_0":
        return struct.pack("<e", deviation / SPREAD8) + rng.randbytes(32)
    if kind == "Q4_0":
        return struct.pack("<e", deviation / SYMMETRIC_SPREAD) + rng.randbytes(16).translate(SYMMETRIC)
    if kind == "Q5_0":
        return struct.pack("<e", deviation / SPREAD5) + rng.randbytes(20)
    if kind == "Q4_1":
        scale = deviation / SPREAD4
        return struct.pack("<ee", scale, -7.5 * scale) + rng.randbytes(16)
    scale = deviation / SPREAD5
    return struct.pack("<ee", scale, -15.5 * scale) + rng.randbytes(20)


def packed_scales(scales):
    """Eight 6-bit scales and, as the minimum of each, the same number again, in 12 bytes."""
    low, high = scales[:4], scales[4:]
    first = bytes(a | b >> 4 << 6 for a, b in zip(low, high))
    return first + first + bytes((b & 15) | (b & 15) << 4 for b in high)


def large_block(rng, kind, deviation):
    """Q4_K and Q5_K: value = d * scale * q - dmin * minimum, with dmin such that the mean is zero.
    Q6_K: value = d * scale * (q - 32). Scales are drawn from the upper half of their range."""
    if kind == "Q6_K":
        scales = bytes(rng.randrange(64, 128) for _ in range(16))
        return rng.randbytes(192) + scales + struct.pack("<e", deviation / (97.5 * SPREAD6))
    scales = [rng.randrange(32, 64) for _ in range(8)]
    middle, spread, quants = (7.5, SPREAD4, 128) if kind == "Q4_K" else (15.5, SPREAD5, 160)
    d = deviation / (48.4 * spread)
    return struct.pack("<ee", d, d * middle) + packed_scales(scales) + rng.randbytes(quants)


class Patterns:
    """Makes each pattern once. `mean` counts for floats only."""

    def __init__(self, seed):
        self.seed_, self.made_ = seed, {}

    def get(self, kind, mean, deviation):
        key = (kind, mean, deviation)
        if key not in self.made_:
            rng = random.Random(f"{self.seed_} {key}")
            values = LAYOUT[kind][0]
            if values == 1:
                pattern = floats(rng, kind, mean, deviation)
            elif values == 32:
                pattern = b"".join(small_block(rng, kind, deviation) for _ in range(SMALL_BLOCKS))
            else:
                pattern = b"".join(large_block(rng, kind, deviation) for _ in range(LARGE_BLOCKS))
            self.made_[key] = pattern
        return self.made_[key]

    def write(self, file, kind, count, mean, deviation, start):
        """Writes `count` values to `file`, beginning at block `start` of the pattern."""
        pattern = self.get(kind, mean, deviation)
        at = start * LAYOUT[kind][1] % len(pattern)
        left = tensor_bytes(kind, count)
        while left > 0:
            piece = memoryview(pattern)[at:at + left]
            file.write(piece)
            left -= len(piece)
            at = 0
