"""Word a summary: for the group, for the lead, for the director."""

from datetime import date
from typing import Any

from sqlmodel import Session

from handlers.core.context import Context
from handlers.core.rendering import Content, Renderer
from handlers.prompts.frames import frame
from models.alerts import alerts
from models.cycle import periods
from models.cycle.periods import Phase
from models.organisation.people import Person
from models.organisation.units import Unit
from models.summaries import posts
from models.summaries.tree import root_of
from models.summaries.view import Summary, alerted, checks, exceptions, silent_by_kind, summary, told_of


def values(summary: Summary) -> dict[str, Any]:
    return frame(summary.period, summary.form) | {
        "unit": summary.unit, "it": summary, "f": summary.shown, "now": summary.now, "post": summary.post,
        "signer": summary.signer, "checked": summary.post is not None and summary.post.checked, "seals": summary.seals,
        "closed": summary.period.closed_at, "locked": summary.period.phase == Phase.LOCKED,
    }  # fmt: skip


def group_content(session: Session, words: Renderer, summary: Summary) -> Content:
    """Return counts only; names of the silent if the assignment says so, and never a name beside an answer."""
    names = silent_by_kind(session, summary) if summary.period.name_silent and summary.now.silent else None
    return words.content("summaries/summary_group", **values(summary), names=names)


def lead_content(session: Session, words: Renderer, summary: Summary) -> Content:
    """Return the same with the silent by name, the line to copy upward, and the check by one tap."""
    return words.content(
        "summaries/summary_lead",
        **values(summary),
        names=silent_by_kind(session, summary),
        below=checks(session, summary.period, summary.unit),
    )


def director_content(context: Context, lead: Person, unit: Unit, day: date) -> Content:
    """Return the one message of the day, exceptions only, about everything that was asked of the whole and is summed up
    by now."""
    session = context.session
    found = [
        p for p in periods.of_day(session, day) if root_of(session, p).id == unit.id and posts.get(session, p, unit)
    ]
    parts: list[Content] = []
    incidents = alerts.open_incidents(session, unit)
    for period in found:
        it = summary(session, period, unit)
        words = context.words_for(lead, period.timezone)
        parts.append(
            words.content(
                "summaries/summary_director",
                **values(it),
                below=checks(session, period, unit),
                exceptions=exceptions(session, it),
                several=len(found) > 1,
                alerted=alerted(session, it, words.locale),
                incidents=told_of(session, incidents, words.locale),
                first=not parts,
            )
        )
        incidents = []  # they belong to no period, so the message has them once
    return Content("\n\n".join(p.text for p in parts), tuple(row for p in parts for row in p.buttons))
