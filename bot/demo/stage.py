"""Run the demo: a fictional district bureau whose people answer by themselves, on a clock that the viewer
can speed up."""

import asyncio
import csv
import socket
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from sqlmodel import Session, func, select

from bot.app import App
from bot.clock import RehearsalClock
from bot.demo import kept, things, tour
from bot.demo.colleagues import NEVER_ENROLLED, Colleagues
from bot.demo.superior import Superior, page_at
from bot.desk import Desk
from bot.rehearsal import Rehearsal
from bot.settings import Settings
from bot.web.server import listen
from handlers.core import bundled
from handlers.core.context import Defaults
from handlers.core.events import LanguageChosen
from handlers.core.locales import TEMPLATES
from handlers.core.rendering import Renderer
from handlers.runbooks import books, reading
from models.changes import roster_import
from models.channels.webchat import Message, latest
from models.core import audit
from models.core.database import Database
from models.core.errors import Refusal
from models.cycle import assignment_changes, periods
from models.cycle.places import Place
from models.cycle.steps import Heartbeat
from models.forms import versions
from models.forms.spec import say
from models.messaging import addresses, enrolment
from models.organisation.people import Kind, Person
from models.organisation.units import Unit, root, unit_at
from models.rounds import rounds
from models.rounds.audience import Audience
from models.rounds.rounds import Asks, Round, RoundKind, RoundVersion
from models.runbooks import runbooks
from models.runbooks.runbooks import Runbook
from models.summaries import posts
from models.time.times import Times

SPEED = 60.0
TOGETHER = timedelta(minutes=2)
ADMIN = "1004"
LOGISTICIAN = "1101"  # whose unit delivers
STATION_LEAD = "2101"  # whose station's figures are filled in from its people's
ASSIGNED: tuple[tuple[str, int, dict[str, str]], ...] = (
    ("health", 0, {}),
    ("delivery", 1, {"due": "17:00", "opens": "15:30", "remind": "16:15"}),
    ("unitday", 2, {"due": "12:00", "opens": "11:10", "remind": "11:45"}),
)


def play(keep: str | None, port: int | None, settings: Settings, words: Renderer) -> None:
    """Run until stopped; the data is deleted with it unless `keep` names a file, beside which the superior's is
    kept."""
    with kept.opened(keep) as (database, fresh), kept.opened(keep and f"{keep}.superior") as (above, new):
        kept.prepare(database)
        defaults = Defaults(words.locale, "Asia/Shanghai", survey_key=kept.MARK)  # seals nothing worth sealing
        if fresh:
            with database.writing() as session:
                _found(session, defaults)
        clock = RehearsalClock(
            _stopped_at(database, *(() if new else (above,))) or _morning(), 0
        )  # until somebody looks
        clock.gap = timedelta(days=400)  # a demo that was closed for a while had no outage
        app = App(database, defaults, clock)
        stage = Stage(app, clock)
        bound = _listen(settings.port) if port is None else listen("127.0.0.1", port)
        other = _beside(bound) if (settings.port if port is None else port) else _listen(0)
        stage.city = Superior(app, clock, stage, above, other, new=new)

        def ready() -> None:
            click.echo(words.told("demo_ready", url=page_at(bound), superior=page_at(other), kept=keep))

        beside = [stage.colleagues.run, stage.city.run]
        asyncio.run(app.run(bound, ready=ready, rehearsal=stage, anyone=True, on_language=stage.speak, beside=beside))


def _listen(port: int) -> socket.socket:
    """Listen to the usual port, or to any other if that is taken: nobody asked for it."""
    try:
        return listen("127.0.0.1", port)
    except Refusal:
        return listen("127.0.0.1", 0)


def _morning() -> datetime:
    """Return the minute before the day opens."""
    return datetime.now(ZoneInfo("Asia/Shanghai")).replace(hour=7, minute=29, second=30, microsecond=0)


def _beside(bound: socket.socket) -> socket.socket:
    """Listen to the port after this one, which is easy to guess, or to any other if that is taken."""
    number = bound.getsockname()[1] + 1
    return _listen(number if number < 1 << 16 else 0)


def _stopped_at(*databases: Database) -> datetime | None:
    """Return where a kept demo continues: after its last tick and after everything said and done; None for a
    new one."""
    found: list[datetime | None] = []
    for database in databases:
        with database.reading() as session:
            pulse = session.get(Heartbeat, 1)
            found += [pulse.at if pulse else None, session.exec(select(func.max(Message.at))).one()]
    return max((at for at in found if at), default=None)


def _found(session: Session, defaults: Defaults) -> None:
    """Found the bureau, enrol everybody, and assign the forms."""
    now = _morning() - timedelta(hours=12)
    rows = roster_import.read(_roster_file(defaults.locale).read_bytes())
    roster_import.take(session, rows)
    for person in session.exec(select(Person).where(Person.kind == Kind.STAFF)).all():
        if person.staff_no not in NEVER_ENROLLED:
            enrolment.enrol(session, person, "web", f"p{person.id}", f"p{person.id}", now)
    paths = (rows[0].unit.split("/")[0], _home(rows, LOGISTICIAN), _home(rows, STATION_LEAD))
    where = [unit_at(session, path) for path in paths]
    for code, place, times in ASSIGNED:
        version, _ = versions.store(session, bundled.source(code), now)
        assignment_changes.assign(
            session, version, where[place], now, calendar="daily", times=Times.make(**times), timezone=defaults.zone
        )
    _train(session, where[1], now, defaults)
    _plan(session, defaults.locale, where[0], now)
    things.found(session, defaults.locale, now, defaults.zone)
    audit.note(session, now, "cli", kept.MARK, where[0].path)


