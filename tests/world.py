"""A small organisation in one process, for conversations: who says what, what stands on whose phone."""

import html
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session, select

from bot.clock import Clock
from bot.desk import Desk
from handlers import sweep
from handlers.turn import House, Incoming
from models import addresses, assignments, cards, periods, roster, versions
from models.addresses import Address
from models.calendars import Times
from models.cards import Content
from models.database import Database
from models.people import Person, Unit, unit_at
from models.periods import Period

ZONE = ZoneInfo("Asia/Shanghai")
MONDAY = date(2026, 11, 23)
ROSTER = """staff_no,name,unit,role,kind,reporter,locale
1001,陈局,区局,lead,,,
1002,周敏,区局,admin,,,
1003,王建国,区局/一站,lead,,,
1004,张伟,区局/一站,,,,
1005,李梅,区局/一站,,,,
1006,Ann Lee,区局/一站,,,,en
2001,刘大爷,区局/一站,,ward,1004,
2002,孙阿姨,区局/一站,,ward,1004,
1007,赵强,区局/二站,lead,,,
1008,钱丽,区局/二站,,,,
1008,钱丽,区局/防疫专班,,,,
1004,张伟,区局/防疫专班,,,,
1001,陈局,区局/防疫专班,lead,,,
"""
HEALTH = """code: health
title: {zh: 每日健康, en: Daily health}
about: persons
statement: {zh: 本人及同住家人无发热、无接触史。, en: Nobody in my home has a fever or a contact.}
questions:
  - {name: temperature, type: decimal, label: {zh: 体温, en: Temperature}, required: true,
     constraint: 34 <= temperature <= 43, constraint_message: {zh: 体温应在34到43之间。, en: Between 34 and 43.}}
  - {name: contact, type: select_one, label: {zh: 接触史, en: Contact}, required: true,
     choices: [{name: "yes", label: {zh: 有, en: "Yes"}}, {name: "no", label: {zh: 无, en: "No"}}]}
  - {name: place, type: text, label: {zh: 地点, en: Place}, relevant: "contact == 'yes'", required: true}
  - {name: remark, type: text, label: {zh: 备注, en: Remark}}
indicators:
  - {name: fever, label: {zh: 发热, en: Fever}, count: temperature >= 37.3}
"""
DELIVERY = """code: delivery
title: {zh: 配送, en: Delivery}
about: units
statement: {zh: 今日无配送任务。, en: No deliveries today.}
questions:
  - {name: ordered, type: integer, label: {zh: 订单, en: Ordered}, required: true}
  - {name: delivered, type: integer, label: {zh: 送达, en: Delivered}, required: true}
indicators:
  - {name: arrival_rate, label: {zh: 到货率, en: Arrival rate}, value: delivered / ordered, format: percent}
"""


@dataclass
class Bubble:
    """One message as it stands on a phone."""

    id: str
    content: Content
    born: datetime
    kind: str
    lane: str
    edits: int = 0
    gone: bool = False

    @property
    def text(self) -> str:
        return html.unescape(re.sub(r"<[^>]+>", "", self.content.text))

    @property
    def labels(self) -> list[str]:
        return [b.label for row in self.content.buttons for b in row]


class TestClock(Clock):
    __test__ = False

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


