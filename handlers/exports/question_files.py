"""Write the questions that somebody may answer as a table, with what was said (docs/rules.md 28.8)."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import IO, Any

from sqlmodel import Session, col, select

from handlers.core.context import Context
from handlers.core.rendering import Content, Renderer
from handlers.exports import about, file_words, long_files
from handlers.exports.about import Writing
from handlers.exports.list_files import ListFile
from handlers.exports.long_files import Asked, Tell
from models.alerts.tellings import Telling
from models.authority import permissions
from models.core.audit import note
from models.core.database import in_chunks
from models.files.records import File
from models.organisation.people import Person
from models.questions import faq, questions, reach
from models.questions.questions import Question
from models.questions.topics import Topic
from models.spreadsheets import writer
from models.spreadsheets.workbook import Page
from models.time.times import day_at

FIRST = datetime.fromisoformat("2000-01-01T00:00:00+00:00")
COLUMNS = (
    "receipt", "asked_at", "staff_no", "name", "unit", "topic", "question", "answer", "taken_by", "answered_at",
    "closed_by", "closed_at", "published",
)  # fmt: skip


class Questions(ListFile):
    """The questions that somebody may answer, open and closed."""

    of = "questions"

    def lines(self, context: Context, person: Person, asked: Asked) -> int:
        return reach.number_near(context.session, person, context.today)

    def name(self, context: Context, words: Renderer, asked: Asked) -> str:
        said, day = file_words.told(words), day_at(context.now, str(words.zone))
        return file_words.file_name(said, [said["questions"]], day, day, asked["kind"])

    def write(self, context: Context, person: Person, asked: Asked, out: IO[bytes], tell: Tell) -> dict[str, Any]:
        session, writing = context.session, Writing(context.words_for(person), context.now, person)
        found, said = reach.answerable(session, person, context.today, FIRST, None), file_words.told(writing.words)
        tell(rows=len(found))
        rows = long_files.told(_rows(session, writing, found), tell)
        if asked["kind"] == "csv":
            writer.write_csv(rows, out)
        else:
            about.write_list(
                session, writing, [Page(said["questions"], rows)], len(found), said["questions.about"], out
            )
        return {"rows": len(found)}

    def content(self, context: Context, person: Person, asked: Asked, file: File, found: Mapping[str, Any]) -> Content:
        return context.words_for(person).content("questions/exported", file=file, count=found["rows"])

    def note(self, context: Context, person: Person, asked: Asked, found: Mapping[str, Any]) -> None:
        note(context.session, context.now, person.staff_no, "export", self.of)


def asked(context: Context, person: Person, kind: str) -> Asked:
    """Return what is asked for with the questions that somebody may answer, as csv or xlsx."""
    return {"kind": kind, "tops": [it.id for it in permissions.leads(context.session, person, context.today)]}


def _rows(session: Session, writing: Writing, found: Sequence[Question]) -> Iterator[list[object]]:
    said = file_words.told(writing.words)
    yield [said[f"question.{it}"] for it in COLUMNS]
    for some in in_chunks(found):
        yield from _some(session, writing, said, some)


def _some(
    session: Session, writing: Writing, said: Mapping[str, str], found: Sequence[Question]
) -> Iterator[list[object]]:  # fmt: skip
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
