"""Freeze a period's expected rows when it opens: who is to report."""

from datetime import datetime

from sqlmodel import Session, col, insert, select

from models.cycle.assignments import Assignment
from models.cycle.periods import Period, Phase
from models.cycle.places import Place
from models.cycle.steps import Step
from models.organisation import people
from models.organisation.people import Membership, Person
from models.organisation.units import Unit, below
from models.reporting import excuses, frozen_roster
from models.reporting.reports import Report, ReportView

CHUNK = 1000


def freeze(session: Session, period: Period, step: Step, now: datetime) -> bool:
    """Store the expected rows, a chunk at a time; the last chunk makes the period visible."""
    assignment = session.get_one(Assignment, period.assignment_id)
    top = session.get_one(Unit, assignment.unit_id)
    if step.cursor == 0 and not step.state:
        _places(session, top)
        step.state = frozen_roster.begin()
        return False
    units = assignment.about == "units"
    done = _units(session, period, step, top) if units else _persons(session, period, step, top, now)
    if done:
        period.phase = Phase.OPEN
        frozen_roster.end(session, period, step.state)
    return done


def _places(session: Session, top: Unit) -> None:
    named = select(Place.id).where(Place.unit_id == Unit.id, Place.path == Unit.path).exists()
    new = session.execute(select(Unit.id, Unit.path).where(below(top.path), ~named)).all()
    session.add_all(Place(unit_id=unit, path=path) for unit, path in new)
    session.flush()


def _units(session: Session, period: Period, step: Step, top: Unit) -> bool:
    places = session.execute(
        select(Unit.id, Place.id)
        .join(Place, (col(Place.unit_id) == col(Unit.id)) & (col(Place.path) == col(Unit.path)))
        .where(below(top.path))
        .order_by(Unit.rank)
    ).all()
    session.execute(insert(Report), [{"period_id": period.id, "unit_id": u, "place_id": p} for u, p in places])
    step.state = frozen_roster.fold(step.state, [frozen_roster.row(None, unit, place) for unit, place in places])
    return True


def _persons(session: Session, period: Period, step: Step, top: Unit, now: datetime) -> bool:
    """Store one row a person: asked through the home unit if it lies in the subtree, else through the first membership
    by path (docs/rules.md 19.3)."""
    ids = session.exec(
        select(Person.id)
        .where(Person.id > step.cursor, people.own(), people.here(period.day))
        .order_by(col(Person.id))
        .limit(CHUNK)
    ).all()
    if not ids:
        return True
    held = session.execute(
        select(Membership.person_id, Membership.home, Place.id, Place.path)
        .join(Unit, col(Unit.id) == col(Membership.unit_id))
        .join(Place, (col(Place.unit_id) == col(Unit.id)) & (col(Place.path) == col(Unit.path)))
        .join(Person, col(Person.id) == col(Membership.person_id))
        .where(
            col(Membership.person_id).between(ids[0], ids[-1]), people.own(), people.here(period.day), below(top.path)
        )
        .order_by(col(Membership.person_id), col(Membership.home).desc(), col(Place.path))
    ).all()
    places: dict[int, int] = {}
    views: list[tuple[int, int]] = []
    for person_id, _, place_id, _ in held:
        if person_id in places:
            views.append((person_id, place_id))
        else:
            places[person_id] = place_id
    if places:
        given = excuses.grounds_in(session, period, sorted(places))
        rows = [
            {"period_id": period.id, "person_id": who, "place_id": where,
             "excused": given[who].words if who in given else None}
            for who, where in places.items()
        ]  # fmt: skip
        session.execute(insert(Report), rows)
        excuses.keep_opening(session, period, given, now)
        _views(session, period, views)
        born = [frozen_roster.row(who, None, where, given.get(who)) for who, where in places.items()]
        step.state = frozen_roster.fold(step.state, born, [(place, who) for who, place in views])
    step.cursor = ids[-1]
    return len(ids) < CHUNK


def _views(session: Session, period: Period, views: list[tuple[int, int]]) -> None:
    if not views:
        return
    wanted = [person for person, _ in views]
    rows = dict(
        session.execute(
            select(Report.person_id, Report.id).where(
                Report.period_id == period.id, col(Report.person_id).between(min(wanted), max(wanted))
            )
        ).all()
    )
    session.execute(
        insert(ReportView),
        [{"period_id": period.id, "place_id": place, "report_id": rows[person]} for person, place in views],
    )
