"""Write the questions that somebody may answer as a table, with what was said (docs/rules.md 28.8)."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from io import BytesIO

from sqlmodel import Session, col, select

from handlers.core.turn import Turn
from handlers.exports import about, file_words
from handlers.exports.about import Writing
from models.alerts.tellings import Telling
from models.core.audit import note
from models.files import blobs
from models.organisation.people import Person
from models.questions import faq, questions, reach
from models.questions.questions import Question
from models.questions.topics import Topic
from models.spreadsheets import writer
from models.spreadsheets.workbook import Page
from models.time.times import day_at

MOST = 1000
FIRST = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
COLUMNS = (
    "receipt", "asked_at", "staff_no", "name", "unit", "topic", "question", "answer", "taken_by", "answered_at",
    "closed_by", "closed_at", "published",
)  # fmt: skip


def send(turn: Turn, kind: str) -> None:
    """Send them as `kind` csv or xlsx."""
    session, out = turn.session, BytesIO()
    found = reach.answerable(session, turn.person, turn.today, FIRST, MOST)
    said = file_words.told(turn.words)
    table = list(_rows(session, Writing(turn.words, turn.now, turn.person), found))
    if kind == "csv":
        writer.write_csv(table, out)
    else:
        writing = Writing(turn.words, turn.now, turn.person)
        page = Page(said["questions"], table)
        out.write(about.workbook_of(session, writing, [page], len(found), said["questions.about"]))
    day = day_at(turn.now, str(turn.words.zone))
    name = file_words.file_name(said, [said["questions"]], day, day, kind)
    file = blobs.keep(session, name, writer.TYPES[kind], out.getvalue())
    note(session, turn.now, turn.person.staff_no, "export", "questions")
    turn.send(turn.words.content("questions/exported", file=file, count=len(found)))


def _rows(session: Session, writing: Writing, found: Sequence[Question]) -> Iterator[list[object]]:
    said = file_words.told(writing.words)
    yield [said[f"question.{it}"] for it in COLUMNS]
    ids = [it.id for it in found]
    tellings, published = questions.said_of(session, ids), faq.published_of(session, ids)
    names = _names(session, found, tellings)
    zone = writing.words.zone

    def local(at: datetime | None) -> datetime | None:
        return at.astimezone(zone) if at else None

    for it in found:
        first, *others = tellings[it.id]
        asker, topic = session.get_one(Person, it.person_id), session.get(Topic, it.topic_id) if it.topic_id else None
        yield [
            it.receipt, local(it.at), asker.staff_no, asker.name, questions.unit_of(session, it).path,
            topic.name if topic else "", _words(first), "\n".join(f"{names[t.by]}: {_words(t)}" for t in others),
            names.get(it.taken_by or 0, ""), local(it.answered_at), names.get(it.closed_by or 0, ""),
            local(it.closed_at), said["yes" if it.id in published else "no"],
        ]  # fmt: skip


def _words(telling: Telling) -> str:
    return " ".join([telling.words, *(f"[{it['name']}]" for it in telling.files)]).strip()


def _names(session: Session, found: Sequence[Question], said: dict[int, list[Telling]]) -> dict[int, str]:
    """Return the names of everybody who did something about these questions, by their ids."""
    ids = (
        {t.by for told in said.values() for t in told} | {it.taken_by for it in found} | {it.closed_by for it in found}
    )
    rows = session.exec(select(Person.id, Person.name).where(col(Person.id).in_(ids - {None}))).all()
    return dict(rows)
