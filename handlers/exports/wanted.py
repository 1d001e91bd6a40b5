"""Say which reports a file is to hold, find them, and name the file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session

from handlers.core.rendering import Renderer
from handlers.exports import file_words, report_words
from handlers.exports.about import Writing
from models.authority import permissions
from models.core import typed_ranges, typed_spans
from models.core.typed_spans import Span
from models.cycle import assignments, periods
from models.cycle.periods import Period
from models.files import archives
from models.forms.spec import say
from models.organisation import units
from models.organisation.people import Person
from models.organisation.units import Unit, is_below
from models.reporting import report_context
from models.spreadsheets import writer

ZIP = "zip"
KINDS = {**writer.TYPES, ZIP: archives.MIME}
MOST_DAYS = 366


@dataclass(frozen=True)
class Wanted:
    """Which reports to export: of these days (ISO 8601), of one assignment or all, of these units' subtrees or all, as
    csv, xlsx, or zip: the xlsx with the files that people sent. `codes` are for scripts; people get words."""

    first: str
    last: str
    code: str | None
    tops: tuple[int, ...]
    kind: str
    codes: bool = False

    @property
    def days(self) -> tuple[date, date]:
        return date.fromisoformat(self.first), date.fromisoformat(self.last)

    @property
    def about(self) -> str:
        return f"{self.first}..{self.last}"


@dataclass(frozen=True)
class Table:
    """The reports of a file, found, and how they are written down: `writing` says in whose words."""

    periods: list[Period]
    tops: Sequence[Unit | None]
    days: tuple[date, date]
    writing: Writing
    codes: bool = False
    marked: bool = True  # codes with the columns of `report_table.MARKS`


def days_named(parts: list[str], today: date) -> tuple[Span, list[str]]:
    """Return the days that the words of `/export` name, today if none, and the other words. A count names none: of
    which days?"""
    if found := typed_ranges.ranged(parts, today):
        return found
    for at in range(len(parts)):
        one = typed_spans.span(parts[at:], today)
        if one and typed_spans.count(parts[at]) is None:
            return one[0], parts[:at] + one[1]
    return (today, today), parts


def of_arguments(a: Mapping[str, Any]) -> Wanted:
    return Wanted(a["first"], a["last"], a["code"], tuple(a["tops"]), a["kind"], a["codes"])


def table(session: Session, wanted: Wanted, writing: Writing) -> Table:
    return Table(found(session, wanted), tops(session, wanted), wanted.days, writing, wanted.codes)


def found(session: Session, wanted: Wanted) -> list[Period]:
    """Return the periods of these days in which one of the units has a part."""
    task = assignments.by_code(session, wanted.code) if wanted.code else None
    return periods.in_range(session, *wanted.days, task, [it for it in tops(session, wanted) if it])


def tops(session: Session, wanted: Wanted) -> list[Unit | None]:
    return [session.get_one(Unit, number) for number in wanted.tops] or [None]


def reach(session: Session, person: Person, today: date) -> tuple[int, ...] | None:
    """Return the tops of what somebody exports: of whoever answers for a part, its units; () for the whole; None for
    who answers for no unit."""
    led = permissions.leads(session, person, today)
    if not led:
        return None
    return () if units.is_whole(session, led) else tuple(it.id for it in led)


def within_reach(session: Session, person: Person, wanted: Wanted, today: date) -> bool:
    """Say whether somebody may still have what was wanted: roles change and people leave while a file is written, and
    afterwards."""
    if person.left_by(today):
        return False
    led = permissions.leads(session, person, today)
    if not wanted.tops:
        return units.is_whole(session, led)
    asked = [session.get_one(Unit, it).path for it in wanted.tops]
    return all(any(is_below(path, top.path) for top in led) for path in asked)


def ending(session: Session, wanted: Wanted) -> str:
    """Return how the file's name ends: several forms in words as CSV are a zip of one file each."""
    several = (
        wanted.kind == "csv" and not wanted.codes and report_words.number_of_forms(session, found(session, wanted)) > 1
    )
    return ZIP if several else wanted.kind


def name(session: Session, words: Renderer, wanted: Wanted) -> str:
    """Return the file's name: task, unit and days in this person's words."""
    kind = ending(session, wanted)
    if wanted.codes:
        return file_words.named([wanted.code or "reports", *dict.fromkeys((wanted.first, wanted.last))], kind)
    said = file_words.told(words)
    about = [top or units.root(session) for top in tops(session, wanted)]
    title = said["reports"]
    if wanted.code and (of_task := found(session, wanted)):
        title = say(report_context.form_of(session, of_task[-1]).title, words.locale)
    unit = about[0].name if len(about) == 1 and about[0] else ""
    return file_words.file_name(said, [title, unit], *wanted.days, kind)
