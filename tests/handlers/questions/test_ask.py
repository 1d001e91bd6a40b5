"""Questions: asked of whoever answers for one, taken, answered, followed up, closed by either."""

from datetime import timedelta

import pytest

from models.core.database import Database
from tests.handlers.alerts.fevers import DEEP
from tests.handlers.questions.asking import answers, asked, asks, begin, cards, rung, said
from tests.support.world import TUESDAY, World

pytestmark = pytest.mark.world(begin=begin)
FRIDAY = TUESDAY + timedelta(days=3)


def test_a_question_is_typed_confirmed_and_goes_to_the_leads_of_the_unit(world: World) -> None:
    assert world.says("李梅", "提问") == "【提问】\n请输入问题，将发给王建国、刘洋。也可发送照片和文件。"
    shown = world.says("李梅", "口罩在哪里领？")
    assert shown == (
        "【提问】\n口罩在哪里领？\n\n将发给王建国、刘洋。仅其本人可见；逾期未答复的，上一级负责人也可见。"
        "如需修改，请重新输入。"
    )
    assert world.last("李梅").labels == ["📨 发送问题", "✖️ 取消"]
    assert asked(world) == []
    toast = world.taps("李梅", "发送问题")
    (question,) = asked(world)
    assert toast == f"已发送，回执{question.receipt}。"
    assert world.last("李梅").text == (
        f"❓ 【我的提问】11月23日 09:00，回执{question.receipt}\n口罩在哪里领？\n\n"
        "已发给王建国、刘洋。24小时内无人答复，将转上一级。"
    )
    assert cards(world, "王建国")[0].text == (
        f"❓ 【提问】一站李梅，11月23日 09:00，回执{question.receipt}\n口罩在哪里领？\n\n"
        "请答复。24小时内无人答复，将转上一级。"
    )
    assert cards(world, "刘洋")[0].text.startswith("❓ [Question] 一站, 李梅")
    assert [cards(world, it) for it in ("孙处", "陈局", "周敏", "张伟", "赵强")] == [[]] * 5


def test_it_is_answered_followed_up_and_closed_in_both_chats(world: World) -> None:
    asks(world, "李梅", "口罩在哪里领？")
    answers(world, "王建国", "每周一上午在仓库领。")
    assert world.last("李梅").text.endswith(
        "口罩在哪里领？\n王建国，09:00：每周一上午在仓库领。\n\n如已解答，请办结；如有疑问，可继续追问。"
    )
    assert world.last("李梅").labels == ["➕ 追问", "✅ 办结"]
    assert "王建国 answered at 09:00." in cards(world, "刘洋")[0].text
    world.at("9:30")
    world.taps("李梅", "追问")
    world.says("李梅", "周一休息怎么办？")
    assert rung(world, "王建国")[-1] == "23 09:30"
    assert len(rung(world, "刘洋")) == 1
    answers(world, "王建国", "请同事代领。")
    assert said(world) == ["口罩在哪里领？", "每周一上午在仓库领。", "周一休息怎么办？", "请同事代领。"]
    assert world.taps("李梅", "办结") == "已办结，双方均可看到。"
    assert "✅ 李梅" in cards(world, "王建国")[-1].text
    (question,) = asked(world)
    assert question.closed_at is not None
    assert question.climbs_at is None


@pytest.mark.sqlite
def test_asking_further_is_cancelled_and_nothing_is_added(world: World) -> None:
    asks(world, "李梅", "口罩在哪里领？")
    answers(world, "王建国", "每周一上午在仓库领。")
    world.taps("李梅", "追问")
    world.says("李梅", "取消")
    world.says("李梅", "周一休息怎么办？")
    assert said(world) == ["口罩在哪里领？", "每周一上午在仓库领。"]


@pytest.mark.sqlite
def test_who_answers_may_close_and_the_asker_opens_it_again_by_asking_further(world: World) -> None:
    asks(world, "李梅", "几点开门？")
    answers(world, "王建国", "七点。")
    world.taps("王建国", "办结")
    assert asked(world)[0].closed_by is not None
    world.taps("李梅", "追问")
    world.says("李梅", "周日呢？")
    question = asked(world)[0]
    assert question.closed_at is None
    assert question.answered_at is None
    assert question.climbs_at is not None
    assert world.last("王建国").text.endswith("王建国已于09:00受理，正在答复。")


