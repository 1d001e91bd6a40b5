"""Two organisations, each with its program, and the wire between them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlmodel import Session, select

from handlers.handup import incoming, outgoing
from handlers.handup.outgoing import Letter
from models.handup import hand_ups, handed_up, messages, partners, requests, signing, told
from models.handup.hand_ups import HandUp, Outcome
from models.handup.handed_up import HandedUp
from models.handup.messages import Message
from models.handup.partners import Partner
from models.organisation.people import Person
from models.organisation.units import Unit
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


def decides(pair: Pair, tap: str = "✅ 同意", who: str = "市长") -> str:
    """Let somebody above decide the request that arrived last, and send the decision; return the toast."""
    pair.above.taps(who, tap)
    assert "发送批复" in " ".join(pair.above.last(who).labels)
    return pair.above.taps(who, "发送批复") or ""


def begin(world: World) -> None:
    """Play the morning of who hands up."""
    world.organisation()
    world.assign(HEALTH)
    world.at("7:30")


def plant(session: Session, unit: Unit, by: int, now: datetime) -> tuple[Partner, HandedUp]:
    """Let another program have handed a day up to this unit, which has handed one up itself; return the partner below
    and what it handed up."""
    person, key = session.get_one(Person, by), signing.new_key()
    below, code = partners.invite(session, unit, ADDRESS, person, now)
    below.name, below.key, below.state, below.confirmed_by = "一县", signing.public(key), "confirmed", by
    above = partners.join(session, unit, replace(code, ident=code.ident[::-1]), person, now)
    above.name, above.key, above.state = "云溪市", signing.public(key), "confirmed"
    body = {
        "day": now.date().isoformat(), "task": "health", "title": {"zh": "每日健康"}, "about": "persons",
        "unit": "一县", "version": 1, "figures": dict.fromkeys(told.COUNTS, 0), "indicators": [], "units": [],
        "units_left_out": 0, "checked_at": None, "locked": False, "seal": None,
    }  # fmt: skip
    sent = hand_ups.make(session, above, "day", body, person, now)
    hand_ups.end(session, sent, Outcome.RECEIVED, now, receipt={"message": "{}", "signature": ""})
    came = messages.read(Message(below.ident, "day", 1, now, code.fingerprint, body).written(key))
    assert came
    taken = handed_up.keep(session, below, came, {"taken_at": now.isoformat(), "seal": None}, now)
    asked = {"receipt": "7K3M9", "unit": "一县", "words": "拟开放东门"}
    requests.take(session, below, 2, asked, now)
    return below, taken
