"""`/invite`, 邀请: codes for a lead's own people, one by one or for all of a unit who were never enrolled."""

from sqlmodel import col, select

from handlers import confirming, inviting, leading
from handlers.turn import File, Turn
from models import addresses, blobs, links, people
from models.audit import note
from models.errors import Refusal
from models.pending import Pending
from models.people import Kind, Membership, Person, Unit, may_lead

MOST, SHOWN = 200, 40


def invite(turn: Turn, words: str) -> None:
    """`who…` or a unit; bare: the lead's own units with those who were never enrolled."""
    names = words.split()
    if not names:
        rows = [(u, len(never(turn, u))) for top in people.leads(turn.session, turn.person) for u in _below(turn, top)]
        rows = [row for row in rows if row[1]]
        turn.say("invite", rows=rows[:SHOWN], more=max(0, len(rows) - SHOWN))
        return
    try:
        unit = people.find_unit(turn.session, words.strip())
    except Refusal:
        _codes(turn, _named(turn, names))
        return
    _ask(turn, unit)


def _named(turn: Turn, names: list[str]) -> list[Person]:
    """Everybody named, a name of several words included; Refusals as `leading.person_in_reach`."""
    try:
        return [leading.person_in_reach(turn, " ".join(names))]
    except Refusal as refusal:
        if refusal.key != "people.no_person" or len(names) == 1:
            raise
    return list({p.id: p for p in (leading.person_in_reach(turn, name) for name in names)}.values())


def _below(turn: Turn, top: Unit) -> list[Unit]:
    return list(turn.session.exec(select(Unit).where(people.below(top.path)).order_by(Unit.rank)).all())


def never(turn: Turn, unit: Unit) -> list[Person]:
    """The staff at home in this very unit who were never enrolled."""
    query = (
        select(Person)
        .join(Membership)
        .where(
            Membership.unit_id == unit.id, col(Membership.home).is_(True), Person.kind == Kind.STAFF,
            people.here(leading.today(turn)),
        )
        .order_by(col(Person.staff_no))
    )  # fmt: skip
    found = turn.session.exec(query).all()
    kinds = addresses.silence(turn.session, [p.id for p in found])
    return [p for p in found if kinds[p.id] == "never"]


def tap_unit(turn: Turn, unit_id: int) -> None:
    unit = turn.session.get(Unit, unit_id)
    if unit is None:
        raise Refusal("people.not_yours", path="")
    _ask(turn, unit)


def _ask(turn: Turn, unit: Unit) -> None:
    """All of a unit and those below it at once, after a look at how many that is."""
    found = _all(turn, unit)
    if not found:
        turn.say("invite_nobody", unit=unit)
        return
    some = found[:MOST]
    confirming.ask(turn, "invite", {"unit": unit.id}, "invite_question", unit=unit, people=some, total=len(found))


def _all(turn: Turn, unit: Unit) -> list[Person]:
    if not may_lead(turn.session, turn.person, unit.path):
        raise Refusal("people.not_yours", path=unit.path)
    found = [p for u in _below(turn, unit) for p in never(turn, u)]
    coded = addresses.coded(turn.session, [p.id for p in found], turn.now)
    return sorted(found, key=lambda p: p.id in coded)  # who has no code yet comes first


def confirmed(turn: Turn, it: Pending, *, today: bool) -> None:
    _codes(turn, _all(turn, turn.session.get_one(Unit, it.arguments["unit"]))[:MOST])


def _codes(turn: Turn, found: list[Person]) -> None:
    """The codes and their links; for one person the link as a picture, for several a sheet to print."""
    rows = [(p, addresses.invite(turn.session, p, turn.now)) for p in found]
    for person, _ in rows:
        note(turn.session, turn.now, turn.person.staff_no, "invite", person.staff_no)
    session, expires = turn.session, turn.now + addresses.INVITE_LASTS
    for at in range(0, len(rows), SHOWN):
        turn.say("invited", rows=inviting.rows(session, rows[at : at + SHOWN]), expires=expires)
    for link in links.to(session, rows[0][1]) if len(rows) == 1 else []:
        turn.send(
            turn.words.content(
                "invite_picture", file=_kept(turn, "image/png", inviting.picture(link)), person=rows[0][0]
            )
        )
    if len(rows) > 1:
        sheet = _kept(turn, "text/html", inviting.sheet(turn.words, session, rows, expires))
        turn.send(turn.words.content("invite_sheet", file=sheet, count=len(rows)))


def _kept(turn: Turn, mime: str, data: bytes) -> File:
    return blobs.keep(turn.session, f"invite.{mime.rpartition('/')[2]}", mime, data)
