"""Count what was handed up, for the evening report and `/system`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from models.handup import partners, requests
from models.handup.hand_ups import HandUp, Outcome
from models.handup.handed_up import HandedUp
from models.handup.partners import Partner, Side, State
from models.organisation.units import Unit, is_below

DAY = timedelta(hours=24)


@dataclass(frozen=True)
class Counts:
    """Days of the last 24 hours: handed up and `received` by the superior, still `waiting`, `failed`, and `taken` from
    others; `asking` are programs that wait to be confirmed, `troubled` those whose last message went wrong;
    `undecided` are requests of others that wait for a decision."""

    received: int
    waiting: int
    failed: int
    taken: int
    asking: Sequence[Partner]
    troubled: Sequence[Partner]
    undecided: int = 0

    @property
    def any(self) -> bool:
        return bool(
            self.received or self.waiting or self.failed or self.taken or self.asking or self.troubled or self.undecided
        )


def lately(session: Session, now: datetime, tops: Sequence[Unit] | None = None) -> Counts:
    """Return the counts of all partners, or of those of these units and below."""
    mine = [
        it for it in partners.all_live(session)
        if tops is None or any(is_below(session.get_one(Unit, it.unit_id).path, top.path) for top in tops)
    ]  # fmt: skip
    ids = [it.id for it in mine]
    made = session.exec(
        select(HandUp.state, func.count())
        .where(HandUp.kind == "day", HandUp.at > now - DAY, col(HandUp.partner_id).in_(ids))
        .group_by(HandUp.state)
    ).all()
    sent = dict(made)
    taken = select(func.count()).select_from(HandedUp)
    taken = taken.where(HandedUp.kind == "day", HandedUp.at > now - DAY, col(HandedUp.partner_id).in_(ids))
    return Counts(
        sent.get(Outcome.RECEIVED, 0), sent.get(Outcome.WAITING, 0),
        sent.get(Outcome.REFUSED, 0) + sent.get(Outcome.GIVEN_UP, 0), session.exec(taken).one(),
        [it for it in mine if it.side == Side.BELOW and it.state == State.ASKED],
        [it for it in mine if it.why and it.why != "waiting"], requests.undecided(session, mine),
    )  # fmt: skip
