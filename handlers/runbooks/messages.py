"""Show a step of a run in the chats of those who are asked for it, and of those above who were told that it is late:
one message each, brought up to date in place. In a drill each says so (docs/rules.md 37.10)."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from handlers.alerts import levels
from handlers.alerts.levels import Reached
from handlers.core.context import Context
from handlers.core.events import LanguageChosen
from handlers.core.rendering import Content
from models.alerts.tellings import Telling
from models.authority import permissions
from models.files import attachments
from models.files.attachments import Attachment
from models.messaging import cards, live_messages
from models.messaging.addresses import Address, reachable
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject, subject_id
from models.organisation.people import Person
from models.organisation.units import Unit
from models.runbooks import asked as asking
from models.runbooks import runs
from models.runbooks.runbooks import PlanStep
from models.runbooks.runs import RunbookRun, RunbookStep, State

MINUTE = timedelta(minutes=1)


def frame(context: Context, run: RunbookRun) -> dict[str, Any]:
    """Return what every template about a run is told of it."""
    session = context.session
    return {
        "run": run, "title": runs.title(session, run), "unit": session.get_one(Unit, run.unit_id),
        "starter": session.get_one(Person, run.by) if run.by else None, "now": context.now,
    }  # fmt: skip


def told(session: Session, step: RunbookStep) -> list[Reached]:
    """Return everybody in whose chat the step stands."""
    return levels.told(session, Subject.RUNBOOK_STEP, subject_id(step.id))


def view(session: Session, run: RunbookRun, step: RunbookStep, now: datetime) -> dict[str, Any]:
    """Return what is told of a step wherever it is told of."""
    return views(session, run, [step], now)[0]


def views(session: Session, run: RunbookRun, steps: Sequence[RunbookStep], now: datetime) -> list[dict[str, Any]]:
    """Return the same of several steps of a run."""
    plan, said = runs.plan(session, run), runs.said_of(session, steps)
    held = attachments.of_tellings(session, [it.id for told in said.values() for it in told])
    return [_view(session, plan, step, now, said[step.id], held) for step in steps]


def _view(
    session: Session, plan: Sequence[PlanStep], step: RunbookStep, now: datetime, said: Sequence[Telling],
    held: Sequence[Attachment],
) -> dict[str, Any]:  # fmt: skip
    late = step.late(now)
    return {
        "step": step, "plan": plan[step.number - 1], "total": len(plan),
        "persons": [session.get_one(Person, it) for it in step.persons],
        "meant": session.get_one(Person, step.instead_of) if step.instead_of else None,
        "closer": session.get_one(Person, step.closed_by) if step.closed_by else None,
        "taker": session.get_one(Person, step.taken_by) if step.taken_by else None,
        "late": int(late / MINUTE) if late >= MINUTE else 0,
        "said": [(it, session.get_one(Person, it.by)) for it in said],
        "files": _files(said, held),
    }  # fmt: skip


def _files(said: Sequence[Telling], held: Sequence[Attachment]) -> list[tuple[Attachment, str]]:
    """Return the files of a step with their names, the newest eight."""
    own = {it.id: it for it in said}
    return [
        (it, next(told["name"] for told in own[it.telling_id].files if told["digest"] == it.digest))
        for it in held
        if it.telling_id in own
    ][-8:]


def content(context: Context, run: RunbookRun, step: RunbookStep, reader: Person) -> Content:
    """Return the step as this reader sees it."""
    mine = reader.id in step.persons
    values = frame(context, run) | view(context.session, run, step, context.now)
    words = context.words_for(reader, run.timezone)
    return words.content(
        "runbooks/step", **values, reader=reader, mine=mine, own=step.closed_by == reader.id,
        above=not mine and step.state == State.ASKED and may_take(context, run, step, reader),
    )  # fmt: skip


def may_take(context: Context, run: RunbookRun, step: RunbookStep, reader: Person) -> bool:
    """Say whether somebody may take a step over: those who answer for the unit of the run, and for the one that
    it climbs from."""
    session, unit = context.session, context.session.get_one(Unit, run.unit_id)
    place = asking.place_of(session, runs.plan(session, run)[step.number - 1], unit)
    return any(permissions.may_lead(session, reader, path, context.today) for path in (place.path, unit.path))


def show(context: Context, run: RunbookRun, step: RunbookStep, ring: Iterable[Reached] = ()) -> None:
    """Send a new message to those in `ring`, and an edit, which rings nobody, to all others who have it."""
    rung = {address.id: (person, address) for person, address in ring}
    for person, address in told(context.session, step):
        if address.id not in rung:
            _stand(context, run, step, person, address, below=False)
    for person, address in rung.values():
        _stand(context, run, step, person, address, below=True)


def _stand(
    context: Context, run: RunbookRun, step: RunbookStep, person: Person, address: Address, *, below: bool
) -> None:  # fmt: skip
    slot = Slot.of(Subject.RUNBOOK_STEP, address, step.id)
    found = content(context, run, step, person)
    live_messages.show(context.session, slot, Kind.URGENT, found, context.now, below=below)


def asked(session: Session, step: RunbookStep) -> list[Reached]:
    """Return those who are asked for the step, each with the chat in which they are asked."""
    found = [session.get_one(Person, it) for it in step.persons]
    return [(it, address) for it in found if (address := reachable(session, it))]


def spoken(context: Context, event: LanguageChosen) -> None:
    """Show the steps in somebody's chat in the language they chose, as far as something can still be done."""
    for number in cards.shown_in(context.session, event.address, Subject.RUNBOOK_STEP):
        step = context.session.get(RunbookStep, int(number))
        run = context.session.get_one(RunbookRun, step.run_id) if step else None
        if step is not None and run is not None and run.ended_at is None:
            _stand(context, run, step, event.person, event.address, below=False)
