"""`/summary`, 汇总: show a unit's figures of a day, at close and now, the line to copy, and the rows as a table; or the
figures of a range of days."""

from handlers.core import lead_arguments
from handlers.core.access import LEAD
from handlers.core.ids import PeriodId, UnitId
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.exports import export_job
from handlers.exports.wanted import Wanted
from handlers.summaries import contents
from models.authority.permissions import may_lead
from models.core import typed_ranges
from models.core.errors import Refusal
from models.core.typed_spans import Span
from models.cycle.assignments import Assignment
from models.cycle.periods import Period
from models.organisation.units import Unit
from models.summaries import range_view, stretches, view

router = Router("summary", LEAD)


@router.command("summary", word="汇总")
def summary(turn: Turn, words: str) -> None:
    """Show a day, today if none is named, or a range: 上周, 2026-11, `11-01..11-15`."""
    found = typed_ranges.ranged(words.split(), turn.today)
    if found:
        _range(turn, found[0], " ".join(found[1]))
        return
    for period, unit in lead_arguments.in_question(turn, words, "summary"):
        turn.send(contents.lead_content(turn.session, turn.words, view.summary(turn.session, period, unit)))


def _range(turn: Turn, days: Span, words: str) -> None:
    """Show each task's range. Raises `people.not_yours`, `summaries.too_long`."""
    first, last = days
    range_view.check(first, last)
    unit = lead_arguments.chosen_unit(turn, words, f"summary {first} {last}")
    if unit is None:
        return
    tasks = stretches.tasks(turn.session, unit, first, last)
    for task in tasks:
        it = range_view.gather(turn.session, task, unit, first, last)
        turn.send(contents.range_content(turn.session, turn.words, it, turn.today))
    if not tasks:
        turn.say("summaries/range_empty", unit=unit, first=first, last=last)


@router.button("table")
def tap_table(turn: Turn, period_id: PeriodId, unit_id: UnitId) -> None:
    """Send every row of the unit in this period, as a workbook."""
    period, unit = turn.session.get(Period, period_id), turn.session.get(Unit, unit_id)
    if period is None or unit is None or not may_lead(turn.session, turn.person, unit.path, turn.today):
        raise Refusal("people.not_yours", path=unit.path if unit else "")
    code = turn.session.get_one(Assignment, period.assignment_id).code
    export_job.begin(turn, Wanted(period.day.isoformat(), period.day.isoformat(), code, (unit.id,), "xlsx"))
