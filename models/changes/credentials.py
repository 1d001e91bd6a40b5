"""Judge credentials: who may have a code made for whom, and what a code is worth when somebody presents it
(docs/decisions/0138-credentials.md)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from models.authority import standing
from models.changes import planned as changes
from models.messaging import enrolment
from models.organisation.people import Kind, Person, Role


def coming(session: Session, person: Person) -> list[tuple[Role, str]]:
    """Return the roles that somebody is to get by planned changes, because a code of today is still valid tomorrow."""
    plans = changes.waiting(session, "people.role", person.staff_no)
    return [(Role(p.arguments["role"]), p.arguments["path"]) for p in plans if p.arguments["role"] in ("lead", "admin")]


def may_invite(session: Session, by: Person, person: Person, day: date) -> bool:
    return standing.Standing(session, by, day).over(person, coming(session, person))


def not_for(session: Session, by: Person, persons: Sequence[Person], day: date) -> set[int]:
    """Return the ids of those of these people, all at home where `by` leads, whom `by` does not stand above. Only those
    who are more than plain members are checked one by one, because it may be everybody in a large unit."""
    standing_of_by = standing.Standing(session, by, day)
    planned = {p.arguments["no"] for p in changes.waiting(session, "people.role")}
    more = standing.more_than_members(session, [p.id for p in persons], day)
    looked = [p for p in persons if p.kind == Kind.STAFF and (p.id in more or p.staff_no in planned or p.id == by.id)]
    return {p.id for p in looked if not standing_of_by.over(p, coming(session, p))}


def who_may(session: Session, person: Person, day: date) -> list[Person]:
    return standing.who_stands_above(session, person, day, coming(session, person))


@dataclass(frozen=True)
class Presented:
    """A code that somebody presents: whose it is, who made it (None: the operator), and whether it is good."""

    person: Person
    by: Person | None
    good: bool


def redeem(session: Session, code: str, day: date, now: datetime) -> Presented | None:
    """Spend the code. None if it is unknown, spent or expired. It is no good if the person has left, or if whoever made
    it no longer stands above everything the person is by now."""
    invite = enrolment.open_invite(session, code, now)
    if invite is None:
        return None
    enrolment.spend(session, invite, now)
    person = session.get_one(Person, invite.person_id)
    by = session.get(Person, invite.by_id) if invite.by_id else None
    here = person.kind == Kind.STAFF and not person.left_by(day)
    return Presented(person, by, here and (by is None or may_invite(session, by, person, day)))


def end_shown(session: Session, text: str, now: datetime) -> list[Presented]:
    """End the codes in words that others could read (docs/decisions/0139-private-answers.md)."""
    found = []
    for code in enrolment.codes_in(text):
        invite = enrolment.open_invite(session, code, now)
        if invite is not None:
            enrolment.spend(session, invite, now)
            by = session.get(Person, invite.by_id) if invite.by_id else None
            found.append(Presented(session.get_one(Person, invite.person_id), by, good=False))
    return found
