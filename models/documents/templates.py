"""Keep which Word template an organisation's reports have: ours, ours with a red head, or a file of its own, for each
unit and language, with who chose it and when (docs/rules.md 25.5)."""

from datetime import datetime
from typing import Literal

from sqlmodel import Field, Session, col, select

from models.core.database import Instant
from models.core.table import IDS_NOT_REUSED, Table
from models.organisation.units import Unit, above

Look = Literal["ours", "red", "own"]


class DocumentTemplate(Table, table=True):
    """A choice: from `at` on, reports of the unit and those below it in this language look so. `digest` and `name` are
    those of an organisation's own file. The newest row of a unit and language counts, so nothing is overwritten."""

    __table_args__ = IDS_NOT_REUSED

    id: int = Field(default=None, primary_key=True)
    unit_id: int = Field(foreign_key="unit.id", index=True)
    locale: str
    look: str
    digest: str | None = Field(default=None, foreign_key="blob.digest", index=True)
    name: str = ""
    by: int = Field(foreign_key="person.id")
    at: datetime = Field(sa_type=Instant)


def choose(
    session: Session, unit: Unit, locale: str, look: Look, by: int, now: datetime, *, digest: str | None = None,
    name: str = "",
) -> DocumentTemplate:  # fmt: skip
    made = DocumentTemplate(
        unit_id=unit.id, locale=locale, look=look, digest=digest, name=name, by=by, at=now
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def of_unit(session: Session, unit: Unit, locale: str) -> list[DocumentTemplate]:
    """Return the choices for exactly this unit, the newest first."""
    query = select(DocumentTemplate).where(DocumentTemplate.unit_id == unit.id, DocumentTemplate.locale == locale)
    return list(session.exec(query.order_by(col(DocumentTemplate.id).desc())).all())


def used(session: Session, unit: Unit, locale: str) -> DocumentTemplate | None:
    """Return the choice that counts for a unit: its own, or that of the nearest unit above; None means ours."""
    paths = list(above(unit.path))
    found = session.exec(
        select(DocumentTemplate, Unit.path)
        .join(Unit, col(Unit.id) == col(DocumentTemplate.unit_id))
        .where(col(Unit.path).in_(paths), DocumentTemplate.locale == locale)
        .order_by(col(DocumentTemplate.id))
    ).all()
    newest = {path: choice for choice, path in found}
    return newest[max(newest, key=len)] if newest else None
