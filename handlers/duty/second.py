"""`/second`, 下沉: send people to another unit between two days; its lead agrees, sees them and answers for them, and
they are back by themselves afterwards."""

import re
from collections.abc import Sequence
from datetime import date, timedelta

from sqlmodel import col, select

from handlers.absence import leave_requests
from handlers.core import admin_arguments, asking, confirmations, paging
from handlers.core.access import LEAD
from handlers.core.asking import Option
from handlers.core.groups import Group
from handlers.core.ids import SecondmentId
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.core.vocabulary import BETWEEN_NAMES, SECOND
from handlers.duty import telling
from models.authority import permissions
from models.conversations.confirmations import Confirmation
from models.core import typed_text
from models.core.errors import Refusal
from models.duty import secondments
from models.duty.secondments import Secondment, Stage
from models.organisation import people, units
from models.organisation.people import Kind, Membership, Person, here
from models.organisation.units import Unit

router = Router("second", LEAD)

SEND = "second.send"
SPANS = (1, 7, 14, 30)  # days that are offered
MOST = 100  # people in one command


@router.command("second", word="下沉", tells=True, group=Group.SUPPORT)
def second(turn: Turn, words: str) -> None:
    """Show who is or will be where; `/second 1023、1024 Unit 12-01 12-14` sends people, `end` and `extend` with a name
    change it."""
    admin_arguments.run_verb(turn, "second", _with_verb(words), SECOND, VERBS)


def _with_verb(words: str) -> str:
    first = words.split(maxsplit=1)[0].lower() if words.strip() else ""
    return words if not first or first in SECOND else f"send {words}"


def overview(turn: Turn, parts: list[str]) -> None:
    """List the secondments of one's own units, at either end."""
    _list(turn, 0)


@router.button("page")
def tap_page(turn: Turn, page: int) -> None:
    """Show another page of the list."""
    _list(turn, page)


def _list(turn: Turn, number: int) -> None:
    led = permissions.leads(turn.session, turn.person, turn.today)
    shown, page = paging.cut(secondments.open_ones(turn.session, led, turn.person), number)
    turn.say("duty/seconds", found=[telling.view(turn, it) | _may(turn, it) for it in shown], page=page)


def _may(turn: Turn, it: Secondment) -> dict[str, bool]:
    host = secondments.may_host(turn.session, turn.person, it, turn.today)
    home = secondments.may_recall(turn.session, turn.person, it, turn.today)
    return {"host": host, "home": home, "may": host or home}


@router.button("new")
def tap_new(turn: Turn) -> None:
    """Choose who is sent."""
    _ask_who(turn)


def _ask_who(turn: Turn) -> None:
    led = permissions.leads(turn.session, turn.person, turn.today)
    near = turn.session.exec(
        select(Person).join(Membership)
        .where(col(Membership.unit_id).in_([it.id for it in led]), Person.kind == Kind.STAFF, here(turn.today),
               Person.id != turn.person.id)
        .order_by(col(Person.staff_no))
    ).unique().all()  # fmt: skip
    if not near or len(near) > asking.MOST:
        asking.for_words(turn, "second_who", f"second send {asking.PLACE}")
    else:
        asking.choose(turn, "second_who", [Option(it.name, f"second send {it.staff_no}") for it in near])


def send(turn: Turn, parts: list[str]) -> None:
    """Ask to confirm that these people go to this unit on these days; what is missing is asked for first. Raises as
    `secondments.refuse`."""
    if not parts:
        _ask_who(turn)
        return
    found = leave_requests.days_in(turn, " ".join(parts))
    if found and found[2]:
        raise Refusal("seconding.usage")
    persons, unit = _named(turn, (found[0] if found else " ".join(parts)).strip())
    who = BETWEEN_NAMES[0].join(it.staff_no for it in persons)
    if unit is None:
        _ask_unit(turn, persons, who)
    elif found is None:
        _ask_days(turn, persons, unit, who)
    else:
        span = found[1]
        for it in persons:
            secondments.refuse(turn.session, turn.person, it, unit, span, turn.today)
        confirmations.ask(
            turn, SEND,
            {"persons": [it.id for it in persons], "unit": unit.id, "span": [str(it) for it in span]},
            "duty/second_question", persons=[it.name for it in persons], unit=unit, span=span,
            asks=not permissions.may_lead(turn.session, turn.person, unit.path, turn.today),
        )  # fmt: skip


