"""Tell the timeline of rounds (docs/rules.md 39.2): of one to whole units how it is called, in each of these units; of
any other only that there was one, because who was chosen for it may be somebody's own business."""

from datetime import datetime

from sqlmodel import Session, col, func, select

from models.rounds import surveys
from models.rounds.replies import Reply
from models.rounds.rounds import Round, RoundKind, RoundVersion
from models.time.times import day_at
from models.timeline import entries
from models.timeline.sources import NOTICE, ROLLCALL, SURVEY, Source

UNITS = 20  # in whose timelines one round stands; one to more units stands in that of the unit that sent it
SOURCES: dict[str, Source] = {
    RoundKind.NOTICE: NOTICE, RoundKind.SURVEY: SURVEY, RoundKind.ROLLCALL: ROLLCALL,
}  # fmt: skip


def began(session: Session, it: Round, version: RoundVersion, now: datetime) -> None:
    """Write that a round began."""
    whom, day = it.whom, day_at(now, it.timezone)
    whole = bool(whom.tops) and not whom.roles and not whom.people
    units = whom.tops if whole and len(whom.tops) <= UNITS else (it.unit_id,)
    title = _called(session, it, version) if whole and version.words.strip() else None
    for unit_id in units:
        entries.once(
            session, SOURCES[it.kind], unit_id, day, it.id, title=title,
            urgent=True if it.urgent and it.kind == RoundKind.NOTICE else None,
        )  # fmt: skip


def _called(session: Session, it: Round, version: RoundVersion) -> str | dict[str, str]:
    """Return how a round is called: a survey without words of its own by its form, in each language."""
    called = surveys.form_of(session, it).title if it.form_id is not None else {}
    return dict(called) if version.words in called.values() else version.title


def changed(session: Session, it: Round, version: RoundVersion) -> None:
    """Say what a round is called now, where it says so at all."""
    found = entries.of(session, SOURCES[it.kind], it.id)
    if any("title" in one.told for one in found):
        entries.renew(session, SOURCES[it.kind], it.id, title=_called(session, it, version))


def withdrawn(session: Session, it: Round) -> None:
    """Say that a round was withdrawn, and no more how it was called."""
    untitled(session, it)
    entries.renew(session, SOURCES[it.kind], it.id, withdrawn=True)


def untitled(session: Session, it: Round) -> None:
    """Say no more how a round was called."""
    for one in entries.of(session, SOURCES[it.kind], it.id):
        one.told = {name: value for name, value in one.told.items() if name != "title"}
        session.add(one)
    session.flush()


def ended(session: Session, it: Round, now: datetime) -> None:
    """Say how many of those asked replied, and when it was over. What they said, and whether anybody needed help, is
    told nowhere here."""
    replied = func.count().filter(col(Reply.number) > 0)
    asked, came = session.execute(select(func.count(), replied).where(Reply.round_id == it.id)).one()
    entries.renew(session, SOURCES[it.kind], it.id, asked=asked, replied=came, ended=day_at(now, it.timezone))
