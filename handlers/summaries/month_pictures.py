"""Say what the pictures of a month show: one's own days, the days of a unit's people, a form's indicators, and the
whole's completeness for the director."""

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from handlers.core.rendering import Content, Picture, Renderer
from models.forms.spec import FormSpec, Indicator, say
from models.organisation.units import Unit
from models.reporting.figures import Figures
from models.summaries.month import Days


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _shown(words: Renderer, template: str, about: Mapping[str, Any], /, **values: Any) -> Content:
    """Return a picture with its words, which are its alternative text as well."""
    content = words.content(f"summaries/{template}", **about)
    return replace(content, picture=words.picture(template, alt=words.plain(content), **values))


def own(
    words: Renderer, name: str, first: date, today: date, parts: Sequence[tuple[FormSpec, Mapping[date, str], int]]
) -> Content:
    """Return a person's own month, a calendar for each task."""
    weeks = calendar.Calendar().monthdatescalendar(first.year, first.month)
    shown = [
        {
            "form": say(form.title, words.locale), "streak": streak,
            "weeks": [
                [[day.day, marks.get(day, "future" if day > today else "nothing")] if day.month == first.month else None
                 for day in week]
                for week in weeks
            ],
        }
        for form, marks, streak in parts
    ]  # fmt: skip
    counts = [
        (form, sum(mark in ("zero", "filled") for mark in marks.values()), len(marks)) for form, marks, _ in parts
    ]
    return _shown(
        words, "chart_own", {"first": first, "counts": counts}, name=name, first=first,
        parts=[[it["form"], it["streak"], it["weeks"]] for it in shown],
    )  # fmt: skip


def heat(words: Renderer, form: FormSpec, unit: Unit, first: date, last: date, days: Days) -> Content:
    """Return the days of a unit's people, or of the units below: who reported when, never what."""
    span = _days(first, last)
    rows = [[it.name, [marks.get(day, "") for day in span]] for it, marks in days.rows]
    about = {"unit": unit, "first": first, "form": form, "days": days}
    return _shown(
        words, "chart_heat", about, unit=unit.name, form=say(form.title, words.locale), first=first,
        weekends=[day.weekday() > 4 for day in span], rows=rows, of_people=days.of_people, others=days.others,
    )  # fmt: skip


def lines(
    words: Renderer, form: FormSpec, unit: Unit, first: date, last: date,
    counted: Sequence[tuple[Indicator, Mapping[date, Any]]],
) -> Content:  # fmt: skip
    """Return a form's indicators over the last days, a line each."""
    span = _days(first, last)
    shown = [
        [say(it.label, words.locale), it.format, [None if days.get(d) is None else float(days[d]) for d in span]]
        for it, days in counted
    ]
    about = {"unit": unit, "form": form, "first": first, "last": last}
    return _shown(
        words, "chart_lines", about, unit=unit.name, form=say(form.title, words.locale), first=first, last=last,
        lines=shown,
    )  # fmt: skip


def so_far(
    words: Renderer, unit: Unit, first: date, last: date, tasks: Sequence[tuple[FormSpec, Mapping[date, Figures]]]
) -> Picture:
    """Return the month so far of the whole, as at close: a bar for each day."""
    span = _days(first, last)
    shown = [
        [say(form.title, words.locale), [days[d].completeness if d in days else None for d in span]]
        for form, days in tasks
    ]
    alt = words.line("summaries/chart_month", unit=unit, first=first)
    return words.picture("chart_month", alt=alt, unit=unit.name, first=first, tasks=shown)
