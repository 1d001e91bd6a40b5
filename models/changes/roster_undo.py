"""Undo an import as a whole, within the hour: what the import changed is as before, and what was changed since
stays, with the reason (docs/rules.md 15)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from sqlmodel import Session, col, func, select

from models.changes import undo_limits
from models.changes.undo_limits import State
from models.core import audit
from models.core.audit import UNDONE
from models.core.database import in_chunks
from models.core.errors import Note, Refusal
from models.cycle.former_paths import FormerPath
from models.messaging.addresses import Address
from models.organisation.people import Membership, Person, no_other_admin
from models.organisation.roster_rows import Row
from models.organisation.units import Unit, above
from models.organisation.units import root as top_unit

COLUMNS = ("name", "kind", "locale", "timezone", "rest_days", "wecom_id", "phone", "staff_no", "former_numbers")


@dataclass
class Undone:
    """What undoing an import did: how many people and units are as before, of how many that it changed or made, what
    stays as it is and why, and the ids of the rows that are gone, by table."""

    people: int = 0
    units: int = 0
    people_of: int = 0
    units_of: int = 0
    stays: list[Note] = field(default_factory=list)
    gone: dict[str, list[int]] = field(default_factory=dict)

    def remove(self, session: Session, row: Any) -> None:
        self.gone.setdefault(row.__tablename__, []).append(row.id)
        session.delete(row)

    def note(self, session: Session, now: datetime, by: str, name: str) -> None:
        """Note it in the audit, with the rows that are gone: `verify` looks for them there."""
        spans = {table: _spans(sorted(ids)) for table, ids in self.gone.items()}
        audit.note(session, now, by, UNDONE, name, changes=self.people + self.units, stays=len(self.stays), gone=spans)


def _spans(ids: Sequence[int]) -> list[list[int]]:
    """Return sorted ids as spans of first and last."""
    spans: list[list[int]] = []
    for it in ids:
        if spans and spans[-1][1] == it - 1:
            spans[-1][1] = it
        else:
            spans.append([it, it])
    return spans


def state(session: Session, rows: Sequence[Row], numbers: Mapping[str, str] = MappingProxyType({})) -> dict[str, Any]:
    """Return what an import of these rows may change, as it is now: people by staff number with their places (None for
    a number that nobody has), which of the units there are, and the name of the root. `numbers` are new → old ones of
    people whose number the import changes: they are listed under the new one."""
    paths = {path for row in rows for path in above(row.unit)}
    root, people = top_unit(session), _people(session)
    return {
        "people": {row.staff_no: people.get(numbers.get(row.staff_no, row.staff_no)) for row in rows},
        "units": sorted(path for path in session.exec(select(Unit.path)).all() if path in paths),
        "root": root.name if root else "",
    }


def _people(session: Session) -> dict[str, Any]:
    """Return what an import may change about everybody, by staff number."""
    found = {p.id: p for p in session.exec(select(Person)).all()}
    places: dict[int, dict[str, list[Any]]] = {}
    for held, path in session.exec(select(Membership, Unit.path).join(Unit)).all():
        places.setdefault(held.person_id, {})[path] = [str(held.role), held.home]
    return {
        p.staff_no: {name: getattr(p, name) for name in COLUMNS} | {
            "reporter": found[p.reporter_id].staff_no if p.reporter_id else None,
            "left": str(p.left_on or ""),
            "places": places.get(p.id, {}),
        }
        for p in found.values()
    }  # fmt: skip


def difference(before: State, after: State) -> dict[str, Any]:
    """Return what has to be kept of two states to undo what lies between them. The root that the import named is the
    same unit: what was before it is kept under its new name."""
    names = {before["root"]: after["root"]}
    people = {number: _under(names, it) for number, it in before["people"].items()}
    units = {names.get(path, path) for path in (*before["units"], before["root"])}
    changed = [number for number, it in after["people"].items() if people.get(number) != it]
    return {
        "people": {number: [people.get(number), after["people"][number]] for number in sorted(changed)},
        "units": [path for path in after["units"] if path not in units],
        "root": [before["root"], after["root"]] if before["root"] != after["root"] else [],
    }


def _under(names: Mapping[str, str], it: State | None) -> State | None:
    return it and {**it, "places": {names.get(path, path): place for path, place in it["places"].items()}}


def touched(kept: Mapping[str, Any]) -> set[str]:
    """Return the paths of the units whose admin may undo: the homes of those whom the import changed, and where it gave
    somebody a place or another role."""
    return {
        path
        for before, after in kept["people"].values()
        for path, place in after["places"].items()
        if place[1] or before is None or before["places"].get(path) != place
    }


def undo(session: Session, kept: Mapping[str, Any], day: date) -> Undone:
    """Undo what is as the import left it. `day` is today. Raises `roster.undo_admin` if nobody would administer the
    whole."""
    done = Undone(people_of=len(kept["people"]), units_of=len(kept["units"]))
    people: dict[str, tuple[State | None, State]] = {no: (it[0], it[1]) for no, it in kept["people"].items()}
    stays = undo_limits.kept_people(session, people, _people(session), day)
    undone = {number: before for number, (before, _) in people.items() if number not in stays}
    _restore(session, {number: before for number, before in undone.items() if before is not None})
    _remove(session, [number for number, before in undone.items() if before is None], done)
    units = _drop_units(session, kept["units"], done)
    _name_root(session, kept["root"])
    root = top_unit(session)
    if root is None or no_other_admin(session, None, root):
        raise Refusal("roster.undo_admin")
    done.people, done.units = len(undone), len(kept["units"]) - len(units)
    done.stays = [*stays.values(), *units]
    return done


def _found(session: Session, numbers: Iterable[str]) -> dict[str, Person]:
    query = select(Person)
    return {
        p.staff_no: p
        for some in in_chunks(numbers)
        for p in session.exec(query.where(col(Person.staff_no).in_(some))).all()
    }


def _memberships(session: Session, people: Iterable[Person]) -> list[Membership]:
    query = select(Membership)
    return [
        it
        for some in in_chunks(p.id for p in people)
        for it in session.exec(query.where(col(Membership.person_id).in_(some))).all()
    ]


def _restore(session: Session, states: Mapping[str, State]) -> None:
    """Give people the columns, reporters and places that they had."""
    people = _found(session, states)
    for number, person in people.items():
        for name in COLUMNS:
            setattr(person, name, states[number][name])
        session.add(person)
    session.flush()
    reporters = _found(session, {it["reporter"] for it in states.values() if it["reporter"]})
    for number, person in people.items():
        reporter = states[number]["reporter"]
        person.reporter_id = reporters[reporter].id if reporter else None
        session.add(person)
    numbers = {p.id: number for number, p in people.items()}
    for held in _memberships(session, people.values()):
        _restore_membership(session, held, states[numbers[held.person_id]]["places"])
    session.flush()


def _restore_membership(session: Session, held: Membership, places: Mapping[str, Any]) -> None:
    path = session.get_one(Unit, held.unit_id).path
    if path not in places:
        session.delete(held)
    else:
        held.role, held.home = places[path]
        session.add(held)


def _remove(session: Session, numbers: Collection[str], done: Undone) -> None:
    """Delete new people: wards before their reporters."""
    people = _found(session, numbers).values()
    for it in _memberships(session, people):
        session.delete(it)
    session.flush()
    for some in ([p for p in people if p.reporter_id], [p for p in people if not p.reporter_id]):
        for person in some:
            done.remove(session, person)
        session.flush()


def _drop_units(session: Session, paths: Collection[str], done: Undone) -> list[Note]:
    """Delete the units that the import made, with the groups that a channel gave them by itself; return notes on those
    that anything has to do with by now."""
    query = select(Unit)
    units = {u.path: u for some in in_chunks(paths) for u in session.exec(query.where(col(Unit.path).in_(some))).all()}
    silent = undo_limits.silent_groups(session, [u.id for u in units.values()])
    used = undo_limits.kept_units(session, list(units.values()), silent)
    stays: list[Note] = []
    for path in sorted(paths, key=lambda it: -it.count("/")):
        unit = units.get(path)
        if unit is None:
            stays.append(Note("roster.undo_unit_moved", {"path": path}))
        elif unit.id in used:
            stays.append(used[unit.id])
        elif _has_units(session, unit):
            stays.append(Note("roster.undo_unit_units", {"path": path}))
        else:
            _drop(session, unit, silent.get(unit.id), done)
    return stays


def _drop(session: Session, unit: Unit, group: Address | None, done: Undone) -> None:
    for former in session.exec(select(FormerPath).where(FormerPath.unit_id == unit.id)).all():
        done.remove(session, former)
    if group:
        done.remove(session, group)
    session.flush()
    done.remove(session, unit)
    session.flush()


def _has_units(session: Session, unit: Unit) -> bool:
    return session.exec(select(Unit.id).where(Unit.parent_id == unit.id).limit(1)).first() is not None


def _name_root(session: Session, names: Sequence[str]) -> None:
    """Give the root its name back, if it stands alone again under the name that the import gave it."""
    root = top_unit(session)
    if names and root and root.name == names[1] and session.exec(select(func.count()).select_from(Unit)).one() == 1:
        root.name = root.path = names[0]
        session.add(root)
        session.flush()
