"""Write a round's message, and show it in a recipient's chat. Each kind of round has its own words: the templates
`rounds/KIND_….j2`."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session

from handlers.core.context import Context
from handlers.core.events import LanguageChosen
from handlers.core.locales import LOCALES
from handlers.core.rendering import Content, Renderer
from handlers.core.vocabulary import BETWEEN_NAMES
from models.conversations import drafts
from models.core.errors import Refusal
from models.files.records import as_file
from models.forms import points
from models.forms.spec import FormSpec, say
from models.messaging import addresses, cards, live_messages
from models.messaging.addresses import Address
from models.messaging.cards import Kind, Lane
from models.messaging.contents import words_of
from models.messaging.slots import Slot, Subject
from models.organisation.people import Person
from models.organisation.units import Unit, find_unit
from models.rounds import attempts, replies, rounds, surveys
from models.rounds.replies import Reply
from models.rounds.rounds import WRITTEN, Asks, Round, RoundKind, RoundVersion
from models.time.times import awake


def title(context: Context, words: Renderer, it: Round, version: RoundVersion) -> str:
    """Return what a round is called: a survey without words of its own by its form, in the reader's language."""
    return _of_form(context, words, it, version) or version.title


def text(context: Context, words: Renderer, it: Round, version: RoundVersion) -> str:
    """Return what a round says: of a survey without words of its own its form's title, in the reader's language."""
    return _of_form(context, words, it, version) or version.words


def _of_form(context: Context, words: Renderer, it: Round, version: RoundVersion) -> str:
    if it.form_id is None:  # no survey, or its preview
        return ""
    called = surveys.form_of(context.session, it).title
    return say(called, words.locale) if version.words in called.values() else ""


def frame(context: Context, words: Renderer, it: Round, version: RoundVersion) -> dict[str, Any]:
    """Return what the templates of a round are told of it, to be read in these words."""
    return {
        "it": it, "version": version, "title": title(context, words, it, version),
        "text": text(context, words, it, version), "unit": context.session.get_one(Unit, it.unit_id),
        "by": context.session.get_one(Person, version.by), "now": context.now, "quiz": terms(_quiz(context, it)),
    }  # fmt: skip


def _quiz(context: Context, it: Round) -> FormSpec | None:
    """Return the form of a quiz, None where there is none."""
    return surveys.form_of(context.session, it) if it.asks == Asks.QUIZ and it.form_id else None


def terms(form: FormSpec | None) -> dict[str, Any] | None:
    """Return what a quiz asks for: how many `questions`, the `pass_mark` of the `reachable` points, the `attempts`."""
    if form is None or form.quiz is None:
        return None
    return {
        "title": form.title, "questions": len(points.scored(form)), "reachable": points.reachable(form),
        "pass_mark": form.quiz.pass_mark, "attempts": form.quiz.attempts,
    }  # fmt: skip


def tries(context: Context, it: Round, reply: Reply | None) -> dict[str, Any]:
    """Return how many attempts at a quiz a recipient has `used` and has `left`, the `last` one that ended, and whether
    one is `running`."""
    form = _quiz(context, it)
    made = attempts.of_reply(context.session, reply) if reply and form else []
    most = form.quiz.attempts if form and form.quiz else 0
    return {
        "used": len(made), "left": max(0, most - len(made)), "running": bool(made and made[-1].ended_at is None),
        "last": next((one for one in reversed(made) if one.ended_at), None),
    }  # fmt: skip


def message(
    context: Context, words: Renderer, it: Round, version: RoundVersion, reply: Reply | None = None,
    urged: Person | None = None, what: str = "message", form: FormSpec | None = None,
    feedback: dict[str, Any] | None = None,
) -> Content:  # fmt: skip
    """Return the message as its recipients see it, with the first file above it; `urged` is the lead who reminds of
    it, `reply` what came back from the reader, `feedback` what is told of the last answer to a quiz. `form` is that of
    a quiz that is only previewed."""
    known = reply if reply and reply.number == version.number else None
    file = as_file(version.files[0]) if version.files and what == "message" else None
    values = frame(context, words, it, version) | {"tries": tries(context, it, reply), "feedback": feedback}
    values |= {"quiz": terms(form)} if form else {}
    return words.content(f"rounds/{it.kind}_{what}", file=file, reply=known, urged=urged, **values)


