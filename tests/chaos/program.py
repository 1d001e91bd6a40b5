"""Run the real program, except that its machine's clock is the shared one: `python -m tests.chaos.program run`."""

from bot.cli import main, operate
from tests.chaos.clock import SharedClock

if __name__ == "__main__":
    operate.SteadyClock = SharedClock  # type: ignore[assignment,misc]
    main.main()
