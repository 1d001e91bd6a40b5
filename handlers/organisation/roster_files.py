"""Write the roster as a file in somebody's language: the template to fill in, and the organisation's own."""

from collections.abc import Sequence
from datetime import date

from sqlmodel import Session

from handlers.core.rendering import Renderer
from models.organisation import roster_export
from models.organisation.units import Unit


def template(words: Renderer) -> bytes:
    """Return an Excel file to fill in, with an example and a sheet that explains the columns."""
    told = _told(words)
    example = {key.removeprefix("example."): value for key, value in told.items() if key.startswith("example.")}
    return roster_export.template(words.locale, example, told, (told["sheet"], told["help"]))


def file(session: Session, words: Renderer, kind: str, today: date, tops: Sequence[Unit] = ()) -> bytes:
    """Return everybody, or everybody below `tops`, as `kind` csv or xlsx; importing it changes nothing."""
    return roster_export.file(session, kind, words.locale, today, _told(words)["sheet"], tops)


def _told(words: Renderer) -> dict[str, str]:
    lines = words.line("organisation/roster_template").splitlines()
    return {key: said for key, _, said in (line.partition(" | ") for line in lines) if said}
