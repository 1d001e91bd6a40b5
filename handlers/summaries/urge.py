"""`/urge`, 催办: send the lead's own reminder to those who are silent, after showing the names; once per half hour."""

from handlers.core import lead_arguments
from handlers.core.access import LEAD
from handlers.core.ids import PeriodId, ReportId, UnitId
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.prompts import urging
from handlers.summaries import contents
from models.authority.permissions import may_lead
from models.core.errors import Refusal
from models.cycle.periods import Period
from models.cycle.steps import Step, StepKind
from models.organisation import people
from models.organisation.people import Person
from models.organisation.units import Unit
from models.reporting import figures, owed_reports, reports
from models.reporting.reports import Report
from models.summaries import urges, view
from models.summaries.urges import Urge

router = Router("urge", LEAD)

AT_ONCE = 40  # reminders within the tap; more are sent by the clock, a few at a time


@router.command("urge", word="催办")
def urge(turn: Turn, words: str) -> None:
    """Show the silent people by name, to be confirmed. With a person: remind that one, at once."""
    if words.strip() and not lead_arguments.is_unit(turn, words.strip()):
        _urge_person(turn, lead_arguments.person_in_reach(turn, words.strip()))
        return
    unit = lead_arguments.chosen_unit(turn, words, "urge")
    if unit is None:
        return
    found = [p for p in lead_arguments.about(turn, unit, turn.today) if p.takes_reports]
    for period in found:
        it = view.summary(turn.session, period, unit)
        turn.say("summaries/urge", **contents.values(it), names=view.silent_by_kind(turn.session, it))
    if not found:
        turn.say("core/no_period", unit=unit, about=turn.today)


@router.button("unit")
def tap_urge(turn: Turn, period_id: PeriodId, unit_id: UnitId) -> None:
    """Remind everybody in a unit who still owes a report, after the names were shown."""
    period, unit = turn.session.get(Period, period_id), turn.session.get(Unit, unit_id)
    if period is None or unit is None or not may_lead(turn.session, turn.person, unit.path, turn.today):
        raise Refusal("people.not_yours", path=unit.path if unit else "")
    before = urges.urged(turn.session, period, unit, turn.now)
    if before:
        turn.toast("summaries/urged_before", at=before.at, alert=True)
        return
    if not period.takes_reports:
        turn.toast("core/locked", day=period.day, alert=True)
        return
    it = Urge(period_id=period.id, unit_id=unit.id, by=turn.person.id, at=turn.now)
    turn.session.add(it)
    owed = owed_reports.owed(turn.session, period, unit)
    found = owed_reports.silent(turn.session, owed, AT_ONCE + 1)
    if len(found) > AT_ONCE:
        turn.session.flush()
        turn.session.add(Step(period_id=period.id, kind=StepKind.URGE, number=it.id, at=turn.now))
        turn.toast("summaries/urging", count=figures.now(turn.session, period, unit).silent)
        return
    told: set[int] = set()
    for report, owing in found:
        _remind(turn, period, report, owing, told)
    it.told = len(told)
    turn.toast("summaries/urged", count=it.told)


def _remind(turn: Turn, period: Period, report: Report, owing: Person | Unit, told: set[int]) -> None:
    urging.remind(turn, period, report, owing, turn.person, turn.now, told)


@router.button("one")
def tap_one(turn: Turn, report_id: ReportId) -> None:
    """Remind whoever owes one report, at once."""
    report = turn.session.get(Report, report_id)
    owing = _owing(turn, report) if report else None
    unit = owing if isinstance(owing, Unit) else people.home(turn.session, owing) if owing else None
    if not report or not owing or not unit or not may_lead(turn.session, turn.person, unit.path, turn.today):
        raise Refusal("people.not_yours", path=unit.path if unit else "")
    period = turn.session.get_one(Period, report.period_id)
    before = urges.urged(turn.session, period, unit, turn.now, owing if isinstance(owing, Person) else None)
    if before:
        turn.toast("summaries/urged_before", at=before.at, alert=True)
    elif not period.takes_reports:
        turn.toast("core/locked", day=period.day, alert=True)
    else:
        told: set[int] = set()
        if report.owed:
            _remind_one(turn, period, report, owing, unit, told)
        turn.toast("summaries/urged", count=len(told))


def _owing(turn: Turn, report: Report) -> Person | Unit:
    if report.person_id is not None:
        return turn.session.get_one(Person, report.person_id)
    return turn.session.get_one(Unit, report.unit_id)


def _remind_one(turn: Turn, period: Period, report: Report, owing: Person | Unit, unit: Unit, told: set[int]) -> None:
    reached = len(told)
    _remind(turn, period, report, owing, told)
    person_id = owing.id if isinstance(owing, Person) else None
    turn.session.add(
        Urge(period_id=period.id, unit_id=unit.id, person_id=person_id, by=turn.person.id, at=turn.now,
             told=len(told) - reached)
    )  # fmt: skip


def _urge_person(turn: Turn, person: Person) -> None:
    told: set[int] = set()
    unit = people.home(turn.session, person)
    for period in lead_arguments.about(turn, unit, turn.today):
        report = reports.of_person(turn.session, period, person)
        if report is None or not report.owed or not period.takes_reports:
            continue
        before = urges.urged(turn.session, period, unit, turn.now, person)
        if before:
            turn.say("summaries/urged_before", at=before.at)
            return
        _remind_one(turn, period, report, person, unit, told)
    turn.say("summaries/urged", count=len(told))
