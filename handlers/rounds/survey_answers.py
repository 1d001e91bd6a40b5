"""Lead a recipient through a survey's form: the same dialogue as a report's (`handlers/reporting/form_dialogue.py`),
about a survey instead (docs/rules.md 30.3)."""

from collections.abc import Container

from sqlalchemy import delete
from sqlmodel import Session, col, or_, select

from handlers.core.context import Context
from handlers.core.turn import Turn
from handlers.rounds import messages, quiz_taking, replying
from models.channels import webchat
from models.conversations import drafts, expected_input
from models.conversations.drafts import Draft
from models.core import characters
from models.core.errors import Refusal
from models.cycle.periods import Period
from models.messaging import addresses, live_messages
from models.messaging.cards import Card
from models.messaging.contents import StoredContent
from models.messaging.slots import Slot
from models.organisation.people import Person
from models.reporting.report_context import ReportContext
from models.reporting.reports import Report
from models.rounds import replies, rounds, surveys
from models.rounds.replies import Reply
from models.rounds.rounds import Asks, Round

ABANDONED = 20  # half-filled answers deleted in one transaction
RECENT = 20  # messages of a browser chat among which the one just typed is
NOWHERE = 0  # the id of the report and the period, which are never stored


def begin(turn: Turn, number: int) -> Draft:
    """Return the speaker's draft, begun now or as it was left; one who answers anew begins with what they answered.
    Raises as `replying.own` and `surveys.refuse_answers`."""
    it, reply = replying.own(turn, number)
    if it.asks != Asks.FORM:
        raise Refusal("rounds.not_yours")
    surveys.refuse_answers(turn.session, it, reply, turn.now)
    expected_input.stop_expecting(turn.session, turn.person, turn.now)
    return drafts.answer(turn.session, it.id, turn.person, dict(reply.answers or {}), turn.now)


def asked(turn: Turn, draft: Draft) -> ReportContext:
    """Return what the dialogue needs, about no stored report. Raises as `begin`, of a survey that is over meanwhile."""
    it, reply = _own(turn, draft)
    surveys.refuse_answers(turn.session, it, reply, turn.now)
    version = rounds.newest(turn.session, it)
    due = version.due_at or turn.now
    period = Period(
        id=NOWHERE, assignment_id=NOWHERE, day=turn.today, version_id=NOWHERE, place_id=NOWHERE, timezone=it.timezone,
        opens_at=version.at, due_at=due, lock_at=due,
    )  # fmt: skip
    report = Report(id=NOWHERE, period_id=NOWHERE, place_id=NOWHERE)
    return ReportContext(period, report, surveys.form_of(turn.session, it))


def anonymous(turn: Turn, draft: Draft) -> bool:
    """Say whether nobody may learn whose answers these are."""
    return draft.round_id is not None and turn.session.get_one(Round, draft.round_id).anonymous


def _own(turn: Turn, draft: Draft) -> tuple[Round, Reply]:
    return replying.own(turn, draft.round_id or NOWHERE)


def slot(turn: Turn, draft: Draft) -> Slot:
    """Return the slot of the survey's message, in which its questions stand."""
    return messages.slot(turn.session.get_one(Round, draft.round_id), turn.here)


def stood(turn: Turn, draft: Draft, card: Card) -> None:
    """Note which content showed answers that nobody may learn of, and drop the ones no message shows any more."""
    draft.screens = [*_drop(turn.session, draft.screens), *([card.wanted_id] if card.wanted_id else [])]
    turn.session.add(draft)
    turn.session.flush()


def _drop(session: Session, screens: list[int]) -> list[int]:
    """Delete those of these contents that no message shows or will show; return those left."""
    shown = select(Card.id).where(
        or_(col(Card.wanted_id) == col(StoredContent.id), col(Card.shown_id) == col(StoredContent.id))
    )
    gone = delete(StoredContent).where(col(StoredContent.id).in_(screens), ~shown.exists())
    session.connection().execute(gone)
    left = select(StoredContent.id).where(col(StoredContent.id).in_(screens))
    return list(session.exec(left).all())


def typed(turn: Turn, draft: Draft, text: str) -> None:
    """Note the message that gave an answer that nobody may learn of, where the chat is our own. It stands there as it
    was typed, not cleaned."""
    if turn.incoming.channel == "web" and anonymous(turn, draft):
        query = select(webchat.Message).where(
            webchat.Message.chat == turn.here.chat, col(webchat.Message.author).is_not(None)
        )
        newest = turn.session.exec(query.order_by(col(webchat.Message.id).desc()).limit(RECENT)).all()
        said = next((it.id for it in newest if characters.text(it.text).strip() == text), None)
        draft.messages = [*draft.messages, *([str(said)] if said else [])]


def leave(turn: Turn, draft: Draft, *, below: bool) -> None:
    """Show the survey's message again, as it was before the form."""
    it, reply = _own(turn, draft)
    messages.show(turn, it, reply, turn.person, turn.here, below=below)


def drop(turn: Turn, draft: Draft, *, below: bool) -> None:
    """Delete the draft and show the survey's message again."""
    screens, said = list(draft.screens), list(draft.messages)
    leave(turn, draft, below=below)
    drafts.discard(turn.session, draft)
    _drop(turn.session, screens)
    _forget(turn, said, {turn.here.chat})


def submit(turn: Turn, draft: Draft, answers: dict[str, object]) -> None:
    """Hand the answers in. Of an anonymous survey nothing is left of them but the sealed box: neither draft nor screen,
    nor in the browser chat what was typed. Raises as `surveys.take`."""
    it, reply = _own(turn, draft)
    hidden = it.anonymous
    surveys.take(turn.session, it, reply, answers, turn.now, turn.defaults.survey_key)
    screens, said = list(draft.screens), list(draft.messages)
    drafts.discard(turn.session, draft)
    messages.refresh(turn, it, reply, turn.person)
    if live_messages.current(turn.session, messages.slot(it, turn.here)) is None:
        messages.show(turn, it, reply, turn.person, turn.here)
    if hidden:
        _drop(turn.session, screens)
        _forget(turn, said, {turn.here.chat})
    else:
        replies.reached(turn.session, it, [reply])
    turn.toast("rounds/survey_taken", it=it, reply=reply)


def _forget(context: Context, said: list[str], chats: Container[str]) -> None:
    """Delete in the browser chat what somebody typed; other platforms keep that on their own."""
    for message in said:
        found = context.session.get(webchat.Message, int(message)) if message.isdecimal() else None
        if found is not None and found.chat in chats:
            webchat.erase(context.session, found, context.now)


def clear(context: Context, it: Round) -> bool:
    """Delete the next half-filled answers to a survey that takes none any more, of an anonymous one with what showed
    them; an attempt at a quiz that is running ends with what was answered. Say whether those were all."""
    session = context.session
    found = session.exec(select(Draft).where(Draft.round_id == it.id).order_by(col(Draft.id)).limit(ABANDONED)).all()
    for draft in found:
        author, screens, said = session.get_one(Person, draft.author_id), list(draft.screens), list(draft.messages)
        reply = replies.of_person(session, it, author)
        answers = dict(draft.answers)
        drafts.discard(session, draft)
        if reply is not None and it.withdrawn_at is None and it.asks == Asks.QUIZ:
            quiz_taking.end(context, it, reply, author, answers)
        if reply is not None and it.withdrawn_at is None:
            messages.refresh(context, it, reply, author)
        _drop(session, screens)
        _forget(context, said, {one.chat for one in addresses.all_reachable(session, author)})
    return len(found) < ABANDONED
