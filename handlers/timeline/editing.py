"""Admins add entries to a timeline, word them and hide them; each is on record (docs/rules.md 39.4)."""

from datetime import date
from typing import Any

from handlers.core import asking, confirmations
from handlers.core.access import ADMIN
from handlers.core.asking import Option
from handlers.core.ids import TimelineEntryId, UnitId
from handlers.core.router import Router, ToCommand
from handlers.core.turn import Turn
from handlers.exports import timeline_words
from handlers.timeline import standing, which
from models.authority import permissions, timeline_reach
from models.conversations.confirmations import Confirmation
from models.core import audit, typed_text
from models.core.errors import Refusal
from models.organisation.people import Person
from models.organisation.units import Unit
from models.timeline import entries

router = Router("entry", ADMIN)

ADD = "timeline.write"  # the question that asks for an admin's yes
LABEL = 24  # letters of an entry on a button


@router.button("choose")
def tap_choose(turn: Turn, unit_id: UnitId, day: date, number: int) -> None:
    """Choose an entry of the page that begins with this one, to word or to hide it."""
    shown = standing.page(turn, turn.words, turn.person, which.unit(turn, unit_id), before=(day, number + 1))
    found = [one for one in shown.lines if one.it.id in shown.admin]
    asking.choose(turn, "timeline_entry", [
        Option(f"{one.it.id} {one.text[:LABEL]}", f"timeline words {one.it.id}") for one in found
    ])  # fmt: skip


@router.button("add")
def tap_add(turn: Turn, unit_id: UnitId) -> ToCommand:
    """Add an entry."""
    return ToCommand("timeline", f"add =u{_administered(turn, which.unit(turn, unit_id)).id}")


def _administered(turn: Turn, unit: Unit) -> Unit:
    if not permissions.may_admin(turn.session, turn.person, unit.path):
        raise Refusal("timeline.not_yours")
    return unit


def add(turn: Turn, parts: list[str]) -> None:
    """Ask to confirm an entry: `add [day] words`. Raises `timeline.admins_only`, `timeline.no_day`,
    `timeline.later`, `timeline.words`."""
    tops = permissions.administers(turn.session, turn.person)
    if not tops:
        raise Refusal("timeline.admins_only")
    marked = which.MARKED.fullmatch(parts[0]) if parts else None
    rest = parts[1:] if marked else parts
    if not marked and len(tops) > 1:
        asking.choose(turn, "unit", [Option(it.path, " ".join([f"timeline add =u{it.id}", *rest])) for it in tops])
        return
    unit = _administered(turn, which.unit(turn, int(marked[1]))) if marked else tops[0]
    if not rest:
        asking.for_words(turn, "timeline_add", f"timeline add =u{unit.id} {{}}", path=unit.path)
        return
    day = typed_text.day(rest[0], turn.today)
    if day is None and typed_text.meant_as_day(rest[0]):
        raise Refusal("timeline.no_day", typed=rest[0])
    words = entries.said(" ".join(rest[1:] if day else rest))
    if day and day > turn.today:
        raise Refusal("timeline.later", day=day)
    at = day or turn.today
    arguments: dict[str, Any] = {"unit": unit.id, "day": at.isoformat(), "words": words}
    confirmations.ask(turn, ADD, arguments, "timeline/question", unit=unit, day=at, words=words)


@router.confirmed(ADD, role=ADMIN)
def added(turn: Turn, asked: Confirmation, *, today: bool) -> None:
    """Add the entry."""
    told, unit = asked.arguments, _administered(turn, which.unit(turn, asked.arguments["unit"]))
    day = date.fromisoformat(told["day"])
    made = entries.write(turn.session, unit, day, told["words"], turn.person, turn.now)
    _note(turn, unit, "timeline added", made.id, day=day.isoformat(), words=made.words)
    _entry(turn, made.id)


@router.button("show")
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


@router.button("words")
def tap_words(turn: Turn, entry_id: TimelineEntryId) -> None:
    """Ask for other words for an entry."""
    it, _ = timeline_reach.edited(turn.session, turn.person, entry_id)
    asking.for_words(turn, "timeline_words", f"timeline words {it.id} {{}}", number=it.id)


@router.button("hide")
def tap_hide(turn: Turn, entry_id: TimelineEntryId) -> None:
    """Ask why an entry is hidden."""
    _ask_why(turn, timeline_reach.edited(turn.session, turn.person, entry_id)[0])


def _ask_why(turn: Turn, it: entries.TimelineEntry) -> None:
    if it.hidden_at is not None:
        raise Refusal("timeline.hidden")
    asking.for_words(turn, "timeline_hide", f"timeline hide {it.id} {{}}", number=it.id)


@router.button("again")
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
    """Give an entry other words: `words number words`; what it said before stays on record. Without words, show it."""
    it, unit, said = _named(turn, parts)
    if not said:
        _entry(turn, it.id)
        return
    before = it.words
    entries.word(turn.session, it, said, turn.person, turn.now)
    _note(turn, unit, "timeline worded", it.id, words=it.words, before=before)
    _entry(turn, it.id)


def hide(turn: Turn, parts: list[str]) -> None:
    """Hide an entry: `hide number reason`."""
    it, unit, reason = _named(turn, parts)
    if not reason:
        _ask_why(turn, it)
        return
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
