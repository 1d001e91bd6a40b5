"""Show a runbook: its steps, what starts it, and what the reader may do with it."""

from sqlmodel import Session, col, select

from handlers.core.rendering import Renderer
from handlers.core.turn import Turn
from handlers.runbooks import drafts
from models.authority import permissions
from models.core.errors import Refusal
from models.organisation.people import Person
from models.organisation.units import Unit, is_below
from models.runbooks import runbooks
from models.runbooks.runbooks import Runbook

UNITS = 20  # units to choose from


def seen(turn: Turn, number: int) -> Runbook:
    """Return a runbook that holds for a unit that the speaker leads. Raises `runbooks.not_yours`, of one that there is
    not as well."""
    it = turn.session.get(Runbook, number)
    tops = permissions.leads(turn.session, turn.person, turn.today)
    path = turn.session.get_one(Unit, it.unit_id).path if it else ""
    if it is None or not any(is_below(path, top.path) or is_below(top.path, path) for top in tops):
        raise Refusal("runbooks.not_yours")
    return it


def open_(turn: Turn, number: int) -> Runbook:
    """Return the same if it is not retired. Raises `runbooks.gone`."""
    it = seen(turn, number)
    if it.retired_at is not None:
        raise Refusal("runbooks.gone", title=it.title)
    return it


def own(turn: Turn, number: int) -> Runbook:
    """Return a runbook that the speaker may change: an admin of its unit. Raises as `open_`, and `runbooks.admins`."""
    it = open_(turn, number)
    refuse_others(turn, it)
    return it


def refuse_others(turn: Turn, it: Runbook) -> None:
    path = turn.session.get_one(Unit, it.unit_id).path
    if not permissions.may_admin(turn.session, turn.person, path):
        raise Refusal("runbooks.admins", path=path)


def may_change(turn: Turn, it: Runbook) -> bool:
    path = turn.session.get_one(Unit, it.unit_id).path
    return it.retired_at is None and permissions.may_admin(turn.session, turn.person, path)


def startable(turn: Turn, it: Runbook) -> list[Unit]:
    """Return the units for which the speaker may start a runbook: its own and those right below, or those that the
    speaker leads within it."""
    whole = turn.session.get_one(Unit, it.unit_id)
    tops = permissions.leads(turn.session, turn.person, turn.today)
    if any(is_below(whole.path, top.path) for top in tops):
        parts = select(Unit).where(Unit.parent_id == whole.id).order_by(col(Unit.rank)).limit(UNITS)
        return [whole, *turn.session.exec(parts).all()]
    return [top for top in tops if is_below(top.path, whole.path)][:UNITS]


def show(turn: Turn, it: Runbook) -> None:
    """Show a runbook with its newest version."""
    session, version = turn.session, runbooks.newest(turn.session, it)
    turn.say(
        "runbooks/runbook", it=it, version=version, unit=session.get_one(Unit, it.unit_id),
        by=session.get_one(Person, version.by), lines=drafts.lines(turn, version.plan), may_change=may_change(turn, it),
    )  # fmt: skip


def example(session: Session, words: Renderer, unit: Unit) -> tuple[str, str]:
    """Return the title and the lines of the epidemic plan that comes with the program, with the unit's own parts."""
    parts = session.exec(select(Unit).where(Unit.parent_id == unit.id).order_by(col(Unit.rank)).limit(3)).all()
    title, _, lines = words.line("runbooks/example", parts=parts).partition("\n")
    return title, lines
