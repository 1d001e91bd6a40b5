"""`/duty`, 值班: one's own next shifts for everybody; for a lead who is on duty, what is missing, and the template
week."""

import re
from datetime import timedelta
from typing import Any

from sqlmodel import col, select

from handlers.core import admin_arguments, asking, confirmations
from handlers.core.access import LEAD, MEMBER
from handlers.core.asking import Option
from handlers.core.groups import Group
from handlers.core.ids import DutyId, PersonId, ShiftId, UnitId
from handlers.core.router import Router, ToCommand
from handlers.core.turn import Turn
from handlers.core.vocabulary import BETWEEN_NAMES, DUTY, EVERYONE, verb
from handlers.duty import duty_file, missing, shift_cards, week_options, week_view, which_unit
from models.authority import permissions
from models.conversations.confirmations import Confirmation
from models.core import audit
from models.core.errors import Refusal
from models.duty import availability, coverage, rotas, shifts, swaps, typed_lines
from models.duty.duty_names import Names
from models.duty.rotas import Line
from models.duty.shifts import Duty, Shift
from models.duty.typed_lines import TypedLine
from models.organisation.people import Kind, Membership, Person, here
from models.organisation.units import Unit

router = Router("duty", MEMBER)

WEEK = "duty.week"
OWN, SHOWN, DAYS, FILLED, NEEDS = 6, 24, 2, 6, 6  # what is shown of one's own, of a lead's, and what is offered
HOURS = ("8:00-20:00", "20:00-8:00", "8:30-17:30", "12:00-14:00", "0:00-24:00")
WEEKDAYS = ("daily", "workdays", "weekend", "mon", "tue", "wed", "thu", "fri", "sat", "sun")


@router.command("duty", word="值班", takes_words=True, tells=True, group=Group.SUPPORT)
def duty(turn: Turn, words: str) -> None:
    """Show one's next shifts and, to a lead, who is on duty. A lead writes the template week: `/duty add Station 1
    daily 8:00-20:00 Day x2: 1004, 1005`, or sends it as a file, `/duty remove 2`, `/duty place on`, `/duty requires
    QUIZ`; `/duty excel`, `/duty heads`."""
    led = permissions.leads(turn.session, turn.person, turn.today)
    if not words.strip():
        _own(turn)
        if led:
            _overview(turn, led)
    elif not led:
        raise Refusal("duty.lead")
    elif verb(words, DUTY)[0] is None:
        unit = which_unit.of(turn, words.split())[0]
        _overview(turn, [unit] if unit else led)
    else:
        admin_arguments.run_verb(turn, "duty", words, DUTY, VERBS)


def _own(turn: Turn) -> None:
    found = shifts.of_person(turn.session, turn.person, turn.now, OWN)
    units_of = {it.unit_id: turn.session.get_one(Unit, it.unit_id) for _, it in found}
    asked = [shift_cards.swap_view(turn, it) for it in swaps.waiting(turn.session, turn.person, turn.now)]
    turn.say("duty/own", found=[(it, shift, units_of[shift.unit_id]) for it, shift in found], asked=asked,
             soon=turn.now + shifts.EARLY, now=turn.now)  # fmt: skip


def _overview(turn: Turn, tops: list[Unit]) -> None:
    until = turn.now + timedelta(days=DAYS)
    found = shifts.listed(turn.session, tops, turn.now, until, SHOWN + 1)
    held = shifts.of_shifts(turn.session, [it.id for it, _ in found])
    lines = [
        {
            "shift": it,
            "unit": unit,
            "held": held.get(it.id, []),
            "gap": availability.gap(turn.session, it, held.get(it.id, [])),
        }
        for it, unit in found[:SHOWN]
    ]
    bare = [it for it in coverage.heads(turn.session, tops, turn.today) if it.why]
    turn.say(
        "duty/overview", lines=lines, more=len(found) > SHOWN, now=turn.now, bare=len(bare), lasts=DAYS,
        several=len({unit.id for _, unit in found}) > 1,
    )  # fmt: skip


@router.button("week", role=LEAD)
def tap_week(turn: Turn) -> ToCommand:
    """Show the template week."""
    return ToCommand("duty", "week")


@router.button("heads", role=LEAD)
def tap_heads(turn: Turn) -> ToCommand:
    """Show for whom a reporter or a deputy is missing."""
    return ToCommand("duty", "heads")


@router.button("excel", role=LEAD)
def tap_excel(turn: Turn) -> ToCommand:
    """Send the shifts as an Excel file."""
    return ToCommand("duty", "excel")


@router.button("add", role=LEAD)
def tap_add(turn: Turn, unit_id: UnitId) -> ToCommand:
    """Add a shift to a unit's template week."""
    return ToCommand("duty", f"add {_led(turn, unit_id).path}")


def _led(turn: Turn, number: int) -> Unit:
    unit = turn.session.get(Unit, number)
    if unit is None or not permissions.may_lead(turn.session, turn.person, unit.path, turn.today):
        raise Refusal("people.not_yours", path=unit.path if unit else "")
    return unit


