"""Provide what every template about a period may use."""

from typing import Any

from models.cycle.periods import Period
from models.forms.spec import FormSpec


def frame(period: Period, form: FormSpec) -> dict[str, Any]:
    """Return what every template about a period may use."""
    return {
        "period": period, "form": form, "due": period.due_at, "day": period.day,
        "outage": (period.outage_from, period.outage_to) if period.outage_from else None,
    }  # fmt: skip
