"""Copy an organisation for a rehearsal: its people, tasks, leave, deputies and planned changes, into a database that is
deleted afterwards. No report, no message and no address comes along, so nothing can reach anybody."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.engine import make_url
from sqlmodel import Session, col, select

from bot import opening
from models.absence.deputies import Deputy
from models.absence.leave import Absence, Stage
from models.changes.planned import Planned
from models.core.database import Database, connect
from models.core.schema import migrate
from models.cycle.assignments import Assignment
from models.files import blobs
from models.forms.versions import FormOwner, FormVersion
from models.messaging import enrolment
from models.messaging.addresses import Address, Reach
from models.organisation.people import Membership, Person
from models.organisation.units import Unit
from models.time.workday_overrides import Workday

# in an order in which each row finds what it refers to
COPIED: tuple[Any, ...] = (
    select(Unit).order_by(col(Unit.path)),
    select(Person).order_by(col(Person.reporter_id).is_not(None), col(Person.id)),
    select(Membership),
    select(FormVersion).order_by(col(FormVersion.id)),
    select(FormOwner),
    select(Workday),
    select(Assignment).where(col(Assignment.ended_at).is_(None)),
    select(Absence).where(Absence.state != Stage.DRAFT),
    select(Deputy),
    select(Planned).where(col(Planned.done_at).is_(None)),
)


@contextmanager
def copied(source: str, now: datetime) -> Iterator[Database]:
    """Return the copy of the organisation in `source`, a file or an address; raises `database.…` as every command."""
    url = source if "://" in source else f"sqlite:///{source}"
    with tempfile.TemporaryDirectory(prefix="zeroreport-") as folder:
        made = connect(make_url("sqlite://").set(database=str(Path(folder) / "rehearsal.db")))
        try:
            migrate(made)
            with opening.opened(url, make=False) as original, original.reading() as read, made.writing() as write:
                _copy(read, write, now)
            yield made
        finally:
            made.close()


def _copy(read: Session, write: Session, now: datetime) -> None:
    for query in COPIED:
        for row in read.scalars(query).all():
            write.add(type(row)(**row.model_dump()))
            write.flush()
    _copy_files(read, write)
    live = select(Address.person_id).where(col(Address.reach) != Reach.RETIRED, col(Address.person_id).is_not(None))
    enrolled = set(read.scalars(live).all())
    for person in write.scalars(select(Person).where(col(Person.id).in_(enrolled))).all():
        enrolment.enrol(write, person, "web", f"p{person.id}", f"p{person.id}", now)


def _copy_files(read: Session, write: Session) -> None:
    """Copy the files that planned changes name: forms that were sent and are still to begin."""
    for plan in write.scalars(select(Planned)).all():
        if data := blobs.find(read, plan.arguments.get("digest", "")):
            blobs.keep(write, "", "", data)
    write.flush()
