"""The command line: thin, and the same words for the same things as in the chat."""

import logging
import os
import sys

import click

from bot import logs
from bot import settings as configuration
from bot.alive import Unmendable
from bot.cli import assign, exports, operate, organisation, records  # noqa: F401 -- each adds its commands
from bot.cli.shared import BadFile, cli, log, say, say_one, words
from bot.redaction import Redaction, configured
from models.core import database_states
from models.core.errors import Refusal


def main() -> None:
    """Runs a command; whatever goes wrong is said in a few lines on stderr, never as a trace."""
    os.umask(0o077)  # whatever is written is nobody else's: answers, codes, names
    logs.begin(Redaction(configured()))
    try:
        told = configuration.load(only=["log_level", "log_lines"])
        logging.getLogger().setLevel(told.log_level)
        logs.bound(told.log_lines)
        cli(standalone_mode=False)
    except click.exceptions.Exit as error:
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(1)
    except BadFile as error:
        _say_all(error)
        sys.exit(2)
    except Refusal as error:
        say_one(error)
        sys.exit(error.exit_code if isinstance(error, Unmendable) else 2)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        state = database_states.system(error) if isinstance(error, OSError) else None
        if state:
            say_one(state)
            sys.exit(2)
        _say_failed(error)
        sys.exit(1)


def _say_all(error: BadFile) -> None:
    for refusal in error.refusals[:100]:
        sentence = words().refusal(refusal)
        if refusal.line:
            say("at_line", err=True, file=error.path, sheet=refusal.sheet, line=refusal.line, sentence=sentence)
        else:
            click.echo(sentence, err=True)
    say("bad_lines", err=True, count=len(error.refusals))


def _say_failed(error: Exception) -> None:
    from models.core.updates import fault_number

    number = fault_number()
    log.error("fault %s: %s", number, type(error).__name__)
    log.debug("fault %s", number, exc_info=error)
    say("failed", err=True, number=number)
