"""Search people by name, staff number, unit, and the pinyin of names."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, or_, select

from models.core import characters
from models.organisation.people import Membership, Person, here, own
from models.organisation.similar_names import spelt
from models.organisation.units import Unit, below

Lines = Sequence[tuple[Person, Unit]]


def search(
    session: Session, tops: Sequence[Unit], typed: str, day: date, *, unit: Unit | None, page: int, size: int,
    outside: bool = False,
) -> tuple[Lines, int]:  # fmt: skip
    """Return a page of the organisation's own people, or of those `outside`, at home below `tops`, each with that unit,
    by staff number, and how many there are in all. With `unit` only who is in it or below it, with `typed` only whom
    these words name."""
    wanted = characters.key(typed).casefold()
    after = (max(page, 1) - 1) * size
    if wanted.isascii() and wanted.replace(" ", "").isalpha():
        rows = session.exec(
            _of(select(Person.id, Person.name, Person.staff_no, Unit.name), tops, day, unit, outside)
        ).all()
        found = [number for number, *names in rows if _named(wanted, *names)]
        shown = select(Person, Unit).where(col(Person.id).in_(found[after : after + size]))
        return session.exec(_home(shown).order_by(col(Person.staff_no))).all(), len(found)
    like = [
        func.lower(it).contains(wanted, autoescape=True) for it in (Person.name, Person.staff_no, Unit.name)
    ]  # fmt: skip
    named = [or_(*like)] if wanted else []
    lines = session.exec(
        _of(select(Person, Unit), tops, day, unit, outside).where(*named).offset(after).limit(size)
    ).all()
    return lines, session.exec(_of(select(func.count()), tops, day, unit, outside).order_by(None).where(*named)).one()


def _home(query: Any) -> Any:
    """Join each person to the unit they are at home in."""
    return query.select_from(Person).join(Membership).join(Unit).where(col(Membership.home).is_(True))


def _of(query: Any, tops: Sequence[Unit], day: date, unit: Unit | None, outside: bool) -> Any:
    found = (
        _home(query)
        .where(~own() if outside else own(), here(day), or_(*(below(top.path) for top in tops)))
        .order_by(col(Person.staff_no))
    )
    if unit is None:
        return found
    held, place = aliased(Membership), aliased(Unit)
    inside = or_(place.path == unit.path, col(place.path).startswith(unit.path + "/", autoescape=True))
    return found.where(
        col(Person.id).in_(select(held.person_id).join(place, col(place.id) == col(held.unit_id)).where(inside))
    )


def _named(wanted: str, name: str, number: str, unit: str) -> bool:
    plain = wanted in name.casefold() or wanted in number.casefold() or wanted in unit.casefold()
    return plain or spelt(wanted, name) or spelt(wanted, unit)
