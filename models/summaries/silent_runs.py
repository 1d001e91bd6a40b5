"""Find who owes a report today and did not file on the days of the same task before either (docs/rules.md 24.8). The
cost does not grow with history: at most the last `BACK` days are read, of those who owe one now. Where these are too
many to be named, they are counted."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy
from sqlalchemy import ColumnElement
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, or_, select

from models.authority import responsibility
from models.core.database import in_chunks
from models.cycle.periods import Period, Phase
from models.cycle.places import Place
from models.messaging.addresses import Address
from models.organisation.people import Person
from models.organisation.units import Unit, above
from models.reporting import silence
from models.reporting.reports import OWED, Report, State

BACK = 15  # days of a task that are looked back on
AT_ONCE = 5  # of them in one query
MOST = 300  # people and units silent now, among whom runs are looked for
MANY = 20_000  # up to which they are counted
WORST = 8  # units that are named then

Who = tuple[int | None, int | None]  # a person's id or a unit's


@dataclass(frozen=True)
class SilentRun:
    """Who is silent, through which unit they are asked, and on how many days running; `more`: it began before the days
    that were looked at."""

    name: str
    unit: Unit
    days: int
    more: bool = False


@dataclass(frozen=True)
class LongSilent:
    """How many people, or units, were asked on each of the last days of a task and reported on none; of people the
    units with the most of them, and how many units there are."""

    count: int
    worst: Sequence[tuple[Unit, int]] = ()
    units: int = 0


@dataclass
class _Candidate:
    who: Who
    name: str
    place: int
    since: datetime | None  # when a message first reached them
    days: int = 1
    over: bool = False


def silent_units(session: Session, period: Period) -> list[tuple[int, str]]:
    """Return the units through which something is owed, each with its path, in the roster's order."""
    asked = (
        select(Place.unit_id)
        .join(Report, col(Report.place_id) == col(Place.id))
        .where(Report.period_id == period.id, OWED)
    )
    query = sqlalchemy.select(col(Unit.id), col(Unit.path)).where(col(Unit.id).in_(asked))
    return [(number, path) for number, path in session.execute(query.order_by(col(Unit.rank)))]


def right_under(session: Session, period: Period, root: Unit) -> list[int]:
    """Return the units through which something is owed and whose next level is the root: who answers for them has only
    the root's leads above."""
    led = responsibility.led(session, period.day)
    found = []
    for number, path in silent_units(session, period):
        answering = [it for it in above(path) if it in led]
        if len(answering) > 1 and answering[1] == root.path:
            found.append(number)
    return found


def of_units(session: Session, period: Period, units: Sequence[int], least: int) -> list[SilentRun] | None:
    """Return who owes a report that is asked through exactly these units, and was silent on at least so many days
    running, the longest first. None where too many are silent to look for them."""
    owed = _owed(period, units)
    if _more_than(session, MOST, owed):
        return None
    found = _candidates(session, owed)
    _look_back(session, period, found)
    places = {it.place for it in found if it.days >= least}
    of = _units(session, places)
    runs = [SilentRun(it.name, of[it.place], it.days, not it.over) for it in found if it.days >= least]
    return sorted(runs, key=lambda it: (-it.days, it.unit.rank))


def counted(session: Session, period: Period, units: Sequence[int], least: int) -> LongSilent | None:
    """Count, where they are too many to be named, those who were asked on each of the last `least` days of the task and
    reported on none. None where there are none, or so many that even counting would take long."""
    owed, past = _owed(period, units), [it.id for it in _past(session, period, least - 1)]
    if len(past) < least - 1 or _more_than(session, MANY, owed):
        return None
    people = _too(session, past, Report.person_id, owed, _REACHED)
    if not people:
        of_units = sum(_too(session, past, Report.unit_id, owed, col(Report.unit_id).is_not(None)).values())
        return LongSilent(of_units) if of_units else None
    of = _units(session, people)
    worst = sorted(people, key=lambda place: (-people[place], of[place].rank))
    return LongSilent(sum(people.values()), [(of[it], people[it]) for it in worst[:WORST]], len(worst))


def _owed(period: Period, units: Sequence[int]) -> ColumnElement[bool]:
    own = select(Place.id).where(col(Place.unit_id).in_(units))
    return (col(Report.period_id) == period.id) & col(Report.place_id).in_(own) & OWED


# whoever is unreachable or never enrolled is listed apart, and may not know of any day
_REACHED = select(Person.id).where(Person.id == Report.person_id, silence.KIND == "silent").correlate(Report).exists()


