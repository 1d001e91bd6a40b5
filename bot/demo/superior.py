"""The superior of the demo's bureau: an organisation of its own, with its own database and page, on the demo's clock.
The two are connected beforehand; what goes between them goes over HTTP, signed, as between any two programs."""

import csv
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from sqlmodel import Session, col, select

from bot.app import App
from handlers.core.context import Defaults
from handlers.core.locales import TEMPLATES
from models.changes import roster_import
from models.core import audit
from models.core.database import Database
from models.handup import partners, signing
from models.handup.partners import Partner, State
from models.messaging import enrolment
from models.organisation.people import Person
from models.organisation.units import Unit

ADMIN, BUREAUS_ADMIN = "9002", "1004"


def found(session: Session, defaults: Defaults, now: datetime, mark: str) -> None:
    """Found the superior's organisation, and enrol its people."""
    roster_import.take(session, roster_import.read(_roster_file(defaults.locale).read_bytes()))
    for person in session.exec(select(Person)).all():
        enrolment.enrol(session, person, "web", f"p{person.id}", f"p{person.id}", now)
    audit.note(session, now, "cli", mark, _top(session).path)


def connect(below: Database, above: Database, address: str, now: datetime) -> None:
    """Connect the two, or tell a kept demo where the superior is now."""
    with below.writing() as ours, above.writing() as theirs:
        known = partners.above(ours, _top(ours))
        if known is not None and partners.with_ident(theirs, known.ident) is not None:
            known.address = address
            ours.add(known)
            return
        if known is not None:
            partners.withdraw(ours, known)
        admin, unit = _person(theirs, ADMIN), _top(theirs)
        other, code = partners.invite(theirs, unit, address, admin, now)
        mine = partners.join(ours, _top(ours), code, _person(ours, BUREAUS_ADMIN), now)
        other.key, other.secret = signing.public(partners.own_key(ours, mine)), None
        other.name, other.state, other.confirmed_by = _top(ours).name, State.CONFIRMED, admin.id
        mine.name, mine.state = unit.name, State.CONFIRMED
        theirs.add(other)
        ours.add(mine)


def speaker(bureau: App, city: App) -> Callable[[str, str], None]:
    """Return what has the superior speak another language, and each call the other as it is called there."""

    def speak(before: str, after: str) -> None:
        names = {old["name"]: new["name"] for old, new in zip(_rows(before), _rows(after), strict=True)}
        with city.database.writing() as theirs, bureau.database.writing() as ours:
            for person in theirs.exec(select(Person)).all():
                person.name, person.locale = names.get(person.name, person.name), None
                theirs.add(person)
            unit = _top(theirs)
            unit.name = unit.path = _rows(after)[0]["unit"]
            theirs.add(unit)
            _name(ours, unit.name)
            _name(theirs, _top(ours).name)
        city.desk.defaults = replace(city.desk.defaults, locale=after)

    return speak


def _name(session: Session, name: str) -> None:
    for partner in session.exec(select(Partner).where(Partner.state != State.WITHDRAWN)).all():
        partner.name = name
        session.add(partner)


def _top(session: Session) -> Unit:
    return session.exec(select(Unit).where(col(Unit.parent_id).is_(None)).order_by(col(Unit.id)).limit(1)).one()


def _person(session: Session, number: str) -> Person:
    return session.exec(select(Person).where(Person.staff_no == number)).one()


def _roster_file(locale: str) -> Path:
    return TEMPLATES / "demo" / f"superior.{locale}.csv"


def _rows(locale: str) -> list[dict[str, str]]:
    with _roster_file(locale).open(encoding="utf-8", newline="") as source:
        return list(csv.DictReader(source))
