"""Anonymous surveys attacked: whoever has the whole database, before and after the end, joins no answer with a
person."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from sqlmodel import Session, select

from models.channels.webchat import Message
from models.core.ledger import LedgerEntry
from models.cycle.places import Place, place_of
from models.messaging.contents import StoredContent
from models.organisation.people import Person
from models.organisation.units import Unit, unit_at
from models.rounds import ballots, surveys
from models.rounds.ballots import Ballot, Box
from models.rounds.replies import Reply
from models.rounds.rounds import Round
from tests.handlers.rounds.test_survey import answer, send
from tests.support.world import World

KEY = "a key that is not in the database"
SECRET = "本店库存只有张伟知道"
PEOPLE = ("李梅", "张伟", "王建国", "钱丽", "赵强")


def begin(world: World) -> None:
    world.organisation()
    world.at("7:30")


pytestmark = [pytest.mark.sqlite, pytest.mark.world(begin=begin)]


@pytest.fixture(autouse=True)
def _with_a_key(world: World) -> None:
    world.set_defaults(survey_key=KEY)


def ask(world: World, due: str = "18:00") -> None:
    send(world, "周敏", "区局", "全体人员", "匿名", due)


def everything(session: Session) -> dict[str, list[dict[str, Any]]]:
    """Return every row of every table, as whoever has the database reads it."""
    tables = sqlalchemy.MetaData()
    tables.reflect(session.connection())
    return {
        name: [dict(row._mapping) for row in session.execute(sqlalchemy.select(table)).all()]
        for name, table in tables.tables.items()
    }


def tell(world: World, who: str) -> None:
    """Answer with words that are found again."""
    world.taps(who, "作答")
    world.says(who, "3")
    world.taps(who, "断货", world.last(who))
    world.says(who, SECRET)
    world.says(who, "12-01")
    for tap in ("没有", "提交"):
        world.taps(who, tap, world.last(who))


def test_until_the_end_no_row_of_any_table_holds_what_was_answered(world: World) -> None:
    ask(world)
    tell(world, "张伟")
    world.at("8:10")
    with world.database.reading() as session:
        found = everything(session)
        held = {name for name, rows in found.items() if any(SECRET in str(row) for row in rows)}
        assert held == set()
        assert found["draft"] == []
        (box,) = found["box"]
        assert set(box) == {"id", "round_id", "place_id", "sealed"}
        assert box["place_id"] is None
        assert len(box["sealed"]) % 1024 == 28


def test_who_answered_is_kept_without_answers_and_without_a_time(world: World) -> None:
    ask(world)
    tell(world, "张伟")
    with world.database.reading() as session:
        (reply,) = session.exec(select(Reply).where(Reply.number == 1)).all()
        assert (reply.answer, reply.answers, reply.at) == (None, None, None)


def test_a_box_opens_with_its_key_and_its_survey_only(world: World) -> None:
    sealed = ballots.seal("one", 1, ["x"])
    assert ballots.opened("one", 1, sealed) == ["x"]
    assert ballots.opened("other", 1, sealed) is None
    assert ballots.opened("one", 2, sealed) is None
    assert ballots.seal("one", 1, ["x"]) != sealed


def test_after_the_end_answers_have_numbers_that_say_nothing(world: World) -> None:
    ask(world)
    for n, who in enumerate(PEOPLE):
        answer(world, who, str(n))
    world.at("18:05")
    with world.database.reading() as session:
        assert session.exec(select(Box)).all() == []
        held = session.exec(select(Ballot)).all()
        assert sorted(int(it.answers["days"]) for it in held) == [0, 1, 2, 3, 4]
        assert all(it.id > 5 for it in held)
        assert {field for it in held for field in it.model_dump()} == {
            "id",
            "round_id",
            "place_id",
            "source",
            "answers",
        }
        said = [e for e in session.exec(select(LedgerEntry)).all() if e.kind == "ballot"]
        assert [int(e.key) for e in said] == sorted((it.id for it in held), key=lambda n: (len(str(n)), str(n)))
        replied = [e for e in session.exec(select(LedgerEntry)).all() if e.kind == "reply"]
        assert not any("days" in json.dumps(e.content) for e in replied)


def test_the_order_of_answers_is_not_that_of_answering(world: World) -> None:
    with world.database.writing() as session:
        order = Counter[bool]()
        for _ in range(40):
            rows = [Box(round_id=1, sealed=b"") for _ in range(2)]
            order[rows[0].id < rows[1].id] += 1
        assert min(order.values()) > 5
        session.rollback()


def test_no_group_of_fewer_than_five_is_kept_apart(world: World) -> None:
    ask(world)
    for n, who in enumerate(PEOPLE):
        answer(world, who, str(n))
    world.at("18:05")
    with world.database.reading() as session:
        kept = Counter(session.exec(select(Place.path).join(Ballot)).all())
        assert kept == {"区局": 5}
    world.says("王建国", "/survey 1")
    assert "答卷不足5份" in world.last("王建国").text
    world.says("周敏", "/survey 1")
    assert "平均 2" in world.last("周敏").text


def test_groups_are_never_told_from_the_difference_of_two_others(world: World) -> None:
    ask(world)
    with world.database.reading() as session:
        it = session.exec(select(Round)).one()
        places = {p.path: p.id for p in session.exec(select(Place)).all()}
        first, second = places["区局/一站"], places["区局/二站"]
        assert set(ballots.groups(session, it, {first: 7, second: 2}).values()) == {places["区局"]}
        kept = ballots.groups(session, it, {first: 7, second: 6})
        assert kept == {first: first, second: second}


def test_fewer_than_five_answers_are_destroyed_unopened(world: World) -> None:
    ask(world)
    for who in PEOPLE[:4]:
        answer(world, who)
    world.at("18:05")
    assert "答卷不足5份" in world.last("周敏").text
    with world.database.reading() as session:
        found = everything(session)
        assert (found["box"], found["ballot"], found["tally"]) == ([], [], [])


def test_while_it_runs_nobody_sees_results(world: World) -> None:
    ask(world)
    for who in PEOPLE:
        answer(world, who)
    world.says("周敏", "/survey 1")
    said = world.last("周敏")
    assert "封存" in said.text
    assert "5/7" in said.text
    assert "合适" not in said.text
    assert not any("Excel" in label for label in said.labels)
    world.forges("周敏", "notices.export.1")
    assert world.last("周敏").content.file is None


def test_an_anonymous_answer_is_given_once(world: World) -> None:
    ask(world)
    answer(world, "李梅")
    assert "不能再修改" in (world.forges("李梅", "answer.survey.1") or "")


def test_the_review_repeats_no_answer_and_says_what_is_left_to_do(world: World) -> None:
    ask(world)
    world.taps("张伟", "作答")
    world.says("张伟", "3")
    world.taps("张伟", "断货", world.last("张伟"))
    world.says("张伟", SECRET)
    world.says("张伟", "12-01")
    world.taps("张伟", "没有", world.last("张伟"))
    assert world.last("张伟").text.endswith(
        "请核对\n\n题目已全部作答。答卷不记名，仅计入统计，提交后不能修改。\n\n尚未提交，请点“提交”。"
    )


def test_screens_with_answers_are_gone_once_they_are_submitted(world: World) -> None:
    ask(world)
    tell(world, "张伟")
    with world.database.reading() as session:
        bodies = [it.body for it in session.exec(select(StoredContent)).all()]
        assert not any(SECRET in body or "● " in body or "☑️" in body for body in bodies)


def test_what_was_typed_is_deleted_in_the_browser_chat(world: World) -> None:
    ask(world)
    with world.database.writing() as session:
        session.add(Message(chat="1004", author="1004", text=SECRET, at=world.clock.now(), change=1))
        chat = session.exec(sqlalchemy.text("select chat from address where account = '1004'")).scalar()  # type: ignore[call-overload]
        assert chat == "1004"
    tell(world, "张伟")
    with world.database.reading() as session:
        assert [it.text for it in session.exec(select(Message)).all()] == [""]


def test_after_answers_are_handed_in_the_file_holds_nothing_of_them(world: World) -> None:
    ask(world)
    tell(world, "张伟")
    assert SECRET.encode() not in raw(world)


def raw(world: World) -> bytes:
    """Return the database's file as it lies on the disk, free pages and all, with its journal written into it."""
    with world.database.write.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    file = world.database.write.url.database
    assert file
    return Path(file).read_bytes()