@dataclass
class World:
    """Time passes only when told to; every minute of it the clock ticks and messages are delivered."""

    database: Database
    house: House = field(default_factory=House)
    clock: TestClock = field(default_factory=lambda: TestClock(datetime(2026, 11, 23, 7, 0, tzinfo=ZONE)))

    def __post_init__(self) -> None:
        self.desk = Desk(self.database, self.house, self.clock, None)  # type: ignore[arg-type]
        self.phones: dict[str, list[Bubble]] = {}
        self.updates = 0
        self.messages = 0
        self.broken: Counter[str] = Counter()

    def organisation(self, text: str = ROSTER, *, enrolled: str | None = None, groups: bool = True) -> None:
        """Imports a roster; everybody with a chat is enrolled, or those whose numbers are listed."""
        with self.database.writing() as session:
            roster.take(session, roster.read(text.encode()))
            now = self.clock.now()
            for person in session.exec(select(Person).where(Person.kind == "staff")).all():
                if enrolled is None or person.staff_no in enrolled.split():
                    addresses.enrol(session, person, "web", person.staff_no, person.staff_no, now)
            for unit in session.exec(select(Unit)).all() if groups else []:
                chat = f"group {unit.name}"
                session.add(Address(channel="web", account=chat, chat=chat, unit_id=unit.id, since=now, used_at=now))

    def assign(self, form: str = HEALTH, unit: str = "区局", calendar: str = "daily", **times: object) -> None:
        name_silent = bool(times.pop("name_silent", False))
        with self.database.writing() as session:
            version, _ = versions.store(session, form, self.clock.now())
            assignments.assign(
                session, version, unit_at(session, unit), self.clock.now(), calendar=calendar,
                times=Times.make(**times), timezone="Asia/Shanghai", name_silent=name_silent,  # type: ignore[arg-type]
            )  # fmt: skip

    # time

    def local(self, wall: str, day: date | None = None) -> datetime:
        hours, minutes = wall.split(":")
        base = day or self.clock.now().astimezone(ZONE).date()
        return datetime(base.year, base.month, base.day, int(hours), int(minutes), tzinfo=ZONE)

    def at(self, wall: str, day: date | None = None) -> "World":
        """Lets time pass, minute by minute, until then."""
        until = self.local(wall, day)
        while self.clock.at < until:
            self.clock.at = min(self.clock.at + timedelta(minutes=1), until)
            self.tick()
        self.clock.at += timedelta(seconds=45)  # a wave has left its :00 by then
        self.deliver()
        return self

    def sleep_until(self, wall: str, day: date | None = None) -> "World":
        """The program is down until then."""
        self.clock.at = self.local(wall, day)
        self.tick()
        self.clock.at += timedelta(seconds=45)
        self.deliver()
        return self

    def tick(self) -> None:
        while self.desk.transact(self._work):
            pass
        self.deliver()

    def _work(self, session: Session, now: datetime) -> bool:
        return (
            sweep.beat(session, now) is not None
            or sweep.open_next(session, self.house, now)
            or sweep.take_step(session, self.house, now)
            or sweep.rewrite_stale(session, self.house, now)
        )

    def deliver(self) -> None:
        while self.desk.transact(self._deliver):
            pass

    def _deliver(self, session: Session, now: datetime) -> int:
        claimed = cards.claim(session, now, ["web"])
        for card, address in claimed:
            phone = self.phones.setdefault(address.chat, [])
            standing = next((b for b in phone if b.id == card.message), None)
            content = session.get_one(cards.Words, card.wanted_id).content if card.wanted_id else None
            if content is None:
                if standing:
                    standing.gone = True
                cards.note_shown(session, card.id, None, None, now)
                continue
            if standing and not standing.gone:
                standing.content, standing.edits = content, standing.edits + 1
            else:
                self.messages += 1
                standing = Bubble(str(self.messages), content, now, card.kind, card.lane)
                phone.append(standing)
            cards.note_shown(session, card.id, card.wanted_id, standing.id, now)
        return len(claimed)

    # people

    def number(self, who: str) -> str:
        with self.database.reading() as session:
            person = session.exec(select(Person).where(Person.name == who)).first()
        return person.staff_no if person else who

    def chat(self, who: str) -> list[Bubble]:
        """What stands on somebody's phone, or in a group, the newest last."""
        return [b for b in self.phones.get(self.number(who), []) if not b.gone]

    def last(self, who: str) -> Bubble:
        return self.chat(who)[-1]

    def incoming(self, who: str, **what: object) -> Incoming:
        self.updates += 1
        chat = str(what.pop("chat", self.number(who)))
        return Incoming(
            channel="web", bot="web", update=str(what.pop("update", self.updates)), account=self.number(who),
            chat=chat, private=chat == self.number(who), at=self.clock.now(), **what,  # type: ignore[arg-type]
        )  # fmt: skip

    def hand_in(self, incoming: Incoming) -> str | None:
        self.clock.at += timedelta(seconds=1)
        answer = self.desk.transact(lambda session, now: self.desk.handle(session, now, incoming))
        self.deliver()
        return answer.text if answer else None

    def says(self, who: str, text: str, **what: object) -> str:
        """Somebody types; what comes back is the newest message they then see."""
        self.hand_in(self.incoming(who, text=text, **what))
        return self.last(who).text if self.chat(who) else ""

    def taps(self, who: str, label: str, bubble: Bubble | None = None) -> str | None:
        """Somebody taps a button by (a part of) its label, on the newest message that has it; the toast comes back."""
        found = [bubble] if bubble else [b for b in self.chat(who) if any(label in x for x in b.labels)]
        assert found, f"{who} sees no button {label!r}: {[b.labels for b in self.chat(who)]}"
        button = next(b for row in found[-1].content.buttons for b in row if label in b.label)
        return self.hand_in(self.incoming(who, data=button.data, message=found[-1].id))

    # records

    def period(self, session: Session, code: str = "health", day: date = MONDAY) -> Period:
        return periods.of_day(session, day, assignments.by_code(session, code))[0]

    def unasked(self, who: str, day: date = MONDAY) -> list[Bubble]:
        return [
            b for b in self.phones.get(self.number(who), [])
            if b.lane == "b" and b.born.astimezone(ZONE).date() == day
        ]  # fmt: skip


def utc(wall: str) -> datetime:
    return datetime.fromisoformat(wall).replace(tzinfo=ZONE).astimezone(UTC)
