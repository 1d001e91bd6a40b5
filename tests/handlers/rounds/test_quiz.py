"""A quiz: a survey whose answers have scores; every answer is final, attempts are counted, who passes gets a
certificate (docs/rules.md 31)."""

from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlmodel import select

from models.conversations.drafts import Draft
from models.files import blobs
from models.forms import passes
from models.organisation.people import Person
from models.rounds import attempts
from models.rounds.attempts import QuizAttempt
from models.rounds.replies import Reply
from models.rounds.rounds import Round
from tests.support.phones import Bubble
from tests.support.world import TUESDAY, World


def begin(world: World) -> None:
    world.organisation()
    world.at("7:30")


pytestmark = [pytest.mark.sqlite, pytest.mark.world(begin=begin)]
QUIZ = "🎓 配送队岗前培训测验"
START = "✏️ 开始测验"


def send(world: World, *taps: str, who: str = "周敏") -> None:
    """Write a quiz by taps, and send it: it never asks whether it is to be anonymous."""
    world.says(who, "/survey")
    for tap in (QUIZ, *(taps or ("区局", "全体人员", "11月24日 18:00")), "发送"):
        world.taps(who, tap, world.last(who))
    world.at("8:00")


def take(world: World, who: str, start: str = START, *, right: bool = True, seconds: str = "20") -> None:
    """Answer all questions: 10 points if they are right, 6 if not."""
    world.taps(who, start)
    wrong = ("戴好口罩照常配送", "一整天")
    for tap in ("不上岗，立即报告队长", "4 小时") if right else wrong:
        world.taps(who, tap)
    for tap in ("放在约定地点", "电话告知收货人", "相距 1 米以上", "选好了", "每趟返回后"):
        world.taps(who, tap)
    world.says(who, seconds)


def shown(world: World, who: str) -> Bubble:
    """Return the quiz's message: the certificate, and what is asked now, come below it."""
    return next(it for it in reversed(world.chat(who)) if "【测验】" in it.text or "[Quiz]" in it.text)


def held(world: World, number: str) -> Reply:
    with world.database.reading() as session:
        person = session.exec(select(Person).where(Person.staff_no == number)).one()
        return session.exec(select(Reply).where(Reply.person_id == person.id)).one()


def attempts_of(world: World, number: str) -> list[tuple[int, int | None, bool | None]]:
    reply = held(world, number)
    with world.database.reading() as session:
        found = session.exec(select(QuizAttempt).where(QuizAttempt.reply_id == reply.id)).all()
        return [(it.number, it.score, it.passed) for it in found]


def test_a_quiz_says_its_terms_and_what_is_right_only_after_each_answer(world: World) -> None:
    send(world)
    message = world.last("李梅").text
    assert "及格8分，满分10分" in message and "3次" in message and "实名" in message
    world.taps("李梅", START)
    assert "37.3" not in world.last("李梅").text
    world.taps("李梅", "戴好口罩照常配送", world.last("李梅"))
    said = world.last("李梅").text
    assert "回答错误" in said and "正确答案：不上岗，立即报告队长" in said
    assert "口罩不能代替休息和报告。" in said and "37.3℃" in said
    assert "4 小时更换" not in said and "2/5" in said
    world.taps("李梅", "4 小时", world.last("李梅"))
    assert "回答正确" in world.last("李梅").text and "正确答案" not in world.last("李梅").text


def test_a_certificate_is_in_the_language_that_its_holder_chooses(world: World) -> None:
    send(world)
    take(world, "李梅")
    world.says("李梅", "/language en")
    world.deliver()
    told = [bubble.text for bubble in world.chat("李梅")]
    assert sum("[Certificate]" in text for text in told) == 1 and not any("【合格证书】" in text for text in told)


