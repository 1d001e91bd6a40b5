"""Answer a question, ask further, close it: by who answers for it, and by the asker."""

from typing import Literal

from handlers.core import held_files
from handlers.core.access import MEMBER
from handlers.core.ids import QuestionId
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.questions import notifying
from models.alerts.tellings import Told
from models.conversations import expected_input
from models.conversations.expected_input import ExpectedInput, Purpose
from models.core.errors import Refusal
from models.files.records import FileRecord
from models.forms.answers import read_words
from models.organisation.people import Person
from models.questions import questions, reach
from models.questions.questions import Question

router = Router("answers", MEMBER)

WAITS_FOR = (Purpose.REPLY, Purpose.FURTHER)


@router.button("show")
def tap_show(turn: Turn, question_id: QuestionId) -> None:
    """Show a question at the end of the chat."""
    question = _seen(turn, question_id)
    if question:
        notifying.stand(turn, question, turn.person, turn.here, below=True, now=True)


@router.button("answer")
def tap_answer(turn: Turn, question_id: QuestionId) -> None:
    """Take a question, and expect the answer in the next words."""
    question = _theirs(turn, question_id)
    if question is None:
        return
    if questions.take(question, turn.person, turn.now):
        questions.brought(turn.session, question, [turn.person.id])
        notifying.note(turn, question, turn.person, "taken")
        turn.session.add(question)
        turn.session.flush()
        notifying.show(turn, question)
    elif question.taken_by != turn.person.id or question.closed_at is not None:
        _say_how_it_stands(turn, question)
        return
    expected_input.expect(turn.session, turn.person, Purpose.REPLY, turn.now, question.id)
    turn.say("questions/answer", **notifying.view(turn, question))


@router.button("decide")
def tap_decide(turn: Turn, question_id: QuestionId, decision: Literal["approved", "refused"]) -> None:
    """Approve or refuse a request; the first decision counts."""
    question = _theirs(turn, question_id)
    if question is None:
        return
    taken = questions.take(question, turn.person, turn.now) or question.taken_by == turn.person.id
    if not question.decides or question.decision or question.closed_at is not None or not taken:
        _say_how_it_stands(turn, question)
        return
    questions.brought(turn.session, question, [turn.person.id])
    words = turn.words.line("questions/decision", decision=decision)
    questions.decide(turn.session, question, Told(words, [], turn.person.id), decision, turn.now)
    notifying.note(turn, question, turn.person, decision)
    notifying.show(turn, question, ring=[question.person_id])
    turn.toast("questions/decided", asker=turn.session.get_one(Person, question.person_id))


def _say_how_it_stands(turn: Turn, question: Question) -> None:
    turn.toast("questions/before", alert=True, **notifying.view(turn, question))


@router.expects(Purpose.REPLY)
def typed_answer(turn: Turn, expected: ExpectedInput, text: str) -> None:
    _answer(turn, expected, read_words(text, questions.LONGEST), [])


def _answer(turn: Turn, expected: ExpectedInput, words: str, files: list[FileRecord]) -> None:
    """Add the answer. The asker's phone rings. Raises `questions.not_yours`."""
    session = turn.session
    question = session.get_one(Question, expected.about)
    mine = question.taken_by == turn.person.id and reach.may_answer(session, turn.person, question, turn.today)
    if question.closed_at is not None or not mine:
        expected_input.stop_expecting(session, turn.person, turn.now)
        raise Refusal("questions.not_yours")
    questions.answer(session, question, Told(words, files, turn.person.id), turn.now)
    notifying.note(turn, question, turn.person, "answered")
    _said(turn, question, [question.person_id])


def _said(turn: Turn, question: Question, ring: list[int]) -> None:
    """Show what was just said at the end of both chats."""
    expected_input.stop_expecting(turn.session, turn.person, turn.now)
    notifying.show(turn, question, ring=ring)
    notifying.stand(turn, question, turn.person, turn.here, below=True, now=True)


@router.button("further")
def tap_further(turn: Turn, question_id: QuestionId) -> None:
    """Expect what the asker wants to add, in the next words."""
    question = _own(turn, question_id)
    if question:
        expected_input.expect(turn.session, turn.person, Purpose.FURTHER, turn.now, question.id)
        turn.say("questions/further", **notifying.view(turn, question))


@router.expects(Purpose.FURTHER)
def typed_further(turn: Turn, expected: ExpectedInput, text: str) -> None:
    _further(turn, expected, read_words(text, questions.LONGEST), [])


def _further(turn: Turn, expected: ExpectedInput, words: str, files: list[FileRecord]) -> None:
    """Add what the asker says: whoever took it is told, or the first level."""
    question = turn.session.get_one(Question, expected.about)
    _said(turn, question, notifying.further(turn, question, Told(words, files, turn.person.id)))


@router.file
def received(turn: Turn) -> bool:
    """Take any file as an answer, or as a part of what is asked further. Its caption counts as words."""
    expected = expected_input.current(turn.session, turn.person, turn.now, turn.defaults.waits(expected_input.LASTS))
    if expected is None or expected.use not in WAITS_FOR:
        return False
    file = held_files.sent(turn)
    add = _answer if expected.use == Purpose.REPLY else _further
    add(turn, expected, str(file.get("remark", "")), [{k: v for k, v in file.items() if k != "remark"}])
    return True


@router.button("close")
def tap_close(turn: Turn, question_id: QuestionId) -> None:
    """Close a question: the asker, or whoever took it."""
    question = _seen(turn, question_id)
    if question is None:
        return
    if question.closed_at is not None or turn.person.id not in (question.person_id, question.taken_by):
        _say_how_it_stands(turn, question)
        return
    questions.close(turn.session, question, turn.person, turn.now)
    notifying.note(turn, question, turn.person, "closed")
    notifying.show(turn, question)
    turn.toast("questions/closed")


def _seen(turn: Turn, question_id: int) -> Question | None:
    """Return the question, if the person may see it."""
    question = turn.session.get(Question, question_id)
    if question is None or not reach.may_see(turn.session, turn.person, question, turn.today):
        turn.toast("core/not_yours", alert=True)
        return None
    return question


def _theirs(turn: Turn, question_id: int) -> Question | None:
    """Return the question of somebody else, if the person may answer it."""
    question = _seen(turn, question_id)
    if question and question.person_id == turn.person.id:
        turn.toast("core/not_yours", alert=True)
        return None
    return question


def _own(turn: Turn, question_id: int) -> Question | None:
    """Return the question, if the person asked it."""
    question = _seen(turn, question_id)
    if question and question.person_id != turn.person.id:
        turn.toast("core/not_yours", alert=True)
        return None
    return question
