"""Links to a survey for people without an account: personal ones for people outside, and open ones for anybody
(docs/decisions/0244-people-outside.md, docs/rules.md 32)."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Index, update
from sqlmodel import Field, Session, col, func, select

from models.core.database import Instant, in_chunks
from models.core.errors import Refusal
from models.core.table import IDS_NOT_REUSED, Table
from models.cycle.places import place_of
from models.organisation.people import Person
from models.organisation.units import Unit
from models.rounds import ballots, replies, surveys, tally
from models.rounds.open_answers import OpenAnswer
from models.rounds.replies import Reply
from models.rounds.rounds import Round
from models.rounds.tally import Source

LETTERS = 18  # random bytes of a token: 24 letters of a link
MOST = 20  # links of one person, or open ones, to a survey at the same time
MOST_OPEN = 20_000  # answers by open links to one survey, as many as its file has


class SurveyLink(Table, table=True):
    """A link to a survey: of somebody outside or, without a `person_id`, an open one; `several` lets one device answer
    an open one more than once. Only a digest of its token is kept. `by` made it; after `ended_at` it opens nothing."""

    __table_args__ = (Index("survey_link_person", "round_id", "person_id"), IDS_NOT_REUSED)

    id: int = Field(default=None, primary_key=True)
    digest: str = Field(unique=True, repr=False)
    round_id: int = Field(foreign_key="round.id")
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    several: bool = False
    by: int = Field(foreign_key="person.id")
    at: datetime = Field(sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)


@dataclass(frozen=True)
class Found:
    """What a link leads to: the survey and, of a personal link, whose it is and their row."""

    link: SurveyLink
    round: Round
    person: Person | None = None
    reply: Reply | None = None


def digest_of(token: str) -> str:
    return hashlib.sha256(b"zeroreport survey " + token.encode()).hexdigest()


def mark_of(round_id: int, words: str) -> str:
    """Return what is kept of a browser's cookie, or of a page that was sent."""
    return hashlib.sha256(f"zeroreport answered {round_id} {words}".encode()).hexdigest()


def personal(
    session: Session, it: Round, persons: Sequence[Person], by: Person, now: datetime
) -> list[tuple[Person, str]]:  # fmt: skip
    """Return a new link's token for each of these people; earlier ones go on working, because they may be on paper.
    Raises as `refuse_full`."""
    refuse_full(session, it, persons)
    return [(person, _issue(session, it, person, by, now)) for person in persons]


def refuse_full(session: Session, it: Round, persons: Sequence[Person]) -> None:
    """Raise `surveys.many_links` for the first of these people who has as many links as there may be."""
    whose = col(SurveyLink.person_id)
    full: set[int | None] = set()
    for some in in_chunks(person.id for person in persons):
        held = select(whose).where(_living(it), whose.in_(some)).group_by(whose).having(func.count() >= MOST)
        full.update(session.exec(held).all())
    first = next((person for person in persons if person.id in full), None)
    if first is not None:
        raise Refusal("surveys.many_links", name=first.name, most=MOST)


def keep(
    session: Session, it: Round, made: Sequence[tuple[int, str]], by: Person, now: datetime
) -> None:  # fmt: skip
    """Store links that were made elsewhere: each the id of its person and its digest. A second time changes nothing."""
    known = select(SurveyLink.digest).where(col(SurveyLink.digest).in_([digest for _, digest in made]))
    stored = set(session.exec(known).all())
    for person, digest in made:
        if digest not in stored:
            session.add(SurveyLink(digest=digest, round_id=it.id, person_id=person, by=by.id, at=now))


def new_token() -> str:
    return secrets.token_urlsafe(LETTERS)


def open_one(session: Session, it: Round, by: Person, now: datetime, *, several: bool) -> str:
    """Return the token of a new open link. Raises `surveys.many_open`."""
    if len(open_links(session, it)) >= MOST:
        raise Refusal("surveys.many_open", most=MOST)
    return _issue(session, it, None, by, now, several=several)


def _issue(
    session: Session, it: Round, person: Person | None, by: Person, now: datetime, *, several: bool = False
) -> str:  # fmt: skip
    token = new_token()
    row = SurveyLink(
        digest=digest_of(token), round_id=it.id, person_id=person.id if person else None, several=several, by=by.id,
        at=now,
    )  # fmt: skip
    session.add(row)
    return token


def _living(it: Round) -> Any:
    return (col(SurveyLink.round_id) == it.id) & col(SurveyLink.ended_at).is_(None)


def open_links(session: Session, it: Round) -> Sequence[SurveyLink]:
    """Return the open links that work, the oldest first."""
    query = select(SurveyLink).where(_living(it), col(SurveyLink.person_id).is_(None))
    return session.exec(query.order_by(col(SurveyLink.id))).all()


def end(session: Session, it: Round, persons: Sequence[int] | None, now: datetime) -> int:
    """End the links of these people or, for None, the open ones; return how many those were."""
    person = col(SurveyLink.person_id)
    whose = [person.is_(None)] if persons is None else [person.in_(some) for some in in_chunks(persons)]
    ending = [update(SurveyLink).where(_living(it), some).values(ended_at=now) for some in whose]
    return sum(int(session.connection().execute(one).rowcount) for one in ending)


def find(session: Session, token: str, day: date) -> Found | None:
    """Return what a link leads to; None for one that is unknown or ended, or whose person is gone."""
    link = session.exec(select(SurveyLink).where(SurveyLink.digest == digest_of(token))).first()
    if link is None or link.ended_at is not None:
        return None
    it = session.get_one(Round, link.round_id)
    if link.person_id is None:
        return Found(link, it)
    person = session.get_one(Person, link.person_id)
    reply = replies.of_person(session, it, person)
    if reply is None or person.left_by(day):
        return None
    return Found(link, it, person, reply)


def answered(session: Session, it: Round, mark: str) -> bool:
    """Say whether something with this mark came to a named survey by an open link."""
    same = select(OpenAnswer.id).where(OpenAnswer.round_id == it.id, OpenAnswer.mark == mark)
    return session.exec(same).first() is not None


def refuse_open(session: Session, it: Round, now: datetime) -> None:
    """Raise `surveys.withdrawn`, `surveys.over` or, where more came than are taken, `surveys.full`."""
    surveys.refuse_over(session, it, now)
    if it.opened >= MOST_OPEN:
        raise Refusal("surveys.full")


def take_open(
    session: Session, it: Round, answers: Mapping[str, Any], mark: str, now: datetime, key: str
) -> bool:  # fmt: skip
    """Take what came by an open link; say whether it was taken: other answers of the same mark are not. Of an anonymous
    survey nothing is kept by which it could be told that it came twice: that is the caller's. Raises as `refuse_open`
    and `ballots.refuse_key`."""
    refuse_open(session, it, now)
    if it.anonymous:
        ballots.put(session, it, ballots.NOWHERE, answers, key)
    else:
        place = place_of(session, session.get_one(Unit, it.unit_id)).id
        before = session.exec(
            select(OpenAnswer.answers).where(OpenAnswer.round_id == it.id, OpenAnswer.mark == mark)
        ).first()
        if before is not None:
            return before == dict(answers)  # the same page, sent twice
        session.add(OpenAnswer(round_id=it.id, place_id=place, mark=mark, answers=dict(answers), at=now))
        tally.add(session, it, surveys.form_of(session, it), [(place, answers, 1)], Source.OPEN)
    it.opened += 1
    session.add(it)
    session.flush()
    return True
