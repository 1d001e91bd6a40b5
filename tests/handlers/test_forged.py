"""Buttons nobody was shown: whatever they carry, it is no fault of ours, and reads nothing out."""

from dataclasses import replace
from random import Random

import pytest
from sqlmodel import select

from handlers.core.access import MEMBER
from handlers.registry import ROUTES
from models.core.faults import Fault
from models.messaging.cards import Card
from models.organisation import people
from models.organisation.people import Membership, Role
from tests.handlers.another_station import begin, numbers_of
from tests.support.world import TUESDAY, World

SHAPES = (  # each with every button
    "", ".", "..", ".-1", ".0", ".999999999", ".9999999999", ".99999999999999999999", ".1.", "..1", ".1..1", ".abc",
    ".1.abc", ".１", ".²", ".①.١", ".1e5", ".0x1", ".None", ".1.1.1.1.1.1.1", "." + "1" * 60, ".\x00", ".' OR 1=1",
    ".1.2026-11-24", ".739000.1", ".1.1.abc", ".20261399", ".99999999", ".1.99999999.1", ".1.739000.999999999",
)  # fmt: skip
TRIES = 8  # of each button with numbers that are somebody's, by each
SECRETS = ("钱丽", "赵强", "1008", "仓库起火", "手术", "电话确认", "fire.jpg", "smoke.jpg")


pytestmark = [pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True), pytest.mark.world(begin=begin)]


def _tap_all(world: World, who: str, told: list[str]) -> list[str]:
    """Tap them one after another in one transaction; return the toasts."""
    taps = [world.incoming(who, data=data, message="1") for data in told]
    answers = world.desk.transact(lambda session, now: [world.desk.handle(session, now, it) for it in taps])
    world.deliver()
    return [answer.text if answer else "" for answer in answers]


def _faults(world: World) -> list[tuple[str, str]]:
    with world.database.reading() as session:
        return [(f.what, f.place) for f in session.exec(select(Fault)).all()]


def _arity(action: str) -> int:
    return len(ROUTES.buttons[action].arguments)


@pytest.mark.parametrize("who", ["李梅", "周敏"])
def test_a_button_of_whatever_shape_is_no_fault(world: World, who: str) -> None:
    for action in (*ROUTES.buttons, "", "zz", "💥", "Z", "__class__"):
        _tap_all(world, who, [f"{action}{shape}" for shape in SHAPES])
        assert _faults(world) == [], action


@pytest.mark.parametrize("who", ["王建国", "冯静", "周敏"])
def test_a_button_with_other_peoples_numbers_is_no_fault_and_reads_nothing_out(world: World, who: str) -> None:
    """Each button with numbers of everything there is, whosever and of whatever kind they are."""
    numbers = numbers_of(world)
    with world.database.reading() as session:
        known = sorted({*numbers.values(), *(people.find_person(session, name).id for name in ("赵强", "陈局"))})
    random = Random(14)
    for action in ROUTES.buttons:
        phone = len(world.chat(who))
        told = [f"{action}.{n}" for n in known] if _arity(action) == 1 else []
        told += [".".join([action, *(str(random.choice(known)) for _ in range(_arity(action)))]) for _ in range(TRIES)]
        toasts = _tap_all(world, who, told)
        if who == "周敏":
            continue  # an admin of the whole: nothing is somebody else's
        shown = world.chat(who)[phone:]
        told_out = "\n".join([*toasts, *(b.text for b in shown), *(label for b in shown for label in b.labels)])
        assert not [words for words in SECRETS if words in told_out], (action, told_out)
    assert _faults(world) == []


def test_a_lead_makes_nobody_a_deputy_by_a_number_they_were_not_shown(world: World) -> None:
    with world.database.reading() as session:
        foreign = people.find_person(session, "钱丽").id
    day = f"{TUESDAY:%Y%m%d}"
    for data in (f"deputy.who.{foreign}", f"deputy.days.{foreign}.{day}.1"):
        assert "这个按钮" in (world.forges("王建国", data) or ""), data
    assert "钱丽" not in "".join(b.text for b in world.chat("王建国"))
    world.says("王建国", "/deputy 钱丽")
    world.taps("王建国", "今天")
    assert "钱丽代理王建国" in world.last("王建国").text, "whom one names oneself is shown, and counts"


def test_a_fault_that_comes_again_is_told_once_an_hour_with_a_count(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def breaks(*_: object) -> None:
        raise RuntimeError("a bug")

    def breaks_elsewhere(*_: object) -> None:
        raise RuntimeError("another")

    for name, run in (("report.keep", breaks), ("report.zero_over", breaks_elsewhere)):
        monkeypatch.setitem(ROUTES.buttons, name, replace(ROUTES.buttons[name], run=run))
    before = len(world.chat("周敏"))
    for _ in range(51):
        world.forges("李梅", "report.keep.1")
    world.until(world.clock.at.replace(second=0, microsecond=0).replace(minute=world.clock.at.minute + 1))
    (notice,) = world.chat("周敏")[before:]
    assert "本小时内出错51次" in notice.text
    world.forges("李梅", "report.zero_over.1")
    assert len(world.chat("周敏")) == before + 2, "another fault is another"
    with world.database.reading() as session:
        assert len({f.number for f in session.exec(select(Fault)).all()}) > 1
    world.clock.at = world.local("9:01", TUESDAY)
    world.forges("李梅", "report.keep.1")
    assert len(world.chat("周敏")) == before + 3, "an hour later it is told again"


def test_a_role_that_is_lost_takes_its_buttons_along(world: World) -> None:
    world.says("王建国", "/team")
    with world.database.writing() as session:
        lead = people.find_person(session, "王建国")
        held = session.exec(select(Membership).where(Membership.person_id == lead.id)).one()
        held.role = Role.MEMBER
        session.add(held)
    leads = [action for action, it in ROUTES.buttons.items() if it.role != MEMBER]
    with world.database.reading() as session:
        count = len(session.exec(select(Card)).all())
    assert all("这个按钮" in toast for toast in _tap_all(world, "王建国", [f"{a}.1" for a in leads]))
    with world.database.reading() as session:
        assert len(session.exec(select(Card)).all()) == count
