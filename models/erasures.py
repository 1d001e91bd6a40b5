"""Erasing what somebody wrote, lawfully: the words go, and that they went is on record for ever, under the seals."""

from datetime import datetime

from sqlmodel import Field, Session, SQLModel, select

from models import audit, ledger
from models.attachments import Attachment
from models.database import Instant
from models.errors import Refusal
from models.incidents import Incident, Telling
from models.reports import Report, Revision

LONGEST_REASON = 500  # characters


class Erasure(SQLModel, table=True):
    """By whom (a staff number, or `cli`), when and why the content of this revision or telling was erased."""

    id: int = Field(default=None, primary_key=True)
    revision_id: int | None = Field(default=None, foreign_key="revision.id", unique=True)
    telling_id: int | None = Field(default=None, foreign_key="telling.id", unique=True)
    by: str
    reason: str
    at: datetime = Field(sa_type=Instant)


def erase(session: Session, it: Revision | Telling, by: str, reason: str, now: datetime) -> Erasure:
    """Empties a revision's answers, files, statement and reason, or a telling's words and files; what stood there, when
    and from whom stays. Once; Refusals `erasures.no_reason`, `erasures.erased`."""
    reason = " ".join(reason.split())[:LONGEST_REASON]
    if not reason:
        raise Refusal("erasures.no_reason")
    if of(session, it) is not None:
        raise Refusal("erasures.erased")
    about, receipt = _empty(session, it)
    audit.note(session, now, by, "erase", receipt, number=it.number, reason=reason)
    made = Erasure(**about, by=by, reason=reason, at=now)
    session.add(made)
    session.flush()
    return made


def _empty(session: Session, it: Revision | Telling) -> tuple[dict[str, int], str]:
    """Says what the record points to, and the receipt."""
    if isinstance(it, Revision):
        it.answers = it.attachments = it.statement = it.reason = it.salt = None
        held, about = Attachment.revision_id == it.id, {"revision_id": it.id}
        receipt = session.get_one(Report, it.report_id).receipt or ""
    else:
        ledger.forget(session, "telling", str(it.id))
        it.words, it.files = "", []
        held, about = Attachment.telling_id == it.id, {"telling_id": it.id}
        receipt = session.get_one(Incident, it.incident_id).receipt
    session.add(it)
    for attachment in session.exec(select(Attachment).where(held)).all():
        session.delete(attachment)
    session.flush()
    return about, receipt


def of(session: Session, it: Revision | Telling) -> Erasure | None:
    """The record that the content was erased, if it was."""
    which = Erasure.revision_id if isinstance(it, Revision) else Erasure.telling_id
    return session.exec(select(Erasure).where(which == it.id)).first()
