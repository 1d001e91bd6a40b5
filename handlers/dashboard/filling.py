"""Gather the page on which one report's form is filled in: its questions with what is answered so far and what is
wrong, its receipt once it is filed, or why it takes nothing more."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any

from handlers.core.incoming import FilledPage
from handlers.core.rendering import Renderer
from handlers.core.turn import Turn
from handlers.prompts import answers_in_words, proposed_words, receipts
from handlers.reporting import form_page
from handlers.reporting.form_page import Judged
from models.conversations.drafts import Draft
from models.core.errors import Refusal
from models.core.typed_text import written
from models.files.records import FileRecord
from models.forms import fields
from models.forms.answers import default, faults, relevant
from models.forms.spec import MEDIA, FormSpec, Question, say
from models.messaging.contents import Content
from models.organisation.people import Person
from models.reporting import proposals, revisions
from models.reporting.proposals import Proposal
from models.reporting.report_context import ReportContext
from models.reporting.reports import State
from models.time.times import day_at

LONG = 12  # choices, of which more stand in a list that unfolds


@dataclass(frozen=True)
class Asked:
    """A question on the page: what its field holds, the mark of the answer that stands, whether it applies under the
    answers so far, what is wrong with it, the file that answers it, and the reports from which it is proposed."""

    question: Question
    held: Sequence[str]
    mark: str
    applies: bool
    wrong: str = ""
    file: FileRecord | None = None
    elsewhere: bool = False
    source: str = ""


class OfQuestions:
    """A page of questions, and which of them have an answer that cannot be taken."""

    asks: list[Asked]

    @property
    def wrong(self) -> list[Asked]:
        return [it for it in self.asks if it.wrong and it.applies]


@dataclass
class FillPage(OfQuestions):
    """The page. `receipt` stands instead of the questions once the report is filed and not being changed; `stopped`
    says why nothing more is taken, and `kept` what had been answered."""

    asked: ReportContext
    draft: Draft | None
    words: Renderer
    today: date
    about: Person | None
    asks: list[Asked] = field(default_factory=list)
    files: list[FileRecord] = field(default_factory=list)
    receipt: Content | None = None
    changeable: bool = False
    stopped: str = ""
    kept: list[tuple[str, str]] = field(default_factory=list)
    said: str = ""
    bad: bool = False
    ended: bool = False
    tried: bool = False
    csrf: str = ""

    @property
    def files_mark(self) -> str:
        return fields.mark(self.files)


def gather(turn: Turn, report_id: int, *, change: bool = False, sent: FilledPage | None = None) -> FillPage:
    """Return the page as it stands, with what `sent` holds that could not be taken. Raises `dashboard.no_report`."""
    asked, draft = form_page.find(turn, report_id)
    words = turn.words_for(turn.person, asked.period.timezone)
    subject = turn.session.get(Person, asked.report.person_id) if asked.report.person_id else None
    page = FillPage(
        asked, draft, words, day_at(turn.now, asked.period.timezone),
        subject if subject and subject.id != turn.person.id else None,
    )  # fmt: skip
    stood, page.files = form_page.standing(turn, asked, draft)
    if draft is None and sent is None and asked.report.state != State.DUE and not change:
        page.receipt = receipts.receipt(turn.session, words, asked, turn.person)
        page.changeable = form_page.correctable(turn, asked)
        return page
    judged = form_page.judge(asked.form, stood, sent, page.today) if sent else Judged(dict(stood))
    try:
        revisions.refuse_if_not_theirs(turn.session, asked.period, asked.report, turn.person)
    except Refusal as refusal:
        page.stopped = words.refusal(refusal)
        page.kept = _kept(page, judged, sent)
        return page
    page.tried = sent is not None and (sent.tried or sent.do == "submit")
    added_up = {q.name: proposals.of(turn.session, asked, q) for q in asked.form.questions if q.source}
    page.asks = list(asks(asked.form, words, page.today, stood, judged, sent, tried=page.tried, added_up=added_up))
    return page


def _kept(page: FillPage, judged: Judged, sent: FilledPage | None) -> list[tuple[str, str]]:
    """Return what had been answered, with what was entered and could not be read as it was entered."""
    form, locale = page.asked.form, page.words.locale
    answers = judged.answers if sent else page.draft.answers if page.draft else {}
    said = answers_in_words.said_answers(form, {q.name: answers.get(q.name) for q in relevant(form, answers)}, locale)
    said |= {name: " ".join(sent.fields.get(name, ())) for name in judged.wrong} if sent else {}
    return [(say(q.label, locale), said[q.name]) for q in form.questions if q.name in said]


def _proposed(
    form: FormSpec, today: date, answers: Mapping[str, Any], sent: FilledPage | None,
    added_up: Mapping[str, Proposal | None],
) -> dict[str, Any]:  # fmt: skip
    """Return the answers with the form's own proposals for what was never on the page, which it shows filled in."""
    found = dict(answers)
    for question in form.questions:
        new = question.name not in found and (sent is None or question.name not in sent.shown)
        if question.default is not None and new and question.type not in (*MEDIA, "note"):
            found[question.name] = default(question, today)
        elif new and (proposal := added_up.get(question.name)):
            found[question.name] = proposal["value"]
    return found


def asks(
    form: FormSpec, words: Renderer, today: date, stood: Mapping[str, Any], judged: Judged, sent: FilledPage | None, *,
    tried: bool, added_up: Mapping[str, Proposal | None] = MappingProxyType({}),
) -> Iterator[Asked]:  # fmt: skip
    """Yield a form's questions as a page shows them: over the answers that stood, what was sent and could not be taken;
    once it was `tried` to submit, what is still empty is wrong too. `added_up` are proposals for sums."""
    answers = _proposed(form, today, judged.answers, sent, added_up)
    applies = {it.name for it in relevant(form, answers)}
    wrong = dict(judged.wrong)
    if sent is not None:
        found = faults(form, judged.answers)
        wrong = {n: why for n, why in found.items() if tried or why.key != "forms.required"} | wrong
    for question in form.questions:
        name, value = question.name, answers.get(question.name)
        raw = sent.fields.get(name) if sent and name in judged.wrong else None
        yield Asked(
            question,
            raw if raw is not None else fields.shown(question, value) if question.type not in MEDIA else (),
            fields.mark(stood.get(name)),
            name in applies,
            _said(words, wrong[name]) if name in wrong and name in applies else "",
            value if question.type in MEDIA and value else None,
            name in judged.elsewhere,
            _source(words, value, added_up.get(name)),
        )


def _source(words: Renderer, value: Any, proposal: Proposal | None) -> str:
    if proposal is None:
        return ""
    held = proposal["value"] if value is None else value
    return proposed_words.beside(words, written(held), held, proposal)


def _said(words: Renderer, why: Refusal) -> str:
    """Return what is wrong; at the question itself its name would be said twice."""
    return words.refusal(Refusal("forms.needed") if why.key == "forms.required" else why)


def answered(page: FillPage, sent: FilledPage) -> list[Asked]:
    """Return the questions whose answers the sending page does not show, so that it can show them."""
    return newer(page.asks, sent)


def newer(found: Sequence[Asked], sent: FilledPage) -> list[Asked]:
    """Return those of a page's questions whose answers the sending page does not show."""
    return [it for it in found if it.question.type != "note" and not it.wrong and _newer(it, sent)]


def _newer(it: Asked, sent: FilledPage) -> bool:
    seen = sent.shown.get(it.question.name)
    if seen is None:
        return it.applies and it.mark != fields.mark(None)
    return seen != it.mark and (it.elsewhere or it.question.type in MEDIA)
