"""The reports that are for somebody to file: their own, their wards', and those of units they answer for."""

from handlers import asking
from handlers.asking import Asked
from handlers.turn import Turn
from models import periods, reports
from models.people import is_below, leads, wards
from models.periods import Period
from models.reports import Report


def mine(turn: Turn) -> list[Asked]:
    found = []
    for period in asking.newest_day(periods.running(turn.session, turn.now)):
        report = reports.of_person(turn.session, period, turn.person)
        if report:
            found.append(Asked(period, report, asking.form_of(turn.session, period)))
    return found


def units(turn: Turn) -> list[Asked]:
    return [
        Asked(period, report, asking.form_of(turn.session, period), unit)
        for period in asking.newest_day(periods.running(turn.session, turn.now))
        for report, unit in asking.answered_for(turn.session, period, turn.person, turn.now)
    ]


def theirs(turn: Turn, report_id: int) -> Asked | None:
    """The report, if it is for this person to file: their own, their ward's, or that of a unit they answer for."""
    report = turn.session.get(Report, report_id)
    if report is None:
        turn.toast("not_yours", alert=True)
        return None
    period = turn.session.get_one(Period, report.period_id)
    it = asking.asked(turn.session, period, report)
    unit = it.unit
    own = report.person_id == turn.person.id
    ward = it.ward is not None and it.ward.id in {w.id for w in wards(turn.session, turn.person, period.day)}
    led = unit is not None and any(is_below(unit.path, top.path) for top in leads(turn.session, turn.person))
    if not (own or ward or led):
        turn.toast("not_yours", alert=True)
        return None
    return opened(turn, it)


def opened(turn: Turn, it: Asked) -> Asked | None:
    """Yesterday's button says so and shows today's card; a period not open any more takes nothing."""
    if reports.takes(turn.session, it.period, it.report):
        return it
    turn.toast("locked", day=it.period.day, alert=True)
    asking.ask_today(turn.session, turn.house, turn.person, turn.here, turn.now)
    return None
