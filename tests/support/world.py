"""Play conversations with a small organisation in one process: who says what, and what everybody's phone shows."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import IO, Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from bot.clock import Clock
from bot.desk import Desk
from bot.lease import Lease
from bot.workers.child import Stopped
from bot.workers.documents import Documents
from bot.workers.job_child import NO_ROOM, full
from bot.workers.job_kinds import KINDS
from bot.workers.jobs import Jobs
from handlers import sweep
from handlers.core.context import Defaults
from handlers.core.incoming import Answer, Incoming
from handlers.cycle.outages import LONGEST_GAP
from handlers.registry import ROUTES
from handlers.summaries import digests
from models.changes import roster_import
from models.core.database import ask
from models.cycle import assignment_changes
from models.files import blobs
from models.forms import versions
from models.messaging import cards, contents, delivery_queue, enrolment
from models.messaging.addresses import Address
from models.messaging.cards import Card
from models.messaging.contents import Button
from models.messaging.delivery_queue import Shown
from models.organisation.people import Person
from models.organisation.units import Unit, unit_at
from models.time.times import Times
from tests.support import due, files_read
from tests.support.phones import Bubble, Town
from tests.support.records import MONDAY, Records

ZONE = ZoneInfo("Asia/Shanghai")
TUESDAY, WEDNESDAY = MONDAY + timedelta(1), MONDAY + timedelta(2)
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


_WAITS = (col(Card.pending).is_(True), col(Card.claimed_at).is_(None), Card.not_before <= bindparam("now"))
_MAIL = select(select(Card.id).where(*_WAITS).exists())


class TestClock(Clock):
    __test__ = False

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        """Return the time in UTC, as the system's clock does: a day taken from it without a zone would be wrong."""
        return self.at.astimezone(UTC)


