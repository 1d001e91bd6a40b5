"""Play days with everything in them on which a figure may depend: what tests of the evidence change, remove
and insert."""

from datetime import date, datetime, timedelta

from sqlmodel import Session, select

from handlers.core import bundled
from models.alerts.tellings import Telling
from models.calls import calls
from models.calls.calls import Outcome
from models.changes.planned import Planned
from models.cycle.places import place_of
from models.duty import making, rotas, secondments, shifts, swaps
from models.duty.rotas import Line
from models.evidence import erasures
from models.forms import versions
from models.organisation import people
from models.organisation.people import Person
from models.organisation.units import Unit, root, unit_at
from models.reporting.revisions import Revision
from models.rounds import attempts, ballots, links, rounds
from models.rounds.audience import Audience
from models.rounds.replies import Reply
from models.rounds.rounds import Asks, Round, RoundKind, RoundVersion, Stage
from tests.support.filling import fill_health
from tests.support.handing_up import plant
from tests.support.world import DELIVERY, HEALTH, World

TUESDAY, WEDNESDAY = date(2026, 11, 24), date(2026, 11, 25)
TOTAL = HEALTH.replace("count: temperature >= 37.3", "count: temperature >= 37.3, total: true")
FORM = f"""{TOTAL}alerts:
  - {{name: fever, when: temperature >= 37.3, level: red, minutes: 15, label: {{zh: "体温", en: "fever"}}}}
"""


def play(world: World) -> World:
    """Play zeros, forms, a ward, a photo, an alert, an incident, a question, a runbook, proxy, a notice, leave, a late
    report, sign-offs, corrections, a reopening, an erasure, moved units, an anonymous survey, a quiz, a hand-up;
    the first day is locked, the second closed, the third open."""
    world.organisation()
    world.assign(FORM)
    world.assign(DELIVERY)
    world.at("7:30")
    _morning(world)
    world.at("10:10")
    _late(world)
    world.at("7:30", TUESDAY)
    _second_day(world)
    world.at("12:30", TUESDAY)
    world.says("周敏", "/reopen 孙阿姨 昨天 手机坏了")
    world.taps("周敏", "确认")
    world.forges("张伟", f"wards.uncontacted.{world.report('孙阿姨').id}")
    world.at("12:01", WEDNESDAY)
    with world.database.writing() as session:
        now = world.clock.now()
        session.add(Planned(what="people.move", arguments={}, day=now.date(), at=now, by=1, made_at=now, done_at=now))
        for it in (session.exec(select(Revision).where(Revision.reason != None)).first(), _added(session)):  # noqa: E711
            assert it is not None
            erasures.erase(session, it, "1002", "本人要求", now)
        _survey(session, now)
        _duty(session, now)
        _call(session, now)
        plant(session, session.get_one(Unit, 1), 1, now)
        _quiz(session, now)
    return world


def _survey(session: Session, now: datetime) -> None:
    """Hold an anonymous survey that five have answered, and end it; let somebody unknown answer a named one."""
    top = root(session)
    assert top is not None
    form, _ = versions.store(session, bundled.source("stock"), now)
    it, named = (_asked(session, top, form.id, now, anonymous=anonymous) for anonymous in (True, False))
    place = place_of(session, top).id
    given = {"days": 3, "level": "right", "masks": "enough"}
    for person in session.exec(select(Person).where(Person.kind == "staff").limit(ballots.FEWEST)).all():
        session.add(Reply(round_id=it.id, person_id=person.id, place_id=place, told=1, number=1))
        ballots.put(session, it, place, given, "key")
    links.take_open(session, named, given, "a browser", now, "")
    session.flush()
    while not ballots.open_next(session, it, "key"):
        pass
    for one in (it, named):
        one.cursor, one.next_at, one.stage, one.ended = 0, None, Stage.DONE, True  # as the clock leaves it
        session.add(one)


def _asked(session: Session, top: Unit, form_id: int, now: datetime, *, anonymous: bool) -> Round:
    made = Round(
        kind=RoundKind.SURVEY, unit_id=top.id, by=1, made_at=now, audience=Audience((top.id,)).stored(),
        asks=Asks.FORM, form_id=form_id, anonymous=anonymous, timezone="Asia/Shanghai",
    )  # fmt: skip
    due = now + timedelta(days=1)
    it = rounds.begin(session, made, RoundVersion(round_id=0, number=1, words="库存", due_at=due, by=1, at=now), now)
    it.next_at = due
    return it


