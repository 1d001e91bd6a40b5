"""One working day, from the morning's question to the seals in the group's post, as everybody in it sees it."""

from datetime import date

import pytest

from models.cycle.periods import Period
from models.evidence import seals, verdicts, verification
from tests.support.world import MONDAY, Bubble, World

TUESDAY = date(2026, 11, 24)
STATEMENT = "本人及同住家人无发热、无接触史。"


def begin(world: World) -> None:
    world.organisation()
    world.assign()


pytestmark = pytest.mark.world(begin=begin)


def _asked(world: World, who: str) -> Bubble:
    return next(b for b in world.chat(who) if b.kind in ("ask", "reminder"))


def _verdict(world: World) -> verdicts.Verdict:
    with world.database.reading() as session:
        return verification.verify(session)


def test_from_the_mornings_question_to_the_groups_post(world: World) -> None:
    world.at("7:29")
    assert world.chat("张伟") == []

    world.at("7:30")
    prompt = world.last("李梅")
    assert prompt.text == f"【每日健康】11月23日，请于10:00前报送。\n点“零报告”即确认：{STATEMENT}"
    assert prompt.labels == ["✅ 零报告·无情况", "📝 有情况"]
    assert world.last("Ann Lee").text.startswith("[Daily health]")
    assert world.last("Ann Lee").labels == ["✅ Zero report", "📝 Something to report"]

    # one tap: the toast, and the prompt becomes the receipt; no further message
    toast = world.taps("李梅", "零报告")
    receipt = world.report("李梅").receipt
    assert toast == f"已收到（07:30），回执{receipt}。"
    assert [b.id for b in world.chat("李梅")] == [prompt.id]
    assert prompt.text == f"【每日健康】11月23日\n✅ 已收到零报告（07:30），回执{receipt}。\n您确认：“{STATEMENT}”"
    assert prompt.labels == ["✏️ 修改"]

    # something to report: the guided form
    world.taps("Ann Lee", "Something")
    assert "Temperature" in world.last("Ann Lee").text
    world.says("Ann Lee", "38.2")
    world.taps("Ann Lee", "No")
    world.taps("Ann Lee", "Skip")
    assert "Temperature: 38.2" in world.last("Ann Lee").text
    assert "Received (07:30)" in (world.taps("Ann Lee", "Submit") or "")
    assert [b.text for b in world.chat("Ann Lee")][:-1] == ["Temperature 38.2"]
    assert world.report("Ann Lee").state == "filled"

    # reminders reach those who still owe a report, as a new message; the old one goes
    world.taps("王建国", "零报告")
    first = world.last("钱丽")
    world.at("9:00")
    assert world.last("钱丽").text.startswith("⏰ 您的“每日健康”尚未报送，10:00截止，还有60分钟。")
    assert first.gone
    assert len(world.chat("李梅")) == 1
    world.at("9:30")
    assert "还有30分钟" in world.last("钱丽").text
    assert len(world.chat("钱丽")) == 1

    # due: the figures as at close are kept; then the units' summaries, each in its group and to its lead
    world.at("10:00")
    assert world.chat("group 一站") == []
    world.at("10:05")
    group = world.last("group 一站")
    assert group.text.startswith(
        "【一站 · 11月23日】每日健康，截至10:00\n3/6 · 未报3\n▓▓▓▓▓░░░░░ 50%\n零报告2\n有情况1\n"
        "📊 发热1\n尚未核对。封存"
    )
    assert "李梅" not in group.text and "张伟" not in group.text
    lead = world.last("王建国")
    assert "未报（3人）：张伟、刘大爷、孙阿姨" in lead.text
    assert lead.text.endswith("一站11月23日：应报6人，已报3人，零报告2人，有情况1人，未报3人。")
    assert lead.labels == ["☑️ 核对无误", "🔔 催办", "📄 明细表", "Word", "PDF", "🔎 依据"]
    assert world.chat("group 区局") == []

    # silence climbs: first to the unit's own lead
    world.at("10:15")
    assert "截止已过15分钟，仍有3人未报" in world.last("王建国").text
    assert "未报（3人）：张伟、刘大爷、孙阿姨" in world.last("王建国").text

    # the whole: its group, and the director's one message, exceptions only
    world.at("10:25")
    assert "3/10 · 未报7" in world.last("group 区局").text
    director = world.last("陈局")
    assert director.text.startswith("11月23日区局，每日健康\n3/10 · 未报7\n▓▓▓░░░░░░░ 30%")
    assert "以下3项请您关注" in director.text
    assert "一站：有情况1、未报3" in director.text
    assert "二站：未报2" in director.text

    # the second escalation goes a level up, where the director's one message has it already
    before = len(world.phones["1001"])
    world.at("11:00")
    assert len(world.phones["1001"]) == before

    # late: with its minutes; the group's post is updated in place
    edits = group.edits
    assert "记为迟报" in (world.taps("张伟", "零报告") or "")
    assert "晚60分钟，记为迟报。感谢补报。" in _asked(world, "张伟").text
    world.at("11:05")
    assert world.chat("group 一站") == [group]
    assert group.edits > edits
    assert group.text.startswith(
        "【一站 · 11月23日】每日健康，截至10:00 → 现在\n3 → 4/6 · 未报3 → 2\n▓▓▓▓▓▓░░░░ 66.7%\n零报告2 → 3\n有情况1"
        "\n迟报0 → 1（及时率50%）\n📊"
    )
    at_close = world.at_close("区局/一站")
    assert at_close and (at_close.received, at_close.expected) == (3, 6)

    # the lock: what is still due is missing, and a second seal stands beside the first
    world.at("23:59")
    assert world.figures("区局").missing == 0
    world.at("0:01", TUESDAY)
    assert world.figures("区局").missing == 6
    assert world.figures("区局").due == 0
    assert "锁定前没有收到，记为漏报" in world.last("钱丽").text
    assert "截至10:00 → 锁定\n3 → 4/6 · 未报3 → 漏报2\n" in group.text
    with world.database.reading() as session:
        shorts = [s.short for s in seals.of_period(session, world.period(session))]
    assert len(shorts) == 2
    assert group.text.endswith(f"尚未核对。封存{'、'.join(shorts)}。")
    verdict = _verdict(world)
    assert (verdict.seals, verdict.differs) == (2, [])

    # and the next day opens
    world.at("7:30", TUESDAY)
    assert "11月24日" in world.last("李梅").text
    world.taps("李梅", "零报告")
    assert "连续按时2天" in world.last("李梅").text
    assert _verdict(world).differs == []