@dataclass
class World(Records):
    """An organisation and its program. Time passes only when told to, from one instant at which something is due to the
    next."""

    defaults: Defaults = field(default_factory=Defaults)
    clock: TestClock = field(default_factory=lambda: TestClock(datetime(2026, 11, 23, 7, 0, tzinfo=ZONE)))
    town: Town = field(default_factory=Town)
    numbers: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.defaults = replace(self.defaults, off=10)  # a tap a moment after a wave is in the same minute
        self.desk = Desk(self.database, self.defaults, self.clock, None)  # type: ignore[arg-type]

    def set_defaults(self, **changed: Any) -> None:
        """Change what holds for the whole organisation."""
        self.defaults = self.desk.defaults = replace(self.desk.defaults, **changed)

    def beside(self) -> "World":
        """Start a second program on the same database and the same phones, which is also what a restart is."""
        return World(self.database, self.defaults, self.clock, self.town)

    @property
    def phones(self) -> dict[str, list[Bubble]]:
        return self.town.phones

    def organisation(self, text: str = ROSTER, *, enrolled: str | None = None, groups: bool = True) -> None:
        """Import a roster; enrol everybody with a chat, or those whose numbers are listed."""
        with self.database.writing() as session:
            roster_import.take(session, roster_import.read(text.encode()))
            now = self.clock.now()
            for person in session.exec(select(Person).where(Person.kind == "staff")).all():
                if enrolled is None or person.staff_no in enrolled.split():
                    enrolment.enrol(session, person, "web", person.staff_no, person.staff_no, now)
            for unit in session.exec(select(Unit)).all() if groups else []:
                chat = f"group {unit.name}"
                session.add(Address(channel="web", account=chat, chat=chat, unit_id=unit.id, since=now, used_at=now))

    def assign(
        self, form: str = HEALTH, unit: str = "区局", calendar: str = "daily", timezone: str = "Asia/Shanghai",
        name_silent: bool = False, picture: bool | None = None, on_leave: str | None = None, **times: object,
    ) -> None:  # fmt: skip
        with self.database.writing() as session:
            version, _ = versions.store(session, form, self.clock.now())
            assignment_changes.assign(
                session, version, unit_at(session, unit), self.clock.now(), calendar=calendar,
                times=Times.make(**times), timezone=timezone, name_silent=name_silent, picture=picture,  # type: ignore[arg-type]
                on_leave=on_leave,
            )  # fmt: skip

    # time

    def local(self, wall: str, day: date | None = None) -> datetime:
        hours, minutes = wall.split(":")
        base = day or self.clock.now().astimezone(ZONE).date()
        return datetime(base.year, base.month, base.day, int(hours), int(minutes), tzinfo=ZONE)

    def at(self, wall: str, day: date | None = None) -> "World":
        """Let time pass until then; what is due on the way happens at its instant."""
        self.until(self.local(wall, day))
        self.until(self.clock.at + timedelta(seconds=45))  # a wave has left its :00 by then
        return self

    def until(self, end: datetime) -> None:
        while self.clock.at < end:
            self.clock.at = min([end, *due.after(self.database, self.clock.at)])
            self.tick(gap=timedelta.max)  # the ticks in between found nothing to do

    def sleep_until(self, wall: str, day: date | None = None) -> "World":
        """Let time pass until then with the program down."""
        self.clock.at = self.local(wall, day)
        self.tick()
        self.until(self.clock.at + timedelta(seconds=45))
        return self

    def tick(self, gap: timedelta = LONGEST_GAP) -> None:
        if self.desk.transact(lambda session, now: self._beat(session, now, gap)):
            while self.desk.transact(self._work):
                pass
        self.write_digests()
        self.deliver()

    def write_digests(self, most: int | None = None) -> int:
        """Write to the leads who are due their week or month, a few at a time; return how many times."""
        done = 0
        while done != most:
            with self.database.reading() as session:
                letters = digests.write(self.desk.context(session, self.clock.now()))
            if letters is None:
                break
            self.desk.transact(lambda session, now: digests.send(self.desk.context(session, now), letters))  # noqa: B023
            done += 1
        return done

    def _beat(self, session: Session, now: datetime, gap: timedelta) -> bool:
        return sweep.beat(session, now, gap) is not None or self._work(session, now)

    def _work(self, session: Session, now: datetime) -> bool:
        return sweep.work(self.desk.context(session, now))

    def deliver(self) -> None:
        while self._has_mail() and self.desk.transact(self._deliver):
            pass

    def _has_mail(self) -> bool:
        with self.database.reading() as session:
            soon = self.clock.now() + timedelta(milliseconds=1)  # no two transactions of a desk have the same instant
            return bool(ask(session, _MAIL, now=soon).scalar())

    def _deliver(self, session: Session, now: datetime) -> int:
        claimed = [it for lane in cards.Lane for it in delivery_queue.claim(session, now, "web", lane)]
        for card, _, chat, _ in claimed:
            phone = self.phones.setdefault(chat, [])
            standing = next((b for b in phone if b.id == card.message), None)
            content = session.get_one(contents.StoredContent, card.wanted_id).content if card.wanted_id else None
            if content is None:
                if standing:
                    standing.gone = True
                delivery_queue.note_shown(session, [Shown(card.id, now, None, None)], now)
                continue
            if standing and not standing.gone:
                standing.content, standing.edits = content, standing.edits + 1
            else:
                standing = Bubble(str(next(self.town.messages)), content, now, card.kind, card.lane)
                phone.append(standing)
            delivery_queue.note_shown(session, [Shown(card.id, now, card.wanted_id, standing.id)], now)
        return len(claimed)

    # people

    def number(self, who: str) -> str:
        if who not in self.numbers:
            with self.database.reading() as session:
                found = session.exec(select(Person.staff_no).where(Person.name == who)).first()
            if found is None:
                return who
            self.numbers[who] = found
        return self.numbers[who]

    def chat(self, who: str) -> list[Bubble]:
        """Return what somebody's phone, or a group, shows, the newest last."""
        return [b for b in self.phones.get(self.number(who), []) if not b.gone]

    def last(self, who: str) -> Bubble:
        return self.chat(who)[-1]

    def incoming(self, who: str, **what: object) -> Incoming:
        update = what.pop("update", None) or next(self.town.updates)
        chat = str(what.pop("chat", self.number(who)))
        return Incoming(
            channel="web", bot="web", update=str(update), account=self.number(who),
            chat=chat, private=chat == self.number(who), at=self.clock.now(), **what,  # type: ignore[arg-type]
        )  # fmt: skip

    def hand_in(self, incoming: Incoming) -> str | None:
        self.clock.at += timedelta(seconds=1)
        incoming = files_read.read(self.database, incoming)
        answer: Answer | None = self.desk.transact(lambda session, now: self.desk.handle(session, now, incoming))
        self.deliver()
        return answer.text if answer else None

    def says(self, who: str, text: str, **what: object) -> str:
        """Let somebody type; return the newest message they then see."""
        self.hand_in(self.incoming(who, text=text, **what))
        return self.last(who).text if self.chat(who) else ""

    def button(self, who: str, label: str, bubble: Bubble | None = None) -> tuple[Button, Bubble]:
        """Return a button by (a part of) its label, on this message or the newest one that has it."""
        found = [bubble] if bubble else [b for b in self.chat(who) if any(label in x for x in b.labels)]
        assert found, f"{who} sees no button {label!r}: {[b.labels for b in self.chat(who)]}"
        return next(b for row in found[-1].content.buttons for b in row if label in b.label), found[-1]

    def sends(
        self, who: str, name: str, mime: str = "image/jpeg", caption: str | None = None, data: bytes = b"",
        **what: object,
    ) -> str:  # fmt: skip
        """Let somebody send a photo, a voice message or a file; return the newest message they then see."""
        with self.database.writing() as session:
            file = blobs.keep(session, name, mime, data or name.encode())
        self.hand_in(self.incoming(who, file=file, text=caption, **what))
        return self.last(who).text if self.chat(who) else ""

    def taps(self, who: str, label: str, bubble: Bubble | None = None) -> str | None:
        """Let somebody tap a button; return the toast."""
        button, standing = self.button(who, label, bubble)
        return self.forges(who, button.data, message=standing.id)

    def tap_together(self, *whos: str, button: str) -> list[str | None]:
        """Let all these tap at the same moment; return the toasts in their order."""
        self.clock.at += timedelta(seconds=1)
        batch = []
        for who in whos:
            pressed, standing = self.button(who, button)
            batch.append(self.incoming(who, data=pressed.data, message=standing.id))
        answers = asyncio.run(self.desk.take(batch))
        self.deliver()
        return [answer.text if answer else None for answer in answers]

    def forges(self, who: str, data: str, *, ours: bool = True, **what: object) -> str | None:
        """Tap by what a button carries, whether or not this person was ever shown it; `ours`: whether it has the name
        of an existing button."""
        assert (ROUTES.named(data) in ROUTES.buttons) == ours, data
        return self.hand_in(self.incoming(who, data=data, **what))

    def does_errands(self) -> None:
        """Write the files somebody waits for."""
        lease = Lease()
        lease.leading = True
        while asyncio.run(Jobs(self.database, self.desk, lease, self._writes).once()):
            self.deliver()
        while asyncio.run(Documents(self.database, self.desk, lease).once()):
            self.deliver()
        self.deliver()

    async def _writes(
        self, kind: str, order: Mapping[str, Any], out: IO[bytes], said: Callable[[Mapping[str, Any]], None],
        goes_on: Callable[[], Awaitable[bool]],
    ) -> dict[str, Any] | None:  # fmt: skip
        """Write a job's file here, where the program starts a process."""
        if not await goes_on():
            raise Stopped
        try:
            with self.database.reading() as session:
                found = KINDS[kind].write_file(session, order, out, lambda **what: said(what))
        except Exception as error:
            return NO_ROOM if full(error, str(self.database.write.url)) else None
        if not await goes_on():
            raise Stopped
        return found

    def unasked(self, who: str, day: date = MONDAY) -> list[Bubble]:
        return [
            b for b in self.phones.get(self.number(who), [])
            if b.lane == "b" and b.born.astimezone(ZONE).date() == day
        ]  # fmt: skip


def utc(wall: str) -> datetime:
    return datetime.fromisoformat(wall).replace(tzinfo=ZONE).astimezone(UTC)
