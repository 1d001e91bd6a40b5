"""`/summary`, 汇总: show a unit's figures of a day, at close and now, the line to copy, and the rows as a table."""

import csv
import io

from handlers.core import lead_arguments
from handlers.core.access import LEAD
from handlers.core.ids import PeriodId, UnitId
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.summaries import contents
from models.authority.permissions import may_lead
from models.core.errors import Refusal
from models.cycle.periods import Period
from models.exports import report_table
from models.files import blobs
from models.organisation.units import Unit
from models.reporting import report_context
from models.summaries import view

router = Router("summary", LEAD)


@router.command("summary", word="汇总")
def summary(turn: Turn, words: str) -> None:
    for period, unit in lead_arguments.in_question(turn, words, "summary"):
        turn.send(contents.lead_content(turn.session, turn.words, view.summary(turn.session, period, unit)))


@router.button("table")
def tap_table(turn: Turn, period_id: PeriodId, unit_id: UnitId) -> None:
    """Send every row of the unit in this period, as a CSV file for a spreadsheet."""
    period, unit = turn.session.get(Period, period_id), turn.session.get(Unit, unit_id)
    if period is None or unit is None or not may_lead(turn.session, turn.person, unit.path, turn.today):
        raise Refusal("people.not_yours", path=unit.path if unit else "")
    text = io.StringIO()
    csv.writer(text).writerows(report_table.table(turn.session, [period], unit))
    name = f"{unit.name}-{period.day}.csv"
    file = blobs.keep(turn.session, name, "text/csv", ("\ufeff" + text.getvalue()).encode())
    turn.send(
        turn.words.content(
            "summaries/table", file=file, unit=unit, period=period, form=report_context.form_of(turn.session, period)
        )
    )
