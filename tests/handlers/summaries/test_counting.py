"""What is shown as a number was counted, what is said to be done is done to all, and a list that is cut says so."""

import re
from datetime import timedelta

import pytest
from sqlmodel import col, select

from bot.demo import colleagues
from models.alerts import alerts
from models.changes import roster_import
from models.core.database import Database
from models.cycle import periods
from models.evidence import verification
from models.messaging.cards import Card
from models.messaging.slots import Subject
from models.operations import self_report
from models.organisation import units
from models.reporting import figures, snapshots
from models.summaries.urges import Urge
from tests.support.world import DELIVERY, MONDAY, ROSTER, World

ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
MANY = 261
NOT_TAKEN = re.compile("🚨预警：未接手1|【预警】未结1件")


def many(world: World) -> None:
    world.organisation(
        ROSTER + "".join(f"{5000 + n},人{n:03d},区局/三站,\n" for n in range(MANY)) + "4999,三长,区局/三站,lead\n"
    )
    world.assign()


@pytest.mark.world(begin=many)
@ON_SQLITE
def test_of_261_silent_every_message_says_261_and_each_is_reminded(world: World) -> None:
    world.at("9:00")
    world.taps("三长", "零报告")
    shown = world.says("三长", "/team")
    assert "未报（261人）" in shown and "其余231人未列出" in shown
    assert "未报（261人）" in world.says("三长", "/urge")
    assert "未报261个" in (world.taps("三长", "提醒") or "")
    world.at("9:10")
    with world.database.reading() as session:
        assert session.exec(select(Urge.told)).one() == MANY
    assert sum("提醒您报送" in world.last(f"人{n:03d}").text for n in range(MANY)) == MANY
    assert "提醒261人" in world.last("三长").text.replace(" ", "")
    with world.database.reading() as session:
        assert verification.verify(session).differs == [], "counted in chunks, and nobody forged it"


@pytest.mark.world(begin=many)
@ON_SQLITE
def test_the_escalation_counts_all_and_proxy_names_how_many_more(world: World) -> None:
    world.at("7:30")
    world.taps("三长", "零报告")
    world.at("10:35")
    assert "261" in next(b.text for b in reversed(world.chat("三长")) if "截止" in b.text and "261" in b.text)
    assert str(MANY - 12) in world.says("三长", "/proxy")
    world.at("0:05", MONDAY.replace(day=24))
    world.says("周敏", "/reopen")
    world.taps("周敏", "11月23日")
    assert "另有" in world.last("周敏").text


@ON_SQLITE
def test_what_has_fewer_buttons_than_lines_says_so_and_how_to_reach_the_rest(database: Database) -> None:
    """The escalation had buttons for six of eight units, the tree for twelve of thirteen, and neither said so."""
    world = World(database)
    world.organisation("staff_no,name,unit,role\n1001,陈局,区局,admin\n1010,冯静,区局/物流部,lead\n" + "".join(
        f"{2000 + n},员{n},区局/物流部/{n}队,\n" for n in range(1, 12)))  # fmt: skip
    world.assign(unit="区局/物流部")
    world.at("10:20")
    told = next(b for b in world.chat("冯静") if b.kind == "escalation")
    assert len(told.labels) == 6
    assert "按钮仅列前6个单位；其余6个请发“催办”加单位名称。" in told.text
    assert "按钮仅列前12个单位；其余请发 /unit list 加单位路径。" in world.says("陈局", "/unit list")
    assert "按钮" not in world.says("陈局", "/unit list 区局/物流部/1队")
    assert "按钮" not in world.says("陈局", "/assign list") + world.says("陈局", "/form list")


@pytest.fixture
def delivering(database: Database) -> World:
    """Delivery is asked of the stations’ department, two levels below the root."""
    made = World(database)
    made.organisation(
        "staff_no,name,unit,role\n1001,陈局,区局,lead\n1002,周敏,区局,admin\n1010,冯静,区局/物流部,lead\n"
        "1003,王建国,区局/物流部/一站,lead\n1007,赵强,区局/物流部/二站,lead\n1020,何科,区局/专卖科,lead\n"
    )
    made.assign(DELIVERY, unit="区局/物流部")
    return made


@pytest.mark.sqlite
def test_every_unit_above_the_assigned_one_has_its_figures_as_at_close(delivering: World) -> None:
    world = delivering
    world.at("7:30")
    world.taps("冯静", "零报告")
    world.at("10:01")
    world.taps("王建国", "零报告")
    with world.database.reading() as session:
        (period,) = periods.of_day(session, MONDAY)
        own, above, beside = (units.unit_at(session, p) for p in ("区局/物流部", "区局", "区局/专卖科"))
        closed = snapshots.at_close(session, period, own)
        assert closed and (closed.expected, closed.received) == (3, 1)
        assert snapshots.at_close(session, period, above) == closed
        assert figures.now(session, period, above).received == 2
        assert snapshots.at_close(session, period, beside) == figures.Figures()
    said = world.says("陈局", "/summary")
    assert "无需报送" not in said and "1 → 2/3 · 未报2 → 1" in said


