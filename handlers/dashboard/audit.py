"""The dashboard's page *Audit*: who changed what and when, within an admin's own units, as `/audit` says it, with each
entry's digest for an auditor."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlmodel import Session

from handlers.core.access import ADMIN
from handlers.core.context import Context
from handlers.dashboard.pages import Group, Page, View
from handlers.operations import audit_lines
from handlers.operations.audit_lines import Lines
from models.authority import permissions
from models.core.canonical import canonical
from models.core.errors import Refusal
from models.operations import audit_log
from models.organisation import people, units
from models.organisation.people import Person
from models.organisation.units import Unit

SHOWN = 40
EARLIEST, LATEST = date(2000, 1, 1), date(2999, 12, 31)
COLUMNS = ("number", "at", "by", "by_name", "what", "about", "about_name", "words", "detail", "digest", "previous")


@dataclass
class Audit:
    """What the page shows: the units it is about, the entries, the digest before each, the filter with the kinds to
    choose from, and before which number older entries begin. `refused` says why a filter names nothing."""

    units: list[Unit]
    lines: Lines = field(default_factory=lambda: Lines([], {}))
    previous: dict[int, str] = field(default_factory=dict)
    kinds: list[tuple[str, str]] = field(default_factory=list)
    who: str = ""
    kind: str = ""
    first: date | None = None
    last: date | None = None
    older: int | None = None
    refused: str = ""


def gather(context: Context, view: View) -> Audit:
    """Return the page. What the filter cannot name is said on the page, which is empty then."""
    query, kinds = view.query, sorted((_label(view, it), it) for it in audit_log.KINDS)
    page = Audit(
        permissions.administers(context.session, view.reader), kinds=[(it, label) for label, it in kinds],
        who=query.text("who").strip(), kind=query.text("kind"),
    )  # fmt: skip
    try:
        _fill(context, view, page)
    except Refusal as refusal:
        page.refused = view.words.refusal(refusal)
    return page


def _fill(context: Context, view: View, page: Audit) -> None:
    session, query = context.session, view.query
    if page.kind and page.kind not in audit_log.KINDS:
        raise Refusal("audit.no_kind")
    page.first, page.last = _day(query.text("from")), _day(query.text("to"))
    days = page.first or EARLIEST, page.last or LATEST
    span = audit_lines.instants(*days, context.defaults.zone) if page.first or page.last else None
    before = query.number("before")
    asked = audit_log.Filter(
        subject=subject(session, view.reader, page.who) if page.who else None,
        what=audit_log.KINDS.get(page.kind, ()), span=span, before=max(before, 1) if before is not None else None,
    )  # fmt: skip
    tops = audit_lines.reach(session, page.units)
    found, page.older = audit_log.page(session, tops, view.reader.staff_no, asked, SHOWN)
    page.lines, page.previous = audit_lines.read(session, found), audit_log.before(session, found)


def subject(session: Session, reader: Person, words: str) -> str:
    """Return the subject that the words name: a person or a unit the reader administers, or the code of a form or a
    task. Raises `people.many_persons`, `people.many_units`."""
    tops = permissions.administers(session, reader)
    for find in (people.find_person, units.find_unit):
        try:
            found = find(session, words, tops)
        except Refusal as refusal:
            if refusal.key not in ("people.no_person", "people.no_unit"):
                raise
            continue
        return found.staff_no if isinstance(found, Person) else found.path
    return words


def _day(words: str) -> date | None:
    """Return a day as browsers send it. Raises `audit.no_day`."""
    if not words:
        return None
    try:
        found = date.fromisoformat(words)
    except ValueError:
        found = date.min
    if not EARLIEST <= found <= LATEST:
        raise Refusal("audit.no_day", typed=words[:40])
    return found


def _label(view: View, kind: str) -> str:
    return view.words.line("operations/audit_kind", kind=kind)


def data(view: View, page: Audit) -> dict[str, Any]:
    """Return the entries as JSON has them, exactly as they are chained, with the words that people read."""
    rows, names = page.lines.rows, page.lines.names
    found = [
        {
            "number": it.id, "at": it.at.isoformat(), "by": it.by, "by_name": names.get(it.by), "what": it.what,
            "about": it.about, "about_name": names.get(it.about),
            "words": view.words.line("operations/audit_line", row=it, about=about, d=d, names=names),
            "detail": it.detail, "digest": it.digest, "previous": page.previous[it.id],
        }
        for it, about, d in rows
    ]  # fmt: skip
    older = view.at(before=page.older) if page.older else None
    return {"entries": found, "older": older} | ({"refused": page.refused} if page.refused else {})


def rows(view: View, page: Audit) -> Iterator[list[object]]:
    """Yield the same as a table, its headings first."""
    yield list(COLUMNS)
    for it in data(view, page)["entries"]:
        yield [canonical(it[name]).decode() if name == "detail" and it[name] else it[name] for name in COLUMNS]


PAGE = Page("audit", "audit", ADMIN, gather, data, rows, Group.RECORD)