def test_who_passes_sees_the_points_and_gets_the_certificate_once(world: World) -> None:
    send(world)
    take(world, "李梅")
    said = shown(world, "李梅")
    assert "10分，满分10分。已通过" in said.text and "还可作答" not in said.text
    assert "【合格证书】" in world.last("李梅").text
    assert not any("再答一次" in label for label in said.labels)  # all points: nothing to better
    world.deliver()
    assert sum("【合格证书】" in bubble.text for bubble in world.chat("李梅")) == 1
    reply = held(world, "1005")
    assert (reply.score, reply.answer) == (10, 0) and reply.passed_at is not None
    with world.database.reading() as session:
        li, zhang = (session.exec(select(Person).where(Person.staff_no == it)).one() for it in ("1005", "1004"))
        assert passes.passed(session, li, "training") and not passes.passed(session, zhang, "training")
        assert not passes.passed(session, li, "health")
        assert session.exec(select(Draft)).all() == []
    world.taps("李梅", "合格证书")
    assert "【合格证书】李梅（1005）" in world.last("李梅").text


def test_a_quiz_in_english_is_taken_by_typing_too(world: World) -> None:
    send(world)
    assert "pass mark 8 of 10 points" in world.last("Ann Lee").text
    world.taps("Ann Lee", "Start the quiz")
    for words in ("2", "4 hours", "1, 2", "1", "90"):
        world.says("Ann Lee", words)
        said = world.last("Ann Lee").text if words != "90" else shown(world, "Ann Lee").text
        assert ("Partly right" in said) == (words == "1, 2")  # 2 points of 3
    assert "Not right" in said  # 90 seconds
    assert "Attempt 1 of 3: 8 of 10 points. Passed." in said and "2 attempts left" in said
    assert any("[Certificate]" in bubble.text for bubble in world.chat("Ann Lee"))


def test_the_best_attempt_counts_and_no_more_than_allowed_are_taken(world: World) -> None:
    send(world)
    take(world, "李梅", right=False)
    said = shown(world, "李梅")
    assert "6分，满分10分" in said.text and "未通过：及格8分" in said.text and "还可作答2次" in said.text
    assert "合格证书" not in " ".join(said.labels)
    assert "尚未通过" in (world.forges("李梅", "notices.certificate.1") or "")
    take(world, "李梅", "再答一次", seconds="5")
    assert "9分，满分10分" in shown(world, "李梅").text and "已通过" in shown(world, "李梅").text
    take(world, "李梅", "再答一次", right=False)
    said = shown(world, "李梅")
    assert "取最好成绩：9分" in said.text and "作答次数已用完" in said.text
    assert not any("再答" in label or "开始" in label for label in said.labels)
    assert "已用完" in (world.forges("李梅", "answer.quiz.1.4") or "")
    assert attempts_of(world, "1005") == [(1, 6, False), (2, 9, True), (3, 6, False)]
    assert held(world, "1005").score == 9
    assert sum("【合格证书】" in bubble.text for bubble in world.chat("李梅")) == 1


def test_an_answer_is_final_whatever_is_tapped_or_typed(world: World) -> None:
    send(world)
    world.taps("李梅", START)
    first = world.button("李梅", "戴好口罩照常配送", world.last("李梅"))[0].data
    world.taps("李梅", "戴好口罩照常配送", world.last("李梅"))
    world.forges("李梅", first)  # the same tap twice
    draft, revision = (int(it) for it in first.split(".")[2:4])
    for forged in (
        f"answer.choose.{draft}.{revision + 1}.0.1", f"answer.jump.{draft}.{revision + 1}.0",
        f"answer.back.{draft}.{revision + 1}", f"answer.cancel.{draft}.{revision + 1}",
        f"answer.submit.{draft}.{revision + 1}",
    ):  # fmt: skip
        world.forges("李梅", forged)
    for word in ("返回", "取消"):
        world.says("李梅", word)
        assert "不能更改" in world.last("李梅").text
    with world.database.reading() as session:
        assert session.exec(select(Draft)).one().answers == {"fever": "work"}
    assert attempts_of(world, "1005") == [(1, None, None)]


