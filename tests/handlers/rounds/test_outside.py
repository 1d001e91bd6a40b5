"""Surveys among people outside: whom they reach, the links their leads hand out, and who has not answered."""

import re
from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlmodel import select

from handlers.core.context import Context
from handlers.core.incoming import FilledPage
from handlers.core.rendering import Renderer
from handlers.dashboard import link_page
from handlers.reporting import survey_page
from models.core.errors import Refusal
from models.files import blobs
from models.forms import fields
from models.messaging.addresses import Address
from models.messaging.cards import Card
from models.organisation.people import Person
from models.organisation.units import Unit
from models.rounds import ballots, links, tally
from models.rounds.links import SurveyLink
from models.rounds.open_answers import OpenAnswer
from models.rounds.replies import Reply
from models.rounds.rounds import Round
from models.rounds.tally import Source
from tests.handlers.rounds.test_survey import answer, send
from tests.support.world import TUESDAY, World

HEADING = "staff_no,name,unit,role,kind,reporter,locale,timezone,rest_days,wecom_id,phone\n"
SHOPS = """S01,"=Lucky, Fruit",区局/一站,,outside,,,,,,13900000001
S02,红星便利店,区局/一站,,outside,,,,,,
S03,老街面馆,区局/二站,,outside,,,,,,13900000003
"""
GIVEN = {"days": ["3"], "level": ["right"], "masks": ["enough"]}
LINK = re.compile(r"https://reports\.example/s/([\w-]+)")


def begin(world: World) -> None:
    world.set_defaults(public_url="https://reports.example")
    world.organisation()
    world.at("7:30")
    world.sends("周敏", "shops.csv", mime="text/csv", data=(HEADING + SHOPS).encode())
    world.taps("周敏", "导入")


pytestmark = [pytest.mark.sqlite, pytest.mark.world(begin=begin)]


@pytest.fixture(autouse=True)
def _with_an_address(world: World) -> None:
    world.set_defaults(public_url="https://reports.example", survey_key="a key that is not in the database")


def ask_shops(world: World, *, who: str = "外部对象", due: str = "11月24日 18:00", unit: str = "区局") -> None:
    send(world, "周敏", unit, who, "实名", due)


def hand_out(world: World, who: str = "周敏", label: str = "链接表格", number: int = 1) -> dict[str, str]:
    """Return the tokens of the links in a new file, by the number of whose they are."""
    world.says(who, f"/survey {number}")
    world.taps(who, "链接", world.last(who))
    world.taps(who, label)
    file = world.last(who).content.file
    assert file is not None
    with world.database.reading() as session:
        data = blobs.find(session, file.digest)
    assert data is not None
    if label != "链接表格":
        return dict(re.findall(r"· (S\d+)</small></p>\s*<p><small>https://reports.example/s/([\w-]+)<", data.decode()))
    sheet = load_workbook(BytesIO(data)).worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))
    return {str(row[1]): LINK.findall(str(row[5]))[0] for row in rows[1:]}


def sheet_of(
    given: dict[str, list[str]], do: str = "submit", seen: dict[str, object] | None = None, head: int = 0
) -> FilledPage:
    """Return what a page sends on which nothing stood, or `seen`."""
    stood = seen or {}
    return FilledPage(0, do, "", given, {name: fields.mark(stood.get(name)) for name in given}, head=head)


def fill(world: World, token: str, sent: FilledPage, mark: str = "") -> link_page.Outcome:
    with world.database.writing() as session:
        found = links.find(session, token, world.clock.now().date())
        assert found is not None
        context = Context(session, world.clock.now(), world.defaults, {})
        return link_page.take(context, found, sent, Renderer("zh_CN"), mark)


def test_a_survey_asks_shops_by_links_that_their_leads_hand_out(world: World) -> None:
    ask_shops(world)
    assert "外部对象（个人链接）：3" in "".join(b.text for b in world.chat("周敏"))
    made = hand_out(world)
    assert set(made) == {"S01", "S02", "S03"}
    with world.database.reading() as session:
        held = session.exec(select(SurveyLink)).all()
        assert len(held) == 3
        assert not {it.digest for it in held} & set(made.values()), "the token itself is kept nowhere"
        assert {it.told for it in session.exec(select(Reply)).all()} == {0}
    own = hand_out(world, "王建国")
    assert set(own) == {"S01", "S02"}, "a lead gets the links of their own people only"
    assert fill(world, made["S01"], sheet_of(GIVEN)).done
    assert fill(world, own["S02"], sheet_of(GIVEN)).done, "links made before go on working beside newer ones"
    said = world.says("周敏", "/survey 1")
    assert "外部对象已作答2/3" in said and "0/0" not in said
    assert "老街面馆 139" in said and "便利店" not in said.partition("未作答")[2]
    with world.database.reading() as session:
        it = session.get_one(Round, 1)
        assert tally.sources(session, it, [session.get_one(Unit, it.unit_id)]) == {Source.OUTSIDE: 2}


