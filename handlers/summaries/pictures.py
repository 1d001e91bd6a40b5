"""Say what a unit's picture shows: the figures of its summary, as counts only (docs/rules.md 10.1)."""

from dataclasses import astuple
from datetime import datetime

from sqlmodel import Session

from handlers.core.rendering import Picture, Renderer
from models.cycle.periods import Phase
from models.forms.spec import say
from models.summaries import bars
from models.summaries.view import Summary, checks


def picture(session: Session, words: Renderer, summary: Summary) -> Picture:
    """Return the picture of a unit's summary: how it stands now, and what it was at the close where that differs."""
    it, period, now = summary, summary.period, summary.now
    drawn, below = bars.of_unit(it.parts), checks(session, it)
    return words.picture(
        "summary",
        alt=words.line("summaries/picture", it=it, unit=it.unit, day=period.day, now=now),
        unit=it.unit.name, form=say(it.form.title, words.locale), about=it.form.about, day=period.day,
        at=_time(words, period.due_at) if period.closed_at else "", moved=it.moved, locked=period.phase == Phase.LOCKED,
        received=now.received, expected=now.expected, then=it.at_close.received if it.at_close else now.received,
        complete=now.completeness, timely=now.timeliness,
        counts=[now.zero, now.filled, now.silent, now.excused, now.late],
        waiting=sum(alert.waits for alert in it.open_alerts), handled=sum(not alert.waits for alert in it.open_alerts),
        rows=[astuple(bar) for bar in drawn.shown], others=drawn.others, incomplete=drawn.incomplete,
        signer=it.signer.name if it.signer else "", signed=_time(words, it.post.signed_at if it.post else None),
        changed=_time(words, it.post.moved_at if it.post and it.signer else None),
        checked=[below.count - len(below.open), below.count], seal=it.seals[-1] if it.seals else "",
    )  # fmt: skip


def _time(words: Renderer, at: datetime | None) -> str:
    return f"{at.astimezone(words.zone):%H:%M}" if at else ""
