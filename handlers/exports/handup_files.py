"""Write what was handed up and what came in as a table, with receipts (docs/rules.md 40.7)."""

from collections.abc import Iterator
from datetime import date, timedelta
from io import BytesIO

from handlers.core.turn import Turn
from handlers.exports import about, file_words
from handlers.exports.about import Writing
from models.core.audit import note
from models.files import blobs
from models.forms.spec import say
from models.handup import reach
from models.handup.reach import Log
from models.handup.told import COUNTS
from models.spreadsheets import writer
from models.spreadsheets.workbook import Page
from models.time.times import day_at

MOST, BACK = 5000, timedelta(days=366)
COLUMNS = ("way", "day", "task", "unit", "other", "version", "state", "made_at", "received_at")
ASKED = ("way", "other", "unit", "receipt", "words", "asked_at", "decision", "note", "decided_at", "withdrawn_at",
         "answer", "signature")  # fmt: skip
LAST = ("seal", "digest", "signature")


def send(turn: Turn, kind: str) -> None:
    """Send the last year's, as `kind` csv or xlsx."""
    session, out, said = turn.session, BytesIO(), file_words.told(turn.words)
    found = reach.log(session, turn.person, turn.today, turn.now - BACK, MOST)
    table = list(_rows(turn, found))
    if kind == "csv":
        writer.write_csv(table, out)
    else:
        writing = Writing(turn.words, turn.now, turn.person)
        pages = [Page(said["handups"], table), Page(said["requests"], list(_asked(turn)))]
        out.write(about.workbook_of(session, writing, pages, len(table) - 1, said["handups.about"]))
    day = day_at(turn.now, str(turn.words.zone))
    name = file_words.file_name(said, [said["handups"]], day, day, kind)
    file = blobs.keep(session, name, writer.TYPES[kind], out.getvalue())
    note(session, turn.now, turn.person.staff_no, "export", "handups")
    turn.send(turn.words.content("handup/exported", file=file, count=len(table) - 1))


def _asked(turn: Turn) -> Iterator[list[object]]:
    said, zone = file_words.told(turn.words), turn.words.zone
    yield [said[f"handup.{it}"] for it in ASKED]
    for it, partner in reach.asked(turn.session, turn.person, turn.today, turn.now - BACK, MOST):
        answer = it.answer or {}
        yield [
            said["handup.sent" if it.person_id else "handup.taken"], partner.name, it.unit, it.receipt, it.words,
            it.at.astimezone(zone), said[f"request.{it.state}"], it.note if it.decision else "",
            it.decided_at.astimezone(zone) if it.decided_at else None,
            it.withdrawn_at.astimezone(zone) if it.withdrawn_at else None, answer.get("message"),
            answer.get("signature"),
        ]  # fmt: skip


def _rows(turn: Turn, found: Log) -> Iterator[list[object]]:
    said, zone, locale = file_words.told(turn.words), turn.words.zone, turn.words.locale
    yield [*(said[f"handup.{it}"] for it in COLUMNS), *(said[f"handup.{it}"] for it in (*COUNTS, *LAST))]
    for sent, partner in found.sent:
        body, receipt = sent.body, sent.receipt or {}
        state = said["handup.taken" if sent.state == "received" else f"handup.{sent.state}"]
        yield [
            said["handup.sent"], date.fromisoformat(body["day"]), say(body["title"], locale), body["unit"],
            partner.name, sent.version, state, sent.at.astimezone(zone),
            sent.ended_at.astimezone(zone) if sent.ended_at else None, *(body["figures"][it] for it in COUNTS),
            receipt.get("message"), "", receipt.get("signature"),
        ]  # fmt: skip
    for it, partner in found.taken:
        yield [
            said["handup.taken"], it.day, say(it.body["title"], locale), it.body["unit"], partner.name, it.version,
            said["handup.taken"], None, it.at.astimezone(zone), *(it.body["figures"][name] for name in COUNTS),
            it.receipt.get("seal"), it.digest, it.signature,
        ]  # fmt: skip
