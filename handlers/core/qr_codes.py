"""Draw links as QR codes, to print or to scan from a screen."""

from io import BytesIO
from typing import Any

MASK = 3  # any of the eight can be read; trying all takes four times as long, and there may be 60 codes
PIXELS, QUIET = 8, 4  # of a picture: the side of a module, and the white modules around


def picture(link: str) -> bytes:
    """Return the link as a QR code, a PNG."""
    out = BytesIO()
    _code(link).save(out, kind="png", scale=PIXELS, border=QUIET)
    return out.getvalue()


def drawn(link: str) -> str:
    """Return the link's QR code as SVG, which repeats none of the link's letters."""
    return str(_code(link).svg_inline(scale=3, border=QUIET))


def _code(link: str) -> Any:
    """Return the QR code; segno is loaded only by those who hand out links."""
    import segno

    return segno.make(link, error="m", micro=False, mask=MASK)
