"""Cut texts to Telegram's limits, counted after its HTML is read, at line ends, with tags closed and opened again.

A card may be several messages: its message id is then `12,13`, with the buttons under the last part. An edit goes
through the parts; superfluous parts are deleted; a text that needs more parts than there are is sent anew, and the old
parts are deleted. If a part is refused, the parts before it are deleted and the whole card is tried again. Text that is
too long for a caption (1024) follows the file; a picture has the first part as its caption. A message too old to be
deleted (48 h) loses its buttons."""

import re
from collections.abc import Sequence

TEXT, CAPTION = 4096, 1024
ATOM = re.compile(r"<[^>]*>|&(?:#\d+|#x[0-9a-fA-F]+|\w+);|.", re.DOTALL)


def length(text: str) -> int:
    """Return how many characters count: none for tags, one for an entity, two beyond the BMP, as in
    Telegram's offsets."""
    return sum(map(_size, ATOM.findall(text)))


def split(text: str, limit: int = TEXT) -> list[str]:
    """Return the text in parts of at most `limit`, each with its tags complete."""
    if len(text) * 2 <= limit or length(text) <= limit:
        return [text]
    atoms, parts, opened = ATOM.findall(text), [], ""
    while atoms:
        end = _reach(atoms, limit)
        if end < len(atoms) and "\n" in atoms[:end]:
            end = len(atoms[:end]) - atoms[:end][::-1].index("\n")
        body, atoms = opened + "".join(atoms[:end]), atoms[end:]
        still = _open(body)
        opened = "".join(tag for tag, _ in still)
        if re.sub(r"<[^>]*>", "", body).strip():
            parts.append(body.strip("\n") + "".join(f"</{name}>" for _, name in reversed(still)))
    return parts


def captioned(text: str) -> list[str]:
    """Return the text in parts, of which the first is a caption."""
    first, *more = split(text, CAPTION)
    if not more:
        return [first]
    parts, part = [], ""
    for it in more:
        if part and length(part) + 1 + length(it) > TEXT:
            parts.append(part)
            part = ""
        part = f"{part}\n{it}" if part else it
    return [first, *parts, part]


def _size(atom: str) -> int:
    if len(atom) > 1:
        return 0 if atom[0] == "<" else 1
    return 2 if atom > "\uffff" else 1


def _reach(atoms: Sequence[str], limit: int) -> int:
    """Return how many atoms fit; at least one."""
    taken = 0
    for n, atom in enumerate(atoms):
        taken += _size(atom)
        if taken > limit:
            return max(n, 1)
    return len(atoms)


def _open(text: str) -> list[tuple[str, str]]:
    """Return the tags still open at the end, outermost first, each with its name."""
    stack: list[tuple[str, str]] = []
    for tag, closing, name in re.findall(r"(<(/?)([a-z-]+)[^>]*>)", text):
        if closing:
            stack.pop()
        else:
            stack.append((tag, name))
    return stack
