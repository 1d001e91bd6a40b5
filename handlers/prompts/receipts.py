"""Write the receipt, in the words for whoever reads it."""

from datetime import datetime, timedelta

from sqlmodel import Session

from handlers.core.rendering import Content, Renderer
from handlers.prompts import proposed_words
from handlers.prompts.frames import frame
from models.organisation.people import Person
from models.reporting import revisions, streaks
from models.reporting.audience import told
from models.reporting.report_context import ReportContext
from models.reporting.revisions import Revision


def receipt(
    session: Session, words: Renderer, asked: ReportContext, reader: Person, *,
    revision: Revision | None = None, streak: int | None = None,
) -> Content:  # fmt: skip
    """Return what a person gets back: what was said, when, its number, and how to change it. To the subject of a proxy
    report it says who filed it and why, and how to correct it; the lead who filed learns whether the subject was told.
    `revision` and `streak` may be passed if they are known already."""
    report = asked.report
    revision = revision or session.get_one(Revision, report.head_id)
    own = reader.id == revision.by
    by = reader if own else session.get_one(Person, revision.by)
    subject = session.get(Person, report.person_id) if report.person_id and revision.reason else None
    concerned = subject is not None and not own and reader.id in (subject.id, subject.reporter_id)
    return words.content(
        "prompts/proxied" if concerned else "prompts/receipt",
        **frame(asked.period, asked.form),
        report=report,
        revision=revision,
        by=by,
        own=own,
        unit=asked.unit,
        ward=asked.ward or (None if concerned else subject),
        telling=told(session, subject) if subject and own else None,
        minutes_late=_minutes(report.submitted_at, asked.period.due_at) if report.late else 0,
        answers=proposed_words.lines(words, asked.form, revision.answers or {}, revision.proposed),
        files=revision.attachments or [],
        after_lock=revisions.after_lock(asked.period, revision),
        streak=_streak(session, asked, reader) if streak is None else streak,
    )


def _streak(session: Session, asked: ReportContext, reader: Person) -> int:
    return streaks.streak(session, asked.period, asked.report) if asked.report.person_id == reader.id else 0


def _minutes(at: datetime | None, due: datetime) -> int:
    return max(1, int(((at or due) - due) / timedelta(minutes=1)))
