"""The superior of the demo's bureau: an organisation of its own, with its own database and page, in the same process
and on the same clock. The two are connected beforehand; what goes between them goes over HTTP, signed, as between any
two programs."""

import asyncio
import csv
import logging
import socket
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from sqlmodel import Session, col, select

from bot.app import App
from bot.clock import RehearsalClock
from bot.demo import kept
from bot.demo.colleagues import Colleagues
from bot.web.api import ClockBar
from handlers.core.context import Context
from handlers.core.locales import LOCALES, TEMPLATES
from handlers.handup import request_cards
from models.changes import roster_import
from models.core import audit
from models.core.database import Database
from models.handup import partners, signing
from models.handup.partners import Partner, State
from models.messaging import enrolment
from models.organisation.people import Person
from models.organisation.units import Unit

log = logging.getLogger("zeroreport")
ADMIN, BUREAUS_ADMIN = "8002", "1004"
LOOKS = 1.0  # seconds between looks at what came for the superior's people
PAUSE = 1.0  # seconds for which the bureau's page is alone: whoever opened it waits for nothing


def page_at(bound: socket.socket) -> str:
    return f"http://127.0.0.1:{bound.getsockname()[1]}/"


class Driven(ClockBar, Protocol):
    """The bureau's day as its page drives it, and its language."""

    async def speak(self, locale: str) -> None: ...


class Superior:
    """The superior's program. It begins once the bureau's serves its page; whoever opens the superior's before waits
    for it."""

    def __init__(
        self, bureau: App, clock: RehearsalClock, stage: Driven, database: Database, bound: socket.socket, *, new: bool
    ) -> None:  # fmt: skip
        self._bureau, self._clock, self._stage = bureau, clock, stage
        self._database, self._bound, self._new = database, bound, new
        self._address = page_at(bound).rstrip("/")
        self._app: App | None = None

    async def run(self) -> None:
        """Serve the superior's page until cancelled. The demo goes on without it if it fails."""
        try:
            await asyncio.sleep(PAUSE)
            await self._serve()
        except Exception:
            log.exception("the demo's superior ended by a bug; the demo goes on without it")
        finally:
            self._bound.close()

    async def _serve(self) -> None:
        bureau, clock = self._bureau, self._clock
        defaults = replace(bureau.desk.defaults, public_url=self._address)
        await asyncio.to_thread(self._begin, defaults.locale, clock.now())
        await bureau.desk.run(lambda session, now: self._connect(bureau.desk.context(session, now)))
        app = self._app = App(self._database, defaults, clock)
        await self.speak(bureau.desk.defaults.locale)  # which may have been switched meanwhile
        people = Colleagues(app.web, clock, lambda: app.desk.defaults.locale, LOOKS)
        serving = asyncio.ensure_future(app.run(
            self._bound, ready=lambda: None, rehearsal=Bar(self._stage), anyone=True, on_language=self._stage.speak,
            beside=[people.run], ends_by_signal=False,
        ))  # fmt: skip
        try:
            await asyncio.shield(serving)
        finally:
            app.end()  # in order, with what its page waits for
            await serving

    def _begin(self, locale: str, now: datetime) -> None:
        """Bring the database to this version and, if it is new, found the organisation and enrol its people."""
        kept.prepare(self._database)
        if self._new:
            with self._database.writing() as session:
                found(session, locale, now)

    def _connect(self, context: Context) -> None:
        with self._database.writing() as theirs:
            connect(context, theirs, self._address, new=self._new)

    async def speak(self, locale: str) -> None:
        """Have the superior's people speak this language, and each organisation call the other as it is called
        there."""
        app = self._app
        if app is None:
            return
        ours, theirs = self._bureau.desk, app.desk
        called = await theirs.run(lambda session, _: _rename(session, _names(locale)))
        theirs.defaults = replace(theirs.defaults, locale=locale)
        ident, bureau = await ours.run(lambda session, _: _call_superior(session, called))
        await theirs.run(lambda session, _: _call(session, partners.with_ident(session, ident), bureau))


class Bar:
    """The clock over the superior's page: the bureau's, and nobody is led here."""

    led = False

    def __init__(self, stage: ClockBar) -> None:
        self.begin, self.state, self.pause, self.play = stage.begin, stage.state, stage.pause, stage.play
        self.next_step, self.until = stage.next_step, stage.until

    def tour(self) -> dict[str, Any] | None:
        return None


def found(session: Session, locale: str, now: datetime) -> None:
    roster_import.take(session, roster_import.read(_roster_file(locale).read_bytes()))
    for person in session.exec(select(Person)).all():
        enrolment.enrol(session, person, "web", f"p{person.id}", f"p{person.id}", now)
    audit.note(session, now, "cli", kept.MARK, _top(session).path)


def connect(context: Context, theirs: Session, address: str, *, new: bool) -> None:
    """Connect the bureau to its superior at `address`, unless it is. A partner's address never changes: if the superior
    has another port than before, or was founded anew, the old connection is ended. A kept bureau that was connected to
    somebody else goes on handing up there."""
    ours = context.session
    known = partners.above(ours, _top(ours))
    other = partners.with_ident(theirs, known.ident) if known else None
    if known and not new and (other is None or known.address == address):
        return
    if other:
        partners.withdraw(theirs, other)
    if known:
        request_cards.drop_waiting(context, known)
        partners.withdraw(ours, known)
    admin, unit, bureau = _person(theirs, ADMIN), _top(theirs), _top(ours)
    below, code = partners.invite(theirs, unit, address, admin, context.now)
    above = partners.join(ours, bureau, code, _person(ours, BUREAUS_ADMIN), context.now)
    below.key, below.secret = signing.public(partners.own_key(ours, above)), None
    below.name, below.state, below.confirmed_by = bureau.name, State.CONFIRMED, admin.id
    above.name, above.state = unit.name, State.CONFIRMED
    theirs.add(below)
    ours.add(above)


def _rename(session: Session, names: Mapping[str, str]) -> str:
    """Rename who and what is called as in the roster, and return what the superior is called then."""
    for person in session.exec(select(Person)).all():
        person.name, person.locale = names.get(person.name, person.name), None
        session.add(person)
    unit = _top(session)
    unit.name = unit.path = names.get(unit.name, unit.name)
    session.add(unit)
    return unit.name


def _call_superior(session: Session, name: str) -> tuple[str, str]:
    """Let the bureau call its superior by this name; return the partnership and what the bureau is called."""
    unit = _top(session)
    known = partners.above(session, unit)
    _call(session, known, name)
    return known.ident if known else "", unit.name


def _call(session: Session, partner: Partner | None, name: str) -> None:
    if partner is not None:
        partner.name = name
        session.add(partner)


def _top(session: Session) -> Unit:
    return session.exec(select(Unit).where(col(Unit.parent_id).is_(None)).order_by(col(Unit.id)).limit(1)).one()


def _person(session: Session, number: str) -> Person:
    return session.exec(select(Person).where(Person.staff_no == number)).one()


def _roster_file(locale: str) -> Path:
    return TEMPLATES / "demo" / f"superior.{locale}.csv"


def _names(locale: str) -> dict[str, str]:
    """Return what the roster's names and unit are called in this language, by what they are called in any."""
    said = {it: [row[key] for row in _rows(it) for key in ("name", "unit")] for it in LOCALES}
    return {old: new for it in LOCALES for old, new in zip(said[it], said[locale], strict=True)}


def _rows(locale: str) -> list[dict[str, str]]:
    with _roster_file(locale).open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))
