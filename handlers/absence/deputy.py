"""`/deputy`, 代理: appoint who stands in for a lead or a reporter between two days, and say what passes to them."""

from datetime import date, timedelta
from typing import Any

from sqlmodel import col, or_, select

from handlers.absence import leave_requests
from handlers.core import asking, paging
from handlers.core.access import LEAD
from handlers.core.asking import Option
from handlers.core.ids import DeputyId, PersonId
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.core.vocabulary import FOR
from models.absence import deputies, leave
from models.absence.deputies import Deputy
from models.authority import deputy_appointments, leave_decisions, permissions, responsibility
from models.core import characters
from models.core.errors import Refusal
from models.messaging import addresses, cards, command_menus
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject
from models.organisation import people
from models.organisation.people import Membership, Person, here
from models.organisation.units import Unit, below

router = Router("deputy", LEAD)

MOST_SHOWN = 8
MOST_NAMES = 16  # words that two names may have


@router.command("deputy", word="代理")
def deputy(turn: Turn, words: str) -> None:
    """Appoint a deputy: `/deputy 1007 12-01 12-05` for oneself, `/deputy 1005 1004 3d` for the second person named.
    Without words, show the present deputies, and people to choose from."""
    if not words.strip():
        _overview(turn)
        return
    if words.split(maxsplit=1)[0] in FOR and len(words.split()) > 1:
        _ask_who(turn, words.partition(" ")[2].strip())
        return
    found = leave_requests.days_in(turn, words)
    named = found[0] if found else words.strip()
    if not named or (found and found[2]):
        raise Refusal("deputies.usage")
    who, person = _named(turn, named)
    if found:
        _appoint(turn, who, person, found[1])
    elif person.id == turn.person.id:
        _ask_days(turn, who)
    else:
        named = who.staff_no if _is_near(turn, who) else who.name
        spans = leave_requests.spans(turn, f"deputy {named} {person.staff_no}")
        asking.choose(turn, "deputy_days", spans, who=who.name, name=person.name)


def _ask_who(turn: Turn, words: str) -> None:
    """Ask who stands in for somebody else."""
    person = people.find_person(turn.session, words)
    if not leave_decisions.may_decide(turn.session, turn.person, person, turn.today):
        raise Refusal("people.not_yours", path=people.home(turn.session, person).path)
    asking.for_words(turn, "deputy", f"deputy {asking.PLACE} {person.staff_no}", name=person.name)


def _ask_for_whom(turn: Turn) -> None:
    """Offer the leads at or below the units of somebody who is lead of none."""
    tops = permissions.leads(turn.session, turn.person, turn.today)
    query = (
        select(Person, Unit)
        .join(Membership, col(Membership.person_id) == col(Person.id))
        .join(Unit, col(Unit.id) == col(Membership.unit_id))
        .where(Membership.role == people.Role.LEAD, here(turn.today), or_(*(below(top.path) for top in tops)))
        .order_by(col(Unit.rank), col(Person.staff_no))
    )
    found = {person.id: (person, unit) for person, unit in turn.session.exec(query).all()}
    options = [
        Option(f"{person.name} · {unit.name}", f"deputy for {person.staff_no}") for person, unit in found.values()
    ]
    asking.choose(turn, "deputy_for", options)


def _named(turn: Turn, words: str) -> tuple[Person, Person]:
    """Return the deputy and the person to stand in for; names may contain blanks. Raises as `_find` and
    `people.find_person`."""
    parts = words.split()
    try:
        return _find(turn, words), turn.person
    except Refusal:
        for at in range(1, len(parts) if len(parts) <= MOST_NAMES else 0):
            try:
                first, second = " ".join(parts[:at]), " ".join(parts[at:])
                return _find(turn, first), people.find_person(turn.session, second)
            except Refusal:
                continue
        raise


def _find(turn: Turn, words: str) -> Person:
    """Return one of one's own people by number or name, anybody else by full name only, because the next message names
    them and a number must not reveal a name. Raises `deputies.nobody`, the same whether or not there is such a number,
    and `people.many_persons`."""
    try:
        who = people.find_person(turn.session, words)
    except Refusal as refusal:
        if refusal.key != "people.no_person":
            raise
        raise Refusal("deputies.nobody", name=words) from refusal
    if characters.name(words) != who.name and not _is_near(turn, who):
        raise Refusal("deputies.nobody", name=words)
    return who


@router.button("page")
def tap_page(turn: Turn, page: int) -> None:
    """Show another page of the present deputies."""
    _overview(turn, page)


