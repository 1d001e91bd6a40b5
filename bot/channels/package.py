"""Say what a channel's package brings into the program, and what the program provides for it."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic_settings import BaseSettings

if TYPE_CHECKING:  # `--help` and most commands make no channel and start 0.2 s sooner without its imports
    from starlette.routing import Route

    from bot.alive import Alive
    from bot.channels.base import Channel
    from bot.clock import Clock, Outside
    from bot.desk import Desk
    from bot.lease import Lease
    from models.core.database import Database

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
    menu: Callable[[str], Sequence[Any]]
    locale: str
    public_url: str


async def _nothing() -> None:
    """Do nothing, for a channel that has nothing to begin with."""


@dataclass(frozen=True)
class Installed:
    """A channel that is set up. Its platform calls `routes` from outside, under any host name; each has to prove who
    calls before it reads a body. `begin` runs before the clock ticks for the first time; steps of the day wait until
    `caught_up` says that everything from the downtime is received; `close` ends its connections."""

    channel: "Channel"
    close: Callable[[], Awaitable[None]]
    routes: "Sequence[Route]" = ()
    begin: Callable[[], Awaitable[None]] = _nothing
    caught_up: Callable[[], bool] = lambda: True


@dataclass(frozen=True)
class Package:
    """A channel as the rest of the program knows it; each function gets all settings.

    - settings: its own, mixed into those of the program.
    - bot: which of the platform's bots we are, None if the channel is not set up.
    - make: the channel, None if it is not set up; Refusal `cli.setting` if it is set up in part.
    - checks: what `zeroreport check` finds, in the order in which one would fix it; gets PUBLIC_URL too.
    - rate: how many messages a second the platform takes from us in all, None without such a limit."""

    name: str
    settings: type[BaseSettings]
    bot: Callable[[Any], str | None]
    make: Callable[[Any, Services], Installed | None]
    checks: Callable[[Any, str], Iterable[Finding]]
    rate: Callable[[Any], float | None] = lambda _: None
