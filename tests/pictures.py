"""Test pictures from nothing but the standard library: PNG in all our depths, and the shapes that a
hostile or unlucky file may have."""

import random
import struct
import zlib

CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}
COLOUR_TYPE = {1: 0, 2: 4, 3: 2, 4: 6}


def chunk(kind, data):
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def png_header(width, height, bits=8, colour_type=2):
    ihdr = struct.pack(">IIBBBBB", width, height, bits, colour_type, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", ihdr)


def png(width, height, rows, channels=3, bits=8):
    """rows: one bytes object a row, samples interleaved, 16 bit big-endian."""
    raw = b"".join(b"\0" + row for row in rows)
    return (png_header(width, height, bits, COLOUR_TYPE[channels])
            + chunk(b"IDAT", zlib.compress(raw, 1)) + chunk(b"IEND", b""))


def textured(width, height, channels=3, bits=8, seed=1):
    """A picture with structure: stripes, a slow gradient and grain."""
    rng = random.Random(seed)
    size = bits // 8
    rows = []
    for y in range(height):
        row = bytearray()
        for x in range(width):
            level = 60 + 60 * ((x // 8) % 2) + 80 * y // height + rng.randrange(16)
            for c in range(channels):
                opaque = channels in (2, 4) and c == channels - 1
                value = 255 if opaque else (level + 9 * c) % 256
                row += bytes([value]) if size == 1 else bytes([value, rng.randrange(256)])
        rows.append(bytes(row))
    return png(width, height, rows, channels, bits)


def large(width, height):
    """A grey picture of many pixels, made quickly: one noisy row, shifted from row to row."""
    noise = random.Random(5).randbytes(width + 1024)
    return png(width, height, [noise[y % 1024:y % 1024 + width] for y in range(height)], 1)


def box_mask(width, height, box, inside=255, outside=0):
    """White box (left, top, right, bottom) on black."""
    left, top, right, bottom = box
    empty = bytes([outside]) * width
    filled = empty[:left] + bytes([inside]) * (right - left) + empty[right:]
    return png(width, height, [filled if top <= y < bottom else empty for y in range(height)], 1)


def read_png(data):
    """(width, height, channels, bits, rows) of a PNG without interlace or palette."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n", "not a PNG"
    at, packed, header = 8, b"", None
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + length]
        if kind == b"IHDR":
            header = struct.unpack(">IIBBBBB", body)
        if kind == b"IDAT":
            packed += body
        at += 12 + length
    width, height, bits, colour_type, _, _, interlace = header
    assert interlace == 0
    channels = CHANNELS[colour_type]
    step = channels * bits // 8
    raw = zlib.decompress(packed)
    line = width * step
    rows, above = [], bytearray(line)
    for y in range(height):
        kind = raw[y * (line + 1)]
        row = bytearray(raw[y * (line + 1) + 1:(y + 1) * (line + 1)])
        unfilter(kind, row, above, step)
        rows.append(bytes(row))
        above = row
    return width, height, channels, bits, rows


def unfilter(kind, row, above, step):
    """Undoes one of PNG's five row filters in place."""
    for i in range(len(row)):
        left = row[i - step] if i >= step else 0
        up = above[i]
        corner = above[i - step] if i >= step else 0
        if kind == 1:
            row[i] = (row[i] + left) & 255
        elif kind == 2:
            row[i] = (row[i] + up) & 255
        elif kind == 3:
            row[i] = (row[i] + (left + up) // 2) & 255
        elif kind == 4:
            guess = left + up - corner
            nearest = min((abs(guess - left), 0, left), (abs(guess - up), 1, up), (abs(guess - corner), 2, corner))
            row[i] = (row[i] + nearest[2]) & 255


def bomb():
    """A PNG of 50 000 x 50 000 pixels in a few bytes."""
    return png_header(50_000, 50_000) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")


def gif(frames=2):
    frame = b"\x21\xf9\x04\x00\x0a\x00\x00\x00" + b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02D\x01\x00"
    return b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff" + frame * frames + b";"


def heic():
    return struct.pack(">I", 24) + b"ftypheic\0\0\0\0heicmif1" + bytes(200)


def bmp():
    return b"BM" + struct.pack("<IHHI", 58, 0, 0, 54) + struct.pack("<IiiHHIIiiII", 40, 1, 1, 1, 24, 0, 4, 0, 0, 0, 0) + bytes(4)


SVG = b"<?xml version='1.0'?>\n<svg xmlns='http://www.w3.org/2000/svg' width='90' height='90'><rect width='9' height='9'/></svg>"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
ZIP = b"PK\x03\x04" + bytes(26) + b"PK\x05\x06" + bytes(18)
