"""Find the units that a roster names: spelt as those that are there, and in short where that is clear (docs/rules.md
15.8, 15.9)."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from sqlmodel import Session, col, select

from models.core import characters
from models.core.errors import Refusal
from models.organisation.roster_rows import Row
from models.organisation.units import Unit


def placed(session: Session, rows: Sequence[Row], root: Unit | None) -> tuple[list[Row], list[Refusal]]:
    """Return the rows with each unit spelt as the existing or first unit that looks the same, and those whose unit may
    be several. A path that does not begin with the root is that of the one unit which ends so; a single name that no
    unit has becomes one below the root."""
    paths = session.exec(select(Unit.path).order_by(col(Unit.path))).all()
    spelt = {characters.key(path): path for path in paths}
    ends = _ends(paths) if root else {}
    found: dict[str, str] = {}
    wrong: list[Refusal] = []
    for row in rows:
        if row.unit not in found:
            path, several = _whole(row.unit, root, ends)
            if several:
                refusal = Refusal("roster.unit_several", unit=row.unit, paths=several[:5])
                wrong.append(refusal.at(row.line, row.sheet))
            found[row.unit] = _spelt(path, spelt)
    return [row if found[row.unit] == row.unit else replace(row, unit=found[row.unit]) for row in rows], wrong


def _ends(paths: Sequence[str]) -> dict[str, list[str]]:
    """Map each end of each path, as compared, → the paths that end so."""
    ends: defaultdict[str, list[str]] = defaultdict(list)
    for path in paths:
        names = characters.key(path).casefold().split("/")
        for at in range(len(names)):
            ends["/".join(names[at:])].append(path)
    return ends


def _whole(words: str, root: Unit | None, ends: dict[str, list[str]]) -> tuple[str, list[str]]:
    """Return the path from the root that these words mean, and the paths they may mean if there are several."""
    said = characters.key(words).casefold()
    if root is None or said.split("/")[0] == characters.key(root.path).casefold():
        return words, []
    there = ends.get(said, [])
    if len(there) == 1:
        return there[0], []
    return (words, there) if there or "/" in words else (f"{root.path}/{words}", [])


def _spelt(words: str, spelt: dict[str, str]) -> str:
    path = ""
    for name in words.split("/"):
        path = f"{path}/{name}" if path else name
        path = spelt.setdefault(characters.key(path), path)
    return path
