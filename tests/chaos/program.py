"""The real program, except that it reads the shared clock: `python -m tests.chaos.program run`."""

from bot import cli
from tests.chaos.clock import from_environment

if __name__ == "__main__":
    cli.Clock = from_environment  # type: ignore[assignment,misc]
    cli.main()