def in_languages(context: Context, it: Round, version: RoundVersion, what: str = "message") -> dict[str, Content]:
    """Return the message in each language."""
    return {
        locale: message(context, context.words_for(_reader(locale), it.timezone), it, version, what=what)
        for locale in LOCALES
    }


def stored(context: Context, found: dict[str, Content]) -> dict[str, int]:
    """Return the ids of these messages, by language."""
    return dict(zip(found, words_of(context.session, [*found.values()]), strict=True))


def _reader(locale: str) -> Person:
    return Person(staff_no="", name="", locale=locale)


def slot(it: Round, address: Address) -> Slot:
    return Slot.of(Subject.ROUND, address, it.id)


def kind(it: Round) -> Kind:
    return Kind.URGENT if it.urgent else Kind.ROUND


def lane(it: Round) -> Lane:
    """Return the lane of a round's messages: a roll call is before every wave."""
    return Lane.REPLY if it.kind == RoundKind.ROLLCALL else Lane.BULK


def start(context: Context, it: Round) -> datetime:
    """Return when a wave of this round may begin: not at night, nor when everybody's else does; an urgent one now."""
    if it.urgent:
        return context.now
    return cards.off_the_hour(awake(context.now, it.timezone), it.id, context.defaults.off)


def show(
    context: Context, it: Round, reply: Reply, person: Person, address: Address, *, below: bool = False,
    urged: Person | None = None, lane: Lane = Lane.REPLY, not_before: datetime | None = None,
    feedback: dict[str, Any] | None = None,
) -> None:  # fmt: skip
    """Show the newest version in one chat; `below` posts it anew, and leaves an older version in its place if there was
    one."""
    session, version = context.session, rounds.newest(context.session, it)
    words = context.words_for(person, it.timezone)
    content = message(context, words, it, version, reply, urged, feedback=feedback)
    instead = _replaced(context, words, it, reply) if it.number > 1 and not urged else None
    standing = live_messages.current(session, slot(it, address))
    if standing and standing.shown_id is None and standing.message is None:
        below = False  # nobody has seen it: at night a notice may change before it goes out
    live_messages.show(
        session, slot(it, address), kind(it), content, context.now, below=below, instead=instead, lane=lane,
        not_before=not_before,
    )  # fmt: skip


def _replaced(context: Context, words: Renderer, it: Round, reply: Reply) -> Content:
    """Return what stands in the place of the version that was told: it is called as it was called there."""
    old = rounds.version(context.session, it, reply.told or it.number)
    return message(context, words, it, old, what="replaced")


def refresh(context: Context, it: Round, reply: Reply, person: Person) -> None:
    """Bring the message up to date in every chat of a recipient that shows it."""
    for address in addresses.all_reachable(context.session, person):
        if live_messages.current(context.session, slot(it, address)):
            show(context, it, reply, person, address)


def spoken(context: Context, event: LanguageChosen) -> None:
    """Show the notices and surveys in somebody's chat in the language they chose, as far as they may still be replied
    to; a survey being filled in stays as it is."""
    session = context.session
    filled = drafts.active(session, event.person)
    for number in cards.shown_in(session, event.address, Subject.ROUND):
        it = session.get(Round, int(number))
        reply = replies.of_person(session, it, event.person) if it else None
        if (
            it
            and reply
            and it.kind in WRITTEN
            and it.withdrawn_at is None
            and (filled is None or filled.round_id != it.id)
            and context.now < rounds.newest(session, it).over_at
        ):
            show(context, it, reply, event.person, event.address)


def starting(context: Context, zone: str) -> datetime | None:
    """Return when a notice that is sent now begins to go out, if that is only in the morning."""
    at = awake(context.now, zone)
    return at if at != context.now else None


def names(typed: str, marks: str = BETWEEN_NAMES) -> list[str]:
    """Return the names that words list between such marks."""
    return [it.strip() for it in re.split(f"[{re.escape(marks)}]", typed) if it.strip()]


def unit_called(session: Session, name: str, tops: Sequence[Unit]) -> Unit | None:
    """Return the unit of that name below these; None if there is none. Raises `people.many_units`."""
    try:
        return find_unit(session, name, tops)
    except Refusal as refusal:
        if refusal.key == "people.many_units":
            raise
        return None
