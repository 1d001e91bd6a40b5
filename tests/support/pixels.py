"""Look at pictures: their pixels, and a fingerprint that survives a shade but no change of what is seen."""

import struct
import zlib
from itertools import pairwise

SIDE = 16  # a fingerprint has SIDE × SIDE bits


def grey(png: bytes) -> list[list[int]]:
    """Return the brightness of each pixel of a PNG as resvg writes it: 8 bits, RGBA, not interlaced."""
    width, height = struct.unpack(">II", png[16:24])
    at, packed = 8, b""
    while at < len(png):
        size, kind = struct.unpack(">I4s", png[at : at + 8])
        packed += png[at + 8 : at + 8 + size] if kind == b"IDAT" else b""
        at += size + 12
    raw, bits = zlib.decompress(packed), {2: 3, 6: 4}[png[25]]
    rows, above = [], bytes(width * bits)
    for n in range(height):
        line = raw[n * (width * bits + 1) : (n + 1) * (width * bits + 1)]
        above = _unfiltered(line[0], bytearray(line[1:]), above, bits)
        rows.append([sum(above[x * bits : x * bits + 3]) // 3 for x in range(width)])
    return rows


def _unfiltered(kind: int, line: bytearray, above: bytes, bits: int) -> bytes:
    for x in range(len(line)):
        left, up = line[x - bits] if x >= bits else 0, above[x]
        corner = above[x - bits] if x >= bits else 0
        guess = left + up - corner
        paeth = min((left, up, corner), key=lambda it: abs(guess - it))
        line[x] = (line[x] + (0, left, up, (left + up) // 2, paeth)[kind]) & 255
    return bytes(line)


def fingerprint(png: bytes) -> int:
    """Return the picture's difference hash: for each of SIDE × SIDE fields, whether the next one is brighter."""
    rows = grey(png)
    width, height = len(rows[0]), len(rows)
    found = 0
    for y in range(SIDE):
        lines = rows[y * height // SIDE : (y + 1) * height // SIDE]
        edges = [x * width // (SIDE + 1) for x in range(SIDE + 2)]
        means = [sum(sum(line[a:b]) for line in lines) / ((b - a) * len(lines)) for a, b in pairwise(edges)]
        for here, there in pairwise(means):
            found = found << 1 | (there > here + 1)
    return found
