"""Ask for the official daily report (日报) as Word or PDF, by the words of `/export` or by buttons
(docs/rules.md 25)."""

from datetime import date
from typing import Literal

from handlers.core import admin_arguments, asking, lead_arguments
from handlers.core.access import LEAD
from handlers.core.asking import Option
from handlers.core.ids import AssignmentId, PeriodId, UnitId
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.core.vocabulary import DOCUMENTS
from handlers.exports import document_job
from handlers.exports.papers import Wanted
from handlers.exports.wanted import days_named
from models.authority import permissions
from models.core.errors import Refusal
from models.cycle import task_names
from models.cycle.assignments import Assignment
from models.cycle.periods import Period
from models.documents.paper import Format
from models.exports import official_report
from models.forms.spec import say

router = Router("paper", LEAD)


def command(turn: Turn, parts: list[str], kind: Format) -> None:
    """Begin the report that the words of `/export` name: days, a task, a unit, in any order; today and the only task
    and unit where they name none."""
    (first, last), rest = days_named(parts, turn.today)
    task, unit_words = _task(turn, rest)
    days = f"{first}" if first == last else f"{first} {last}"
    unit = lead_arguments.chosen_unit(turn, " ".join(unit_words), f"export {days} {kind}")
    if unit is None:
        return
    found = official_report.tasks(turn.session, unit, first, last)
    if task is not None:
        found = [it for it in found if it[0].id == task.id]
    if not found:
        raise Refusal("export.nothing", first=first, last=last)
    if len(found) > 1:
        locale = turn.words.locale
        asking.choose(turn, "task", [
            Option(f"{say(form.title, locale)} · {it.code}", f"export {days} {kind} {it.code} {unit.path}")
            for it, form in found
        ])  # fmt: skip
        return
    document_job.begin(turn, Wanted(unit.id, found[0][0].id, first.isoformat(), last.isoformat(), kind))


def _task(turn: Turn, parts: list[str]) -> tuple[Assignment | None, list[str]]:
    """Return the task that the words name, if they name one, and the other words."""
    if not parts or lead_arguments.is_unit(turn, " ".join(parts)):
        return None, parts
    for n in range(len(parts)):
        try:
            found, rest = admin_arguments.named(turn, parts[n:], task_names.find)
        except Refusal:
            continue
        return found, parts[:n] + rest
    return None, parts


@router.button("day")
def tap_day(turn: Turn, period_id: PeriodId, unit_id: UnitId, kind: Literal["word", "pdf"]) -> None:
    """Make the official report of a unit's day."""
    period = turn.session.get(Period, period_id)
    unit = lead_arguments.led_unit(turn, unit_id)
    if period is None:
        raise Refusal("people.not_yours", path=unit.path)
    day = period.day.isoformat()
    document_job.begin(turn, Wanted(unit.id, period.assignment_id, day, day, kind))


@router.button("range")
def tap_range(
    turn: Turn, unit_id: UnitId, task_id: AssignmentId, first: date, last: date, kind: Literal["word", "pdf"]
) -> None:  # fmt: skip
    """Make the official report of a unit's week, month or other days."""
    unit = lead_arguments.led_unit(turn, unit_id)
    document_job.begin(turn, Wanted(unit.id, task_id, first.isoformat(), last.isoformat(), kind))


@router.button("days")
def tap_days(turn: Turn, first: date, last: date, kind: Literal["word", "pdf"]) -> None:
    """Make the official report of these days; ask which unit and task if there are several."""
    with admin_arguments.guided(turn, "export"):
        command(turn, list(dict.fromkeys([first.isoformat(), last.isoformat()])), kind)


@router.button("offer")
def tap_offer(turn: Turn) -> None:
    """Offer the official report of the usual days."""
    offer(turn)


def offer(turn: Turn) -> None:
    admin = bool(permissions.administers(turn.session, turn.person))
    turn.say("exports/documents", today=turn.today, usual=official_report.usual(turn.today), admin=admin)


def format_of(parts: list[str]) -> tuple[Format | None, list[str]]:
    """Return the format that one of the words names, and the other words."""
    for at, part in enumerate(parts):
        if kind := DOCUMENTS.get(part.casefold()):
            return ("word" if kind == "word" else "pdf"), parts[:at] + parts[at + 1 :]
    return None, parts
