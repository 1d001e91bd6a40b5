"""Roll calls: asked at any hour, answered with one tap, the last names with phone numbers within a minute."""

import re
from datetime import timedelta

import pytest
from sqlmodel import col, select

from models.alerts.alerts import Alert
from models.messaging import addresses, cards, enrolment
from models.messaging.addresses import Address
from models.organisation import people
from models.rounds.replies import Reply
from models.rounds.rounds import Round
from tests.handlers.alerts.fevers import DEEP
from tests.support.admins import about_of, file_of
from tests.support.world import TUESDAY, Bubble, World

PHONES = {"1004": "13800007004", "1005": "13800007005", "1013": "+442079460958"}


def begin(world: World) -> None:
    world.organisation(DEEP)
    with world.database.writing() as session:
        for number, phone in PHONES.items():
            person = people.find_person(session, number)
            person.phone = phone
            session.add(person)
    world.at("9:00")


pytestmark = pytest.mark.world(begin=begin)


def calls(world: World, who: str = "陈局", words: str = "") -> None:
    world.says(who, f"/rollcall {words}".strip())
    world.taps(who, "立即点名" if who != "刘洋" else "Ask now")
    world.tick()
    world.deliver()


def listed(world: World, who: str = "陈局") -> str:
    """Return the list as it stands in somebody's chat."""
    found = [b.text for b in world.chat(who) if re.match("🆘 (【点名[0-9]|.Roll call [0-9])", b.text)]
    return found[-1] if found else ""


def asked(world: World, who: str) -> list[Bubble]:
    return [b for b in world.chat(who) if any("safe.answer" in k.data for row in b.content.buttons for k in row)]


def answers(world: World) -> dict[str, int | None]:
    with world.database.reading() as session:
        rows = session.exec(select(people.Person.name, Reply.answer).join(Reply)).all()
    return dict(rows)


def test_everybody_of_the_subtree_is_asked_at_once_after_a_confirmation(world: World) -> None:
    said = world.says("陈局", "/rollcall 仓库附近地震")
    assert said.startswith("🆘 现在询问区局的7人是否平安？\n\n仓库附近地震")
    assert answers(world) == {}
    world.taps("陈局", "立即点名")
    world.tick()
    world.deliver()
    assert [len(asked(world, who)) for who in ("周敏", "孙处", "王建国", "刘洋", "张伟", "李梅", "赵强")] == [1] * 7
    assert asked(world, "陈局") == []
    assert asked(world, "张伟")[0].text == "🆘 【点名】区局 · 陈局\n\n仓库附近地震\n\n您是否平安？请立即点选。"
    assert asked(world, "张伟")[0].labels == ["💚 平安", "🆘 需要帮助"]


def test_the_last_two_names_are_there_with_their_numbers_within_a_minute(world: World) -> None:
    calls(world)
    begun = world.clock.now()
    for who in ("周敏", "孙处", "王建国", "刘洋", "赵强"):
        world.taps(who, "平安" if who != "刘洋" else "safe")
    assert world.clock.now() - begun < timedelta(minutes=1)
    assert listed(world) == (
        "🆘 【点名1 · 区局】陈局，11月23日 09:00\n\n5/7已答 · 平安5\n\n尚未回答，请电话联系：\n"
        "张伟，一站，138 0000 7004\n李梅，一站，138 0000 7005"
    )
    world.taps("张伟", "平安")
    world.taps("李梅", "平安")
    assert "✅ 全体均已回答。" in listed(world)


def test_the_leads_of_a_unit_see_their_own_and_nobody_else_sees_any(world: World) -> None:
    calls(world)
    assert "张伟，一站，138 0000 7004" in listed(world, "王建国")
    assert "赵强" not in listed(world, "王建国")
    assert "Zhang" not in listed(world, "刘洋")
    assert "张伟, 一站, 138 0000 7004" in listed(world, "刘洋")
    for who in ("张伟", "李梅"):
        assert listed(world, who) == ""
        assert "13800007004" not in "".join(b.content.text for b in world.chat(who))
        assert "138 0000" not in "".join(b.content.text for b in world.chat(who))


