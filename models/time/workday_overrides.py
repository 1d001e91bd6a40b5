"""Keep workdays: single days on which the organisation works or rests against the published calendar."""

from datetime import date, timedelta

from sqlmodel import Field, Session, select

from models.core.table import Table
from models.time.calendars import UnknownYear, is_workday

MOST = 40  # days that an organisation rests in a row


class Workday(Table, table=True):
    """One day that an admin set as worked or not, which wins over the published calendar."""

    day: date = Field(primary_key=True)
    worked: bool


def overrides(session: Session) -> dict[date, bool]:
    """Return day → worked?, as `Calendar.falls_on` takes it."""
    return {row.day: row.worked for row in session.exec(select(Workday)).all()}


def workday_from(session: Session, day: date) -> date:
    """Return the day itself or, if the organisation rests on it, the next one on which it works; of a year whose
    workdays nobody knows the day itself."""
    worked = overrides(session)
    try:
        return next(it for n in range(MOST) if is_workday(it := day + timedelta(days=n), worked))
    except (StopIteration, UnknownYear):
        return day


def put(session: Session, day: date, worked: bool | None) -> None:
    """Set a day as worked or not; None removes the override, so that the published calendar holds again."""
    found = session.get(Workday, day)
    if found is not None and worked is None:
        session.delete(found)
    elif worked is not None:
        session.add(found or Workday(day=day, worked=worked))
        if found:
            found.worked = worked
    session.flush()