def test_a_unit_over_two_task_forces_counts_whom_both_see_once_at_close_too(database: Database) -> None:
    world = World(database)
    world.organisation(
        "staff_no,name,unit,role\n1001,陈局,区局,lead\n1002,周敏,区局,admin\n1003,王建国,区局/一站,lead\n"
        "1003,王建国,区局/专班/甲组,\n1003,王建国,区局/专班/乙组,\n1004,张伟,区局/一站,\n1004,张伟,区局/专班/甲组,\n"
    )
    world.assign()
    world.at("7:30")
    world.taps("王建国", "零报告")
    world.at("10:01")
    with world.database.reading() as session:
        (period,) = periods.of_day(session, MONDAY)
        over = units.unit_at(session, "区局/专班")
        closed = snapshots.at_close(session, period, over)
        assert closed and (closed.expected, closed.received) == (2, 1)
        assert figures.now(session, period, over) == closed


@pytest.mark.sqlite
def test_a_unit_renamed_since_keeps_its_old_days(delivering: World) -> None:
    world = delivering
    world.at("10:01")
    world.says("周敏", "/unit rename 区局/物流部 后勤部")
    world.taps("周敏", "确认")
    with world.database.reading() as session:
        unit = units.unit_at(session, "区局/后勤部")
        assert [p.day for p in periods.of_day(session, MONDAY, unit=unit)] == [MONDAY]


def test_alerts_summary_team_and_system_count_the_same_open_alerts(database: Database) -> None:
    world = World(database)
    world.organisation()
    world.assign()
    world.at("7:30")
    world.says("张伟", "/incident 仓库起火")
    world.taps("张伟", "立即上报")
    world.at("10:20")
    for who, said in [("王建国", "/alerts"), ("王建国", "/summary"), ("王建国", "/team"), ("周敏", "/system")]:
        shown = world.says(who, said).replace(" ", "")
        assert NOT_TAKEN.search(shown), (said, shown)
    with world.database.reading() as session:
        for path in ("区局", "区局/一站"):
            assert len(alerts.listed(session, [units.unit_at(session, path)])) == 1
    assert "🚨" in world.last("group 一站").text
    world.taps("王建国", "我来处理")
    world.taps("王建国", "处理完毕")
    world.at("10:25")
    assert "🚨" not in world.last("group 一站").text


def test_the_demos_boxes_add_up() -> None:
    boxes = [int(steps[1][1]) for steps in colleagues.DELIVERIES.values()]
    assert sum(boxes) == 1640 and len(colleagues.DELIVERIES) == 2
    assert "1101" not in colleagues.DELIVERIES  # the department over the routes has none of its own


@pytest.mark.world(begin=many)
@pytest.mark.sqlite
def test_a_person_outside_the_first_200_of_a_name_is_found_by_their_own_admin(world: World) -> None:
    with world.database.writing() as session:
        more = "staff_no,name,unit,role\n9001,人末,区局/二站,\n1007,赵强,区局/二站,admin\n"
        roster_import.take(session, roster_import.read(more.encode()))
    assert "人末" in world.says("赵强", "/people find 人")


@pytest.mark.sqlite
def test_a_name_of_many_says_how_many_more_there_are(database: Database) -> None:
    world = World(database)
    world.organisation(ROSTER + "".join(f"60{n:02d},重名,区局/三站,\n" for n in range(9)))
    assert "+3" in world.says("周敏", "/people move 重名 区局/一站")


@pytest.mark.sqlite
def test_a_list_of_near_people_or_waiting_requests_that_is_cut_says_so(database: Database) -> None:
    world = World(database)
    more = "".join(f"60{n:02d},新人{n},区局/一站,\n" for n in range(12))
    world.organisation(ROSTER + more)
    assert "另有" in world.says("王建国", "/deputy")
    for n in range(12):
        world.says(f"新人{n}", "/leave 12-01 12-02 家事")
    assert "最久的10" in world.says("王建国", "/excuse")


@pytest.mark.world(begin=many)
@ON_SQLITE
def test_reasons_beyond_the_five_commonest_are_counted(world: World) -> None:
    world.at("18:00")
    with world.database.writing() as session:
        found = list(session.exec(select(Card).where(Card.subject == Subject.REPORT).order_by(col(Card.id))).all())
        for n, card in enumerate(found[:35]):
            card.pending, card.error, card.gave_up = True, f"reason {n % 7}", True
            card.not_before = world.clock.now() - timedelta(hours=2)
            session.add(card)
        told, others = self_report.undelivered(session, world.clock.now(), timedelta(0))
    assert [n for *_, n in told] == [5] * 5 and others == 10
    assert "其他原因10条" in world.says("周敏", "/system")
    world.at("20:05")
    assert "因其他原因未送达10条" in world.last("周敏").text


@ON_SQLITE
def test_who_is_in_two_of_an_admins_subtrees_is_missing_once(database: Database) -> None:
    world = World(database)
    world.organisation(
        "staff_no,name,unit,role\n1001,陈局,区局,lead\n1002,周敏,区局,admin\n1003,冯静,区局/一站,admin\n"
        "1003,冯静,区局/专班,admin\n1004,张伟,区局/一站,\n1004,张伟,区局/专班,\n"
    )
    world.assign()
    world.at("0:05", MONDAY.replace(day=24))
    assert "缺报2" in world.says("冯静", "/reopen").replace(" ", "").replace("漏报", "缺报")
