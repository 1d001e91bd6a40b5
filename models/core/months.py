"""Reckon with months, each named by its first day."""

import calendar
from datetime import date, timedelta


def last_day(day: date) -> date:
    """Return the last day of the month in which this day lies."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def before(day: date) -> date:
    """Return the first day of the month before the one in which this day lies."""
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)
