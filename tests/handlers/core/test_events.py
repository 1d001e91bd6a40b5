"""What happens in one domain is followed by what the registry lists, in its order and in the same transaction."""

import ast
import inspect
import logging
from collections.abc import Iterator
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from sqlmodel import select

from handlers import registry
from handlers.core import events
from handlers.core.events import PeriodClosed, ReportsFiled
from models.alerts.alerts import Alert
from models.core.faults import Fault
from models.messaging.cards import Card
from models.reporting.revisions import Revision
from tests.support.world import World

HANDLERS = Path(registry.__file__).parent


def begin(world: World) -> None:
    world.organisation()
    world.assign()
    world.at("7:31")


pytestmark = [pytest.mark.sqlite, pytest.mark.world(begin=begin)]


@pytest.fixture
def quiet() -> Iterator[None]:
    logging.disable(logging.ERROR)  # traces that are wanted
    yield
    logging.disable(logging.NOTSET)


def _fails(*_: object) -> None:
    raise ZeroDivisionError("a bug")


def _classes() -> set[type]:
    """Return all events there are; `Filed` is a part of one."""
    own = {it for _, it in inspect.getmembers(events, inspect.isclass) if it.__module__ == events.__name__}
    assert all(is_dataclass(it) for it in own)
    return own - {events.Filed}


def _emitted() -> set[str]:
    found = set()
    for path in HANDLERS.rglob("*.py"):
        for it in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(it, ast.Call) and isinstance(it.func, ast.Attribute) and it.func.attr == "emit":
                (event,) = it.args
                assert isinstance(event, ast.Call) and isinstance(event.func, ast.Name)
                found.add(event.func.id)
    return found


def test_every_event_is_emitted_and_has_a_reaction_that_takes_it() -> None:
    assert set(registry.REACTIONS) == _classes()
    assert {it.__name__ for it in _classes()} == _emitted()
    for event, reactions in registry.REACTIONS.items():
        assert reactions
        for react in reactions:
            _, taken, _ = get_type_hints(react).values()
            assert event in (get_args(taken) or (taken,)), f"{react.__name__} does not take {event.__name__}"


def _note(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, list[str]]]:
    """Note the names of the reactions to a filed report as they run, with whose reports those are."""
    ran: list[tuple[str, list[str]]] = []

    def noted(react: Any) -> Any:
        def run(context: Any, event: ReportsFiled) -> None:
            ran.append((react.__name__, sorted(it.by.name for it in event.filed)))
            react(context, event)

        return run

    listed = registry.REACTIONS[ReportsFiled]
    monkeypatch.setitem(registry.REACTIONS, ReportsFiled, tuple(map(noted, listed)))
    return ran


def test_alerts_come_before_the_summaries_that_count_them(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = _note(monkeypatch)
    world.taps("李梅", "零报告")
    assert ran == [("review", ["李梅"]), ("reports_filed", ["李梅"]), ("filed", ["李梅"])]


def test_what_is_filed_together_is_one_event(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ran = _note(monkeypatch)
    world.tap_together("李梅", "钱丽", "赵强", button="零报告")
    three = sorted(["李梅", "钱丽", "赵强"])
    assert ran == [("review", three), ("reports_filed", three), ("filed", three)]


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("place", [0, 1])
def test_a_reaction_that_fails_leaves_no_report(world: World, monkeypatch: pytest.MonkeyPatch, place: int) -> None:
    """As if it were called where the report is filed: one savepoint, an apology, and the button still works."""
    button, _ = world.button("李梅", "零报告")
    listed = list(registry.REACTIONS[ReportsFiled])
    listed.insert(place, _fails)
    monkeypatch.setitem(registry.REACTIONS, ReportsFiled, tuple(listed))
    assert "本步骤处理出错" in (world.forges("李梅", button.data) or "")
    assert world.report("李梅").state == "due"
    with world.database.reading() as session:
        assert session.exec(select(Revision)).all() == session.exec(select(Alert)).all() == []
        assert len(session.exec(select(Fault)).all()) == 1
        assert "已收到" not in "".join(b.text for b in world.chat("李梅"))
    monkeypatch.undo()
    world.taps("李梅", "零报告")
    assert world.report("李梅").state == "zero"


@pytest.mark.usefixtures("quiet")
def test_a_step_whose_event_meets_a_bug_is_tried_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry.REACTIONS, PeriodClosed, (_fails,))
    world.at("10:02")
    assert world.steps()["close1"].done_at is None
    monkeypatch.undo()
    world.at("10:20")
    assert world.steps()["close1"].done_at is not None
    assert world.at_close("区局") is not None


def test_a_reaction_writes_in_the_transaction_of_what_happened(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[object] = []

    def look(context: Any, event: ReportsFiled) -> None:
        seen.extend((context.now, event.filed[0].revision.at, event.filed[0].revision in context.session))
        seen.append(len(context.session.exec(select(Card).where(Card.pending)).all()) > 0)

    monkeypatch.setitem(registry.REACTIONS, ReportsFiled, (look,))
    world.says("赵强", "零报告")
    now, at, same, wanted = seen
    assert (now == at, same, wanted) == (True, True, True)
