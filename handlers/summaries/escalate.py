"""Escalate silence: to the leads of the unit, then to those above, one message for each lead however many
are silent."""

from sqlmodel import Session, col, select

from handlers.core import isolating
from handlers.core.context import Context
from handlers.prompts import frames
from handlers.summaries import publishing
from models.authority import permissions, responsibility
from models.cycle.periods import Period
from models.cycle.places import Place
from models.cycle.steps import Step
from models.messaging import addresses, cards, noise_budget
from models.messaging.cards import Kind, Lane
from models.messaging.slots import Slot, Subject
from models.organisation.people import Person
from models.organisation.units import Unit, above
from models.reporting import owed_reports, silence
from models.reporting.report_context import form_of
from models.reporting.reports import OWED, Report
from models.summaries import posts, tree

CHUNK = 6


def escalate(context: Context, period: Period, step: Step) -> bool:
    """Tell every lead concerned, once, a few at a time. The director reads of what climbs in the one message of the
    day."""
    session = context.session
    root = tree.root_of(session, period)
    told, climbed = _told(session, period, root, step.number)
    if climbed and not step.state and posts.get(session, period, root):
        publishing.post_unit(context, period, root)
        step.state = "climbed"
        return False
    chunk = sorted(lead for lead in told if lead > step.cursor)[:CHUNK]

    def tell_one(lead: int) -> None:
        units = [session.get_one(Unit, unit) for unit in told[lead]]
        _tell(context, period, step, session.get_one(Person, lead), units)

    isolating.each(context, step, chunk, tell_one)
    return len(chunk) < CHUNK


def _told(session: Session, period: Period, root: Unit, level: int) -> tuple[dict[int, list[int]], bool]:
    """Return who is told of which silent units, by id, and whether something climbed to the director. Level 1 is who
    answers for a unit, each further one who is above."""
    leads = responsibility.all_leads(session, period.day)
    hearing = responsibility.hearers(session, leads, period.day)
    ids = {path: unit for unit, path in session.execute(select(Unit.id, Unit.path)).all()}
    directors = {p.id for p in responsibility.leads_of(session, root, period.day) if permissions.directs(session, p)}
    told: dict[int, list[int]] = {}
    climbed = False
    for path in _silent_units(session, period):
        answering = [ids[p] for p in above(path) if ids.get(p) in leads]
        place = answering[min(level, len(answering)) - 1] if answering else ids[path]
        heard_by = hearing.get(place, [])
        hear_anyhow = set(heard_by) if place == root.id and level > 1 else directors
        for lead in heard_by:
            if lead in hear_anyhow:
                climbed = True
            else:
                told.setdefault(lead, []).append(ids[path])
    return told, climbed


def _silent_units(session: Session, period: Period) -> list[str]:
    """Return the paths of the units through which something is owed, in the roster's order."""
    asked = (
        select(Place.unit_id)
        .join(Report, col(Report.place_id) == col(Place.id))
        .where(Report.period_id == period.id, OWED)
    )
    return list(session.exec(select(Unit.path).where(col(Unit.id).in_(asked)).order_by(Unit.rank)).all())


def _tell(context: Context, period: Period, step: Step, lead: Person, units: list[Unit]) -> None:
    """Send one message; if the day's noise budget is used up, update the lead's summaries instead."""
    session, now = context.session, context.now
    address = addresses.reachable(session, lead)
    if address is None:
        return
    if not noise_budget.may_ring(session, lead, address, period, context.today):
        for unit in units:
            if posts.get(session, period, unit):
                publishing.post_unit(context, period, unit)
        return
    named = [(unit, silence.kinds(session, owed_reports.owed_at(period, unit))) for unit in units]
    content = context.words_for(lead, period.timezone).content(
        "summaries/escalation",
        **frames.frame(period, form_of(session, period)),
        units=named,
        minutes=int((now - period.due_at).total_seconds() // 60),
        total=sum(it.count for _, kinds in named for it in kinds.values()),
    )
    slot = Slot.of(Subject.ESCALATION, address, period.id, step.number)
    start = cards.off_the_hour(max(step.at, now), period.id, context.defaults.off)
    cards.want(session, slot, Kind.ESCALATION, content, now, lane=Lane.BULK, not_before=start)