def _overview(turn: Turn, number: int = 0) -> None:
    """Show those who stand in for one's own people, each appointment once, and one's own people to choose from."""
    rows = [
        r for r in deputies.not_over(turn.session, turn.today)
        if r.deputy_id == turn.person.id or deputy_appointments.may_end(turn.session, turn.person, r, turn.today)
    ]  # fmt: skip
    once = {(r.person_id, r.deputy_id, r.at): r for r in reversed(rows)}
    led = [u.id for u in permissions.leads(turn.session, turn.person, turn.today)]
    near = turn.session.exec(
        select(Person)
        .join(Membership)
        .where(col(Membership.unit_id).in_(led), Person.kind == people.Kind.STAFF, Person.id != turn.person.id,
               here(turn.today))
        .order_by(Person.staff_no)
    ).unique().all()  # fmt: skip
    some, page = paging.cut(sorted(once.values(), key=lambda r: (r.first, r.id)), number)
    shown = [(r, *_pair(turn, r), deputy_appointments.may_end(turn.session, turn.person, r, turn.today)) for r in some]
    own = bool(deputy_appointments.offices(turn.session, turn.person, turn.today))
    turn.say(
        "absence/deputies",
        own=own,
        rows=shown,
        page=page,
        near=near[:MOST_SHOWN] if own else [],
        more=max(0, len(near) - MOST_SHOWN),
    )
    if not own:
        _ask_for_whom(turn)


def _pair(turn: Turn, row: Deputy) -> tuple[Person, Person]:
    return turn.session.get_one(Person, row.person_id), turn.session.get_one(Person, row.deputy_id)


def _shown(turn: Turn, person_id: int) -> Person | None:
    """Return the person a button names: one of those to choose from, or somebody whom the lead named. A number alone
    reveals nobody."""
    who = turn.session.get(Person, person_id)
    offered = router.data("days", person_id) + "."
    if who is None or not (_is_near(turn, who) or cards.offered(turn.session, turn.here, offered)):
        return None
    return who


def _is_near(turn: Turn, who: Person) -> bool:
    return any(
        permissions.may_lead(turn.session, turn.person, unit.path, turn.today)
        for _, unit in people.roles(turn.session, who)
    )


@router.button("who")
def tap_who(turn: Turn, person_id: PersonId) -> None:
    """Choose the deputy, and ask for the days."""
    who = _shown(turn, person_id)
    if who is None:
        turn.toast("core/not_yours", alert=True)
    else:
        _ask_days(turn, who)


def _ask_days(turn: Turn, who: Person) -> None:
    turn.say("absence/deputy_days", who=who, today=turn.today, tomorrow=turn.today + timedelta(days=1))


@router.button("days")
def tap_days(turn: Turn, person_id: PersonId, first: date, days: int) -> None:
    """Appoint the deputy for the chosen days."""
    who = _shown(turn, person_id)
    if who is None or not 1 <= days <= leave.MOST_DAYS:
        turn.toast("core/not_yours", alert=True)
        return
    _appoint(turn, who, turn.person, (first, first + timedelta(days=days - 1)))


def _appoint(turn: Turn, who: Person, person: Person, span: tuple[date, date]) -> None:
    made = deputy_appointments.appoint(turn.session, turn.person, person, who, span, turn.today, turn.now)
    wards = responsibility.wards(turn.session, person, span[0]) if any(r.unit_id is None for r in made) else []
    facts = {
        "row_": made[0], "person": person, "who": who, "units": deputy_appointments.units(turn.session, made),
        "wards": [w for w in wards if w.reporter_id == person.id],
    }  # fmt: skip
    reached = addresses.reachable(turn.session, who)
    turn.say("absence/deputy_set", **facts, reached=reached is not None)
    for one in {p.id: p for p in (who, person) if p.id != turn.person.id}.values():
        _tell(turn, one, made[0], "deputy_told", **facts, by=turn.person)
    command_menus.refresh(turn.session, turn.defaults.locale, turn.today, who)
    if made[0].first <= turn.today <= made[0].last:
        leave_requests.hand_over(turn, person)


def _tell(turn: Turn, reader: Person, row: Deputy, template: str, **values: Any) -> None:
    address = addresses.reachable(turn.session, reader)
    if address:
        content = turn.words_for(reader).content(f"absence/{template}", **values, you=reader.id == row.deputy_id)
        slot = Slot.of(Subject.DEPUTY, address, row.id, template)
        cards.want(turn.session, slot, Kind.NOTICE, content, turn.now)


@router.button("end")
def tap_end(turn: Turn, row_id: DeputyId) -> None:
    """End the appointment now; what the deputy did meanwhile stays done."""
    row = turn.session.get(Deputy, row_id)
    if row is None or not deputy_appointments.may_end(turn.session, turn.person, row, turn.today):
        turn.toast("core/not_yours", alert=True)
        return
    rows = deputy_appointments.together(turn.session, row)
    person, who = _pair(turn, row)
    if rows:
        deputy_appointments.end(turn.session, turn.person, rows, turn.now)
        command_menus.refresh(turn.session, turn.defaults.locale, turn.today, who)
        for one in {p.id: p for p in (who, person) if p.id != turn.person.id}.values():
            _tell(turn, one, row, "deputy_ended", person=person, who=who)
    turn.toast("absence/deputy_ended", person=person, who=who, you=False)
