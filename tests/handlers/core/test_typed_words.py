"""What people type: a zero in its exact words, words that only sound like one, numbers, commands, and anything else."""

import pytest

from models.core.database import Database
from tests.support.world import World

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)

STATEMENT = "本人及同住家人无发热、无接触史。"


@pytest.mark.parametrize(
    "words",
    [
        "零报告",
        "zero",
        "ZERO",
        " 零报告 ",
        "/zero",
        "/零报告",
        "／zero",
        "/zero@ourbot",
        "零报告。",
        "Zero!",
        "ｚｅｒｏ",
    ],
)
def test_the_exact_words_file_a_zero(world: World, words: str) -> None:
    said = world.says("李梅", words)
    assert "已收到零报告（07:30）" in said
    assert STATEMENT in said
    assert world.report("李梅").state == "zero"
    assert len(world.chat("李梅")) == 1


def test_words_that_only_sound_like_it_ask_for_one_tap_more(world: World) -> None:
    for words in ("正常", "无", "0", "没有", "OK", "一切正常"):
        said = world.says("李梅", words)
        assert f"“{words}”是指零报告吗？" in said
        assert STATEMENT in said
        assert world.report("李梅").state == "due"
    assert world.taps("李梅", "零报告", world.last("李梅"))
    assert world.report("李梅").state == "zero"


def test_received_is_never_a_report_and_gets_a_kind_explanation(world: World) -> None:
    for words in ("收到", "好的", "收到。", "收到！", "知道了", "Roger"):
        world.says("李梅", words)
        told = [b.text for b in world.chat("李梅") if "不作为报告，请点击下方按钮" in b.text]
        assert f"“{words}”" in told[-1]
    assert world.last("李梅").labels == ["✅ 零报告·无情况", "📝 有情况"]
    assert world.report("李梅").state == "due"


def test_words_that_are_no_answer_get_help_not_silence(world: World) -> None:
    for words in ("天气好", "37.5", "今天天气不错", "99", "零报告吗", "/nothing", "-1", "²", "<b>x</b>"):
        said = world.says("李梅", words)
        assert "未能识别" in said
        assert words.removeprefix("/") in said
        assert "零报告" in said
    assert world.report("李梅").state == "due"


def test_help_to_a_lead_names_what_leads_may_do(world: World) -> None:
    assert "进度" in world.says("王建国", "天气好")
    assert "进度" not in world.says("李梅", "天气好")


def test_a_number_picks_from_the_newest_menu(world: World) -> None:
    assert "已收到" in world.says("李梅", "1")
    assert world.report("李梅").state == "zero"


def test_a_number_picks_from_the_newest_menu_only(world: World) -> None:
    world.says("李梅", "语言")
    assert world.last("李梅").labels == ["中文", "English"]
    world.says("李梅", "2")
    assert world.report("李梅").state == "due"
    assert "English" in world.last("李梅").text
    assert world.says("李梅", "帮助").startswith("What you can do here")


def test_a_number_beyond_the_menu_gets_help(world: World) -> None:
    assert "未能识别" in world.says("李梅", "3")
    assert world.report("李梅").state == "due"


def test_commands_in_both_tongues(world: World) -> None:
    for words, answer in (
        ("我的", "我的今天"), ("/status", "11月23日"), ("帮助", "您可以使用的功能"), ("/help", "零报告"),
        ("语言", "中文"),
        ("/language", "English"), ("开始", "您好"), ("/start", "11月23日"), ("有情况", "体温"), ("/report", "体温"),
    ):  # fmt: skip
        before = len(world.phones["1005"])
        world.says("李梅", words)
        told = world.phones["1005"][before:]
        assert any(answer in b.text or answer in "".join(b.labels) for b in told), words


def test_a_leads_commands_in_both_tongues(world: World) -> None:
    for words, answer in (
        ("进度", "未报6"), ("/team", "未报6"), ("/team@ourbot", "未报6"), ("/进度", "未报6"), ("/Team 一站", "未报6"),
        ("进度 区局/一站", "未报6"), ("汇总", "可复制"), ("催办", "提醒能联系上的人员吗"), ("核对", "没有需要您核对的"),
        ("核对 一站", "未核对"),
    ):  # fmt: skip
        assert answer in world.says("王建国", words), words


def test_chinese_words_as_part_of_a_sentence_are_no_command(world: World) -> None:
    assert "未能识别" in world.says("李梅", "帮助我一下")
    assert "未能识别" in world.says("李梅", "零报告 谢谢")
    assert world.report("李梅").state == "due"


def test_inside_a_text_question_everything_but_back_and_cancel_is_the_answer(world: World) -> None:
    world.taps("李梅", "有情况")
    for words in ("零报告", "收到", "正常"):
        assert f"未能识别“{words}”" in world.says("李梅", words)
    assert world.says("李梅", "36.5")
    world.taps("李梅", "无")
    assert "接触史" in world.says("李梅", "返回")
    world.taps("李梅", "保持不变")
    assert "备注" in world.last("李梅").text
    assert "零报告" in world.says("李梅", "零报告")
    world.taps("李梅", "提交")
    revision = world.revisions("李梅")[-1]
    assert revision.answers == {"temperature": 36.5, "contact": "no", "remark": "零报告"}


