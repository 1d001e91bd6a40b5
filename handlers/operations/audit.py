"""`/audit`, 留痕: show who changed what, when and why, newest first."""

from collections.abc import Callable
from datetime import date

from handlers.core import admin_arguments
from handlers.core.access import ADMIN
from handlers.core.admin_arguments import guided
from handlers.core.groups import Group
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.operations import audit_lines
from models.core.errors import Refusal
from models.operations import audit_log
from models.organisation.people import Person
from models.organisation.units import Unit

router = Router("audit", ADMIN)

PAGE = 15


@router.command("audit", word="留痕", group=Group.RECORD)
def handle(turn: Turn, words: str) -> None:
    """Show the entries of `[who] [day | day..day]`."""
    with guided(turn, "audit"):
        parts = words.split()
        span = admin_arguments.days(turn, parts[-1]) if parts else None
        parts = parts[:-1] if span else parts
        about = _about(turn, parts) if parts else None
        _show(turn, about, span, None)


def _about(turn: Turn, parts: list[str]) -> str:
    """Return the subject that the words name: a person, a unit, or the code of a form or a task."""
    finders: tuple[Callable[[Turn, list[str]], tuple[Person | Unit, list[str]]], ...] = (
        admin_arguments.person, admin_arguments.unit,
    )  # fmt: skip
    for find in finders:
        try:
            found, _ = find(turn, parts)
        except Refusal as refusal:
            if refusal.key not in ("people.no_person", "people.no_unit"):
                raise
            continue
        return found.staff_no if isinstance(found, Person) else found.path
    return " ".join(parts)


@router.button("older")
def tap_older(turn: Turn, before: int) -> None:
    """Show the page before this one, of everything in the admin's reach."""
    _show(turn, None, None, before)


def _show(turn: Turn, about: str | None, span: tuple[date, date] | None, before: int | None) -> None:
    tops = audit_lines.reach(turn.session, admin_arguments.units(turn))
    instants = audit_lines.instants(*span, turn.defaults.zone) if span else None
    asked = audit_log.Filter(subject=about, span=instants, before=before)
    found = audit_log.entries(turn.session, tops, turn.person.staff_no, asked, PAGE + 1)
    older = found[PAGE - 1].id if len(found) > PAGE and about is None and span is None else None
    lines = audit_lines.read(turn.session, found[:PAGE])
    turn.say("operations/audit", rows=lines.rows, names=lines.names, older=older, more=len(found) > PAGE)
