"""Find everything that a roster may not do: what does not fit the organisation, and what is not its author's to do
(docs/rules.md 15.5, 15.6)."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlmodel import Session, col, func, select

from models.authority import permissions, standing
from models.changes.credentials import coming
from models.core import characters
from models.core.database import in_chunks
from models.core.errors import Refusal
from models.cycle.assignments import Assignment
from models.forms.versions import FormVersion
from models.messaging.addresses import Address, Reach
from models.organisation import people, units
from models.organisation.people import Kind, Membership, Person, Role
from models.organisation.roster_rows import Row
from models.organisation.units import Unit
from models.reporting.reports import Report
from models.reporting.revisions import Revision

PERSONAL = (
    "name",
    "kind",
    "locale",
    "timezone",
    "rest_days",
    "wecom_id",
    "phone",
)  # what a row may change about a person


def beyond(
    session: Session, rows: Sequence[Row], known: Mapping[str, Person], root: Unit | None, day: date | None,
    by: Person | None, seen: Collection[str] = (),
) -> list[Refusal]:  # fmt: skip
    """Return everything these rows may not do, each with its line. `by` None is the operator, who may change
    the whole. `seen` are numbers on lines that are wrong already: they are in the file, whatever they are."""
    wrong = [*_unfit(rows, known, root, seen), *_accounts(session, rows, known), *_turned(session, rows, known)]
    taken = codes(session)
    was = former(session)
    wrong += [_at(row, "roster.number_was", staff_no=row.staff_no) for row in rows if row.staff_no in was]
    wrong += [
        _at(row, "roster.staff_no", value=row.staff_no)
        for row in rows
        if row.staff_no in taken and row.staff_no not in known
    ]
    if by is None or day is None or (root and permissions.may_admin(session, by, root.path)):
        return [*wrong, *_leavers(rows, known, day)]
    wrong += _others(session, rows, known, by)
    told = {(it.sheet, it.line) for it in wrong}  # nothing more is said of people who are not the author's
    wrong += _leavers([row for row in rows if (row.sheet, row.line) not in told], known, day)
    return [*wrong, *_credentials(session, [row for row in rows if (row.sheet, row.line) not in told], known, by, day)]


def former(session: Session) -> set[str]:
    """Return the numbers that were somebody's before they got another one."""
    query = select(Person.former_numbers).where(col(Person.former_numbers).is_not(None))
    return {number for it in session.exec(query).all() for number in (it or "").split()}


def codes(session: Session) -> set[str]:
    """Return the codes of tasks and forms: the audit names people, tasks and forms in one column."""
    return {*session.exec(select(Assignment.code)).all(), *session.exec(select(FormVersion.code).distinct()).all()}


def _at(row: Row, key: str, **values: Any) -> Refusal:
    return Refusal(key, **values).at(row.line, row.sheet)


def _unfit(
    rows: Sequence[Row], known: Mapping[str, Person], root: Unit | None, seen: Collection[str]
) -> Iterator[Refusal]:
    """Find another root, an unknown reporter, a ward with wards."""
    top = root.path if root else rows[0].unit.split("/")[0]
    kinds: dict[str, str] = {no: p.kind for no, p in known.items()} | {r.staff_no: r.kind for r in rows}
    named, numbers = {r.staff_no for r in rows}, {p.id: no for no, p in known.items()}
    reporting = {numbers[p.reporter_id] for no, p in known.items() if p.reporter_id and no not in named}
    for row in rows:
        if row.unit.split("/")[0] != top:
            yield _at(row, "roster.root", path=row.unit, root=top)
        if row.reporter and kinds.get(row.reporter) is None and row.reporter not in seen:
            yield _at(row, "roster.reporter_unknown", reporter=row.reporter)
        elif row.reporter and kinds.get(row.reporter) not in (None, Kind.STAFF):
            yield _at(row, "roster.reporter_ward", reporter=row.reporter)
        elif row.kind is not Kind.STAFF and row.staff_no in reporting:
            yield _at(row, "roster.reporter_ward", reporter=row.staff_no)


