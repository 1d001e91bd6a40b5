"""Delete files that nothing refers to: no record, no message, and nothing that is still being written."""

from sqlalchemy import String, cast, delete, or_
from sqlmodel import Session, col, select

from models.changes.planned import Planned
from models.channels.webchat import Message
from models.conversations.confirmations import Confirmation
from models.conversations.drafts import Draft
from models.conversations.expected_input import ExpectedInput
from models.documents.templates import DocumentTemplate
from models.files.attachments import Attachment
from models.files.blobs import Blob
from models.messaging.contents import StoredContent

CHUNK = 200
# unfinished work: few rows, so their JSON may be searched as text
UNDER_WAY = (Draft.answers, Draft.attachments, ExpectedInput.files, Confirmation.arguments, Planned.arguments)


def forget_blobs(session: Session, after: str, idle: set[str]) -> str:
    """Check the next files after this digest and return where to go on, "" at the end. A file goes on the second night
    on which nothing refers to it (it is in `idle` then): a file may be stored a moment before what refers to it."""
    used = (
        select(Attachment.id).where(Attachment.digest == Blob.digest),
        select(Message.id).where(Message.digest == Blob.digest),
        select(StoredContent.id).where(StoredContent.file == Blob.digest),
        select(DocumentTemplate.id).where(DocumentTemplate.digest == Blob.digest),
    )
    rows = session.execute(
        select(Blob.digest, or_(*(it.exists() for it in used)))
        .where(Blob.digest > after)
        .order_by(col(Blob.digest))
        .limit(CHUNK)
    ).all()
    looked, loose = {digest for digest, _ in rows}, {digest for digest, kept in rows if not kept}
    alone = {digest for digest in loose if not _under_way(session, digest)}
    gone = alone & idle
    session.connection().execute(delete(Blob).where(col(Blob.digest).in_(gone)))
    idle -= looked
    idle |= alone - gone
    return str(rows[-1][0]) if len(rows) == CHUNK else ""


def _under_way(session: Session, digest: str) -> bool:
    return any(
        session.execute(select(column).where(cast(column, String).contains(digest)).limit(1)).first()
        for column in UNDER_WAY
    )
