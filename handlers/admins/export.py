"""`/export`, 导出: a day's or a range's reports, or the roster, as a file for a spreadsheet."""

import csv
import io
from collections.abc import Iterable
from datetime import timedelta

from handlers import administering
from handlers.administering import guided
from handlers.turn import Turn
from models import assignments, blobs, export, people, periods, roster
from models.audit import note
from models.errors import Refusal
from models.people import Unit
from models.verbs import ROSTER

MOST_DAYS = 31


def handle(turn: Turn, words: str) -> None:
    """Bare: buttons. `[day | day..day] [assignment]`, or `roster`."""
    with guided(turn, "export"):
        parts = words.split()
        if not parts:
            turn.say("export", today=administering.today(turn))
        elif parts[0].lower() in ROSTER:
            _roster(turn)
        else:
            _reports(turn, parts)


def tap(turn: Turn, days: int, what: str) -> None:
    """A button: the roster, or the reports of the last days up to one."""
    with guided(turn, "export"):
        if what == "roster":
            _roster(turn)
        else:
            end = administering.today(turn)
            first = end - timedelta(days=min(days, MOST_DAYS - 1))
            _reports(turn, [f"{first}..{first if what == 'day' else end}"])


def _tops(turn: Turn) -> list[Unit | None]:
    """What is exported: everything for the admin of the whole, else the admin's own subtrees one by one."""
    tops = administering.units(turn)
    root = people.root(turn.session)
    return [None] if root and root.id in {u.id for u in tops} else [*tops]


def _roster(turn: Turn) -> None:
    rows = [row for top in _tops(turn) for row in roster.rows_of(turn.session, top, administering.today(turn))]
    _send(turn, "roster.csv", [roster.headings("en"), *rows], len(rows), "roster")


def _reports(turn: Turn, parts: list[str]) -> None:
    span = administering.days(turn, parts[0])
    if span is None and len(parts) == 1:
        today = administering.today(turn)
        span, parts = (today, today), ["", *parts]
    if span is None:
        raise Refusal("changes.no_day", typed=parts[0][:40])
    first, last = span
    if not 0 <= (last - first).days < MOST_DAYS:
        raise Refusal("export.range", most=MOST_DAYS)
    task = assignments.by_code(turn.session, parts[1]) if len(parts) > 1 else None
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    found = [p for day in days for p in periods.of_day(turn.session, day, task)]
    if not found:
        raise Refusal("export.nothing", first=first, last=last)
    rows: list[list[str]] = []
    for top in _tops(turn):
        for n, row in enumerate(export.table(turn.session, found, top, turn.words.locale, marks=True)):
            if n or not rows:
                rows.append(row)
    name = f"{task.code if task else 'reports'}-{first}{f'-{last}' if last != first else ''}.csv"
    _send(turn, name, rows, len(rows) - 1, f"{first}..{last}")


def _send(turn: Turn, name: str, rows: Iterable[list[str]], count: int, about: str) -> None:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    file = blobs.keep(turn.session, name, "text/csv", ("\ufeff" + text.getvalue()).encode())
    note(turn.session, turn.now, turn.person.staff_no, "export", about)
    turn.send(turn.words.content("exported", file=file, count=count, roster=about == "roster"))
