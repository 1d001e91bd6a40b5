"""Take an import back as a whole, within the hour: what the import changed is as before, and what was changed since
stays, with the reason (docs/rules.md 15)."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlmodel import Session, SQLModel, col, func, select

from models.core.errors import Note, Refusal
from models.cycle.former_paths import FormerPath
from models.organisation.people import Membership, Person, Role
from models.organisation.roster_rows import Row
from models.organisation.units import Unit, above
from models.organisation.units import root as top_unit

COLUMNS = ("name", "kind", "locale", "timezone", "rest_days", "wecom_id")
State = Mapping[str, Any]


def state(session: Session, rows: Sequence[Row]) -> dict[str, Any]:
    """Return what an import of these rows may change, as it is now: people by staff number with their places, which of
    the units there are, and the name of the root."""
    paths = {path for row in rows for path in above(row.unit)}
    root = top_unit(session)
    return {
        "people": _people(session, {row.staff_no for row in rows}),
        "units": sorted(path for path in session.exec(select(Unit.path)).all() if path in paths),
        "root": root.name if root else "",
    }


def _people(session: Session, numbers: Collection[str]) -> dict[str, Any]:
    """Return what there is to know of these people; None for a number that nobody has."""
    found = {p.id: p for p in session.exec(select(Person)).all()}
    places: dict[int, dict[str, list[Any]]] = {}
    for held, path in session.exec(select(Membership, Unit.path).join(Unit)).all():
        places.setdefault(held.person_id, {})[path] = [str(held.role), held.home]
    known = {
        p.staff_no: {name: getattr(p, name) for name in COLUMNS} | {
            "reporter": found[p.reporter_id].staff_no if p.reporter_id else None,
            "left": str(p.left_on or ""),
            "places": places.get(p.id, {}),
        }
        for p in found.values() if p.staff_no in numbers
    }  # fmt: skip
    return dict.fromkeys(numbers) | known


def difference(before: State, after: State) -> dict[str, Any]:
    """Return what has to be kept of two states to undo what lies between them."""
    changed = [number for number, it in after["people"].items() if before["people"].get(number) != it]
    return {
        "people": {number: [before["people"].get(number), after["people"][number]] for number in sorted(changed)},
        "units": [path for path in after["units"] if path not in before["units"]],
        "root": [before["root"], after["root"]] if before["root"] != after["root"] else [],
    }


def undo(session: Session, kept: Mapping[str, Any]) -> tuple[int, list[Note]]:
    """Take back what is as the import left it; return how much that was, and why the rest stays. Raises
    `roster.undo_admin` if nobody would administer the whole."""
    done = 0
    stays: list[Note] = []
    now = _people(session, set(kept["people"]))
    people = sorted(kept["people"].items(), key=lambda it: it[1][1]["reporter"] is None)  # wards before their reporters
    for number, (before, after) in people:
        refused = _take_back(session, number, before, after) if now[number] == after else _changed(number, after)
        done, stays = done + (refused is None), stays + ([refused] if refused else [])
    session.flush()
    for path in sorted(kept["units"], key=lambda it: -it.count("/")):
        refused = _drop_unit(session, path)
        done, stays = done + (refused is None), stays + ([refused] if refused else [])
    _name_root(session, kept["root"])
    root = top_unit(session)
    admins = select(func.count()).where(Membership.unit_id == (root.id if root else 0), Membership.role == Role.ADMIN)
    if not session.exec(admins).one():
        raise Refusal("roster.undo_admin")
    return done, stays


def _changed(number: str, after: State) -> Note:
    return Note("roster.undo_changed", {"name": after["name"], "no": number})


def _take_back(session: Session, number: str, before: State | None, after: State) -> Note | None:
    """Put one person back; return why not, if somebody has to do with a new one by now."""
    person = session.exec(select(Person).where(Person.staff_no == number)).one()
    held = session.exec(select(Membership).where(Membership.person_id == person.id)).all()
    if before is None:
        if _used(session, "person", person.id, {"membership"}):
            return Note("roster.undo_used", {"name": after["name"], "no": number})
        for it in held:
            session.delete(it)
        session.flush()
        session.delete(person)
        session.flush()
        return None
    for name in COLUMNS:
        setattr(person, name, before[name])
    reporter = select(Person).where(Person.staff_no == before["reporter"])
    found = session.exec(reporter).first() if before["reporter"] else None
    person.reporter_id = found.id if found else None
    session.add(person)
    for it in held:
        _put_place(session, it, before["places"])
    return None


def _put_place(session: Session, held: Membership, places: Mapping[str, Any]) -> None:
    path = session.get_one(Unit, held.unit_id).path
    if path not in places:
        session.delete(held)
    else:
        held.role, held.home = places[path]
        session.add(held)


def _drop_unit(session: Session, path: str) -> Note | None:
    """Delete a unit that the import made; return why not, if anything has to do with it by now."""
    unit = session.exec(select(Unit).where(Unit.path == path)).first()
    if unit is None or _used(session, "unit", unit.id, {"former_path"}):
        return Note("roster.undo_unit", {"path": path})
    for former in session.exec(select(FormerPath).where(FormerPath.unit_id == unit.id)).all():
        session.delete(former)
    session.flush()
    session.delete(unit)
    session.flush()
    return None


def _name_root(session: Session, names: Sequence[str]) -> None:
    """Give the root its name back, if it stands alone again under the name that the import gave it."""
    root = top_unit(session)
    if names and root and root.name == names[1] and session.exec(select(func.count()).select_from(Unit)).one() == 1:
        root.name = root.path = names[0]
        session.add(root)
        session.flush()


def _used(session: Session, table: str, row: int, but: set[str]) -> bool:
    """Say whether any row of another table names this one."""
    for other in SQLModel.metadata.tables.values():
        if other.name in but:
            continue
        for column in other.columns:
            names = {key.column.table.name for key in column.foreign_keys}
            if table in names and session.execute(select(col(column)).where(column == row).limit(1)).first():
                return True
    return False
