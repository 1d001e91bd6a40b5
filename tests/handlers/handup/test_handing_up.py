"""Two programs hand up to each other: once, signed, in order, and never a person's name."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from handlers.core import qr_codes
from handlers.exports import list_files
from handlers.handup.incoming import UNKNOWN
from models.core.errors import Refusal
from models.evidence import verification
from models.files.blobs import data_of
from models.handup import messages, partners, signing
from models.handup.messages import Message
from models.handup.partners import Code
from tests.support.admins import file_of
from tests.support.filling import fill_health
from tests.support.handing_up import Pair, begin
from tests.support.world import World

pytestmark = pytest.mark.world(begin=begin)
ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


def sound(world: World) -> None:
    with world.database.reading() as session:
        assert verification.verify(session).differs == []


def signed(pair: Pair, **changed: object) -> bytes:
    """Return the waiting message with something changed in it, signed as its program would."""
    letter = pair.letter()
    assert letter
    came = messages.read(letter.data)
    assert came
    with pair.below.database.writing() as session:
        key = partners.own_key(session, pair.partner(pair.below))
    return replace(came.message, **changed).written(key)  # type: ignore[arg-type]


def test_a_checked_day_goes_up_and_its_signed_receipt_comes_back(pair: Pair) -> None:
    pair.connect()
    fill_health(pair.below, "张伟", "38.1")
    pair.hand_up()
    assert "正在报送" in pair.below.last("陈局").text
    pair.carry()
    assert "已收到，签名回执已保存" in pair.below.last("陈局").text
    it = pair.taken[0]
    assert (it.body["unit"], it.body["figures"]["received"], it.body["figures"]["filled"]) == ("区局", 1, 1)
    assert [unit["name"] for unit in it.body["units"]] == ["一站", "二站"]
    assert "区局" in pair.above.says("市长", "上报 收到")
    opened = pair.above.taps("市长", "区局 每日健康") or pair.above.last("市长").text
    opened = pair.above.last("市长").text
    assert "发热1" in opened
    assert "一站：1/6" in opened
    receipt = messages.read(json.dumps(pair.sent[-1].receipt).encode())
    assert receipt
    assert receipt.signed_by(pair.partner(pair.below).key)
    sound(pair.below)
    sound(pair.above)


@ON_SQLITE
def test_no_name_of_a_person_goes_up(pair: Pair) -> None:
    pair.connect()
    fill_health(pair.below, "张伟", "38.1", "有")
    pair.hand_up()
    letter = pair.letter()
    assert letter
    said = letter.data.decode()
    assert [name for name in ("陈局", "周敏", "王建国", "张伟", "李梅", "刘大爷", "家里", "1004") if name in said] == []


@ON_SQLITE
def test_a_lost_answer_is_given_again_and_nothing_is_taken_twice(pair: Pair) -> None:
    pair.connect()
    pair.hand_up()
    first = pair.carry(lost=True)
    pair.later(seconds=30)
    again = pair.carry()
    assert len(pair.taken) == 1
    bodies = [messages.read(it) for it in (*first, *again)]
    assert bodies[0]
    assert bodies[1]
    assert bodies[0].message.body == bodies[1].message.body
    assert pair.sent[-1].state == "received"


@ON_SQLITE
def test_who_hands_up_without_having_checked_is_asked_to(pair: Pair) -> None:
    pair.connect()
    pair.below.says("陈局", "上报 区局")
    assert "请先核对数据" in pair.below.last("陈局").text
    assert not any("上报云溪市" in it for it in pair.below.last("陈局").labels)
    with pair.below.database.reading() as session:
        period, unit = pair.below.report("张伟", "health").period_id, 1
        del session
    pair.below.forges("陈局", f"handup.send.{period}.{unit}.5")
    assert [it.kind for it in pair.sent] == ["join"]


@ON_SQLITE
def test_figures_are_checked_where_they_go_up_and_only_as_they_were_shown(pair: Pair) -> None:
    pair.connect()
    pair.below.says("陈局", "上报 区局")
    shown = pair.below.last("陈局")
    fill_health(pair.below, "张伟", "38.1")
    assert "数字已有变化" in (pair.below.taps("陈局", "核对无误", shown) or "")
    assert not any("上报云溪市" in it for it in pair.below.last("陈局").labels)
    pair.below.taps("陈局", "核对无误")
    pair.below.taps("陈局", "上报云溪市")
    pair.carry()
    assert [it.body["figures"]["filled"] for it in pair.taken] == [1]


@ON_SQLITE
def test_the_directors_message_hands_the_checked_figures_up_by_one_tap(pair: Pair) -> None:
    pair.connect()
    pair.below.at("10:25")
    pair.above.clock.at = pair.below.clock.at
    assert "⬆️ 上报" not in pair.below.last("陈局").labels
    pair.below.taps("陈局", "核对无误")
    pair.below.taps("陈局", "⬆️ 上报")
    pair.carry()
    assert [it.body["unit"] for it in pair.taken] == ["区局"]


@ON_SQLITE
def test_a_replayed_message_changes_nothing(pair: Pair) -> None:
    pair.connect()
    pair.hand_up()
    letter = pair.letter()
    assert letter
    pair.carry()
    before = (pair.taken, pair.partner(pair.above).seen)
    pair.take(letter.data)
    assert (pair.taken, pair.partner(pair.above).seen) == before
    pair.later(minutes=11)
    status, answer = pair.take(letter.data)
    refused = messages.read(answer)
    assert refused
    assert (status, refused.message.body["why"]) == (200, "clock")


@ON_SQLITE
def test_other_figures_under_a_taken_number_are_refused(pair: Pair) -> None:
    pair.connect()
    pair.hand_up()
    other = signed(pair, body={**pair.sent[-1].body, "unit": "别处"})
    pair.carry()
    refused = messages.read(pair.take(other)[1])
    assert refused
    assert refused.message.body["why"] == "number"
    assert pair.taken[0].body["unit"] == "区局"


@ON_SQLITE
def test_a_forged_message_gets_the_answer_of_an_unknown_one(pair: Pair) -> None:
    pair.connect()
    pair.hand_up()
    letter = pair.letter()
    assert letter
    came = messages.read(letter.data)
    assert came
    forged = came.message.written(signing.new_key())
    unknown = replace(came.message, partner="0" * 32).written(signing.new_key())
    other = replace(came.message, to="AAAA-" * 4 + "AAAA").written(signing.new_key())
    assert [pair.take(it) for it in (forged, unknown, other, b"{}", b"\xff", b'{"message":5}')] == [UNKNOWN] * 6
    assert pair.taken == []


@ON_SQLITE
@pytest.mark.parametrize("minutes", [-10, 10])
def test_a_clock_off_by_ten_minutes_is_tolerated(pair: Pair, minutes: int) -> None:
    pair.connect()
    pair.hand_up()
    pair.above.clock.at = pair.below.clock.at + timedelta(minutes=minutes, seconds=-1 if minutes > 0 else 1)
    pair.carry()
    assert pair.sent[-1].state == "received"


@ON_SQLITE
def test_a_clock_further_off_is_refused_in_words_and_tried_again_when_it_is_right(pair: Pair) -> None:
    pair.connect()
    pair.hand_up()
    pair.above.clock.at += timedelta(minutes=12)
    pair.carry()
    assert "时钟相差超过10分钟" in pair.below.last("陈局").text
    assert pair.taken == []
    pair.below.clock.at += timedelta(minutes=12)
    pair.carry()
    assert pair.sent[-1].state == "received"


@ON_SQLITE
@pytest.mark.parametrize(("version", "said"), [(0, "上级系统版本较旧"), (2, "本系统版本低于上级系统")])
def test_another_version_is_refused_politely(pair: Pair, version: int, said: str) -> None:
    pair.connect()
    pair.hand_up()
    letter = pair.letter()
    assert letter
    status, data = pair.take(signed(pair, protocol=3))
    assert (status, json.loads(data)) == (426, {"refused": "protocol", "speaks": [1]})
    pair.note(letter, 426, json.dumps({"refused": "protocol", "speaks": [version]}).encode())
    assert said in pair.below.last("陈局").text
    assert pair.sent[-1].state == "waiting"


@ON_SQLITE
def test_what_is_handed_up_before_the_superior_confirmed_waits_for_it(pair: Pair) -> None:
    code = next(it for it in pair.above.says("于敏", "上报 邀请").splitlines() if it.startswith("https://"))
    pair.below.says("周敏", f"上报 接入 {code}")
    assert partners.read_code(code).fingerprint in pair.below.last("周敏").text
    pair.below.taps("周敏", "对接")
    pair.carry()
    mine = signing.fingerprint(pair.partner(pair.above).key or "")
    assert mine in pair.below.last("周敏").text
    assert mine in pair.above.last("于敏").text
    pair.hand_up()
    pair.carry()
    assert "上级管理员尚未确认对接" in pair.below.last("陈局").text
    pair.above.taps("于敏", "确认")
    pair.later(minutes=1)
    pair.carry()
    assert pair.sent[-1].state == "received"


@ON_SQLITE
def test_an_invitation_works_once_and_for_a_day(pair: Pair) -> None:
    pair.connect()
    spent = pair.partner(pair.above)
    assert (spent.secret, spent.state) == (None, "confirmed")
    code = next(it for it in pair.above.says("于敏", "上报 邀请").splitlines() if it.startswith("https://"))
    told = partners.read_code(code)
    key = signing.new_key()
    body = {"secret": told.secret, "key": signing.public(key), "name": "别处"}
    pair.later(hours=25)
    join = Message(told.ident, "join", 1, pair.above.clock.now(), told.fingerprint, body)
    assert pair.take(join.written(key)) == UNKNOWN


@ON_SQLITE
def test_figures_that_changed_go_up_as_a_correction(pair: Pair) -> None:
    pair.connect()
    pair.hand_up()
    pair.carry()
    pair.below.taps("李梅", "零报告")
    pair.hand_up()
    pair.carry()
    assert [(it.version, it.body["figures"]["received"]) for it in pair.taken] == [(1, 0), (2, 1)]
    assert "第1次更正" in pair.above.says("市长", "上报 收到")


@ON_SQLITE
def test_both_sides_may_change_their_keys(pair: Pair) -> None:
    pair.connect()
    pair.hand_up()
    pair.carry()
    keys = (pair.partner(pair.above).key, pair.partner(pair.below).key)
    pair.below.says("周敏", "上报 对接")
    pair.below.taps("周敏", "更换密钥")
    pair.carry(lost=True)
    pair.later(minutes=1)
    pair.carry()
    pair.above.says("于敏", "上报 对接")
    pair.above.taps("于敏", "更换密钥")
    for who in ("李梅", "张伟"):
        pair.below.taps(who, "零报告")
        pair.hand_up()
        pair.carry()
    assert [it.state for it in pair.sent] == ["received"] * 5
    assert pair.partner(pair.above).key != keys[0]
    assert pair.partner(pair.below).key != keys[1]


@ON_SQLITE
def test_a_connection_ended_above_is_told_below(pair: Pair) -> None:
    pair.connect()
    pair.above.says("于敏", "上报 对接")
    pair.above.taps("于敏", "解除")
    pair.above.taps("于敏", "解除")
    pair.hand_up()
    pair.carry()
    assert pair.partner(pair.below).state == "withdrawn"
    assert "对接已解除" in pair.below.last("陈局").text
    assert pair.taken == []


@ON_SQLITE
def test_a_connection_ended_below_is_told_above(pair: Pair) -> None:
    pair.connect()
    pair.below.says("周敏", "上报 对接")
    pair.below.taps("周敏", "解除")
    pair.below.taps("周敏", "解除")
    pair.carry()
    assert [pair.partner(it).state for it in (pair.above, pair.below)] == ["withdrawn", "withdrawn"]
    assert "已解除与云溪市的对接" in pair.above.last("于敏").text


@ON_SQLITE
def test_what_never_arrives_is_given_up_after_a_day_and_said(pair: Pair) -> None:
    pair.connect()
    pair.hand_up()
    for _ in range(300):
        if (letter := pair.letter()) is not None:
            pair.note(letter, 0, b"", "away")
        pair.below.clock.at += timedelta(minutes=10)
    assert pair.sent[-1].state == "given_up"
    assert pair.sent[-1].tries < 200
    assert "已停止重试" in pair.below.last("陈局").text


@ON_SQLITE
def test_an_answer_that_the_superior_did_not_sign_is_no_receipt(pair: Pair) -> None:
    pair.connect()
    pair.hand_up()
    letter = pair.letter()
    assert letter
    status, data = pair.take(letter.data)
    came = messages.read(data)
    assert came
    pair.note(letter, status, came.message.written(signing.new_key()))
    assert "答复未经上级签名" in pair.below.last("陈局").text
    assert pair.sent[-1].state == "waiting"


@pytest.mark.parametrize(
    "address",
    [
        "http://city.example",
        "https://a@city.example",
        "ftp://city.example",
        "https://city.example?x=1",
        "//city",
        "https://",
    ],
)
def test_only_https_addresses_are_called(address: str) -> None:
    with pytest.raises(Refusal, match=r"handup\.no_(code|address)"):
        partners.read_code(invitation(address))


def invitation(address: str) -> str:
    """Return an invitation as a program at this address would sign it."""
    key = signing.new_key()
    code = Code(address, "0" * 32, "a" * 32, datetime(2026, 11, 24, tzinfo=UTC), signing.public(key))
    return replace(code, signature=signing.sign(key, code.said)).written


def test_an_invitation_in_which_anything_was_changed_is_refused_when_it_is_pasted() -> None:
    good, other = invitation("https://city.example"), invitation("https://town.example")
    assert partners.read_code(good).address == "https://city.example"
    head, _, tail = good.partition("#")
    forged = [
        good.replace("city.example", "evil.example"), good.replace("a" * 32, "b" * 32), good[:-1],
        other.partition("#")[0] + "#" + tail, head + "#" + other.partition("#")[2], good.replace(".17", ".18", 1),
    ]  # fmt: skip
    for it in forged:
        with pytest.raises(Refusal, match=r"handup\.no_code"):
            partners.read_code(it)


@ON_SQLITE
def test_the_invitation_comes_as_a_qr_code_that_says_the_same(pair: Pair) -> None:
    code = next(it for it in pair.above.says("于敏", "上报 邀请").splitlines() if it.startswith("https://"))
    file = pair.above.last("于敏").content.file
    assert file
    with pair.above.database.reading() as session:
        assert data_of(session, file.digest) == qr_codes.picture(code)


@ON_SQLITE
def test_an_invitation_that_expired_or_was_used_is_refused_in_words(pair: Pair) -> None:
    code = next(it for it in pair.above.says("于敏", "上报 邀请").splitlines() if it.startswith("https://"))
    pair.later(hours=24)
    assert "邀请有效期至" in pair.below.says("周敏", f"上报 接入 {code}")
    pair.connect()
    told = [line for it in pair.above.chat("于敏") for line in it.text.splitlines() if line.startswith("https://")]
    pair.below.says("周敏", "上报 对接")
    pair.below.taps("周敏", "解除")
    pair.below.taps("周敏", "解除")
    pair.carry()
    assert "该对接码已在本系统使用过" in pair.below.says("周敏", f"上报 接入 {told[-1]}")


@ON_SQLITE
def test_the_export_has_what_went_up_and_what_came_in_each_for_whose_it_is(pair: Pair) -> None:
    pair.connect()
    pair.hand_up()
    pair.carry()
    assert "上报记录1份" in pair.below.says("陈局", "导出 上报")
    assert "上报记录1份" in pair.above.says("市长", "导出 上报")
    assert "上报记录0份" in pair.below.says("赵强", "导出 上报")


@ON_SQLITE
def test_the_evening_report_and_system_say_who_waits_and_what_is_wrong(pair: Pair) -> None:
    code = next(it for it in pair.above.says("于敏", "上报 邀请").splitlines() if it.startswith("https://"))
    pair.below.says("周敏", f"上报 接入 {code}")
    pair.below.taps("周敏", "对接")
    letter = pair.letter()
    assert letter
    pair.note(letter, 0, b"", "away")
    assert "无法连接上级系统" in pair.below.says("周敏", "系统")
    pair.later(minutes=1)
    pair.carry()
    assert "区局申请上报，待您确认" in pair.above.says("于敏", "系统")
    pair.below.at("20:01")
    pair.above.at("20:01")
    assert any("区局申请上报，待您确认：" in it.text for it in pair.above.chat("于敏") if it.kind == "notice")


@ON_SQLITE
@pytest.mark.parametrize("verb", ["invite", "join abc", "partners"])
def test_whoever_is_no_admin_hears_who_connects_programs(pair: Pair, verb: str) -> None:
    assert "仅限管理员" in pair.below.says("王建国", f"/handup {verb}")


def test_a_long_export_says_what_a_short_one_says(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    pair.connect()
    pair.hand_up()
    pair.carry()
    for world, who in ((pair.below, "陈局"), (pair.above, "市长")):
        monkeypatch.setattr(list_files, "AT_ONCE", 1000)
        world.says(who, "导出 上报 csv")
        short = file_of(world, who)
        monkeypatch.setattr(list_files, "AT_ONCE", 0)
        assert "完成后文件将发到这里" in world.says(who, "导出 上报 csv")
        world.does_errands()
        assert file_of(world, who) == short
        assert len(short) == 2
