"""Run the command line: thin, and with the same words as in the chat."""

import os
import sys

import click

from bot.cli.group import cli
from bot.cli.spoken import complain


def main() -> None:
    """Run a command; whatever goes wrong is reported in a few lines on stderr, never as a trace."""
    os.umask(0o077)  # what is written (answers, codes, names) is for this user only
    try:
        if sys.argv[1:2] and sys.argv[1] in cli.commands:
            from bot.cli.failures import begin_log  # loads settings and texts: 0.4 s that `--help` saves

            begin_log()
        cli(standalone_mode=False)
    except click.exceptions.Exit as error:
        sys.exit(error.exit_code)
    except click.ClickException as error:
        complain(error)
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(1)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        from bot.cli.failures import ended  # the same 0.4 s

        sys.exit(ended(error))
