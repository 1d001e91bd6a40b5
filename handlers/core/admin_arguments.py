"""Read what the admins' commands have in common: whom and what the words name, and whether it is the admin's own."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from typing import TypeVar

from sqlmodel import Session, select

from handlers.core import did_you_mean
from handlers.core.turn import Turn
from handlers.core.vocabulary import verb
from models.authority import permissions
from models.core import typed_text
from models.core.errors import Refusal, Refusals
from models.organisation import people
from models.organisation.people import Person
from models.organisation.units import Unit, below, find_unit

T = TypeVar("T")
Verb = Callable[[Turn, list[str]], None]
SHOWN = 10  # errors of a file that are listed
CHOICE = 24  # units to choose from
MOST_WORDS = 16  # of a unit's path in English, such as “Yunxi District Bureau/Tracing task force”


@contextmanager
def guided(turn: Turn, command: str, said: str = "") -> Iterator[None]:
    """Answer what is refused inside the block with the reason, the usage and an example."""
    try:
        yield
    except Refusal as refusal:
        turn.refused = True
        if did_you_mean.offered(turn, refusal):
            return
        turn.say("core/usage", sentence=turn.words.refusal(refusal), command=command, verb=said)
    except Refusals as wrong:
        lines = [(r.sheet, r.line, r.column, turn.words.refusal(r)) for r in wrong.refusals[:SHOWN]]
        turn.say("core/bad_file", lines=lines, more=len(wrong.refusals) - len(lines) + wrong.more)


def run_verb(turn: Turn, command: str, words: str, known: Mapping[str, str], verbs: Mapping[str, Verb]) -> None:
    """Do what the verb says with which the words after a command begin, `list` if there are none."""
    said, rest = verb(words, known)
    with guided(turn, command, said or ""):
        if said is None and rest:
            raise Refusal("people.too_few_words")
        verbs[said or "list"](turn, rest)


def refuse_unless_admin(turn: Turn, path: str) -> None:
    """Raise `people.not_administered` for a unit outside the admin's subtrees."""
    if not permissions.may_admin(turn.session, turn.person, path):
        raise Refusal("people.not_administered", path=path)


def named(turn: Turn, parts: list[str], find: Callable[[Session, str], T]) -> tuple[T, list[str]]:
    """Return what the first words name, and the words after it. The longest name counts: “Team B” is not “Team”,
    and where there are several of it, that is said."""
    refused = Refusal("people.too_few_words")
    for n in range(min(len(parts), MOST_WORDS), 0, -1):
        try:
            return find(turn.session, " ".join(parts[:n])), parts[n:]
        except Refusal as refusal:
            if refusal.key == "people.many_units":
                raise
            refused = refusal
    raise refused


def person(turn: Turn, parts: list[str]) -> tuple[Person, list[str]]:
    """Return a person of the admin's own. Raises as `people.find_person` and `people.not_administered`."""
    found, rest = named(turn, parts, people.find_person)
    refuse_unless_admin(turn, people.home(turn.session, found).path)
    return found, rest


def unit(turn: Turn, parts: list[str]) -> tuple[Unit, list[str]]:
    """Return a unit of the admin's own. Raises as `units.find_unit` and `people.not_administered`."""
    found, rest = named(turn, parts, find_unit)
    refuse_unless_admin(turn, found.path)
    return found, rest


def led(turn: Turn, parts: list[str]) -> tuple[Unit | None, list[str]]:
    """Return the unit of the lead's own with which the words begin, None if they begin with none, and the words after
    it. Raises `people.many_units`, `people.not_yours`."""
    try:
        found, rest = named(turn, parts, find_unit)
    except Refusal as refusal:
        if refusal.key == "people.many_units":
            raise
        return None, parts
    if not permissions.may_lead(turn.session, turn.person, found.path, turn.today):
        raise Refusal("people.not_yours", path=found.path)
    return found, rest


def day(turn: Turn, parts: list[str]) -> date | None:
    """Return the day the words name, today or later; None for no words. Raises `changes.no_day`, `changes.past`."""
    if not parts:
        return None
    found = typed_text.day(" ".join(parts), turn.today)
    if found is None:
        raise Refusal("changes.no_day", typed=" ".join(parts)[:40])
    if found < turn.today:
        raise Refusal("changes.past", day=found)
    return found


def days(turn: Turn, words: str) -> tuple[date, date] | None:
    """Return a day or a range, both ends included: `11-23`, `11-20..11-23`; None for other words."""
    first, sep, last = typed_text.plain(words).replace("~", "..").partition("..")
    start = typed_text.day(first, turn.today)
    end = typed_text.day(last, turn.today) if sep else start
    return (start, end) if start and end else None


def units(turn: Turn) -> list[Unit]:
    """Return the tops of what this admin administers."""
    return permissions.administers(turn.session, turn.person)


def all_units(turn: Turn) -> list[Unit]:
    """Return every unit this admin administers, in the roster's order."""
    found = [
        u for top in units(turn)
        for u in turn.session.exec(select(Unit).where(below(top.path)).order_by(Unit.rank)).all()
    ]  # fmt: skip
    return sorted(found, key=lambda u: u.rank)


def choice(turn: Turn) -> dict[str, object]:
    """Return the units to choose from, as far as there is room, and how many more there are."""
    found = all_units(turn)
    return {"units": found[:CHOICE], "more": max(0, len(found) - CHOICE)}
