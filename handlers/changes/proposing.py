"""Propose a change by an admin: say whom it affects and from when, have it confirmed, make or plan it, and say how to
take it back."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import select

from handlers.absence import leave_requests
from handlers.core import confirmations, settling
from handlers.core.access import ADMIN
from handlers.core.router import Router
from handlers.core.turn import Turn
from models.changes import change_rights, performing, planned
from models.conversations.confirmations import Confirmation
from models.core.audit import note
from models.core.errors import Refusal
from models.cycle import assignments, openings
from models.cycle.assignments import Assignment
from models.organisation.units import Unit

router = Router("change", ADMIN)


def propose(
    turn: Turn, what: str, arguments: dict[str, Any], day: date | None, touched: Iterable[Unit], *,
    tasks: Iterable[Assignment] | None = None, count: int | None = None, undo: str, **values: Any,
) -> None:  # fmt: skip
    """Ask for confirmation. Without a day the change takes effect tomorrow, or today by a button of its own.

    `touched` are the units it is about; `tasks` those whose next opening is named (if not given, those that ask the
    units), `count` how many people it affects, unless it is about a task or a form. Raises as `change_rights.judge`,
    now, at the confirmation, and when it takes effect."""
    units, now = list(touched), turn.today
    effective = day or now + timedelta(days=1)
    change_rights.judge(turn.session, turn.person, what, arguments, now)
    reach = change_rights.touches(turn.session, what, arguments, effective)
    count = count if reach is None else reach
    kept = arguments | {
        "was": performing.state(turn.session, what, arguments), "undo": undo, "effective": effective.isoformat(),
        "count": count,
    }  # fmt: skip
    found = list(tasks) if tasks is not None else _tasks(turn, units)
    kept["tasks"] = [a.id for a in found if a.id]
    first = values.pop("first", None) or openings.first_wave(turn.session, found, effective, turn.now)
    confirmations.ask(
        turn, what, kept, "changes/change_question",
        what=what, a=kept, day=effective, today=now, choose=day is None, count=count,
        of_units=bool(tasks is not None and found and all(a.about == "units" for a in found)),
        first=first, later=_no_more_today(turn, what, effective, first), **values,
    )  # fmt: skip


def _tasks(turn: Turn, units: list[Unit]) -> list[Assignment]:
    found = {a.id: a for unit in units for a in assignments.over(turn.session, unit.path)}
    return list(found.values())


@router.confirmed(*performing.PERFORMED)
def confirmed(turn: Turn, confirmation: Confirmation, *, today: bool) -> None:
    """Check again, then make the change or plan it. Raises `changes.stale`, and as `change_rights.judge`."""
    a = confirmation.arguments
    change_rights.judge(turn.session, turn.person, confirmation.action, a, turn.today)
    if performing.state(turn.session, confirmation.action, a) != a["was"]:
        raise Refusal("changes.stale")
    now = turn.today
    day = now if today else max(now, date.fromisoformat(a["effective"]))
    a = a | {"effective": day.isoformat()}
    if day > now:
        first = openings.first_wave(turn.session, _asking(turn, confirmation.action, a), day, turn.now)
        made = performing.plan(turn.session, confirmation.action, a, day, turn.defaults.zone, turn.person, turn.now)
        undo = f"/{confirmation.action.partition('.')[0]} undo {made.id}"
        note(
            turn.session,
            turn.now,
            turn.person.staff_no,
            "plan",
            planned.about(confirmation.action, a),
            change=confirmation.action,
            **a,
        )
    else:
        rows = performing.perform(turn.session, confirmation.action, a, day, turn.person, turn.now)
        leave_requests.refresh(turn, rows)
        settling.organisation_moved(turn)
        first = openings.first_wave(turn.session, _asking(turn, confirmation.action, a), day, turn.now)
        undo = a["undo"]
        note(
            turn.session,
            turn.now,
            turn.person.staff_no,
            confirmation.action,
            planned.about(confirmation.action, a),
            **a,
        )
    later = _no_more_today(turn, confirmation.action, day, first)
    turn.say("changes/changed", what=confirmation.action, a=a, day=day, today=now, undo=undo, first=first, later=later)


def _asking(turn: Turn, what: str, a: dict[str, Any]) -> list[Assignment]:
    """Return the tasks whose next opening is named; a new one itself, existing or planned."""
    found = [task for number in a["tasks"] if (task := turn.session.get(Assignment, number))]
    if what != "assign.new":
        return found
    there = turn.session.exec(select(Assignment).where(Assignment.code == a["code"])).first()
    return [there or Assignment(
        code=a["code"], form_code=a["form"], unit_id=a["unit"], about=a["about_"], calendar=a["calendar"],
        times=a["times"], timezone=a["timezone"], next_day=turn.today, next_at=turn.now,
    )]  # fmt: skip


def _no_more_today(turn: Turn, what: str, day: date, first: datetime | None) -> bool:
    """Say whether a task that begins today asks nothing today: its due time is past, or it is not its day."""
    now = turn.today
    begins = what in ("assign.new", "assign.resume") and day == now
    return begins and (first is None or turn.defaults.today(first) > now)


def undo(turn: Turn, family: str, parts: list[str]) -> None:
    """Take a planned change back before it is made. Raises `changes.unknown`, and as `performing.undo`."""
    number = parts[0] if parts else ""
    found = planned.planned(turn.session, int(number) if number.isdecimal() and len(number) < 10 else 0, family)
    performing.undo(turn.session, found, turn.person, turn.today, turn.now)
    subject = planned.about(found.what, found.arguments)
    note(turn.session, turn.now, turn.person.staff_no, "undo", subject, change=found.what)
    turn.say("changes/undone", what=found.what, a=found.arguments, day=found.day)


def waiting(turn: Turn, family: str, subject: str | None = None) -> list[planned.Planned]:
    """Return what is planned about this subject, or about anything, in the admin's own units."""
    return change_rights.waiting(turn.session, turn.person, turn.today, family, subject=subject)
