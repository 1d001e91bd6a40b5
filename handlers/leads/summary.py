"""`/summary`, 汇总: a unit's figures of a day, at close and now, the line to copy, and the rows as a table."""

import csv
import io

from handlers import asking, leading, posting
from handlers.turn import Turn
from models import blobs, export
from models.errors import Refusal
from models.people import Unit, may_lead
from models.periods import Period


def summary(turn: Turn, words: str) -> None:
    day, rest = leading.day_and_rest(turn, words)
    unit = leading.chosen_unit(turn, rest, f"summary {day}")
    if unit is None:
        return
    found = leading.about(turn, unit, day)
    for period in found:
        turn.send(posting.lead_content(turn.session, turn.words, posting.summary(turn.session, period, unit)))
    if not found:
        turn.say("no_period", unit=unit, about=day)


def tap_table(turn: Turn, period_id: int, unit_id: int) -> None:
    """Every row of the unit in this period, as a CSV file for a spreadsheet."""
    period, unit = turn.session.get(Period, period_id), turn.session.get(Unit, unit_id)
    if period is None or unit is None or not may_lead(turn.session, turn.person, unit.path):
        raise Refusal("people.not_yours", path=unit.path if unit else "")
    text = io.StringIO()
    csv.writer(text).writerows(export.table(turn.session, [period], unit))
    name = f"{unit.name}-{period.day}.csv"
    file = blobs.keep(turn.session, name, "text/csv", ("\ufeff" + text.getvalue()).encode())
    turn.send(
        turn.words.content("table", file=file, unit=unit, period=period, form=asking.form_of(turn.session, period))
    )
