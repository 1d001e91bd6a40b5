"""The board of a run: how each step stands, in one message for whoever started it and each lead who looks at it,
brought up to date in place; at the end it is the report (docs/rules.md 37.8)."""

from collections.abc import Sequence
from typing import Any

from handlers.alerts import levels
from handlers.alerts.levels import Reached
from handlers.core.context import Context
from handlers.core.events import LanguageChosen
from handlers.core.rendering import Content
from handlers.core.turn import Turn
from handlers.runbooks import messages
from models.alerts.alerts import Alert
from models.authority import permissions, responsibility
from models.core.errors import Refusal
from models.forms.spec import say
from models.messaging import cards, live_messages
from models.messaging.addresses import Address, reachable
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject, subject_id
from models.organisation.people import Person
from models.organisation.units import Unit
from models.runbooks import reach, runs
from models.runbooks.runs import OVER, RunbookRun, RunbookStep, State

FEW = 12  # steps whose words and notes are shown at length


def may_see(context: Context, run: RunbookRun, person: Person) -> bool:
    """Say whether a run is somebody's to see and to steer, as `reach.may_see` does."""
    return reach.may_see(context.session, run, person, context.today)


def may_end(context: Context, run: RunbookRun, person: Person) -> bool:
    """Say whether somebody may end a run before all is done: who started it, if it is theirs to see, and
    the admins over its unit."""
    path = context.session.get_one(Unit, run.unit_id).path
    started = run.by == person.id and may_see(context, run, person)
    return run.ended_at is None and (started or permissions.may_admin(context.session, person, path))


def seen(turn: Turn, number: int) -> RunbookRun:
    """Return a run that is the speaker's to see. Raises `runbooks.not_yours`, of one that there is not as well."""
    run = turn.session.get(RunbookRun, number)
    if run is None or not may_see(turn, run, turn.person):
        raise Refusal("runbooks.not_yours")
    return run


def values(context: Context, run: RunbookRun) -> dict[str, Any]:
    """Return how a run stands: what every template is told of it, and each step."""
    session = context.session
    lines = messages.views(session, run, runs.steps(session, run), context.now)
    alert = session.get(Alert, run.alert_id) if run.alert_id else None
    return messages.frame(context, run) | {
        **counted(context, [it["step"] for it in lines]),
        "lines": lines,
        "ender": session.get_one(Person, run.ended_by) if run.ended_by else None,
        "alert": alert,
        "short": len(lines) > FEW,
    }


def counted(context: Context, steps: Sequence[RunbookStep]) -> dict[str, int]:
    """Return how many of these steps are done or skipped, how many there are, and how many are late."""
    late = [it for it in steps if it.state == State.ASKED and it.late(context.now) >= messages.MINUTE]
    return {"done": sum(it.state in OVER for it in steps), "total": len(steps), "late": len(late)}


def line(context: Context, run: RunbookRun) -> dict[str, Any]:
    """Return what a list says of a run."""
    return messages.frame(context, run) | counted(context, runs.steps(context.session, run))


def content(context: Context, run: RunbookRun, reader: Person) -> Content:
    """Return the board as the reader sees it."""
    words = context.words_for(reader, run.timezone)
    told = values(context, run)
    alert = told["alert"]
    label = say(alert.label, words.locale) if alert else ""
    return words.content("runbooks/board", **told, label=label, may_end=may_end(context, run, reader))


def show(context: Context, run: RunbookRun, reader: Person, address: Address, *, below: bool) -> None:
    slot = Slot.of(Subject.RUNBOOK_BOARD, address, run.id)
    found = content(context, run, reader)
    live_messages.show(context.session, slot, Kind.URGENT, found, context.now, below=below)


def announce(context: Context, run: RunbookRun) -> None:
    """Show the board to who started the run; of one that an alert started, to who answers for the unit."""
    session = context.session
    if run.by is not None:
        whom = [session.get_one(Person, run.by)]
    else:
        _, whom = responsibility.responsible(session, session.get_one(Unit, run.unit_id), context.today)
    for person in whom:
        if address := reachable(session, person):
            show(context, run, person, address, below=True)


def holders(context: Context, run: RunbookRun) -> list[Reached]:
    """Return everybody in whose chat the board stands."""
    return levels.told(context.session, Subject.RUNBOOK_BOARD, subject_id(run.id))


def refresh(context: Context, run: RunbookRun, *, below: bool = False) -> None:
    """Bring the board up to date wherever it stands; `below` posts it anew, which rings. Whoever may not see the run
    any more keeps what stood there."""
    for person, address in holders(context, run):
        if may_see(context, run, person):
            show(context, run, person, address, below=below)


def spoken(context: Context, event: LanguageChosen) -> None:
    """Show the boards in somebody's chat in the language they chose."""
    for number in cards.shown_in(context.session, event.address, Subject.RUNBOOK_BOARD):
        run = context.session.get(RunbookRun, int(number))
        if run is not None and run.ended_at is None and may_see(context, run, event.person):
            show(context, run, event.person, event.address, below=False)
