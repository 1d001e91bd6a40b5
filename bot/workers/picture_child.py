"""Turn SVGs into PNGs, one after another, until stdin ends. bot/workers/pictures.py starts it: each SVG and each PNG
begins with its length in four bytes; an SVG that is not understood is answered with length 0."""

import os
import re
import resource
import struct
import sys
from functools import cache
from importlib.util import find_spec
from mmap import ACCESS_READ, mmap
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

ZOOM = (
    1.125  # pixels a unit: 810 across, as fine as phones show at 280 points; below the 1,280 that chats keep of a side
)
MEMORY = 1024 * 1024 * 1024
FAMILY = "Noto Sans CJK SC"
UNUSED = (b"BASE", b"DSIG", b"VORG", b"VVAR", b"vhea", b"vmtx")  # signatures, and what columns of letters need
# the scripts that Noto Sans CJK draws; anything else is looked for among the machine's fonts, which takes longer
DRAWN = re.compile(
    r"[\u0000-\u052f\u1100-\u11ff\u1e00-\u1fff\u2000-\u33ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe10-\ufe6f"
    r"\uff00-\uffef\U00020000-\U0003ffff]*"
)


def font() -> Path:
    """Return the font as it is installed; its package is found without being imported."""
    spec = find_spec("manimgx_fonts_cjk")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("manimgx_fonts_cjk")
    return Path(spec.origin).with_name("NotoSansCJK-VF.otf.ttc")


def packed(collection: memoryview) -> list[bytes | memoryview]:
    """Return the pieces of a font that holds the family's face of a collection alone, the small tables first. For each
    letter resvg maps the font and reads many tables: scattered over 32 MB, they take half of the time of letters."""
    (faces,) = struct.unpack_from(">I", collection, 8)
    for start in struct.unpack_from(f">{faces}I", collection, 12):
        kind, count = struct.unpack_from(">4sH", collection, start)
        found = [struct.unpack_from(">4sIII", collection, start + 12 + 16 * n) for n in range(count)]
        tables = {tag: (check, collection[at : at + size]) for tag, check, at, size in found if tag not in UNUSED}
        if FAMILY.encode("utf-16-be") in bytes(tables[b"name"][1]):
            return _font(kind, tables)
    raise ValueError(FAMILY)


def _font(kind: bytes, tables: dict[bytes, tuple[int, memoryview]]) -> list[bytes | memoryview]:
    rows, pieces, at = list[bytes](), list[bytes | memoryview](), 12 + 16 * len(tables)
    for tag, (check, data) in sorted(tables.items(), key=lambda it: len(it[1][1])):
        padding = b"\0" * (-len(data) % 4)
        rows.append(struct.pack(">4sIII", tag, check, at, len(data)))
        pieces += [data, padding]
        at += len(data) + len(padding)
    return [struct.pack(">4s4H", kind, len(tables), 0, 0, 0), *sorted(rows), *pieces]


@cache
def _kept() -> IO[bytes]:
    """Return the packed font in a file that has no name and goes with this process."""
    file = TemporaryFile()  # noqa: SIM115 (it stays open)
    with font().open("rb") as source, mmap(source.fileno(), 0, access=ACCESS_READ) as whole, memoryview(whole) as view:
        file.writelines(packed(view))
    file.flush()
    return file


@cache
def used() -> str:
    """Return the path of the font to draw with: where no file can be written, the installed one."""
    try:
        path = Path(f"/proc/self/fd/{_kept().fileno()}")
    except OSError:
        return str(font())
    return str(path if path.exists() else font())


def draw(svg: str, zoom: float = ZOOM) -> bytes:
    import resvg_py  # the program itself never loads it: only this process does

    png = resvg_py.svg_to_bytes(
        svg_string=svg, zoom=zoom, font_files=[used()], skip_system_fonts=DRAWN.fullmatch(svg) is not None,
        font_family=FAMILY,
    )  # fmt: skip
    return bytes(png)


def main() -> None:
    os.nice(10)  # people who tap come first
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    source, target = sys.stdin.buffer, sys.stdout.buffer
    while len(head := source.read(4)) == 4:
        svg = source.read(int.from_bytes(head, "big"))
        try:
            png = draw(svg.decode())
        except ValueError:
            png = b""
        target.write(len(png).to_bytes(4, "big") + png)
        target.flush()


if __name__ == "__main__":
    main()