def test_a_locked_list_of_wards_has_no_buttons_left(world: World) -> None:
    world.at("7:30")
    world.at("0:01", TUESDAY)
    lists = [b for b in world.chat("张伟") if b.kind == "wards"]
    assert len(lists) == 1
    assert lists[0].labels == []


def test_when_all_are_in_the_summary_goes_out_at_once(world: World) -> None:
    world.at("7:30")
    _everybody_answers(world)
    world.at("7:40")
    assert "6/6 · 全部报齐\n▓▓▓▓▓▓▓▓▓▓ 100%\n" in world.last("group 一站").text
    assert "10/10 · 全部报齐" in world.last("group 区局").text
    assert "没有需要您关注的事项" in world.last("陈局").text
    world.at("12:00")
    assert len(world.chat("group 一站")) == 1
    assert not [b for b in world.phones["1007"] if b.kind in ("reminder", "escalation")]


def _everybody_answers(world: World) -> None:
    for who in ("陈局", "周敏", "王建国", "张伟", "李梅", "赵强", "钱丽"):
        world.taps(who, "零报告")
    world.taps("Ann Lee", "Zero")
    world.taps("张伟", "全部正常")
    world.taps("张伟", "是，全部正常")


def test_the_steps_of_a_day_happen_in_their_order_and_once(world: World) -> None:
    world.at("0:01", TUESDAY)
    steps = world.steps()
    assert {s.outcome for s in steps.values()} == {"done"}
    assert all(s.done_at and s.done_at >= s.at for s in steps.values())
    with world.database.reading() as session:
        period = session.get_one(Period, next(iter(steps.values())).period_id)
    assert period.phase == "locked"
    assert period.day == MONDAY
