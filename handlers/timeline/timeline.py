"""`/timeline`, 时间树: read what happened in one's unit and those above, as counts and events; admins add entries, word
and hide them (docs/rules.md 39)."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Literal

from handlers.core import asking, confirmations
from handlers.core.access import ADMIN, LEAD, MEMBER
from handlers.core.asking import Option
from handlers.core.groups import Group
from handlers.core.ids import TimelineEntryId, UnitId
from handlers.core.router import Router, ToCommand
from handlers.core.turn import Turn
from handlers.core.vocabulary import TIMELINE, verb
from handlers.exports import documents, timeline_words
from handlers.timeline import picture, standing, timeline_file
from models.authority import permissions, timeline_reach
from models.conversations.confirmations import Confirmation
from models.core import audit, months, typed_text
from models.core.errors import Refusal
from models.files import blobs
from models.organisation import units
from models.organisation.people import Person
from models.organisation.units import Unit
from models.spreadsheets.writer import TYPES
from models.timeline import entries
from models.timeline.reading import Cursor

router = Router("timeline", MEMBER)

ADD = "timeline.write"  # the question that asks for an admin's yes


@router.command("timeline", word="时间树", tells=True, takes_words=True, group=Group.RECORD)
def timeline(turn: Turn, words: str) -> None:
    """Show the newest entries: `[unit] [month]`; with a verb, do that: add, words, hide, show, picture, word, excel."""
    said, rest = verb(words, TIMELINE)
    VERBS[said or "list"](turn, rest)


def listed(turn: Turn, parts: list[str]) -> None:
    """Show the newest entries of a unit, or a month's."""
    unit, month = _unit_and_month(turn, parts)
    _show(turn, unit, month=month)


def _unit_and_month(turn: Turn, parts: list[str]) -> tuple[Unit, date | None]:
    """Return the unit and the month that the words name, one's own unit if they name none. Raises
    `timeline.not_yours`, of a unit that there is not too."""
    rest = list(parts)
    month = None
    for at in (0, -1):
        month = typed_text.month(rest[at], turn.today) if rest else None
        if month:
            rest.pop(at)
            break
    if not rest:
        return standing.own(turn, turn.person), month
    try:
        unit = units.find_unit(turn.session, " ".join(rest))
    except Refusal as refusal:
        led = permissions.leads(turn.session, turn.person, turn.today)
        raise refusal if led else Refusal("timeline.not_yours") from None
    return unit, month


def _show(turn: Turn, unit: Unit, *, month: date | None = None, before: Cursor | None = None) -> None:
    shown = standing.page(turn, turn.words, turn.person, unit, month=month, before=before)
    led = permissions.leads(turn.session, turn.person, turn.today)
    turn.say(
        "timeline/list", unit=unit, lines=shown.lines, older=shown.older, admin=shown.admin, may_add=shown.may_add,
        month=month, before=before, units=bool(led),
    )  # fmt: skip


def _unit(turn: Turn, number: int) -> Unit:
    """Return the unit that a button names. Raises `timeline.not_yours`."""
    unit = turn.session.get(Unit, number)
    if unit is None:
        raise Refusal("timeline.not_yours")
    timeline_reach.scope(turn.session, turn.person, unit, turn.today)
    return unit


@router.button("earlier")
def tap_earlier(turn: Turn, unit_id: UnitId, day: date, number: int) -> None:
    """Show the entries before the last one shown."""
    _show(turn, _unit(turn, unit_id), before=(day, number))


@router.button("month")
def tap_month(turn: Turn, unit_id: UnitId, month: date) -> None:
    """Show a month's entries."""
    _show(turn, _unit(turn, unit_id), month=month.replace(day=1))


@router.button("months")
def tap_months(turn: Turn, unit_id: UnitId, last: date) -> None:
    """List the months up to a day, with how much there was."""
    unit = _unit(turn, unit_id)
    found, older = standing.months(turn, turn.words, turn.person, unit, months.last_day(last))
    turn.say("timeline/months", unit=unit, months=found, older=older)


@router.button("picture")
def tap_picture(turn: Turn, unit_id: UnitId, day: date, number: int) -> None:
    """Draw the page that begins with this entry."""
    _draw(turn, _unit(turn, unit_id), before=(day, number + 1))