def _named(turn: Turn, words: str) -> tuple[list[Person], Unit | None]:
    """Return the people named, the last of whom may be followed by a unit."""
    *names, last = [it for it in re.split(f"[{re.escape(BETWEEN_NAMES)}]", words) if it.strip()] or [""]
    if len(names) >= MOST:
        raise Refusal("people.too_many_words", most=MOST)
    persons = [_person(turn, it) for it in names]
    refused = Refusal("people.no_person", name=last)
    parts = last.split()
    for n in range(min(len(parts), admin_arguments.MOST_WORDS), 0, -1):
        try:
            one = _person(turn, " ".join(parts[:n]))
        except Refusal as refusal:
            refused = refusal
            continue
        rest = " ".join(parts[n:])
        return list({it.id: it for it in (*persons, one)}.values()), units.find_unit(
            turn.session, rest
        ) if rest else None
    raise refused


def _person(turn: Turn, words: str) -> Person:
    """Return one of one's own people; of others a number tells no name. Raises `people.no_person`,
    `people.many_persons`."""
    return people.find_person(turn.session, words, permissions.leads(turn.session, turn.person, turn.today))


def _ask_unit(turn: Turn, persons: Sequence[Person], who: str) -> None:
    """Offer the units that have not all of them."""
    homes = people.homes(turn.session, [it.id for it in persons])
    but = {it.id for it in homes.values()} if len({it.id for it in homes.values()}) == 1 else set[int]()
    found = turn.session.exec(select(Unit).order_by(col(Unit.rank)).limit(asking.MOST + 2)).all()
    options = [Option(it.path, f"second send {who} {it.path}") for it in found if it.id not in but]
    asking.choose(turn, "second_unit", options, names=[it.name for it in persons])


def _ask_days(turn: Turn, persons: Sequence[Person], unit: Unit, who: str) -> None:
    tomorrow = turn.today + timedelta(days=1)
    options = [
        Option(turn.words.line("absence/days_from", first=tomorrow, today=turn.today, days=n),
               f"second send {who} {unit.path} {tomorrow} {n}d")
        for n in SPANS
    ]  # fmt: skip
    asking.choose(turn, "second_days", options, names=[it.name for it in persons], unit=unit)


@router.confirmed(SEND)
def sent(turn: Turn, asked: Confirmation, *, today: bool) -> None:
    """Send them, or ask the lead of the other unit."""
    told = asked.arguments
    unit = turn.session.get_one(Unit, told["unit"])
    first, last = (date.fromisoformat(it) for it in told["span"])
    made = [
        secondments.propose(
            turn.session, turn.person, turn.session.get_one(Person, it), unit, (first, last), turn.today, turn.now,
            turn.defaults.zone,
        )
        for it in told["persons"]
    ]  # fmt: skip
    agreed = all(it.state == Stage.AGREED for it in made)
    names = [turn.session.get_one(Person, it.person_id).name for it in made]
    turn.say("duty/second_done", names=names, unit=unit, span=(first, last), agreed=agreed)
    for it in made:
        telling.agreed(turn, it) if agreed else telling.ask_host(turn, it)


@router.button("agree")
def tap_agree(turn: Turn, secondment_id: SecondmentId) -> None:
    """Agree, for the unit that somebody is to come to."""
    it = _waiting(turn, secondment_id)
    if it:
        longer = it.longer is not None
        secondments.agree(turn.session, it, turn.person, turn.now, turn.defaults.zone)
        telling.ask_host(turn, it)
        telling.extended(turn, it) if longer else telling.agreed(turn, it)
        turn.toast("duty/second_agreed", **telling.view(turn, it))


@router.button("decline")
def tap_decline(turn: Turn, secondment_id: SecondmentId) -> None:
    """Refuse, for the unit that somebody is to come to."""
    it = _waiting(turn, secondment_id)
    if it:
        secondments.decline(turn.session, it, turn.person, turn.now)
        telling.ask_host(turn, it)
        telling.declined(turn, it)
        turn.toast("duty/second_declined", **telling.view(turn, it))


