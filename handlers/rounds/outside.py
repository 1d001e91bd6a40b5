"""Say who outside is asked by a survey, for those who lead there (docs/rules.md 32.3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from handlers.core.context import Context
from models.core.errors import Refusal
from models.messaging import enrolment_links
from models.organisation.people import Person
from models.organisation.units import Unit
from models.rounds import counts, replies, rollcalls
from models.rounds.rounds import Round

PATH = "/s/"  # short, so that QR codes are small


@dataclass(frozen=True)
class Waiting:
    """Who outside has not answered: how many, and the first of them with their phone numbers, "" without one."""

    count: int
    people: Sequence[tuple[Person, str]]


def base(context: Context) -> str:
    """Return the address before a link: the program's own or, where the browser chat is all there is, that of this
    machine. Raises `surveys.no_page` where there is neither."""
    found = context.defaults.public_url or (enrolment_links.page(context.session) or "").rstrip("/")
    if not found:
        raise Refusal("surveys.no_page")
    return found


def address(base: str, token: str) -> str:
    return f"{base}{PATH}{token}"


def waiting(
    session: Session, it: Round, tops: Sequence[Unit], day: date, most: int, at: Unit | None = None
) -> Waiting:  # fmt: skip
    """Return who outside has not answered in these units by a day or, with `at`, in exactly that one."""
    where = replies.inside(tops) if at is None else replies.at(at)
    count, people = counts.outside(session, it, day, where, most)
    phones = rollcalls.numbers(session, people, tops)
    return Waiting(count, [(person, phones.get(person.id, "")) for person in people])
