"""`/faq`, 答疑: search the published answers; leads and admins publish a good one, without the asker's name, and
withdraw it."""

import json
from typing import Literal

from handlers.core import confirmations
from handlers.core.access import LEAD, MEMBER
from handlers.core.ids import FaqEntryId, QuestionId
from handlers.core.rendering import Content
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.questions import notifying
from models.authority import permissions
from models.conversations import expected_input
from models.conversations.confirmations import Confirmation
from models.conversations.expected_input import ExpectedInput, Purpose
from models.core import audit
from models.core.errors import Refusal
from models.forms.answers import read_words
from models.messaging import live_messages
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject
from models.organisation import people
from models.organisation.people import Person
from models.organisation.units import Unit, is_below
from models.questions import faq, questions, reach, terms
from models.questions.faq import FaqEntry
from models.questions.questions import Question

router = Router("faq", MEMBER)


@router.command("faq", word="答疑", takes_words=True, tells=True, dated=False)
def show(turn: Turn, words: str) -> None:
    """Search the published answers; without words show the newest."""
    home, typed = people.home(turn.session, turn.person), " ".join(words.split())[: questions.LONGEST]
    found = faq.search(turn.session, home, typed) if typed else faq.newest(turn.session, home)
    total = faq.number(turn.session, home)
    turn.say("questions/faq", found=found, typed=typed, more=0 if typed else total - len(found), total=total)


@router.button("open")
def tap_open(turn: Turn, entry_id: FaqEntryId) -> None:
    """Show a published answer."""
    entry = turn.session.get(FaqEntry, entry_id)
    if entry is None or not _for_me(turn, entry):
        turn.toast("core/not_yours", alert=True)
        return
    if entry.withdrawn_at is not None:
        turn.toast("questions/entry_gone", alert=True)
        return
    unit = turn.session.get_one(Unit, entry.unit_id)
    turn.say("questions/entry", entry=entry, unit=unit, may=_may_withdraw(turn, entry))


def _for_me(turn: Turn, entry: FaqEntry) -> bool:
    """Say whether an entry is published where the person is at home, or for a unit they answer for."""
    path = turn.session.get_one(Unit, entry.unit_id).path
    return is_below(people.home(turn.session, turn.person).path, path) or _may_withdraw(turn, entry)


def _may_withdraw(turn: Turn, entry: FaqEntry) -> bool:
    path = turn.session.get_one(Unit, entry.unit_id).path
    return permissions.may_lead(turn.session, turn.person, path, turn.today)


@router.button("withdraw", role=LEAD)
def tap_withdraw(turn: Turn, entry_id: FaqEntryId) -> None:
    """Withdraw a published answer, after a confirmation."""
    entry = turn.session.get(FaqEntry, entry_id)
    if entry is None or not _may_withdraw(turn, entry):
        turn.toast("core/not_yours", alert=True)
    elif entry.withdrawn_at is not None:
        turn.toast("questions/entry_gone", alert=True)
    else:
        confirmations.ask(turn, "faq.withdraw", {"entry": entry.id}, "questions/withdraw", entry=entry)


@router.confirmed("faq.withdraw", role=LEAD)
def withdraw(turn: Turn, asked: Confirmation, *, today: bool) -> None:
    entry = turn.session.get_one(FaqEntry, asked.arguments["entry"])
    if not _may_withdraw(turn, entry):
        raise Refusal("people.not_yours", path=turn.session.get_one(Unit, entry.unit_id).path)
    if entry.withdrawn_at is None:
        faq.withdraw(turn.session, entry, turn.person, turn.now)
        _note(turn, entry, "withdrawn")
        question = turn.session.get(Question, entry.question_id) if entry.question_id else None
        if question:
            notifying.show(turn, question)
    turn.say("questions/withdrawn", entry=entry)


def _note(turn: Turn, entry: FaqEntry, what: str) -> None:
    path = turn.session.get_one(Unit, entry.unit_id).path
    audit.note(turn.session, turn.now, turn.person.staff_no, f"faq {what}", path, entry=entry.id)


@router.button("publish", role=LEAD)
def tap_publish(turn: Turn, question_id: QuestionId) -> None:
    """Show the answer as everybody would read it: to be confirmed, or reworded first."""
    question = turn.session.get(Question, question_id)
    if question is None or not notifying.may_publish(turn, turn.person, question):
        turn.toast("core/not_yours", alert=True)
        return
    said = questions.said(turn.session, question)
    answers = [it.words for it in said if it.by != question.person_id and it.words]
    if not answers:
        raise Refusal("questions.no_answer")
    expected = expected_input.expect(turn.session, turn.person, Purpose.PUBLISHING, turn.now, question.id)
    expected.words = json.dumps({"asked": said[0].words, "answer": answers[-1], "slot": expected.revision})
    turn.session.add(expected)
    _show(turn, expected, below=True)


