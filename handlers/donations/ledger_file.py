"""Write a collection's ledger as a workbook whose running totals add up again (docs/rules.md 34.4)."""

from collections.abc import Iterator, Mapping
from decimal import Decimal

from sqlmodel import Session

from handlers.core.rendering import Renderer
from handlers.core.turn import Turn
from handlers.donations import standing
from handlers.exports import about, file_words
from handlers.exports.about import Writing
from handlers.supplies.ledger_file import number
from models.core import audit
from models.donations import collections, entries
from models.donations.collections import Collection
from models.donations.entries import DonationEntry, Entered
from models.files import blobs
from models.organisation.people import Person
from models.spreadsheets.workbook import Page
from models.spreadsheets.writer import TYPES

COLUMNS = (
    "number", "at", "kind", "given", "spent", "total_given", "total_spent", "left", "donor", "shown", "words", "by",
    "undoes",
)  # fmt: skip


def send(turn: Turn, it: Collection) -> None:
    """Send the ledger to who keeps it."""
    name, data, count = write(turn.session, Writing(turn.words, turn.now, turn.person), it)
    file = blobs.keep(turn.session, name, TYPES["xlsx"], data)
    path = collections.unit_of(turn.session, it).path
    audit.note(turn.session, turn.now, turn.person.staff_no, "export", path, collection=it.id)
    turn.say("donations/exported", file=file, count=count)


def write(session: Session, writing: Writing, it: Collection) -> tuple[str, bytes, int]:
    """Return the file's name, the file, and how many entries are in it."""
    said = file_words.with_own(writing.words, "donations/words")
    found = entries.of(session, it)
    added = [COLUMNS.index(name) for name in ("given", "spent")]
    rows = _rows(session, writing, said, found)
    page = Page(said["donations"], rows, added=added, total=said["donations.total"])
    data = about.workbook_of(session, writing, [page], len(found), it.purpose)
    day = writing.now.astimezone(writing.words.zone).date()
    return file_words.file_name(said, [said["donations"], it.purpose], day, day, "xlsx"), data, len(found)


def split(entry: DonationEntry, first: DonationEntry) -> tuple[Decimal, Decimal]:
    """Return what an entry adds to the gifts and to what was spent; `first` is what it undoes, or itself."""
    spent = first.kind == Entered.SPENT
    return (Decimal(0), -entry.amount) if spent else (entry.amount, Decimal(0))


def _rows(
    session: Session, writing: Writing, said: Mapping[str, str], found: list[DonationEntry]
) -> Iterator[list[object]]:  # fmt: skip
    yield [said[f"donations.{it}"] for it in COLUMNS]
    known = {it.id: it for it in found}
    names = {it: session.get_one(Person, it).name for it in {one.by for one in found}}
    for it in found:
        given, spent = split(it, known.get(it.undoes_id or 0, it))
        yield [
            it.id, it.at.astimezone(writing.words.zone), said[f"donations.kind.{it.kind}"],
            number(given), number(spent), number(it.given), number(it.spent),
            number(it.given - it.spent), donor(writing.words, it),
            said[f"donations.shown.{it.shown}"] if it.kind in (Entered.MONEY, Entered.GOODS) else "", it.words,
            names[it.by], it.undoes_id,
        ]  # fmt: skip


def donor(words: Renderer, it: DonationEntry) -> str:
    return standing.donor(words, it, keeps=True)
