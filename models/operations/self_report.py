"""Gather the facts of the daily self report to the admins, once an evening."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import case, exists
from sqlmodel import Field, Session, col, func, select

from models.calls import calls
from models.core import audit, failing_work
from models.core.audit import AuditEntry
from models.core.database import Instant
from models.core.errors import Note, Refusal
from models.core.faults import Fault
from models.core.table import Table
from models.cycle.periods import Period, Phase
from models.cycle.steps import Step
from models.donations import totals as donations
from models.duty import standing as duty
from models.evidence import seals
from models.evidence.seals import Seal
from models.forms import passes
from models.honours import counts as honours
from models.messaging import addresses, delivery_queue
from models.messaging.addresses import Address, Reach
from models.messaging.cards import Card
from models.operations import lead_gaps
from models.operations.lead_gaps import LeadGaps
from models.organisation import units
from models.organisation.people import Kind, Person, here
from models.organisation.units import Unit
from models.questions import questions
from models.rounds import link_counts, rollcalls
from models.rounds.replies import Reply
from models.rounds.rounds import Asks, Round, RoundKind
from models.runbooks import counts
from models.runbooks.counts import Counts
from models.supplies import totals as supplies
from models.timeline import counts as timeline

LATE = timedelta(minutes=10)  # a step taken later than this counts as caught up
OLD = timedelta(hours=36)  # a backup older than last night's
FAILED = "backup failed"
REASONS = 5  # listed one by one
OUTAGE = "outage"  # the audit's name for a time in which the program took no step
TOLD = timedelta(days=1)  # messages given up before that are not reported any more


class SelfReport(Table, table=True):
    """An evening whose report is out: one row for each day."""

    id: int = Field(default=None, primary_key=True)
    day: date = Field(unique=True)
    at: datetime = Field(sa_type=Instant)


def is_out(session: Session, day: date) -> bool:
    return session.exec(select(SelfReport.id).where(SelfReport.day == day)).first() is not None


SEAL_FILE = "seal file"  # the audit's subject for the seal file


@dataclass(frozen=True)
class FileState:
    """The state of the seal file: `fine`, `begun` (anew, because it was not there), `unwritable`, or `parts` from these
    records, because it belongs to another history; `detail` is a reason or a seal's number."""

    id: str
    detail: str = ""

    @property
    def fine(self) -> bool:
        return self.id in ("fine", "begun")


@dataclass(frozen=True)
class Backups:
    """The newest backup: its name, its instant, whether it is old by now and how many differences `verify` found in it.
    `failed` says what prevented a later one."""

    name: str = ""
    at: datetime | None = None
    old: bool = False
    differs: int = 0
    failed: Note | None = None


@dataclass(frozen=True)
class Sent:
    """How many rounds of a kind were `sent`, how many of them as `urgent`; how many people were `asked` for a reply,
    and how many `replied` by now."""

    sent: int
    urgent: int
    asked: int
    replied: int


@dataclass(frozen=True)
class Evening:
    """The last 24 hours. `outages` are the times in which no step was taken; `failing` is as `failing_work.since`
    returns it; `undelivered` (channel, reason, count) has the commonest reasons, and `undelivered_else` the number
    for all others; `groups` are those that did not get their newest post, each with its unit and the reason; `head`
    the newest seal of all; `seal_file` only if there is something to say about it; `gaps` whose messages reach
    nobody; `notices` and `surveys` what was sent to people besides; `links` how links to surveys stand; `questions`
    how many are open, and how many of them have waited too long for an answer; `roll_calls` how many are open;
    `runbooks` how many runs are under way; `supplies`, `donations`, `honours`, `duty` and `calls` how these stand;
    `timeline` what admins did to it; `passed` how many passed a quiz."""

    steps: int
    outages: list[tuple[datetime, datetime]]
    caught_up: int
    failing: list[tuple[str, int, str, bool | None]]
    lapsed: int
    undelivered: list[tuple[str, str, int]]
    undelivered_else: int
    groups: list[tuple[Address, Unit, str]]
    never: int
    unreachable: int
    faults: int
    backup: Backups
    seals: list[str]
    head: Seal | None
    seal_file: FileState | None
    gaps: LeadGaps
    notices: Sent
    surveys: Sent
    questions: tuple[int, int]
    links: link_counts.Standing
    roll_calls: int
    passed: int
    supplies: supplies.Standing
    donations: donations.Standing
    honours: honours.Standing
    duty: duty.Standing | None
    calls: calls.Standing | None
    runbooks: Counts
    timeline: timeline.Edited


