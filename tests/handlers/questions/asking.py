"""Questions that people ask, as they stand on everybody's phones."""

from sqlmodel import col, select

from models.alerts.tellings import Telling
from models.questions.questions import Question
from tests.handlers.alerts.fevers import DEEP
from tests.support.world import ZONE, Bubble, World


def begin(world: World) -> None:
    world.organisation(DEEP)
    world.at("9:00")


def asks(world: World, who: str, words: str) -> None:
    """Ask one's lead, and send it."""
    world.says(who, f"提问 {words}" if who != "刘洋" else f"/ask {words}")
    world.taps(who, "发送问题")


def answers(world: World, who: str, words: str) -> None:
    world.taps(who, "答复")
    world.says(who, words)


def cards(world: World, who: str) -> list[Bubble]:
    return [b for b in world.chat(who) if b.kind == "question"]


def rung(world: World, who: str) -> list[str]:
    """Return when somebody's phone rang for a question."""
    return [
        b.born.astimezone(ZONE).strftime("%d %H:%M")
        for b in world.phones.get(world.number(who), [])
        if b.kind == "question"
    ]


def asked(world: World) -> list[Question]:
    with world.database.reading() as session:
        return list(session.exec(select(Question).order_by(col(Question.id))).all())


def said(world: World) -> list[str]:
    with world.database.reading() as session:
        found = select(Telling.words).where(col(Telling.question_id).is_not(None)).order_by(col(Telling.id))
        return list(session.exec(found).all())
