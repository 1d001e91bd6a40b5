"""What happens to chats, and what is known of them."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlmodel import select

from handlers.core.incoming import Event
from handlers.messaging import reachability
from models.messaging import groups
from models.messaging.addresses import Address
from tests.support.world import World

GROUP = "-100"


def happens(world: World, event: Event, who: str, **what: object) -> None:
    world.hand_in(world.incoming(who, event=event, **what))


def lose(world: World, chat: str) -> None:
    """Delivery finds that this chat takes nothing any more."""
    with world.database.writing() as session:
        address = session.exec(select(Address).where(Address.chat == chat)).one()
        reachability.lost(world.desk.context(session, world.clock.now()), address)
    world.deliver()


@contextmanager
def undelivered(world: World) -> Iterator[None]:
    """Keep everything that is wanted inside the block from being sent."""
    deliver, world.deliver = world.deliver, lambda: None  # type: ignore[method-assign]
    yield
    world.deliver = deliver  # type: ignore[method-assign]


def address_of(world: World, chat: str) -> Address:
    with world.database.reading() as session:
        return session.exec(select(Address).where(Address.chat == chat)).one()


def known_groups(world: World) -> list[Address]:
    with world.database.reading() as session:
        return groups.bindable(session, None)


def added(world: World, who: str, chat: str = GROUP, title: str = "一站工作群") -> None:
    happens(world, Event.ADDED, who, chat=chat, title=title)
