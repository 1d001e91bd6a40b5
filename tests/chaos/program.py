"""The real program, except that its machine's clock is the shared one: `python -m tests.chaos.program run`."""

from bot import cli
from tests.chaos.clock import SharedClock

if __name__ == "__main__":
    cli.SteadyClock = SharedClock  # type: ignore[assignment,misc]
    cli.main()
