"""Lead a recipient through a quiz: the dialogue of a survey, in which every answer is final (docs/rules.md 31.4)."""

from collections.abc import Mapping
from typing import Any

from handlers.core.context import Context
from handlers.core.events import QuizPassed
from handlers.core.turn import Turn
from handlers.rounds import certificates, messages, replying
from models.conversations import drafts, expected_input
from models.conversations.drafts import Draft
from models.core.errors import Refusal
from models.forms import points
from models.forms.answers import relevant
from models.forms.spec import FormSpec, Question
from models.forms.versions import FormVersion
from models.organisation.people import Person
from models.rounds import attempts, replies, surveys
from models.rounds.replies import Reply
from models.rounds.rounds import Asks, Round


def begin(turn: Turn, number: int, attempt: int) -> Draft | None:
    """Return the draft of the attempt that is running, or begin the next one, if the button names that; one of an older
    message begins none: the quiz is shown as it stands. Raises as `replying.own`, `surveys.refuse_answers` and
    `attempts.begin`."""
    it, reply = replying.own(turn, number)
    if it.asks != Asks.QUIZ:
        raise Refusal("rounds.not_yours")
    surveys.refuse_answers(turn.session, it, reply, turn.now)
    running = drafts.of_round(turn.session, it.id, turn.person)
    if running is None:
        if attempt != attempts.used(turn.session, reply) + 1:
            messages.show(turn, it, reply, turn.person, turn.here)
            turn.toast("rounds/quiz_stale")
            return None
        attempts.begin(turn.session, it, reply, turn.now)
    expected_input.stop_expecting(turn.session, turn.person, turn.now)
    return drafts.answer(turn.session, it.id, turn.person, {}, turn.now)


def finish(turn: Turn, draft: Draft, *, below: bool) -> None:
    """End the attempt after its last question, and show what it came to."""
    it, reply = replying.own(turn, draft.round_id or 0)
    answers = dict(draft.answers)
    told = feedback(form_of(turn, it), answers, None)
    drafts.discard(turn.session, draft)
    found = attempts.finish(turn.session, it, reply, answers, turn.now)
    replies.reached(turn.session, it, [reply])
    messages.refresh(turn, it, reply, turn.person)
    messages.show(turn, it, reply, turn.person, turn.here, below=below, feedback=told)
    if found and found[1]:
        _passed(turn, it, reply, turn.person)


def end(context: Context, it: Round, reply: Reply, person: Person, answers: Mapping[str, Any]) -> None:
    """End the attempt that is running when the quiz ends, with what was answered so far."""
    found = attempts.finish(context.session, it, reply, answers, context.now)
    if found and found[1]:
        _passed(context, it, reply, person)


def _passed(context: Context, it: Round, reply: Reply, person: Person) -> None:
    """Send the certificate to who has passed for the first time, and say so to whatever waits for it."""
    certificates.send(context, it, reply, person)
    context.emit(QuizPassed(person, context.session.get_one(FormVersion, it.form_id).code))


def form_of(context: Context, it: Round) -> FormSpec:
    return context.session.get_one(FormVersion, it.form_id).spec


def feedback(form: FormSpec, answers: Mapping[str, Any], asked: str | None) -> dict[str, Any] | None:
    """Return what is told of the answer before the question that is asked now, None for after the last one: whether it
    was right, what is, and why. None where nothing was answered yet."""
    before: Question | None = None
    for question in relevant(form, answers):
        if question.name == asked:
            break
        before = question if question.type != "note" else before
    if before is None or before.name not in answers:
        return None
    value, most = answers[before.name], points.most(before)
    chosen = [it for it in before.choices if (it.name in value if isinstance(value, list) else it.name == value)]
    explained = [it.explanation for it in chosen if it.explanation]
    one = before.type != "select_multiple"
    return {
        "question": before, "points": points.of_answer(before, answers), "most": most,
        "right": points.right(before, answers) if most else None,
        "labels": [it.label for it in before.choices if (it.score == most if one else it.score) and it.score],
        "explained": explained + ([before.explanation] if before.explanation else []),
    }  # fmt: skip