def test_the_answers_of_a_withdrawn_survey_are_destroyed(world: World) -> None:
    ask(world)
    for who in PEOPLE:
        answer(world, who)
    world.says("周敏", "/survey 1")
    world.taps("周敏", "撤回", world.last("周敏"))
    said = "已收到的人员将看到问卷已作废。尚未开启的答卷将予销毁。此操作无法撤销。"
    assert world.last("周敏").text.endswith(said)
    world.taps("周敏", "撤回", world.last("周敏"))
    world.at("18:05")
    with world.database.reading() as session:
        assert session.exec(select(Box)).all() == []
        assert session.exec(select(Ballot)).all() == []


def test_with_another_key_boxes_stay_closed_and_the_sender_hears_why(world: World) -> None:
    ask(world)
    for who in PEOPLE:
        answer(world, who)
    world.set_defaults(survey_key="another")
    world.at("18:05")
    assert "有5份答卷无法开启" in world.last("周敏").text


@pytest.mark.parametrize("key", ["", "another"])
def test_while_the_key_is_gone_or_another_no_answer_is_sealed(world: World, key: str) -> None:
    ask(world)
    for who in PEOPLE[:2]:
        answer(world, who)
    world.set_defaults(survey_key=key)
    world.taps(PEOPLE[2], "作答")
    world.says(PEOPLE[2], "3")
    for tap in ("合适", "够用"):
        world.taps(PEOPLE[2], tap, world.last(PEOPLE[2]))
    assert "SURVEY_KEY" in (world.taps(PEOPLE[2], "提交", world.last(PEOPLE[2])) or "")
    with world.database.reading() as session:
        assert len(session.exec(select(Box)).all()) == 2
        assert len(session.exec(select(Reply).where(Reply.number == 1)).all()) == 2
    world.set_defaults(survey_key=KEY)
    world.taps(PEOPLE[2], "提交", world.last(PEOPLE[2]))
    with world.database.reading() as session:
        assert len(session.exec(select(Box)).all()) == 3


