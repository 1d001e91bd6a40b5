"""Write honours, streaks and star families as a workbook, as far as the reader sees them."""

from collections.abc import Iterator, Mapping

from sqlmodel import Session

from handlers.core.turn import Turn
from handlers.exports import about, file_words
from handlers.exports.about import Writing
from handlers.honours import standing
from handlers.honours.standing import Standing
from models.authority import permissions
from models.core import audit
from models.files import blobs
from models.organisation import people
from models.spreadsheets.workbook import Page
from models.spreadsheets.writer import TYPES

MOST = 5000
HONOURS = ("number", "kind", "unit", "title", "days", "day", "reason", "by", "withdrawn_at", "withdrawn_by", "why")
STREAKS = ("unit", "task", "streak", "upto", "broken_on")
FAMILIES = ("unit", "household", "staff_no", "task", "streak", "stars")


def send(turn: Turn) -> None:
    """Send the file to a lead or an admin."""
    tops = permissions.leads(turn.session, turn.person, turn.today)
    found = standing.seen(turn, turn.words, turn.person, tops, MOST)
    name, data = write(turn.session, Writing(turn.words, turn.now, turn.person), found)
    file = blobs.keep(turn.session, name, TYPES["xlsx"], data)
    path = people.home(turn.session, turn.person).path
    audit.note(turn.session, turn.now, turn.person.staff_no, "export", path, honours=len(found.honours))
    turn.say("honours/exported", file=file, count=len(found.honours))


def write(session: Session, writing: Writing, found: Standing) -> tuple[str, bytes]:
    """Return the file's name and the file."""
    said = file_words.with_own(writing.words, "honours/words")
    pages = [
        Page(said["honours"], _honours(writing, said, found)), Page(said["honours.streaks"], _streaks(said, found)),
        Page(said["honours.families"], _families(said, found)),
    ]  # fmt: skip
    data = about.workbook_of(session, writing, pages, len(found.honours), said["honours.about"])
    day = writing.now.astimezone(writing.words.zone).date()
    return file_words.file_name(said, [said["honours"]], day, day, "xlsx"), data


def _heading(said: Mapping[str, str], columns: tuple[str, ...]) -> list[object]:
    return [said[f"honours.{it}"] for it in columns]


def _honours(writing: Writing, said: Mapping[str, str], found: Standing) -> Iterator[list[object]]:
    yield _heading(said, HONOURS)
    for it in found.honours:
        at = it.withdrawn_at.astimezone(writing.words.zone) if it.withdrawn_at else None
        why = said.get(f"honours.lost.{it.why}", it.why) if not it.withdrawn_by else it.why
        yield [
            it.id, said[f"honours.kind.{it.kind}"], it.unit.path, it.title, it.days, it.day, it.reason, it.by, at,
            it.withdrawn_by, why,
        ]  # fmt: skip


def _streaks(said: Mapping[str, str], found: Standing) -> Iterator[list[object]]:
    yield _heading(said, STREAKS)
    for it in found.lines:
        yield [it.unit.path, it.task, it.days, it.upto, it.broken_on]


def _families(said: Mapping[str, str], found: Standing) -> Iterator[list[object]]:
    yield _heading(said, FAMILIES)
    for it in found.families:
        yield [it.unit.path, it.name, it.staff_no, it.task, it.days, it.stars]
