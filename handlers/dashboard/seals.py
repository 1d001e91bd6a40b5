"""The dashboard's page *Seals*: the seals that cover a reader's figures, and the check of records against them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from handlers.core.access import LEAD
from handlers.core.context import Context
from handlers.dashboard.pages import Group, Page, View, table
from handlers.evidence import verify
from handlers.evidence.verify import JOB, Result
from models.core.errors import Refusal
from models.cycle.periods import Period
from models.evidence import seal_lists
from models.evidence.seal_lists import Line
from models.evidence.seals import Seal
from models.operations import jobs
from models.operations.jobs import Job
from models.organisation import units
from models.organisation.people import Person
from models.organisation.units import Unit

SHOWN = 40
WATCHING = 2  # seconds between two looks at a check that runs
COLUMNS = (
    "number", "task", "day", "unit", "occasion", "made_at", "reports", "up_to_revision", "digest", "previous",
    "checked_at", "differences",
)  # fmt: skip


@dataclass(frozen=True)
class Check:
    """How a check stands: the job, whose it is, what it found, and how far it is in per cent."""

    job: Job
    by: Person
    result: Result | None
    mine: bool

    @property
    def runs(self) -> bool:
        return self.job.done_at is None

    @property
    def percent(self) -> int:
        return min(99, 100 * self.job.reached // self.job.rows) if self.job.rows else 0


@dataclass
class Seals:
    """What the page shows. `checks` are the newest of each period, `whole` the newest of everything, for who may start
    one (`all`); `chosen` is the seal that is looked at, with how many revisions it covers."""

    lines: list[Line]
    older: int | None
    titles: dict[int, Any]
    checks: dict[int, Check]
    all: bool
    whole: Check | None
    chosen: Line | None = None
    revisions: int = 0


def gather(context: Context, view: View) -> Seals:
    """Return the page. Raises `dashboard.no_seal` for a seal that covers nothing of the reader's."""
    session, before = context.session, view.query.number("before")
    tops = None if units.is_whole(session, view.tops) else view.tops
    lines, older = seal_lists.page(session, tops, max(before, 1) if before is not None else None, SHOWN)
    chosen = _chosen(session, view, tops)
    shown = [*lines, chosen] if chosen else lines
    may_all = verify.of_the_whole(session, view.reader)
    numbers = sorted({it.period.id for it in shown})
    checks = {number: check for number in numbers if (check := _check(session, view, number, whole=may_all))}
    whole = _check(session, view, None, whole=True) if may_all else None
    page = Seals(
        lines, older, {it.period.id: verify.title(session, it.period) for it in shown}, checks, may_all, whole, chosen,
        seal_lists.revisions(session, chosen.seal) if chosen else 0,
    )  # fmt: skip
    running = [it for it in [*checks.values(), *([whole] if whole else [])] if it.runs]
    if running:
        view.every, view.stamp = WATCHING, f"{view.stamp}.{sum(it.job.reached + 1 for it in running)}"
    return page


def _chosen(session: Session, view: View, tops: list[Unit] | None) -> Line | None:
    number = view.query.number("seal")
    if number is None:
        return None
    seal = session.get(Seal, number)
    period = session.get(Period, seal.period_id) if seal else None
    if seal is None or period is None or (tops is not None and not verify.may_see(session, period, tops)):
        raise Refusal("dashboard.no_seal")
    return seal_lists.line(session, seal)


def _check(session: Session, view: View, number: int | None, *, whole: bool) -> Check | None:
    job = jobs.newest(session, JOB, number)
    if job is None:
        return None
    by = session.get_one(Person, job.person_id)
    return Check(job, by, verify.result(session, job, view.tops, whole=whole), by.id == view.reader.id)


def data(view: View, page: Seals) -> dict[str, Any]:
    """Return the seals as JSON has them, with what the newest check of each period found."""
    found: dict[str, Any] = {
        "seals": [_line(it, page) for it in page.lines],
        "checks": [_checked(it) | {"period": number} for number, it in page.checks.items()],
        "older": view.at(before=page.older) if page.older else None,
    }
    if page.chosen:
        found["seal"] = _line(page.chosen, page) | {"revisions": page.revisions}
    if page.all:
        found["everything"] = _checked(page.whole) if page.whole else None
    return found


def _line(it: Line, page: Seals) -> dict[str, Any]:
    seal, check = it.seal, page.checks.get(it.period.id)
    done = check.job.done_at if check else None
    return {
        "number": seal.id, "period": it.period.id, "task": it.task.code, "day": it.period.day.isoformat(),
        "unit": it.path, "occasion": seal.at, "made_at": seal.made_at.isoformat(), "reports": seal.rows,
        "up_to_revision": seal.upto, "digest": seal.digest, "previous": seal.previous,
        "checked_at": done.isoformat() if done else None,
        "differences": check.result.differs if check and check.result and not check.result.stopped else None,
    }  # fmt: skip


def _checked(it: Check) -> dict[str, Any]:
    done, result = it.job.done_at, it.result
    found: dict[str, Any] = {
        "by": it.by.name, "asked_at": it.job.asked_at.isoformat(), "done_at": done.isoformat() if done else None,
        "percent": None if done else it.percent, "stopped": result.stopped if result else None,
    }  # fmt: skip
    if result and not result.stopped:
        shown = [{"what": what, "where": where, "detail": detail} for what, where, detail in result.shown]
        found |= {"counts": dict(result.counts), "differences": result.differs, "shown": shown}
    return found


def rows(view: View, page: Seals) -> Iterator[list[object]]:
    """Return the seals as a table."""
    return table(COLUMNS, (_line(it, page) for it in page.lines))


PAGE = Page("seals", "seals", LEAD, gather, data, rows, Group.RECORD)
