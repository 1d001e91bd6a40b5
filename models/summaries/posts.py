"""Keep summary posts: whether a unit's summary of a period is out, whether it is still true, and who checked it."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Index, UniqueConstraint, bindparam, text
from sqlmodel import Field, Session, col, or_, select, update

from models.core.database import Instant
from models.core.table import Table
from models.cycle.periods import Period
from models.cycle.places import Place
from models.organisation.people import Person
from models.organisation.units import Unit
from models.reporting.reports import ReportView

THROTTLE = timedelta(seconds=60)  # a group card changes at most once a minute


class SummaryPost(Table, table=True):
    """A summary that is out. `stale_at` is when it stopped being true: it is rewritten within a minute. `moved_at` is
    when the first report it counts changed after it was signed, which the signer has not seen (docs/rules.md 9.2)."""

    __table_args__ = (
        UniqueConstraint("period_id", "unit_id"),
        Index("post_stale", "stale_at", sqlite_where=text("stale_at IS NOT NULL"),
              postgresql_where=text("stale_at IS NOT NULL")),
    )  # fmt: skip

    id: int = Field(default=None, primary_key=True)
    period_id: int = Field(foreign_key="period.id")
    unit_id: int = Field(foreign_key="unit.id")
    at: datetime = Field(sa_type=Instant)
    written_at: datetime = Field(sa_type=Instant)
    stale_at: datetime | None = Field(default=None, sa_type=Instant)
    signed_by: int | None = Field(default=None, foreign_key="person.id")
    signed_at: datetime | None = Field(default=None, sa_type=Instant)
    moved_at: datetime | None = Field(default=None, sa_type=Instant)

    @property
    def checked(self) -> bool:
        """Say whether somebody checked these figures as they stand."""
        return self.signed_by is not None and self.moved_at is None


_GET = select(SummaryPost).where(SummaryPost.period_id == bindparam("period"), SummaryPost.unit_id == bindparam("unit"))


def get(session: Session, period: Period, unit: Unit) -> SummaryPost | None:
    return session.exec(_GET, params={"period": period.id, "unit": unit.id}).first()


def of_units(session: Session, period: Period, units: Iterable[int]) -> Sequence[SummaryPost]:
    """Return the summaries of these units that are out."""
    return session.exec(
        select(SummaryPost).where(SummaryPost.period_id == period.id, col(SummaryPost.unit_id).in_(units))
    ).all()


def checked(session: Session, period: Period) -> set[int]:
    """Return the units whose summaries of a period somebody checked as they stand."""
    query = select(SummaryPost.unit_id).where(SummaryPost.period_id == period.id)
    query = query.where(col(SummaryPost.signed_by).is_not(None), col(SummaryPost.moved_at).is_(None))
    return set(session.exec(query).all())


def signed(session: Session, unit: Unit, periods: Iterable[int]) -> list[tuple[SummaryPost, Person]]:
    """Return a unit's summaries of these periods that somebody checked, and who did."""
    query = select(SummaryPost, Person).join(Person, col(Person.id) == col(SummaryPost.signed_by))
    mine = (SummaryPost.unit_id == unit.id, col(SummaryPost.period_id).in_(periods))
    return list(session.exec(query.where(*mine)).all())


def all_of(session: Session, period: Period) -> Sequence[SummaryPost]:
    return session.exec(select(SummaryPost).where(SummaryPost.period_id == period.id)).all()


def put(session: Session, period: Period, unit: Unit, now: datetime) -> SummaryPost:
    """Note that the summary is out, or was rewritten."""
    post = get(session, period, unit) or SummaryPost(period_id=period.id, unit_id=unit.id, at=now, written_at=now)
    post.written_at, post.stale_at = now, None
    session.add(post)
    session.flush()
    return post


def sign(session: Session, post: SummaryPost, person: Person, now: datetime) -> None:
    """Note that the lead checked these figures (核对无误)."""
    post.signed_by, post.signed_at, post.moved_at = person.id, now, None
    session.add(post)


_COUNTING = select(SummaryPost).where(
    SummaryPost.period_id == bindparam("period"),
    or_(
        col(SummaryPost.unit_id).in_(bindparam("units", expanding=True)),
        col(SummaryPost.unit_id).in_(
            select(Place.unit_id)
            .join(ReportView, col(ReportView.place_id) == col(Place.id))
            .where(col(ReportView.report_id).in_(bindparam("reports", expanding=True)))
        ),
    ),
)


def mark_stale(
    session: Session, period: Period, reports: Sequence[int], units: Iterable[int], now: datetime, *,
    moved: bool = False,
) -> None:  # fmt: skip
    """Have the summaries rewritten that count any of these reports, those of `units` and of task forces; if the reports
    themselves changed (`moved`), whoever signed has not seen that."""
    asked = {"period": period.id, "units": list(units), "reports": reports}
    _mark_stale(session, session.exec(_COUNTING, params=asked).all(), now, moved=moved)


def mark_stale_of(session: Session, period: Period, units: list[int], now: datetime, *, moved: bool = False) -> None:
    """Do the same for the summaries of these units alone."""
    _mark_stale(session, of_units(session, period, units), now, moved=moved)


def _mark_stale(session: Session, found: Iterable[SummaryPost], now: datetime, *, moved: bool) -> None:
    for post in found:
        post.stale_at = post.stale_at or now
        if moved and post.signed_by is not None:
            post.moved_at = post.moved_at or now
        session.add(post)


def all_stale(session: Session, period: Period, now: datetime) -> None:
    """Have every summary of a period rewritten that is out."""
    session.execute(
        update(SummaryPost)
        .where(col(SummaryPost.period_id) == period.id, col(SummaryPost.stale_at).is_(None))
        .values(stale_at=now)
    )


ANY_STALE = select(SummaryPost.id).where(col(SummaryPost.stale_at).is_not(None)).exists()
_STALE = (
    select(SummaryPost)
    .where(
        col(SummaryPost.stale_at).is_not(None),
        SummaryPost.written_at <= bindparam("before"),
        col(SummaryPost.id).not_in(bindparam("aside", expanding=True)),
    )
    .order_by(col(SummaryPost.stale_at))
    .limit(1)
)


def stale(session: Session, now: datetime, aside: Sequence[int] = ()) -> SummaryPost | None:
    """Return a summary to be rewritten now: no longer true, and last written over a minute ago; not those set aside."""
    return session.exec(_STALE, params={"before": now - THROTTLE, "aside": list(aside)}).first()
