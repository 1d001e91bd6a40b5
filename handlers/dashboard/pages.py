"""Say what a page of the dashboard is: its address, who may open it, and what stands around every page."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from sqlmodel import Session, func, select

from handlers.core.access import ADMIN, LEAD, MEMBER, Access
from handlers.core.context import Context
from handlers.core.groups import Group as Group
from handlers.core.rendering import Renderer
from handlers.dashboard.looks import Look
from handlers.exports.papers import Wanted
from models.authority import permissions
from models.core.errors import Refusal
from models.core.ledger import LedgerEntry
from models.documents.paper import Format
from models.messaging.contents import Content
from models.organisation import people, units
from models.organisation.people import Person
from models.organisation.units import Unit
from models.reporting.revisions import Revision

ROOT = "/dashboard/"
AGES = timedelta(minutes=2)  # how old the ages on an open page may become
EVERY = 15  # seconds between two questions of an open page what is new
SEEN = re.compile(r"([0-9.]{1,60})~([0-9]{1,12})~([0-9]{1,4})", re.ASCII)
MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")
# Each link of a page repeats what its address asks for: characters of a value, of its name, and how many of them.
LONGEST, LONGEST_NAME, MOST = 200, 20, 20


@dataclass(frozen=True)
class Query:
    """What the address of a page asks for, by name. A value that should be a number and isn't one matches nothing."""

    values: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, told: Iterable[tuple[str, str]]) -> "Query":
        """Return what the names and values of an address ask for, as far as a page could have asked for it itself."""
        return cls({name: value[:LONGEST] for name, value in islice(told, MOST) if len(name) <= LONGEST_NAME})

    def text(self, name: str) -> str:
        return self.values.get(name, "")[:LONGEST]

    def number(self, name: str) -> int | None:
        """Return a number: None if it is not given, 0 if the value cannot be an id."""
        text = self.text(name)
        if not text:
            return None
        return int(text) if text.isascii() and text.isdecimal() and len(text) <= 9 else 0

    def month(self, name: str, today: date) -> date:
        """Return the first day of the month that is asked for as `2026-11`, of this one if none is. Raises
        `history.no_month`."""
        text = self.text(name)
        if text and not MONTH.fullmatch(text):
            raise Refusal("history.no_month", typed=text[:20])
        return date(int(text[:4]), int(text[5:]), 1) if text else today.replace(day=1)

    def page(self, name: str) -> int:
        """Return which page of a list is asked for, the first if none is."""
        return self.number(name) or 1


@dataclass(frozen=True)
class Slip:
    """A code to scan: for whom, where its link leads, and the QR code as SVG."""

    name: str
    host: str
    drawn: str


@dataclass(frozen=True)
class Machine:
    """The machine as the page *System* tells of it: what is wrong, a word each as `/healthz` says them, the free bytes
    and how many there have to be, the bytes of the database, and the real time, which a demo's clock is not."""

    problems: list[str]
    free: int
    least: int
    size: int
    real_now: datetime


@dataclass
class View:
    """What stands around every page: who reads it, in whose words, and what they may. `tops` are the units the reader
    answers for, as `permissions.leads` returns them. `look` is what has to be in the audit before the page is shown.
    `said`, `heard` and `waits` are what the chat answers to what was done here: the line over a tapped button, the
    messages that changed, and whether it waits for words. `cards` are the numbers of these messages, `slips` the codes
    to scan of each."""

    page: "Page"
    reader: Person
    words: Renderer
    organisation: str
    now: datetime
    stamp: str
    role: Access
    tops: list[Unit]
    query: Query = field(default_factory=Query)
    look: Look | None = None
    csrf: str = ""
    machine: Callable[[], Machine] | None = None  # looks at the machine, which handlers may not touch
    every: int = EVERY
    ages: bool = False  # whether it says how long ago something was, so that it grows old by itself
    made: int = 0  # the second in which it was made, as the server counts them
    stays: int = 0  # minutes for which an open page stays as it is, because many are open
    said: str = ""
    bad: bool = False
    heard: list[Content] = field(default_factory=list)
    cards: list[int] = field(default_factory=list)
    slips: list[list[Slip]] = field(default_factory=list)
    waits: bool = False

    @property
    def seen(self) -> str:
        """Return what an open page says it has seen when it asks for what is new."""
        return f"{self.stamp}{f'.{_tick(self.now)}' if self.ages else ''}~{self.made}~{self.every}"

    @property
    def address(self) -> str:
        """Return the address of this page as it is asked for."""
        return self.at()

    def at(self, /, **changed: object) -> str:
        """Return the address of this page with these values changed; None takes one away."""
        kept = {name: value for name, value in self.query.values.items() if name not in ("seen", "as")}
        return self.to(self.page.name, **(kept | changed))

    def to(self, page: str, /, **values: object) -> str:
        """Return the address of a page."""
        query = urlencode({name: str(value) for name, value in values.items() if value not in (None, "")})
        return f"{ROOT}{page}{'?' if query else ''}{query}"


