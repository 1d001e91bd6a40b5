"""The dashboard's page *Questions*: what waits for the reader's answer, with age and owner, one's own questions, one of
them with all that was said, and the FAQ."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from handlers.core.access import MEMBER
from handlers.core.context import Context
from handlers.dashboard.pages import Group, Page, View, table
from handlers.questions import notifying
from models.alerts.tellings import Telling
from models.core.errors import Refusal
from models.files import attachments
from models.files.attachments import Attachment
from models.organisation import people
from models.organisation.people import Person
from models.questions import faq, questions, reach
from models.questions.faq import FaqEntry
from models.questions.questions import Question

SHOWN = 40  # questions in a list, and entries of the FAQ on a page
COLUMNS = ("receipt", "asked_at", "name", "unit", "topic", "question", "state", "owner", "minutes")


@dataclass(frozen=True)
class Line:
    """A question in a list, its first message, and for how many minutes it has waited."""

    view: dict[str, Any]
    first: Telling
    minutes: int


@dataclass
class One:
    """One question: what its card says, and all that was said, each with who said it and the files."""

    view: dict[str, Any]
    said: list[tuple[Telling, Person, list[Attachment]]]
    may_publish: bool


@dataclass
class Questions:
    """The page: `waiting` are the open questions the reader may answer, `own` those the reader asked, open or closed
    within a week; `found` is a page of the FAQ, or what was searched for as `typed`."""

    waiting: list[Line]
    own: list[Line]
    one: One | None
    typed: str
    found: Sequence[FaqEntry]
    number: int
    total: int
    more: tuple[int, int] = (0, 0)  # how many of `waiting` and of `own` there is no room for
    size: int = SHOWN

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))


def gather(context: Context, view: View) -> Questions:
    """Return the page. Raises `dashboard.no_question` for one that the reader may not see."""
    session, reader = context.session, view.reader
    waiting = reach.answerable(session, reader, context.today, context.now)
    own = questions.asked_by(session, reader, notifying.since(context.now))
    typed, number = " ".join(view.query.text("q").split()), view.query.page("page")
    home = people.home(session, reader)
    total = faq.number(session, home)
    number = min(number, max(1, -(-total // SHOWN)))
    found = faq.search(session, home, typed, SHOWN) if typed else faq.newest(session, home, SHOWN, (number - 1) * SHOWN)
    view.ages = bool(waiting)
    return Questions(
        _lines(context, waiting), _lines(context, own), _one(context, view), typed, found, number,
        len(found) if typed else total, (max(0, len(waiting) - SHOWN), max(0, len(own) - SHOWN)),
    )  # fmt: skip


def _lines(context: Context, found: Sequence[Question]) -> list[Line]:
    shown = found[:SHOWN]
    said = questions.said_of(context.session, [it.id for it in shown])
    return [
        Line(notifying.view(context, it), said[it.id][0], int((context.now - it.opened_at) / timedelta(minutes=1)))
        for it in shown
    ]


def _one(context: Context, view: View) -> One | None:
    session, number = context.session, view.query.number("id")
    if number is None:
        return None
    question = session.get(Question, number)
    if question is None or not reach.may_see(session, view.reader, question, context.today):
        raise Refusal("dashboard.no_question")
    said = questions.said(session, question)
    held = attachments.of_tellings(session, [it.id for it in said])
    return One(
        notifying.view(context, question) | {"own": question.person_id == view.reader.id},
        [(it, session.get_one(Person, it.by), [a for a in held if a.telling_id == it.id]) for it in said],
        notifying.may_publish(context, view.reader, question),
    )


def named(said: Telling, held: Attachment) -> str:
    """Return a file's name."""
    return next(str(it["name"]) for it in said.files if it["digest"] == held.digest)


def data(view: View, page: Questions) -> dict[str, Any]:
    """Return the page as data for programs."""
    found: dict[str, Any] = {
        "waiting": [_line(it) for it in page.waiting], "own": [_line(it) for it in page.own],
        "faq": [{"id": it.id, "question": it.asked, "answer": it.answer, "at": it.at.isoformat()} for it in page.found],
        "more": {"waiting": page.more[0], "own": page.more[1]},
        "page": page.number, "pages": page.pages, "total": page.total,
    }  # fmt: skip
    if page.one:
        it: Question = page.one.view["it"]
        found["question"] = {
            "id": it.id, "receipt": it.receipt, "state": _state(it),
            "said": [
                {"at": told.at.isoformat(), "by": by.name, "words": told.words,
                 "files": [named(told, file) for file in files]}
                for told, by, files in page.one.said
            ],
        }  # fmt: skip
    return found


def _line(it: Line) -> dict[str, Any]:
    question: Question = it.view["it"]
    return {
        "id": question.id, "receipt": question.receipt, "asked_at": question.at.isoformat(),
        "name": it.view["asker"].name, "unit": it.view["unit"].path,
        "topic": it.view["topic"].name if it.view["topic"] else None, "question": it.first.words,
        "state": _state(question), "owner": it.view["taker"].name if it.view["taker"] else None,
        "minutes": it.minutes,
    }  # fmt: skip


def _state(it: Question) -> str:
    if it.closed_at is not None:
        return "closed"
    return "answered" if it.answered_at else "taken" if it.taken_by else "waiting"


def rows(view: View, page: Questions) -> Iterator[list[object]]:
    """Return the questions that wait for the reader as a table."""
    return table(COLUMNS, map(_line, page.waiting))


PAGE = Page("questions", "questions", MEMBER, gather, data, rows, Group.WORD)