def test_slips_to_print_carry_the_same_and_a_formula_stays_words(world: World) -> None:
    ask_shops(world)
    made = hand_out(world, label="打印二维码单")
    assert set(made) == {"S01", "S02", "S03"}
    world.says("周敏", "/survey 1")
    assert "=Lucky" in world.last("周敏").text


def test_employees_and_shops_are_counted_apart(world: World) -> None:
    ask_shops(world, who="员工和外部对象")
    answer(world, "李梅")
    made = hand_out(world)
    assert fill(world, made["S03"], sheet_of(GIVEN)).done
    said = world.says("周敏", "/survey 1")
    assert "1/7" in said
    assert "外部对象1/3" in said
    assert "便利店" not in world.says("王建国", "/team")


def test_nobody_is_urged_by_message_who_has_no_chat_but_the_lead_hears_the_phone(world: World) -> None:
    ask_shops(world, due="11月24日 18:00")
    world.at("18:10", TUESDAY)
    ahead = [b.text for b in world.chat("王建国") if "未作答" in b.text]
    assert any("13900000001" in text.replace(" ", "") and "红星便利店" in text for text in ahead)
    assert not any("老街面馆" in text for text in ahead), "of another unit"
    with world.database.reading() as session:
        shops = set(session.exec(select(Person.id).where(Person.kind == "outside")).all())
        assert not session.exec(select(Card.id).join(Address).where(Address.person_id.in_(shops))).all()  # type: ignore[union-attr]


@pytest.mark.parametrize("number", ["1", "9"])
def test_a_name_that_the_survey_does_not_ask_is_refused_as_a_name_and_not_as_a_form(world: World, number: str) -> None:
    ask_shops(world)
    for stranger in ("没有这家店", "老街面馆"):  # who is asked, but in another's unit
        said = world.says("王建国", f"/survey {number} {stranger}")
        assert f"“{stranger}”不是" in said and "表单" not in said


def test_a_link_ends_when_it_is_replaced_and_when_its_person_goes(world: World) -> None:
    ask_shops(world)
    made = hand_out(world)
    world.says("周敏", "/survey 1 S01")
    world.taps("周敏", "更换链接")
    fresh = LINK.findall(world.last("周敏").text)[0]
    with world.database.reading() as session:
        day = world.clock.now().date()
        assert links.find(session, made["S01"], day) is None
        assert links.find(session, fresh, day) is not None
        assert links.find(session, made["S02"], day) is not None
    world.says("周敏", "/people leave S02")
    world.taps("周敏", "今天")
    with world.database.reading() as session:
        assert links.find(session, made["S02"], world.clock.now().date()) is None
    assert "外部对象已作答0/2" in world.says("周敏", "/survey 1")
    world.says("王建国", "/survey 1")
    world.taps("王建国", "链接", world.last("王建国"))
    world.taps("王建国", "停用这些链接")
    world.taps("王建国", "停用链接")
    with world.database.reading() as session:
        day = world.clock.now().date()
        assert links.find(session, fresh, day) is None
        assert links.find(session, made["S03"], day) is not None, "of another unit"


def test_whoever_does_not_lead_there_gets_no_links(world: World) -> None:
    ask_shops(world, unit="一站")
    world.forges("李梅", "links.sheet.1.file")
    for data in ("links.show.1", "links.sheet.1.file", "links.open.1.once", "links.close.1", "links.renew.1"):
        world.forges("赵强", data)
    with world.database.reading() as session:
        assert session.exec(select(SurveyLink)).all() == []
    world.forges("王建国", "links.open.1.once")
    with world.database.reading() as session:
        assert session.exec(select(SurveyLink)).all() == [], "an open link is the sender's"


def test_an_answer_is_changed_until_the_end_and_a_page_sent_twice_counts_once(world: World) -> None:
    ask_shops(world)
    token = hand_out(world)["S01"]
    assert fill(world, token, sheet_of({"days": ["3"]}, "save")) == link_page.Outcome()
    assert fill(world, token, sheet_of(GIVEN, seen={"days": 3})).done
    assert fill(world, token, sheet_of(GIVEN, seen={"days": 3})).done, "the same page once more"
    with world.database.reading() as session:
        reply = session.exec(select(Reply).where(Reply.number == 1)).one()
        stood, head = dict(reply.answers or {}), survey_page.head(reply)
    assert stood == {"days": 3, "level": "right", "masks": "enough"}
    other = fill(world, token, sheet_of({"days": ["9"]}, seen=stood))
    assert other.bad and not other.done, "another tab, opened before"
    assert fill(world, token, sheet_of({"days": ["9"]}, seen={"days": 9}, head=head)).bad, (
        "its questions are not all there"
    )
    assert fill(world, token, sheet_of({**GIVEN, "days": ["8"]}, seen={**stood, "days": 9}, head=head)).done
    with world.database.reading() as session:
        assert session.exec(select(Reply).where(Reply.number == 1)).one().answers == {**stood, "days": 8}
        assert sum(row.n for row in session.exec(select(tally.Tally).where(tally.Tally.question == "")).all()) == 1


