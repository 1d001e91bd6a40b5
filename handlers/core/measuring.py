"""Estimate how wide words are in a picture, whose letters only the renderer knows: rather a little too wide."""

import unicodedata

EMS = {
    character: ems
    for ems, characters in {
        0.3: " !',.:;|Iijl", 0.4: 'ftr()[]-/·"', 0.52: "cskvxyzLFJ?", 0.56: "0123456789", 0.62: "abdeghnopqu",
        0.93: "mMW@%w—…",
    }.items()
    for character in characters
}  # fmt: skip
OTHERS = 0.68
ELLIPSIS = "…"


def width(text: str, size: float, bold: bool = False) -> float:
    """Return the width of a text in letters of this size."""
    return sum(map(_ems, text)) * size * (1.06 if bold else 1)


def fitted(text: str, room: float, size: float, bold: bool = False) -> str:
    """Return the text, cut where it would be wider than `room`."""
    if width(text, size, bold) <= room:
        return text
    left, kept = room - width(ELLIPSIS, size, bold), ""
    for character in text:
        left -= width(character, size, bold)
        if left < 0:
            break
        kept += character
    return kept.rstrip() + ELLIPSIS


def _ems(character: str) -> float:
    if character in EMS:
        return EMS[character]
    if unicodedata.combining(character):
        return 0.0
    return 1.0 if unicodedata.east_asian_width(character) in "WF" else OTHERS
