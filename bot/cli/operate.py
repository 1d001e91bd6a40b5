"""Commands of the operator: run, demo, check, plan, clock."""

import asyncio
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot import settings as configuration
from bot.backups import backup
from bot.cli.group import cli
from bot.cli.records import note_backup
from bot.cli.shared import log, opened, say, say_one, words
from bot.cli.spoken import _, option
from bot.clock import RehearsalClock, SteadyClock, parse
from bot.lease import alone
from bot.loopback import LOOPBACK
from bot.settings import Settings
from handlers.core.rendering import Renderer
from models.core import audit, clock_jumps, database_states
from models.core.database import Database
from models.core.errors import Refusal
from models.cycle import openings
from models.operations import forecast, self_report
from models.organisation import units

if TYPE_CHECKING:
    from bot.app import App
    from bot.rehearsal import Rehearsal


@cli.command()
@option(
    "--clock",
    "clock_words",
    metavar="START×SPEED",
    help=_("Rehearse with this clock: 2026-11-23T07:29×600."),
)
@option(
    "--copy-of",
    metavar="DATABASE",
    help=_("Rehearse with the people, tasks, leave, deputies and planned changes of this database."),
)
def run(clock_words: str | None, copy_of: str | None) -> None:
    """Run the program: the clock, delivery, and the chat."""
    try:
        run_app(clock_words, copy_of)
    except Refusal as error:
        if not database_states.passes(error):
            raise
        say_one(error)  # so that a supervisor starts it again
        sys.exit(1)


def run_app(clock_words: str | None, copy_of: str | None) -> None:
    from bot.app import App  # 6 MB and 0.1 s that no other command needs

    settings = configuration.load()
    if settings.host not in LOOPBACK and not settings.public_url:
        raise Refusal("cli.host", host=settings.host)
    if clock_words is not None:
        rehearse(settings, parse(clock_words, settings.default_timezone), copy_of)
        return
    if copy_of is not None:
        raise Refusal("cli.copy_clock")
    with opened(settings, make=True) as database:
        app = App(
            database, settings.defaults, SteadyClock(),
            settings=settings, nightly=lambda: nightly(settings, database),
        )  # fmt: skip
        alone(database, app.lease.names)
        serve(app, settings, database)


def rehearse(settings: Settings, clock: RehearsalClock, copy_of: str | None) -> None:
    """Run on a clock of its own, with a bar over the page: with the organisation in the database, or a copy of another
    one in which the page can be anybody."""
    from bot.app import App
    from bot.rehearsal import Rehearsal
    from bot.rehearsal_copy import copied

    with copied(copy_of, clock.now()) if copy_of is not None else opened(settings, make=True) as database:
        defaults = replace(settings.defaults, rehearsal=True)
        app = App(database, defaults, clock, settings=settings if copy_of is None else None)
        if any(channel.profile.real for channel in app.channels):
            raise Refusal("cli.clock_real")
        alone(database, app.lease.names)
        with database.writing() as session:
            openings.rehearse(session, clock.now())
        serve(app, settings, database, Rehearsal(app, clock, clock.speed), anyone=copy_of is not None)


def serve(
    app: "App", settings: Settings, database: Database, rehearsal: "Rehearsal | None" = None, *, anyone: bool = False
) -> None:
    from bot.web.server import listen

    at = "127.0.0.1" if anyone else settings.host  # nobody logs in there
    bound = listen(at, settings.port)
    host = f"[{at}]" if ":" in at else at
    url = f"http://{host}:{bound.getsockname()[1]}/"
    with database.reading() as session:
        empty = units.root(session) is None
    asyncio.run(app.run(bound, ready=lambda: ready(url, empty=empty), rehearsal=rehearsal, anyone=anyone))


def nightly(settings: Settings, database: Database) -> None:
    if database.write.dialect.name == "sqlite":  # a PostgreSQL server has backups of its own
        url, now = settings.database_url.get_secret_value(), datetime.now(UTC)
        try:
            made = backup.nightly(url, database, Path(settings.backup_dir), settings.backup_keep, now)
        except Exception as error:
            why = error if isinstance(error, Refusal) else Refusal("backup.failed", reason=type(error).__name__)
            log.warning("no backup tonight: %s", Renderer("en").refusal(why), exc_info=why is not error)
            with database.writing() as session:
                self_report.note_failed(session, now, settings.backup_dir, why)
            return
        note_backup(database, made, now)


def ready(url: str, *, empty: bool) -> None:
    say("ready", url=url)
    if empty:
        say("empty")
    sys.stdout.flush()


@cli.command()
@option("--keep", metavar="FILE", help=_("Keep the demo's data in this file."))
@option("--port", type=click.IntRange(0, 65535), help=_("The port to serve the page at."))
def demo(keep: str | None, port: int | None) -> None:
    """Play a sample organisation's day in the browser."""
    from bot.demo.stage import play  # the whole program, which no other command needs

    play(keep, port, configuration.load(only=["port"]), words())


@cli.command()
def check() -> None:
    """Name everything an operator should fix before users notice; exit 1 if there is anything."""
    from bot import checks  # the channels, which no other command needs

    settings = configuration.load()
    with opened(settings, make=False, any_version=True) as database:
        found = checks.run(settings, database)
    for finding in found:
        state = words().refusal(finding.state) if finding.state else ""
        say("finding", id=finding.id, fine=finding.fine, detail=finding.detail, state=state)
    if not all(finding.fine for finding in found):
        sys.exit(1)


@cli.command()
@click.argument("act", metavar="[confirm]", type=click.Choice(["confirm"]), required=False)
def clock(act: str | None) -> None:
    """Say whether the machine's clock jumped and is held; `confirm` says that it is right."""
    now = datetime.now(UTC)
    with opened(configuration.load(), make=False) as database, database.writing() as session:
        jump = clock_jumps.confirm(session) if act else clock_jumps.held(session)
        if jump and act:
            audit.note(session, now, "cli", "clock.confirmed", "")
    say("clock", jump=jump, machine=now)


@cli.command()
def plan() -> None:
    """List the next day's waves: when, how many messages, and how long each takes."""
    settings = configuration.load()
    with opened(settings, make=False) as database, database.reading() as session:
        found = forecast.waves(session)
    for wave in found:
        say("wave", wave=wave, takes=wave.pace(settings.defaults.rates))
    if not found:
        say("no_waves")
