"""Escalate silence: to the leads of the unit, then to those above, one message for each lead however many
are silent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session, select

from handlers.core import isolating
from handlers.core.context import Context
from handlers.core.events import LanguageChosen
from handlers.core.rendering import Content
from handlers.prompts import frames
from handlers.summaries import contents, publishing
from models.authority import permissions, responsibility
from models.cycle import periods, steps
from models.cycle.periods import Period
from models.cycle.steps import Step
from models.messaging import addresses, cards, noise_budget
from models.messaging.cards import Kind, Lane
from models.messaging.slots import Slot, Subject, subject_id
from models.organisation.people import Person
from models.organisation.units import Unit
from models.reporting import owed_reports, silence
from models.reporting.report_context import form_of
from models.summaries import posts, silent_runs, tree

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
    above = _above(session, period, root, told)
    chunk = sorted(lead for lead in {*told, *above} if lead > step.cursor)[:CHUNK]

    def tell_one(lead: int) -> None:
        _tell(context, period, step, session.get_one(Person, lead), _Silence(told.get(lead, []), above.get(lead, [])))

    isolating.each(context, step, chunk, tell_one)
    return len(chunk) < CHUNK


@dataclass(frozen=True)
class _Silence:
    """What one lead is told of: silent units, and those of which the lead hears only who has long been silent."""

    units: Sequence[int]
    long: Sequence[int]


def _told(session: Session, period: Period, root: Unit, height: int) -> tuple[dict[int, list[int]], bool]:
    """Return who is told of which silent units, by id, and whether something climbed to the director. Level 1 is who
    answers for a unit, each further one who is above."""
    leads = responsibility.all_leads(session, period.day)
    hearing = responsibility.hearers(session, leads, period.day)
    ids = {path: unit for unit, path in session.execute(select(Unit.id, Unit.path)).all()}
    directors = {p.id for p in responsibility.leads_of(session, root, period.day) if permissions.directs(session, p)}
    told: dict[int, list[int]] = {}
    climbed = False
    for _, path in silent_runs.silent_units(session, period):
        place = responsibility.level(leads, ids, path, height)
        heard_by = hearing.get(place, [])
        hear_anyhow = set(heard_by) if place == root.id and height > 1 else directors
        for lead in heard_by:
            if lead in hear_anyhow:
                climbed = True
            else:
                told.setdefault(lead, []).append(ids[path])
    return told, climbed


def _above(
    session: Session, period: Period, root: Unit, told: Mapping[int, Sequence[int]]
) -> dict[int, list[int]]:  # fmt: skip
    """Return the units below, of which leads hear only who has long been silent: where a task escalates once only, the
    level above would otherwise hear of nobody."""
    if len(steps.escalations(session, period.id)) > 1:
        return {}
    found, _ = _told(session, period, root, 2)
    left = {lead: [unit for unit in units if unit not in told.get(lead, [])] for lead, units in found.items()}
    return {lead: units for lead, units in left.items() if units}


def spoken(context: Context, event: LanguageChosen) -> None:
    """Show the escalations in somebody's chat in the language they chose, if anything is still owed."""
    session, person, address = context.session, event.person, event.address
    shown = cards.shown_in(session, address, Subject.ESCALATION)
    for period in periods.running(session, context.now) if shown else []:
        for step in steps.escalations(session, period.id):
            if subject_id(period.id, step.number) in shown:
                root = tree.root_of(session, period)
                told, _ = _told(session, period, root, step.number)
                about = _Silence(told.get(person.id, []), _above(session, period, root, told).get(person.id, []))
                if content := _said(context, period, step, person, about):
                    slot = Slot.of(Subject.ESCALATION, address, period.id, step.number)
                    cards.want(session, slot, Kind.ESCALATION, content, context.now)


def _tell(context: Context, period: Period, step: Step, lead: Person, about: _Silence) -> None:
    """Send one message; if the day's noise budget is used up, update the lead's summaries instead."""
    session, now = context.session, context.now
    address = addresses.reachable(session, lead)
    if address is None:
        return
    if not noise_budget.may_ring(session, lead, address, period, context.today):
        for number in about.units:
            unit = session.get_one(Unit, number)
            if posts.get(session, period, unit):
                publishing.post_unit(context, period, unit)
        return
    content = _said(context, period, step, lead, about)
    if content is None:
        return
    slot = Slot.of(Subject.ESCALATION, address, period.id, step.number)
    start = cards.off_the_hour(max(step.at, now), period.id, context.defaults.off)
    cards.want(session, slot, Kind.ESCALATION, content, now, lane=Lane.BULK, not_before=start)


def _said(context: Context, period: Period, step: Step, lead: Person, about: _Silence) -> Content | None:
    """Return the message; None if there is nothing to say."""
    session, least = context.session, context.defaults.silent_days_above
    own = context.defaults.silent_days if step.number == 1 else least
    named = [
        (unit, silence.kinds(session, owed_reports.owed_at(period, unit)))
        for unit in (session.get_one(Unit, number) for number in about.units)
    ]
    long = contents.long_silent(session, period, about.long, least)
    if not named and not any(long):
        return None
    return context.words_for(lead, period.timezone).content(
        "summaries/escalation",
        **frames.frame(period, form_of(session, period)),
        units=named,
        minutes=int((context.now - period.due_at).total_seconds() // 60),
        total=sum(it.count for _, kinds in named for it in kinds.values()),
        running=[(own, *contents.long_silent(session, period, about.units, own)), (least, *long)],
    )
