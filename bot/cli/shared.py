"""Share what the commands need: texts, the database, files in and out."""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import IO, Any

import click

from bot import files, opening
from bot import settings as configuration
from bot.cli.spoken import spoken
from bot.redaction import Redaction, configured
from bot.settings import Settings
from handlers.core.rendering import Renderer
from models.core.database import Database
from models.core.errors import Note, Refusal, Refusals
from models.time.times import day_at

log = logging.getLogger("zeroreport")


def at_terminal() -> bool:
    """Say whether somebody can answer a question."""
    return sys.stdin is not None and sys.stdin.isatty()


def words() -> Renderer:
    zone = configuration.load(only=["default_timezone"]).default_timezone
    return Renderer(spoken(), zone, today=day_at(datetime.now(UTC), zone))


def say(template: str, *, err: bool = False, **values: Any) -> None:
    click.echo(words().told(template, **values), err=err)


def opened(settings: Settings, *, make: bool, any_version: bool = False) -> AbstractContextManager[Database]:
    return opening.opened(settings.database_url.get_secret_value(), make=make, any_version=any_version)


def read_file(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except FileNotFoundError:
        raise Refusal("cli.no_file", path=path) from None
    except OSError as error:
        raise Refusal("cli.unreadable", path=path, reason=error.strerror) from None


class BadFile(Exception):
    """Raised with everything that is wrong in a user's file; `hint` says what else would help."""

    def __init__(self, path: str, refusals: list[Refusal], hint: str = "") -> None:
        super().__init__(path)
        self.path = path
        self.refusals = refusals
        self.hint = hint


@contextmanager
def wrong_in(path: str) -> Iterator[None]:
    """Report what is refused inside the block as wrong in this file."""
    try:
        yield
    except Refusals as error:
        raise BadFile(path, error.refusals) from None


def as_day(value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise Refusal("cli.day", value=value) from None


def say_notes(notes: list[Note]) -> None:
    for note in notes:
        click.echo(words().refusal(note), err=True)


def put(out: IO[bytes], data: bytes) -> None:
    out.write(data)


def write(path: str | None, work: Callable[[IO[bytes]], None]) -> None:
    """Write a file, which appears only when it is whole, or standard output. Raise `cli.unwritable`."""
    if path is None:
        sys.stdout.flush()
        work(sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return
    part = Path(f"{path}{files.PART}")
    try:
        files.remove(part)
        with files.fresh(part) as out:
            work(out)
        part.replace(path)
    except OSError as error:
        raise Refusal("cli.unwritable", path=path, reason=error.strerror) from None
    finally:
        part.unlink(missing_ok=True)


def say_one(refusal: Refusal) -> None:
    click.echo(Redaction(configured())(Renderer(spoken()).refusal(refusal)), err=True)
