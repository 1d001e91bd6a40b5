"""Write a collection's ledger as a workbook whose running totals add up again (docs/rules.md 34.4)."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import IO, Any

from sqlmodel import Session

from handlers.core.context import Context
from handlers.core.rendering import Content, Renderer
from handlers.donations import standing
from handlers.exports import about, file_words, long_files
from handlers.exports.about import Writing
from handlers.exports.list_files import ListFile
from handlers.exports.long_files import Asked, Tell
from handlers.supplies.ledger_file import number
from models.core import audit
from models.donations import collections, entries
from models.donations.collections import Collection
from models.donations.entries import DonationEntry, Entered
from models.files.records import File
from models.organisation.people import Person
from models.spreadsheets.workbook import Page

COLUMNS = (
    "number", "at", "kind", "given", "spent", "total_given", "total_spent", "left", "donor", "shown", "words", "by",
    "undoes",
)  # fmt: skip


class Ledger(ListFile):
    """All entries of one collection."""

    of = "donations"

    def lines(self, context: Context, person: Person, asked: Asked) -> int:
        return entries.count(context.session, _of(context, asked))

    def name(self, context: Context, words: Renderer, asked: Asked) -> str:
        said, day = file_words.with_own(words, "donations/words"), context.now.astimezone(words.zone).date()
        return file_words.file_name(said, [said["donations"], _of(context, asked).purpose], day, day, "xlsx")

    def write(self, context: Context, person: Person, asked: Asked, out: IO[bytes], tell: Tell) -> dict[str, Any]:
        session, it = context.session, _of(context, asked)
        writing, found = Writing(context.words_for(person), context.now, person), entries.of(session, it)
        tell(rows=len(found))
        said = file_words.with_own(writing.words, "donations/words")
        added = [COLUMNS.index(name) for name in ("given", "spent")]
        rows = long_files.told(_rows(session, writing, said, found), tell)
        page = Page(said["donations"], rows, added=added, total=said["donations.total"])
        about.write_list(session, writing, [page], len(found), it.purpose, out)
        return {"rows": len(found)}

    def within_reach(self, context: Context, person: Person, asked: Asked) -> bool:
        it = _of(context, asked)
        return not person.left_by(context.today) and collections.may_keep(context.session, person, it, context.today)

    def content(self, context: Context, person: Person, asked: Asked, file: File, found: Mapping[str, Any]) -> Content:
        return context.words_for(person).content("donations/exported", file=file, count=found["rows"])

    def note(self, context: Context, person: Person, asked: Asked, found: Mapping[str, Any]) -> None:
        it = _of(context, asked)
        path = collections.unit_of(context.session, it).path
        audit.note(context.session, context.now, person.staff_no, "export", path, collection=it.id)


def _of(context: Context, asked: Asked) -> Collection:
    return context.session.get_one(Collection, asked["collection"])


def asked(it: Collection) -> Asked:
    """Return what is asked for with the ledger of a collection."""
    return {"collection": it.id}


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
