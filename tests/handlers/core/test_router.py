"""Behaviours register themselves: names are taken once, values are read by annotation, what is not ours is refused."""

from datetime import date
from typing import Annotated, Literal

import pytest

from handlers.core import button_values
from handlers.core.access import ADMIN, LEAD, MEMBER, Access
from handlers.core.button_values import LARGEST, Letters
from handlers.core.ids import AnyPeriodId, ReportId
from handlers.core.incoming import Event
from handlers.core.router import Router, Routes
from handlers.core.turn import Turn
from models.conversations.expected_input import Purpose
from models.reporting.reports import Report

Bits = Annotated[str, Letters("[0-9a-f]", 4)]


def does_nothing(turn: Turn, *_: object) -> None: ...


def plain(turn: Turn) -> None: ...


def several(turn: Turn, report_id: ReportId, day: date, number: int, bits: Bits, how: Literal["yes", "no"]) -> None: ...


def _button(name: str = "several") -> Router:
    router = Router("try", MEMBER)
    router.button(name)(several)
    return router


def test_a_button_carries_what_its_function_takes() -> None:
    button = _button().buttons["try.several"]
    data = button.data(7, date(2026, 11, 24), 3, "0f", "yes")
    assert data == "try.several.7.20261124.3.0f.yes"
    found, values = Routes([_button()]).button(data)
    assert found is not None
    assert found.read(values) == [7, date(2026, 11, 24), 3, "0f", "yes"]


@pytest.mark.parametrize(
    "values",
    [
        "", "7", "7.20261124.3.0f", "7.20261124.3.0f.yes.1", "-7.20261124.3.0f.yes", "x.20261124.3.0f.yes",
        "7.20261324.3.0f.yes", "7.19991124.3.0f.yes", "7.2026112.3.0f.yes", "7.20261124.3.0F.yes", "7.20261124.3..yes",
        "7.20261124.3.00000.yes", "7.20261124.3.0f.maybe", "7.20261124.².0f.yes", "７.20261124.3.0f.yes",
        f"{LARGEST + 1}.20261124.3.0f.yes", "7.20261124.3.0f\n.yes", " 7.20261124.3.0f.yes", "1_0.20261124.3.0f.yes",
    ],
)  # fmt: skip
def test_what_no_button_of_ours_carries_is_not_read(values: str) -> None:
    found, parts = Routes([_button()]).button(f"try.several.{values}")
    assert found is not None
    with pytest.raises(ValueError):
        found.read(parts)


def test_a_button_tells_whose_ids_it_names() -> None:
    def shared(turn: Turn, period_id: AnyPeriodId) -> None: ...

    first = _button().buttons["try.several"].arguments[0]
    assert (first.table, first.shared) == (Report, False)
    assert button_values.arguments(shared)[0].shared


def test_a_function_with_an_argument_that_no_button_carries_is_no_button() -> None:
    def untold(turn: Turn, what: str) -> None: ...

    with pytest.raises(TypeError, match="what"):
        Router("try", MEMBER).button("untold")(untold)


def test_a_button_that_takes_nothing_takes_nothing() -> None:
    router = Router("try", MEMBER)
    router.button("plain")(plain)
    routes = Routes([router])
    for data, good in (("try.plain", True), ("try.plain.1", False), ("try.plain.", False)):
        found, values = routes.button(data)
        assert found is not None
        if good:
            assert found.read(values) == []
        else:
            with pytest.raises(ValueError):
                found.read(values)
    assert routes.button("try")[0] is None
    assert routes.button("other.plain")[0] is None


def _taken(kind: str) -> tuple[Router, Router]:
    one, other = Router("one", LEAD), Router("one" if kind == "router" else "other", LEAD)
    for number, router in enumerate((one, other)):
        if kind in ("command", "word"):
            name, word = ("go", str(number)) if kind == "command" else (str(number), "走")
            router.command(name, word=word)(does_nothing)
        if kind == "confirmed":
            router.confirmed("go")(does_nothing)
        if kind == "expected":
            router.expects(Purpose.NOTE)(does_nothing)
        if kind == "event":
            router.event(Event.ADDED)(does_nothing)
    return one, other


@pytest.mark.parametrize("kind", ["router", "command", "word", "confirmed", "expected", "event"])
def test_a_name_is_taken_once(kind: str) -> None:
    with pytest.raises(ValueError, match="taken twice"):
        Routes(_taken(kind))


def test_a_button_is_called_once_in_its_router() -> None:
    router = _button()
    with pytest.raises(ValueError, match="several"):
        router.button("several")(several)
    with pytest.raises(ValueError, match="added"):
        router.event(Event.ADDED)(does_nothing), router.event(Event.ADDED)(does_nothing)


def test_a_function_without_a_role_has_its_routers() -> None:
    router = Router("try", ADMIN)
    router.command("a", word="甲")(does_nothing)
    router.command("b", word="乙", role=MEMBER)(does_nothing)
    router.confirmed("c")(does_nothing)
    assert [it.role for it in router.commands] == [ADMIN, MEMBER]
    assert router.confirmations[0].role is ADMIN
    assert [it.takes_words for it in router.commands] == [True, False], "what everybody may type stands often alone"


@pytest.mark.parametrize("role", [LEAD, ADMIN])
def test_a_button_of_leads_or_admins_is_never_answered_for_many_at_once(role: Access) -> None:
    """The path on which taps are answered together checks no role."""
    router = Router("try", MEMBER)
    with pytest.raises(ValueError, match="no role"):
        router.button("zero", role=role, together=lambda *_: {})(plain)
    router.button("zero", together=lambda *_: {})(plain)


def test_what_takes_files_has_its_place_in_the_order_in_which_it_is_asked() -> None:
    router = Router("try", MEMBER)
    router.file(lambda turn: True)
    assert len(Routes([router], files=[router]).files) == 1
    for files in ([], [router, router]):
        with pytest.raises(ValueError, match="asked once"):
            Routes([router], files=files)
