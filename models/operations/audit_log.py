"""Read the audit, as far as a person's rights reach."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import product

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, or_, select

from models.core import audit
from models.core.audit import AuditEntry
from models.cycle.assignments import Assignment
from models.organisation.people import Membership, Person
from models.organisation.units import Unit, below

LOOKED_THROUGH = 20_000  # entries, for one page of those within reach
# The kinds of entries that one looks for, by the first verb of each
KINDS: dict[str, tuple[str, ...]] = {
    it: (it,) for it in (
        "people.add", "people.move", "people.role", "people.leave", "people.reporter", "people.phone", "staff number",
        "unit.add", "unit.rename", "unit.move", "unit.up", "bind", "unbind", "assign.times", "assign.pause",
        "assign.resume", "assign.end", "form.store", "form.give", "calendar", "reopen", "import", "import undone",
        "export", "template", "invite", "invite asked", "code shown", "enrol", "signoff", "why", "plan", "undo",
        "failed", "deputy", "deputy ended", "leave requested", "leave approved", "leave refused", "leave withdrawn",
        "alert taken", "alert note", "alert closed", "alert reopened", "question taken", "question answered",
        "question closed", "question approved",
        "question refused", "faq published", "faq withdrawn", "topic set", "rollcall begun", "rollcall closed",
        "runbook made", "runbook changed", "runbook kinds", "runbook retired", "runbook restored",
        "runbook started", "drill started", "runbook ended", "drill ended", "runbook under way",
        "runbook step skipped", "runbook step handed over", "runbook step taken over", "runbook step taken back",
        "notice", "notice urgent", "notice urged", "notice changed", "notice withdrawn", "survey", "survey urged",
        "secondment asked", "secondment", "secondment refused",
        "secondment extended", "secondment ended", "duty week", "duty put", "duty out", "duty swapped",
        "duty swap undone",
        "item set", "item ended", "store set", "store ended", "keeper named", "keeper ended", "movement undone",
        "bill opened", "collection begun", "collection published", "collection closed", "donation undone",
        "honour awarded", "honour withdrawn",
        "timeline added", "timeline worded", "timeline hidden", "timeline shown",
        "handup", "handup invited", "handup joined", "handup confirmed", "handup key", "handup withdrawn",
        "request made", "request approved", "request refused", "request withdrawn",
        "survey withdrawn", "survey links made", "survey link made", "survey links ended", "survey open link made",
        "survey open links closed", "topic ended", "erase", "seal file", "backup", "backup failed", "release", "outage",
        "clock.held", "clock.confirmed", "clock.settled", "clock.returned", "step skipped", "steps shown again",
        "init", "demo", "person opened", "report opened", "token made", "token used", "token withdrawn", "verify",
    )
} | {
    "assign": ("assign", "assign.new"), "alert corrected": ("alert corrected", "alert revised", "alert withdrawn"),
}  # fmt: skip


@dataclass(frozen=True)
class Filter:
    """What is asked for: `subject` narrows it to what one person did or what was done about them, or about one unit,
    form or task; `what` to these verbs; `span` to these instants, the last one not included; `before` and `after` to
    the entries between these numbers."""

    subject: str | None = None
    what: Sequence[str] = ()
    span: tuple[datetime, datetime] | None = None
    before: int | None = None
    after: int = 0


ALL = Filter()


def entries(
    session: Session, tops: Sequence[str] | None, own: str, asked: Filter = ALL, limit: int = 50
) -> list[AuditEntry]:  # fmt: skip
    """Return the newest entries about what lies under these paths (None: everywhere), and those by staff number `own`.
    Each part of the question is answered from an index in the order of the numbers, so that a page costs the same
    however much history there is."""
    within = [col(AuditEntry.id) > asked.after, *_between(session, asked.span)]
    if asked.before is not None:
        within.append(col(AuditEntry.id) < asked.before)
    if tops is not None:
        within.append(_reach(session, tops, own))
    subjects = [[it] for it in _subjects(session, asked.subject)] or [[]]
    kinds = [[col(AuditEntry.what) == it] for it in asked.what] or [[]]
    numbers: set[int] = set()
    for subject, kind in product(subjects, kinds):
        newest = select(AuditEntry.id).where(*subject, *kind, *within).order_by(col(AuditEntry.id).desc())
        numbers.update(session.exec(newest.limit(limit)).all())
    kept = sorted(numbers, reverse=True)[:limit]
    return list(
        session.exec(select(AuditEntry).where(col(AuditEntry.id).in_(kept)).order_by(col(AuditEntry.id).desc()))
    )


def page(
    session: Session, tops: Sequence[str] | None, own: str, asked: Filter, limit: int
) -> tuple[list[AuditEntry], int | None]:  # fmt: skip
    """Return a page of entries, and before which number the next one begins, if there may be more. Where only a part of
    the entries is within reach, a page looks through `LOOKED_THROUGH` of them at most."""
    end = asked.before or audit.head(session)[0] + 1
    if asked.span:
        end = min(end, _last_before(session, asked.span[1]) + 1)
    floor = max(0, end - 1 - LOOKED_THROUGH) if tops is not None and asked.subject is None else 0
    found = entries(session, tops, own, replace(asked, before=end, after=floor), limit + 1)
    if len(found) > limit:
        return found[:limit], found[limit - 1].id
    begun = asked.span is not None and _last_before(session, asked.span[0]) >= floor
    return found, floor + 1 if floor and not begun else None


def _last_before(session: Session, instant: datetime) -> int:
    """Return the number of the last entry before an instant."""
    newest = select(AuditEntry.id).where(AuditEntry.at < instant)
    return session.exec(newest.order_by(col(AuditEntry.at).desc(), col(AuditEntry.id).desc()).limit(1)).first() or 0


def _between(session: Session, span: tuple[datetime, datetime] | None) -> list[ColumnElement[bool]]:
    if span is None:
        return []
    numbers = [_last_before(session, instant) for instant in span]
    return [col(AuditEntry.id) > numbers[0], col(AuditEntry.id) <= numbers[1]]


def _reach(session: Session, tops: Sequence[str], own: str) -> ColumnElement[bool]:
    """Return which entries are about what lies under these paths, or by this staff number."""
    inside = or_(*(below(path) for path in tops))
    numbers = select(Person.staff_no).join(Membership).join(Unit).where(inside)
    was = select(Person.former_numbers).join(Membership).join(Unit)
    lines = session.exec(was.where(inside, col(Person.former_numbers).is_not(None))).all()
    former = [it for line in lines for it in (line or "").split()]
    codes = select(Assignment.code).join(Unit).where(inside)
    paths = select(Unit.path).where(inside)
    about = (col(AuditEntry.about).in_(query) for query in (numbers, codes, paths))
    return or_(col(AuditEntry.by) == own, *about, col(AuditEntry.about).in_(former))


def _subjects(session: Session, subject: str | None) -> list[ColumnElement[bool]]:
    """Return, one by one, what makes an entry one about or by this subject."""
    if subject is None:
        return []
    person = session.exec(select(Person).where(Person.staff_no == subject)).first()
    called = [subject, *((person.former_numbers or "").split() if person else [])]
    return [column == it for it in called for column in (col(AuditEntry.about), col(AuditEntry.by))]


def before(session: Session, found: Iterable[AuditEntry]) -> dict[int, str]:
    """Return the digest of the entry before each of these, by number; "" before the first."""
    numbers = [it.id - 1 for it in found]
    rows = session.exec(select(AuditEntry.id, AuditEntry.digest).where(col(AuditEntry.id).in_(numbers))).all()
    digests = dict(rows)
    return {number + 1: digests.get(number, "") for number in numbers}


def names(session: Session, found: Iterable[AuditEntry]) -> dict[str, str]:
    """Return staff number → name, for those named in these entries."""
    numbers = {n for change in found for n in (change.by, change.about)}
    was = select(Person.former_numbers, Person.name).where(col(Person.former_numbers).is_not(None))
    former = {number: name for line, name in session.exec(was).all() for number in (line or "").split()}
    current = session.exec(select(Person.staff_no, Person.name).where(col(Person.staff_no).in_(numbers))).all()
    return {number: former[number] for number in numbers & {*former}} | dict(current)
