"""Write what was handed up and what came in as a table, with receipts (docs/rules.md 40.7)."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import IO, Any

from handlers.core.context import Context
from handlers.core.rendering import Content, Renderer
from handlers.exports import about, file_words, long_files
from handlers.exports.about import Writing
from handlers.exports.list_files import ListFile
from handlers.exports.long_files import Asked, Tell
from models.core.audit import note
from models.files.records import File
from models.forms.spec import say
from models.handup import reach
from models.handup.told import COUNTS
from models.organisation.people import Person
from models.spreadsheets import writer
from models.spreadsheets.workbook import Page
from models.time.times import day_at

BACK = timedelta(days=366)
COLUMNS = ("way", "day", "task", "unit", "other", "version", "state", "made_at", "received_at")
ASKED = ("way", "other", "unit", "receipt", "words", "asked_at", "decision", "note", "decided_at", "withdrawn_at",
         "answer", "signature")  # fmt: skip
LAST = ("seal", "digest", "signature")


class HandUps(ListFile):
    """What some units handed up within a year, and what was handed up to them."""

    of = "handups"

    def lines(self, context: Context, person: Person, asked: Asked) -> int:
        return reach.number(context.session, asked["tops"], context.now - BACK)

    def name(self, context: Context, words: Renderer, asked: Asked) -> str:
        said, day = file_words.told(words), day_at(context.now, str(words.zone))
        return file_words.file_name(said, [said["handups"]], day, day, asked["kind"])

    def write(self, context: Context, person: Person, asked: Asked, out: IO[bytes], tell: Tell) -> dict[str, Any]:
        words, count = context.words_for(person), self.lines(context, person, asked)
        tell(rows=count)
        said, rows = file_words.told(words), long_files.told(_rows(context, words, asked), tell)
        if asked["kind"] == "csv":
            writer.write_csv(rows, out)
        else:
            pages = [Page(said["handups"], rows), Page(said["requests"], _asked(context, words, person))]
            writing = Writing(words, context.now, person)
            about.write_list(context.session, writing, pages, count, said["handups.about"], out)
        return {"rows": count}

    def content(self, context: Context, person: Person, asked: Asked, file: File, found: Mapping[str, Any]) -> Content:
        return context.words_for(person).content("handup/exported", file=file, count=found["rows"])

    def note(self, context: Context, person: Person, asked: Asked, found: Mapping[str, Any]) -> None:
        note(context.session, context.now, person.staff_no, "export", self.of)


def asked(context: Context, person: Person, kind: str) -> Asked:
    """Return what is asked for with what somebody's units handed up and were handed up, as csv or xlsx."""
    return {"kind": kind, "tops": [it.id for it in reach.tops(context.session, person, context.today)]}


def _asked(context: Context, words: Renderer, person: Person) -> Iterator[list[object]]:
    said, zone = file_words.told(words), words.zone
    yield [said[f"handup.{it}"] for it in ASKED]
    for it, partner in reach.asked(context.session, person, context.today, context.now - BACK, None):
        answer = it.answer or {}
        yield [
            said["handup.sent" if it.person_id else "handup.taken"], partner.name, it.unit, it.receipt, it.words,
            it.at.astimezone(zone), said[f"request.{it.state}"], it.note if it.decision else "",
            it.decided_at.astimezone(zone) if it.decided_at else None,
            it.withdrawn_at.astimezone(zone) if it.withdrawn_at else None, answer.get("message"),
            answer.get("signature"),
        ]  # fmt: skip


def _rows(context: Context, words: Renderer, asked: Asked) -> Iterator[list[object]]:
    said, zone, locale = file_words.told(words), words.zone, words.locale
    session, led, since = context.session, asked["tops"], context.now - BACK
    yield [*(said[f"handup.{it}"] for it in COLUMNS), *(said[f"handup.{it}"] for it in (*COUNTS, *LAST))]
    for sent, partner in reach.each_sent(session, led, since):
        body, receipt = sent.body, sent.receipt or {}
        state = said["handup.taken" if sent.state == "received" else f"handup.{sent.state}"]
        yield [
            said["handup.sent"], date.fromisoformat(body["day"]), say(body["title"], locale), body["unit"],
            partner.name, sent.version, state, sent.at.astimezone(zone),
            sent.ended_at.astimezone(zone) if sent.ended_at else None, *(body["figures"][it] for it in COUNTS),
            receipt.get("message"), "", receipt.get("signature"),
        ]  # fmt: skip
    for it, partner in reach.each_taken(session, led, since):
        yield [
            said["handup.taken"], it.day, say(it.body["title"], locale), it.body["unit"], partner.name, it.version,
            said["handup.taken"], None, it.at.astimezone(zone), *(it.body["figures"][name] for name in COUNTS),
            it.receipt.get("seal"), it.digest, it.signature,
        ]  # fmt: skip
