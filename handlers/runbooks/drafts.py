"""Keep a runbook that is being written: step by step, in one message that shows what is asked next."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any

from sqlmodel import col, or_, select

from handlers.core.rendering import Content
from handlers.core.turn import Turn
from models.authority import permissions
from models.conversations import confirmations, expected_input
from models.conversations.confirmations import Confirmation
from models.conversations.expected_input import Purpose
from models.core.errors import Refusal
from models.messaging import live_messages
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject
from models.organisation.people import Person
from models.organisation.units import Unit, below
from models.runbooks.runbooks import MOST_STEPS, PlanStep, Who

ACTION = "runbook.draft"
LASTS = timedelta(hours=2)
UNITS = 20  # units to choose from
SPANS = (15, 30, 60, 120, 240, 24 * 60)  # minutes that are offered as buttons


@dataclass(frozen=True)
class Draft:
    """A runbook as far as it is written. `asks` is what is asked now; `runbook` the one that is changed. `at` is the
    place of the step being written, which is `now`; a new one is behind the last."""

    asks: str = "unit"
    unit: int = 0
    title: str = ""
    steps: Sequence[dict[str, Any]] = ()
    runbook: int = 0
    at: int = 0
    now: dict[str, Any] | None = None

    @property
    def plan(self) -> list[PlanStep]:
        return [PlanStep(**it) for it in self.steps]

    @property
    def writing(self) -> PlanStep:
        return PlanStep(**(self.now or {"words": ""}))

    def with_now(self, asks: str, **values: Any) -> "Draft":
        """Return the draft with these values of the step being written, and what is asked next."""
        return replace(self, asks=asks, now=asdict(replace(self.writing, **values)))

    def with_steps(self, steps: Sequence[PlanStep]) -> "Draft":
        """Return the draft with these steps, at its preview; the first one waits for nothing."""
        if len(steps) > MOST_STEPS:
            raise Refusal("runbooks.many_steps", most=MOST_STEPS)
        first = [replace(it, waits=it.waits and number > 0) for number, it in enumerate(steps)]
        asks = "preview" if steps else "words"
        return replace(self, asks=asks, steps=[it.stored() for it in first], now=None, at=len(steps))

    def finished(self) -> "Draft":
        """Return the draft with the step being written in its place."""
        made = self.plan
        made[self.at : self.at + 1] = [self.writing]
        return self.with_steps(made)


def begin(turn: Turn, draft: Draft) -> None:
    """Store a draft, whose two hours begin anew with each answer, and show it."""
    lasts = turn.defaults.waits(LASTS)
    kept = confirmations.ask(turn.session, turn.person, ACTION, asdict(draft), turn.now, lasts)
    show(turn, kept, draft, below=True)


def held(turn: Turn, pending_id: int) -> tuple[Confirmation, Draft]:
    """Return one of the speaker's drafts. Raises `pending.gone`."""
    found = turn.session.get(Confirmation, pending_id)
    if found is None or found.person_id != turn.person.id or found.action != ACTION or found.expires_at <= turn.now:
        raise Refusal("pending.gone")
    return found, Draft(**found.arguments)


def keep(turn: Turn, pending: Confirmation, draft: Draft, *, below: bool = False) -> None:
    """Store a draft after an answer, and show what is asked next."""
    pending.arguments, pending.expires_at = asdict(draft), turn.now + turn.defaults.waits(LASTS)
    turn.session.add(pending)
    turn.session.flush()
    show(turn, pending, draft, below=below)


def show(turn: Turn, pending: Confirmation, draft: Draft, *, below: bool = False) -> None:
    """Show what is asked now, or the preview; typed words answer it."""
    if draft.asks in ("preview", "one"):
        expected_input.stop_expecting(turn.session, turn.person, turn.now)
    else:
        expected_input.expect(turn.session, turn.person, Purpose.RUNBOOK, turn.now, pending.id)
    _stand(turn, pending, _content(turn, pending, draft), below=below)


def _content(turn: Turn, pending: Confirmation, draft: Draft) -> Content:
    unit = turn.session.get(Unit, draft.unit) if draft.unit else None
    return turn.words.content(
        "runbooks/draft", draft=draft, pending=pending.id, unit=unit, lines=lines(turn, draft.plan), spans=SPANS,
        units=units(turn), most=MOST_STEPS,
    )  # fmt: skip


def units(turn: Turn) -> list[Unit]:
    """Return the units to choose from: those that the speaker administers, and those below as far as there is room."""
    tops = permissions.administers(turn.session, turn.person)
    query = select(Unit).where(or_(*(below(top.path) for top in tops))).order_by(col(Unit.rank))
    return list(turn.session.exec(query.limit(UNITS)).all())


def lines(turn: Turn, plan: Sequence[PlanStep]) -> list[tuple[PlanStep, str]]:
    """Return each step with the name of the person or the unit, "" for the unit for which it is started."""
    return [(it, target(turn, it)) for it in plan]


def target(turn: Turn, step: PlanStep) -> str:
    if step.who == Who.PERSON:
        person = turn.session.get(Person, step.target)
        return person.name if person else "–"
    unit = turn.session.get(Unit, step.target) if step.target else None
    return unit.name if unit else ""


def _stand(turn: Turn, pending: Confirmation, content: Content, *, below: bool) -> None:
    slot = Slot.of(Subject.RUNBOOK_DRAFT, turn.here, pending.id)
    live_messages.show(turn.session, slot, Kind.REPLY, content, turn.now, below=below)


def drop(turn: Turn, pending: Confirmation, template: str = "runbooks/dropped", **values: Any) -> None:
    """End a draft; its message says so."""
    _stand(turn, pending, turn.words.content(template, **values), below=turn.incoming.data is None)
    expected = expected_input.held(turn.session, turn.person)
    if expected is not None and expected.use == Purpose.RUNBOOK and expected.about == pending.id:
        expected_input.stop_expecting(turn.session, turn.person, turn.now)
    turn.session.delete(pending)
    turn.session.flush()
