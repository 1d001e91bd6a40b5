"""From a figure to its rows, from a row to the words and the person; and nobody sees what is not theirs."""

import pytest

from models.core.database import Database
from models.organisation import people, units
from models.organisation.people import Membership, Role
from tests.handlers.evidence.looks import looks
from tests.support.admins import file_of
from tests.support.filling import fill_health
from tests.support.world import DELIVERY, TUESDAY, World

STATEMENT = "本人及同住家人无发热、无接触史。"


def test_a_figure_opens_to_its_rows(world: World) -> None:
    world.taps("李梅", "零报告")
    said = world.says("王建国", "依据 未报")
    assert said == "【一站 · 11月23日】每日健康\n未报 5\n▫️ 王建国\n▫️ 张伟\n▫️ Ann Lee\n▫️ 刘大爷\n▫️ 孙阿姨"
    assert f"✅ 李梅 {world.report('李梅').receipt} 07:30" in world.says("王建国", "/why received")
    assert "应报 6" in world.says("王建国", "依据 应报")
    assert "代报 0\n没有明细。" in world.says("王建国", "依据 代报")
    assert "未报 9" in world.says("陈局", "依据 未报 区局")
    assert ("1003", "区局/一站") in looks(world)


@pytest.mark.sqlite
def test_from_the_summary_to_the_words_in_three_taps(world: World) -> None:
    world.taps("李梅", "零报告")
    world.at("10:05")
    world.taps("王建国", "依据")
    assert world.last("王建国").labels == ["应报 6", "已报 1", "零报告 1", "未报 5"]
    page = world.last("王建国")
    world.taps("王建国", "已报 1", page)
    assert world.last("王建国") is page
    world.taps("王建国", "李梅", page)
    assert f"原话：“{STATEMENT}”" in page.text
    world.taps("王建国", "返回", page)
    assert "已报 1" in page.text
    world.taps("王建国", "返回", page)
    assert page.labels[0] == "应报 6"


@pytest.mark.sqlite
def test_the_directors_message_has_the_evidence_too(world: World) -> None:
    world.at("10:25")
    world.taps("陈局", "依据")
    assert world.last("陈局").labels == ["应报 10", "未报 10"]


def test_what_changed_after_the_close_is_marked_and_what_left_is_named(world: World) -> None:
    world.taps("李梅", "零报告")
    world.at("10:30")
    world.taps("张伟", "零报告")
    said = world.says("王建国", "依据 未报")
    assert "未报 4 · 截至10:00为5" in said
    assert f"截止时在内，之后已变：\n✅ 张伟 {world.report('张伟').receipt} 10:30 · 迟报 · 截止后" in said
    assert "↪️ 张伟" in world.last("王建国").labels
    assert "已报 2 · 截至10:00为1" in world.says("王建国", "依据 已报")
    fill_health(world, "李梅", "38.2", begin="修改")
    said = world.says("王建国", "依据 零报告")
    assert "零报告 1\n✅ 张伟" in said
    assert "之后已变：\n📝 李梅" in said


@pytest.mark.sqlite
def test_a_past_day_and_a_day_without_periods(world: World) -> None:
    world.at("8:00", TUESDAY)
    assert "漏报 6 · 截至10:00为0\n❌ 王建国" in world.says("王建国", "依据 漏报 昨天")
    assert "漏报 6" in world.says("王建国", "/why missing 2026-11-23 一站")
    assert "11月20日没有填报任务" in world.says("王建国", "依据 未报 11-20")


@pytest.mark.sqlite
def test_many_rows_are_thirty_and_a_table(database: Database) -> None:
    world = World(database)
    roster = "staff_no,name,unit,role\n1,甲,局,lead\n"
    world.organisation(roster + "".join(f"{n},=人{n},局,\n" for n in range(10, 50)), enrolled="1")
    world.assign(unit="局")
    world.at("7:30")
    said = world.says("甲", "依据 未报")
    assert said.count("▫️") == 30
    assert "另有11行，见明细表" in said
    world.taps("甲", "明细表")
    file = world.last("甲").content.file
    assert file and file.name == "未报 局 2026-11-23.xlsx"
    head, *rows = file_of(world, "甲")
    assert head == ["工号", "姓名", "状态", "迟报", "代报", "准假事由", "回执", "报送时间", "截止后变动"]
    assert len(rows) == 41
    assert rows[1][:3] == ["10", "=人10", "未报"]


