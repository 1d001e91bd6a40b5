"""Show a unit's template week, and add lines to it or remove some, each after a confirmation (docs/rules.md 35.1)."""

import re
from datetime import timedelta
from typing import Any

from sqlmodel import col, select

from handlers.core import asking, confirmations
from handlers.core.access import LEAD
from handlers.core.asking import Option
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.core.vocabulary import BETWEEN_NAMES, EVERYONE
from handlers.duty import week_options, week_view, which_unit
from models.conversations.confirmations import Confirmation
from models.core import audit
from models.core.errors import Refusal
from models.duty import rotas, typed_lines
from models.duty.duty_names import Names
from models.duty.rotas import Line
from models.duty.typed_lines import TypedLine
from models.organisation.people import Kind, Membership, Person, here
from models.organisation.units import Unit

router = Router("week_changes", LEAD)

WEEK = "duty.week"
NEEDS = 6  # posts that are offered
HOURS = ("8:00-20:00", "20:00-8:00", "8:30-17:30", "12:00-14:00", "0:00-24:00")
WEEKDAYS = ("daily", "workdays", "weekend", "mon", "tue", "wed", "thu", "fri", "sat", "sun")


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
        skipped=rotas.skipped(lines, rota.timezone, turn.today) if rota else {},
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
    asking.choose(turn, "duty_who", [everyone, *options], f"{command}: {asking.PLACE}", unit=unit, command=command)


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
    skipped = rotas.skipped([line], turn.defaults.zone, turn.today) if "added" in what else {}
    confirmations.ask(turn, WEEK, arguments, "duty/week_question", unit=unit, line=line,
                      names=week_view.names(turn.session, [line])[0][1],
                      gone="removed" in what, skipped=skipped)  # fmt: skip


@router.confirmed(WEEK)
def confirmed(turn: Turn, asked: Confirmation, *, today: bool) -> None:
    """Make it the template week from tomorrow on, or from today. Raises `people.not_yours`, `changes.stale`."""
    told = asked.arguments
    unit = which_unit.own(turn, told["unit"])
    before = rotas.current(turn.session, unit)
    if (before.id if before else 0) != told["was"]:
        raise Refusal("changes.stale")
    first = turn.today if today else turn.today + timedelta(days=1)
    lines = [Line.of(it) for it in told["lines"]]
    rotas.replace(turn.session, unit, lines, turn.person.id, first, turn.defaults.zone, turn.now, place=told["place"],
                  requires=told["requires"])  # fmt: skip
    audit.note(turn.session, turn.now, turn.person.staff_no, "duty week", unit.path, first=str(first), lines=len(lines))
    shown = week_view.names(turn.session, lines[: week_view.SHOWN])
    turn.say("duty/week_done", unit=unit, first=first, today=turn.today, lines=shown, more=len(lines) - len(shown),
             skipped=rotas.skipped(lines, turn.defaults.zone, first))  # fmt: skip