def test_after_the_end_and_after_withdrawal_nothing_is_taken(world: World) -> None:
    ask_shops(world, due="18:00")
    token = hand_out(world)["S01"]
    fill(world, token, sheet_of({"days": ["3"]}, "save"))
    world.at("18:05")
    with pytest.raises(Refusal, match=r"surveys\.over"):
        fill(world, token, sheet_of(GIVEN))
    with world.database.reading() as session:
        assert session.exec(select(Reply).where(Reply.number > 0)).all() == []
    send(world, "周敏", "区局", "外部对象", "实名", "11月24日 18:00")
    token = hand_out(world, number=2)["S01"]
    world.says("周敏", "/survey 2")
    world.taps("周敏", "撤回", world.last("周敏"))
    world.taps("周敏", "撤回", world.last("周敏"))
    with pytest.raises(Refusal, match=r"surveys\.withdrawn"):
        fill(world, token, sheet_of(GIVEN))


def test_an_open_link_takes_one_answer_of_a_device(world: World) -> None:
    send(world, "周敏", "区局", "公开链接，每台设备一次", "实名", "11月24日 18:00")
    token = LINK.findall("".join(b.text for b in world.chat("周敏")))[0]
    assert fill(world, token, sheet_of(GIVEN), links.mark_of(1, "one")).done
    assert fill(world, token, sheet_of(GIVEN), links.mark_of(1, "one")).done, "the same page, sent twice"
    second = fill(world, token, sheet_of({**GIVEN, "days": ["4"]}), links.mark_of(1, "one"))
    assert (second.done, second.bad) == (False, True)
    assert "以此前提交的为准" in second.said
    assert fill(world, token, sheet_of({**GIVEN, "days": ["5"]}), links.mark_of(1, "two")).done
    with world.database.reading() as session:
        assert [it.answers["days"] for it in session.exec(select(OpenAnswer).order_by(OpenAnswer.id)).all()] == [3, 5]
    assert "公开链接2份" in world.says("周敏", "/survey 1")
    world.says("周敏", "/survey 1")
    world.taps("周敏", "链接", world.last("周敏"))
    world.taps("周敏", "关闭公开链接")
    assert world.last("周敏").text.endswith("”\n\n公开链接答卷：2份")
    with world.database.reading() as session:
        assert links.find(session, token, world.clock.now().date()) is None


def test_personal_links_are_not_for_anonymous_surveys(world: World) -> None:
    world.says("周敏", "/survey")
    for tap in ("库存情况问卷", "区局", "员工和外部对象"):
        world.taps("周敏", tap, world.last("周敏"))
    assert "不能匿名" in (world.taps("周敏", "匿名", world.last("周敏")) or "") + world.last("周敏").text


def test_answers_by_open_link_bring_no_employee_to_five(world: World) -> None:
    send(world, "周敏", "区局", "全体人员", "匿名", "18:00")
    world.says("周敏", "/survey 1")
    world.taps("周敏", "链接", world.last("周敏"))
    world.taps("周敏", "公开链接，每台设备一次")
    token = LINK.findall(world.last("周敏").text)[0]
    for n in range(6):
        assert fill(world, token, sheet_of({**GIVEN, "days": [str(n)]}), str(n)).done
    for who in ("李梅", "张伟", "王建国"):
        answer(world, who, days="77")
    with world.database.reading() as session:
        assert session.exec(select(OpenAnswer)).all() == []
        assert len(session.exec(select(ballots.Box)).all()) == 9
    world.at("18:05")
    with world.database.reading() as session:
        assert session.exec(select(ballots.Box)).all() == []
        held = session.exec(select(ballots.Ballot)).all()
        assert sorted(int(it.answers["days"]) for it in held) == [0, 1, 2, 3, 4, 5], "three employees are too few"
        assert {it.source for it in held} == {Source.OPEN}


def test_without_an_address_links_are_refused_in_words(world: World) -> None:
    world.set_defaults(public_url="")
    world.says("周敏", "/survey")
    for tap in ("库存情况问卷", "区局"):
        world.taps("周敏", tap, world.last("周敏"))
    assert "PUBLIC_URL" in (world.taps("周敏", "🏪 外部对象", world.last("周敏")) or "") + world.last("周敏").text
