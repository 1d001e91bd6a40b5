"""`/status`, 我的: show what I reported today, what others filed for me, what is still open, and my streak."""

from dataclasses import dataclass

from handlers.core.access import MEMBER
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.prompts import frames, prompts
from models.absence import leave
from models.cycle import periods
from models.organisation.people import Person
from models.organisation.units import Unit
from models.reporting import audience, report_context, reports, streaks
from models.reporting.reports import Report
from models.reporting.revisions import Revision

router = Router("status", MEMBER)


@dataclass(frozen=True)
class Line:
    """One report: about whom (None is the reader), its newest revision, and by whom if by another."""

    report: Report
    about: Person | Unit | None
    revision: Revision | None
    by: Person | None


@router.command("status", word="我的")
def status(turn: Turn, words: str) -> None:
    session, lines = turn.session, []
    for period in periods.current(session, turn.now):
        own = reports.of_person(session, period, turn.person)
        decided = own is not None and (not own.owed)
        lines.append(
            frames.frame(period, report_context.form_of(session, period))
            | {
                "own": _line(turn, own, None) if own else None,
                "streak": streaks.streak(session, period, own) if own and decided else 0,
                "units": [
                    _line(turn, r, u) for r, u in audience.answered_for(session, period, turn.person, turn.today)
                ],
                "wards": [_line(turn, r, p) for r, p in reports.of_wards(session, period, turn.person)],
            }
        )
    away = leave.of_person(session, turn.person.id, turn.today)
    turn.say(
        "reporting/status", lines=[line for line in lines if line["own"] or line["units"] or line["wards"]], away=away
    )
    prompts.ask_today(turn, turn.person, turn.here, only_due=True)


def _line(turn: Turn, report: Report, about: Person | Unit | None) -> Line:
    revision = turn.session.get(Revision, report.head_id) if report.head_id else None
    by = turn.session.get_one(Person, revision.by) if revision and revision.by != turn.person.id else None
    return Line(report, about, revision, by)
