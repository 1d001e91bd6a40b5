"""`/ask`, 提问: ask whoever answers for one, or a topic's people: the FAQ is offered first, then the question is
confirmed and sent."""

from collections.abc import Sequence
from typing import Literal

from handlers.core import held_files, told_drafts
from handlers.core.access import LEAD, MEMBER
from handlers.core.events import AskedAbove
from handlers.core.ids import TopicId
from handlers.core.rendering import Content
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.questions import notifying
from models.alerts.tellings import Told
from models.authority import permissions
from models.conversations import expected_input
from models.conversations.expected_input import ExpectedInput, Purpose
from models.core.errors import Refusal
from models.files import attachments
from models.forms.answers import read_words
from models.handup import partners, requests
from models.handup.partners import Partner, State
from models.messaging import live_messages
from models.messaging.cards import Kind
from models.organisation import people
from models.organisation.people import Person
from models.organisation.units import Unit
from models.questions import faq, questions, reach, topics
from models.questions.topics import Topic

router = Router("question", MEMBER)

LISTED = 10
LEAD_ASKED = 0  # in a button, instead of a topic's id
REQUEST = "request"  # what is asked, instead of a topic's id: a decision from above
ABOVE = "above"  # the same, from the superior's program


@router.command("ask", word="提问", takes_words=True, tells=True, dated=False)
def ask(turn: Turn, words: str) -> None:
    """Begin a question: with words ask for the confirmation at once. Without words show what is open, and ask for them.
    Raises `questions.nobody`."""
    if _show_named(turn, words.split()):
        return
    said = read_words(words, questions.LONGEST) if words.strip() else None
    if said is None:
        _open(turn)
    every = topics.for_unit(turn.session, _home(turn))
    if not every and not _answerers(turn, None):
        if said is None and _listed(turn):
            return
        raise Refusal("questions.nobody")
    expected = expected_input.expect(turn.session, turn.person, Purpose.QUESTION, turn.now)
    expected.about, expected.words = expected.revision, said
    if not _answerers(turn, None):
        expected.kind = str(every[0].id)
    _show(turn, expected, below=True)


def _show_named(turn: Turn, parts: list[str]) -> bool:
    """Show the question of whose number somebody speaks, to who may see it; say whether it was one. Raises
    `questions.there` for words after it, which ask nothing new (docs/rules.md 12.10)."""
    found = questions.with_receipt(turn.session, parts[0]) if parts else None
    if found is None or not reach.may_see(turn.session, turn.person, found, turn.today):
        return False
    if len(parts) > 1:
        raise Refusal("questions.there", receipt=found.receipt)
    notifying.stand(turn, found, turn.person, turn.here, below=True, now=True)
    return True


@router.command("request", word="请示", role=LEAD, takes_words=True, tells=True, dated=False)
def request(turn: Turn, words: str) -> None:
    """Ask the level above for a decision, whoever leads the top the superior's program: with words ask for the
    confirmation at once. Raises `questions.nobody`, `questions.nobody_above`."""
    superior, others = _superior(turn), _answerers(turn, None)
    if not superior and not others:
        raise Refusal("questions.nobody_above" if _leads_top(turn) else "questions.nobody")
    expected = expected_input.expect(turn.session, turn.person, Purpose.QUESTION, turn.now)
    above = superior is not None and (_leads_top(turn) or not others)
    expected.about, expected.kind = expected.revision, ABOVE if above else REQUEST
    expected.words = read_words(words, questions.LONGEST) if words.strip() else None
    _show(turn, expected, below=True)


def _home(turn: Turn) -> Unit:
    return people.home(turn.session, turn.person)


def _superior(turn: Turn) -> Partner | None:
    """Return the superior's program of a unit that the person leads, if the two are connected."""
    led = permissions.leads_themselves(turn.session, turn.person, turn.today)
    every = (partners.above(turn.session, unit) for unit in led)
    return next((it for it in every if it and it.state in (State.ASKED, State.CONFIRMED)), None)


def _leads_top(turn: Turn) -> bool:
    return any(it.parent_id is None for it in permissions.leads_themselves(turn.session, turn.person, turn.today))


def _answerers(turn: Turn, topic: Topic | None) -> list[Person]:
    """Return whom the person would ask."""
    levels = reach.asked(turn.session, turn.person, topic, turn.today, _home(turn))
    return levels[0] if levels else []


def _listed(turn: Turn) -> tuple[list[questions.Question], list[questions.Question]] | None:
    """Return one's own open questions, and the open ones that one may answer; None if there are none."""
    own = questions.asked_by(turn.session, turn.person, turn.now)
    others = reach.answerable(turn.session, turn.person, turn.today, turn.now)
    return (own, others) if own or others else None


def _open(turn: Turn) -> None:
    """List what is open: one's own, and what waits for one's answer."""
    found = _listed(turn)
    if found is None:
        return
    own, others = (
        [(it, questions.said(turn.session, it)[0], notifying.view(turn, it)) for it in group[:LISTED]]
        for group in found
    )
    turn.say("questions/open", own=own, others=others, more=sum(max(0, len(it) - LISTED) for it in found))


def _show(turn: Turn, expected: ExpectedInput, *, below: bool = False) -> None:
    """Show the request for words, or what is about to be sent and the FAQ entries that are like it."""
    topic = _topic(turn, expected)
    told = expected.words or " ".join(it.get("remark", "") for it in expected.files)
    request, superior = expected.kind in (REQUEST, ABOVE), _superior(turn)
    near: Sequence[faq.FaqEntry] = faq.like(turn.session, _home(turn), told) if told.strip() and not request else ()
    content = turn.words.content(
        "questions/ask", expected=expected, topic=topic, request=request, near=near,
        topics=[] if request else topics.for_unit(turn.session, _home(turn)),
        whom=[it.name for it in _answerers(turn, topic)], lead=bool(_answerers(turn, None)), superior=superior,
        above=expected.kind == ABOVE and superior is not None,
    )  # fmt: skip
    _stand(turn, expected, content, below=below)


