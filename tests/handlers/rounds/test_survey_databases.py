"""Surveys on both databases: running counts, texts read out of answers, boxes opened."""

import pytest
from sqlmodel import select

from models.organisation.units import root
from models.rounds import surveys, tally
from models.rounds.ballots import Ballot, Box
from models.rounds.rounds import Round
from tests.handlers.rounds.test_survey import answer, send
from tests.support.world import World

PEOPLE = ("李梅", "张伟", "王建国", "钱丽", "赵强")


def begin(world: World) -> None:
    world.organisation()
    world.at("7:30")


pytestmark = [pytest.mark.world(begin=begin)]


def tell(world: World, who: str, missing: str) -> None:
    world.taps(who, "作答")
    world.says(who, "1")
    world.taps(who, "断货", world.last(who))
    world.says(who, missing)
    world.says(who, "12-01")
    for tap in ("没有", "提交"):
        world.taps(who, tap, world.last(who))


@pytest.mark.parametrize("how", ["实名", "匿名"])
def test_results_are_the_same_however_answers_are_kept(world: World, how: str) -> None:
    world.set_defaults(survey_key="k")
    send(world, "周敏", "区局", "全体人员", how, "18:00")
    for n, who in enumerate(PEOPLE[:4]):
        answer(world, who, str(n))
    tell(world, PEOPLE[4], "口罩")
    world.at("18:05")
    with world.database.reading() as session:
        it, top = session.exec(select(Round)).one(), root(session)
        assert top is not None
        found = surveys.results(session, it, [top])
        days, level, missing, *_ = found.each
        assert found.sheets == 5
        assert days.numbers is not None
        assert (days.numbers.median, days.numbers.least, days.numbers.most) == (1, 0, 3)
        assert level.values == {"high": 0, "right": 4, "low": 0, "out": 1}
        assert [(text, by.name if by else None) for text, by in missing.texts] == [
            ("口罩", "赵强" if how == "实名" else None)
        ]
        assert tally.by_unit(session, it, [top], "level")[0][1:] == (5, {"right": 4, "out": 1})
        assert session.exec(select(Box)).all() == []
        assert len(session.exec(select(Ballot)).all()) == (0 if how == "实名" else 5)