def _draw(turn: Turn, unit: Unit, *, month: date | None = None, before: Cursor | None = None) -> None:
    shown = standing.page(turn, turn.words, turn.person, unit, month=month, before=before)
    turn.send(picture.drawn(turn.words, shown))


def draw(turn: Turn, parts: list[str]) -> None:
    """Draw the newest entries, or a month's."""
    unit, month = _unit_and_month(turn, parts)
    _draw(turn, unit, month=month)


@router.button("file")
def tap_file(turn: Turn, unit_id: UnitId, kind: Literal["word", "excel"]) -> None:
    """Send the whole timeline as a file."""
    FILES[kind](turn, _unit(turn, unit_id), None)


def as_word(turn: Turn, parts: list[str]) -> None:
    """Have a timeline, or a month of it, made as a Word document."""
    _word(turn, *_unit_and_month(turn, parts))


def as_excel(turn: Turn, parts: list[str]) -> None:
    """Send a timeline, or a month of it, as an Excel file."""
    _excel(turn, *_unit_and_month(turn, parts))


def _word(turn: Turn, unit: Unit, month: date | None) -> None:
    timeline_reach.scope(turn.session, turn.person, unit, turn.today)
    documents.begin_story(turn, unit, *standing.days(month, turn.today))


def _excel(turn: Turn, unit: Unit, month: date | None) -> None:
    name, data, count = timeline_file.write(turn, turn.words, turn.person, unit, month)
    file = blobs.keep(turn.session, name, TYPES["xlsx"], data)
    audit.note(turn.session, turn.now, turn.person.staff_no, "export", unit.path, timeline=count)
    turn.say("timeline/exported", file=file, count=count)


FILES: Mapping[str, Callable[[Turn, Unit, date | None], None]] = {"word": _word, "excel": _excel}


@router.button("other", role=LEAD)
def tap_other(turn: Turn) -> None:
    """Choose another unit: one that the speaker answers for, or right below it."""
    led = permissions.leads(turn.session, turn.person, turn.today)
    found = [it for top in led for it in units.with_children(turn.session, top)]
    asking.choose(turn, "unit", [Option(it.path, f"timeline {it.path}") for it in found])


@router.button("add", role=ADMIN)
def tap_add(turn: Turn, unit_id: UnitId) -> ToCommand:
    """Add an entry."""
    return ToCommand("timeline", f"add =u{_administered(turn, _unit(turn, unit_id)).id}")


def _administered(turn: Turn, unit: Unit) -> Unit:
    if not permissions.may_admin(turn.session, turn.person, unit.path):
        raise Refusal("timeline.not_yours")
    return unit


def add(turn: Turn, parts: list[str]) -> None:
    """Ask to confirm an entry: `add [day] words`. Raises `timeline.admins_only`, `timeline.later`, `timeline.words`."""
    tops = permissions.administers(turn.session, turn.person)
    if not tops:
        raise Refusal("timeline.admins_only")
    marked = parts[0][2:] if parts and parts[0].startswith("=u") else ""
    rest = parts[bool(marked) :]
    if not (marked.isdecimal() and len(marked) < 10) and len(tops) > 1:
        asking.choose(turn, "unit", [Option(it.path, " ".join([f"timeline add =u{it.id}", *rest])) for it in tops])
        return
    unit = _administered(turn, _unit(turn, int(marked))) if marked.isdecimal() and len(marked) < 10 else tops[0]
    if not rest:
        asking.for_words(turn, "timeline_add", f"timeline add =u{unit.id} {{}}", path=unit.path)
        return
    day = typed_text.day(rest[0], turn.today)
    words = entries.said(" ".join(rest[1:] if day else rest))
    if day and day > turn.today:
        raise Refusal("timeline.later", day=day)
    at = day or turn.today
    arguments: dict[str, Any] = {"unit": unit.id, "day": at.isoformat(), "words": words}
    confirmations.ask(turn, ADD, arguments, "timeline/question", unit=unit, day=at, words=words)


