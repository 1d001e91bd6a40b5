"""A list that has no limit of its own comes a page at a time, each page one message on every channel (docs/rules.md
12.9)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from bot.channels.telegram import text
from bot.channels.wecom import content
from models.absence.deputies import Deputy
from models.duty.secondments import Secondment, Stage
from models.handup import signing
from models.handup.handed_up import HandedUp
from models.handup.partners import Partner, State
from models.organisation import people
from models.organisation.people import Kind, Membership, Person
from models.organisation.units import Unit
from models.questions import topics
from tests.support.world import MONDAY, World

pytestmark = pytest.mark.sqlite
KEY = signing.public(signing.new_key())
NUMBER, CHIEF, ADMIN = 200, "陈局", "周敏"
Fill = Callable[[Session, World], None]


def crowd(session: Session) -> tuple[list[Person], Unit, Unit]:
    """Return people, their unit and another one."""
    home, other = (people.home(session, people.find_person(session, it)) for it in ("李梅", "钱丽"))
    found = [Person(staff_no=f"9{n:03}", name=f"欧阳明{n:03}", kind=Kind.STAFF) for n in range(NUMBER)]
    session.add_all(found)
    session.flush()
    session.add_all(Membership(person_id=it.id, unit_id=home.id, home=True) for it in found)
    return found, home, other


def secondments(session: Session, world: World) -> None:
    found, home, other = crowd(session)
    first, last = MONDAY + timedelta(days=3), MONDAY + timedelta(days=30)
    session.add_all(
        Secondment(person_id=it.id, unit_id=other.id, home_id=home.id, first=first, last=last, by=1, at=world.clock.at,
                   made_at=world.clock.at, state=Stage.ASKED)
        for it in found
    )  # fmt: skip


def deputies(session: Session, world: World) -> None:
    found, home, _ = crowd(session)
    last = MONDAY + timedelta(days=30)
    session.add_all(
        Deputy(person_id=it.id, deputy_id=found[n - 1].id, unit_id=home.id, first=MONDAY, last=last, by=1,
               at=world.clock.at)
        for n, it in enumerate(found)
    )  # fmt: skip


def about(session: Session, world: World) -> None:
    top = session.exec(select(Unit).where(Unit.path == "区局")).one()
    some = crowd(session)[0][:3]
    topics.MOST, before = NUMBER, topics.MOST
    for n in range(NUMBER):
        topics.put(session, top, f"防护物资和消毒{n}", some, world.clock.at)
    topics.MOST = before


def partners(session: Session, world: World) -> None:
    top = session.exec(select(Unit).where(Unit.path == "区局")).one()
    for n in range(NUMBER):
        session.add(
            Partner(ident=f"P{n}", side="below", unit_id=top.id, name=f"云溪区城北街道{n}", key=KEY, by=1,
                    state=State.CONFIRMED, at=world.clock.at)
        )  # fmt: skip


def handed(session: Session, world: World) -> None:
    partners(session, world)
    session.flush()
    body = {"title": {"zh": "每日健康"}, "figures": {"received": 53, "expected": 58}}
    session.add_all(
        HandedUp(partner_id=it.id, number=1, kind="day", digest="d", day=MONDAY, version=1, body=body, said="",
                 signature="", receipt={}, at=world.clock.at)
        for it in session.exec(select(Partner)).all()
    )  # fmt: skip


LISTS = [
    pytest.param(CHIEF, "下沉", secondments, 8, id="secondments"),
    pytest.param(CHIEF, "代理", deputies, 8, id="deputies"),
    pytest.param(ADMIN, "话题", about, 8, id="topics"),
    pytest.param(ADMIN, "上报 对接", partners, 4, id="partners"),
    pytest.param(CHIEF, "上报 收到", handed, 8, id="handed up"),
]


@pytest.mark.parametrize(("who", "command", "fill", "size"), LISTS)
def test_two_hundred_lines_come_a_page_at_a_time_and_each_is_one_message_everywhere(
    world: World, who: str, command: str, fill: Fill, size: int
) -> None:
    with world.database.writing() as session:
        fill(session, world)
    world.says(who, command)
    bubble = next(it for it in reversed(world.chat(who)) if "共200项" in it.text)
    pages, last = 1, f"第{NUMBER - size + 1}–{NUMBER}项，共{NUMBER}项"
    assert f"第1–{size}项，共{NUMBER}项" in bubble.text
    assert not any("上一页" in it for it in bubble.labels)
    while last not in bubble.text:
        fits(world, bubble.content)
        world.taps(who, "下一页", bubble)
        bubble = next(it for it in reversed(world.chat(who)) if "共200项" in it.text)
        pages += 1
    assert pages == NUMBER // size
    assert not any("下一页" in it for it in bubble.labels)
    world.taps(who, "上一页", bubble)
    assert f"第{NUMBER - 2 * size + 1}–" in world.last(who).text


def fits(world: World, shown: content.Content) -> None:
    with world.database.reading() as session:
        words = world.desk.context(session, world.clock.at).words_for(people.find_person(session, CHIEF))
        assert len(content.text_messages(content.menu(shown, words))) == 1
        assert len(text.split(shown.text)) == 1


@pytest.mark.parametrize(("who", "command", "fill", "size"), LISTS)
def test_a_short_list_has_no_pages(world: World, who: str, command: str, fill: Fill, size: int) -> None:
    assert "项，共" not in world.says(who, command)


def test_a_page_that_the_list_no_longer_reaches_is_its_last_one(world: World) -> None:
    with world.database.writing() as session:
        secondments(session, world)
    world.forges(CHIEF, "second.page.999")
    assert "第193–200项，共200项" in world.last(CHIEF).text
    world.says(CHIEF, "/language en")
    assert "1–8 of 200" in world.says(CHIEF, "/second")
    assert [it for it in world.last(CHIEF).labels if "Next page" in it]