def _plan(session: Session, locale: str, unit: Unit, now: datetime) -> None:
    """Write the epidemic plan that comes with the program, or say it anew in another language."""
    title, lines = books.example(session, Renderer(locale), unit)
    by = session.exec(select(Person).where(Person.staff_no == ADMIN)).one()
    made = reading.steps(session, lines, unit)
    known = session.exec(select(Runbook)).first()
    if known is None:
        runbooks.make(session, unit, title, made, by, now)
    else:
        runbooks.change(session, known, title, made, by, now)


def _train(session: Session, unit: Unit, now: datetime, defaults: Defaults) -> None:
    """Let the logistician send the delivery team's training quiz, which goes out in the morning."""
    form, _ = versions.store(session, bundled.source("training"), now)
    lead = session.exec(select(Person).where(Person.staff_no == LOGISTICIAN)).one()
    made = Round(
        kind=RoundKind.SURVEY, unit_id=unit.id, by=lead.id, made_at=now, audience=Audience((unit.id,)).stored(),
        asks=Asks.QUIZ, form_id=form.id, timezone=defaults.zone,
    )  # fmt: skip
    words, due = say(form.spec.title, defaults.locale), now + timedelta(days=3)
    rounds.begin(session, made, RoundVersion(round_id=0, number=1, words=words, due_at=due, by=lead.id, at=now), now)


def _home(rows: list[roster_import.Row], staff_no: str) -> str:
    return next(row.unit for row in rows if row.staff_no == staff_no)


def _roster_file(locale: str) -> Path:
    return TEMPLATES / "demo" / f"roster.{locale}.csv"


def _rows(locale: str) -> list[dict[str, str]]:
    with _roster_file(locale).open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))


class Stage(Rehearsal):
    """The demo: a rehearsal in which the others answer by themselves and everybody's language can be switched."""

    led = True

    def __init__(self, app: App, clock: RehearsalClock) -> None:
        super().__init__(app, clock, SPEED)
        self.colleagues = Colleagues(app.web, clock, lambda: app.desk.defaults.locale)
        self.city: Superior | None = None
        self._switched: dict[str, Any] | None = None

    def tour(self) -> dict[str, Any]:
        with self._app.database.reading() as session:
            return {**tour.led(session), "switched": self._switched}

    async def _play_others(self) -> None:
        await self.colleagues.act()

    def _soon(self, step: datetime) -> datetime | None:
        """Return when to look at the colleagues again: those who are due within moments of each other act together, but
        never after a step that they meant to act before."""
        due = self.colleagues.next_at()
        return due and max(due, min(due + TOGETHER, step - timedelta(seconds=1)))

    async def speak(self, locale: str) -> None:
        """Switch everybody to this language, and their names with it."""
        desk, before = self._app.desk, self._app.desk.defaults.locale
        if locale == before:
            return
        change = await self._app.web.read(latest)
        await desk.run(lambda session, now: _rename(session, before, locale, now))
        desk.defaults = replace(desk.defaults, locale=locale)
        if self.city is not None:
            await self.city.speak(locale)
        await desk.run(_say_anew)
        for number in await self._app.web.read(_everybody):
            await desk.run(partial(_speak_to, desk, number))
        if change:
            self._clock.jump(self._clock.now() + posts.THROTTLE)  # figures change no sooner than that
        self._switched = {"change": change, "locale": before}
        await self._app.scheduler.tick()
        await self._app.scheduler.tick()  # the figures come after the questions
        while await self._app.delivery.once():
            pass


def _say_anew(session: Session, now: datetime) -> None:
    """Have the open questions and today's figures written in the new language."""
    for period in periods.running(session, now):
        periods.rewrite_questions(session, period, now, receipts=True)
        posts.all_stale(session, period, now)


def _everybody(session: Session) -> Sequence[int]:
    return session.exec(select(Person.id)).all()


def _speak_to(desk: Desk, number: int, session: Session, now: datetime) -> None:
    """Have what else somebody may still act on written in the new language, as `/language` does."""
    person, context = session.get_one(Person, number), desk.context(session, now)
    for address in addresses.all_reachable(session, person):
        context.emit(LanguageChosen(person, address))


def _rename(session: Session, before: str, after: str, now: datetime) -> None:
    pairs = list(zip(_rows(before), _rows(after), strict=True))
    names = {old["staff_no"]: new["name"] for old, new in pairs}
    for person in session.exec(select(Person)).all():
        person.name, person.locale = names.get(person.staff_no, person.name), None
        session.add(person)
    paths: dict[str, str] = {}
    for old, new in pairs:
        ours, theirs = old["unit"].split("/"), new["unit"].split("/")
        paths |= {"/".join(ours[:n]): "/".join(theirs[:n]) for n in range(1, len(ours) + 1)}
    nodes: list[Unit | Place] = [*session.exec(select(Unit)).all(), *session.exec(select(Place)).all()]
    for node in nodes:
        node.path = paths.get(node.path, node.path)
        if isinstance(node, Unit):
            node.name = node.path.rpartition("/")[2]
        session.add(node)
    session.flush()
    top = root(session)
    known = session.exec(select(Runbook)).first()
    if top is not None and known is not None and known.title == _title(before):
        _plan(session, after, top, now)


def _title(locale: str) -> str:
    return Renderer(locale).line("runbooks/example", parts=[]).partition("\n")[0]
