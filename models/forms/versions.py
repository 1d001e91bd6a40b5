"""Store versions of forms: every edit is a new version, and a report names the one it answered. A form belongs to a
unit, whose admins alone change it, and is asked there and below (docs/rules.md 16.1)."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, col, select

from models.core.database import Instant
from models.core.errors import Refusal
from models.core.table import IDS_NOT_REUSED, Table
from models.forms.spec import FormSpec
from models.forms.yaml_reader import parse_form
from models.organisation.units import Unit, is_below, root


class FormVersion(Table, table=True):
    """The YAML source of a form; `number` counts from 1 within its code."""

    __table_args__ = (UniqueConstraint("code", "number"), IDS_NOT_REUSED)

    id: int = Field(default=None, primary_key=True)
    code: str
    number: int
    digest: str
    source: str
    at: datetime = Field(sa_type=Instant)

    @property
    def spec(self) -> FormSpec:
        return parsed(self.source)


class FormOwner(Table, table=True):
    """The unit a form belongs to, by its code; a form without a row belongs to the root."""

    code: str = Field(primary_key=True)
    unit_id: int = Field(foreign_key="unit.id")


def owner(session: Session, code: str) -> Unit | None:
    """Return the unit whose form it is; None for a code that nobody took yet."""
    found = session.get(FormOwner, code)
    if found:
        return session.get_one(Unit, found.unit_id)
    return root(session) if latest(session, code) else None


def give(session: Session, code: str, unit: Unit) -> None:
    """Pass the form on to this unit."""
    found = session.get(FormOwner, code) or FormOwner(code=code, unit_id=unit.id)
    found.unit_id = unit.id
    session.add(found)
    session.flush()


def refuse_elsewhere(session: Session, code: str, unit: Unit) -> None:
    """Raise `changes.form_elsewhere` if the form belongs neither to this unit nor to one above it: somebody beside
    would change what is asked here."""
    top = owner(session, code)
    if top and not is_below(unit.path, top.path):
        raise Refusal("changes.form_elsewhere", code=code, path=top.path)


def concerns(session: Session, tops: Sequence[Unit], code: str) -> bool:
    """Say whether a form concerns the admins or leads of these units: it is of a unit above them or below."""
    top = owner(session, code)
    return top is None or any(is_below(top.path, u.path) or is_below(u.path, top.path) for u in tops)


parsed = lru_cache(maxsize=64)(parse_form)


def latest(session: Session, code: str) -> FormVersion | None:
    return session.exec(
        select(FormVersion).where(FormVersion.code == code).order_by(col(FormVersion.number).desc())
    ).first()


def numbered(session: Session, code: str, number: int) -> FormVersion | None:
    return session.exec(select(FormVersion).where(FormVersion.code == code, FormVersion.number == number)).first()


def store(session: Session, source: str, now: datetime, unit: Unit | None = None) -> tuple[FormVersion, bool]:
    """Return the version this source is, and whether it is new. A new form belongs to `unit`, or to the root. Raises as
    `parse_form` for a wrong form."""
    spec = parsed(source)
    digest = hashlib.sha256(source.encode()).hexdigest()
    newest = latest(session, spec.code)
    if newest and newest.digest == digest:
        return newest, False
    version = FormVersion(
        code=spec.code, number=newest.number + 1 if newest else 1, digest=digest, source=source, at=now
    )
    session.add(version)
    if newest is None and unit is not None:
        session.add(FormOwner(code=spec.code, unit_id=unit.id))
    session.flush()
    return version, True


def codes(session: Session) -> list[str]:
    """Return the codes of all forms."""
    return list(session.exec(select(FormVersion.code).distinct().order_by(FormVersion.code)).all())
