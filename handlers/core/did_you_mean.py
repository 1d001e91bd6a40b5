"""Offer what somebody may have meant by a name that is not there: each offer is the whole command once more."""

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
MOST = 6


def offered(turn: Turn, refusal: Refusal) -> bool:
    """Offer the near names of those the speaker leads, in place of the refused one; say whether there were any."""
    if turn.typed is None or turn.speaker is None or refusal.key not in (*UNITS, *PEOPLE):
        return False
    command, words = turn.typed
    wrong = str(refusal.values.get("path") or refusal.values.get("name") or "")
    if not wrong or wrong not in words:
        return False
    near = _units(turn, wrong) if refusal.key in UNITS else _people(turn, wrong)
    options = [Option(label, f"{command} {_instead(words, wrong, name)}") for label, name in near[:MOST]]
    if options:
        asking.choose(turn, "meant", options, sentence=turn.words.refusal(refusal))
    return bool(options)


def _instead(words: str, wrong: str, name: str) -> str:
    """Put the name where the wrong one stood last: a unit comes after the person it is about."""
    before, _, after = words.rpartition(wrong)
    return f"{before}{name}{after}"


def _units(turn: Turn, wrong: str) -> list[tuple[str, str]]:
    tops = permissions.leads(turn.session, turn.person, turn.today)
    if not tops:
        return []
    query = select(Unit).where(or_(*(below(top.path) for top in tops))).order_by(col(Unit.rank))
    found = turn.session.exec(query).all()
    return [(unit.path, unit.path) for unit in similar_names.like(wrong, [(u.name, u) for u in found])]


def _people(turn: Turn, wrong: str) -> list[tuple[str, str]]:
    tops = permissions.leads(turn.session, turn.person, turn.today)
    if not tops:
        return []
    query = (
        select(Person, Unit)
        .join(Membership, col(Membership.person_id) == col(Person.id))
        .join(Unit, col(Unit.id) == col(Membership.unit_id))
        .where(or_(*(below(top.path) for top in tops)), col(Membership.home).is_(True), here(turn.today))
        .order_by(col(Person.staff_no))
    )
    rows = [(p.name, (p, u)) for p, u in turn.session.exec(query).all() if p.kind in (Kind.STAFF, Kind.WARD)]
    found = similar_names.like(wrong, rows)
    return [(f"{person.name} {person.staff_no} · {unit.name}", person.staff_no) for person, unit in found]
