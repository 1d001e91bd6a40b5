"""Find what the undoing of an import must leave as it is: what has changed since, and what would break a rule by now
(docs/rules.md 15.5)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from sqlmodel import Session, SQLModel, col, select

from models.changes.roster_limits import refuse_turning, writers
from models.channels import webchat
from models.core.database import in_chunks
from models.core.errors import Note, Refusal
from models.messaging import addresses
from models.messaging.addresses import Address
from models.organisation.people import Kind, Membership, Person
from models.organisation.units import Unit

State = Mapping[str, Any]


def kept_people(
    session: Session, people: Mapping[str, tuple[State | None, State]], now: Mapping[str, State], day: date
) -> dict[str, Note]:
    """Return why people stay as they are, by staff number. `people` are the states before and after the import; `now`
    is everybody's state. Whoever stays may be why somebody else does: an account or a reporter is not free again."""
    stays = {
        number: _note("changed", number, after)
        for number, (_, after) in people.items()
        if now.get(number) != after
    }  # fmt: skip
    stays |= _used_since(session, {no: it for no, it in people.items() if no not in stays})
    while True:
        end = _end(now, people, stays)
        reporters = {it["reporter"] for it in end.values()}
        owners: defaultdict[str, list[str]] = defaultdict(list)
        for number, it in end.items():
            owners[_account(it)].append(number)
        found: dict[str, Note] = {}
        for number, (before, after) in people.items():
            if number not in stays:
                note = _reporting(number, before, after, end, reporters, day)
                note = note or _account_taken(number, before, after, end, owners)
                found |= {number: note} if note else {}
        if not found:
            return stays
        stays |= found


def _note(key: str, number: str, after: State, **values: Any) -> Note:
    return Note(f"roster.undo_{key}", {"name": after["name"], "no": number, **values})


def _end(
    now: Mapping[str, State], people: Mapping[str, tuple[State | None, State]], stays: Collection[str]
) -> dict[str, State]:
    """Return everybody's state once all but `stays` is undone."""
    undone = {number: before for number, (before, _) in people.items() if number not in stays}
    return {str(it["staff_no"]): it for it in {**now, **undone}.values() if it is not None}


def _account(it: State) -> str:
    return str(it["wecom_id"] or it["staff_no"]).lower()


def _used_since(session: Session, people: Mapping[str, tuple[State | None, State]]) -> dict[str, Note]:
    """Find new people whom other rows name, people who have reported for themselves and would be wards, and accounts
    from which somebody else writes."""
    stays: dict[str, Note] = {}
    found = [
        p for some in in_chunks(people) for p in session.exec(select(Person).where(col(Person.staff_no).in_(some)))
    ]
    used = named_ids(
        session, "person", [p.id for p in found if people[p.staff_no][0] is None], {"membership", "person"}
    )
    accounts = {no: _account(before) for no, (before, _) in people.items() if before}
    writing = writers(session, [accounts[no] for no in accounts if _renames(*people[no])])
    for person in found:
        number = person.staff_no
        before, after = people[number]
        if person.id in used:
            stays[number] = _note("used", number, after)
        if before is None:
            continue
        if before["kind"] == Kind.WARD:
            try:
                refuse_turning(session, person)
            except Refusal:
                stays[number] = _note("own_answers", number, after)
        other = writing.get(accounts[number], number)
        if other != number and _renames(before, after):
            stays.setdefault(number, _note("account", number, after, account=accounts[number], other=other))
    return stays


def _renames(before: State | None, after: State) -> bool:
    return before is not None and before["wecom_id"] != after["wecom_id"]


def _reporting(
    number: str, before: State | None, after: State, end: Mapping[str, State], reporters: Collection[str], day: date
) -> Note | None:
    """Say why somebody cannot go or be a ward: others have them as reporter, or their own has left or is a ward."""
    if number in reporters and (before is None or before["kind"] == Kind.WARD):
        return _note("reporting", number, after)
    reporter = before["reporter"] if before else None
    if reporter is None or reporter == after["reporter"]:
        return None
    found = end.get(reporter)
    if found is None or found["kind"] != Kind.STAFF or (found["left"] and date.fromisoformat(found["left"]) <= day):
        return _note("reporter", number, after, reporter=found["name"] if found else reporter, reporter_no=reporter)
    return None


def _account_taken(
    number: str, before: State | None, after: State, end: Mapping[str, State], owners: Mapping[str, Iterable[str]]
) -> Note | None:
    """Say whose WeCom account the old one is by now. Staff numbers may differ in case only."""
    if before is None or not _renames(before, after):
        return None
    account = _account(before)
    own = before["staff_no"]
    others = [it for it in owners[account] if it != own and (before["wecom_id"] or end[it]["wecom_id"])]
    if not others:
        return None
    return _note("account", number, after, account=before["wecom_id"] or number, other=min(others))


def silent_groups(session: Session, units: Collection[int]) -> dict[int, Address]:
    """Return the group chats that a channel gave these units by itself and in which nothing was ever posted, by the
    unit's id: they go with their unit."""
    opened = addresses.opened_groups(session, units)
    used = named_ids(session, "address", [it.id for it in opened], {"address"})
    said = webchat.used(session, [it.chat for it in opened])
    return {it.unit_id: it for it in opened if it.unit_id and it.id not in used and it.chat not in said}


def kept_units(session: Session, units: Collection[Unit], silent: Mapping[int, Address]) -> dict[int, Note]:
    """Return why units stay though the import made them, by their ids: people, a group, or anything else that names
    them by now. `silent` are the groups that go with their units."""
    paths = {it.id: it.path for it in units}
    groups, people = select(Address.unit_id, Address.id), select(Membership.unit_id).distinct()
    bound = [it for some in in_chunks(paths) for it in session.exec(groups.where(col(Address.unit_id).in_(some))).all()]
    going = {it.id for it in silent.values()}
    stays = {
        it: Note("roster.undo_unit", {"path": paths[it]})
        for it in named_ids(session, "unit", paths, {"address", "former_path", "membership", "unit"})
    }
    stays |= {
        it: Note("roster.undo_unit_group", {"path": paths[it]}) for it, group in bound if it and group not in going
    }
    held = [
        it for some in in_chunks(paths) for it in session.exec(people.where(col(Membership.unit_id).in_(some))).all()
    ]
    return stays | {it: Note("roster.undo_unit_people", {"path": paths[it]}) for it in held}


def named_ids(session: Session, table: str, ids: Collection[int], ignoring: Collection[str]) -> set[int]:
    """Return those of these rows of a table that any row of another table names, without the tables `ignoring`."""
    found: set[int] = set()
    for other in SQLModel.metadata.tables.values():
        for column in other.columns if other.name not in ignoring else []:
            if table not in {key.column.table.name for key in column.foreign_keys}:
                continue
            for some in in_chunks(set(ids) - found):
                found |= {it for (it,) in session.execute(select(col(column)).where(column.in_(some)).distinct()).all()}
    return found
