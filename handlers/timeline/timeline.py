"""`/timeline`, 时间树: read what happened in one's unit and those above, as counts and events; admins add entries, word
and hide them (docs/rules.md 39)."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Literal

from handlers.core import asking
from handlers.core.access import LEAD, MEMBER
from handlers.core.asking import Option
from handlers.core.groups import Group
from handlers.core.ids import UnitId
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.core.vocabulary import TIMELINE, verb
from handlers.exports import document_job, list_files
from handlers.timeline import editing, picture, standing, timeline_file, which
from models.authority import permissions, timeline_reach
from models.core import months
from models.organisation import units
from models.organisation.units import Unit
from models.timeline.reading import Cursor

router = Router("timeline", MEMBER)


@router.command("timeline", word="时间树", tells=True, takes_words=True, group=Group.RECORD)
def timeline(turn: Turn, words: str) -> None:
    """Show the newest entries: `[unit] [month]`; with a verb, do that: add, words, hide, show, picture, word, excel."""
    said, rest = verb(words, TIMELINE)
    VERBS[said or "list"](turn, rest)


def listed(turn: Turn, parts: list[str]) -> None:
    """Show the newest entries of a unit, or a month's."""
    unit, month = which.unit_and_month(turn, parts)
    _show(turn, unit, month=month)


def _show(turn: Turn, unit: Unit, *, month: date | None = None, before: Cursor | None = None) -> None:
    shown = standing.page(turn, turn.words, turn.person, unit, month=month, before=before)
    led = permissions.leads(turn.session, turn.person, turn.today)
    turn.say(
        "timeline/list", unit=unit, lines=shown.lines, older=shown.older, admin=shown.admin, may_add=shown.may_add,
        month=month, before=before, units=bool(led), today=turn.today,
    )  # fmt: skip


@router.button("earlier")
def tap_earlier(turn: Turn, unit_id: UnitId, day: date, number: int) -> None:
    """Show the entries before the last one shown."""
    _show(turn, which.unit(turn, unit_id), before=(day, number))


@router.button("month")
def tap_month(turn: Turn, unit_id: UnitId, month: date) -> None:
    """Show a month's entries."""
    _show(turn, which.unit(turn, unit_id), month=month.replace(day=1))


@router.button("months")
def tap_months(turn: Turn, unit_id: UnitId, last: date) -> None:
    """List the months up to a day, with how much there was."""
    unit = which.unit(turn, unit_id)
    found, older = standing.months(turn, turn.words, turn.person, unit, months.last_day(last))
    turn.say("timeline/months", unit=unit, months=found, older=older)


@router.button("newest")
def tap_newest(turn: Turn, unit_id: UnitId) -> None:
    """Show the newest entries again."""
    _show(turn, which.unit(turn, unit_id))


@router.button("picture")
def tap_picture(turn: Turn, unit_id: UnitId, day: date, number: int) -> None:
    """Draw the page that begins with this entry."""
    _draw(turn, which.unit(turn, unit_id), before=(day, number + 1))


def _draw(turn: Turn, unit: Unit, *, month: date | None = None, before: Cursor | None = None) -> None:
    shown = standing.page(turn, turn.words, turn.person, unit, month=month, before=before)
    turn.send(picture.drawn(turn.words, shown))


def draw(turn: Turn, parts: list[str]) -> None:
    """Draw the newest entries, or a month's."""
    unit, month = which.unit_and_month(turn, parts)
    _draw(turn, unit, month=month)


@router.button("file")
def tap_file(turn: Turn, unit_id: UnitId, kind: Literal["word", "excel"]) -> None:
    """Send the whole timeline as a file."""
    FILES[kind](turn, which.unit(turn, unit_id), None)


def as_word(turn: Turn, parts: list[str]) -> None:
    """Have a timeline, or a month of it, made as a Word document."""
    _word(turn, *which.unit_and_month(turn, parts))


def as_excel(turn: Turn, parts: list[str]) -> None:
    """Send a timeline, or a month of it, as an Excel file."""
    _excel(turn, *which.unit_and_month(turn, parts))


def _word(turn: Turn, unit: Unit, month: date | None) -> None:
    timeline_reach.scope(turn.session, turn.person, unit, turn.today)
    document_job.begin_story(turn, unit, *standing.days(month, turn.today))


def _excel(turn: Turn, unit: Unit, month: date | None) -> None:
    list_files.send(turn, timeline_file.Entries(), timeline_file.asked(unit, month))


FILES: Mapping[str, Callable[[Turn, Unit, date | None], None]] = {"word": _word, "excel": _excel}


@router.button("other", role=LEAD)
def tap_other(turn: Turn) -> None:
    """Choose another unit: one that the speaker answers for, or right below it."""
    led = permissions.leads(turn.session, turn.person, turn.today)
    found = [it for top in led for it in units.with_children(turn.session, top)]
    asking.choose(turn, "unit", [Option(it.path, f"timeline =u{it.id}") for it in found])


VERBS: Mapping[str, Callable[[Turn, list[str]], None]] = {
    "list": listed, "picture": draw, "word": as_word, "excel": as_excel,
    "add": editing.add, "words": editing.change_words, "hide": editing.hide, "show": editing.again,
}  # fmt: skip
