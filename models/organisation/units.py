"""Store the tree of units, and find a unit in it."""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, false, or_, true
from sqlmodel import Field, Session, col, func, select

from models.core import characters
from models.core.errors import Refusal
from models.core.table import IDS_NOT_REUSED, Table

RANK_DIGITS = 5


class Unit(Table, table=True):
    """A node of the organisation's tree; `path` is its name and those above it, joined by `/`. `rank` sorts the tree as
    people know it: its parent's, and five digits for its place among its siblings (unit_order.py)."""

    __table_args__ = IDS_NOT_REUSED

    id: int = Field(default=None, primary_key=True)
    parent_id: int | None = Field(default=None, foreign_key="unit.id", index=True)
    name: str
    path: str = Field(unique=True)
    rank: str = ""

    @property
    def depth(self) -> int:
        return self.path.count("/")


def below(path: str) -> ColumnElement[bool]:
    """Match the units at or under `path`, as a condition on Unit."""
    return or_(col(Unit.path) == path, col(Unit.path).startswith(path + "/", autoescape=True))


def above(path: str) -> list[str]:
    """Return the path and those over it, the nearest first: `a/b/c`, `a/b`, `a`."""
    parts = path.split("/")
    return ["/".join(parts[:n]) for n in range(len(parts), 0, -1)]


def unit_at(session: Session, path: str) -> Unit:
    """Return the unit of this path; raises `people.no_unit`."""
    found = session.exec(select(Unit).where(Unit.path == path)).first()
    if found is None:
        raise Refusal("people.no_unit", path=path)
    return found


def first_few(names: list[str]) -> list[str]:
    """Return the first six, and how many more there are."""
    return names if len(names) <= 6 else [*names[:6], f"… +{len(names) - 6}"]


def find_unit(session: Session, words: str, tops: Sequence[Unit] | None = None) -> Unit:
    """Return a unit by its path or, if that is clear, by its last name, in whatever case; of those below `tops` only,
    if they are given. Raises `people.no_unit`, `people.many_units`."""
    words = characters.name(words)
    plain = characters.key(words).lower()
    here = true() if tops is None else or_(false(), *(below(top.path) for top in tops))
    same = or_(col(Unit.path) == words, func.lower(Unit.path) == plain)
    paths = session.exec(select(Unit).where(same, here).order_by(col(Unit.rank))).all()
    if paths:
        return next((unit for unit in paths if unit.path == words), paths[0])
    same = or_(col(Unit.name) == words, func.lower(Unit.name) == plain)
    found = session.exec(select(Unit).where(same, here).order_by(col(Unit.rank))).all()
    named = [unit for unit in found if unit.name == words] or found
    if not named:
        raise Refusal("people.no_unit", path=words)
    if len(named) > 1:
        raise Refusal("people.many_units", name=words, paths=first_few([u.path for u in named]))
    return named[0]


def root(session: Session) -> Unit | None:
    return session.exec(select(Unit).where(col(Unit.parent_id).is_(None)).order_by(col(Unit.id))).first()


def with_children(session: Session, unit: Unit) -> Sequence[Unit]:
    """Return a unit and those right below it, in the roster's order."""
    found = or_(col(Unit.id) == unit.id, col(Unit.parent_id) == unit.id)
    return session.exec(select(Unit).where(found).order_by(col(Unit.rank))).all()


def is_whole(session: Session, tops: Iterable[Unit]) -> bool:
    """Say whether these units are the whole organisation: whether its root is among them."""
    top = root(session)
    return top is not None and top.id in {it.id for it in tops}


def is_below(path: str, top: str) -> bool:
    """Say whether `path` is `top` or lies under it."""
    return path == top or path.startswith(top + "/")