def _topic(turn: Turn, expected: ExpectedInput) -> Topic | None:
    """Return the topic that was chosen, if it still runs."""
    chosen = int(expected.kind) if expected.kind and expected.kind not in (REQUEST, ABOVE) else LEAD_ASKED
    return next((it for it in topics.for_unit(turn.session, _home(turn)) if it.id == chosen), None)


def _stand(turn: Turn, expected: ExpectedInput, content: Content, *, below: bool = False) -> None:
    told_drafts.stand(turn, expected, Kind.QUESTION, content, below=below)


@router.button("topic")
def tap_topic(turn: Turn, revision: int, topic_id: TopicId) -> None:
    """Ask a topic's people, or (0) whoever answers for one's unit."""
    expected = _held(turn, revision)
    if expected is None:
        return
    allowed = {it.id for it in topics.for_unit(turn.session, _home(turn))}
    if topic_id not in allowed | ({LEAD_ASKED} if _answerers(turn, None) else set()):
        turn.toast("core/not_yours", alert=True)
        return
    expected.kind = str(topic_id) if topic_id else None
    expected_input.step(turn.session, expected, turn.now)
    _show(turn, expected)


@router.button("level")
def tap_level(turn: Turn, revision: int, level: Literal["request", "above"]) -> None:
    """Send the request to the level above in the organisation, or to the superior's program."""
    expected = _held(turn, revision)
    if expected is None or expected.kind not in (REQUEST, ABOVE):
        return
    if not (_superior(turn) if level == ABOVE else _answerers(turn, None)):
        turn.toast("core/not_yours", alert=True)
        return
    expected.kind = level
    expected_input.step(turn.session, expected, turn.now)
    _show(turn, expected)


def drop(turn: Turn, expected: ExpectedInput) -> None:
    """Cancel (取消): nothing was sent."""
    _stand(turn, expected, turn.words.content("questions/cancelled"), below=turn.incoming.data is None)
    expected_input.stop_expecting(turn.session, turn.person, turn.now)


@router.expects(Purpose.QUESTION, dropped=drop)
def typed(turn: Turn, expected: ExpectedInput, text: str) -> None:
    """Take the words; typed again, they replace the earlier ones."""
    expected.words = read_words(text, questions.LONGEST)
    expected_input.step(turn.session, expected, turn.now)
    _show(turn, expected, below=True)


@router.file
def received(turn: Turn) -> bool:
    """Take any file while a question is being asked, as a part of it."""
    expected = expected_input.current(turn.session, turn.person, turn.now, turn.defaults.waits(expected_input.LASTS))
    if expected is None or expected.use != Purpose.QUESTION:
        return False
    expected.files = attachments.added(expected.files, [held_files.sent(turn)])
    expected_input.step(turn.session, expected, turn.now)
    _show(turn, expected, below=True)
    return True


@router.button("cancel")
def tap_cancel(turn: Turn, revision: int) -> None:
    """Cancel the question being asked."""
    expected = _held(turn, revision)
    if expected:
        drop(turn, expected)


@router.button("send")
def tap_send(turn: Turn, revision: int) -> None:
    """Send the question; its receipt says whom it went to."""
    expected = _held(turn, revision)
    if expected is None or not (expected.words or expected.files):
        return
    if expected.kind == ABOVE:
        _send_above(turn, expected)
        return
    topic = _topic(turn, expected)
    if expected.kind not in (None, REQUEST) and topic is None:  # ended meanwhile: it must not go to the lead unasked
        expected.kind = None
        expected_input.step(turn.session, expected, turn.now)
        _show(turn, expected)
        turn.toast("questions/topic_gone", alert=True)
        return
    if not _answerers(turn, topic):
        raise Refusal("questions.nobody")
    words = expected.words or "\n".join(it["remark"] for it in expected.files if it.get("remark"))
    told = Told(words, expected.files, turn.person.id)
    made = questions.ask(
        turn.session, told, turn.person, topic, turn.incoming.channel, turn.now, decides=expected.kind == REQUEST
    )
    live_messages.take_away(turn.session, told_drafts.slot(turn, expected), Kind.QUESTION, turn.now)
    expected_input.stop_expecting(turn.session, turn.person, turn.now)
    notifying.begin(turn, made)
    notifying.stand(turn, made, turn.person, turn.here, below=True, now=True)
    turn.toast("questions/sent", it=made)


def _send_above(turn: Turn, expected: ExpectedInput) -> None:
    """Hand a request to the superior's program. Raises `questions.nobody_above`, `questions.no_files_above`."""
    superior = _superior(turn)
    if superior is None:
        raise Refusal("questions.nobody_above")
    if expected.files or not expected.words:
        raise Refusal("questions.no_files_above")
    unit = turn.session.get_one(Unit, superior.unit_id)
    made = requests.ask(turn.session, superior, expected.words, turn.person, unit, turn.now)
    live_messages.take_away(turn.session, told_drafts.slot(turn, expected), Kind.QUESTION, turn.now)
    expected_input.stop_expecting(turn.session, turn.person, turn.now)
    turn.emit(AskedAbove(made))
    turn.toast("questions/sent", it=made)


def _held(turn: Turn, revision: int) -> ExpectedInput | None:
    return told_drafts.held(turn, revision, Purpose.QUESTION, _show)
