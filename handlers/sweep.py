"""Do what is due when the clock ticks: the database decides which work is due, and each item is done once, a chunk at a
time."""

from collections.abc import Mapping, Sequence, Set
from datetime import datetime, timedelta
from functools import cache
from typing import Any, TypeAlias

from sqlalchemy import Executable, select
from sqlmodel import Session

from handlers import registry
from handlers.core import isolating
from handlers.core.context import Context
from handlers.core.due_work import DueWork
from handlers.cycle.outages import LONGEST_GAP
from models.core import audit, failing_work
from models.core.database import ask, away, change
from models.core.failing_work import FailingWork
from models.cycle import periods
from models.cycle.steps import Heartbeat, Step
from models.operations import self_report as self_reports

Aside: TypeAlias = Set[tuple[str, str]]  # names of sources and ids of items, "" for a source itself
Failing: TypeAlias = Mapping[tuple[str, str], FailingWork]


def beat(session: Session, now: datetime, gap: timedelta = LONGEST_GAP) -> tuple[datetime, datetime] | None:
    """Note that this program is alive, and nothing else. After a gap, note which periods it may have touched and return
    its beginning and end; the audit keeps it, and the evening report names it."""
    pulse = session.get(Heartbeat, 1)
    if pulse is None:
        session.add(Heartbeat(at=now))
        return None
    before = pulse.at
    change(session, [(pulse, {"at": now})])
    if now - before <= gap:
        return None
    pulse.outage_from, pulse.outage_to = before, now
    periods.touched(session, before, now)
    audit.note(session, now, "clock", self_reports.OUTAGE, "", since=before.isoformat(), until=now.isoformat())
    return before, now


def heard(session: Session, now: datetime) -> None:
    """Note that a watcher elsewhere has heard that this program is alive."""
    pulse = session.get(Heartbeat, 1)
    if pulse is not None:
        pulse.heard_at = now
        session.add(pulse)


def _label(source: DueWork, item: object) -> str:
    """Return the name of failing work as the admins read it."""
    return f"step.{item.kind}" if isinstance(item, Step) else source.name


def work(context: Context) -> bool:
    """Do the next piece of work that is due; say whether there was any. What fails by a bug is set aside for a while
    and holds up nothing else: neither other work nor other items of its own kind."""
    session, now = context.session, context.now
    failing = {(it.source, it.item): it for it in failing_work.failing(session)}
    aside = {key for key, it in failing.items() if it.retry_at and it.retry_at > now}
    sources = [source for source in registry.DUE_WORK if (source.name, "") not in aside]
    try:
        with session.begin_nested():
            found = _first(context, sources, aside)
    except Exception as error:
        if away(error):
            raise
        return _work_one_by_one(context, sources, failing, aside)
    for source in sources if found is None else sources[: sources.index(found[0])]:
        _healed(session, failing.get((source.name, "")), now)
    if found is None:
        return False
    _take(context, *found, failing)
    return True


def _first(context: Context, sources: Sequence[DueWork], aside: Aside) -> tuple[DueWork, Any] | None:
    """Return the first of these sources that has something due, and the item."""
    for source in _pending(context, sources):
        item = source.find(context, [int(key) for name, key in aside if name == source.name])
        if item is not None:
            return source, item
    return None


def _pending(context: Context, sources: Sequence[DueWork]) -> Sequence[DueWork]:
    """Return those of the sources that may have something due: most ticks find nothing, and learn so from one
    statement."""
    asked = tuple(it for it in sources if it.pending is not None)
    if len(asked) < 2:
        return sources
    found = ask(context.session, _any_pending(asked), now=context.now).one()
    idle = {it.name for it, pending in zip(asked, found, strict=True) if not pending}
    return [it for it in sources if it.name not in idle]


@cache
def _any_pending(sources: tuple[DueWork, ...]) -> Executable:
    return select(*(it.pending for it in sources if it.pending is not None))


def _work_one_by_one(context: Context, sources: Sequence[DueWork], failing: Failing, aside: Aside) -> bool:
    """Do the same where one source fails by a bug: each is asked in a savepoint of its own, which shows the one that
    fails."""
    session = context.session
    for source in sources:
        try:
            with session.begin_nested():
                found = _first(context, [source], aside)
        except Exception as error:
            _stumbled(context, source, "", source.name, error)
            return True
        if found is not None:
            _take(context, *found, failing)
            return True
        _healed(session, failing.get((source.name, "")), context.now)
    return False


def _take(context: Context, source: DueWork, item: Any, failing: Failing) -> None:
    session = context.session
    key, label = str(item.id), _label(source, item)
    try:
        with session.begin_nested():
            source.take(context, item)
    except Exception as error:
        _stumbled(context, source, key, label, error)
    else:
        for known in (key, ""):
            _healed(session, failing.get((source.name, known)), context.now)


def _stumbled(context: Context, source: DueWork, item: str, label: str, error: Exception) -> None:
    if away(error):
        raise error
    isolating.set_aside(context, source.name, item, error, label, again=True)


def _healed(session: Session, known: FailingWork | None, now: datetime) -> None:
    if known is not None:
        failing_work.healed(session, known, now)