@pytest.mark.sqlite
def test_a_table_that_is_too_long_is_asked_for_further_down(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("handlers.evidence.why.TABLE", 3)
    world.says("王建国", "依据 未报")
    assert "明细超过3行，请查下级单位" in (world.taps("王建国", "明细表") or "")


@pytest.mark.sqlite
def test_bare_it_offers_ones_receipts_and_to_a_lead_the_figures(world: World) -> None:
    world.taps("李梅", "零报告")
    assert "请发送回执号" in world.says("李梅", "依据")
    assert world.last("李梅").labels == [f"🔎 {world.report('李梅').receipt}"]
    world.taps("李梅", "🔎")
    assert "原话" in world.last("李梅").text
    assert "请选择要查看明细的数字" in world.says("王建国", "依据")


@pytest.mark.sqlite
def test_a_lead_of_several_units_names_one(world: World) -> None:
    with world.database.writing() as session:
        two = units.unit_at(session, "区局/二站")
        session.add(Membership(person_id=people.find_person(session, "王建国").id, unit_id=two.id, role=Role.LEAD))
    assert "请选择单位" in world.says("王建国", "依据 未报")
    world.taps("王建国", "二站")
    assert "未报 2" in world.last("王建国").text
    assert "未报 2" in world.says("王建国", "依据 未报 二站")


@pytest.mark.sqlite
def test_figures_are_for_leads_and_of_their_own_units(world: World) -> None:
    before = world.records()
    assert "各项数字仅限负责人查看" in world.says("李梅", "依据 未报")
    assert "“区局/二站”不在您负责的单位之列" in world.says("王建国", "依据 未报 二站")
    assert world.records() == before


@pytest.mark.sqlite
def test_forged_buttons_show_nothing(world: World) -> None:
    world.taps("钱丽", "零报告")
    with world.database.reading() as session:
        period = world.period(session).id
        one, two = (units.unit_at(session, f"区局/{name}").id for name in ("一站", "二站"))
    other = world.report("钱丽").id
    before = world.records()
    for action in (
        "why.figures.{}.{}",
        "why.back.{}.{}",
        "why.rows.{}.{}.1",
        "why.table.{}.{}.1",
        f"why.row.{{}}.{{}}.1.{other}",
    ):
        assert "不在您负责的单位之列" in (world.forges("王建国", action.format(period, two)) or ""), action
        assert "没有这项数字" in (world.forges("王建国", action.format(999, one)) or ""), action
        assert "按钮" in (world.forges("李梅", action.format(period, one)) or ""), action
    assert "没有这项数字" in (world.forges("王建国", f"why.rows.{period}.{one}.99") or "")
    assert "按钮" in (world.forges("王建国", f"why.row.{period}.{one}.1.{other}") or "")
    assert world.records() == before


@pytest.mark.sqlite
def test_the_task_forces_lead_sees_its_members_rows(world: World) -> None:
    world.taps("钱丽", "零报告")
    assert "已报 1" in world.says("陈局", "依据 已报 防疫专班")


@pytest.mark.sqlite
def test_a_report_about_a_unit(database: Database) -> None:
    world = World(database)
    world.organisation()
    world.assign(DELIVERY)
    world.at("7:30")
    world.says("王建国", "/report")
    world.says("王建国", "120")
    world.says("王建国", "118")
    world.taps("王建国", "提交")
    said = world.says("王建国", f"依据 {world.report('区局/一站', 'delivery').receipt}")
    assert "一站 · 区局/一站" in said
    assert "订单：120" in said
    assert "▫️ 二站" in world.says("陈局", "依据 未报 区局")


@pytest.mark.sqlite
def test_in_a_group_it_is_answered_in_private(world: World) -> None:
    world.hand_in(world.incoming("王建国", text="/why silent", chat="group 一站"))
    assert [bubble.text for bubble in world.chat("group 一站")] == ["已私信回复。"]
    assert "未报 6" in world.last("王建国").text
