"""Read the audit, as far as a person's rights reach."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlmodel import Session, col, or_, select

from models.core.audit import AuditEntry
from models.cycle.assignments import Assignment
from models.organisation.people import Membership, Person
from models.organisation.units import Unit, below


def about(
    session: Session, tops: Sequence[str] | None, own: str, *, subject: str | None = None,
    span: tuple[datetime, datetime] | None = None, before: int | None = None, limit: int = 50,
) -> list[AuditEntry]:  # fmt: skip
    """Return the newest entries about what lies under these paths (None: everywhere), and those by staff number `own`.
    `subject` narrows it to what one person did or what was done about them, or about one unit, form or task."""
    query = select(AuditEntry).order_by(col(AuditEntry.id).desc()).limit(limit)
    if tops is not None:
        inside = or_(*(below(path) for path in tops))
        numbers = select(Person.staff_no).join(Membership).join(Unit).where(inside)
        codes = select(Assignment.code).join(Unit).where(inside)
        paths = select(Unit.path).where(inside)
        reach = (col(AuditEntry.about).in_(query_) for query_ in (numbers, codes, paths))
        query = query.where(or_(col(AuditEntry.by) == own, *reach))
    if subject is not None:
        query = query.where(or_(col(AuditEntry.about) == subject, col(AuditEntry.by) == subject))
    if span is not None:
        query = query.where(AuditEntry.at >= span[0], AuditEntry.at < span[1])
    if before is not None:
        query = query.where(AuditEntry.id < before)
    return list(session.exec(query).all())


def names(session: Session, found: Iterable[AuditEntry]) -> dict[str, str]:
    """Return staff number → name, for those named in these entries."""
    numbers = {n for change in found for n in (change.by, change.about)}
    return dict(session.exec(select(Person.staff_no, Person.name).where(col(Person.staff_no).in_(numbers))).all())