def week(turn: Turn, parts: list[str]) -> None:
    """Show a unit's template week. Raises `people.not_yours`, `people.no_unit`."""
    unit, _ = which_unit.of(turn, parts)
    if unit is None:
        which_unit.choose(turn, "week")
        return
    rota = rotas.current(turn.session, unit)
    lines = rota.week if rota else []
    turn.say(
        "duty/week",
        unit=unit,
        rota=rota,
        lines=week_view.names(turn.session, lines[: week_view.SHOWN]),
        more=max(0, len(lines) - week_view.SHOWN),
        quiz=week_options.title(turn, rota.requires if rota else ""),
        fileless=turn.fileless,
    )


def add(turn: Turn, parts: list[str]) -> None:
    """Ask to confirm one more line; what is missing is asked for first. Raises `calendars.bad_time`, `duty.none_of`,
    and as `rotas.check`."""
    unit, rest = which_unit.of(turn, parts, optional=True)
    said = typed_lines.read(" ".join(rest))
    if unit is None:
        which_unit.choose(turn, f"add {' '.join(rest)}".strip())
        return
    command = f"duty add {unit.path} {' '.join(rest)}".strip()
    if said.days is None:
        options = [Option(turn.words.line("duty/weekdays", word=it), f"{command} {it}") for it in WEEKDAYS]
        asking.choose(turn, "duty_days", options, unit=unit)
    elif said.span is None:
        options = [Option(it.replace("-", "–"), f"{command} {it}") for it in HOURS]
        asking.choose(turn, "duty_hours", options, unit=unit)
    elif said.people is None:
        _ask_who(turn, unit, command)
    else:
        _add(turn, unit, said, command)


def _ask_who(turn: Turn, unit: Unit, command: str) -> None:
    everyone = Option(turn.words.line("duty/everyone"), f"{command}: everyone")
    options = [Option(it.name, f"{command}: {it.staff_no}") for it in _staff(turn, unit)]
    asking.choose(turn, "duty_who", [everyone, *options], unit=unit, command=command)


def _staff(turn: Turn, unit: Unit) -> list[Person]:
    query = (
        select(Person).join(Membership).where(
            Membership.unit_id == unit.id, Person.kind == Kind.STAFF, here(turn.today)
        ).order_by(col(Person.staff_no))
    )  # fmt: skip
    return list(turn.session.exec(query).unique().all())


def _add(turn: Turn, unit: Unit, said: TypedLine, command: str) -> None:
    persons = _persons(turn, unit, said.people or "")
    if said.need is None and len(persons) > 1:
        head, who = typed_lines.split(command)
        options = [
            Option(turn.words.line("duty/need", n=n), f"{head} x{n}: {who}")
            for n in range(1, min(len(persons), NEEDS) + 1)
        ]  # fmt: skip
        asking.choose(turn, "duty_need", options, unit=unit, names=[it.name for it in persons])
        return
    start, end = said.span or (0, 0)
    name = said.name or f"{start // 60:02}:{start % 60:02}–{end // 60 % 24:02}:{end % 60:02}"
    line = Line(name, said.days or (), start, end, said.need or 1, tuple(it.id for it in persons))
    before = rotas.current(turn.session, unit)
    _propose(turn, unit, [*(before.week if before else []), line], added=line)


def _persons(turn: Turn, unit: Unit, words: str) -> list[Person]:
    """Return who is named, people of the unit or below it; nobody else is, because a number tells no name. Raises
    `people.no_person`, `duty.none_of`, `duty.namesakes`, `duty.number_differs`."""
    if words.strip().lower() in EVERYONE:
        return _staff(turn, unit)
    names = re.split(f"[{re.escape(BETWEEN_NAMES)}]", words)
    named = Names(turn.session, unit, turn.today, names)
    found = {it.id: it for name in names for it in named.of(name)}
    return list(found.values())


def remove(turn: Turn, parts: list[str]) -> None:
    """`remove 2 [unit]`: ask to confirm that a line goes. Raises `duty.no_line`."""
    number = int(parts[0]) if parts and parts[0].isdecimal() and len(parts[0]) < 3 else 0
    unit, _ = which_unit.of(turn, parts[1:])
    if unit is None:
        which_unit.choose(turn, f"remove {parts[0] if parts else ''}".strip())
        return
    rota = rotas.current(turn.session, unit)
    lines = rota.week if rota else []
    if not lines:
        raise Refusal("duty.no_week", path=unit.path)
    if not 0 < number <= len(lines):
        raise Refusal("duty.no_line", path=unit.path, count=len(lines))
    gone = lines.pop(number - 1)
    _propose(turn, unit, lines, removed=gone)


def _propose(turn: Turn, unit: Unit, lines: list[Line], **what: Any) -> None:
    rotas.check(lines)
    before = rotas.current(turn.session, unit)
    arguments = {
        "unit": unit.id, "lines": [it.stored() for it in lines], "was": before.id if before else 0,
        "place": before.place if before else False, "requires": before.requires if before else "",
    }  # fmt: skip
    line: Line = what.get("added") or what["removed"]
    confirmations.ask(turn, WEEK, arguments, "duty/week_question", unit=unit, line=line,
                      names=week_view.names(turn.session, [line])[0][1], gone="removed" in what)  # fmt: skip