def _leavers(rows: Sequence[Row], known: Mapping[str, Person], day: date | None) -> Iterator[Refusal]:
    """Find rows about somebody who has left, or with such a reporter."""
    for row in rows:
        person = known.get(row.staff_no)
        if person and _left(person, day):
            key = "roster.left" if same_name(person.name, row.name) else "roster.number_taken"
            yield _at(row, key, staff_no=row.staff_no, name=person.name, other=row.name)
        elif person and person.left_on is not None and not same_name(person.name, row.name):
            yield _at(row, "roster.number_taken", staff_no=row.staff_no, name=person.name, other=row.name)
        reporter = known.get(row.reporter or "")
        if reporter and _left(reporter, day) and (not person or person.reporter_id != reporter.id):
            yield _at(row, "roster.reporter_left", reporter=reporter.staff_no, name=reporter.name)


def refuse_outside(person: Person, kind: str) -> None:
    """Raise `roster.outside_turned` if somebody of the organisation is to be outside, or the other way round: accounts,
    roles and reports belong to the one, links to the other (docs/rules.md 32.1)."""
    if (person.kind == Kind.OUTSIDE) != (kind == Kind.OUTSIDE):
        raise Refusal("roster.outside_turned", name=person.name, staff_no=person.staff_no)


def refuse_turning(session: Session, person: Person) -> None:
    """Raise `roster.own_answers` if somebody who has reported themselves is to become a ward: the reporter would read
    it."""
    own = select(Revision.id).join(Report).where(Report.person_id == person.id, Revision.by == person.id)
    if person.kind == Kind.STAFF and session.exec(own.limit(1)).first() is not None:
        raise Refusal("roster.own_answers", name=person.name, staff_no=person.staff_no)


def _turned(session: Session, rows: Sequence[Row], known: Mapping[str, Person]) -> Iterator[Refusal]:
    for row in rows:
        if row.staff_no in known:
            try:
                refuse_outside(known[row.staff_no], row.kind)
                if row.kind is Kind.WARD:
                    refuse_turning(session, known[row.staff_no])
            except Refusal as refusal:
                yield _at(row, refusal.key, **refusal.values)


def _left(person: Person, day: date | None) -> bool:
    return person.left_on is not None if day is None else person.left_by(day)


def same_name(one: str, other: str) -> bool:
    return characters.key(one).casefold() == characters.key(other).casefold()


def _accounts(session: Session, rows: Sequence[Row], known: Mapping[str, Person]) -> Iterator[Refusal]:
    """Find WeCom accounts that would be two people's. Case does not matter. An account is somebody's by the roster, by
    a staff number without an account of its own, or because they write from it."""
    named = {no: p.wecom_id for no, p in known.items()} | {r.staff_no: r.wecom_id for r in rows if r.wecom_id}
    owners: defaultdict[str, set[str]] = defaultdict(set)
    for no in {*known, *(r.staff_no for r in rows)}:
        owners[(named.get(no) or no).lower()].add(no)
    told: set[tuple[str, frozenset[str]]] = set()
    writing = writers(session, [r.wecom_id for r in rows if r.wecom_id])
    for row in reversed(rows):
        account = (named.get(row.staff_no) or row.staff_no).lower()
        others = owners[account] | {writing.get(account, row.staff_no)}
        pair = (account, frozenset(others | {row.staff_no}))
        if len(pair[1]) > 1 and pair not in told and _maps(row, known, named, pair[1]):
            told.add(pair)
            other = min(pair[1] - {row.staff_no})
            yield _at(row, "roster.account_twice", account=named.get(row.staff_no) or account, other=other)


def _maps(row: Row, known: Mapping[str, Person], named: Mapping[str, str | None], who: frozenset[str]) -> bool:
    """Say whether an account makes two rows one person, rather than two staff numbers that differ in case."""
    return any(named.get(no) for no in who) or bool(row.wecom_id)