def test_an_attempt_goes_on_after_a_restart_and_on_another_screen_and_is_one(world: World) -> None:
    send(world)
    old = world.button("李梅", START)[0].data
    world.taps("李梅", START)
    world.taps("李梅", "不上岗，立即报告队长", world.last("李梅"))
    again = world.beside()
    again.forges("李梅", old)  # the first message, on the other phone
    assert "2/5" in again.last("李梅").text
    with world.database.reading() as session:
        assert session.exec(select(Draft)).one().answers == {"fever": "report"}
    for tap in ("4 小时", "放在约定地点", "电话告知收货人", "相距 1 米以上", "选好了", "每趟返回后"):
        again.taps("李梅", tap, again.last("李梅"))
    again.says("李梅", "20")
    again.forges("李梅", old)  # an old button begins no second attempt
    assert attempts_of(world, "1005") == [(1, 10, True)]


def test_what_is_half_answered_at_the_end_counts_as_it_is(world: World) -> None:
    send(world, "一站", "全体人员", "18:00")
    world.taps("李梅", START)
    for tap in ("不上岗，立即报告队长", "4 小时"):
        world.taps("李梅", tap, world.last("李梅"))
    world.at("18:05")
    assert attempts_of(world, "1005") == [(1, 4, False)]
    assert "已结束" in (world.forges("李梅", "answer.quiz.1.2") or "")
    assert not any("再答" in label or "继续" in label for bubble in world.chat("李梅") for label in bubble.labels)


def test_the_sender_and_leads_see_who_passed_by_unit_and_groups_only_counts(world: World) -> None:
    send(world, "区局", "全体人员", "18:00")
    take(world, "李梅")
    take(world, "张伟", right=False)
    world.says("周敏", "/survey 1")
    said = world.last("周敏").text
    assert "通过1/8 · 未通过1人 · 未参加6人" in said
    assert "未通过（1）：张伟" in said and "一站 1/4" in said
    assert "上岗前测得体温 37.5℃，应怎么做？：50%" in said
    world.says("赵强", "/survey 1")
    assert "张伟" not in world.last("赵强").text and "通过0/2" in world.last("赵强").text
    assert "无权" in world.says("李梅", "/survey 1") or "负责人" in world.says("李梅", "/survey 1")
    world.at("18:05")
    line = world.last("group 区局").text
    assert "通过1/8" in line and "张伟" not in line


def test_how_somebody_s_attempts_came_about_is_in_the_ledger(world: World) -> None:
    send(world)
    take(world, "李梅", right=False)
    world.says("王建国", "/survey 1 李梅")
    said = world.last("王建国").text
    assert "开始第1次作答" in said and "第1次作答：6分，满分10分，未通过" in said and "台账" in said
    assert "李梅" in world.says("赵强", "/survey 1 李梅")
    assert "6分" not in world.last("赵强").text


def test_a_quiz_is_never_anonymous(world: World) -> None:
    world.says("周敏", "/survey")
    world.taps("周敏", QUIZ, world.last("周敏"))
    pending = world.button("周敏", "区局", world.last("周敏"))[0].data.split(".")[2]
    world.forges("周敏", f"survey.named.{pending}.anonymous")
    for tap in ("区局", "全体人员", "11月24日 18:00", "发送"):
        world.taps("周敏", tap, world.last("周敏"))
    with world.database.reading() as session:
        it = session.exec(select(Round)).one()
        assert (it.asks, it.anonymous) == ("quiz", False)


def test_a_notice_asks_for_a_quiz_below_its_text(world: World) -> None:
    world.says("周敏", "/notice 配送队明日上岗，请先完成测验。")
    for tap in ("一站", "全体人员", "参加测验", "配送队岗前培训测验", "11月24日 18:00", "发送"):
        world.taps("周敏", tap, world.last("周敏"))
    world.at("8:00")
    assert "配送队明日上岗" in world.last("李梅").text and "及格8分" in world.last("李梅").text
    take(world, "李梅")
    said = world.chat("李梅")[-2].text  # above the certificate
    assert "已通过" in said and "配送队明日上岗" in said
    world.says("周敏", "/notice 1")
    assert "通过1/4 · 未参加3人" in world.last("周敏").text
    assert "不能修改" in (world.forges("周敏", "notices.change.1") or "")
    world.at("18:30", TUESDAY)
    assert any("未参加测验" in bubble.text and "张伟" in bubble.text for bubble in world.chat("王建国"))


