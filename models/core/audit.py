"""Who changed what, when and why: kept for the auditor, written by whatever changes the organisation or its tasks.
It is a chain, so that nothing in it can be changed, taken out or put in unseen."""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Column
from sqlmodel import Field, Session, SQLModel, col, or_, select

from models.core.canonical import canonical, digest
from models.core.database import Instant
from models.cycle.assignments import Assignment
from models.organisation.people import Membership, Person, Unit, below


class Change(SQLModel, table=True):
    """`by` is a staff number, or `cli` for whoever has a shell on the machine. `what` is a verb like `import`. `id`
    counts without a gap, and `digest` ties each line to the one before."""

    __tablename__ = "audit"

    id: int = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=Instant, index=True)
    by: str
    what: str
    about: str
    detail: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON))
    digest: str


def note(session: Session, now: datetime, by: str, what: str, about: str, **detail: object) -> None:
    number, previous = head(session)
    kept = json.loads(canonical(detail)) if detail else None
    change = Change(id=number + 1, at=now, by=by, what=what, about=about, detail=kept, digest="")
    change.digest = chain(previous, change)
    session.add(change)


def chain(previous: str, change: Any) -> str:
    """The digest that ties a line to the one before."""
    return digest([previous, change.id, change.at, change.by, change.what, change.about, change.detail])


def head(session: Session) -> tuple[int, str]:
    """How many lines there are, and the digest of the last."""
    session.flush()
    found = session.exec(select(Change.id, Change.digest).order_by(col(Change.id).desc()).limit(1)).first()
    return found or (0, "")


def about(
    session: Session, tops: Sequence[str] | None, own: str, *, subject: str | None = None,
    span: tuple[datetime, datetime] | None = None, before: int | None = None, limit: int = 50,
) -> list[Change]:  # fmt: skip
    """The newest changes about what lies under these paths (None: everywhere), and those by staff number `own`.

    `subject` narrows it to what one person did or what was done about them, or about one unit, form or task.
    """
    query = select(Change).order_by(col(Change.id).desc()).limit(limit)
    if tops is not None:
        inside = or_(*(below(path) for path in tops))
        numbers = select(Person.staff_no).join(Membership).join(Unit).where(inside)
        codes = select(Assignment.code).join(Unit).where(inside)
        paths = select(Unit.path).where(inside)
        reach = (col(Change.about).in_(query_) for query_ in (numbers, codes, paths))
        query = query.where(or_(col(Change.by) == own, *reach))
    if subject is not None:
        query = query.where(or_(col(Change.about) == subject, col(Change.by) == subject))
    if span is not None:
        query = query.where(Change.at >= span[0], Change.at < span[1])
    if before is not None:
        query = query.where(Change.id < before)
    return list(session.exec(query).all())


def names(session: Session, found: Iterable[Change]) -> dict[str, str]:
    """Staff number → name, for those who stand in these changes."""
    numbers = {n for change in found for n in (change.by, change.about)}
    return dict(session.exec(select(Person.staff_no, Person.name).where(col(Person.staff_no).in_(numbers))).all())
