"""Offer what somebody may have meant by a name that is not there: each offer is the whole command once more."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import col, or_, select

from handlers.core import asking
from handlers.core.asking import Option
from handlers.core.turn import Turn
from models.authority import permissions
from models.core.errors import Refusal
from models.organisation import similar_names
from models.organisation.people import Kind, Membership, Person, here
from models.organisation.units import Unit, below

UNITS, PEOPLE = ("people.no_unit", "people.many_units"), ("people.no_person", "people.many_persons")
EITHER = ("invite", "urge")  # commands that take a person or a unit
MOST = 6
MOST_WORDS = 4  # of a name that is compared as a whole
MANY = 3000  # names to compare with at most; among more of them only those are looked at that hold what was typed


def offered(turn: Turn, refusal: Refusal) -> bool:
    """Offer the near names of those the speaker leads, in place of the refused one; say whether there were any."""
    if turn.typed is None or turn.speaker is None or refusal.key not in (*UNITS, *PEOPLE):
        return False
    command, words = turn.typed
    wrong = str(refusal.values.get("path") or refusal.values.get("name") or "")
    if not wrong or wrong not in words:
        return False
    wrong, near = _nearest(turn, words, wrong, units=refusal.key in UNITS)
    if not near and command in EITHER and wrong == words:
        near = _units(turn, wrong)
    options = [Option(label, f"{command} {_instead(words, wrong, name)}") for label, name in near[:MOST]]
    if options:
        asking.choose(turn, "meant", options, sentence=turn.words.refusal(refusal))
    return bool(options)


def _nearest(turn: Turn, words: str, wrong: str, *, units: bool) -> tuple[str, list[tuple[str, str]]]:
    """Return the words that were meant as the name, and the names near to them. The command looked for one word of
    `zhang wei` or `station 1`."""
    find = _units if units else _people
    longer = _whole(words, wrong)
    for whole in reversed(longer):
        if near := find(turn, whole, similar_names.SURE):
            return whole, near
    for part in (wrong, *longer):
        if near := find(turn, part):
            return part, near
    return wrong, []


def _whole(words: str, wrong: str) -> list[str]:
    """Return the wrong words with one, two and more of those behind or before them."""
    before, _, behind = (part.split() for part in words.rpartition(wrong))
    lengths = range(1, MOST_WORDS)
    found = [" ".join([wrong, *behind[:n]]) for n in lengths] + [" ".join([*before[-n:], wrong]) for n in lengths]
    return [it for it in dict.fromkeys(found) if it != wrong and it in words]


def _instead(words: str, wrong: str, name: str) -> str:
    """Put the name where the wrong one stood last: a unit comes after the person it is about."""
    before, _, after = words.rpartition(wrong)
    return f"{before}{name}{after}"


def _units(turn: Turn, wrong: str, least: float = similar_names.NEAR) -> list[tuple[str, str]]:
    tops = permissions.leads(turn.session, turn.person, turn.today)
    if not tops:
        return []
    query = select(Unit.name, Unit.path).where(or_(*(below(top.path) for top in tops))).order_by(col(Unit.rank))
    found = _compared(turn, query, col(Unit.name), wrong)
    return [(path, path) for path in similar_names.like(wrong, found, least)]


def _people(turn: Turn, wrong: str, least: float = similar_names.NEAR) -> list[tuple[str, str]]:
    tops = permissions.leads(turn.session, turn.person, turn.today)
    if not tops:
        return []
    query = (
        select(Person.name, Person.staff_no, Unit.name)
        .join(Membership, col(Membership.person_id) == col(Person.id))
        .join(Unit, col(Unit.id) == col(Membership.unit_id))
        .where(or_(*(below(top.path) for top in tops)), col(Membership.home).is_(True), here(turn.today))
        .where(col(Person.kind).in_((Kind.STAFF, Kind.WARD)))
        .order_by(col(Person.staff_no))
    )
    rows = _compared(turn, query, col(Person.name), wrong)
    found = similar_names.like(wrong, [(name, (name, staff_no, unit)) for name, staff_no, unit in rows], least)
    return [(f"{name} {staff_no} · {unit}", staff_no) for name, staff_no, unit in found]


def _compared(turn: Turn, query: Any, name: Any, wrong: str) -> Sequence[Any]:
    """Return the rows whose names are compared with what was typed; comparing takes 50 µs each, while others wait."""
    found: Sequence[Any] = turn.session.exec(query.limit(MANY + 1)).all()
    if len(found) > MANY:
        found = turn.session.exec(query.where(name.icontains(wrong, autoescape=True)).limit(MANY)).all()
    return found
