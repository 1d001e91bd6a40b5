"""Put the timeline into words: its entries as sentences, and all of a time as a Word document (docs/rules.md 39)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlmodel import Session

from handlers.core.rendering import Renderer
from handlers.exports.official_words import printable
from models.authority import timeline_reach
from models.core.errors import Refusal
from models.documents.paper import Paper
from models.files.blobs import safe_name
from models.organisation import units
from models.organisation.people import Person
from models.organisation.units import Unit
from models.timeline import reading
from models.timeline.entries import TimelineEntry
from models.timeline.reading import Scope
from models.timeline.sources import BY_NAME

SUMS = ("amount", "given", "spent")  # what is told as exact texts
MOST = 1000  # entries of a document, the newest


@dataclass(frozen=True)
class Line:
    """An entry as it is read. `full` also says whose it is, `unit`, where that is a unit above the one that is looked
    at."""

    it: TimelineEntry
    sign: str
    text: str
    full: str
    unit: Unit | None

    @property
    def day(self) -> date:
        return self.it.day


def lines(words: Renderer, scope: Scope, found: Sequence[TimelineEntry]) -> list[Line]:
    """Return the entries in this person's words."""
    above = {it.id: it for it in scope.units if it.id != scope.unit.id}
    return [_line(words, it, above.get(it.unit_id)) for it in found]


def _line(words: Renderer, it: TimelineEntry, unit: Unit | None) -> Line:
    text = sentence(words, it)
    full = words.line("timeline/whose", text=text, unit=unit) if unit else text
    return Line(it, BY_NAME[it.source].sign, text, full, unit)


def sentence(words: Renderer, it: TimelineEntry) -> str:
    """Return what an entry says: an admin's words, or what it is made of."""
    return it.words or made_of(words, it)


def made_of(words: Renderer, it: TimelineEntry) -> str:
    """Return what an entry is made of, whatever an admin made of it; "" for an admin's own."""
    told = dict(words.spoken(it.told))
    told |= {name: Decimal(str(told[name])) for name in SUMS if name in told}
    return words.line("timeline/said", source=it.source, n=it.n, t=told)


def label(words: Renderer, source: str) -> str:
    """Return what the entries of a source are called together."""
    return words.line("timeline/label", source=source)


def within(session: Session, person: Person, unit: Unit, day: date) -> bool:
    """Say whether somebody sees this unit's timeline."""
    try:
        timeline_reach.scope(session, person, unit, day)
    except Refusal:
        return False
    return True


def paper(session: Session, words: Renderer, unit: Unit, days: tuple[date, date], now: datetime, by: Person) -> Paper:
    """Return the timeline of these days as it is drawn, the oldest entry first. Raises `timeline.not_yours`,
    `timeline.empty`."""
    today = now.astimezone(words.zone).date()
    scope = timeline_reach.scope(session, by, unit, today)
    first, last = days
    found = reading.entries(session, scope, min(last, today), MOST + 1, first=first)
    shown = [it for it in found[:MOST] if it.hidden_at is None]
    if not shown:
        raise Refusal("timeline.empty", path=unit.path)
    root, span = units.root(session), (shown[-1].day, shown[0].day)
    told = [
        {"label": words.line("timeline/day", day=one.day), "text": one.full}
        for one in reversed(lines(words, scope, shown))
    ]
    if len(found) > MOST:  # how it goes on stands first, where the older ones would
        told.insert(0, {"label": "…", "text": words.line("timeline/older", most=MOST)})
    fields = {
        "organisation": root.name if root else "", "unit": unit.name, "title": words.line("timeline/title"),
        "period": words.line("timeline/span", first=span[0], last=span[1]), "exceptions": told,
        "written_at": words.line("exports/document_line", what="written", at=now, by=by.name),
    }  # fmt: skip
    return Paper(printable(fields), {"page": words.line("timeline/page")}, words.locale, "timeline")


def file_name(words: Renderer, unit: Unit, ending: str) -> str:
    return safe_name(f"{words.line('timeline/title')} {unit.name}.{ending}")