def test_without_a_key_an_anonymous_survey_that_was_begun_is_not_sent(world: World) -> None:
    world.says("周敏", "/survey")
    for tap in ("库存情况问卷", "区局", "全体人员", "匿名", "18:00"):
        world.taps("周敏", tap, world.last("周敏"))
    world.set_defaults(survey_key="")
    world.taps("周敏", "发送", world.last("周敏"))
    with world.database.reading() as session:
        assert session.exec(select(Round)).all() == []


def test_while_some_boxes_stay_closed_nothing_is_shown_of_the_others(world: World) -> None:
    ask(world)
    for who in PEOPLE:
        answer(world, who)
    with world.database.writing() as session:
        session.add(Box(round_id=1, sealed=ballots.seal("another", 1, [1, {}])))
    world.at("18:05")
    with world.database.reading() as session:
        it = session.exec(select(Round)).one()
        found = surveys.results(session, it, [session.get_one(Unit, it.unit_id)])
    assert (found.hidden, found.closed, found.sheets) == (True, 1, 0)


def test_many_boxes_are_opened_a_few_at_a_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ballots, "CHUNK", 2)
    ask(world)
    for n, who in enumerate(PEOPLE):
        answer(world, who, str(n))
    world.at("18:05")
    with world.database.reading() as session:
        it = session.exec(select(Round)).one()
        assert it.ended
        assert len(session.exec(select(Ballot)).all()) == 5
        assert surveys.FEWEST == 5