@pytest.mark.sqlite
def test_only_the_first_takes_it_and_the_other_lead_sees_who(world: World) -> None:
    asks(world, "李梅", "几点开门？")
    button, bubble = world.button("刘洋", "Answer")
    world.taps("王建国", "答复")
    assert "王建国 took it" in cards(world, "刘洋")[0].text
    assert cards(world, "刘洋")[0].labels == []
    assert world.forges("刘洋", button.data, message=bubble.id) == "王建国 took it at 09:00."
    world.says("王建国", "取消")
    assert said(world) == ["几点开门？"]
    answers(world, "王建国", "七点。")
    assert said(world) == ["几点开门？", "七点。"]


@pytest.mark.sqlite
def test_unanswered_it_climbs_a_level_a_day_and_who_did_not_answer_has_it_no_longer_alone(world: World) -> None:
    asks(world, "李梅", "几点开门？")
    world.at("10:00")
    world.taps("王建国", "答复")
    world.at("9:59", TUESDAY)
    assert cards(world, "孙处") == []
    world.at("10:01")
    assert cards(world, "孙处")[0].text.endswith("请答复。24小时内无人答复，将转上一级。")
    assert asked(world)[0].taken_by is None
    answers(world, "孙处", "七点。")
    assert world.last("李梅").text.endswith("孙处，10:01：七点。\n\n如已解答，请办结；如有疑问，可继续追问。")
    assert asked(world)[0].climbs_at is None
    world.at("12:00", TUESDAY.replace(day=27))
    assert cards(world, "陈局") == []


@pytest.mark.sqlite
def test_on_a_rest_day_no_question_climbs_but_at_the_same_hour_of_the_next_workday(world: World) -> None:
    world.at("15:00", FRIDAY)
    asks(world, "李梅", "几点开门？")
    world.at("15:05", FRIDAY + timedelta(days=2))
    assert cards(world, "孙处") == []
    world.at("14:55", FRIDAY + timedelta(days=3))
    assert cards(world, "孙处") == []
    world.at("15:01")
    assert rung(world, "孙处") == ["30 15:00"]


@pytest.mark.sqlite
def test_a_second_tap_on_send_says_that_the_question_was_sent(world: World) -> None:
    world.says("李梅", "提问 几点开门？")
    data = world.button("李梅", "发送问题")[0].data
    world.taps("李梅", "发送问题")
    assert world.forges("李梅", data) == "这个问题已经发送或已取消。"
    assert len(asked(world)) == 1


@pytest.mark.sqlite
def test_what_is_asked_is_never_changed_dates_neither(world: World) -> None:
    world.says("刘洋", "/ask Is 26 Nov free, or Dec 3?")
    world.taps("刘洋", "Send the question")
    assert said(world) == ["Is 26 Nov free, or Dec 3?"]


@pytest.mark.sqlite
def test_at_night_nobody_is_rung_for_a_question(world: World) -> None:
    world.at("22:30")
    asks(world, "李梅", "几点开门？")
    assert world.last("李梅").text.startswith("❓ 【我的提问】")
    assert cards(world, "王建国") == []
    world.at("7:00", TUESDAY)
    assert rung(world, "王建国") == ["24 07:00"]


@pytest.mark.sqlite
def test_nobody_else_opens_answers_or_closes_it(world: World) -> None:
    asks(world, "李梅", "几点开门？")
    number = asked(world)[0].id
    for who in ("张伟", "赵强", "孙处", "陈局", "周敏"):
        for button in ("show", "answer", "further", "close"):
            assert "按钮" in (world.forges(who, f"answers.{button}.{number}") or "")
    assert "按钮" in (world.forges("李梅", f"answers.answer.{number}") or "")
    assert "按钮" in (world.forges("王建国", f"answers.further.{number}") or "")
    assert said(world) == ["几点开门？"]


@pytest.mark.sqlite
def test_a_lead_who_moves_away_sees_it_no_longer_and_the_new_one_finds_it(world: World) -> None:
    asks(world, "李梅", "几点开门？")
    world.says("周敏", "/people role 1003 member")
    world.taps("周敏", "今天起生效")
    world.says("周敏", "/people role 1004 lead")
    world.taps("周敏", "今天起生效")
    number = asked(world)[0].id
    assert "按钮" in (world.forges("王建国", f"answers.answer.{number}") or "")
    assert cards(world, "张伟") == []
    world.says("张伟", "提问")
    world.taps("张伟", "几点开门")
    answers(world, "张伟", "七点。")
    assert said(world) == ["几点开门？", "七点。"]


