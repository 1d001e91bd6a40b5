"""Forms as they were at a time: every edit is a new version, and a report names the one it answered."""

import hashlib
from datetime import datetime
from functools import lru_cache

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, Session, SQLModel, col, select

from models.database import Instant
from models.form_files import parse_form
from models.forms import FormSpec


class FormVersion(SQLModel, table=True):
    """The YAML source of a form; `number` counts from 1 within its code."""

    __table_args__ = (UniqueConstraint("code", "number"),)

    id: int = Field(default=None, primary_key=True)
    code: str
    number: int
    digest: str
    source: str
    at: datetime = Field(sa_type=Instant)

    @property
    def spec(self) -> FormSpec:
        return parsed(self.source)


parsed = lru_cache(maxsize=64)(parse_form)


def latest(session: Session, code: str) -> FormVersion | None:
    return session.exec(
        select(FormVersion).where(FormVersion.code == code).order_by(col(FormVersion.number).desc())
    ).first()


def numbered(session: Session, code: str, number: int) -> FormVersion | None:
    return session.exec(select(FormVersion).where(FormVersion.code == code, FormVersion.number == number)).first()


def store(session: Session, source: str, now: datetime) -> tuple[FormVersion, bool]:
    """The version this source is, and whether it is new. Refusals (from `parse_form`) for a wrong form."""
    spec = parsed(source)
    digest = hashlib.sha256(source.encode()).hexdigest()
    newest = latest(session, spec.code)
    if newest and newest.digest == digest:
        return newest, False
    version = FormVersion(
        code=spec.code, number=newest.number + 1 if newest else 1, digest=digest, source=source, at=now
    )
    session.add(version)
    session.flush()
    return version, True


def codes(session: Session) -> list[str]:
    """The codes of all forms there are."""
    return list(session.exec(select(FormVersion.code).distinct().order_by(FormVersion.code)).all())