# Given the context and the view, return the page's own values. It may raise a Refusal.
Gather = Callable[[Context, View], Any]


@dataclass(frozen=True)
class Page:
    """A page: `name` in its address, `template` in templates/dashboard/, `access` the lowest role that may open it.
    `data` returns it for programs, `rows` the same as a table, its headings first. `group` puts it into the menu, under
    this heading; its words there are in templates/dashboard/_menu.j2. `live` keeps it up to date while it is open,
    `ticking` although nothing was reported. `file` returns the name and the bytes of a file that the page gives away
    (`?as=file`). `paper` returns which official report the page stands for (`?as=word`, `?as=pdf`), None for none."""

    name: str
    template: str
    access: Access
    gather: Gather
    data: Callable[[View, Any], dict[str, Any]]
    rows: Callable[[View, Any], Iterator[list[object]]]
    group: Group | None = None
    live: bool = True
    ticking: bool = False
    file: Callable[[View, Any], tuple[str, bytes]] | None = None
    paper: Callable[[View, Any, Format], Wanted | None] | None = None


def table(columns: Sequence[str], lines: Iterable[Mapping[str, object]]) -> Iterator[list[object]]:
    """Yield the columns as headings, then each line's values in their order; None where a line has none."""
    yield list(columns)
    for line in lines:
        yield [line.get(name) for name in columns]


def view(context: Context, page: Page, person: Person, query: Query) -> View:
    """Return what stands around the page. Raises `dashboard.not_for_you` if the person's role does not reach."""
    session, today = context.session, context.today
    tops = permissions.leads(session, person, today)
    role = ADMIN if permissions.administers(session, person) else LEAD if tops else MEMBER
    if page.access > role:
        raise Refusal("dashboard.not_for_you")
    root = units.root(session)
    name, words = root.name if root else "", context.words_for(person)
    return View(page, person, words, name, context.now, stamp(session), role, tops, query)


_NEWEST = select(select(func.max(Revision.id)).scalar_subquery(), select(func.max(LedgerEntry.id)).scalar_subquery())


def stamp(session: Session) -> str:
    """Return a text that changes whenever a page may show something else: with a report, and with anything under the
    ledger. It costs two look-ups by key."""
    filed, noted = session.exec(_NEWEST).one()
    return f"{filed or 0}.{noted or 0}"


@dataclass(frozen=True)
class Seen:
    """What an open page says it has seen: its stamp, the second in which it was made, and after how many seconds it
    asks."""

    stamp: str
    made: int
    every: int

    @classmethod
    def of(cls, text: str) -> "Seen | None":
        """Return what `View.seen` said; None for anything else."""
        found = SEEN.fullmatch(text)
        return cls(found[1], int(found[2]), int(found[3])) if found else None

    def current(self, session: Session, now: datetime) -> bool:
        """Say whether the page would show the same now."""
        newest = stamp(session)
        return self.stamp in (newest, f"{newest}.{_tick(now)}")


def _tick(now: datetime) -> int:
    return int(now.timestamp() // AGES.total_seconds())


def unit_of(view: View, session: Session, number: int | None) -> Unit | None:
    """Return the unit that is asked for, the first of the reader's if none is; None if the reader answers for no unit.
    Raises `dashboard.no_unit` if it is not below one of the reader's own; it says nothing of units that are not."""
    if number is None:
        return view.tops[0] if view.tops else None
    unit = session.get(Unit, number)
    if unit is None or not within(view, unit):
        raise Refusal("dashboard.no_unit")
    return unit


def within(view: View, unit: Unit) -> bool:
    """Say whether the unit is one that the reader answers for, or below one."""
    return any(units.is_below(unit.path, top.path) for top in view.tops)


def person_of(view: View, session: Session, number: int | None) -> Person:
    """Return the person who is asked for, the reader if nobody is. Raises `dashboard.no_person` for whoever is neither
    at home in a unit the reader answers for nor a ward of theirs."""
    if number is None or number == view.reader.id:
        return view.reader
    person = session.get(Person, number)
    if person is None or not opens(view, session, person):
        raise Refusal("dashboard.no_person")
    return person


def opens(view: View, session: Session, person: Person) -> bool:
    """Say whether the reader may open the page of somebody else."""
    return person.reporter_id == view.reader.id or within(view, people.home(session, person))


def openable(view: View, session: Session, persons: Sequence[Person]) -> set[int]:
    """Return the ids of those of these people whose pages the reader may open."""
    homes = people.homes(session, [it.id for it in persons])
    led = {number for number, home in homes.items() if within(view, home)}
    return led | {it.id for it in persons if view.reader.id in (it.id, it.reporter_id)}


def units_above(view: View, session: Session, unit: Unit) -> list[Unit]:
    """Return the units on the way down to this one, as far as they are the reader's."""
    found: list[Unit] = []
    parent = unit.parent_id
    while parent is not None:
        one = session.get_one(Unit, parent)
        if not within(view, one):
            break
        found.insert(0, one)
        parent = one.parent_id
    return found