def writers(session: Session, accounts: Sequence[str]) -> dict[str, str]:
    """Map WeCom account (lower case) → staff number of the person who writes from it."""
    found: dict[str, str] = {}
    for some in in_chunks({it.lower() for it in accounts}):
        query = (
            select(Address.account, Person.staff_no)
            .join(Person, col(Person.id) == col(Address.person_id))
            .where(Address.channel == "wecom", Address.reach != Reach.RETIRED)
            .where(func.lower(Address.account).in_(some))
        )
        found |= {account.lower(): no for account, no in session.exec(query).all()}
    return found


def _others(session: Session, rows: Sequence[Row], known: Mapping[str, Person], by: Person) -> Iterator[Refusal]:
    """Find what reaches above or beside the units that `by` administers."""
    tops = [unit.path for unit in permissions.administers(session, by)]
    held = _held(session, [known[r.staff_no].id for r in rows if r.staff_no in known])
    own = {r.staff_no for r in rows if r.staff_no not in known and _inside(r.unit, tops)}
    numbers, lower = {p.id: no for no, p in known.items()}, {no.lower(): no for no in known}
    for row in rows:
        if not _inside(row.unit, tops):
            yield _at(row, "people.not_administered", path=row.unit)
        person = known.get(row.staff_no)
        for key, path in _outside(row, person, held, tops) if person else []:
            named = {} if key == "people.not_administered" else {"name": row.name}
            yield _at(row, key, path=path, **named)
        taken = lower.get(row.wecom_id.lower()) if row.wecom_id else None
        if taken and taken != row.staff_no and (person is None or person.wecom_id != row.wecom_id):
            yield _at(row, "roster.account_twice", account=row.wecom_id, other=taken)
        before = numbers.get(person.reporter_id) if person and person.reporter_id else None
        if row.reporter and row.reporter != before and row.reporter in known:
            path = people.home(session, known[row.reporter]).path
            if not _inside(path, tops):
                yield _at(row, "roster.reporter_elsewhere", reporter=row.reporter, path=path)
        elif row.reporter and row.reporter != before and row.reporter not in own:
            yield _at(row, "roster.reporter_unknown", reporter=row.reporter)


def _credentials(
    session: Session, rows: Sequence[Row], known: Mapping[str, Person], by: Person, day: date
) -> Iterator[Refusal]:  # fmt: skip
    """Find WeCom accounts named by somebody who does not stand above their person: an account opens everything that its
    person may, as a code does."""
    above = standing.Standing(session, by, day)
    for row in rows:
        person = known.get(row.staff_no)
        named = person is not None and row.wecom_id and row.wecom_id != person.wecom_id
        if person and named and not above.over(person, coming(session, person)):
            yield _at(row, "roster.account_opens", name=person.name)


def _outside(
    row: Row, person: Person, held: Mapping[int, list[tuple[Membership, str]]], tops: Sequence[str]
) -> Iterator[tuple[str, str]]:
    """Say why a person is not the author's to change: at home elsewhere, holding a role elsewhere, or a member
    elsewhere while the row changes what holds everywhere."""
    wanted = {column: getattr(row, column) for column in PERSONAL}
    changes = any(after is not None and after != getattr(person, column) for column, after in wanted.items())
    for membership, path in held.get(person.id, []):
        if _inside(path, tops):
            continue
        if membership.home:
            yield "people.not_administered", path
        elif membership.role != Role.MEMBER:
            yield "people.holds_role", path
        elif changes:
            yield "people.also_elsewhere", path


def _held(session: Session, ids: Sequence[int]) -> dict[int, list[tuple[Membership, str]]]:
    found: dict[int, list[tuple[Membership, str]]] = {}
    for some in in_chunks(ids):
        query = select(Membership, Unit.path).join(Unit).where(col(Membership.person_id).in_(some))
        for membership, path in session.exec(query).all():
            found.setdefault(membership.person_id, []).append((membership, path))
    return found


def _inside(path: str, tops: Sequence[str]) -> bool:
    return any(units.is_below(path, top) for top in tops)
