"""`/reopen`, 重开: let one report of a locked day be filed after all, until tomorrow noon, marked 补录."""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_

from handlers.core import admin_arguments, confirmations
from handlers.core.access import ADMIN
from handlers.core.admin_arguments import guided
from handlers.core.ids import AnyPeriodId, ReportId
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.prompts import frames
from models.authority import responsibility
from models.conversations.confirmations import Confirmation
from models.core import typed_text
from models.core.audit import note
from models.core.errors import Refusal
from models.cycle import periods, reopenings
from models.cycle.periods import Period, Phase
from models.cycle.places import Place
from models.cycle.steps import Step, StepKind
from models.messaging import live_messages
from models.messaging.addresses import reachable
from models.messaging.cards import Kind
from models.organisation import people
from models.organisation.people import Person
from models.organisation.units import Unit
from models.reporting import audience, figures, owed_reports, reports
from models.reporting.report_context import context_of, form_of, report_slot
from models.reporting.reports import Report
from models.time.times import ClockTime, day_at, instant

router = Router("reopen", ADMIN)

UNTIL = ClockTime(12 * 60)  # tomorrow, in the period's own zone
SHOWN, DAYS = 30, 10


@router.command("reopen", word="重开")
def handle(turn: Turn, words: str) -> None:
    """Reopen `who day reason`; without words, show the last locked days with somebody missing of one's own."""
    with guided(turn, "reopen"):
        parts = words.split()
        if not parts:
            _days(turn)
            return
        subject, rest = _subject(turn, parts)
        if not rest:
            raise Refusal("people.too_few_words")
        day = typed_text.day(rest[0], turn.today)
        if day is None:
            raise Refusal("changes.no_day", typed=rest[0][:40])
        reason = " ".join(rest[1:])
        found = [p for p in periods.of_day(turn.session, day) if p.phase == Phase.LOCKED]
        rows = [(p, r) for p in found if (r := _row(turn, p, subject))]
        if not rows:
            raise Refusal("reopenings.nothing", day=day)
        for _, report in rows:
            _mine(turn, report.id)
        if not reason:
            raise Refusal("reopenings.no_reason")
        for period, report in rows:
            _ask(turn, period, report, reason)


def _subject(turn: Turn, parts: list[str]) -> tuple[Person | Unit, list[str]]:
    try:
        return admin_arguments.person(turn, parts)
    except Refusal as refusal:
        if refusal.key != "people.no_person":
            raise
        try:
            return admin_arguments.unit(turn, parts)
        except Refusal as second:
            raise (refusal if second.key == "people.no_unit" else second) from None


def _row(turn: Turn, period: Period, subject: Person | Unit) -> Report | None:
    if isinstance(subject, Unit):
        return reports.of_unit(turn.session, period, subject)
    return reports.of_person(turn.session, period, subject)


def _days(turn: Turn) -> None:
    tops = admin_arguments.units(turn)
    rows = []
    for period in owed_reports.with_missing(turn.session, tops, DAYS + 1):
        missing = figures.count(turn.session, _owed(turn, period, tops))
        if missing:
            rows.append((period, form_of(turn.session, period), missing))
    turn.say("cycle/reopen", rows=rows[:DAYS], more=len(rows) > DAYS)


@router.button("period")
def tap_period(turn: Turn, period_id: AnyPeriodId) -> None:
    """Show those who are missing in this period, as buttons."""
    period = turn.session.get(Period, period_id)
    if period is None or period.phase != Phase.LOCKED:
        raise Refusal("reopenings.not_locked")
    owed = _owed(turn, period, admin_arguments.units(turn))
    rows, total = owed_reports.silent(turn.session, owed, SHOWN), figures.count(turn.session, owed)
    it = frames.frame(period, form_of(turn.session, period))
    turn.say("cycle/reopen_whom", **it, rows=rows, more=max(0, total - len(rows)))


def _owed(turn: Turn, period: Period, tops: list[Unit]) -> ColumnElement[bool]:
    """Match what is owed in any of these subtrees; a person in two of them is missing once."""
    return or_(*(owed_reports.owed(turn.session, period, top) for top in tops))


@router.button("report")
def tap_report(turn: Turn, report_id: ReportId) -> None:
    """Ask why, with a few reasons as buttons; any other is typed."""
    period, report = _mine(turn, report_id)
    who = _who(turn, report)
    number = who.staff_no if isinstance(who, Person) else who.path
    it = frames.frame(period, form_of(turn.session, period))
    turn.say("cycle/reopen_why", **it, report=report, who=who, number=number)


