"""Draw enrolment codes for those who get them: their links, and a sheet of slips to print."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session

from handlers.core import qr_codes
from handlers.core.rendering import Renderer
from models.messaging import enrolment_links
from models.organisation import units
from models.organisation.people import Person

Codes = Sequence[tuple[Person, str]]


def rows(session: Session, codes: Codes) -> list[tuple[Person, str, list[str]]]:
    return [(person, code, enrolment_links.to(session, code)) for person, code in codes]


def place(session: Session) -> dict[str, Any]:
    """Return what invitations say of where and what: the organisation, and the address of the browser chat."""
    root = units.root(session)
    return {"organisation": root.name if root else "", "page": enrolment_links.page(session)}


def sheet(words: Renderer, session: Session, codes: Codes, expires: datetime) -> bytes:
    """Return a page of HTML to print and cut: for each person a slip with name, code and the links as QR codes."""
    slips = [
        (person, code, [(link, qr_codes.drawn(link)) for link in enrolment_links.to(session, code)])
        for person, code in codes
    ]
    return words.page("print/invites", slips=slips, expires=expires, **place(session)).encode()
