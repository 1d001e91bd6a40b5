"""Delete files that nothing refers to: no record, no message, and nothing that is still being written."""

from sqlalchemy import String, cast, delete, func, or_
from sqlmodel import Session, col, select

from models.changes.planned import Planned
from models.channels.webchat import Message
from models.conversations.confirmations import Confirmation
from models.conversations.drafts import Draft
from models.conversations.expected_input import ExpectedInput
from models.documents.templates import DocumentTemplate
from models.files.attachments import Attachment
from models.files.blobs import Blob, BlobPart
from models.messaging.contents import StoredContent
from models.supplies.bills import Bill

CHUNK = 200
BYTES = 8 * 1024 * 1024  # after which a transaction deletes no more
# unfinished work: few rows, so their JSON may be searched as text
UNDER_WAY = (Draft.answers, Draft.attachments, ExpectedInput.files, Confirmation.arguments, Planned.arguments)


def forget_blobs(session: Session, after: str, idle: set[str]) -> str:
    """Check the next files after this digest and return where to go on, "" at the end. A file goes on the second night
    on which nothing refers to it (it is in `idle` then): a file may be stored a moment before what refers to it."""
    used = (
        select(Attachment.id).where(Attachment.digest == Blob.digest),
        select(Bill.id).where(Bill.digest == Blob.digest),
        select(Message.id).where(Message.digest == Blob.digest),
        select(StoredContent.id).where(StoredContent.file == Blob.digest),
        select(DocumentTemplate.id).where(DocumentTemplate.digest == Blob.digest),
    )
    size = select(func.sum(func.length(BlobPart.data))).where(BlobPart.digest == Blob.digest).scalar_subquery()
    rows = session.execute(
        select(Blob.digest, or_(*(it.exists() for it in used)), size)
        .where(Blob.digest > after)
        .order_by(col(Blob.digest))
        .limit(CHUNK)
    ).all()
    gone, left, last = set[str](), BYTES, ""
    for last, kept, bytes_of in rows:
        if kept or _under_way(session, last):
            idle.discard(last)
        elif last not in idle:
            idle.add(last)
        else:
            idle.discard(last)
            gone.add(last)
            left -= bytes_of or 0
            if left <= 0:
                break
    for table in (BlobPart, Blob):
        session.connection().execute(delete(table).where(col(table.digest).in_(gone)))
    return last if left <= 0 or len(rows) == CHUNK else ""


def _under_way(session: Session, digest: str) -> bool:
    return any(
        session.execute(select(column).where(cast(column, String).contains(digest)).limit(1)).first()
        for column in UNDER_WAY
    )
