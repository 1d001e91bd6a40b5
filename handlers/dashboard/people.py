"""Gather the dashboard's page *People*: who is below the units that its reader administers, one of them with what can
be done, and what is planned. The questions and the permissions are those of `/people`."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlmodel import Session, col, or_, select

from handlers.core.context import Context
from handlers.dashboard.pages import View
from handlers.exports import roster_files
from handlers.organisation import import_undo
from models.authority import permissions, responsibility
from models.changes import change_rights
from models.changes.planned import Planned
from models.conversations.confirmations import Confirmation
from models.core.errors import Refusal
from models.messaging import addresses
from models.organisation import people, people_search, units
from models.organisation.people import Kind, Membership, Person, Role
from models.organisation.units import Unit

SHOWN = 40  # people on a page
UNITS_SHOWN = 200  # units to choose from
PLANNED_SHOWN = 20  # and how many more there are


@dataclass(frozen=True)
class Line:
    """Somebody in the list: the unit they are at home in, their roles other than member with their units, and whether
    messages reach them (`addresses.silence`)."""

    person: Person
    unit: Unit
    roles: list[tuple[str, Unit]]
    reach: str


@dataclass
class One:
    """The person who is shown: what `/people` shows of them, and whether they can be invited."""

    line: Line
    reporter: Person | None
    wards: Sequence[Person]
    planned: list[Planned]
    invite: bool


@dataclass
class People:
    """The page. `tops` are the units that the reader administers, `choices` those and all below, as far as there is
    room; `outside` says that people outside are listed instead; `undo` are the reader's imports that can be undone:
    what the button carries, and the file's name."""

    tops: list[Unit]
    choices: Sequence[Unit]
    more_units: bool
    unit: Unit | None = None
    typed: str = ""
    number: int = 1
    total: int = 0
    lines: list[Line] = field(default_factory=list)
    one: One | None = None
    planned: list[Planned] = field(default_factory=list)
    planned_more: int = 0
    undo: list[tuple[int, str]] = field(default_factory=list)
    size: int = SHOWN
    outside: bool = False

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))


def gather(context: Context, view: View) -> People:
    """Return the page. Raises `people.not_administered` for a unit or a person that is not the reader's."""
    session = context.session
    tops = permissions.administers(session, view.reader)
    choices = choice(session, tops)
    page = People(tops, choices[:UNITS_SHOWN], len(choices) > UNITS_SHOWN, unit_asked(view, session, tops))
    page.outside = view.query.text("kind") == Kind.OUTSIDE
    page.typed, page.number = " ".join(view.query.text("q").split()), view.query.page("page")
    found, page.total = people_search.search(
        session, tops, page.typed, context.today, unit=page.unit, page=page.number, size=SHOWN, outside=page.outside
    )
    page.lines = _lines(session, found)
    if (number := view.query.number("person")) is not None:
        page.one = _one(context, view, number)
    planned = change_rights.waiting(session, view.reader, context.today, "people")
    page.planned, page.planned_more = planned[:PLANNED_SHOWN], max(0, len(planned) - PLANNED_SHOWN)
    page.undo = _imports(context, view)
    return page


def choice(session: Session, tops: Sequence[Unit]) -> Sequence[Unit]:
    """Return the units below these, in the roster's order, and one more than are shown if there are more."""
    query = select(Unit).where(or_(*(units.below(top.path) for top in tops)))
    return session.exec(query.order_by(col(Unit.rank)).limit(UNITS_SHOWN + 1)).all()


def unit_asked(view: View, session: Session, tops: Sequence[Unit]) -> Unit | None:
    """Return the unit that the address names, by its id, path or name; None for none. Raises `people.no_unit`,
    `people.many_units` of the reader's own, `people.not_administered`."""
    text, number = view.query.text("unit").strip(), view.query.number("unit")
    if not text:
        return None
    found = session.get(Unit, number) if number else None if text.isdecimal() else units.find_unit(session, text, tops)
    if found is None or not any(units.is_below(found.path, top.path) for top in tops):
        raise Refusal("people.not_administered", path=text)
    return found


def _lines(session: Session, found: people_search.Lines) -> list[Line]:
    ids = [person.id for person, _ in found]
    reach = addresses.silence(session, [person.reporter_id or person.id for person, _ in found])
    rows = session.exec(
        select(Membership.person_id, Membership.role, Unit)
        .join(Unit)
        .where(col(Membership.person_id).in_(ids), Membership.role != Role.MEMBER)
        .order_by(col(Unit.rank))
    ).all()
    held: dict[int, list[tuple[str, Unit]]] = {}
    for number, role, unit in rows:
        held.setdefault(number, []).append((role, unit))
    return [
        Line(person, unit, held.get(person.id, []), reach[person.reporter_id or person.id]) for person, unit in found
    ]


def _one(context: Context, view: View, number: int) -> One:
    session = context.session
    person = session.get(Person, number)
    home = people.home(session, person) if person else None
    if person is None or home is None or not permissions.may_admin(session, view.reader, home.path):
        raise Refusal("dashboard.no_person")
    line = _lines(session, [(person, home)])[0]
    staff = person.kind == Kind.STAFF
    return One(
        line,
        session.get(Person, person.reporter_id) if person.reporter_id else None,
        responsibility.wards(session, person, context.today),
        change_rights.waiting(session, view.reader, context.today, "people", subject=person.staff_no),
        line.reach == "never" and staff and person.left_on is None,
    )


def _imports(context: Context, view: View) -> list[tuple[int, str]]:
    query = select(Confirmation).where(
        Confirmation.person_id == view.reader.id, Confirmation.action == import_undo.DONE,
        Confirmation.expires_at > context.now,
    )  # fmt: skip
    found = context.session.exec(query.order_by(col(Confirmation.id).desc())).all()
    return [(it.id, it.arguments["name"]) for it in found]


def template(view: View, page: People) -> tuple[str, bytes]:
    """Return the roster to fill in, as `/people template` sends it."""
    return roster_files.template_name(view.words), roster_files.template(view.words)
