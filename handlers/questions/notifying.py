"""Show a question to who asked it and to those who answer it: one message each, edited in place; it rings for whom
something new was said."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session

from handlers.alerts import levels
from handlers.alerts.levels import Reached
from handlers.core.context import Context
from handlers.core.events import LanguageChosen
from handlers.core.rendering import Content
from models.alerts.tellings import Telling, Told
from models.authority import permissions
from models.core import audit
from models.files import attachments
from models.files.attachments import Attachment
from models.messaging import cards, live_messages
from models.messaging.addresses import Address, reachable
from models.messaging.cards import Kind
from models.messaging.slots import Slot, Subject
from models.organisation import people
from models.organisation.people import Person
from models.questions import faq, link_questions, questions, reach
from models.questions.questions import Question
from models.questions.topics import Topic
from models.time.times import awake

SHOWN = 6  # messages of a question that stand in one card, the first among them
FILES = 8


def begin(context: Context, question: Question) -> None:
    """Bring a new question to the first level there is, or to the admins; the asker gets the receipt."""
    every = reached_levels(context, question)
    if not every:
        question.climbs_at = None
        context.session.add(question)
    bring(context, question, every[0] if every else admins(context, question))


def reached_levels(context: Context, question: Question) -> list[list[Reached]]:
    """Return the levels as `reach.levels` does: those who can be reached."""
    session = context.session
    found = [levels.reached(session, it, None) for it in reach.levels(session, question, context.today)]
    return [level for level in found if level]


def admins(context: Context, question: Question) -> list[Reached]:
    return levels.admins(context, reach.home_of_answer(context.session, question).path, question.person_id)


def told(session: Session, question: Question) -> list[Reached]:
    """Return those other than the asker in whose chat it is shown."""
    found = levels.told(session, Subject.QUESTION, str(question.id))
    return [it for it in found if it[0].id != question.person_id]


def bring(context: Context, question: Question, whom: Sequence[Reached]) -> None:
    """Bring a question to these people, whose phones ring; everybody who has it sees how it stands."""
    questions.brought(context.session, question, [person.id for person, _ in whom])
    show(context, question, ring=[person.id for person, _ in whom])


def further(context: Context, question: Question, told: Told) -> list[int]:
    """Add what the asker says; return whose phones ring: whoever took it, or else the first level. Raises
    `questions.many_more`."""
    session = context.session
    questions.ask_further(session, question, told, context.now)
    taker = session.get_one(Person, question.taken_by) if question.taken_by else None
    if taker and reach.may_answer(session, taker, question, context.today):
        ring = [taker.id]
    else:
        questions.release(question)
        every = reached_levels(context, question)
        ring = [person.id for person, _ in every[0]] if every else []
    questions.brought(session, question, ring)
    return ring


def show(context: Context, question: Question, *, ring: Iterable[int] = ()) -> None:
    """Show how a question stands in every chat that has it, and ring those with these ids; whoever may not see it any
    more keeps what they have."""
    session, rung = context.session, _addresses(context.session, ring)
    known = {address.id: (person, address) for person, address in told(session, question)}
    known |= {number: it for number, it in rung.items() if it[0].id != question.person_id}
    for person, address in known.values():
        if reach.may_answer(session, person, question, context.today):
            stand(context, question, person, address, below=address.id in rung)
    asker = session.get_one(Person, question.person_id)
    for _, address in levels.reached(session, [asker], None):
        stand(context, question, asker, address, below=address.id in rung)


def _addresses(session: Session, persons: Iterable[int]) -> dict[int, Reached]:
    found = levels.reached(session, [session.get_one(Person, it) for it in dict.fromkeys(persons)], None)
    return {address.id: (person, address) for person, address in found}


def stand(
    context: Context, question: Question, reader: Person, address: Address, *, below: bool, now: bool = False
) -> None:  # fmt: skip
    """Show a question in one chat; `below` as a new message: at night in the morning, unless the reader waits for it
    (`now`)."""
    at = context.now if now else awake(context.now, reader.timezone or context.defaults.zone)
    live_messages.show(
        context.session, Slot.of(Subject.QUESTION, address, question.id), Kind.QUESTION,
        content(context, question, reader), context.now, below=below, not_before=at if below else None,
    )  # fmt: skip


def content(context: Context, question: Question, reader: Person) -> Content:
    session, words = context.session, context.words_for(reader)
    own = reader.id == question.person_id
    told_all = questions.said(session, question)
    decided = next((it for it in told_all if it.number == question.decided_in), None)
    if decided and question.closed_at is None:  # said below, in the reader's language
        told_all.remove(decided)
    values = view(context, question) | {
        "reader": reader, "decided": decided, "left_out": max(0, len(told_all) - SHOWN),
        "said": [(it, session.get_one(Person, it.by)) for it in [*told_all[:1], *told_all[1:][-SHOWN + 1 :]]],
        "files": _files(session, told_all),
    }  # fmt: skip
    if own:
        knowing = [person.name for person, _ in told(session, question)]
        return words.content("questions/own", knowing=knowing, **values)
    asker = session.get_one(Person, question.person_id)
    led = permissions.may_lead(session, reader, people.home(session, asker).path, context.today)
    return words.content(
        "questions/question", may_publish=may_publish(context, reader, question), phone=asker.phone if led else None,
        **values,
    )  # fmt: skip


def view(context: Context, question: Question) -> dict[str, Any]:
    """Return what every template about a question may use."""
    session = context.session
    asker, link = session.get_one(Person, question.person_id), link_questions.link_of(session, question)
    return {
        "it": question,
        "asker": asker,
        "gone": reachable(session, asker) is None,
        "link": link,
        "link_ended": link is not None and (link.ended_at is not None or asker.left_by(context.today)),
        "unit": questions.unit_of(session, question),
        "topic": session.get_one(Topic, question.topic_id) if question.topic_id else None,
        "taker": session.get_one(Person, question.taken_by) if question.taken_by else None,
        "closer": session.get_one(Person, question.closed_by) if question.closed_by else None,
        "published": bool(faq.of_question(session, question)),
    }


def may_publish(context: Context, person: Person, question: Question) -> bool:
    """Say whether somebody may publish the answer: a lead or an admin over whoever answers, and only what they may
    see."""
    session, today = context.session, context.today
    home = reach.home_of_answer(session, question)
    return (
        not question.decides
        and permissions.may_lead(session, person, home.path, today)
        and reach.may_answer(session, person, question, today)
    )


def _files(session: Session, said: Sequence[Telling]) -> list[tuple[Attachment, str]]:
    """Return the newest files with their names."""
    names = {(it.id, file["digest"]): file["name"] for it in said for file in it.files}
    held = attachments.of_tellings(session, [it.id for it in said])
    return [(it, names[it.telling_id or 0, it.digest]) for it in held][-FILES:]


def note(context: Context, question: Question, by: Person, what: str) -> None:
    """Put on record what was done about a question."""
    path = questions.unit_of(context.session, question).path
    audit.note(context.session, context.now, by.staff_no, f"question {what}", path, receipt=question.receipt)


def spoken(context: Context, event: LanguageChosen) -> None:
    """Show the open questions in somebody's chat in the language they chose."""
    session, person = context.session, event.person
    shown = cards.shown_in(session, event.address, Subject.QUESTION)
    mine = questions.asked_by(session, person, context.now)
    for question in [*mine, *reach.answerable(session, person, context.today, context.now)]:
        if str(question.id) in shown:
            stand(context, question, person, event.address, below=False)


def since(now: datetime) -> datetime:
    """Return from when on closed questions are listed in the chat."""
    return now - questions.KEPT
