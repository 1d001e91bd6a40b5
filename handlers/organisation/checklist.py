"""Show an admin's first steps as one live message that ticks itself and goes when all is done."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Literal

from sqlmodel import col, select

from handlers.core.access import LEAD, Access
from handlers.core.context import Context
from handlers.core.events import Enrolled, LanguageChosen, SetupMoved
from handlers.core.router import Router, ToCommand
from handlers.core.turn import Turn
from models.authority import permissions
from models.conversations import confirmations, expected_input
from models.core import audit
from models.messaging import cards, live_messages
from models.messaging.addresses import Address
from models.messaging.cards import Card, Kind
from models.messaging.contents import Content
from models.messaging.slots import Slot, Subject
from models.operations import first_steps
from models.organisation.people import Person

router = Router("setup", LEAD)

MINUTE = timedelta(minutes=1)
ALL, SKIP = "all", "skip"  # the subjects: the list, whose points are read anew each time, and what can be left out


@router.button("to")
def tap_to(
    turn: Turn,
    command: Literal[
        "people", "people add", "people template", "unit add", "form", "assign new", "invite", "bind", "system"
    ],
) -> ToCommand:  # fmt: skip
    """Run a command without words: the way on from the first steps, and from wherever there is nothing yet."""
    name, _, words = command.partition(" ")
    return ToCommand(name, words)


@router.button("skip")
def tap_skip(turn: Turn) -> None:
    """Ask which of the open points is not needed here."""
    tops = permissions.administers(turn.session, turn.person)
    points = first_steps.points(turn.session, tops, turn.today, turn.now) if tops else []
    content = turn.words.content("organisation/checklist_skip", open=[it.id for it in points if it.open])
    live_messages.show(turn.session, _slot(turn.here, SKIP), Kind.REPLY, content, turn.now, below=True)


@router.button("skip_one")
def tap_skip_one(
    turn: Turn,
    point: Literal["people", "form", "task", "invitations", "groups", "leads", "backup", "heartbeat"],
) -> None:  # fmt: skip
    """Leave a point out of the first steps."""
    _note(turn, first_steps.SKIPPED, step=point)


@router.button("again")
def tap_again(turn: Turn) -> None:
    """Take the points up again that were left out."""
    _note(turn, first_steps.AGAIN)


def _note(turn: Turn, what: str, **detail: object) -> None:
    tops = permissions.administers(turn.session, turn.person)
    if not tops:
        turn.toast("core/not_yours", alert=True)
        return
    audit.note(turn.session, turn.now, turn.person.staff_no, what, tops[0].path, **detail)
    live_messages.take_away(turn.session, _slot(turn.here, SKIP), Kind.REPLY, turn.now)


def _slot(address: Address, subject: str) -> Slot:
    return Slot.of(Subject.CHECKLIST, address, subject)


def show(turn: Turn) -> None:
    """Show the first steps at the end of an admin's chat, as long as one is open."""
    if turn.speaker and turn.address:
        _draw(turn, turn.speaker, turn.address, below=True)


def keep(turn: Turn) -> None:
    """Show the first steps where they are in an admin's chat, or above the answer that follows."""
    _draw(turn, turn.person, turn.here)


@contextmanager
def leading_on(turn: Turn, role: Access) -> Iterator[None]:
    """Bring the first steps in the speaker's chat up to date after what somebody with this role does, if they are shown
    there. Where just that moved them on they come to the end; what ticked by itself meanwhile moves nothing."""
    shown = role >= LEAD and turn.address and live_messages.current(turn.session, _slot(turn.address, ALL))
    if not shown:
        yield
        return
    before = _content(turn, turn.person)
    yield
    content = _content(turn, turn.person)
    _put(turn, turn.here, content, below=content != before and not turn.final and not _ends_well(turn))


def _ends_well(turn: Turn) -> bool:
    """Say whether the chat already ends with the first steps, or with a question that waits for an answer."""
    last = turn.session.exec(
        select(Card)
        .where(Card.address_id == turn.here.id, col(Card.wanted_id).is_not(None))
        .order_by(col(Card.created_at).desc(), col(Card.id).desc())
        .limit(1)
    ).first()
    asking = confirmations.asking(turn.session, turn.person, turn.now)
    words = expected_input.current(turn.session, turn.person, turn.now, turn.defaults.waits(expected_input.LASTS))
    return words is not None or (last is not None and (last.subject == Subject.CHECKLIST or last.id in asking))


def count_in(context: Context, event: Enrolled) -> None:
    """Count who came in wherever the first steps are shown, at most once a minute: thousands come in one morning."""
    _redraw(context, before=context.now - MINUTE)


def redraw(context: Context, event: SetupMoved) -> None:
    """Bring the first steps up to date wherever they are shown."""
    _redraw(context, before=context.now)


def _redraw(context: Context, before: datetime) -> None:
    """Bring up to date what was shown by then."""
    shown = cards.about(context.session, Subject.CHECKLIST, [ALL])
    for address_id in {it.address_id for it in shown if it.wanted_id and (it.shown_at or before) <= before}:
        address = context.session.get_one(Address, address_id)
        if address.person_id:
            _draw(context, context.session.get_one(Person, address.person_id), address)


def spoken(context: Context, event: LanguageChosen) -> None:
    """Show the first steps, if they are shown, in the language that was chosen."""
    if live_messages.current(context.session, _slot(event.address, ALL)):
        _draw(context, event.person, event.address)


def welcomed(context: Context, event: Enrolled) -> None:
    """Show the first steps to an admin who has just come in."""
    _draw(context, event.person, event.address, below=True)


def _draw(context: Context, person: Person, address: Address, *, below: bool = False) -> None:
    _put(context, address, _content(context, person), below=below)


def _put(context: Context, address: Address, content: Content | None, *, below: bool) -> None:
    slot = _slot(address, ALL)
    if content is None:
        live_messages.take_away(context.session, slot, Kind.REPLY, context.now)
    else:
        live_messages.show(context.session, slot, Kind.REPLY, content, context.now, below=below)


def _content(context: Context, person: Person) -> Content | None:
    """Return the first steps as they are now, None if none is open."""
    tops = permissions.administers(context.session, person)
    points = first_steps.points(context.session, tops, context.today, context.now) if tops else []
    if not any(point.open for point in points):
        return None
    return context.words_for(person).content(
        "organisation/checklist", points=points, done=sum(not point.open for point in points)
    )  # fmt: skip