def _duty(session: Session, now: datetime) -> None:
    """Make a shift, a swap that is asked, and a secondment."""
    unit, (first, second) = unit_at(session, "区局/二站"), (people.find_person(session, it) for it in ("1007", "1008"))
    line = Line("白班", tuple(range(7)), 480, 1200, 1, (first.id,))
    rota = rotas.replace(session, unit, [line], 1, now.date(), "Asia/Shanghai", now, place=True)
    while rota.next_at == now:
        making.make_day(session, rota, now)
    swaps.ask(session, shifts.of_person(session, first, now, 1)[0][0], second, None, now)
    boss, day = people.find_person(session, "1002"), now.date() + timedelta(days=9)
    secondments.propose(session, boss, second, unit_at(session, "区局"), (day, day), now.date(), now, "Asia/Shanghai")


def _call(session: Session, now: datetime) -> None:
    """Put a call on record that reached nobody."""
    ward, by = (people.find_person(session, it) for it in ("2001", "1004"))
    calls.file(session, ward, by, Outcome.MISSED, now.date(), now, 3)


def _quiz(session: Session, now: datetime) -> None:
    """Hold a quiz that two fail and then pass."""
    top = root(session)
    assert top is not None
    form, _ = versions.store(session, bundled.source("training"), now)
    made = Round(
        kind=RoundKind.SURVEY, unit_id=top.id, by=1, made_at=now, audience=Audience((top.id,)).stored(),
        asks=Asks.QUIZ, form_id=form.id, timezone="Asia/Shanghai", stage=Stage.OPEN,
    )  # fmt: skip
    due = now + timedelta(days=2)
    it = rounds.begin(session, made, RoundVersion(round_id=0, number=1, words="测验", due_at=due, by=1, at=now), now)
    it.next_at = due
    place = place_of(session, top).id
    for person in session.exec(select(Person).where(Person.kind == "staff").limit(2)).all():
        reply = Reply(round_id=it.id, person_id=person.id, place_id=place, told=1)
        session.add(reply)
        session.flush()
        right = {"fever": "report", "mask": "four", "handover": ["place", "call", "distance"], "hands": 20}
        for answers in ({"fever": "work"}, right):
            attempts.begin(session, it, reply, now)
            attempts.finish(session, it, reply, answers, now)


def _added(session: object) -> Telling | None:
    return session.exec(select(Telling).where(Telling.number == 2)).first()  # type: ignore[attr-defined, no-any-return]


def _morning(world: World) -> None:
    world.taps("李梅", "零报告")
    fill_health(world, "李梅", "36.5", begin="修改")
    fill_health(world, "张伟", "38.2")
    world.taps("王建国", "我来处理")
    world.taps("王建国", "处理完毕")
    world.sends("张伟", "腿.jpg", caption="摔了一跤")
    world.taps("张伟", "📎 每日健康")
    world.forges("张伟", f"wards.uncontacted.{world.report('刘大爷').id}")
    world.says("王建国", "代报 1006 零报告 电话确认")
    world.taps("王建国", "确认代报", world.last("王建国"))
    world.says("钱丽", "/leave 2d 就医")
    world.taps("赵强", "同意")
    world.says("张伟", "突发 仓库起火")
    world.taps("张伟", "上报")
    world.taps("张伟", "补充")
    world.says("张伟", "消防已到")
    world.taps("张伟", "确认补充") if "确认补充" in str(world.last("张伟").labels) else None
    world.says("周敏", "/topic set 物资: 1007")
    world.taps("周敏", "确认")
    world.says("李梅", "提问 口罩在哪里领")
    world.taps("李梅", "发送问题")
    world.taps("王建国", "答复")
    world.says("王建国", "在仓库")
    world.taps("王建国", "发布到答疑")
    world.taps("王建国", "📢 发布")
    world.says("王建国", "/deputy 1005 11-24 11-25")
    world.says("王建国", "催办")
    world.taps("王建国", "是，提醒")
    world.forges("赵强", f"report.zero_of.{world.report('区局/二站', 'delivery').id}")
    world.says("周敏", "/runbook new 停水 @区局/二站\n通知 | 负责人 | 30分钟 | 照片\n检查 | 负责人 | 1小时")
    world.taps("周敏", "保存")
    world.says("周敏", "/runbook start 停水")
    world.taps("周敏", "立即启动")
    world.taps("赵强", "附照片")
    world.sends("赵强", "通知.jpg", caption="已张贴")
    world.taps("赵强", "✅ 已完成")
    world.says("王建国", "/notice")
    world.sends("王建国", "图.jpg", caption="今日停水")
    for tap in ("一站", "全体人员", "会议报名"):
        world.taps("王建国", tap, world.last("王建国"))
    world.says("王建国", "11-24 14:30 三楼")
    for tap in ("18:00", "发送"):
        world.taps("王建国", tap, world.last("王建国"))
    world.at("7:35")
    world.taps("李梅", "请假", next(b for b in reversed(world.chat("李梅")) if "今日停水" in b.text))
    _things(world)
    world.taps("李梅", "参会", next(b for b in reversed(world.chat("李梅")) if "今日停水" in b.text))


