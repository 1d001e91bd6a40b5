"""`/status`, 我的: what I reported today, what is still open, and my streak."""

from handlers import absence as leaves
from handlers import asking
from handlers.turn import Turn
from models import absences, periods, reports, streaks
from models.people import Person
from models.reports import Report, State


def status(turn: Turn, words: str) -> None:
    session, lines = turn.session, []
    for period in asking.newest_day(periods.running(session, turn.now)):
        form = asking.form_of(session, period)
        own = reports.of_person(session, period, turn.person)
        units = asking.answered_for(session, period, turn.person, turn.now)
        wards: list[tuple[Report, Person]] = reports.of_wards(session, period, turn.person)
        lines.append(
            asking.frame(period, form)
            | {
                "own": own,
                "streak": streaks.streak(session, period, own) if own and own.state != State.DUE else 0,
                "units": units,
                "wards": wards,
            }
        )
    away = absences.of_person(session, turn.person.id, leaves.today(turn))
    turn.say("status", lines=[line for line in lines if line["own"] or line["units"] or line["wards"]], away=away)
    asking.ask_today(turn.session, turn.house, turn.person, turn.here, turn.now, only_due=True)