def _show(turn: Turn, expected: ExpectedInput, *, below: bool = False) -> None:
    question, held = turn.session.get_one(Question, expected.about), json.loads(expected.words or "{}")
    content = turn.words.content(
        "questions/publish", expected=expected, asked=held["asked"], answer=held["answer"],
        unit=_for_whom(turn, question), named=_named(turn, question, held),
    )  # fmt: skip
    _stand(turn, expected, content, below=below)


def _stand(turn: Turn, expected: ExpectedInput, content: Content, *, below: bool = False) -> None:
    slot = Slot.of(Subject.PUBLISHING, turn.here, json.loads(expected.words or "{}")["slot"])
    live_messages.show(turn.session, slot, Kind.QUESTION, content, turn.now, below=below)


def _for_whom(turn: Turn, question: Question) -> Unit:
    """Return the unit whose people will read it: the publisher's own around whoever answered. Raises
    `people.not_yours`."""
    home = reach.home_of_answer(turn.session, question)
    tops = permissions.leads(turn.session, turn.person, turn.today)
    found = next((it for it in tops if is_below(home.path, it.path)), None)
    if found is None:
        raise Refusal("people.not_yours", path=home.path)
    return found


def _named(turn: Turn, question: Question, held: dict[str, str]) -> str:
    """Return how the asker is named in what is to be published, by name, staff number or phone number; "" if they are
    not."""
    asker = turn.session.get_one(Person, question.person_id)
    texts = f"{held['asked']}\n{held['answer']}"
    return next((it for it in (asker.name, asker.staff_no, asker.phone) if it and terms.names(texts, it)), "")


@router.button("reword", role=LEAD)
def tap_reword(turn: Turn, revision: int, part: Literal["asked", "answer"]) -> None:
    """Type the question or the answer anew before it is published."""
    expected = _held(turn, revision)
    if expected:
        expected.kind = part
        expected_input.step(turn.session, expected, turn.now)
        _show(turn, expected)


def drop(turn: Turn, expected: ExpectedInput) -> None:
    """Cancel (取消): nothing was published."""
    content = turn.words.content("questions/publish_cancelled")
    _stand(turn, expected, content, below=turn.incoming.data is None)
    expected_input.stop_expecting(turn.session, turn.person, turn.now)


@router.expects(Purpose.PUBLISHING, dropped=drop)
def typed(turn: Turn, expected: ExpectedInput, text: str) -> None:
    """Take the new wording. Raises `questions.reword_first`."""
    if expected.kind is None:
        raise Refusal("questions.reword_first")
    held = json.loads(expected.words or "{}") | {expected.kind: read_words(text, questions.LONGEST)}
    expected.words, expected.kind = json.dumps(held), None
    expected_input.step(turn.session, expected, turn.now)
    _show(turn, expected, below=True)


@router.button("keep", role=LEAD)
def tap_keep(turn: Turn, revision: int) -> None:
    """Publish it. Raises `questions.named`, `questions.no_question`."""
    expected = _held(turn, revision)
    if expected is None:
        return
    question, held = turn.session.get_one(Question, expected.about), json.loads(expected.words or "{}")
    if not notifying.may_publish(turn, turn.person, question):
        raise Refusal("questions.not_yours")
    if name := _named(turn, question, held):
        raise Refusal("questions.named", name=name)
    if not held["asked"].strip():
        raise Refusal("questions.no_question")
    unit = _for_whom(turn, question)
    entry = faq.publish(turn.session, unit, (held["asked"], held["answer"]), question, turn.person, turn.now)
    _note(turn, entry, "published")
    _stand(turn, expected, turn.words.content("questions/published", entry=entry, unit=unit))
    expected_input.stop_expecting(turn.session, turn.person, turn.now)
    notifying.show(turn, question)


@router.button("drop", role=LEAD)
def tap_drop(turn: Turn, revision: int) -> None:
    """Publish nothing."""
    expected = _held(turn, revision)
    if expected:
        drop(turn, expected)


def _held(turn: Turn, revision: int) -> ExpectedInput | None:
    """Return what is being published, if the button belongs to the current screen."""
    expected = expected_input.held(turn.session, turn.person)
    if expected is None or expected.use != Purpose.PUBLISHING or expected.revision != revision:
        turn.toast("core/telling_gone", what=Purpose.PUBLISHING)
        return None
    return expected
