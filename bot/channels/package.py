"""Say what a channel's package brings into the program, and what the program provides for it."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic_settings import BaseSettings

if TYPE_CHECKING:  # `--help` and most commands make no channel and start 0.2 s sooner without its imports
    from datetime import datetime

    from starlette.routing import Route

    from bot.alive import Alive
    from bot.channels.base import Channel, Draw
    from bot.channels.previews import Preview
    from bot.clock import Clock, Outside
    from bot.desk import Desk
    from bot.lease import Lease
    from handlers.core.rendering import Renderer
    from models.core.database import Database
    from models.messaging.contents import Content

Finding = tuple[str, bool, str]  # an id in `templates/cli/finding.j2`, whether all is well, a detail


@dataclass(frozen=True)
class Services:
    """What the program provides for a channel. `menu` gives the commands in one language, each with its role."""

    database: "Database"
    desk: "Desk"
    worker: Executor
    lease: "Lease"
    clock: "Clock"
    outside: "Outside"
    alive: "Alive"
    draw: "Draw"
    menu: Callable[[str], Sequence[Any]]
    locale: str
    public_url: str


@dataclass(frozen=True)
class Arrived:
    """Who looks, as the platform says: an account of the channel, and the proof, which must not work twice."""

    account: str
    proof: str


@dataclass(frozen=True)
class Handing:
    """A way into the dashboard without a link: the platform's app opens our page with a proof of who looks, in the part
    of the address behind `#`, under the name `fragment`. `read` gets the proof and the machine's time; it raises
    Refusal `dashboard.…`. `framed_by` may show the page in a frame."""

    fragment: str
    framed_by: str
    read: "Callable[[str, datetime], Arrived]"


@dataclass(frozen=True)
class Returning:
    """A way in by OAuth: `away` returns the platform's address, given ours and a state. The browser comes back with a
    code; `read` asks the platform whose it is, and raises Refusal `dashboard.…`."""

    away: Callable[[str, str], str]
    read: Callable[[str], Awaitable[Arrived]]


Door = Handing | Returning


async def _nothing() -> None:
    """Do nothing, for a channel that has nothing to begin with."""


@dataclass(frozen=True)
class Installed:
    """A channel that is set up. Its platform calls `routes` from outside, under any host name; each has to prove who
    calls before it reads a body. `begin` runs before the clock ticks for the first time; steps of the day wait until
    `caught_up` says that everything from the downtime is received; `close` ends its connections; `door` is a way into
    the dashboard, where the program has an address for it."""

    channel: "Channel"
    close: Callable[[], Awaitable[None]]
    routes: "Sequence[Route]" = ()
    begin: Callable[[], Awaitable[None]] = _nothing
    caught_up: Callable[[], bool] = lambda: True
    door: Door | None = None


@dataclass(frozen=True)
class Package:
    """A channel as the rest of the program knows it; each function gets all settings.

    - settings: its own, mixed into those of the program.
    - bot: which of the platform's bots we are, None if the channel is not set up.
    - make: the channel, None if it is not set up; Refusal `settings.…` if it is set up in part.
    - checks: what `zeroreport check` finds, in the order in which one would fix it; gets PUBLIC_URL too.
    - rate: how many messages a second the platform takes from us in all, None without such a limit.
    - preview: how the channel writes a message; None if it shows the text and its rows of buttons as they are."""

    name: str
    settings: type[BaseSettings]
    bot: Callable[[Any], str | None]
    make: Callable[[Any, Services], Installed | None]
    checks: Callable[[Any, str], Iterable[Finding]]
    rate: Callable[[Any], float | None] = lambda _: None
    preview: "Callable[[Content, Renderer], Preview] | None" = None