def test_who_needs_help_is_an_alert_at_once_with_the_place(world: World) -> None:
    calls(world)
    toast = world.taps("张伟", "需要帮助")
    assert toast == "已通知您的负责人。如方便，请直接输入所在位置并发送。"
    alerts = [b.text for b in world.chat("王建国") if b.kind == "alert" and "【突发】" in b.text]
    assert len(alerts) == 1
    assert "一站张伟09:00报：需要帮助（点名1）" in alerts[0]
    world.taps("张伟", "说明位置")
    world.says("张伟", "仓库二楼")
    assert "位置：仓库二楼" in "".join(b.text for b in world.chat("王建国"))
    assert "🆘 需要帮助：\n张伟，一站，138 0000 7004 · 📍 仓库二楼" in listed(world)
    world.taps("张伟", "平安")
    assert "现报平安，仓库二楼\n15分钟内无人接手" in "".join(b.text for b in world.chat("王建国"))
    with world.database.reading() as session:
        assert len(session.exec(select(Alert)).all()) == 1
    assert "需要帮助" not in listed(world)


@pytest.mark.sqlite
def test_whoever_needs_help_types_at_once_where_they_are_and_nothing_else_is_taken_for_it(world: World) -> None:
    calls(world)
    world.taps("张伟", "需要帮助")
    world.says("张伟", "仓库二楼东侧")
    assert "张伟，一站，138 0000 7004 · 📍 仓库二楼东侧" in listed(world)
    world.taps("李梅", "需要帮助")
    world.taps("李梅", "平安")
    assert "不作为报告" in world.says("李梅", "好的")
    assert "好的" not in "".join(b.text for b in asked(world, "李梅"))


@pytest.mark.sqlite
def test_a_shared_place_is_taken_as_where_one_is(world: World) -> None:
    from handlers.core.incoming import Location

    calls(world)
    world.taps("张伟", "平安")
    world.taps("张伟", "说明位置")
    world.hand_in(world.incoming("张伟", location=Location(31.2304, 121.4737)))
    assert "📍 31.23040, 121.47370" in asked(world, "张伟")[-1].text


@pytest.mark.sqlite
def test_saying_where_one_is_may_be_cancelled(world: World) -> None:
    calls(world)
    world.taps("张伟", "平安")
    world.taps("张伟", "说明位置")
    world.says("张伟", "取消")
    world.says("张伟", "仓库二楼")
    assert "仓库二楼" not in "".join(b.text for b in asked(world, "张伟"))


@pytest.mark.sqlite
def test_it_goes_out_at_night_and_outside_the_noise_budget_and_to_those_on_leave(world: World) -> None:
    world.says("王建国", "/excuse 1005 3d 就医")
    world.at("3:10", TUESDAY)
    calls(world, "王建国")
    assert len(asked(world, "李梅")) == 1
    assert "李梅，一站，138 0000 7005" in listed(world, "王建国")


@pytest.mark.sqlite
def test_who_was_never_enrolled_is_listed_apart_with_the_number(world: World) -> None:
    world.says("周敏", "/people add 1030 吴芳 区局/物流部/一站")
    world.taps("周敏", "今天起生效")
    world.says("周敏", "/people phone 1030 13800001030")
    world.taps("周敏", "确认")
    calls(world, "王建国")
    assert "消息未送达，请电话联系：\n吴芳，一站，138 0000 1030 · 未开通" in listed(world, "王建国")


@pytest.mark.sqlite
def test_where_the_message_does_not_arrive_the_other_chat_is_asked_and_then_it_says_so(world: World) -> None:
    with world.database.writing() as session:
        person = people.find_person(session, "1005")
        now = world.clock.now()
        enrolment.enrol(session, person, "dove", "li", "li", now - timedelta(days=1))
        for it in session.exec(select(Address).where(Address.person_id == person.id, Address.channel == "dove")).all():
            it.used_at = now + timedelta(seconds=1)  # the chat used last, whose platform is down
            session.add(it)
        session.flush()
        assert addresses.reachable(session, person).channel == "dove"  # type: ignore[union-attr]
    calls(world, "王建国")
    assert asked(world, "李梅") == []
    world.at("9:01")
    assert len(asked(world, "李梅")) == 1
    with world.database.writing() as session:
        for card in session.exec(select(cards.Card).where(col(cards.Card.subject) == "round")).all():
            if session.get_one(Address, card.address_id).person_id == people.find_person(session, "1004").id:
                card.shown_at, card.shown_id = None, None
                session.add(card)
    world.at("9:02")
    assert "消息未送达，请电话联系：\n张伟，一站，138 0000 7004 · 消息未送达" in listed(world, "王建国")