@router.confirmed(ADD, role=ADMIN)
def added(turn: Turn, asked: Confirmation, *, today: bool) -> None:
    """Add the entry."""
    told, unit = asked.arguments, _administered(turn, _unit(turn, asked.arguments["unit"]))
    day = date.fromisoformat(told["day"])
    made = entries.write(turn.session, unit, day, told["words"], turn.person, turn.now)
    _note(turn, unit, "timeline added", made.id, day=day.isoformat(), words=made.words)
    _entry(turn, made.id)


@router.button("entry", role=ADMIN)
def tap_entry(turn: Turn, entry_id: TimelineEntryId) -> None:
    """Show an entry, to word or to hide it."""
    _entry(turn, entry_id)


def _entry(turn: Turn, number: int) -> None:
    it, unit = timeline_reach.edited(turn.session, turn.person, number)
    scope = timeline_reach.scope(turn.session, turn.person, unit, turn.today)
    line = timeline_words.lines(turn.words, scope, [it])[0]
    people = {who: turn.session.get_one(Person, who) for who in (it.by, it.hidden_by) if who}
    turn.say(
        "timeline/entry", one=line, unit=unit, by=people.get(it.by or 0), hider=people.get(it.hidden_by or 0),
        own=timeline_words.made_of(turn.words, it),
    )  # fmt: skip


@router.button("words", role=ADMIN)
def tap_words(turn: Turn, entry_id: TimelineEntryId) -> None:
    """Ask for other words for an entry."""
    it, _ = timeline_reach.edited(turn.session, turn.person, entry_id)
    asking.for_words(turn, "timeline_words", f"timeline words {it.id} {{}}", number=it.id)


@router.button("hide", role=ADMIN)
def tap_hide(turn: Turn, entry_id: TimelineEntryId) -> None:
    """Ask why an entry is hidden."""
    it, _ = timeline_reach.edited(turn.session, turn.person, entry_id)
    if it.hidden_at is not None:
        raise Refusal("timeline.hidden")
    asking.for_words(turn, "timeline_hide", f"timeline hide {it.id} {{}}", number=it.id)


@router.button("again", role=ADMIN)
def tap_again(turn: Turn, entry_id: TimelineEntryId) -> None:
    """Show a hidden entry again."""
    again(turn, [str(entry_id)])


def _named(turn: Turn, parts: list[str]) -> tuple[entries.TimelineEntry, Unit, str]:
    """Return the entry whose number comes first, its unit, and the other words. Raises `timeline.no_entry`,
    `timeline.not_yours`."""
    number = parts[0].lstrip("№#") if parts else ""
    if not number.isdecimal() or len(number) > 9:
        raise Refusal("timeline.no_entry")
    return *timeline_reach.edited(turn.session, turn.person, int(number)), " ".join(parts[1:])


def change_words(turn: Turn, parts: list[str]) -> None:
    """Give an entry other words: `words number words`; what it said before stays on record."""
    it, unit, said = _named(turn, parts)
    before = it.words
    entries.word(turn.session, it, said, turn.person, turn.now)
    _note(turn, unit, "timeline worded", it.id, words=it.words, before=before)
    _entry(turn, it.id)


def hide(turn: Turn, parts: list[str]) -> None:
    """Hide an entry: `hide number reason`."""
    it, unit, reason = _named(turn, parts)
    entries.hide(turn.session, it, reason, turn.person, turn.now)
    _note(turn, unit, "timeline hidden", it.id, reason=it.reason)
    _entry(turn, it.id)


def again(turn: Turn, parts: list[str]) -> None:
    """Show a hidden entry again: `show number`."""
    it, unit, _ = _named(turn, parts)
    before = it.reason
    entries.show(turn.session, it)
    _note(turn, unit, "timeline shown", it.id, reason=before)
    _entry(turn, it.id)


def _note(turn: Turn, unit: Unit, what: str, number: int, **more: object) -> None:
    audit.note(turn.session, turn.now, turn.person.staff_no, what, unit.path, number=number, **more)


VERBS: Mapping[str, Callable[[Turn, list[str]], None]] = {
    "list": listed, "add": add, "words": change_words, "hide": hide, "show": again, "picture": draw, "word": as_word,
    "excel": as_excel,
}  # fmt: skip