def evening(session: Session, now: datetime, day: date, after: timedelta) -> Evening:
    """Return the facts of the evening; a message not shown for longer than `after` is undelivered."""
    since = now - timedelta(days=1)
    done = session.exec(select(Step.at, Step.done_at, Step.outcome).where(col(Step.done_at) > since)).all()
    taken = [(at, done_at) for at, done_at, outcome in done if outcome != "lapsed" and done_at]
    lapsed = select(func.count()).where(Period.phase == Phase.LAPSED, Period.lock_at > since, Period.lock_at <= now)
    lost, others = undelivered(session, now, after)
    tops = [root] if (root := units.root(session)) else []
    return Evening(
        steps=len(taken),
        outages=outages(session, since),
        caught_up=sum(done_at - at > LATE for at, done_at in taken),
        failing=failing_work.since(session, since),
        lapsed=session.exec(lapsed).one(),
        undelivered=lost,
        undelivered_else=others,
        groups=lost_groups(session, now),
        never=_without_address(session, day),
        unreachable=_unreachable(session, day),
        faults=session.exec(select(func.count()).where(Fault.at > since)).one(),
        backup=backup(session, now),
        seals=[s.short for s in session.exec(select(Seal).where(Seal.made_at > since).order_by(col(Seal.id))).all()],
        head=seals.last(session),
        seal_file=_to_tell(session, since),
        gaps=lead_gaps.gaps(session, day),
        notices=sent(session, RoundKind.NOTICE, since),
        surveys=sent(session, RoundKind.SURVEY, since),
        links=link_counts.standing(session, tops, now),
        roll_calls=len(rollcalls.open_ones(session)),
        passed=passes.since(session, since),
        supplies=supplies.standing(session, tops, since),
        donations=donations.standing(session, tops, since, now, day),
        honours=honours.standing(session, tops, now),
        duty=duty.standing(session, tops, now),
        calls=calls.standing(session, tops, day),
        runbooks=counts.counted(session, now),
        timeline=timeline.edited(session, tops, since),
        questions=questions.counted(session, tops, now),
    )


def sent(session: Session, kind: RoundKind, since: datetime) -> Sent:
    """Count the rounds of a kind since then, and the replies to them; never what they say, which not every admin may
    read."""
    found = (Round.kind == kind, Round.made_at > since)
    made, urgent = session.exec(select(func.count(), func.count(case((col(Round.urgent), 1)))).where(*found)).one()
    asking = select(Round.id).where(*found, Round.asks != Asks.NOTHING, col(Round.withdrawn_at).is_(None))
    replied = func.count(case((col(Reply.number) == col(Round.number), 1)))
    query = select(func.count(), replied).join(Round, col(Round.id) == col(Reply.round_id))
    asked, came = session.exec(query.where(col(Reply.round_id).in_(asking))).one()
    return Sent(made, urgent, asked, came)


def lost_groups(session: Session, now: datetime) -> list[tuple[Address, Unit, str]]:
    """Return the bound groups that took no message the last time, or whose post of the last day was given up."""
    found = {group.id: (group, unit, group.trouble or "") for group, unit in addresses.lost_groups(session)}
    query = (
        select(Address, Unit, Card.error)
        .join(Unit, col(Unit.id) == col(Address.unit_id))
        .join(Card, col(Card.address_id) == col(Address.id))
        .where(Card.created_at > now - TOLD, col(Card.pending).is_(True), col(Card.gave_up).is_(True))
        .order_by(col(Unit.path), col(Card.id))
    )
    for group, unit, error in session.exec(query).all():
        found.setdefault(group.id, (group, unit, error or ""))
    return list(found.values())