@pytest.mark.sqlite
def test_closed_it_takes_no_answers_and_the_summary_keeps_the_names(world: World) -> None:
    calls(world, "王建国")
    world.taps("张伟", "平安")
    world.taps("王建国", "结束点名")
    assert "确定结束点名1吗？3人中已有1人回答" in world.last("王建国").text
    world.taps("王建国", "确认")
    world.tick()
    world.deliver()
    assert "未回答：\n李梅，一站，138 0000 7005" in listed(world, "王建国")
    assert "王建国，11月23日" in listed(world, "王建国")
    assert asked(world, "李梅") == []
    assert "如仍需帮助，请发送“突发”" in world.last("李梅").text
    assert "已结束" in (world.forges("李梅", "safe.answer.1.safe") or "")
    assert answers(world)["李梅"] is None


@pytest.mark.sqlite
def test_only_leads_call_it_and_only_for_their_own(world: World) -> None:
    assert "仅限" in world.says("张伟", "/rollcall")
    assert "不在您" in world.says("王建国", "/rollcall 区局/二站")
    calls(world, "王建国")
    for who in ("赵强", "张伟"):
        for data in ("rollcall.show.1", "rollcall.close.1", "rollcall.export.1"):
            assert any(it in (world.forges(who, data) or "") for it in ("无权", "该按钮"))
    assert "无权" in (world.forges("赵强", "safe.answer.1.safe") or "")
    world.taps("周敏", "刷新") if any("刷新" in x for b in world.chat("周敏") for x in b.labels) else None
    assert world.forges("周敏", "rollcall.show.1") is None


@pytest.mark.sqlite
def test_who_joins_moves_and_leaves_meanwhile(world: World) -> None:
    calls(world)
    world.says("周敏", "/people leave 1005")
    world.taps("周敏", "今天起生效")
    world.says("周敏", "/people add 1031 郑爽 区局/二站")
    world.taps("周敏", "今天起生效")
    world.at("9:01")
    assert "李梅" not in listed(world)
    assert "郑爽，二站，无电话 · 未开通" in listed(world)


@pytest.mark.sqlite
def test_who_leads_several_units_chooses_one_and_the_words_stay(world: World) -> None:
    world.says("周敏", "/people role 1003 lead 区局/二站")
    world.taps("周敏", "今天起生效")
    world.says("王建国", "/rollcall 仓库附近地震")
    world.taps("王建国", "区局/物流部/一站")
    assert world.last("王建国").text.startswith("🆘 现在询问区局/物流部/一站的3人是否平安？\n\n仓库附近地震")


@pytest.mark.sqlite
def test_open_ones_are_shown_first_and_five_an_hour_are_enough(world: World) -> None:
    for _ in range(5):
        world.says("陈局", "/rollcall 区局")
        world.taps("陈局", "立即点名")
    assert world.says("陈局", "点名").startswith("未结束的点名")
    world.taps("陈局", "发起点名")
    assert "一小时内" in (world.taps("陈局", "立即点名") or world.last("陈局").text)
    with world.database.reading() as session:
        assert len(session.exec(select(Round)).all()) == 5


@pytest.mark.sqlite
def test_it_is_exported_with_answers_and_numbers_and_is_in_the_audit(world: World) -> None:
    calls(world)
    world.taps("张伟", "需要帮助")
    world.taps("陈局", "Excel")
    rows = file_of(world, "陈局")
    assert rows[0] == ["单位", "工号", "姓名", "电话", "回答", "位置", "答复时间"]
    assert [it[:5] for it in rows if it[1] in ("1004", "1005")] == [
        ["区局/物流部/一站", "1004", "张伟", "13800007004", "需要帮助"],
        ["区局/物流部/一站", "1005", "李梅", "13800007005", "未回答"],
    ]
    assert {"生成人": "陈局（1001）"}.items() <= about_of(world, "陈局").items()
    assert "开始点名" in world.says("周敏", "留痕")
    assert "进行中的点名：1" in world.says("周敏", "系统")


@pytest.mark.sqlite
def test_whoever_moved_away_has_no_number_in_the_list_of_those_they_left(world: World) -> None:
    calls(world, "王建国")
    world.says("周敏", "/people move 1005 区局/二站")
    world.taps("周敏", "今天起生效")
    world.at("9:01")
    world.forges("王建国", "rollcall.show.1")
    assert "李梅，一站，无电话" in listed(world, "王建国")
    assert "138 0000 7004" in listed(world, "王建国")
    world.forges("王建国", "rollcall.export.1")
    phones = {row[1]: row[3] for row in file_of(world, "王建国")}
    assert (phones["1004"], phones["1005"]) == ("13800007004", "")
