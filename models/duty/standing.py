"""Count who is on duty and who is seconded, for the evening's report and `/system`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, or_, select

from models.duty.secondments import Secondment, Stage
from models.duty.shifts import LONGEST, Duty, Shift
from models.organisation.units import Unit, below


@dataclass(frozen=True)
class Standing:
    """How many are `on_duty` now, how many of them have `checked` in, and how many people of elsewhere are `seconded`
    to these units now."""

    on_duty: int
    checked: int
    seconded: int


def standing(session: Session, tops: Sequence[Unit], now: datetime) -> Standing | None:
    """Return how duty stands in these units and those below them; None where there is nothing to say."""
    if not tops:
        return None
    inside = or_(*(below(it.path) for it in tops))
    on_duty, checked = session.exec(
        select(func.count(), func.count(col(Duty.checked_at))).select_from(Duty)
        .join(Shift, col(Shift.id) == col(Duty.shift_id)).join(Unit, col(Unit.id) == col(Shift.unit_id))
        .where(inside, col(Duty.ended_at).is_(None), col(Shift.cancelled_at).is_(None),
               Shift.starts_at > now - LONGEST, Shift.starts_at <= now, Shift.ends_at > now)
    ).one()  # fmt: skip
    seconded = session.exec(
        select(func.count()).select_from(Secondment).join(Unit, col(Unit.id) == col(Secondment.unit_id))
        .where(inside, col(Secondment.at).is_not(None), Secondment.state == Stage.RUNNING)
    ).one()  # fmt: skip
    return Standing(on_duty, checked, seconded) if on_duty or seconded else None
