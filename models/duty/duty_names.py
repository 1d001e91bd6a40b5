"""Find the people whom a rota names, as clerks write names: with a staff number, in brackets, several in a cell
(docs/rules.md 35.17)."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache

from sqlmodel import Session, col, func, or_, select

from models.core import characters
from models.core.database import in_chunks
from models.core.errors import Refusal
from models.duty import availability
from models.organisation.people import Kind, Person
from models.organisation.units import Unit, first_few

BETWEEN = re.compile(r"[、,，;；/／\n]|\s&\s|和(?=\s)")
_NUMBERED = re.compile(
    r"(?P<name>.*?)\s*[(（\[【]?\s*(?P<number>[A-Za-z]{0,8}-?[0-9][0-9A-Za-z_-]*)\s*[)）\]】]?|"
    r"(?P<first>[A-Za-z]{0,8}-?[0-9][0-9A-Za-z_-]*)\s+(?P<last>.+)",
    re.DOTALL,
)
_BRACKETS = re.compile(r"[(（\[【][^()（）\[\]【】]*[)）\]】]")
_PHONE = re.compile(r"1[0-9]{10}|0[0-9]{2,3}-?[0-9]{7,8}|[0-9]{7,8}")


class Names:
    """The people of a unit and below on a day, by name and staff number, as far as `cells` name them."""

    def __init__(self, session: Session, unit: Unit, today: date, cells: Iterable[str]) -> None:
        self._session, self._unit = session, unit
        wanted = {form for cell in cells for piece in pieces(cell) for form in _forms(piece)}
        found = {it.id: it for it in _people(session, wanted)}
        gone = availability.elsewhere(session, list(found), unit, today)
        self._fit: dict[str, list[Person]] = {}
        self._known: set[str] = set()
        for it in found.values():
            fits = it.id not in gone and it.kind == Kind.STAFF and not it.left_by(today)
            for key in {_key(it.name), _key(it.staff_no), *map(_key, (it.former_numbers or "").split())}:
                self._known.add(key)
                if fits:
                    self._fit.setdefault(key, []).append(it)

    def of(self, cell: str, number: str = "") -> list[Person]:
        """Return whom a cell names, in its order; `number` is the staff number that stands beside it. Raises
        `people.no_person`, `duty.none_of`, `duty.namesakes`, `duty.number_differs`, `duty.listed_twice`."""
        if number:
            return [self._numbered(characters.name(cell), number)]
        found: list[Person] = []
        for piece in pieces(cell):
            for it in self._piece(piece):
                if it in found:
                    raise Refusal("duty.listed_twice", name=it.name)
                found.append(it)
        return found

    def _piece(self, piece: str) -> list[Person]:
        """Return whom one name stands for: several only where nothing but blanks is between them."""
        for form in (piece, _closed(piece)):
            if _key(form) in self._fit:
                return [self._one(form)]
        said = _NUMBERED.fullmatch(piece)
        if said:
            name, number = (said["name"] or said["last"] or "").strip(), said["number"] or said["first"]
            if _key(number) in self._known:
                return [self._numbered(name, number)]
            if name and _PHONE.fullmatch(number):
                return self._piece(name)
        bare = _BRACKETS.sub("", piece).strip()
        if bare and bare != piece:
            return self._piece(bare)
        parts = piece.split()
        if len(parts) > 1 and all(_key(it) in self._fit for it in parts):
            return [self._one(it) for it in parts]
        return [self._one(piece)]

    def _one(self, words: str) -> Person:
        found = self._fit.get(_key(words), [])
        if len(found) == 1:
            return found[0]
        if found:
            numbered = first_few([f"{it.name} {it.staff_no}" for it in found])
            raise Refusal("duty.namesakes", name=found[0].name, people=numbered, count=len(found))
        if _key(words) in self._known:
            raise Refusal("duty.none_of", name=words[:40], path=self._unit.path)
        raise Refusal("people.no_person", name=words[:40])

    def _numbered(self, name: str, number: str) -> Person:
        """Return whose staff number this is; a name beside it has to be theirs."""
        found = self._one(characters.number(number))
        if name and _key(_closed(name)) != _key(_closed(found.name)):
            raise Refusal("duty.number_differs", name=name[:40], number=number[:40])
        return found


def pieces(cell: str) -> list[str]:
    """Return the names in a cell."""
    said = BETWEEN.split(cell)
    return [name for it in said if (name := characters.name(it))]


def _forms(piece: str) -> Iterator[str]:
    """Yield everything in a name by which somebody may be found."""
    bare = _BRACKETS.sub("", piece).strip()
    yield from (piece, _closed(piece), bare, *piece.split(), *bare.split())
    for words in (piece, bare):
        if said := _NUMBERED.fullmatch(words):
            yield from (it.strip() for it in said.groups() if it)
            yield from (_closed(it) for it in said.groups() if it)


def _closed(name: str) -> str:
    """Return a Chinese name without the blanks by which short names are made as long as others."""
    return name if name.isascii() else "".join(name.split())


@lru_cache(maxsize=4096)  # a table names few people on many days
def _key(words: str) -> str:
    return characters.key(words).lower()


def _people(session: Session, wanted: set[str]) -> Sequence[Person]:
    found: list[Person] = []
    for some in in_chunks(sorted({it for it in wanted if it})):
        lower = [it.lower() for it in some]
        same = or_(col(Person.name).in_(some), func.lower(Person.name).in_(lower), col(Person.staff_no).in_(some))
        found += session.exec(select(Person).where(same)).all()
    numbers = {_key(it) for it in wanted}
    former = session.exec(select(Person).where(col(Person.former_numbers).is_not(None))).all()
    found += [it for it in former if numbers & {_key(one) for one in (it.former_numbers or "").split()}]
    return found
