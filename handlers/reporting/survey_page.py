"""Take what a page sends of a named survey's form: the draft is the one of the chat, in which either goes on where the
other was left (docs/rules.md 26.2, 30.10)."""

from typing import Any

from handlers.core.incoming import Answer, FilledPage
from handlers.core.turn import Turn
from handlers.reporting import form_page
from handlers.reporting.form_draft import FormSession, next_question, touch
from handlers.reporting.form_page import Judged
from handlers.reporting.form_pages import show
from handlers.rounds import replying, survey_answers
from models.conversations import drafts, expected_input
from models.conversations.drafts import Draft
from models.core.errors import Refusal
from models.forms.answers import clean, faults
from models.forms.spec import FormSpec, say
from models.rounds import surveys
from models.rounds.replies import Reply
from models.rounds.rounds import Asks, Round
from models.time.times import day_at


def find(turn: Turn, number: int) -> tuple[Round, Reply, Draft | None]:
    """Return a survey that asks the speaker, their row and their draft. Raises `rounds.not_yours`, and
    `surveys.in_chat` for an anonymous one, of which no page may keep anything, and for a quiz."""
    it, reply = replying.own(turn, number)
    if it.asks != Asks.FORM or it.anonymous:
        raise Refusal("surveys.in_chat")
    return it, reply, drafts.of_round(turn.session, it.id, turn.person)


def stood(reply: Reply, draft: Draft | None) -> dict[str, Any]:
    """Return the answers so far: those of the draft, else those that were given."""
    return dict((draft.answers if draft else reply.answers) or {})


def head(reply: Reply | None) -> int:
    """Return on which answers a page stands, 0 before there are any."""
    return int(reply.at.timestamp() * 1000) % 10**8 + 1 if reply and reply.number and reply.at else 0


def taken(turn: Turn, sent: FilledPage) -> None:
    """Keep the answers that changed, show in the chat where the form stands, and hand it in if that was pressed. Raises
    as `find` and `surveys.refuse_answers`."""
    it, reply, draft = find(turn, sent.survey)
    surveys.refuse_answers(turn.session, it, reply, turn.now)
    form = surveys.form_of(turn.session, it)
    judged = form_page.judge(form, stood(reply, draft), sent, day_at(turn.now, it.timezone))
    if sent.do == "drop":
        if draft:
            survey_answers.drop(turn, draft, below=False)
        return
    if draft is None and again(form, reply, sent, judged):
        return
    if judged.changed or (draft is None and sent.do == "submit"):
        draft = _kept(turn, it, reply, draft, judged)
    if draft is None or sent.do != "submit":
        return
    refusal = unfit(form, reply, sent, judged, turn.words.locale)
    if refusal is not None:
        turn.answer = Answer(turn.words.refusal(refusal), alert=True)
        return
    survey_answers.submit(turn, draft, clean(form, draft.answers))


def _kept(turn: Turn, it: Round, reply: Reply, draft: Draft | None, judged: Judged) -> Draft:
    """Store what changed; the chat goes on from there, unless it waits for words about something else."""
    waits = turn.defaults.waits(expected_input.LASTS)
    waiting = expected_input.current(turn.session, turn.person, turn.now, waits) is not None
    if draft is None:
        draft = drafts.answer(turn.session, it.id, turn.person, stood(reply, None), turn.now)
        if waiting:
            drafts.rest(turn.session, turn.person)
    if judged.answers != draft.answers or draft.question is None:
        draft.answers = dict(judged.answers)
        dialogue = FormSession(turn, survey_answers.asked(turn, draft), draft)
        draft.question = next_question(dialogue)
        touch(dialogue)
        show(dialogue)
    return draft


def again(form: FormSpec, reply: Reply, sent: FilledPage, judged: Judged) -> bool:
    """Say whether a page that is sent brings what was handed in already."""
    return sent.head != head(reply) and clean(form, judged.answers) == (reply.answers or {})


def unfit(form: FormSpec, reply: Reply | None, sent: FilledPage, judged: Judged, locale: str) -> Refusal | None:
    """Return why what a page sent is not handed in; None if nothing keeps it."""
    if reply is not None and sent.head != head(reply):
        return Refusal("surveys.page_meanwhile")
    wrong = judged.wrong | {name: why for name, why in faults(form, judged.answers).items() if name not in judged.wrong}
    if judged.elsewhere:
        labels = [say(q.label, locale) for q in form.questions if q.name in judged.elsewhere]
        return Refusal("surveys.page_elsewhere", names=labels)
    if wrong:
        return Refusal("surveys.page_wrong")
    if judged.unseen:
        return Refusal("surveys.page_more")
    return None if clean(form, judged.answers) else Refusal("surveys.page_empty")