@router.confirmed(WEEK, role=LEAD)
def confirmed(turn: Turn, asked: Confirmation, *, today: bool) -> None:
    """Make it the template week from tomorrow on, or from today. Raises `people.not_yours`, `changes.stale`."""
    told = asked.arguments
    unit = _led(turn, told["unit"])
    before = rotas.current(turn.session, unit)
    if (before.id if before else 0) != told["was"]:
        raise Refusal("changes.stale")
    first = turn.today if today else turn.today + timedelta(days=1)
    lines = [Line.of(it) for it in told["lines"]]
    rotas.replace(turn.session, unit, lines, turn.person.id, first, turn.defaults.zone, turn.now, place=told["place"],
                  requires=told["requires"])  # fmt: skip
    audit.note(turn.session, turn.now, turn.person.staff_no, "duty week", unit.path, first=str(first), lines=len(lines))
    shown = week_view.names(turn.session, lines[: week_view.SHOWN])
    turn.say("duty/week_done", unit=unit, first=first, today=turn.today, lines=shown, more=len(lines) - len(shown))


def excel(turn: Turn, parts: list[str]) -> None:
    """Send the shifts of a unit, or of all one leads, as an Excel file."""
    unit, _ = which_unit.of(turn, parts)
    duty_file.send(turn, [unit] if unit else permissions.leads(turn.session, turn.person, turn.today))


def heads(turn: Turn, parts: list[str]) -> None:
    """List for which wards a living reporter or a deputy is missing."""
    unit, _ = which_unit.of(turn, parts)
    tops = [unit] if unit else permissions.leads(turn.session, turn.person, turn.today)
    found = coverage.heads(turn.session, tops, turn.today)
    turn.say("duty/heads", found=[it for it in found if it.why][:SHOWN], total=len(found),
             bare=sum(bool(it.why) for it in found))  # fmt: skip


@router.button("fill", role=LEAD)
def tap_fill(turn: Turn, shift_id: ShiftId) -> None:
    """Offer people who could be put on a shift that lacks some."""
    shift = _open_shift(turn, shift_id)
    if shift:
        unit = turn.session.get_one(Unit, shift.unit_id)
        near = availability.candidates(turn.session, shift, unit, SHOWN)
        held = shifts.of_shifts(turn.session, [shift.id]).get(shift.id, [])
        turn.say("duty/fill", shift=shift, unit=unit, near=near, held=held, quiz=week_options.required(turn, shift))


def _open_shift(turn: Turn, number: int) -> Shift | None:
    """Return a shift of a unit that one leads which is not over; say so otherwise."""
    shift = turn.session.get(Shift, number)
    path = turn.session.get_one(Unit, shift.unit_id).path if shift else ""
    if shift is None or not permissions.may_lead(turn.session, turn.person, path, turn.today):
        turn.toast("core/not_yours", alert=True)
        return None
    if shift.cancelled_at or shift.ends_at <= turn.now:
        turn.toast("duty/over", alert=True)
        return None
    return shift


@router.button("put", role=LEAD)
def tap_put(turn: Turn, shift_id: ShiftId, person_id: PersonId) -> None:
    """Put somebody on a shift. Raises as `swaps.refuse_person`."""
    shift = _open_shift(turn, shift_id)
    if shift is None:
        return
    person = turn.session.get(Person, person_id)
    unit = turn.session.get_one(Unit, shift.unit_id)
    if person is None or availability.elsewhere(turn.session, [person.id], unit, shift.day):
        turn.toast("core/not_yours", alert=True)
        return
    swaps.refuse_person(turn.session, shift, person)
    made = shifts.put(turn.session, shift, person, turn.person, turn.now)
    _noted(turn, shift, person, "duty put")
    shift_cards.tell(turn, made, "put", by=turn.person)
    shift_cards.show_gaps(turn, shift)
    turn.toast("duty/put", person=person, shift=shift)


@router.button("out", role=LEAD)
def tap_out(turn: Turn, duty_id: DutyId) -> None:
    """Take somebody off a shift."""
    found = turn.session.get(Duty, duty_id)
    shift = _open_shift(turn, found.shift_id if found else 0)
    if shift is None or found is None:
        return
    if found.ended_at or found.checked_at:
        turn.toast("duty/over", alert=True)
        return
    person = turn.session.get_one(Person, found.person_id)
    shifts.take_out(turn.session, found, turn.now)
    missing.withdraw(turn, found)
    _noted(turn, shift, person, "duty out")
    shift_cards.tell(turn, found, "out", by=turn.person)
    shift_cards.refresh(turn, found)
    turn.toast("duty/out", person=person, shift=shift)


def _noted(turn: Turn, shift: Shift, person: Person, what: str) -> None:
    audit.note(
        turn.session, turn.now, turn.person.staff_no, what, person.staff_no, shift=shift.name, day=str(shift.day)
    )


VERBS = {
    "week": week,
    "add": add,
    "remove": remove,
    "place": week_options.place,
    "requires": week_options.requires,
    "excel": excel,
    "heads": heads,
}
