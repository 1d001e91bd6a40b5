"""Take questions of people outside from the page behind their personal link, and show what was answered (docs/rules.md
32.9)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from handlers.core.context import Context
from handlers.questions import notifying
from models.alerts.tellings import Telling, Told
from models.core.errors import Refusal
from models.forms.answers import read_words
from models.organisation import people
from models.organisation.people import Person
from models.questions import faq, link_questions, questions, reach
from models.questions.faq import FaqEntry
from models.questions.questions import Question
from models.rounds import surveys
from models.rounds.links import Found

CHANNEL = "link"
SHOWN = 10  # questions on the page, and published answers


@dataclass(frozen=True)
class Line:
    """What was said at once; `name` of who said it, "" for whoever asked."""

    name: str
    at: datetime
    words: str
    files: Sequence[str]


@dataclass(frozen=True)
class Thread:
    """A question as the page shows it."""

    it: Question
    said: Sequence[Line]


@dataclass
class Talk:
    """The page's part for questions: what was asked, and the published answers that were `sought`. What was refused
    stays typed, below the question with the id `about`, 0 for a new one."""

    threads: Sequence[Thread]
    sought: str = ""
    known: Sequence[FaqEntry] = field(default_factory=list)
    about: int = 0
    typed: str = ""
    refused: str = ""


def gather(context: Context, found: Found, sought: str) -> Talk | None:
    """Return what the page shows; None behind an open link, where nobody is known."""
    if found.person is None:
        return None
    session = context.session
    told = link_questions.of_link(session, found.link, SHOWN)
    said = questions.said_of(session, [it.id for it in told])
    threads = [Thread(it, [_line(context, each, it) for each in said.get(it.id, [])]) for it in told]
    home = people.home(session, found.person)
    return Talk(threads, sought, faq.search(session, home, sought, SHOWN) if sought.strip() else [])


def _line(context: Context, each: Telling, question: Question) -> Line:
    name = "" if each.by == question.person_id else context.session.get_one(Person, each.by).name
    return Line(name, each.at, each.words, [str(file["name"]) for file in each.files])


def ask(context: Context, found: Found, typed: str, about: int) -> None:
    """Ask who answers for somebody's unit or, with `about`, add to what was asked by the same link. The same words sent
    again are one question. Raises `surveys.over`, `surveys.withdrawn`, `surveys.link_unknown`,
    `surveys.many_questions`, `surveys.nobody_asked`, `questions.many`, and what `read_words` raises."""
    session, person = context.session, found.person
    if person is None:
        raise Refusal("surveys.link_unknown")  # nobody is known behind an open link
    surveys.refuse_over(session, found.round, context.now)
    told = Told(read_words(typed, questions.LONGEST), [], person.id)
    question = link_questions.one_of(session, found.link, about) if about else None
    if about and question is None:
        raise Refusal("surveys.link_unknown")
    before = [question] if question else link_questions.of_link(session, found.link, 1)
    if any(questions.said(session, it)[-1].words == told.words for it in before):
        return  # the page was sent twice
    link_questions.refuse_many(session, found.link, context.now)
    if question:
        notifying.show(context, question, ring=notifying.further(context, question, told))
        return
    if not reach.asked(session, person, None, context.today, people.home(session, person)):
        raise Refusal("surveys.nobody_asked")
    made = questions.ask(session, told, person, None, CHANNEL, context.now)
    link_questions.note(session, made, found.link)
    notifying.begin(context, made)
