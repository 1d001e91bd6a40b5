"""Say in figures what a unit hands up, and read what another handed up: counts of a unit and of those right below it,
never a person (docs/rules.md 40.6)."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from models.core import characters
from models.cycle.assignments import Assignment
from models.evidence.seals import Seal
from models.summaries.view import Summary

MOST_UNITS, MOST_INDICATORS, LONGEST_NAME = 200, 30, 80
COUNTS = ("expected", "received", "zero", "filled", "silent", "excused", "late", "proxy")


def day(session: Session, it: Summary, version: int) -> dict[str, Any]:
    """Return the figures of a unit's day as they stand, with those of the units right below."""
    units = [{"name": unit.name, **_counts(figures)} for unit, figures in it.parts.figures[:MOST_UNITS]]
    indicators = [
        {"label": dict(one.label), "value": value, "total": it.totals.get(one.name), "format": one.format}
        for one, value in it.indicators
    ]
    sealed = session.exec(select(Seal).order_by(col(Seal.id).desc()).limit(1)).first()
    return {
        "day": it.period.day.isoformat(), "task": session.get_one(Assignment, it.period.assignment_id).code,
        "title": dict(it.form.title), "about": it.form.about, "unit": it.unit.name, "version": version,
        "figures": _counts(it.now), "indicators": indicators[:MOST_INDICATORS], "units": units,
        "units_left_out": max(0, len(it.parts.figures) - MOST_UNITS),
        "checked_at": it.post.signed_at.isoformat() if it.post and it.post.signed_at else None,
        "locked": it.period.phase == "locked", "seal": sealed.digest if sealed else None,
    }  # fmt: skip


def _counts(figures: Any) -> dict[str, int]:
    return {name: getattr(figures, name) for name in COUNTS}


def sound(body: Mapping[str, Any]) -> bool:
    """Say whether what came in is a day as `day` writes it: only counts, names of units and labels, all within
    bounds."""
    try:
        date.fromisoformat(body["day"])
        units, indicators = body["units"], body["indicators"]
        return (
            _name(body["unit"]) and _name(body["task"]) and _text(body["title"]) and _numbers(body["figures"])
            and 1 <= int(body["version"]) < 1000 and isinstance(units, list) and len(units) <= MOST_UNITS
            and body["about"] in ("persons", "units")
            and all(_name(it["name"]) and _numbers(it) for it in units)
            and isinstance(indicators, list) and len(indicators) <= MOST_INDICATORS
            and all(_text(it["label"]) and _number(it["value"]) and _number(it["total"])
                    and it["format"] in ("number", "percent") for it in indicators)
            and type(body["locked"]) is bool and type(body["units_left_out"]) is int
        )  # fmt: skip
    except (KeyError, TypeError, ValueError):
        return False


def _name(value: object) -> bool:
    if not isinstance(value, str) or len(value) > LONGEST_NAME:
        return False
    return characters.key(value) != "" and value.isprintable()


def _text(value: object) -> bool:
    return (
        isinstance(value, Mapping) and 0 < len(value) <= 4 and all(len(k) <= 10 and _name(v) for k, v in value.items())
    )


def _numbers(told: Mapping[str, Any]) -> bool:
    return all(type(told[name]) is int and 0 <= told[name] < 10**8 for name in COUNTS)


def _number(value: object) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 10**15)
