"""Two organisations, each with its program, and the wire between them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlmodel import select

from handlers.handup import incoming, outgoing
from handlers.handup.outgoing import Letter
from models.handup.hand_ups import HandUp
from models.handup.handed_up import HandedUp
from models.handup.partners import Partner
from tests.support.world import HEALTH, World

CITY = """staff_no,name,unit,role,kind,reporter,locale
9001,市长,云溪市,lead,,,
9002,于敏,云溪市,admin,,,
"""
ADDRESS = "https://city.example"


@dataclass
class Pair:
    """`below` hands up to `above`."""

    above: World
    below: World

    def carry(self, *, lost: bool = False, times: int = 1) -> list[bytes]:
        """Carry what waits from below to above and the answers back, unless these are lost."""
        answers = []
        for _ in range(times):
            letter = self.letter()
            if letter is None:
                break
            status, data = self.take(letter.data)
            answers.append(data)
            if not lost:
                self.note(letter, status, data)
        return answers

    def letter(self) -> Letter | None:
        below = self.below
        return below.desk.transact(lambda session, now: outgoing.next_one(below.desk.context(session, now)))

    def take(self, data: bytes) -> tuple[int, bytes]:
        above = self.above
        answered = above.desk.transact(lambda session, now: incoming.take(above.desk.context(session, now), data))
        above.deliver()
        return answered

    def note(self, letter: Letter, status: int, data: bytes, fault: str = "") -> None:
        below = self.below
        below.desk.transact(
            lambda session, now: outgoing.noted(below.desk.context(session, now), letter, status, data, fault)
        )
        below.deliver()

    def later(self, **gap: float) -> None:
        """Let time pass for both."""
        for world in (self.above, self.below):
            world.clock.at += timedelta(**gap)

    def connect(self) -> None:
        """Exchange keys, and confirm on both sides."""
        code = next(it for it in self.above.says("于敏", "上报 邀请").splitlines() if it.startswith("https://"))
        self.below.says("周敏", f"上报 接入 {code}")
        self.below.taps("周敏", "对接")
        self.carry()
        self.above.taps("于敏", "确认")

    def hand_up(self) -> None:
        """Check today's figures, and hand them up."""
        self.below.says("陈局", "核对 区局")
        self.below.taps("陈局", "核对无误")
        self.below.says("陈局", "上报 区局")
        self.below.taps("陈局", "上报")

    @property
    def sent(self) -> list[HandUp]:
        return rows(self.below, lambda: select(HandUp).order_by(HandUp.id))  # type: ignore[arg-type]

    @property
    def taken(self) -> list[HandedUp]:
        return rows(self.above, lambda: select(HandedUp).where(HandedUp.kind == "day").order_by(HandedUp.id))  # type: ignore[arg-type]

    def partner(self, world: World) -> Partner:
        return rows(world, lambda: select(Partner))[0]


def rows(world: World, question: Callable[[], object]) -> list:  # type: ignore[type-arg]
    with world.database.reading() as session:
        found = list(session.exec(question()).all())  # type: ignore[call-overload]
        session.expunge_all()
    return found


def begin(world: World) -> None:
    """Play the morning of who hands up."""
    world.organisation()
    world.assign(HEALTH)
    world.at("7:30")
