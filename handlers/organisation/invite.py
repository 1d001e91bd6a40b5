"""`/invite`, 邀请: make codes for a lead's own people, one by one or for all of a unit who were never enrolled. Where
the lead does not stand above a person, those who do are asked."""

from sqlmodel import col, select

from handlers.core import asking, confirmations, lead_arguments, qr_codes
from handlers.core.access import LEAD
from handlers.core.ids import PersonId, UnitId
from handlers.core.router import Router
from handlers.core.turn import File, Turn
from handlers.exports import file_words
from handlers.organisation import invitation_sheets
from models.authority import permissions
from models.authority.permissions import may_lead
from models.changes import credentials
from models.conversations.confirmations import Confirmation
from models.core.audit import note
from models.core.errors import Refusal
from models.files import blobs
from models.messaging import addresses, cards, enrolment, enrolment_links
from models.messaging.slots import Slot, Subject
from models.organisation import people, units
from models.organisation.people import Kind, Membership, Person
from models.organisation.units import Unit

router = Router("invite", LEAD)

MOST, SHOWN = 200, 40


@router.command("invite", word="邀请")
def invite(turn: Turn, words: str) -> None:
    """Invite `who…` or a unit; without words, show the lead's own units with those who were never enrolled."""
    names = words.split()
    if not names:
        rows = [row for top in permissions.leads(turn.session, turn.person, turn.today) for row in _counts(turn, top)]
        turn.say("organisation/invite", rows=rows[:SHOWN], more=max(0, len(rows) - SHOWN))
        return
    try:
        unit = units.find_unit(turn.session, words.strip())
    except Refusal:
        _codes_or_asked(turn, _named(turn, names))
        return
    _ask(turn, unit)


def _counts(turn: Turn, top: Unit) -> list[tuple[Unit, int]]:
    """Return the units from here down in which somebody was never enrolled, with how many codes each button makes: for
    the unit and all below it. A unit that has the same people as one below it is left out."""
    found = _below(turn, top)
    own = {unit.id: {p.id for p in never(turn, unit)} for unit in found}
    whole = {unit.id: set(own[unit.id]) for unit in found}
    for unit in sorted(found, key=lambda it: -it.path.count("/")):
        if unit.parent_id in whole:
            whole[unit.parent_id] |= whole[unit.id]
    inner = [(unit.parent_id, unit.id) for unit in found if unit.parent_id in whole]
    same = {top for top, part in inner if whole[part] == whole[top] and not own[top]}
    return [(u, len(whole[u.id])) for u in found if whole[u.id] and u.id not in same]


@router.button("by_name")
def tap_by_name(turn: Turn) -> None:
    """Ask whom to invite."""
    asking.for_words(turn, "invite", f"invite {asking.PLACE}")


def _named(turn: Turn, names: list[str]) -> list[Person]:
    """Return everybody named, a name of several words included; raises as `lead_arguments.person_in_reach`."""
    try:
        return [lead_arguments.person_in_reach(turn, " ".join(names))]
    except Refusal as refusal:
        if refusal.key != "people.no_person" or len(names) == 1:
            raise
    return list({p.id: p for p in (lead_arguments.person_in_reach(turn, name) for name in names)}.values())


def _below(turn: Turn, top: Unit) -> list[Unit]:
    return list(turn.session.exec(select(Unit).where(units.below(top.path)).order_by(Unit.rank)).all())


def never(turn: Turn, unit: Unit) -> list[Person]:
    """Return the staff at home in this very unit who were never enrolled."""
    query = (
        select(Person)
        .join(Membership)
        .where(
            Membership.unit_id == unit.id, col(Membership.home).is_(True), Person.kind == Kind.STAFF,
            people.here(turn.today),
        )
        .order_by(col(Person.staff_no))
    )  # fmt: skip
    found = turn.session.exec(query).all()
    kinds = addresses.silence(turn.session, [p.id for p in found])
    return [p for p in found if kinds[p.id] == "never"]


@router.button("unit")
def tap_unit(turn: Turn, unit_id: UnitId) -> None:
    """Ask whether to invite everyone in a unit who never enrolled."""
    unit = turn.session.get(Unit, unit_id)
    if unit is None or not may_lead(turn.session, turn.person, unit.path, turn.today):
        turn.toast("core/not_yours", alert=True)
    else:
        _ask(turn, unit)


@router.button("person")
def tap_person(turn: Turn, person_id: PersonId) -> None:
    """Make the enrolment code that a lead asked for, if whoever taps is above every role of the invited person."""
    person = turn.session.get(Person, person_id)
    if person is None or not _may(turn, person):
        turn.toast("core/not_yours", alert=True)
    else:
        _codes(turn, [person])


