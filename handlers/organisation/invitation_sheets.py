"""Draw enrolment codes for those who get them: links, a picture of one, and a sheet of slips to print."""

from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import Any

from sqlmodel import Session

from handlers.core.rendering import Renderer
from models.messaging import enrolment_links
from models.organisation import units
from models.organisation.people import Person

Codes = Sequence[tuple[Person, str]]
MASK = 3  # any of the eight can be read; trying all takes four times as long, and there may be 200 codes
PIXELS, QUIET = 8, 4  # of a picture: the side of a module, and the white modules around


def rows(session: Session, codes: Codes) -> list[tuple[Person, str, list[str]]]:
    return [(person, code, enrolment_links.to(session, code)) for person, code in codes]


def place(session: Session) -> dict[str, Any]:
    """Return what invitations say of where and what: the organisation, and the address of the browser chat."""
    root = units.root(session)
    return {"organisation": root.name if root else "", "page": enrolment_links.page(session)}


def picture(link: str) -> bytes:
    """Return the link as a QR code, a PNG."""
    out = BytesIO()
    _code(link).save(out, kind="png", scale=PIXELS, border=QUIET)
    return out.getvalue()


def sheet(words: Renderer, session: Session, codes: Codes, expires: datetime) -> bytes:
    """Return a page of HTML to print and cut: for each person a slip with name, code and the links as QR codes."""
    slips = [
        (person, code, [(link, drawn(link)) for link in enrolment_links.to(session, code)]) for person, code in codes
    ]
    return words.page("print/invites", slips=slips, expires=expires, **place(session)).encode()


def drawn(link: str) -> str:
    """Return the link's QR code as SVG, which repeats none of the link's letters."""
    return str(_code(link).svg_inline(scale=3, border=QUIET))


def _code(link: str) -> Any:
    """Return the QR code; segno is loaded only by those who invite."""
    import segno

    return segno.make(link, error="m", micro=False, mask=MASK)
