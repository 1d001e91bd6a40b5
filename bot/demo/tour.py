"""Lead a newcomer through the demo's day: whom to be, what to tap, when to jump. The words are in
templates/web/tour.html, in the same order."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from sqlmodel import Session, col, select

from handlers.evidence import why
from handlers.registry import ROUTES
from handlers.reporting import proxy, report
from handlers.summaries import urge
from models.cycle.steps import StepKind
from models.messaging.addresses import Address
from models.organisation.people import Membership, Person
from models.organisation.units import Unit

MEMBER, REPORTER, LEAD, DIRECTOR, ADMIN = "1204", "2102", "2201", "1001", "1004"
CARDS = (MEMBER, REPORTER, LEAD, DIRECTOR)


@dataclass(frozen=True)
class Stop:
    """One step. It is done once one of the buttons `done` was tapped, the clock has reached `at`, or the chat was
    looked at. `marks` are the buttons that the page points at; `until` is the step of the day to jump to; `say` is what
    to write; `more` are things to try besides: whom to be, and what to write."""

    who: str = ""
    marks: tuple[Callable[..., object], ...] = ()
    done: tuple[Callable[..., object], ...] = ()
    until: str = ""
    at: str = ""
    say: str = ""
    group: bool = False
    more: tuple[tuple[str, str], ...] = ()


STOPS = (
    Stop(MEMBER, (report.tap_zero,), (report.tap_zero,)),
    Stop(until=StepKind.SUMMARISE, at="10:05"),
    Stop(LEAD, (urge.tap_urge,), (urge.tap_urge,)),
    Stop(
        LEAD, (proxy.tap_unit, proxy.tap_person, proxy.tap_kind, proxy.tap_reason, proxy.tap_confirm),
        (proxy.tap_confirm,), say="/proxy",
    ),
    Stop(DIRECTOR, (why.tap_figures,), (why.tap_figures,), until=StepKind.SUMMARISE_ROOT, at="10:25"),
    Stop(DIRECTOR, (why.tap_rows, why.tap_row), (why.tap_row,)),
    Stop(LEAD, group=True),
    Stop(more=((ADMIN, "/notice"), (ADMIN, "/survey"), (LEAD, "/rollcall"), (DIRECTOR, "/handup"))),
)  # fmt: skip


def led(session: Session) -> dict[str, Any]:
    """Return the stops with the chats they are about, and the chats to begin with."""
    people = select(Person.staff_no, Address.chat).join(Address).where(Address.channel == "web")
    chats = dict(session.exec(people).all())
    return {"stops": [_stop(session, it, chats) for it in STOPS], "cards": _cards(session, chats)}


def _cards(session: Session, chats: dict[str, str]) -> list[str | None]:
    return [*(chats.get(number) for number in CARDS), _group(session, LEAD)]


def _stop(session: Session, it: Stop, chats: dict[str, str]) -> dict[str, Any]:
    told = asdict(it) | {name: [ROUTES.name(run) for run in getattr(it, name)] for name in ("marks", "done")}
    told["more"] = [{"chat": chats.get(who), "say": say} for who, say in it.more]
    return told | {"chat": _group(session, it.who) if it.group else chats.get(it.who)}


def _group(session: Session, staff_no: str) -> str | None:
    """Return the group of the unit that somebody belongs to."""
    home = select(Unit.id).join(Membership).join(Person).where(Person.staff_no == staff_no, col(Membership.home))
    return session.exec(select(Address.chat).where(Address.channel == "web", col(Address.unit_id).in_(home))).first()
