"""Answer taps of many people on one button together."""

from collections.abc import Iterable, Iterator, Sequence

from handlers.core.context import Context
from handlers.core.incoming import Answer, Incoming
from handlers.core.router import Button
from handlers.registry import ROUTES

MOST_TOGETHER = 100  # taps answered at once, so that nothing holds the writer for long


def runs(batch: Iterable[Incoming]) -> Iterator[list[Incoming]]:
    """Split the batch in its order: taps of different people on the same button, one after another, go together if that
    button can answer many at once."""
    run: list[Incoming] = []
    for incoming in batch:
        if run and not (_same_button(run[0], incoming) and _somebody_else(run, incoming)):
            yield run
            run = []
        run.append(incoming)
    if run:
        yield run


def _same_button(one: Incoming, other: Incoming) -> bool:
    same = (one.channel, one.bot, one.data) == (other.channel, other.bot, other.data)
    return same and _together(one) is not None and other.private


def _together(incoming: Incoming) -> Button | None:
    """Return the button if it answers many at once; in a group it does not."""
    button = ROUTES.button(incoming.data)[0] if incoming.private and incoming.data is not None else None
    return button if button and button.together else None


def _somebody_else(run: Sequence[Incoming], incoming: Incoming) -> bool:
    return len(run) < MOST_TOGETHER and all(incoming.account != it.account for it in run)


def handle_together(context: Context, run: Sequence[Incoming]) -> dict[str, Answer]:
    """Answer those of a run that can be answered at once, by their update: buttons of any member, and only people whose
    chat is known."""
    button = _together(run[0]) if run else None
    if button is None or button.together is None:
        return {}
    try:
        values = button.read(ROUTES.button(run[0].data or "")[1])
    except ValueError:
        return {}
    return button.together(context, run, *values)