@router.button("reason")
def tap_reason(turn: Turn, report_id: ReportId, number: int) -> None:
    """Take one of the usual reasons, and ask for confirmation."""
    period, report = _mine(turn, report_id)
    if number < 3:
        _ask(turn, period, report, turn.words.line("cycle/reopen_reason", number=number))


def _mine(turn: Turn, report_id: int) -> tuple[Period, Report]:
    report = turn.session.get(Report, report_id)
    if report is None:
        raise Refusal("people.not_administered", path="")
    admin_arguments.refuse_unless_admin(turn, _unit(turn, report).path)
    place = turn.session.get(Place, report.place_id)
    unit = turn.session.get(Unit, place.unit_id) if place else None
    if unit:  # the figures that change are those of the unit it was asked through
        admin_arguments.refuse_unless_admin(turn, unit.path)
    return turn.session.get_one(Period, report.period_id), report


def _who(turn: Turn, report: Report) -> Person | Unit:
    if report.unit_id is not None:
        return turn.session.get_one(Unit, report.unit_id)
    return turn.session.get_one(Person, report.person_id)


def _unit(turn: Turn, report: Report) -> Unit:
    who = _who(turn, report)
    return who if isinstance(who, Unit) else people.home(turn.session, who)


def _ask(turn: Turn, period: Period, report: Report, reason: str) -> None:
    _refuse(turn, period, report)
    until = _until(turn, period)
    who = _who(turn, report)
    arguments = {"report": report.id, "until": until.isoformat(), "reason": reason[:200]}
    it = frames.frame(period, form_of(turn.session, period))
    state = reports.shown_state(report, period)
    confirmations.ask(
        turn, "reopen", arguments, "cycle/reopen_question", **it, who=who, until=until, reason=reason[:200], state=state
    )


def _refuse(turn: Turn, period: Period, report: Report) -> None:
    if period.phase != Phase.LOCKED:
        raise Refusal("reopenings.not_locked")
    if reopenings.active(turn.session, report.id):
        raise Refusal("reopenings.open")


def _until(turn: Turn, period: Period) -> datetime:
    tomorrow = day_at(turn.now, period.timezone) + timedelta(days=1)
    return instant(tomorrow, UNTIL, period.timezone)


@router.confirmed("reopen")
def confirmed(turn: Turn, confirmation: Confirmation, *, today: bool) -> None:
    """Check again; open the report, have the clock end and seal it, and ask whoever answers for it."""
    period, report = _mine(turn, confirmation.arguments["report"])
    _refuse(turn, period, report)
    until = datetime.fromisoformat(confirmation.arguments["until"])
    reason = confirmation.arguments["reason"]
    made = reopenings.reopen(turn.session, report.id, period.id, turn.person, until, reason, turn.now)
    turn.session.add(Step(period_id=period.id, kind=StepKind.REOPEN, number=made.id, at=until))
    who = _who(turn, report)
    about = who.staff_no if isinstance(who, Person) else who.path
    note(
        turn.session, turn.now, turn.person.staff_no, "reopen", about,
        day=period.day.isoformat(), until=until.isoformat(), reason=reason,
    )  # fmt: skip
    told = _tell(turn, period, report, until, reason)
    turn.say("cycle/reopened", **frames.frame(period, form_of(turn.session, period)), who=who, until=until, told=told)


def _tell(turn: Turn, period: Period, report: Report, until: datetime, reason: str) -> int:
    """Show the question again at the end of the chats of those who can answer it; for a ward, its reporter's."""
    it = context_of(turn.session, period, report)
    found = audience.audience(turn.session, it)
    if it.ward is not None:
        speaking = responsibility.speakers(turn.session, it.ward, turn.today)
        found = [(person, address) for person in speaking if (address := reachable(turn.session, person))]
    for person, address in found:
        words = turn.words_for(person, period.timezone)
        content = words.content(
            "cycle/reopened_prompt", **frames.frame(period, it.form), report=report, unit=it.unit, ward=it.ward,
            until=until, reason=reason, by=turn.person,
        )  # fmt: skip
        slot = report_slot(report, address)
        live_messages.show(turn.session, slot, Kind.ASK, content, turn.now, below=True)
    return len(found)
