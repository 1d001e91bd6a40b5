"""Find who owes a report today and did not file on the days of the same task before either (docs/rules.md 24.8). The
cost does not grow with history: at most the last `BACK` days are read, of those who owe one now."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select

from models.authority import responsibility
from models.core.database import in_chunks
from models.cycle.periods import Period, Phase
from models.cycle.places import Place
from models.messaging.addresses import Address
from models.organisation.people import Person
from models.organisation.units import Unit
from models.reporting import silence
from models.reporting.reports import OWED, Report, State

BACK = 15  # days of a task that are looked back on
AT_ONCE = 5  # of them in one query
MOST = 300  # people and units silent now, among whom runs are looked for

Who = tuple[int | None, int | None]  # a person's id or a unit's


@dataclass(frozen=True)
class SilentRun:
    """Who is silent, through which unit they are asked, and on how many days running; `more`: it began before the days
    that were looked at."""

    name: str
    unit: Unit
    days: int
    more: bool = False


@dataclass
class _Candidate:
    who: Who
    name: str
    place: int
    since: datetime | None  # when a message first reached them
    days: int = 1
    over: bool = False


def silent_units(session: Session, period: Period) -> list[str]:
    """Return the paths of the units through which something is owed, in the roster's order."""
    asked = (
        select(Place.unit_id)
        .join(Report, col(Report.place_id) == col(Place.id))
        .where(Report.period_id == period.id, OWED)
    )
    return list(session.exec(select(Unit.path).where(col(Unit.id).in_(asked)).order_by(Unit.rank)).all())


def right_under(session: Session, period: Period, root: Unit) -> list[int]:
    """Return the units through which something is owed and whose next level is the root."""
    leads = responsibility.all_leads(session, period.day)
    ids = {path: unit for unit, path in session.execute(select(Unit.id, Unit.path)).all()}
    levels = [
        (path, *(responsibility.level(leads, ids, path, n) for n in (1, 2))) for path in silent_units(session, period)
    ]
    return [ids[path] for path, own, above in levels if above == root.id != own]


def of_units(session: Session, period: Period, units: Iterable[int], least: int) -> list[SilentRun] | None:
    """Return who owes a report that is asked through exactly these units, and was silent on at least so many days
    running, the longest first. None where too many are silent to look for them."""
    own = select(Place.id).where(col(Place.unit_id).in_(list(units)))
    found = _candidates(session, (col(Report.period_id) == period.id) & col(Report.place_id).in_(own) & OWED)
    if len(found) > MOST:
        return None
    _look_back(session, period, found)
    places = {it.place for it in found if it.days >= least}
    where = select(Place.id, Unit).join(Unit, col(Unit.id) == col(Place.unit_id)).where(col(Place.id).in_(places))
    of = dict(session.exec(where).all())
    runs = [SilentRun(it.name, of[it.place], it.days, not it.over) for it in found if it.days >= least]
    return sorted(runs, key=lambda it: (-it.days, it.unit.rank))


def _candidates(session: Session, owed: ColumnElement[bool]) -> list[_Candidate]:
    """Return those who are silent though a message would arrive; whoever is unreachable or never enrolled is listed
    apart, and may not know of any day."""
    query = select(Report, Person.name, silence.SPEAKER).join(Person, col(Person.id) == col(Report.person_id))
    rows = session.exec(query.where(owed, silence.KIND == "silent").order_by(Person.staff_no).limit(MOST + 1)).all()
    since = _enrolled(session, [speaker for _, _, speaker in rows])
    found = [_Candidate((it.person_id, None), name, it.place_id, since.get(speaker)) for it, name, speaker in rows]
    units = select(Report, Unit.name).join(Unit, col(Unit.id) == col(Report.unit_id)).where(owed)
    for it, name in session.exec(units.order_by(col(Unit.rank)).limit(MOST + 1)).all():
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
    before = select(Period).where(
        Period.assignment_id == period.assignment_id, Period.day < period.day,
        col(Period.phase).not_in([Phase.OPENING, Phase.LAPSED]),
    )  # fmt: skip
    past = session.exec(before.order_by(col(Period.day).desc()).limit(BACK)).all()
    for at in range(0, len(past), AT_ONCE):
        going = [it for it in found if not it.over]
        some = past[at : at + AT_ONCE]
        rows = _rows(session, some, [it.who for it in going])
        for it in going:
            _count(it, some, rows)
    for it in found if len(past) < BACK else ():
        it.over = True


def _count(it: _Candidate, past: Sequence[Period], rows: Mapping[tuple[int, Who], Report]) -> None:
    for period in past:
        row = rows.get((period.id, it.who))
        if (row and row.state != State.DUE) or (it.since is not None and it.since >= period.due_at):
            it.over = True
            return
        if row and row.owed:
            it.days += 1


def _rows(session: Session, past: Sequence[Period], whom: Sequence[Who]) -> dict[tuple[int, Who], Report]:
    found: dict[tuple[int, Who], Report] = {}
    these = col(Report.period_id).in_([it.id for it in past])
    for column, ids in (
        (Report.person_id, [it[0] for it in whom if it[0]]),
        (Report.unit_id, [it[1] for it in whom if it[1]]),
    ):
        for some in in_chunks(ids):
            rows = session.exec(select(Report).where(these, col(column).in_(some))).all()
            found |= {(it.period_id, (it.person_id, it.unit_id)): it for it in rows}
    return found
