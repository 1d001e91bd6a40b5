"""The lock: what is still due is missing, nothing is filed any more, and the period is sealed a second time."""

from datetime import datetime

from sqlmodel import Session

from handlers.core import isolating
from handlers.core.turn import Defaults, words_for
from handlers.prompts import frames, ward_lists
from models.cycle.periods import Period, Phase
from models.cycle.steps import Step
from models.evidence import seals
from models.messaging import live_messages
from models.messaging.cards import Kind, Lane
from models.reporting import asked, audience, cumulative_totals
from models.reporting.reports import Report, owing
from models.summaries import posts

CHUNK = 20


def lock(session: Session, house: Defaults, period: Period, step: Step, now: datetime) -> bool:
    if period.phase == Phase.CLOSED:
        period.phase, period.locked_at = Phase.LOCKED, now
        step.cursor, step.state = 0, ""
        cumulative_totals.begin(session, period)
        session.add(period)
        return False
    if step.outcome is None:
        if cumulative_totals.advance(session, period, step):
            step.outcome, step.cursor = "{}:{}".format(*seals.boundary(session)), 0
        return False
    if step.outcome != "sealed":
        upto = seals.Boundary(*map(int, step.outcome.split(":")))
        if seals.advance(session, period, seals.At.LOCK, upto, step, now):
            step.outcome, step.cursor = "sealed", 0
        return False
    if _tell_missing(session, house, period, step, now):
        posts.all_stale(session, period, now)
        step.outcome = "done"
        return True
    return False


def _tell_missing(session: Session, house: Defaults, period: Period, step: Step, now: datetime) -> bool:
    """The prompts of those who said nothing become the sentence that says so; nobody's phone rings."""
    rows = owing(session, period, step.cursor, CHUNK)

    def tell_one(report: Report) -> None:
        it = asked.asked(session, period, report)
        if it.ward is not None:
            ward_lists.redraw_wards(session, house, period, it.ward, now)
        for person, address in audience.audience(session, it) if it.ward is None else []:
            if live_messages.current(session, asked.report_slot(report, address)):
                words = words_for(house, person, period.timezone)
                content = words.content("cycle/missing", **frames.frame(period, it.form), unit=it.unit)
                slot = asked.report_slot(report, address)
                live_messages.show(session, slot, Kind.ASK, content, now, lane=Lane.BULK)

    isolating.each(session, house, step, rows, tell_one, now)
    return len(rows) < CHUNK
