"""The demo's people answer a survey whatever its form asks, each in their own way."""

import re

import pytest
from sqlmodel import select

from bot.demo import answering
from models.organisation.people import Person
from models.rounds.replies import Reply
from tests.handlers.rounds.test_survey import begin, send
from tests.support.world import World

pytestmark = [pytest.mark.sqlite, pytest.mark.world(begin=begin)]
SHIPPED = ("经营情况问卷", "库存情况问卷", "需求摸底问卷", "复工复业问卷")


def play(world: World, who: str, locale: str) -> None:
    """Answer the newest survey as the demo has somebody answer it."""
    world.taps(who, "作答")
    for given in range(60):
        with world.database.reading() as session:
            person = session.exec(select(Person).where(Person.name == who)).one()
            step = answering.step(session, person, int(person.staff_no) + given, world.clock.now(), locale)
        if step is None:
            return
        kind, what = step
        if kind == "type":
            world.says(who, what)
        else:
            asked = world.last(who)
            found = [it.label for row in asked.content.buttons for it in row if re.match(what, it.data)]
            world.taps(who, found[0], asked)


@pytest.mark.parametrize("form", SHIPPED)
def test_the_demos_people_answer_every_questionnaire_that_comes_with_the_program(world: World, form: str) -> None:
    send(world, "周敏", "区局", "全体人员", "实名", "11月24日 18:00", form=form)
    for who in ("李梅", "张伟", "钱丽", "赵强"):
        play(world, who, "zh_CN")
    with world.database.reading() as session:
        told = [it.answers for it in session.exec(select(Reply).where(Reply.number == 1)).all()]
    assert len(told) == 4
    assert len({str(it) for it in told}) > 1  # not all say the same
