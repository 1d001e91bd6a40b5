"""Silence climbs: to the leads of the unit, then to those above, one message per lead however many are silent."""

from datetime import datetime

from sqlmodel import Session, col, func, select

from handlers import asking, posting
from handlers.turn import House, words_for
from models import addresses, cards, figures, people, posts
from models.cards import Kind, Lane
from models.people import Person, Unit
from models.periods import Period, Place, Step
from models.reports import Report, State


def escalate(session: Session, house: House, period: Period, step: Step, now: datetime) -> bool:
    """Every lead concerned, once. The director hears of what climbs in the one message they get anyhow."""
    root = posting.root_of(session, period)
    told: dict[int, tuple[Person, list[Unit]]] = {}
    for unit in _silent_units(session, period):
        place, leads = _climb(session, unit, period, step.number)
        if place.id == root.id and (step.number > 1 or any(people.directs(session, p) for p in leads)):
            if posts.get(session, period, root):
                posting.post_unit(session, house, period, root, now)
            continue
        for lead in leads:
            told.setdefault(lead.id, (lead, []))[1].append(unit)
    for lead, units in told.values():
        _tell(session, house, period, step, lead, units, now)
    return True


def _silent_units(session: Session, period: Period) -> list[Unit]:
    rows = session.exec(
        select(Place.unit_id, func.count())
        .join(Report, col(Report.place_id) == col(Place.id))
        .where(Report.period_id == period.id, Report.state == State.DUE, col(Report.excused).is_(None))
        .group_by(col(Place.unit_id))
    ).all()
    return list(session.exec(select(Unit).where(col(Unit.id).in_([r[0] for r in rows])).order_by(Unit.path)).all())


def _climb(session: Session, unit: Unit, period: Period, level: int) -> tuple[Unit, list[Person]]:
    """Who is told at this level: 1 is who answers for the unit, each further one who is above."""
    place, leads = people.responsible(session, unit, period.day)
    for _ in range(level - 1):
        above = people.lead_above(session, place, period.day)
        if above is None:
            break
        place, leads = above
    return place, leads


def _tell(
    session: Session, house: House, period: Period, step: Step, lead: Person, units: list[Unit], now: datetime
) -> None:
    """One message; where the day's noise budget is used up, the lead's summaries are brought up to date instead."""
    address = addresses.reachable(session, lead)
    if address is None:
        return
    if not asking.may_ring(session, lead, address, period):
        for unit in units:
            if posts.get(session, period, unit):
                posting.post_unit(session, house, period, unit, now)
        return
    named = [(unit, posting.silent_names(session, figures.silent_at(session, period, unit))) for unit in units]
    content = words_for(house, lead, period.timezone).content(
        "escalation",
        **asking.frame(period, asking.form_of(session, period)),
        units=named,
        minutes=int((now - period.due_at).total_seconds() // 60),
        total=sum(len(names) for _, kinds in named for names in kinds.values()),
    )
    key = f"escalation:{period.id}:{step.number}:{address.id}"
    start = cards.off_the_hour(max(step.at, now), period.id)
    cards.want(session, key, address, Kind.ESCALATION, content, now, lane=Lane.BULK, not_before=start)
