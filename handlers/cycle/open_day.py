"""Open the day: who is expected is frozen, then everybody is asked."""

from datetime import datetime

from sqlmodel import col, select

from handlers.core import isolating
from handlers.core.context import Context
from handlers.core.locales import LOCALES
from handlers.prompts import prompts, ward_lists
from models.cycle.assignments import Assignment
from models.cycle.periods import Period
from models.cycle.steps import Step
from models.messaging import addresses, cards, live_messages
from models.messaging.cards import Kind, Lane
from models.messaging.contents import words
from models.messaging.slots import Subject, subject_id
from models.organisation.people import Person
from models.reporting import audience, excuses, expected_rows, report_context
from models.reporting.expected_rows import CHUNK
from models.reporting.reports import Report, State

ONE_BY_ONE = 25  # prompts in a chunk if each names what it is about


def freeze(context: Context, period: Period, step: Step) -> bool:
    """Freeze who is expected, a chunk at a time."""
    return expected_rows.freeze(context.session, period, step, context.now)


def ask(context: Context, period: Period, step: Step) -> bool:
    """Send the prompts, a chunk at a time. Prompts about persons have the same words for everybody; those about units
    and wards name them."""
    assignment = context.session.get_one(Assignment, period.assignment_id)
    start = cards.off_the_hour(max(step.at, context.now), period.id, context.defaults.off)
    if assignment.about == "units":
        return _ask_leads(context, period, step, start)
    if step.state not in ("wards", "training"):
        if _ask_persons(context, period, step, start):
            step.state, step.cursor = "training" if period.requires else "wards", 0
        return False
    if step.state == "training":
        if _tell_untrained(context, period, step, start):
            step.state, step.cursor = "wards", 0
        return False
    return _ask_reporters(context, period, step, start)


def _ask_persons(context: Context, period: Period, step: Step, start: datetime) -> bool:
    session = context.session
    rows = session.execute(
        select(Report.id, Person.id, Person.locale)
        .join(Person, col(Person.id) == col(Report.person_id))
        .where(Report.period_id == period.id, col(Report.person_id) > step.cursor, col(Report.excused).is_(None))
        .order_by(col(Report.person_id))
        .limit(CHUNK)
    ).all()
    if not rows:
        return True
    contents = _prompts(context, period)
    where = audience.best_addresses(session, rows[0][1], rows[-1][1])
    wanted = [
        {
            "subject_id": subject_id(report),
            "address_id": where[person].id,
            "channel": where[person].channel,
            "wanted_id": contents.get(locale or context.defaults.locale, contents[context.defaults.locale]),
        }
        for report, person, locale in rows
        if person in where
    ]
    cards.want_many(session, Subject.REPORT, wanted, Kind.ASK, start, context.now)
    step.cursor = rows[-1][1]
    return len(rows) < CHUNK


def _tell_untrained(context: Context, period: Period, step: Step, start: datetime) -> bool:
    """Tell the next of who is not asked yet because a quiz is not passed, with the way to it."""
    session = context.session
    rows = excuses.untrained_next(session, period, step.cursor, ONE_BY_ONE)

    def tell(report: Report) -> None:
        it = report_context.context_of(session, period, report)
        for person, address in audience.audience(session, it):
            prompts.ask(context, it, person, address, lane=Lane.BULK, not_before=start)

    isolating.each(context, step, rows, tell)
    return len(rows) < ONE_BY_ONE


def _prompts(context: Context, period: Period) -> dict[str, int]:
    form = report_context.form_of(context.session, period)
    nobody = {locale: Person(staff_no="", name="", locale=locale) for locale in LOCALES}
    return {
        locale: words(context.session, prompts.prompt(context.words_for(who, period.timezone), period, form))
        for locale, who in nobody.items()
    }


def _ask_reporters(context: Context, period: Period, step: Step, start: datetime) -> bool:
    session = context.session
    ids = (
        select(Person.reporter_id)
        .where(col(Person.reporter_id) > step.cursor)
        .distinct()
        .order_by(col(Person.reporter_id))
        .limit(ONE_BY_ONE)
    )
    reporters = session.exec(select(Person).where(col(Person.id).in_(ids)).order_by(col(Person.id))).all()

    def ask_one(reporter: Person) -> None:
        for speaker in audience.asked_for_wards(session, period, reporter):
            address = addresses.reachable(session, speaker)
            if address and not live_messages.current(session, report_context.wards_slot(period, address)):
                ward_lists.show_wards(context, period, speaker, address, below=True, lane=Lane.BULK, not_before=start)

    isolating.each(context, step, reporters, ask_one)
    return len(reporters) < ONE_BY_ONE


def _ask_leads(context: Context, period: Period, step: Step, start: datetime) -> bool:
    session = context.session
    rows = session.exec(
        select(Report)
        .where(Report.period_id == period.id, Report.id > step.cursor, Report.state == State.DUE)
        .order_by(col(Report.id))
        .limit(ONE_BY_ONE)
    ).all()

    def ask_one(report: Report) -> None:
        it = report_context.context_of(session, period, report)
        for person, address in audience.audience(session, it):
            words = context.words_for(person, period.timezone)
            content = prompts.prompt(words, period, it.form, report, it.unit)
            slot = report_context.report_slot(report, address)
            live_messages.show(session, slot, Kind.ASK, content, context.now, lane=Lane.BULK, not_before=start)

    isolating.each(context, step, rows, ask_one)
    return len(rows) < ONE_BY_ONE
