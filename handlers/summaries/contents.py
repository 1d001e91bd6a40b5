"""The words of a summary: for the group, for the lead, for the director."""

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


def values(it: Summary) -> dict[str, Any]:
    return frame(it.period, it.form) | {
        "unit": it.unit, "it": it, "f": it.shown, "now": it.now, "post": it.post, "signer": it.signer,
        "checked": it.post is not None and it.post.checked, "seals": it.seals, "closed": it.period.closed_at,
        "locked": it.period.phase == Phase.LOCKED,
    }  # fmt: skip


def group_content(session: Session, words: Renderer, it: Summary) -> Content:
    """Counts only; names of the silent if the assignment says so, and never a name beside an answer."""
    names = silent_by_kind(session, it) if it.period.name_silent and it.now.silent else None
    return words.content("summaries/summary_group", **values(it), names=names)


def lead_content(session: Session, words: Renderer, it: Summary) -> Content:
    """The same with the silent by name, the line to copy upward, and the check by one tap."""
    return words.content(
        "summaries/summary_lead",
        **values(it),
        names=silent_by_kind(session, it),
        below=checks(session, it.period, it.unit),
    )


def director_content(context: Context, lead: Person, unit: Unit, day: date) -> Content:
    """One message a day, exceptions only, about all that was asked of the whole and is summed up by now."""
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
        incidents = []  # they belong to no period, and stand in the message once
    return Content("\n\n".join(p.text for p in parts), tuple(row for p in parts for row in p.buttons))