def _more_than(session: Session, most: int, owed: ColumnElement[bool]) -> bool:
    """Say whether more than so many are silent; no more are looked at."""
    some = select(Report.id).where(owed, or_(col(Report.unit_id).is_not(None), _REACHED)).limit(most + 1).subquery()
    return session.exec(select(func.count()).select_from(some)).one() > most


def _too(session: Session, past: Sequence[int], who: Any, *owing: ColumnElement[bool]) -> dict[int, int]:
    """Return how many of those who owe a report owed one in each of these periods too, by the place."""
    before = aliased(Report)
    then = getattr(before, who.key)
    owed = (before.state == State.DUE, col(before.excused).is_(None), then.is_not(None))
    all_days = [who.in_(select(then).where(before.period_id == it, *owed)) for it in past]
    query = select(Report.place_id, func.count()).where(*owing, *all_days).group_by(col(Report.place_id))
    return dict(session.exec(query).all())


def _units(session: Session, places: Collection[int]) -> dict[int, Unit]:
    found: dict[int, Unit] = {}
    for some in in_chunks(places):
        query = select(Place.id, Unit).join(Unit, col(Unit.id) == col(Place.unit_id)).where(col(Place.id).in_(some))
        found |= dict(session.exec(query).all())
    return found


def _candidates(session: Session, owed: ColumnElement[bool]) -> list[_Candidate]:
    """Return those who are silent though a message would arrive."""
    query = select(Report, Person.name, silence.SPEAKER).join(Person, col(Person.id) == col(Report.person_id))
    rows = session.exec(query.where(owed, silence.KIND == "silent").order_by(Person.staff_no)).all()
    since = _enrolled(session, [speaker for _, _, speaker in rows])
    found = [_Candidate((it.person_id, None), name, it.place_id, since.get(speaker)) for it, name, speaker in rows]
    units = select(Report, Unit.name).join(Unit, col(Unit.id) == col(Report.unit_id)).where(owed)
    for it, name in session.exec(units.order_by(col(Unit.rank))).all():
        found.append(_Candidate((None, it.unit_id), name, it.place_id, None))
    return found


def _enrolled(session: Session, people: Sequence[int]) -> dict[int, datetime]:
    """Return since when each of these has had a chat."""
    found: dict[int, datetime] = {}
    for some in in_chunks(people):
        query = select(Address.person_id, func.min(Address.since)).where(col(Address.person_id).in_(some))
        found |= {it: at for it, at in session.exec(query.group_by(col(Address.person_id))).all() if it}
    return found


def _look_back(session: Session, period: Period, found: Sequence[_Candidate]) -> None:
    """Count, of each, the days before on which they filed nothing. Days on which they were not asked or were excused
    neither count nor end a run; days that lapsed or were before they had a chat do not count."""
    past = _past(session, period, BACK)
    for at in range(0, len(past), AT_ONCE):
        going = [it for it in found if not it.over]
        some = past[at : at + AT_ONCE]
        rows = _rows(session, some, [it.who for it in going])
        for it in going:
            _count(it, some, rows)
    for it in found if len(past) < BACK else ():
        it.over = True


def _past(session: Session, period: Period, most: int) -> Sequence[Period]:
    """Return the last days of the same task, the newest first; not those that lapsed."""
    before = select(Period).where(
        Period.assignment_id == period.assignment_id, Period.day < period.day,
        col(Period.phase).not_in([Phase.OPENING, Phase.LAPSED]),
    )  # fmt: skip
    return session.exec(before.order_by(col(Period.day).desc()).limit(most)).all()


def _count(it: _Candidate, past: Sequence[Period], rows: Mapping[tuple[int, Who], tuple[str, bool]]) -> None:
    for period in past:
        state, excused = rows.get((period.id, it.who), (State.DUE, True))
        if state != State.DUE or (it.since is not None and it.since >= period.due_at):
            it.over = True
            return
        it.days += not excused


def _rows(session: Session, past: Sequence[Period], whom: Sequence[Who]) -> dict[tuple[int, Who], tuple[str, bool]]:
    """Return each one's state on these days, and whether they were excused; columns alone, for there may be
    thousands."""
    found: dict[tuple[int, Who], tuple[str, bool]] = {}
    these = col(Report.period_id).in_([it.id for it in past])
    told = sqlalchemy.select(
        col(Report.period_id), col(Report.person_id), col(Report.unit_id), col(Report.state),
        col(Report.excused).is_not(None),
    )  # fmt: skip
    for column, ids in (
        (Report.person_id, [it[0] for it in whom if it[0]]),
        (Report.unit_id, [it[1] for it in whom if it[1]]),
    ):
        for some in in_chunks(ids):
            for number, person, unit, *stands in session.execute(told.where(these, col(column).in_(some))).all():
                found[number, (person, unit)] = stands[0], stands[1]
    return found
