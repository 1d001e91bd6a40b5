"""Note the imports of the command line in the audit, with what undoes them for an hour. Those of a chat are undone by
the button below their receipt (handlers/organisation/import_undo.py)."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from models.core import audit
from models.core.audit import UNDONE, AuditEntry
from models.core.errors import Refusal
from models.files import blobs

LASTS = timedelta(hours=1)
IMPORT = "import"
BY = "cli"


def note(session: Session, now: datetime, name: str, changes: int, kept: dict[str, Any],
         numbers: Mapping[str, str]) -> None:  # fmt: skip
    """Note an import; `kept` undoes it, `numbers` are the new → old ones of people whose number it changed."""
    data = json.dumps(kept, ensure_ascii=False).encode()
    blob = blobs.keep(session, f"{name}.undo", "application/json", data)
    for new, old in numbers.items():
        audit.note(session, now, BY, "staff number", new, before=old)
    audit.note(session, now, BY, IMPORT, name, changes=changes, undo=blob.digest)


def last(session: Session, now: datetime) -> tuple[str, dict[str, Any]]:
    """Return the name of the last import and what undoes it. Raises `roster.undo_late` if it was undone, is older than
    an hour, or there is none."""
    query = select(AuditEntry).where(AuditEntry.by == BY, col(AuditEntry.what).in_((IMPORT, UNDONE)))
    found = session.exec(query.order_by(col(AuditEntry.id).desc()).limit(1)).first()
    digest = (found.detail or {}).get("undo") if found and found.what == IMPORT else None
    if found is None or digest is None or found.at + LASTS <= now:
        raise Refusal("roster.undo_late")
    return found.about, json.loads(blobs.data_of(session, digest))