def _waiting(turn: Turn, number: int) -> Secondment | None:
    it = turn.session.get(Secondment, number)
    if it is None or not secondments.may_host(turn.session, turn.person, it, turn.today):
        turn.toast("core/not_yours", alert=True)
        return None
    if it.state != Stage.ASKED and it.longer is None:
        telling.ask_host(turn, it)
        turn.toast("duty/second_decided", alert=True, **telling.view(turn, it))
        return None
    return it


@router.button("end")
def tap_end(turn: Turn, secondment_id: SecondmentId) -> None:
    """Let one end today, or take one back that has not begun."""
    it = turn.session.get(Secondment, secondment_id)
    if it is None or not _may(turn, it)["may"]:
        turn.toast("core/not_yours", alert=True)
    else:
        _cut(turn, it, None)


@router.button("longer")
def tap_longer(turn: Turn, secondment_id: SecondmentId) -> None:
    """Ask until when it is to last."""
    it = turn.session.get(Secondment, secondment_id)
    if it is None or not _may(turn, it)["home"]:
        turn.toast("core/not_yours", alert=True)
        return
    person = turn.session.get_one(Person, it.person_id)
    options = [
        Option(turn.words.line("duty/until", last=it.last + timedelta(days=n)),
               f"second extend {person.staff_no} {it.last + timedelta(days=n)}")
        for n in SPANS
    ]  # fmt: skip
    asking.choose(turn, "second_longer", options, name=person.name, last=it.last)


def end(turn: Turn, parts: list[str]) -> None:
    """`end who [day]`: this is the last day; without one it ends today, or is taken back before it began. Raises
    `seconding.unknown`, and as `secondments.cut`."""
    it, day = _named_one(turn, parts)
    _cut(turn, it, day)


def _cut(turn: Turn, it: Secondment, last: date | None) -> None:
    secondments.cut(turn.session, it, turn.person, last, turn.today, turn.now, turn.defaults.zone)
    turn.say("duty/second_ended", **telling.view(turn, it))
    telling.ended(turn, it)


def extend(turn: Turn, parts: list[str]) -> None:
    """`extend who day`: the last day is this later one. Raises `seconding.unknown`, `seconding.usage`, and as
    `secondments.prolong`."""
    it, day = _named_one(turn, parts)
    if day is None:
        raise Refusal("seconding.usage")
    secondments.prolong(turn.session, it, turn.person, day, turn.today, turn.now, turn.defaults.zone)
    turn.say("duty/second_extended", **telling.view(turn, it))
    telling.ask_host(turn, it) if it.longer else telling.extended(turn, it)


def _named_one(turn: Turn, parts: list[str]) -> tuple[Secondment, date | None]:
    """Return the secondment of the person named that is the speaker's to change, and the day."""
    led = permissions.leads(turn.session, turn.person, turn.today)
    mine = [it for it in secondments.open_ones(turn.session, led, turn.person) if _may(turn, it)["may"]]
    for n in range(min(len(parts), admin_arguments.MOST_WORDS), 0, -1):
        found = _of(turn, mine, " ".join(parts[:n]))
        if found is not None:
            rest = " ".join(parts[n:])
            day = typed_text.day(rest, turn.today) if rest else None
            if rest and day is None:
                raise Refusal("changes.no_day", typed=rest[:40])
            return found, day
    raise Refusal("seconding.unknown", name=" ".join(parts[:1])[:40])


def _of(turn: Turn, mine: Sequence[Secondment], named: str) -> Secondment | None:
    """Return the first of these that is of who is named, by number or name. Raises `people.many_persons` where several
    of one name are seconded."""
    persons = {it.id: turn.session.get_one(Person, it.person_id) for it in mine}
    words = typed_text.plain(named)
    by_number = [it for it in mine if typed_text.plain(persons[it.id].staff_no) == words]
    found = by_number or [it for it in mine if typed_text.plain(persons[it.id].name) == words]
    numbers = sorted({persons[it.id].staff_no for it in found})
    if len(numbers) > 1:
        raise Refusal("people.many_persons", name=named, numbers=numbers)
    return found[0] if found else None


VERBS = {"list": overview, "send": send, "end": end, "extend": extend}
