"""Say at the end of the day what was lost, doubled, never done, done twice or kept quiet."""

from collections import Counter
from datetime import datetime

from sqlmodel import Session, func, select

from models.cycle.periods import Period
from models.cycle.steps import Step
from models.evidence.verification import verify
from models.messaging.addresses import Address
from models.messaging.cards import Card
from models.messaging.cards import Kind as CardKind
from models.messaging.slots import Subject, subject_id
from models.operations import self_report
from models.reporting.reports import Report, State
from models.reporting.revisions import Revision
from tests.chaos.day import Day, at
from tests.support.world import ZONE


def confessed(session: Session) -> list[str]:
    """Return the outages that the evening report tells of."""
    told = self_report.outages(session, at("00:00"))
    return [
        f"down from {since.astimezone(ZONE):%H:%M:%S} to {until.astimezone(ZONE):%H:%M:%S}" for since, until in told
    ]


def _told(session: Session, moment: datetime) -> bool:
    return any(since <= moment <= until for since, until in self_report.outages(session, at("00:00")))


def _unsure(session: Session) -> Counter[str]:
    """Count, for each group, the posts that may have arrived and of which the admins were told: the next figures are a
    new message there."""
    told = set(session.exec(select(Card.subject_id).where(Card.subject == Subject.UNSURE_POST)).all())
    posts = session.exec(select(Card, Address).join(Address).where(Card.kind == CardKind.GROUP)).all()
    return Counter(
        address.chat for post, address in posts for n in range(post.messages + 1) if subject_id(post.id, n) in told
    )


def faults(day: Day, session: Session) -> list[str]:
    """Return everything that must not be: lost, doubled, never done, done twice, kept quiet."""
    found = []
    filed = {
        10_000 + number
        for number in session.exec(select(Report.person_id).where(Report.state == State.ZERO)).all()
        if number
    }
    told = day.told()
    if lost := told - filed:
        found.append(f"{len(lost)} told and not on record")
    if silent := {p.id for p in day.people} - filed:
        found.append(f"{len(silent)} reported and not on record")
    revisions = session.exec(select(func.count()).select_from(Revision)).one()
    if revisions != len(day.people):
        found.append(f"{revisions} revisions of {len(day.people)} reports")
    steps = session.exec(select(Step)).all()
    found += [f"{s.kind} {s.number}: {s.outcome}" for s in steps if s.outcome not in ("done", "coalesced")]
    if len(session.exec(select(Period.id)).all()) != 1:
        found.append("another day was opened")
    unsure = _unsure(session)
    for group in day.groups:
        posts = [m for m in group.seen if "截至" in m.text]
        if len(posts) > 1 + unsure[str(group.chat.id)]:
            found.append(f"{group.title}: {len(posts)} summaries")
    if any(code for code in day.ended):
        found.append(f"programs ended by themselves with {sorted(set(day.ended))}")
    if missing := [b for b in day.long if not _told(session, b)]:
        found.append(f"outages that nobody was told of: {missing}")
    found += [f"{v[0]} {v[1]} {v[2]}" for v in verify(session).differs]
    found += [f"{slot.name}: a trace in the log" for slot in day.slots if "Traceback" in slot.said]
    return found