def test_a_slash_command_leaves_the_form_as_it_is(world: World) -> None:
    world.taps("李梅", "有情况")
    world.says("李梅", "/help")
    assert "您可以使用的功能" in world.last("李梅").text
    world.says("李梅", "36.5")
    assert "接触史" in world.last("李梅").text


def test_cancel_ends_the_form_and_the_prompt_stands_again(world: World) -> None:
    world.taps("李梅", "有情况")
    world.says("李梅", "36.5")
    said = world.says("李梅", "取消")
    assert "请于10:00前报送" in said
    assert world.last("李梅").labels == ["✅ 零报告·无情况", "📝 有情况"]
    assert "未能识别" in world.says("李梅", "36.5")


def test_words_in_a_group_are_not_answered_there_and_names_go_private(world: World) -> None:
    before = world.records()
    world.hand_in(world.incoming("李梅", text="零报告", chat="group 一站"))
    world.hand_in(world.incoming("李梅", text="大家好", chat="group 一站"))
    assert world.records() == before
    assert world.chat("group 一站") == []
    world.hand_in(world.incoming("王建国", text="/team", chat="group 一站"))
    assert [b.text for b in world.chat("group 一站")] == ["已私信回复。"]
    assert "李梅" in world.last("王建国").text


def test_a_file_is_not_a_report(world: World) -> None:
    world.sends("李梅", "report.pdf", "application/pdf", data=b"%PDF-1.4 report")
    assert "“report.pdf”未收录：单独的文件不作为报告" in world.last("李梅").text
    assert world.report("李梅").state == "due"


def test_zero_again_shows_the_receipt_and_makes_no_revision(world: World) -> None:
    world.says("李梅", "零报告")
    assert "已收到零报告（07:30）" in world.says("李梅", "零报告")
    assert len(world.revisions("李梅")) == 1


def test_nothing_is_asked_of_somebody_before_the_day_opens(database: Database) -> None:
    world = World(database)
    world.organisation()
    assert "没有需要您报送的内容" in world.says("李梅", "零报告")
    assert "没有需要您报送的内容" in world.says("李梅", "有情况")
    assert "没有需要您报送的内容" in world.says("李梅", "我的")
    assert "没有需要您报送的内容" in world.says("李梅", "正常")


@pytest.mark.parametrize(
    "words", ["帮助。", "HELP!", "ｈｅｌｐ", "帮 助", "菜单", "/菜单", "menu", "help me", "？", "怎么用"]
)
def test_help_is_found_however_it_is_asked_for(world: World, words: str) -> None:
    assert world.says("李梅", words).startswith("您可以使用的功能")


@pytest.mark.parametrize("words", ["您好～", "Hi there!", "早上好"])
def test_a_greeting_is_greeted(world: World, words: str) -> None:
    world.says("李梅", words)
    assert any("李梅，您好" in bubble.text for bubble in world.chat("李梅"))


@pytest.mark.parametrize("words", ["请假三天", "请假　三天", "请假\n三天", "/leave　3d", "请假３天"])
def test_a_command_needs_no_blank_of_a_certain_kind(world: World, words: str) -> None:
    assert "11月23日至11月25日（3天）" in world.says("李梅", words)


def test_a_chinese_word_in_front_of_other_words_is_no_command(world: World) -> None:
    for words in ("请假条怎么写", "汇总表在哪"):
        assert "未能识别" in world.says("王建国", words)


CANCELS = ["取消。", "cancel!", "/cancel", "／取消", "取 消", "返回", "算了", "退出", "Never mind", "CANCEL"]


@pytest.mark.parametrize("words", CANCELS)
def test_cancel_is_cancel_wherever_words_are_awaited(world: World, words: str) -> None:
    before = world.records()
    for who, asks in (
        ("李梅", ["请假 明天"]), ("王建国", ["准假 李梅 1d"]), ("李梅", ["突发"]), ("周敏", ["/people move"]),
        ("周敏", ["/unit add 区局/"]), ("周敏", ["/people add"]), ("周敏", ["/assign times health"]),
        ("周敏", ["/people leave 1008"]),
    ):  # fmt: skip
        for ask in asks:
            world.says(who, ask)
        assert "未能识别" not in world.says(who, words), who
        assert "⚠️" not in world.last(who).text
        assert "未能识别" in world.says(who, "某某") or "没有名为" in world.last(who).text, (asks, words)
    assert world.records() == before


@pytest.mark.parametrize("words", ["取消。", "Cancel!", "／cancel", "/取消"])
def test_cancel_ends_a_form_in_every_shape(world: World, words: str) -> None:
    world.taps("李梅", "有情况")
    assert "请于10:00前报送" in world.says("李梅", words)


def test_cancel_with_nothing_to_cancel_says_so(world: World) -> None:
    assert world.says("李梅", "取消") == "没有可以取消的操作。"
    assert world.says("李梅", "/cancel") == "没有可以取消的操作。"


def test_a_mistyped_command_is_no_reason_for_leave(world: World) -> None:
    world.says("李梅", "请假 明天")
    assert "未能识别" in world.says("李梅", "/staus")
    assert not [it for it in world.chat("王建国") if "请假" in it.text]


@pytest.mark.parametrize("words", ["1", "１", "①", "(1)", "1.", "١", "一", "第一个", "有。"])
def test_an_answer_is_picked_by_its_number_in_every_script(world: World, words: str) -> None:
    world.taps("李梅", "有情况")
    world.says("李梅", "٣٧٫٥")
    assert "地点" in world.says("李梅", words)
