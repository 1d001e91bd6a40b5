"""Files by the digest of their bytes: the same bytes are kept once."""

import hashlib

from sqlmodel import Session

from models.cards import File
from models.messages import Blob


def keep(session: Session, name: str, mime: str, data: bytes) -> File:
    digest = hashlib.sha256(data).hexdigest()
    if session.get(Blob, digest) is None:
        session.add(Blob(digest=digest, data=data))
        session.flush()
    return File(digest, name, mime, len(data))
