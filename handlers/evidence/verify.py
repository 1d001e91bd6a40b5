"""Check records against their seals, as `zeroreport verify` does, for somebody who asks for it on the dashboard: one
period for whoever leads in it, everything for an admin of the whole. It is done beside the desk, one at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from handlers.core.access import ADMIN, LEAD
from handlers.core.context import Context
from handlers.core.ids import AnyPeriodId
from handlers.core.router import Router
from handlers.core.turn import Turn
from models.authority import permissions
from models.core import audit
from models.cycle import periods
from models.cycle.assignments import Assignment
from models.cycle.periods import Period
from models.evidence import verification
from models.forms.spec import Text
from models.messaging import addresses, cards
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject
from models.operations import jobs
from models.operations.jobs import Job
from models.organisation import units
from models.organisation.people import Person
from models.organisation.units import Unit, is_below
from models.reporting import report_context

router = Router("verify", LEAD)
JOB = "verify"


@dataclass(frozen=True)
class Result:
    """What a check found, as far as somebody may read it: the counts, the differences (what, where, detail), and how
    many there are in all: those not shown are in other units, or of the record as a whole. `stopped` says why it ended
    without a result."""

    counts: Mapping[str, int]
    differs: int
    shown: list[tuple[str, str, str]]
    stopped: str = ""

    @property
    def hidden(self) -> int:
        return self.differs - len(self.shown)


@router.button("period")
def tap_period(turn: Turn, period_id: AnyPeriodId) -> None:
    """Have one period checked, for whoever leads a unit that has a part in it."""
    period = turn.session.get(Period, period_id)
    if period is None or not may_see(turn.session, period, permissions.leads(turn.session, turn.person, turn.today)):
        turn.toast("core/not_yours", alert=True)
        return
    _begin(turn, 2 * (period.rows or 0), period)


@router.button("all", role=ADMIN)
def tap_all(turn: Turn) -> None:
    """Have everything checked, for an admin of the whole."""
    if not of_the_whole(turn.session, turn.person):
        turn.toast("core/not_yours", alert=True)
        return
    _begin(turn, verification.size(turn.session), None)


@router.button("stop")
def tap_stop(turn: Turn) -> None:
    """Stop one's own check."""
    job = jobs.waiting(turn.session, turn.person, JOB)
    if job is None:
        turn.toast("evidence/verify_done")
        return
    job.done_at, job.result = turn.now, {"stopped": "asked"}
    turn.session.add(job)
    turn.toast("evidence/verify_stopped")


def may_see(session: Session, period: Period, tops: list[Unit]) -> bool:
    """Say whether a period has figures of one of these units."""
    return any(periods.has_part(session, period, top) for top in tops)


def of_the_whole(session: Session, person: Person) -> bool:
    return units.is_whole(session, permissions.administers(session, person))


def _begin(turn: Turn, size: int, period: Period | None) -> None:
    jobs.ask(turn.session, turn.person, JOB, {}, size, turn.now, period.id if period else None)
    turn.toast("evidence/verify_begun")


def progress(context: Context, job: Job, written: int) -> None:
    """Note how far it is; the page shows it."""
    job.reached = written
    context.session.add(job)


def finish(context: Context, job: Job, found: dict[str, Any]) -> None:
    """Keep what was found, note it in the audit, and tell the person in their chat."""
    session, now = context.session, context.now
    job.done_at, job.result, job.reached = now, found, job.rows
    session.add(job)
    person, about = session.get_one(Person, job.person_id), _about(session, job)
    day = {"day": str(about[1].day)} if about else {}
    audit.note(session, now, person.staff_no, "verify", about[0] if about else "", differs=found["differs"], **day)
    _tell(context, job, person)


def fail(context: Context, job: Job, number: str) -> None:
    """Tell the person that it cannot be done, with the number of the fault."""
    job.done_at, job.result = context.now, {"stopped": "failed", "number": number}
    context.session.add(job)
    _tell(context, job, context.session.get_one(Person, job.person_id))


def _tell(context: Context, job: Job, person: Person) -> None:
    session = context.session
    address = addresses.reachable(session, person)
    if address is None or job.result is None:
        return
    about = _about(session, job)
    values: dict[str, Any] = {"title": title(session, about[1]), "day": about[1].day} if about else {"title": None}
    found = result(session, job, permissions.leads(session, person, context.today), whole=of_the_whole(session, person))
    content = context.words_for(person).content(
        "evidence/verified", it=found, number=job.result.get("number"), **values
    )
    cards.want(session, Slot.of(Subject.JOB_RESULT, address, job.id), Kind.REPLY, content, context.now)


def _about(session: Session, job: Job) -> tuple[str, Period] | None:
    """Return the task's code and the period that a check is about; None for one of everything."""
    if job.period_id is None:
        return None
    period = session.get_one(Period, job.period_id)
    return session.get_one(Assignment, period.assignment_id).code, period


def title(session: Session, period: Period) -> Text:
    return report_context.form_of(session, period).title


def result(session: Session, job: Job, tops: list[Unit], *, whole: bool) -> Result | None:
    """Return what a check found, for somebody who answers for these units: of other units it says how many
    differences there are, and not where. `whole`: for an admin of the whole, who reads all of it."""
    said = job.result
    if said is None:
        return None
    if "stopped" in said:
        return Result({}, 0, [], said["stopped"])
    whole = whole or units.is_whole(session, tops)
    shown = [
        (what, where, detail)
        for what, where, detail, path in said["shown"]
        if whole or (path and any(is_below(path, top.path) for top in tops))
    ]
    counts = {name: said[name] for name in ("seals", "reports", "revisions", "entries", "erased")}
    return Result(counts, said["differs"], shown)
