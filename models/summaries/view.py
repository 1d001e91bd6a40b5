"""Gather everything that a unit's summary says, as data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlmodel import Session, col, select

from models.alerts import alerts
from models.alerts.alerts import Alert
from models.cycle import places
from models.cycle.periods import Period
from models.evidence import seals
from models.forms.spec import FormSpec, Indicator, say
from models.organisation.people import Person
from models.organisation.units import Unit, above
from models.reporting import cumulative_totals as totals
from models.reporting import excuses, figures, owed_reports, silence, snapshots
from models.reporting.figures import Figures
from models.reporting.report_context import form_of
from models.reporting.reports import Report
from models.reporting.silence import Silent
from models.reporting.tallies import FILLED, OWED, Tally
from models.summaries import posts
from models.summaries.posts import SummaryPost
from models.summaries.tree import Part, Parts


@dataclass(frozen=True)
class Summary:
    """What a unit's summary says, as data."""

    period: Period
    form: FormSpec
    unit: Unit
    parts: Parts
    at_close: Figures | None
    now: Figures
    post: SummaryPost | None
    signer: Person | None
    seals: list[str]
    totals: Mapping[str, object]
    excused_late: int
    alerts: Sequence[Alert] = ()
    open_alerts: Sequence[Alert] = ()
    added: int = 0
    untrained: int = 0  # of the excused those who have not passed the quiz that the task requires

    @cached_property
    def indicators(self) -> Sequence[tuple[Indicator, object]]:
        """Return the form's indicators. Every filled report is read for them, so they wait until they are shown."""
        if not self.form.indicators:
            return []
        return figures.indicators(self.form, figures.filled(self.parts.session, self.period, self.unit))

    @property
    def untrained_names(self) -> list[str]:
        """Return the first of who has not passed the quiz that the task requires, for their leads."""
        return excuses.untrained_names(self.parts.session, self.period, self.unit, silence.NAMED)

    @property
    def shown(self) -> Figures:
        """Return the figures the headline is about: as at close once there is a close, until then as they stand."""
        return self.at_close or self.now

    @property
    def moved(self) -> bool:
        """Say whether something came in, or became missing, after the close."""
        return self.at_close is not None and self.at_close != self.now


def summary(session: Session, period: Period, unit: Unit) -> Summary:
    form = form_of(session, period)
    post = posts.get(session, period, unit)
    sealed = seals.of_period(session, period)
    parts = Parts(session, period, unit)
    return Summary(
        period=period,
        form=form,
        unit=unit,
        parts=parts,
        at_close=snapshots.at_close(session, period, unit),
        now=parts.now,
        post=post,
        signer=session.get(Person, post.signed_by) if post and post.signed_by else None,
        seals=[s.short for s in sealed],
        totals=totals.shown(session, period, unit),
        alerts=_open_alerts(session, period, unit),
        open_alerts=alerts.listed(session, [unit]),
        excused_late=excuses.since_close(session, period, unit),
        added=snapshots.added(session, period, unit),
        untrained=excuses.untrained(session, period, unit),
    )


def _open_alerts(session: Session, period: Period, unit: Unit) -> list[Alert]:
    """Return the open alerts of the unit's rows in this period; how many are open in all, `/alerts` and every summary
    take from `open_alerts`."""
    found = alerts.open_in_period(session, period.id)
    if not found:
        return []
    about = [a.report_id for a in found]
    inside = session.exec(
        select(Report.id).where(figures.rows_of(session, period, unit), col(Report.id).in_(about))
    ).all()
    return [a for a in found if a.report_id in inside]


def silent_by_kind(session: Session, summary: Summary) -> dict[str, Silent]:
    """Return those who still owe a report, by kind of silence."""
    return silence.kinds(session, owed_reports.owed(session, summary.period, summary.unit), summary.now.silent)


@dataclass(frozen=True)
class Checks:
    """How many units right below there are whose summaries are part of this one, and those that nobody checked."""

    count: int
    open: Sequence[Part]


def checks(session: Session, summary: Summary) -> Checks:
    """Return which of the units right below nobody checked."""
    checked = posts.checked(session, summary.period)
    below = summary.parts.units.values()
    return Checks(len(below), [unit for unit in below if unit.id not in checked])


def exceptions(summary: Summary, most: int) -> tuple[list[tuple[Unit | Part, Figures]], int]:
    """Return the units right below that have somebody silent or something to report, and the rest that is asked through
    none of them, in their order; where they are more than `most`, the worst, and how many others there are."""
    own: list[tuple[Unit | Part, Tally]] = [(summary.unit, summary.parts.rest)]
    return _worst(summary, [it for it in [*own, *_below(summary)] if it[1][OWED] or it[1][FILLED]], most)


def below(summary: Summary, most: int) -> tuple[list[tuple[Unit | Part, Figures]], int]:
    """Return the units right below with their figures, in their order; where they are more than `most`, the worst, and
    how many others there are."""
    return _worst(summary, _below(summary), most)


def _below(summary: Summary) -> list[tuple[Unit | Part, Tally]]:
    return [(unit, summary.parts.counted[path]) for path, unit in summary.parts.units.items()]


def _worst(
    summary: Summary, found: list[tuple[Unit | Part, Tally]], most: int
) -> tuple[list[tuple[Unit | Part, Figures]], int]:  # fmt: skip
    if len(found) > most:
        found = sorted(found, key=lambda it: (it[1][OWED], it[1][FILLED]), reverse=True)
    shown = [(unit, figures.of(tally, summary.period)) for unit, tally in found[:most]]
    return shown, max(0, len(found) - most)


def alerted(session: Session, summary: Summary, locale: str) -> dict[int, list[dict[str, Any]]]:
    """Return the open alerts by the unit right below, or the unit itself: id → what `told_of` returns."""
    if not summary.alerts:
        return {}
    paths = {it.id: it.path for it in places.places(session, [alert.place_id for alert in summary.alerts])}
    units = summary.parts.units
    found: dict[int, list[Alert]] = {}
    for alert in summary.alerts:
        unit_id = next((units[path].id for path in above(paths[alert.place_id]) if path in units), summary.unit.id)
        found.setdefault(unit_id, []).append(alert)
    return {unit_id: told_of(session, of, locale) for unit_id, of in found.items()}


def told_of(session: Session, found: Sequence[Alert], locale: str) -> list[dict[str, Any]]:
    """Return alerts counted by kind: title, number, who has taken them, and how many nobody has."""
    groups: dict[str, list[Alert]] = {}
    for alert in found:
        groups.setdefault(alert.rule, []).append(alert)
    return [
        {
            "title": say(of[0].title, locale),
            "n": len(of),
            "owners": sorted({session.get_one(Person, a.taken_by).name for a in of if a.taken_by}),
            "waiting": sum(a.waits for a in of),
        }
        for of in groups.values()
    ]