def test_never_are_fewer_than_five_of_a_group_opened_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Boxes are those of who is known to have answered when they came; opened at once with others of their group."""
    monkeypatch.setattr(ballots, "CHUNK", 5)
    ask(world)
    at_once: list[list[int]] = []
    with world.database.writing() as session:
        it, first, second = sealed(session)

        def count(_: Session, __: Round, ___: object, sheets: list[tuple[int, Any, int]], ____: object) -> None:
            at_once.append([place for place, _, _ in sheets])

        monkeypatch.setattr(ballots.tally, "add", count)
        while not ballots.open_next(session, it, KEY):
            pass
        assert len(session.exec(select(Ballot)).all()) == 22
        assert session.exec(select(Box)).all() == []
    assert all(times >= ballots.FEWEST for places in at_once for times in Counter(places).values())
    assert Counter(place for places in at_once for place in places) == {first: 16, second: 6}
    assert len(at_once) > 2


def sealed(session: Session) -> tuple[Round, int, int]:
    """Let 16 answer in one station and 6 in another, and put the boxes in an order in which they alternate; return the
    survey and the two places."""
    it = session.exec(select(Round)).one()
    places = [place_of(session, unit_at(session, name)).id for name in ("区局/一站", "区局/二站")]
    for n in range(22):
        place = places[n % 2 if n < 12 else 0]
        person = Person(staff_no=f"30{n:02}", name=f"员工{n}")
        session.add(person)
        session.flush()
        session.add(Reply(round_id=it.id, person_id=person.id, place_id=place, number=1, told=1))
        session.add(Box(id=n + 1, round_id=it.id, sealed=ballots.seal(KEY, it.id, [place, {}])))
    it.cursor = -1
    session.flush()
    return it, *places  # type: ignore[return-value]


@pytest.mark.parametrize("how", ["ends", "is withdrawn"])
def test_what_was_half_filled_in_is_gone_when_the_survey_is_over(world: World, how: str) -> None:
    ask(world)
    with world.database.writing() as session:
        session.add(Message(chat="1004", author="1004", text=SECRET, at=world.clock.now(), change=1))
    world.taps("张伟", "作答")
    world.says("张伟", "3")
    world.taps("张伟", "断货", world.last("张伟"))
    world.says("张伟", SECRET)
    if how == "is withdrawn":
        world.says("周敏", "/survey 1")
        world.taps("周敏", "撤回", world.last("周敏"))
        world.taps("周敏", "撤回", world.last("周敏"))
    world.at("18:05")
    with world.database.reading() as session:
        found = everything(session)
    assert found["draft"] == []
    assert ("截止" if how == "ends" else "撤回") in world.last("张伟").text
    assert world.last("张伟").labels == []
    assert {name for name, rows in found.items() if any(SECRET in str(row) for row in rows)} == set()


def test_a_survey_whose_boxes_are_being_opened_is_not_withdrawn(world: World) -> None:
    ask(world)
    for who in PEOPLE:
        answer(world, who)
    world.at("18:05")
    assert "已结束" in (world.forges("周敏", "notices.withdraw.1") or "")
    assert "已结束" in (world.forges("周敏", "notices.urge_all.1") or "")


def test_choices_that_are_typed_and_words_that_were_cleaned_are_deleted_as_well(world: World) -> None:
    ask(world)
    world.taps("张伟", "作答")
    for typed in ("3", "断货", f"\u200b{SECRET}\r\n", "12-01", "没有"):
        with world.database.writing() as session:
            session.add(Message(chat="1004", author="1004", text=typed, at=world.clock.now(), change=1))
        world.says("张伟", typed)
    world.taps("张伟", "提交", world.last("张伟"))
    with world.database.reading() as session:
        assert {it.text for it in session.exec(select(Message)).all()} == {""}
        assert len(session.exec(select(Box)).all()) == 1
