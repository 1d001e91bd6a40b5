"""Set up a command's log, and report the error that ends it: in a few lines on stderr, never as a trace."""

import logging

import click

from bot import logs
from bot import settings as configuration
from bot.alive import Unmendable
from bot.cli.shared import BadFile, log, say, say_one, words
from bot.redaction import Redaction, configured
from models.core import database_states
from models.core.errors import Refusal
from models.core.updates import fault_number


def begin_log() -> None:
    """Start the log before a command does anything: from now on it holds no secret, and is bounded."""
    logs.begin(Redaction(configured()))
    told = configuration.load(only=["log_level", "log_lines"])
    logging.getLogger().setLevel(told.log_level)
    logs.bound(told.log_lines)


def ended(error: Exception) -> int:
    """Print why a command could not go on and return its exit code."""
    if isinstance(error, BadFile):
        _say_all(error)
        return 2
    if isinstance(error, Refusal):
        say_one(error)
        return error.exit_code if isinstance(error, Unmendable) else 2
    state = database_states.system(error) if isinstance(error, OSError) else None
    if state:
        say_one(state)
        return 2
    _say_failed(error)
    return 1


def _say_all(error: BadFile) -> None:
    for refusal in error.refusals[:100]:
        sentence = words().refusal(refusal)
        if refusal.line:
            say(
                "at_line", err=True, file=error.path, sheet=refusal.sheet, line=refusal.line, column=refusal.column,
                sentence=sentence,
            )  # fmt: skip
        else:
            click.echo(sentence, err=True)
    if error.hint:
        click.echo(error.hint, err=True)
    say("bad_lines", err=True, count=len(error.refusals))


def _say_failed(error: Exception) -> None:
    number = fault_number()
    log.error("fault %s: %s", number, type(error).__name__)
    log.debug("fault %s", number, exc_info=error)
    say("failed", err=True, number=number)
