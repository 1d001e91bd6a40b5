"""What somebody sent, or answered in words, is erased; that it was there stays, and everything still verifies."""

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlmodel import SQLModel, select

from models.core.errors import Refusal
from models.cycle.places import place_of
from models.evidence import erasures, verification
from models.files.attachments import Attachment
from models.forms import versions
from models.organisation import people
from models.organisation.units import root
from models.rounds import attempts, rounds
from models.rounds.attempts import QuizAttempt
from models.rounds.audience import Audience
from models.rounds.replies import Reply
from models.rounds.rounds import Asks, Round, RoundKind, RoundVersion
from tests.handlers.rounds.test_notice import begin
from tests.handlers.rounds.test_survey import send as send_survey
from tests.handlers.rounds.test_survey_databases import tell
from tests.support.world import World

ON_PHONES = {"stored_content", "message"}  # what stands there, and what is kept of it for a while (docs/evidence.md)
pytestmark = [pytest.mark.world(begin=begin)]


def erase(world: World, staff_no: str, named: str) -> int:
    """Erase as `zeroreport erase` does; return how many versions there were."""
    with world.database.writing() as session:
        found = erasures.written(session, people.find_person(session, staff_no), named, None)
        for it in found:
            erasures.erase(session, it, "cli", "本人要求", world.clock.now())
    return len(found)


def verified(world: World, secret: str, erased: int) -> None:
    """Check that everything verifies and that no record holds the secret any more."""
    with world.database.reading() as session:
        verdict = verification.verify(session)
        assert (verdict.differs, verdict.erased) == ([], erased)
        for table in SQLModel.metadata.tables.keys() - ON_PHONES:
            assert secret not in str(session.execute(text(f'SELECT * FROM "{table}"')).all()), table


def test_a_notice_is_erased_with_its_files_and_each_of_its_versions(world: World) -> None:
    world.says("周敏", "/notice 张三身份证号110101")
    world.sends("周敏", "证件.jpg")
    for tap in ("一站", "全体人员", "确认已阅", "18:00", "📨 发送"):
        world.taps("周敏", tap, world.last("周敏"))
    world.at("8:00")
    world.taps("李梅", "已阅")
    with pytest.raises(Refusal, match="unknown"):
        erase(world, "1003", "notice:1")
    with pytest.raises(Refusal, match="unknown"):
        erase(world, "1002", "survey:1")
    assert erase(world, "1002", "notice:1") == 1
    verified(world, "110101", 1)
    with world.database.reading() as session:
        (version,) = session.exec(select(RoundVersion)).all()
        assert (version.words, version.files) == ("", [])
        assert session.exec(select(Attachment)).all() == []
        assert [it.number for it in session.exec(select(Reply)).all()].count(1) == 1  # who read it stays
    with pytest.raises(Refusal, match="erased"):
        erase(world, "1002", "NOTICE 1")
    world.says("周敏", "/notice 1")
    assert "1/4" in world.last("周敏").text
    assert "110101" not in world.last("周敏").text


def test_what_was_answered_in_words_is_erased_and_what_is_counted_stays(world: World) -> None:
    send_survey(world, "周敏", "区局", "全体人员", "实名", "11月24日 18:00")
    tell(world, "李梅", "110101家的口罩")
    tell(world, "张伟", "蔬菜")
    assert erase(world, "1005", "survey:1") == 1
    verified(world, "110101", 1)
    world.says("周敏", "/survey 1")
    said = world.last("周敏").text
    assert "断货：2" in said
    assert "蔬菜" in said
    assert "110101" not in said


QUIZ = """code: notes
title: {zh: 岗前问答, en: Questions}
about: persons
statement: {zh: 无, en: None}
pass_mark: 1
questions:
  - {name: hands, type: integer, label: {zh: 洗手几秒, en: Seconds}, score: value == 20}
  - {name: why, type: text, label: {zh: 为什么, en: Why}, score: value != ''}
"""


def test_what_was_answered_in_words_in_a_quiz_is_erased_of_every_attempt(world: World) -> None:
    now = world.clock.now()
    with world.database.writing() as session:
        top, person = root(session), people.find_person(session, "1005")
        assert top is not None
        form, _ = versions.store(session, QUIZ, now)
        made = Round(
            kind=RoundKind.SURVEY, unit_id=top.id, by=1, made_at=now, audience=Audience((top.id,)).stored(),
            asks=Asks.QUIZ, form_id=form.id, timezone="Asia/Shanghai",
        )  # fmt: skip
        due = now + timedelta(days=1)
        it = rounds.begin(
            session, made, RoundVersion(round_id=0, number=1, words="问答", due_at=due, by=1, at=now), now
        )
        reply = Reply(round_id=it.id, person_id=person.id, place_id=place_of(session, top).id, told=1)
        session.add(reply)
        session.flush()
        for answers in ({"hands": 3, "why": "110101说的"}, {"hands": 20, "why": "110101教的"}):
            attempts.begin(session, it, reply, now)
            attempts.finish(session, it, reply, answers, now)
    verified(world, "没有人写过", 0)
    assert erase(world, "1005", "survey:1") == 1
    verified(world, "110101", 1)
    with world.database.reading() as session:
        assert [it.answers for it in session.exec(select(QuizAttempt).order_by(QuizAttempt.id)).all()] == [
            {"hands": 3}, {"hands": 20}
        ]  # fmt: skip