def _things(world: World) -> None:
    """Set up two stores, buy with a bill, hand out to one and to each, confirm, take back, count, reverse; send
    something to the other store, which it reaches, is reversed, refused and on the way; collect money and goods, and
    spend some."""
    world.says("周敏", "/supplies item 口罩 个 100")
    world.says("周敏", "/supplies store 区局仓库")
    world.says("周敏", "/supplies keeper 1005")
    world.says("李梅", "/supplies bought 口罩 200 1200.50 药店")
    world.sends("李梅", "票.jpg")
    world.taps("李梅", "登记")
    for words in ("out 口罩 张伟 3", "each 口罩 一站 10", "count 口罩 150", "off 口罩 2 破损"):
        world.says("李梅", f"/supplies {words}")
        world.taps("李梅", "登记")
    world.tick()
    world.taps("张伟", "签收")
    world.says("李梅", "/supplies undo 4 数错了")
    world.taps("李梅", "登记")
    world.taps("李梅", "收回未签收")
    world.says("李梅", "无人领取")
    world.taps("李梅", "登记")
    _transfers(world)
    world.says("周敏", "/donations new 支援武汉 12-10")
    for words in ("money 1 500.50 1004", "money 1 20 匿名", "goods 1 #1 @1 50", "spent 1 100.25 口罩"):
        world.says("周敏", f"/donations {words}")
        if words.startswith("goods"):
            world.says("周敏", "某公司")
        world.taps("周敏", "登记")
    world.says("周敏", "/donations undo 2 重复")
    world.taps("周敏", "登记")
    world.says("周敏", '/honours award 区局/一站 "先进集体" reason=处置及时')
    world.taps("周敏", "授予荣誉", world.last("周敏"))
    world.says("周敏", "/honours undo 1 重复")
    world.says("周敏", "/donations close 1")
    world.taps("周敏", "🏁 结束")


def _transfers(world: World) -> None:
    world.says("周敏", "/supplies store 备用仓库")
    world.says("周敏", "/supplies keeper @2 1005")
    for n, tap in enumerate(("签收入库", "拒收并退回", "")):
        world.says("李梅", "/supplies transfer 口罩 区局仓库 备用仓库 5")
        world.taps("李梅", "登记")
        if tap:
            world.taps("李梅", tap, next(b for b in reversed(world.chat("李梅")) if tap in " ".join(b.labels)))
        if n == 0:
            number = world.says("李梅", "/supplies log").split("号")[0].split()[-1]
            world.says("李梅", f"/supplies undo {number} 调错了")
            world.taps("李梅", "登记")
        if n == 1:
            world.says("李梅", "包装破损")


def _late(world: World) -> None:
    world.taps("王建国", "核对无误", next(b for b in reversed(world.chat("王建国")) if " 66.7%" in b.text))
    world.taps("赵强", "零报告")
    world.says("周敏", "/calendar 11-26 rest")
    world.taps("周敏", "确认")
    world.says("周敏", "/export template")
    world.taps("周敏", "改用红头")
    world.taps("周敏", "确认")
    world.says("周敏", "/unit rename 区局/一站 北站")
    world.taps("周敏", "确认")


def _second_day(world: World) -> None:
    world.taps("李梅", "零报告")
