"""Word a summary: for the group, for the lead, for the director."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlmodel import Session

from handlers.core.context import Context
from handlers.core.rendering import Content, Picture, Renderer
from handlers.prompts.frames import frame
from handlers.summaries.month_pictures import so_far
from handlers.summaries.pictures import picture
from models.alerts import alerts
from models.core.typed_spans import Span
from models.cycle import periods
from models.cycle.assignments import Assignment
from models.cycle.periods import Period, Phase
from models.handup import partners
from models.organisation.people import Person
from models.organisation.units import Unit
from models.reporting import proposals
from models.reporting.report_context import form_of
from models.summaries import digests, month, posts, runs, silent_runs
from models.summaries.range_view import RangeView
from models.summaries.silent_runs import LongSilent, SilentRun
from models.summaries.tree import root_of
from models.summaries.view import Summary, alerted, checks, exceptions, silent_by_kind, summary, told_of

NAMED = 8  # units and people that a message about a range names
MOST = 20  # units that the director's message names
BRIEFLY = 4  # that a digest names


@dataclass(frozen=True)
class DigestPart:
    """What a digest says of one unit and range: a view of each task, and how many tasks more there are."""

    unit: Unit
    days: Span
    views: Sequence[RangeView]
    more: int


def values(summary: Summary) -> dict[str, Any]:
    return frame(summary.period, summary.form) | {
        "unit": summary.unit, "it": summary, "f": summary.shown, "now": summary.now, "post": summary.post,
        "signer": summary.signer, "checked": summary.post is not None and summary.post.checked, "seals": summary.seals,
        "closed": summary.period.closed_at, "locked": summary.period.phase == Phase.LOCKED,
    }  # fmt: skip


def group_content(session: Session, words: Renderer, summary: Summary) -> Content:
    """Return counts only; names of the silent if the assignment says so, and never a name beside an answer."""
    names = silent_by_kind(session, summary) if summary.period.name_silent and summary.now.silent else None
    content = words.content("summaries/summary_group", **values(summary), names=names)
    if summary.period.picture and (summary.now.expected or summary.now.excused):
        return replace(content, picture=picture(session, words, summary))
    return content


def lead_content(session: Session, words: Renderer, summary: Summary) -> Content:
    """Return the same with the silent by name, the line to copy upward, and the check by one tap."""
    return words.content(
        "summaries/summary_lead",
        **values(summary),
        names=silent_by_kind(session, summary),
        below=checks(session, summary),
        superior=partners.above(session, summary.unit),
        changed=proposals.changed(session, summary.period, summary.unit, NAMED),
    )


def range_content(session: Session, words: Renderer, it: RangeView, today: date) -> Content:
    """Return a range of days for a lead: the figures, the units that are least complete, who was silent or late."""
    late = runs.lates(session, it.stretches, (it.late or ())[:NAMED])
    return words.content(
        "summaries/range", it=it, total=it.total, prior=it.prior, parts_below=it.parts[:NAMED], today=today,
        silent=runs.named(session, (it.silent or ())[:NAMED]), late=runs.named(session, late),
    )  # fmt: skip


def digest_content(
    session: Session, words: Renderer, parts: Sequence[DigestPart], waiting: Mapping[int, int], today: date, more: int
) -> Content:
    """Return a lead's week or month, of one or several units: the figures in short, and where they are in full.
    `waiting` counts the open alerts by the unit's id, `more` the units that are left out."""
    shown = [(part, [_briefly(session, view) for view in part.views]) for part in parts]
    return words.content("summaries/digest", parts=shown, waiting=waiting, today=today, more=more)


def _periods(it: RangeView) -> list[int]:
    return [number for stretch in it.stretches for number in stretch.periods]


def _briefly(session: Session, it: RangeView) -> dict[str, Any]:
    worst = [part for part in it.parts if part.total.silent]
    late = runs.lates(session, it.stretches, (it.late or ())[:BRIEFLY])
    return {
        "it": it, "total": it.total, "prior": it.prior, "worst": worst[:BRIEFLY], "lacking": len(worst),
        "whole": len(it.parts) - len(worst), "best": next((part for part in it.parts if not part.total.silent), None),
        "silent": runs.named(session, (it.silent or ())[:BRIEFLY]), "late": runs.named(session, late),
        "unchecked": digests.unchecked(session, it.unit, _periods(it)),
    }  # fmt: skip


def director_content(context: Context, lead: Person, about: Summary) -> Content:
    """Return the one message of the day of this summary, exceptions only, about everything that was asked of the whole
    and is summed up by now."""
    session, unit, day = context.session, about.unit, about.period.day
    found = [
        p for p in periods.of_day(session, day) if root_of(session, p).id == unit.id and posts.get(session, p, unit)
    ]
    parts: list[Content] = []
    incidents = alerts.open_incidents(session, unit)
    for period in found:
        it = about if period.id == about.period.id else summary(session, period, unit)
        words, (concerned, others) = context.words_for(lead, period.timezone), exceptions(it, MOST)
        parts.append(
            words.content(
                "summaries/summary_director",
                **values(it),
                below=checks(session, it),
                exceptions=concerned,
                others=others,
                several=len(found) > 1,
                alerted=alerted(session, it, words.locale),
                incidents=told_of(session, incidents, words.locale),
                running=_long_silent(context, it),
                superior=partners.above(session, unit),
                least=context.defaults.silent_days_above,
                first=not parts,
            )
        )
        incidents = []  # they belong to no period, so the message has them once
    shown = _month_so_far(context, lead, unit, [p for p in found if p.picture])
    return Content("\n\n".join(p.text for p in parts), tuple(row for p in parts for row in p.buttons), picture=shown)


def _long_silent(context: Context, it: Summary) -> tuple[Sequence[SilentRun], LongSilent | None]:
    """Return who right under the director has not reported for days; where they are too many to be named, how many."""
    if not it.now.silent:
        return [], None
    units = silent_runs.right_under(context.session, it.period, it.unit)
    return long_silent(context.session, it.period, units, context.defaults.silent_days_above)


def long_silent(
    session: Session, period: Period, units: Sequence[int], least: int
) -> tuple[Sequence[SilentRun], LongSilent | None]:  # fmt: skip
    """Return who of these units has not reported on so many days running; where they are too many to be named, how
    many."""
    runs = silent_runs.of_units(session, period, units, least) if units else []
    return (runs, None) if runs is not None else ([], silent_runs.counted(session, period, units, least))


def _month_so_far(context: Context, lead: Person, unit: Unit, found: Sequence[Period]) -> Picture | None:
    """Return the month so far as at close, which later reports do not change; None before the first close."""
    if not found:
        return None
    session, last = context.session, found[0].day
    first = last.replace(day=1)
    tasks = [
        (form_of(session, it), month.closes(session, session.get_one(Assignment, it.assignment_id), unit, first, last))
        for it in found
    ]
    if not any(figures for _, figures in tasks):
        return None
    return so_far(context.words_for(lead, found[0].timezone), unit, first, last, tasks)
