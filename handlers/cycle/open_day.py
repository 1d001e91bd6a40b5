"""The day opens: who is expected is frozen, then everybody is asked."""

from datetime import datetime

from sqlmodel import Session, col, insert, select

from handlers.core import isolating
from handlers.core.rendering import LOCALES
from handlers.core.turn import House, words_for
from handlers.prompts import prompts
from models.cycle.assignments import Assignment
from models.cycle.periods import Period, Phase, Place, Step
from models.messaging import addresses, cards
from models.messaging.cards import Kind, Lane
from models.organisation import people
from models.organisation.people import Membership, Person, Unit
from models.reporting import excuses, frozen_roster
from models.reporting.reports import Report, ReportView, State

CHUNK = 1000
ONE_BY_ONE = 25  # prompts that name what they are about


def freeze(session: Session, house: House, period: Period, step: Step, now: datetime) -> bool:
    """The expected rows, a chunk at a time; the last one makes the period visible."""
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
    new = session.execute(select(Unit.id, Unit.path).where(people.below(top.path), ~named)).all()
    session.add_all(Place(unit_id=unit, path=path) for unit, path in new)
    session.flush()


def _units(session: Session, period: Period, step: Step, top: Unit) -> bool:
    places = session.execute(
        select(Unit.id, Place.id)
        .join(Place, (col(Place.unit_id) == col(Unit.id)) & (col(Place.path) == col(Unit.path)))
        .where(people.below(top.path))
        .order_by(Unit.rank)
    ).all()
    session.execute(insert(Report), [{"period_id": period.id, "unit_id": u, "place_id": p} for u, p in places])
    step.state = frozen_roster.fold(step.state, [frozen_roster.row(None, unit, place) for unit, place in places])
    return True


def _persons(session: Session, period: Period, step: Step, top: Unit, now: datetime) -> bool:
    """One row a person: asked through the home unit if it lies in the subtree, else the first membership by path."""
    ids = session.exec(
        select(Person.id).where(Person.id > step.cursor, people.here(period.day)).order_by(col(Person.id)).limit(CHUNK)
    ).all()
    if not ids:
        return True
    held = session.execute(
        select(Membership.person_id, Membership.home, Place.id, Place.path)
        .join(Unit, col(Unit.id) == col(Membership.unit_id))
        .join(Place, (col(Place.unit_id) == col(Unit.id)) & (col(Place.path) == col(Unit.path)))
        .join(Person, col(Person.id) == col(Membership.person_id))
        .where(col(Membership.person_id).between(ids[0], ids[-1]), people.here(period.day), people.below(top.path))
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


def ask(session: Session, house: House, period: Period, step: Step, now: datetime) -> bool:
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


def _ask_persons(session: Session, house: House, period: Period, step: Step, start: datetime, now: datetime) -> bool:
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
    where = prompts.best_addresses(session, rows[0][1], rows[-1][1])
    wanted = [
        {
            "key": f"{prompts.ask_prefix_of(report, where[person].id)}0",
            "address_id": where[person].id,
            "channel": where[person].channel,
            "wanted_id": contents.get(locale or house.locale, contents[house.locale]),
        }
        for report, person, locale in rows
        if person in where
    ]
    cards.want_many(session, wanted, Kind.ASK, start, now)
    step.cursor = rows[-1][1]
    return len(rows) < CHUNK


def _prompts(session: Session, house: House, period: Period) -> dict[str, int]:
    form = prompts.form_of(session, period)
    nobody = {locale: Person(staff_no="", name="", locale=locale) for locale in LOCALES}
    return {
        locale: cards.words(session, prompts.prompt(words_for(house, who, period.timezone), period, form))
        for locale, who in nobody.items()
    }


def _ask_reporters(session: Session, house: House, period: Period, step: Step, start: datetime, now: datetime) -> bool:
    ids = (
        select(Person.reporter_id)
        .where(col(Person.reporter_id) > step.cursor)
        .distinct()
        .order_by(col(Person.reporter_id))
        .limit(ONE_BY_ONE)
    )
    reporters = session.exec(select(Person).where(col(Person.id).in_(ids)).order_by(col(Person.id))).all()

    def ask_one(reporter: Person) -> None:
        for speaker in prompts.asked_for_wards(session, period, reporter):
            address = addresses.reachable(session, speaker)
            if address and not prompts.live(session, prompts.wards_prefix(period, address)):
                prompts.show_wards(
                    session, house, period, speaker, address, now, below=True, lane=Lane.BULK, not_before=start
                )

    isolating.each(session, house, step, reporters, ask_one, now)
    return len(reporters) < ONE_BY_ONE


def _ask_leads(session: Session, house: House, period: Period, step: Step, start: datetime, now: datetime) -> bool:
    rows = session.exec(
        select(Report)
        .where(Report.period_id == period.id, Report.id > step.cursor, Report.state == State.DUE)
        .order_by(col(Report.id))
        .limit(ONE_BY_ONE)
    ).all()

    def ask_one(report: Report) -> None:
        it = prompts.asked(session, period, report)
        for person, address in prompts.audience(session, it):
            words = words_for(house, person, period.timezone)
            content = prompts.prompt(words, period, it.form, report, it.unit)
            prefix = prompts.ask_prefix(report, address)
            prompts.stand(session, prefix, address, Kind.ASK, content, now, lane=Lane.BULK, not_before=start)

    isolating.each(session, house, step, rows, ask_one, now)
    return len(rows) < ONE_BY_ONE
