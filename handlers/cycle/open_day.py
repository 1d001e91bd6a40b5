"""The day opens: who is expected is frozen, then everybody is asked."""

from datetime import datetime

from sqlmodel import Session, col, select

from handlers.core import isolating
from handlers.core.rendering import LOCALES
from handlers.core.turn import Defaults, words_for
from handlers.prompts import prompts, ward_lists
from models.cycle.assignments import Assignment
from models.cycle.periods import Period
from models.cycle.steps import Step
from models.messaging import addresses, cards, live_messages
from models.messaging.cards import Kind, Lane
from models.messaging.contents import words
from models.messaging.slots import Subject, subject_id
from models.organisation.people import Person
from models.reporting import asked, audience, expected_rows
from models.reporting.expected_rows import CHUNK
from models.reporting.reports import Report, State

ONE_BY_ONE = 25  # prompts that name what they are about


def freeze(session: Session, house: Defaults, period: Period, step: Step, now: datetime) -> bool:
    """Freezes who is expected, a chunk at a time."""
    return expected_rows.freeze(session, period, step, now)


def ask(session: Session, house: Defaults, period: Period, step: Step, now: datetime) -> bool:
    """The prompts. Those about persons are the same words for everybody; those about units and wards name them."""
    assignment = session.get_one(Assignment, period.assignment_id)
    start = cards.off_the_hour(max(step.at, now), period.id, house.off)
    if assignment.about == "units":
        return _ask_leads(session, house, period, step, start, now)
    if step.state != "wards":
        if _ask_persons(session, house, period, step, start, now):
            step.state, step.cursor = "wards", 0
        return False
    return _ask_reporters(session, house, period, step, start, now)


def _ask_persons(session: Session, house: Defaults, period: Period, step: Step, start: datetime, now: datetime) -> bool:
    rows = session.execute(
        select(Report.id, Person.id, Person.locale)
        .join(Person, col(Person.id) == col(Report.person_id))
        .where(Report.period_id == period.id, col(Report.person_id) > step.cursor, col(Report.excused).is_(None))
        .order_by(col(Report.person_id))
        .limit(CHUNK)
    ).all()
    if not rows:
        return True
    contents = _prompts(session, house, period)
    where = audience.best_addresses(session, rows[0][1], rows[-1][1])
    wanted = [
        {
            "subject_id": subject_id(report),
            "address_id": where[person].id,
            "channel": where[person].channel,
            "wanted_id": contents.get(locale or house.locale, contents[house.locale]),
        }
        for report, person, locale in rows
        if person in where
    ]
    cards.want_many(session, Subject.REPORT, wanted, Kind.ASK, start, now)
    step.cursor = rows[-1][1]
    return len(rows) < CHUNK


def _prompts(session: Session, house: Defaults, period: Period) -> dict[str, int]:
    form = asked.form_of(session, period)
    nobody = {locale: Person(staff_no="", name="", locale=locale) for locale in LOCALES}
    return {
        locale: words(session, prompts.prompt(words_for(house, who, period.timezone), period, form))
        for locale, who in nobody.items()
    }


def _ask_reporters(
    session: Session, house: Defaults, period: Period, step: Step, start: datetime, now: datetime
) -> bool:
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
            if address and not live_messages.current(session, asked.wards_slot(period, address)):
                ward_lists.show_wards(
                    session, house, period, speaker, address, now, below=True, lane=Lane.BULK, not_before=start
                )

    isolating.each(session, house, step, reporters, ask_one, now)
    return len(reporters) < ONE_BY_ONE


def _ask_leads(session: Session, house: Defaults, period: Period, step: Step, start: datetime, now: datetime) -> bool:
    rows = session.exec(
        select(Report)
        .where(Report.period_id == period.id, Report.id > step.cursor, Report.state == State.DUE)
        .order_by(col(Report.id))
        .limit(ONE_BY_ONE)
    ).all()

    def ask_one(report: Report) -> None:
        it = asked.asked(session, period, report)
        for person, address in audience.audience(session, it):
            words = words_for(house, person, period.timezone)
            content = prompts.prompt(words, period, it.form, report, it.unit)
            slot = asked.report_slot(report, address)
            live_messages.show(session, slot, Kind.ASK, content, now, lane=Lane.BULK, not_before=start)

    isolating.each(session, house, step, rows, ask_one, now)
    return len(rows) < ONE_BY_ONE
