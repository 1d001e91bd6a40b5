"""`/topic`, 话题: name what people may ask about, and who answers for it."""

import re

from handlers.core import admin_arguments, asking, confirmations, paging
from handlers.core.access import ADMIN
from handlers.core.groups import Group
from handlers.core.ids import TopicId
from handlers.core.router import Router
from handlers.core.turn import Turn
from handlers.core.vocabulary import AFTER_NAME, BETWEEN_NAMES, TOPIC
from models.authority import permissions
from models.conversations.confirmations import Confirmation
from models.core import audit
from models.core.errors import Refusal
from models.organisation import people
from models.organisation.kinds import Kind
from models.organisation.people import Person
from models.organisation.units import Unit
from models.questions import topics
from models.questions.topics import Topic

router = Router("topic", ADMIN)


@router.command("topic", word="话题", tells=True, dated=False, group=Group.WORD)
def handle(turn: Turn, words: str) -> None:
    """List the topics; `set Name: people` makes one or gives it other people, `end Name` ends it."""
    admin_arguments.run_verb(turn, "topic", words, TOPIC, VERBS)


def list_all(turn: Turn, parts: list[str]) -> None:
    """Show the topics of the admin's own units, each with its people."""
    _list(turn, 0)


@router.button("page")
def tap_page(turn: Turn, page: int) -> None:
    """Show another page of the list."""
    _list(turn, page)


def _list(turn: Turn, number: int) -> None:
    found = [(it, unit) for unit in admin_arguments.units(turn) for it in topics.of_unit(turn.session, unit)]
    shown, page = paging.cut(found, number)
    named = [(it, unit, [who.name for who in topics.persons(turn.session, it, turn.today)]) for it, unit in shown]
    turn.say("questions/topics", found=named, page=page)


@router.button("new")
def tap_new(turn: Turn) -> None:
    """Make a topic; its name and people are asked for."""
    asking.for_words(turn, "topic", f"topic set {asking.PLACE}")


def put(turn: Turn, parts: list[str]) -> None:
    """Ask to confirm a topic's name and people. Raises `questions.topic_words`, `people.no_person`,
    `people.not_administered`, `questions.topic_ward`."""
    if not parts:
        tap_new(turn)
        return
    name, *told = re.split(f"[{AFTER_NAME}]", " ".join(parts), maxsplit=1)
    named = [it for it in re.split(f"[{re.escape(BETWEEN_NAMES)}]", "".join(told)) if it.strip()]
    if not named:
        raise Refusal("questions.topic_words")
    persons = list({it.id: it for it in (_person(turn, words) for words in named)}.values())
    unit, said = admin_arguments.units(turn)[0], topics.name_of(name)
    arguments = {"unit": unit.id, "name": said, "persons": [it.id for it in persons]}
    before = next((it for it in topics.of_unit(turn.session, unit) if it.name == said), None)
    confirmations.ask(
        turn, "topic.set", arguments, "questions/topic_set", name=said, unit=unit, persons=[it.name for it in persons],
        before=[it.name for it in topics.persons(turn.session, before, turn.today)] if before else [],
    )  # fmt: skip


def _person(turn: Turn, words: str) -> Person:
    found, rest = admin_arguments.person(turn, words.split())
    if rest:
        raise Refusal("people.no_person", name=words.strip())
    if found.kind != Kind.STAFF or found.left_by(turn.today):
        raise Refusal("questions.topic_person", name=found.name)
    return found


@router.confirmed("topic.set")
def take(turn: Turn, asked: Confirmation, *, today: bool) -> None:
    told = asked.arguments
    unit = turn.session.get_one(Unit, told["unit"])
    admin_arguments.refuse_unless_admin(turn, unit.path)
    persons = [turn.session.get_one(Person, it) for it in told["persons"]]
    for it in persons:
        admin_arguments.refuse_unless_admin(turn, people.home(turn.session, it).path)
    topic = topics.put(turn.session, unit, told["name"], persons, turn.now)
    _note(turn, topic, unit, "set", to=", ".join(it.staff_no for it in persons))
    turn.say("questions/topic_done", topic=topic, unit=unit, persons=[it.name for it in persons])


def _note(turn: Turn, topic: Topic, unit: Unit, what: str, **more: object) -> None:
    audit.note(turn.session, turn.now, turn.person.staff_no, f"topic {what}", unit.path, said=topic.name, **more)


def end(turn: Turn, parts: list[str]) -> None:
    """End a topic by its name. Raises `questions.no_topic`."""
    name = " ".join(parts)
    found = [it for unit in admin_arguments.units(turn) for it in topics.of_unit(turn.session, unit)]
    topic = next((it for it in found if it.name == name), None)
    if topic is None:
        raise Refusal("questions.no_topic", name=name[: topics.LONGEST])
    _ask_end(turn, topic)


@router.button("end")
def tap_end(turn: Turn, topic_id: TopicId) -> None:
    """End a topic, after a confirmation."""
    topic = turn.session.get(Topic, topic_id)
    if topic is None or topic.ended_at or not _mine(turn, topic):
        turn.toast("core/not_yours", alert=True)
        return
    _ask_end(turn, topic)


def _mine(turn: Turn, topic: Topic) -> bool:
    return permissions.may_admin(turn.session, turn.person, turn.session.get_one(Unit, topic.unit_id).path)


def _ask_end(turn: Turn, topic: Topic) -> None:
    confirmations.ask(turn, "topic.end", {"topic": topic.id}, "questions/topic_end", topic=topic)


@router.confirmed("topic.end")
def ended(turn: Turn, asked: Confirmation, *, today: bool) -> None:
    topic = turn.session.get_one(Topic, asked.arguments["topic"])
    unit = turn.session.get_one(Unit, topic.unit_id)
    admin_arguments.refuse_unless_admin(turn, unit.path)
    if topic.ended_at is None:
        topics.end(turn.session, topic, turn.now)
        _note(turn, topic, unit, "ended")
    turn.say("questions/topic_ended", topic=topic)


VERBS = {"list": list_all, "set": put, "end": end}