def note_seal_file(session: Session, now: datetime, path: str, state: FileState) -> None:
    """Note in the audit that the state of the seal file changed."""
    before = _seal_file(session)
    if before is None or before[0].id != state.id:
        audit.note(session, now, "cli", SEAL_FILE, path, state=state.id, said=state.detail)


def _seal_file(session: Session) -> tuple[FileState, datetime] | None:
    found = session.exec(
        select(AuditEntry).where(AuditEntry.what == SEAL_FILE).order_by(col(AuditEntry.id).desc()).limit(1)
    ).first()
    detail = found.detail or {} if found else {}
    return (FileState(detail.get("state", ""), detail.get("said", "")), found.at) if found else None


def _to_tell(session: Session, since: datetime) -> FileState | None:
    """Return what is wrong with the seal file, or that it was begun anew since then."""
    found = _seal_file(session)
    if found is None or (found[0].fine and (found[0].id == "fine" or found[1] <= since)):
        return None
    return found[0]


def backup(session: Session, now: datetime) -> Backups:
    """Return the state of backups, as far as the program knows."""
    tried = select(AuditEntry).where(col(AuditEntry.what).in_(["backup", FAILED])).order_by(col(AuditEntry.id).desc())
    last = session.exec(tried.limit(1)).first()
    made = session.exec(tried.where(AuditEntry.what == "backup").limit(1)).first()
    failed = last.detail or {} if last and last.what == FAILED else None
    return Backups(
        name=made.about if made else "",
        at=made.at if made else None,
        old=made is not None and now - made.at > OLD,
        differs=int((made.detail or {}).get("differs") or 0) if made else 0,
        failed=Note(failed["key"], failed["values"]) if failed else None,
    )


def note_failed(session: Session, now: datetime, folder: str, why: Refusal) -> None:
    """Note that no backup could be made."""
    values = {name: str(value) for name, value in why.values.items()}
    audit.note(session, now, "cli", FAILED, folder, key=why.key, values=values)


def undelivered(
    session: Session, now: datetime, after: timedelta, persons: set[int] | None = None
) -> tuple[list[tuple[str, str, int]], int]:
    """Return channel, reason ("" if none is known yet) and number of messages, the commonest first, and the number for
    all other reasons; only those to these persons and to groups, if `persons` are named."""
    found = delivery_queue.undelivered(session, now - after, now - TOLD)
    reasons = Counter(
        (address.channel, card.error or "")
        for card, address in found
        if persons is None or address.unit_id or address.person_id in persons
    )
    told = [(channel, reason, n) for (channel, reason), n in reasons.most_common(REASONS)]
    return told, reasons.total() - sum(n for *_, n in told)


def outages(session: Session, since: datetime) -> list[tuple[datetime, datetime]]:
    """Return when the program took no step: beginnings and ends, the earliest first."""
    noted = (
        select(AuditEntry.detail).where(AuditEntry.what == OUTAGE, AuditEntry.at > since).order_by(col(AuditEntry.id))
    )
    found = [it for it in session.exec(noted).all() if it]
    return [(datetime.fromisoformat(it["since"]), datetime.fromisoformat(it["until"])) for it in found]


def _without_address(session: Session, day: date) -> int:
    any_address = exists().where(col(Address.person_id) == col(Person.id))
    return session.exec(select(func.count()).where(Person.kind == Kind.STAFF, here(day), ~any_address)).one()


def _unreachable(session: Session, day: date) -> int:
    lost = exists().where(col(Address.person_id) == col(Person.id))
    good = exists().where(col(Address.person_id) == col(Person.id), col(Address.reach) == Reach.REACHABLE)
    return session.exec(select(func.count()).where(Person.kind == Kind.STAFF, here(day), lost, ~good)).one()
