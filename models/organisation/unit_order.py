"""Order units everywhere as the first roster named them, until an admin moves one up. A unit's rank is its parent's and
five digits for its place, so one `ORDER BY rank` gives the tree in both databases."""

from sqlmodel import Session, col, func, select

from models.organisation.units import RANK_DIGITS, Unit, below


def last(session: Session, parent: Unit | None) -> str:
    """Return the rank of a new unit: after its parent's others."""
    above = parent.rank if parent else ""
    newest = session.exec(select(func.max(Unit.rank)).where(Unit.parent_id == (parent.id if parent else None))).one()
    number = int(newest[len(above) :]) + 1 if newest else 1
    return above + str(number).zfill(RANK_DIGITS)


def raise_(session: Session, unit: Unit) -> Unit | None:
    """Move a unit, with all below it, before the sibling right over it, and return that one; None for the first."""
    over = session.exec(
        select(Unit)
        .where(Unit.parent_id == unit.parent_id, col(Unit.rank) < unit.rank)
        .order_by(col(Unit.rank).desc())
        .limit(1)
    ).first()
    if over:
        up, down = _subtree(session, unit), _subtree(session, over)
        upper, lower = over.rank, unit.rank
        rerank(session, up, lower, upper)
        rerank(session, down, upper, lower)
        session.flush()
    return over


def _subtree(session: Session, unit: Unit) -> list[Unit]:
    return list(session.exec(select(Unit).where(below(unit.path))).all())


def rerank(session: Session, units: list[Unit], before: str, after: str) -> None:
    """Give a subtree the ranks that follow from its top's new one."""
    for unit in units:
        unit.rank = after + unit.rank[len(before) :]
        session.add(unit)