def _ask(turn: Turn, unit: Unit) -> None:
    """Ask whether to invite all of a unit and those below it at once, saying how many."""
    found = _all(turn, unit)
    if not found:
        turn.say("organisation/invite_nobody", unit=unit)
        return
    mine, others = _parted(turn, found)
    if mine:
        shown = {"people": mine[:MOST], "total": len(mine), "others": others}
        confirmations.ask(turn, "invite", {"unit": unit.id}, "organisation/invite_question", unit=unit, **shown)
    else:
        _ask_above(turn, others)


def _all(turn: Turn, unit: Unit) -> list[Person]:
    if not may_lead(turn.session, turn.person, unit.path, turn.today):
        raise Refusal("people.not_yours", path=unit.path)
    found = [p for u in _below(turn, unit) for p in never(turn, u)]
    coded = enrolment.coded(turn.session, [p.id for p in found], turn.now)
    return sorted(found, key=lambda p: p.id in coded)  # people without a code come first


@router.confirmed("invite")
def confirmed(turn: Turn, confirmation: Confirmation, *, today: bool) -> None:
    """Make the codes for a unit's people after confirmation."""
    _codes_or_asked(turn, _all(turn, turn.session.get_one(Unit, confirmation.arguments["unit"])))


def _may(turn: Turn, person: Person) -> bool:
    return credentials.may_invite(turn.session, turn.person, person, turn.today)


def _parted(turn: Turn, found: list[Person]) -> tuple[list[Person], list[Person]]:
    """Return those of the lead's own people whom the lead stands above, and the others."""
    others = credentials.not_for(turn.session, turn.person, found, turn.today)
    return [p for p in found if p.id not in others], [p for p in found if p.id in others]


def _codes_or_asked(turn: Turn, found: list[Person]) -> None:
    """Make codes for those whom the lead stands above; for the others ask those who do, and name them."""
    mine, others = _parted(turn, found)
    if mine:
        _codes(turn, mine[:MOST])
    if others:
        _ask_above(turn, others[:SHOWN])


def _ask_above(turn: Turn, others: list[Person]) -> None:
    """Ask those who stand above the others, once a day for each."""
    asked: dict[int, Person] = {}
    may: dict[int, Person] = {}
    for person in others:
        for one in credentials.who_may(turn.session, person, turn.today):
            may[one.id] = one
            address = addresses.reachable(turn.session, one)
            if address:
                asked[one.id] = one
                content = turn.words_for(one).content("organisation/invite_request", person=person, by=turn.person)
                day = turn.today
                slot = Slot.of(Subject.INVITE_REQUEST, address, person.id, turn.person.id, day)
                cards.want_once(turn.session, slot, cards.Kind.NOTICE, content, turn.now)
        note(turn.session, turn.now, turn.person.staff_no, "invite asked", person.staff_no)
    turn.say("organisation/invite_asked", people=others, asked=list(asked.values()), may=list(may.values()))


def _codes(turn: Turn, found: list[Person]) -> None:
    """Send the codes and their links; for one person the link as a picture, for several a sheet to print."""
    turn.final = True
    rows = [(p, enrolment.invite(turn.session, p, turn.now, turn.person, day=turn.today)) for p in found]
    for person, _ in rows:
        note(turn.session, turn.now, turn.person.staff_no, "invite", person.staff_no)
    session, expires = turn.session, turn.now + enrolment.INVITE_LASTS
    for at in range(0, len(rows), SHOWN):
        turn.say(
            "organisation/invited",
            rows=invitation_sheets.rows(session, rows[at : at + SHOWN]),
            expires=expires,
            **invitation_sheets.place(session),
        )
    for link in enrolment_links.to(session, rows[0][1]) if len(rows) == 1 else []:
        turn.send(
            turn.words.content(
                "organisation/invite_picture",
                file=_kept(turn, rows[0][0].name, "image/png", qr_codes.picture(link)),
                person=rows[0][0],
            )
        )
    if len(rows) > 1:
        slips = invitation_sheets.sheet(turn.words, session, rows, expires)
        sheet = _kept(turn, turn.today.isoformat(), "text/html", slips)
        turn.send(turn.words.content("organisation/invite_sheet", file=sheet, count=len(rows)))


def _kept(turn: Turn, about: str, mime: str, data: bytes) -> File:
    name = file_words.named([file_words.told(turn.words)["file.codes"], about], mime.rpartition("/")[2])
    return blobs.keep(turn.session, name, mime, data)
