"""Gather the dashboard's page *Notices*: the list, and one notice with counts by unit and who has not replied. It shows
what `/notice` shows, to the same people (docs/rules.md 27.5)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from handlers.core.access import LEAD
from handlers.core.context import Context
from handlers.dashboard.pages import Group, Page, View, table
from handlers.dashboard.round_lists import Listing, listed
from handlers.rounds import notice_file, standing
from handlers.rounds.notice_file import Line
from models.core.errors import Refusal
from models.organisation.people import Person
from models.organisation.units import Unit
from models.rounds.counts import Count
from models.rounds.rounds import Round, RoundKind, RoundVersion

PEOPLE = 60  # on a page
WHOLE = ("csv", "file")  # what is asked for as a whole, not a page of it
COLUMNS = (
    "number", "text", "sent_at", "by", "due_at", "starts_at", "asks", "asked", "expected", "replied", "late", "away",
    "left", "withdrawn_at",
)  # fmt: skip
PERSON = ("unit", "staff_no", "name", "status", "reply", "replied_at", "late", "version", "reached_at")


@dataclass
class One:
    """A notice that is looked at: its versions, the counts of units, its recipients a page at a time, and its file
    where that is asked for."""

    it: Round
    version: RoundVersion
    by: Person
    count: Count
    units: Sequence[tuple[Unit, Count]]
    lines: Sequence[Line]
    number: int
    own: bool
    values: Mapping[str, Any]
    file: tuple[str, bytes] | None = None

    @property
    def pages(self) -> int:
        return max(1, -(-self.count.asked // PEOPLE))


@dataclass
class Notices(Listing):
    """The page: the list, and the one that is looked at."""

    one: One | None = None


def gather(context: Context, view: View) -> Notices:
    """Return the page. Raises `rounds.not_yours`, and `rounds.too_many` for a file of more rows than may be."""
    number = view.query.number("id")
    page = view.query.page("page")
    if number is not None:
        return Notices(one=_one(context, view, number, page))
    return Notices(*listed(context, view, RoundKind.NOTICE))


def _one(context: Context, view: View, number: int, page: int) -> One:
    it, tops = standing.seen(context, view.reader, number)
    if it.kind != RoundKind.NOTICE:
        raise Refusal("rounds.not_yours")
    values = standing.values(context, view.words, it, tops)
    whole = view.query.text("as") in WHOLE
    if whole and values["count"].asked > notice_file.MOST:
        raise Refusal("rounds.too_many", most=notice_file.MOST)
    after, most = (0, None) if whole else ((page - 1) * PEOPLE, PEOPLE)
    lines = notice_file.lines(context, it, tops, most, after)
    made = One(
        it, values["version"], values["by"], values["count"], values["units"], lines, page,
        standing.may_change(context, it, view.reader), values,
    )  # fmt: skip
    if view.query.text("as") == "file":
        made.file = notice_file.write(context, view.words, it, tops, lines)
    return made


def _line(told: Mapping[str, Any]) -> dict[str, Any]:
    """Return a notice for programs."""
    it, version, count = told["it"], told["version"], told["count"]
    return {
        "number": it.id, "text": version.words, "sent_at": version.at.isoformat(), "by": told["by"].name,
        "due_at": version.due_at.isoformat() if version.due_at else None,
        "starts_at": version.starts_at.isoformat() if version.starts_at else None, "asks": it.asks,
        "asked": count.asked, "expected": count.expected, "replied": count.replied, "late": count.late,
        "away": count.away, "left": count.left,
        "withdrawn_at": it.withdrawn_at.isoformat() if it.withdrawn_at else None,
    }  # fmt: skip


def _person(one: One, line: Line) -> dict[str, Any]:
    reply, done = line.reply, line.status in ("read", "answered")
    return {
        "unit": line.place.path, "staff_no": line.person.staff_no, "name": line.person.name, "status": line.status,
        "reply": None if line.answer is None else one.it.choices[line.answer].removeprefix("@"),
        "replied_at": reply.at.isoformat() if done and reply.at else None, "late": reply.late if done else None,
        "version": reply.number if done else None,
        "reached_at": line.reached_at.isoformat() if line.reached_at else None,
    }  # fmt: skip


def data(view: View, page: Notices) -> dict[str, Any]:
    if page.one is None:
        found = [_line(it) for it in page.lines]
        return {"notices": found, "page": page.number, "pages": page.pages, "total": page.total}
    one = page.one
    return _line(one.values) | {
        "version": one.it.number, "choices": [it.removeprefix("@") for it in one.it.choices],
        "units": [
            {"unit": unit.path, "asked": it.asked, "expected": it.expected, "replied": it.replied, "late": it.late,
             "away": it.away, "left": it.left, "answers": {str(n): count for n, count in it.answers.items()}}
            for unit, it in one.units
        ],
        "people": [_person(one, line) for line in one.lines], "page": one.number, "pages": one.pages,
    }  # fmt: skip


def rows(view: View, page: Notices) -> Iterator[list[object]]:
    """Return the list, or the recipients of the one notice, as a table."""
    if page.one is None:
        return table(COLUMNS, (_line(it) for it in page.lines))
    one = page.one
    return table(PERSON, (_person(one, line) for line in one.lines))


def file(view: View, page: Notices) -> tuple[str, bytes]:
    """Return the notice's recipients as an Excel file. Raises `rounds.not_yours` where no notice is named."""
    if page.one is None or page.one.file is None:
        raise Refusal("rounds.not_yours")
    return page.one.file


PAGE = Page("notices", "notices", LEAD, gather, data, rows, Group.WORD, file=file)