def test_a_withdrawn_quiz_takes_nothing_and_what_was_passed_stays_passed(world: World) -> None:
    send(world)
    take(world, "李梅")
    world.taps("张伟", START)
    world.says("周敏", "/survey 1")
    world.taps("周敏", "撤回", world.last("周敏"))
    world.taps("周敏", "撤回", world.last("周敏"))
    world.at("8:30")
    assert "已撤回" in (world.forges("张伟", "answer.quiz.1.1") or "")
    assert attempts_of(world, "1004") == [(1, None, None)]
    with world.database.reading() as session:
        li = session.exec(select(Person).where(Person.staff_no == "1005")).one()
        assert passes.passed(session, li, "training")


def test_who_is_on_leave_owes_no_quiz_and_one_taken_nevertheless_counts(world: World) -> None:
    send(world)
    world.says("周敏", "/excuse 李梅 今天 病假")
    if "确认" in " ".join(world.last("周敏").labels):
        world.taps("周敏", "确认", world.last("周敏"))
    world.says("周敏", "/survey 1")
    assert "请假1人" in world.last("周敏").text
    take(world, "李梅")
    world.says("周敏", "/survey 1")
    assert "通过1/8" in world.last("周敏").text


def test_a_stranger_to_the_quiz_and_a_preview_are_refused(world: World) -> None:
    send(world, "一站", "全体人员", "11月24日 18:00")
    assert "无权" in (world.forges("钱丽", "answer.quiz.1.1") or "")
    assert "无权" in (world.forges("钱丽", "notices.certificate.1") or "")
    assert "无权" in (world.forges("李梅", "answer.survey.1") or "")
    assert "预览" in (world.forges("李梅", "answer.quiz.0.1") or "")


def test_the_file_has_everybody_and_the_share_of_right_answers(world: World) -> None:
    send(world, "一站", "全体人员", "11月24日 18:00")
    take(world, "李梅")
    take(world, "张伟", right=False)
    world.says("周敏", "/survey 1")
    world.taps("周敏", "Excel", world.last("周敏"))
    file = world.last("周敏").content.file
    assert file
    with world.database.reading() as session:
        book = load_workbook(BytesIO(blobs.data_of(session, file.digest)))
    people = {row[2]: row for row in book["答卷"].iter_rows(values_only=True)}
    assert people["李梅"][3:6] == ("通过", 10, 1) and people["张伟"][3:6] == ("未通过", 6, 1)
    assert people["Ann Lee"][3:6] == ("未参加", None, 0)
    assert ("区局/一站", 1, 1, 2, 0) in [row[:5] for row in book["各单位通过情况"].iter_rows(values_only=True)]
    assert any(row[1:4] == ("回答正确", 1, 0.5) for row in book["结果"].iter_rows(values_only=True))


def test_the_certificate_is_sent_again_from_the_history(world: World) -> None:
    send(world)
    take(world, "李梅")
    world.says("李梅", "/history")
    assert "配送队岗前培训测验：" in world.last("李梅").text
    world.taps("李梅", "🎓 配送队岗前培训测验", world.last("李梅"))
    assert "【合格证书】" in world.last("李梅").text


def test_what_is_answered_now_counts_though_an_earlier_attempt_lost_its_answers(world: World) -> None:
    send(world)
    world.taps("李梅", START)
    with world.database.writing() as session:
        session.delete(session.exec(select(Draft)).one())
        it, attempt = session.exec(select(Round)).one(), session.exec(select(QuizAttempt)).one()
        reply = session.get_one(Reply, attempt.reply_id)
        attempts.begin(session, it, reply, world.clock.now())
        assert attempts.finish(session, it, reply, {}, world.clock.now())
    with world.database.reading() as session:
        found = session.exec(select(QuizAttempt).order_by(QuizAttempt.number)).all()
        assert [(it.number, it.score) for it in found] == [(1, None), (2, 0)]
