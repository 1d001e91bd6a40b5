"""What the clock's knock leads to: the database says which steps are due, and each is taken once, a chunk at a time."""

from collections.abc import Mapping, Sequence, Set
from datetime import datetime, timedelta
from typing import Any, TypeAlias

from sqlmodel import Session

from handlers import registry
from handlers.core import isolating
from handlers.core.due_work import DueWork
from handlers.core.turn import Defaults
from handlers.cycle.outages import HOLE
from models.core import audit, failing_work
from models.core.database import away
from models.core.failing_work import Stumble
from models.cycle import periods
from models.cycle.steps import Heartbeat, Step
from models.operations import self_report as self_reports

Aside: TypeAlias = Set[tuple[str, str]]  # names of sources and ids of items, "" for a source itself
Failing: TypeAlias = Mapping[tuple[str, str], Stumble]


def beat(
    session: Session, house: Defaults, now: datetime, hole: timedelta = HOLE
) -> tuple[datetime, datetime] | None:  # fmt: skip
    """Notes that we are alive, and nothing else. After a hole it notes what the hole may have touched, from when to
    when it was, and returns that; the audit keeps it, and the evening report tells it."""
    pulse = session.get(Heartbeat, 1) or Heartbeat(at=now)
    before, pulse.at = pulse.at, now
    session.add(pulse)
    if now - before <= hole:
        return None
    pulse.outage_from, pulse.outage_to = before, now
    periods.touched(session, before, now)
    audit.note(session, now, "clock", self_reports.OUTAGE, "", since=before.isoformat(), until=now.isoformat())
    return before, now


def _label(source: DueWork, item: object) -> str:
    """What the admins are told that failed."""
    return f"step.{item.kind}" if isinstance(item, Step) else source.name


def work(session: Session, house: Defaults, now: datetime) -> bool:
    """The next piece of work that is due; says whether there was any. What fails by a bug of ours is set aside for a
    while and holds up nothing else: neither other work nor what else of its own kind is due."""
    failing = {(it.source, it.item): it for it in failing_work.failing(session)}
    aside = {key for key, it in failing.items() if it.retry_at and it.retry_at > now}
    sources = [source for source in registry.DUE_WORK if (source.name, "") not in aside]
    try:
        with session.begin_nested():
            found = _first(session, house, sources, aside, now)
    except Exception as error:
        if away(error):
            raise
        return _work_one_by_one(session, house, sources, failing, aside, now)
    passed = sources if found is None else sources[: sources.index(found[0])]
    for source in passed:
        _healed(session, failing.get((source.name, "")), now)
    if found is None:
        return False
    _take(session, house, *found, failing, now)
    return True


def _first(
    session: Session, house: Defaults, sources: Sequence[DueWork], aside: Aside, now: datetime
) -> tuple[DueWork, Any] | None:
    """The first of these that has something due, and what that is."""
    for source in sources:
        item = source.find(session, house, now, [int(key) for name, key in aside if name == source.name])
        if item is not None:
            return source, item
    return None


def _work_one_by_one(
    session: Session, house: Defaults, sources: Sequence[DueWork], failing: Failing, aside: Aside, now: datetime
) -> bool:
    """The same where one of these fails by a bug of ours: which one shows when each is asked in a savepoint of its
    own."""
    for source in sources:
        try:
            with session.begin_nested():
                found = _first(session, house, [source], aside, now)
        except Exception as error:
            _stumbled(session, house, source, "", source.name, now, error)
            return True
        if found is not None:
            _take(session, house, *found, failing, now)
            return True
        _healed(session, failing.get((source.name, "")), now)
    return False


def _take(
    session: Session, house: Defaults, source: DueWork, item: Any, failing: Failing, now: datetime
) -> None:  # fmt: skip
    key, label = str(item.id), _label(source, item)
    try:
        with session.begin_nested():
            source.take(session, house, item, now)
    except Exception as error:
        _stumbled(session, house, source, key, label, now, error)
    else:
        for known in (key, ""):
            _healed(session, failing.get((source.name, known)), now)


def _stumbled(
    session: Session, house: Defaults, source: DueWork, item: str, label: str, now: datetime, error: Exception
) -> None:  # fmt: skip
    if away(error):
        raise error
    isolating.set_aside(session, house, source.name, item, now, error, label, again=True)


def _healed(session: Session, known: Stumble | None, now: datetime) -> None:
    if known is not None:
        failing_work.healed(session, known, now)