@pytest.mark.sqlite
def test_the_asker_who_left_gets_nothing_and_the_lead_is_told_so(world: World) -> None:
    asks(world, "李梅", "几点开门？")
    world.says("周敏", "/people leave 1005")
    world.taps("周敏", "今天起生效")
    before = len(world.chat("李梅"))
    answers(world, "王建国", "七点。")
    assert len(world.chat("李梅")) <= before
    assert "李梅目前没有可用的会话" in cards(world, "王建国")[-1].text


@pytest.mark.sqlite
def test_the_director_has_nobody_to_ask(world: World) -> None:
    assert world.says("陈局", "提问 怎么办？").startswith("没有可提问的对象")
    assert asked(world) == []


@pytest.mark.sqlite
def test_a_lead_asks_the_lead_above(world: World) -> None:
    asks(world, "王建国", "几点开会？")
    assert cards(world, "刘洋")[0].text.startswith("❓ [Question] 一站, 王建国")
    world.says("刘洋", "/ask When?")
    assert "王建国" in world.last("刘洋").text


@pytest.mark.sqlite
def test_photos_go_with_a_question_and_an_answer_and_only_its_readers_open_them(world: World) -> None:
    world.says("李梅", "提问")
    world.sends("李梅", "门.jpg", caption="这个门坏了，找谁？")
    world.taps("李梅", "发送问题")
    assert said(world) == ["这个门坏了，找谁？"]
    card = cards(world, "王建国")[0]
    assert card.labels == ["✍️ 答复", "📎 门.jpg"]
    world.taps("王建国", "门.jpg")
    assert world.last("王建国").content.file is not None
    button, _ = world.button("王建国", "门.jpg", card)
    assert "按钮" in (world.forges("孙处", button.data) or "")
    world.taps("王建国", "答复")
    world.sends("王建国", "电话.jpg", caption="打这个电话")
    assert said(world)[-1] == "打这个电话"
    assert "📎 电话.jpg" in world.last("李梅").labels


@pytest.mark.sqlite
def test_after_ten_questions_in_an_hour_the_next_is_refused(world: World) -> None:
    for n in range(10):
        asks(world, "李梅", f"第{n}个问题")
    world.says("李梅", "提问 再问一个")
    assert "一小时内已提问10次" in (world.taps("李梅", "发送问题") or "")
    assert len(asked(world)) == 10


@pytest.mark.sqlite
def test_what_is_cancelled_or_on_an_older_screen_is_not_sent(world: World) -> None:
    world.says("李梅", "提问 几点开门？")
    send, bubble = world.button("李梅", "发送问题")
    world.taps("李梅", "取消")
    assert world.last("李梅").text == "已取消，问题没有发送。"
    assert world.forges("李梅", send.data, message=bubble.id) == "这个问题已经发送或已取消。"
    world.says("李梅", "提问 几点开门？")
    send, bubble = world.button("李梅", "发送问题")
    world.says("李梅", "几点关门？")
    assert world.forges("李梅", send.data, message=bubble.id) == "该步骤已完成，现在填到这里。"
    assert world.says("李梅", "取消") == "已取消，问题没有发送。"
    assert asked(world) == []


@pytest.mark.sqlite
def test_what_people_type_is_shown_as_they_typed_it(world: World) -> None:
    asks(world, "李梅", "<b>5 < 6 & 7</b>？")
    assert "<b>5 < 6 & 7</b>？" in cards(world, "王建国")[0].text
    assert "&lt;b&gt;5" in cards(world, "王建国")[0].content.text


@pytest.mark.sqlite
def test_a_ward_cannot_ask_and_a_stranger_is_not_heard(database: Database) -> None:
    world = World(database)
    world.organisation(DEEP, enrolled="1003")
    world.says("李梅", "提问 几点开门？")
    assert asked(world) == []


@pytest.mark.sqlite
def test_in_another_language_the_open_question_is_shown_again(world: World) -> None:
    asks(world, "李梅", "几点开门？")
    world.says("王建国", "/language en")
    assert cards(world, "王建国")[0].text.startswith("❓ [Question] 一站, 李梅")
    world.says("李梅", "/language en")
    assert cards(world, "李梅")[0].text.startswith("❓ [My question]")
