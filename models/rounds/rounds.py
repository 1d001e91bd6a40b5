"""Store rounds: something that goes out to an audience and collects one reply from each recipient until a time
(docs/decisions/0240-rounds.md): a notice, or a roll call."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from unicodedata import east_asian_width

from sqlalchemy import JSON, BigInteger, Column, ColumnElement, Index, Text, UniqueConstraint, bindparam, text
from sqlmodel import Field, Session, and_, col, false, func, or_, select

from models.core.database import Instant
from models.core.table import IDS_NOT_REUSED, Table
from models.files import attachments
from models.files.records import FileRecord
from models.organisation.people import Person
from models.organisation.units import Unit, below
from models.rounds.audience import Audience

TITLE = 48  # halves of a Chinese character's width of the first line, by which a round is called
ENDS = " :,.;：，。；"  # left out at the end of a title
LINGERS = timedelta(days=7)  # after the due time, in which a late reply is taken


class RoundKind(StrEnum):
    NOTICE = "notice"
    ROLLCALL = "rollcall"
    SURVEY = "survey"


WRITTEN = (RoundKind.NOTICE, RoundKind.SURVEY)  # step by step; they share steps, buttons and the clock


class Asks(StrEnum):
    """What a recipient is asked for: nothing, one tap that it was read, one of the round's choices, a form, or a form
    that is a quiz."""

    NOTHING = "nothing"
    RECEIPT = "receipt"
    ANSWER = "answer"
    FORM = "form"
    QUIZ = "quiz"


class Stage(StrEnum):
    """What the clock does for a round next, a chunk at a time. OPEN waits for `next_at`; after DONE nothing is due."""

    FINDING = "finding"  # rows for those recipients who have none
    TELLING = "telling"  # messages to those who were not told of the newest version
    REMINDING = "reminding"  # of the start
    CLIMBING = "climbing"  # to the leads of those who have not replied
    LISTING = "listing"  # who has not answered a roll call, to the leads
    TAKING_BACK = "taking_back"  # the messages of a round that was withdrawn, or closed
    ENDING = "ending"  # the answers of a survey that is over
    NOTING = "noting"  # when messages arrived, before they are forgotten
    OPEN = "open"
    DONE = "done"


class Round(Table, table=True):
    """One round. `by` sent it in the name of `unit_id`, the highest unit of its audience. `choices` are the answers to
    choose from: a word with @ before it is the program's own and told in the reader's language. `number` is that of the
    newest version. `urgent` passes quiet hours and the noise budget. A roll call is over when it is closed. `stage`,
    `cursor`, `next_at`, `climbed` (levels told of who has not replied), `again_at` (when the leads for whom a day had
    no room are told), `reminded` and `urges` (the newest reminders by leads) say how far its work is. A survey asks the
    questions of the form version `form_id`; of an `anonymous` one nobody learns who gave which answers. `ended` says
    that a survey's answers are all there is, and counted; `opened` how many came by an open link."""

    __table_args__ = (
        Index("round_due", "next_at", sqlite_where=text("next_at IS NOT NULL"),
              postgresql_where=text("next_at IS NOT NULL")),
        Index("round_by", "by", "id"),
        Index("round_made", "made_at"),
        Index("round_open", "kind", sqlite_where=text("closed_at IS NULL"), postgresql_where=text("closed_at IS NULL")),
        IDS_NOT_REUSED,
    )  # fmt: skip

    id: int = Field(default=None, primary_key=True)
    kind: str
    unit_id: int = Field(foreign_key="unit.id", index=True)
    by: int = Field(foreign_key="person.id")
    made_at: datetime = Field(sa_type=Instant)
    audience: dict[str, Any] = Field(sa_column=Column(JSON, nullable=False))
    asks: str
    choices: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    urgent: bool = False
    form_id: int | None = Field(default=None, foreign_key="form_version.id")
    anonymous: bool = False
    timezone: str
    number: int = 1
    withdrawn_at: datetime | None = Field(default=None, sa_type=Instant)
    withdrawn_by: int | None = Field(default=None, foreign_key="person.id")
    stage: str = Stage.FINDING
    cursor: int = Field(default=0, sa_type=BigInteger)  # the random numbers of boxes are large
    next_at: datetime | None = Field(default=None, sa_type=Instant)
    climbed: int = 0
    again_at: datetime | None = Field(default=None, sa_type=Instant)
    reminded: bool = False
    urges: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    ended: bool = False
    opened: int = 0
    closed_at: datetime | None = Field(default=None, sa_type=Instant)
    closed_by: int | None = Field(default=None, foreign_key="person.id")

    @property
    def whom(self) -> Audience:
        return Audience.of(self.audience)

    @property
    def by_form(self) -> bool:
        """Say whether a form is asked, a quiz or not: then nothing is taken after the end."""
        return self.asks in (Asks.FORM, Asks.QUIZ)

    @property
    def replied_to(self) -> bool:
        """Say whether anything is asked back."""
        return self.asks != Asks.NOTHING


def _width(words: str) -> int:
    return sum(2 if east_asian_width(it) in "WF" else 1 for it in words)


