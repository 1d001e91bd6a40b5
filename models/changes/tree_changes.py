"""Change the organisation's tree: new units, new names, new places. No past period is rewritten."""

from sqlmodel import Session, select

from models.core import characters
from models.core.errors import Refusal
from models.cycle import former_paths, periods
from models.cycle.periods import Period, Phase
from models.organisation import unit_order
from models.organisation.roster_rows import unit_path
from models.organisation.units import Unit, below, is_below


def add(session: Session, parent: Unit, name: str) -> Unit:
    """Add a unit under `parent`. Raises `roster.path`, `units.taken`."""
    path = free_path(session, parent, name)
    made = Unit(name=path.rpartition("/")[2], path=path, parent_id=parent.id, rank=unit_order.last(session, parent))
    session.add(made)
    session.flush()
    former_paths.remember(session, made, "", periods.newest_id(session))
    return made


def free_path(session: Session, parent: Unit | None, name: str, but: str = "") -> str:
    """Return the path of a unit to be named so; raises `units.name` for a name with /, `units.taken` for one in use or
    one that looks the same. `but` is the path of the unit itself, which may be written in another way."""
    if characters.SLASHES.search(name):
        raise Refusal("units.name", name=name)
    path = unit_path(f"{parent.path}/{name}" if parent else name)
    same = characters.key(path)
    beside = select(Unit.path).where(Unit.parent_id == (parent.id if parent else None))
    taken = next((it for it in session.exec(beside).all() if characters.key(it) == same and it != but), None)
    if taken is not None:
        raise Refusal("units.taken", path=taken)
    return path


def rename(session: Session, unit: Unit, name: str) -> None:
    """Rename a unit. Raises as `free_path`."""
    parent = session.get(Unit, unit.parent_id) if unit.parent_id else None
    path = free_path(session, parent, name, but=unit.path)
    unit.name = path.rpartition("/")[2]
    _relocate(session, unit, path)


def move(session: Session, unit: Unit, parent: Unit) -> None:
    """Move a unit under another parent. Raises `units.root`, `units.inside` and as `free_path`."""
    if unit.parent_id is None:
        raise Refusal("units.root", path=unit.path)
    if is_below(parent.path, unit.path):
        raise Refusal("units.inside", path=unit.path, parent=parent.path)
    path, rank = free_path(session, parent, unit.name), unit_order.last(session, parent)
    unit.parent_id = parent.id
    _relocate(session, unit, path, rank)


def _relocate(session: Session, unit: Unit, path: str, rank: str | None = None) -> None:
    """Give the unit and all below it their new paths and ranks; refused while a period is being frozen, which would
    lose people."""
    if session.exec(select(Period.id).where(Period.phase == Phase.OPENING)).first():
        raise Refusal("units.opening")
    before, newest = unit.path, periods.newest_id(session)
    subtree = list(session.exec(select(Unit).where(below(before))).all())
    if rank:
        unit_order.rerank(session, subtree, unit.rank, rank)
    for one in subtree:
        unit_path(path + one.path[len(before) :])  # raises if the path gets too deep
        former_paths.remember(session, one, one.path, newest)
        one.path = path + one.path[len(before) :]
        session.add(one)
    session.flush()
