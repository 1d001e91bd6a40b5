"""The command line: thin, and the same words for the same things as in the chat."""

import os
import sys

import click

from bot.cli.group import cli


def main() -> None:
    """Runs a command; whatever goes wrong is said in a few lines on stderr, never as a trace."""
    os.umask(0o077)  # whatever is written is nobody else's: answers, codes, names
    try:
        if sys.argv[1:2] and sys.argv[1] in cli.commands:
            from bot.cli.failures import begin_log  # settings and words: 0.4 s that `--help` does without

            begin_log()
        cli(standalone_mode=False)
    except click.exceptions.Exit as error:
        sys.exit(error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(1)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        from bot.cli.failures import ended  # the same 0.4 s

        sys.exit(ended(error))