def _begun(words: str) -> str:
    """Return how words begin that are too wide, to the end of a word if one ends before."""
    kept = next(words[:n] for n in range(TITLE - 2, 0, -1) if _width(words[:n]) <= TITLE - 2)
    whole = kept if words[len(kept)] == " " else kept.rpartition(" ")[0]
    return (whole if _width(whole) > TITLE // 2 else kept).rstrip() + "…"


class RoundVersion(Table, table=True):
    """What a round says, never changed: a changed round has a new version, and a reply to an older one counts no more.
    `due_at` is until when a reply is timely, `starts_at` and `venue` are those of a meeting."""

    __table_args__ = (UniqueConstraint("round_id", "number"),)

    id: int = Field(default=None, primary_key=True)
    round_id: int = Field(foreign_key="round.id")
    number: int
    words: str = Field(sa_type=Text)
    files: list[FileRecord] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    due_at: datetime | None = Field(default=None, sa_type=Instant)
    starts_at: datetime | None = Field(default=None, sa_type=Instant)
    venue: str = ""
    by: int = Field(foreign_key="person.id")
    at: datetime = Field(sa_type=Instant)

    @property
    def title(self) -> str:
        """Return what the round is called: how its words begin."""
        words = self.words.strip()
        first = words.splitlines()[0].rstrip(ENDS) if words else ""
        # however long a line is, no more of it is looked at than may fit
        return (first if _width(first[: TITLE + 1]) <= TITLE else _begun(first)) or "…"

    @property
    def over_at(self) -> datetime:
        """Return until when a reply is taken at all: until the meeting begins, else a week after it was due or sent."""
        return self.starts_at or (self.due_at or self.at) + LINGERS


def begin(session: Session, made: Round, version: RoundVersion, now: datetime) -> Round:
    """Store a round with its first version. The clock sends it, from now on."""
    made.next_at = now
    session.add(made)
    session.flush()
    _add(session, made, version)
    return made


def change(session: Session, it: Round, version: RoundVersion, now: datetime) -> None:
    """Give a round a new version: everybody is told of it, and asked again."""
    it.number += 1
    it.stage, it.cursor, it.next_at, it.climbed = Stage.FINDING, 0, now, 0
    it.reminded, it.again_at = False, None
    _add(session, it, version)


def _add(session: Session, it: Round, version: RoundVersion) -> None:
    version.round_id, version.number = it.id, it.number
    session.add(it)
    session.add(version)
    session.flush()
    attachments.record(session, version.files, version=version.id)


def withdraw(session: Session, it: Round, by: Person, now: datetime) -> None:
    """Withdraw a round: nothing is asked any more, and the clock says so where it stands."""
    it.withdrawn_at, it.withdrawn_by = now, by.id
    it.stage, it.cursor, it.next_at = Stage.TAKING_BACK, 0, now
    session.add(it)
    session.flush()


_VERSION = select(RoundVersion).where(
    RoundVersion.round_id == bindparam("round"), RoundVersion.number == bindparam("number")
)
_DUE = (
    select(Round)
    .where(Round.next_at <= bindparam("now"), Round.kind == bindparam("kind"))
    .order_by(col(Round.next_at), col(Round.id))
)


def newest(session: Session, it: Round) -> RoundVersion:
    return version(session, it, it.number)


def version(session: Session, it: Round, number: int) -> RoundVersion:
    return session.exec(_VERSION, params={"round": it.id, "number": number}).one()


def versions(session: Session, it: Round) -> Sequence[RoundVersion]:
    """Return all versions, the first one first."""
    found = select(RoundVersion).where(RoundVersion.round_id == it.id)
    return session.exec(found.order_by(col(RoundVersion.number))).all()


def running(session: Session, kind: RoundKind, tops: Sequence[Unit], now: datetime) -> int:
    """Count the rounds of a kind of units at or below these whose replies are still waited for; it costs as much as
    there are rounds for which the clock still has something to do."""
    current = (RoundVersion.round_id == Round.id, RoundVersion.number == Round.number, col(RoundVersion.due_at) > now)
    query = select(func.count()).select_from(Round).join(RoundVersion, and_(*current))
    query = query.join(Unit, col(Unit.id) == col(Round.unit_id)).where(col(Round.next_at).is_not(None))
    waiting = (Round.kind == kind, col(Round.withdrawn_at).is_(None), or_(false(), *(below(it.path) for it in tops)))
    return session.exec(query.where(*waiting)).one()


def any_due(*kinds: RoundKind) -> ColumnElement[bool]:
    """Return whether the clock has something to do by `now` for a round of these kinds, as a condition."""
    return select(Round.id).where(Round.next_at <= bindparam("now"), col(Round.kind).in_(kinds)).exists()


def due(session: Session, now: datetime, kind: RoundKind, aside: Sequence[int] = ()) -> Round | None:
    """Return a round of a kind for which the clock has something to do by now, the longest waiting first; not those set
    aside."""
    query = _DUE.where(col(Round.id).not_in(aside)) if aside else _DUE
    return session.exec(query.limit(1), params={"now": now, "kind": kind}).first()
